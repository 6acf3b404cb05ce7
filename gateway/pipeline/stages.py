"""What a desk says by itself while somebody is silent: what is due, and when. Pure; ms UTC.

A turn begins with a customer's words and lasts until their next ones: each stage is said so often
in it as the rulebook says, and what was said stands in the row, so that a new owner says it no
second time. A customer waits by the hours of the queue; we wait for a customer by the wall clock,
from when our last answer is told as sent, and write to them when we are open. Nothing falls due
while sending is paused, and those hours count for no customer. Nothing is said within the quiet
after a person's words, but that we are closed, which answers them. To a conversation in which a
machine spoke last, and to one whose customer is spoken with elsewhere, nothing is said at all.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec.structs import replace

from gateway.domain.access import BY_HAND
from gateway.domain.clock import HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Status
from gateway.domain.events import Event, MessageReceived
from gateway.domain.job import StageDue
from gateway.domain.message import MessageState
from gateway.domain.silence import WHOSE, Silence, Stage, Whose, answers_of, awaited_by, said_of
from gateway.pipeline.handoff import AUTHORS, asks_for_people, asks_on, is_theirs
from gateway.pipeline.inforce import ANSWER, InForce
from gateway.pipeline.timetable import Timetable
from gateway.store.queries.deciding import SILENT

LOOK_AGAIN_MS = HOUR_MS  # where something is owed to who is silent
OPENING = 2  # the place of the first words in a conversation that they opened
AT_ONCE = (Stage.OUT_OF_HOURS, Stage.HANDOFF, Stage.TRANSFERRED, Stage.RESOLVED)
LEAST_MS = MINUTE_MS  # before a time that is told to the minute
RESTING = (Status.ON_HOLD, Status.SNOOZED)
MOST_ANSWERS = 20  # in a turn whose ends are followed, the newest
AFTERWARDS = (Stage.RESOLVED, Stage.SURVEY)  # in this order, once it is resolved


class Stages:
    """The silences of a desk and their timers."""

    def __init__(
        self,
        desk: str,
        inforce: InForce,
        due: Callable[[str], int | None],
        owed: Callable[[str], bool],
        staffed: Callable[[str, str, str], bool],
    ) -> None:
        """due: by when a customer is to be answered. owed: whether they wait for more of us than
        an answer, so that it is not they who are silent. staffed: whether anybody has a
        conversation, or may be asked for it in a queue and on a channel now."""
        self._desk = desk
        self._inforce = inforce
        self._timetable = Timetable(inforce)
        self._due = due
        self._owed = owed
        self._staffed = staffed
        self._live: dict[str, Silence] = {}
        self._places: dict[str, str] = {}  # our replies, and the conversations they answer in
        self._timers: list[tuple[int, str, str]] = []  # at, conversation, turn
        self._paused = False
        self.touched: dict[str, Silence] = {}

    def restore(self, rows: Iterable[Silence], *, paused: bool = False) -> None:
        """Take in what stands, as the table has it. paused: the desk's sending is."""
        self._paused = paused
        for row in rows:
            self._take(row)

    def live(self, conversation: str) -> Silence | None:
        """Whose word is awaited in a conversation; None: nothing will be said of it."""
        return self._live.get(conversation)

    def next_timer(self) -> int | None:
        """When to look again."""
        return self._timers[0][0] if self._timers and not self._paused else None

    def drain(self) -> list[Silence]:
        """The rows since the last call."""
        rows = list(self.touched.values())
        self.touched.clear()
        return rows

    # --- who speaks ---

    def asked(self, event: Event, body: MessageReceived, queue: str, agent: str) -> None:
        """A customer wrote; where the conversation is, or will be, and who has it."""
        conversation, seq = event.conversation or "", event.seq or 0
        row = self._live.get(conversation)
        if body.message_kind in SILENT:
            self.heard(conversation, event.at, seq)
        elif row is not None and row.whose is Whose.DESK:
            there: dict[str, object] = {"account": body.account, "channel": body.channel}
            if self._has_closed(row, event.at):
                there |= {"then": Stage.OUT_OF_HOURS, "then_at": event.at}
            # No reply so far is an answer to these words.
            self._put(replace(row, spoken_at=event.at, spoken_seq=seq, answers="{}", **there))
        elif self._inforce.has_stages:
            self._begin(event, body, queue, agent)

    def may_hand_off(self, conversation: str) -> bool:
        """Whether an article has answered here, and words behind it may be for a person."""
        row = self._live.get(conversation)
        return row is not None and ANSWER in said_of(row) and self._hands_off(row)

    def _hands_off(self, row: Silence) -> bool:
        if row.whose is not Whose.DESK or is_theirs(row) or said_of(row).get(Stage.HANDOFF, 0):
            return False
        return self._timetable.rule(row, Stage.HANDOFF) is not None

    def unanswered(self, conversation: str, words: Sequence[str], at: int) -> None:
        """What a customer wrote that no person has answered, once they write more of it."""
        row = self._live.get(conversation)
        if row is None or not words or not self._hands_off(row):
            return
        if asks_for_people(words) or self._doubts(row, words[-1], at):
            self._put(replace(row, then=Stage.HANDOFF, then_at=at))

    def _doubts(self, row: Silence, text: str, at: int) -> bool:
        """Whether words behind an article's answer ask on, of who does not know that we are closed
        and when somebody will be there. Who asks for a person is told it all the same, once."""
        said, is_open = said_of(row), self._inforce.calendar_of_queue(row.queue).is_open(at)
        knows = said.get(Stage.OUT_OF_HOURS, 0) and not is_open
        return ANSWER in said and not knows and asks_on(text)

    def told(self, conversation: str, author: str) -> None:
        """Something was said by itself, maybe not as a stage: what it told is not told again."""
        row, name = self._live.get(conversation), AUTHORS.get(author, "")
        if row is not None and name and not said_of(row).get(name, 0):
            said = msgspec.json.encode(said_of(row) | {name: 1}).decode()
            self._put(replace(row, said=said))

    def _has_closed(self, row: Silence, at: int) -> bool:
        """Whether the queue was open when they began to wait, and no longer is."""
        is_open = self._inforce.calendar_of_queue(row.queue).is_open
        return is_open(row.since) and not is_open(at)

    def _begin(self, event: Event, body: MessageReceived, queue: str, agent: str) -> None:
        conversation, seq = event.conversation or "", event.seq or 0
        before = self._live.get(conversation)
        # Who opens a conversation hears it by the first answer, where there is one.
        first = seq <= OPENING and self._inforce.answers_first(body.channel, queue)
        tells = not first and not self._inforce.calendar_of_queue(queue).is_open(event.at)
        self._put(
            Silence(
                conversation=conversation,
                desk=self._desk,
                live_of=conversation,
                whose=Whose.DESK,
                account=body.account,
                channel=body.channel,
                queue=queue,
                since=event.at,
                message=body.message,
                spoken_at=event.at,
                spoken_seq=seq,
                agent=agent,
                agent_at=event.at,
                rests=before is not None and before.rests,
                then=Stage.OUT_OF_HOURS if tells else "",
                then_at=event.at,
            )
        )

    def answered(self, event: Event, message: str, state: str) -> None:
        """A person wrote; what waits for its customer is not said yet."""
        if (row := self._live.get(event.conversation or "")) is not None:
            said = msgspec.json.encode(said_of(row) | {Stage.CLOSED_SILENT: 0}).decode()
            spoken = replace(row, spoken_at=event.at, spoken_seq=event.seq or 0, said=said)
            self._put(self._reached(spoken, message, WHOSE[MessageState(state)], event.at))

    def settled(self, message: str, state: str, at: int) -> None:
        """It is told how far a reply got, maybe not for the first time."""
        row = self._live.get(self._places.get(message, ""))
        whose = WHOSE[MessageState(state)]
        if row is None or answers_of(row)[message] is whose:
            return
        after = self._reached(row, message, whose, at)
        if row.whose is Whose.NOBODY and awaited_by(after) is Whose.DESK:
            self.hushed(row.conversation)  # who got no answer is not thanked
        else:
            self._put(after)

    def _reached(self, row: Silence, message: str, whose: Whose, at: int) -> Silence:
        """What follows from how far a reply got: the others of the turn count, too."""
        answers = answers_of(row) | {message: whose}
        newest = dict(list(answers.items())[-MOST_ANSWERS:])
        row = replace(row, answers=msgspec.json.encode(newest).decode())
        awaited = awaited_by(row)
        again = whose is Whose.CUSTOMER  # who has another answer has as long for it
        if row.whose is Whose.NOBODY or (row.whose is awaited and not again):
            return row
        row = replace(row, whose=awaited, since=at)
        if awaited is Whose.DESK:
            return row
        spoken_at = max(row.spoken_at, at) if awaited is Whose.CUSTOMER else row.spoken_at
        return replace(row, then="", spoken_at=spoken_at)  # what was about to be said is said

    def heard(self, conversation: str, at: int, seq: int) -> None:
        """Somebody gave a sign that wants no answer and is none."""
        if (row := self._live.get(conversation)) is not None:
            self._put(replace(row, spoken_at=at, spoken_seq=seq))

    def hushed(self, conversation: str) -> None:
        """Nothing more is said here by itself, until the customer writes."""
        row = self._live.pop(conversation, None)
        if row is not None:
            self._forget_answers(row)
            self.touched[conversation] = replace(row, live_of=None)

    # --- where it stands ---

    def stands(self, conversation: str, queue: str, agent: str, at: int) -> None:
        """Who has the conversation, and in which queue it is."""
        row = self._live.get(conversation)
        if row is None or (row.queue, row.agent) == (queue, agent):
            return
        since = row.agent_at if row.agent == agent else at
        self._put(replace(row, queue=queue, agent=agent, agent_at=since))

    def look(self, conversation: str) -> None:
        """Something that was owed to who is silent no longer is."""
        if (row := self._live.get(conversation)) is not None:
            self._set_timer(row)

    def handed_over(self, conversation: str, at: int) -> None:
        """Somebody gave it to a colleague, or to another queue. Who was told that people answer now
        hears nothing new before one does."""
        row = self._live.get(conversation)
        if row is None or row.whose is Whose.NOBODY:
            return
        if row.whose is not Whose.DESK or not said_of(row).get(Stage.HANDOFF, 0):
            self._put(replace(row, then=Stage.TRANSFERRED, then_at=at))

    def status(self, conversation: str, status: Status, by: str, at: int) -> None:
        """It was moved along."""
        row = self._live.get(conversation)
        if row is None:
            return
        if status is Status.RESOLVED:
            self._resolved(row, by, at)
        elif row.whose is Whose.NOBODY:  # opened again: it was not settled, and the word is ours
            self._put(replace(row, whose=Whose.CUSTOMER, rests=True, then=""))
        elif row.rests is not (status in RESTING):
            self._put(replace(row, rests=not row.rests, since=self._woken(row, at)))

    def _resolved(self, row: Silence, by: str, at: int) -> None:
        # A reply that resolves is still on its way: what is said then leaves behind it.
        if row.whose is not Whose.DESK and by.startswith(BY_HAND):
            self._go_on(replace(row, whose=Whose.NOBODY, then_at=at))
        else:
            self.hushed(row.conversation)

    def _go_on(self, over: Silence) -> None:
        """What is still to be said once it is resolved, one after the other."""
        ways = (replace(over, then=stage) for stage in AFTERWARDS)
        after = next((each for each in ways if self._timetable.once(each) is not None), None)
        if after is not None:
            self._put(after)
        else:
            self.hushed(over.conversation)

    def _woken(self, row: Silence, at: int) -> int:
        """Since when it is the customer who is silent, once it no longer rests with us."""
        return at if row.rests and row.whose is Whose.CUSTOMER else row.since

    def went_over(self, conversation: str, into: str, event: Event) -> None:
        """The conversation goes on in another: who waited waits there."""
        row, there = self._live.get(conversation), self._live.get(into)
        if row is None:
            return
        self.hushed(conversation)
        waits_there = there is not None and there.whose in (Whose.DESK, row.whose)
        if row.whose in (Whose.DESK, Whose.PROVIDER) and not waits_there:
            here = {"conversation": into, "live_of": into, "then": ""}
            self._put(replace(row, **here, spoken_at=event.at, spoken_seq=event.seq or 0))

    # --- rules and time ---

    def use(self, inforce: InForce) -> None:
        """Another rulebook is in force: what was said stays, what is due follows from it."""
        self._inforce = inforce
        self._timetable = Timetable(inforce)
        for row in self._live.values():
            self._set_timer(row)

    def paused(self) -> None:
        """Nothing goes out any more."""
        self._paused = True

    def resumed(self, since: int, at: int) -> None:
        """All goes out again: what fell due meanwhile is looked at anew. since: when it was paused.

        Who waits for us has waited all the time; who was silent could not be asked.
        """
        self._paused = False
        for row in [row for row in self._live.values() if row.whose is Whose.CUSTOMER]:
            pause_ms = at - max(row.since, since)
            said_at = row.said_at and row.said_at + at - max(row.said_at, since)
            self._put(replace(row, since=row.since + pause_ms, said_at=said_at))

    def tick(self, now: int) -> list[StageDue]:
        """What is to be said, each once, however late it is noticed."""
        told: list[StageDue] = []
        while not self._paused and self._timers and self._timers[0][0] <= now:
            _, conversation, turn = heapq.heappop(self._timers)
            row = self._live.get(conversation)
            found = self._timetable.next(row) if row is not None and row.message == turn else None
            if row is None or found is None:
                continue
            at, stage = found
            if at > now:
                continue  # another timer stands for it
            if row.whose is Whose.CUSTOMER and stage not in AT_ONCE and self._owed(conversation):
                heapq.heappush(self._timers, (now + LOOK_AGAIN_MS, conversation, turn))
                continue
            told.append(self._say(row, stage, now))
        return told

    def _say(self, row: Silence, stage: Stage, now: int) -> StageDue:
        said = said_of(row)
        number = said.get(stage, 0)
        also = {Stage.OUT_OF_HOURS: 1} if self._names_opening(row, stage, now) else {}
        after = replace(
            row,
            said=msgspec.json.encode(said | {stage: number + 1} | also).decode(),
            said_at=now,
            then="" if stage == row.then else row.then,
        )
        self._put(after)
        until = self._due(row.conversation) or 0
        if stage is Stage.CUSTOMER_SILENT:
            until = self._closes_at(after)
        if stage is Stage.HANDOFF and (until < now + LEAST_MS or not self._is_staffed(row)):
            until = 0  # nobody who asks for a person is told a time that none may keep
        if stage in AFTERWARDS:
            self._go_on(after)
        return StageDue(
            conversation=row.conversation,
            stage=stage,
            turn=row.message,
            queue=row.queue,
            number=number,
            spoken_seq=row.spoken_seq,
            until=until if until > now else 0,
            account=row.account,
        )

    def _is_staffed(self, row: Silence) -> bool:
        return self._staffed(row.conversation, row.queue, row.channel)

    def _names_opening(self, row: Silence, stage: Stage, now: int) -> bool:
        """Whether its words say when we are back, though the stage is another."""
        calendar = self._inforce.calendar_of_queue(row.queue)
        return stage is Stage.HANDOFF and not calendar.is_open(now)

    def _closes_at(self, row: Silence) -> int:
        """Until when it is kept open at least, once all reminders have been said; 0: for ever."""
        closing = self._timetable.rule(row, Stage.CLOSED_SILENT)
        words = self._timetable.rule(row, Stage.CUSTOMER_SILENT)
        if closing is None or words is None:
            return 0
        left = words.times - said_of(row).get(Stage.CUSTOMER_SILENT, 0)
        return row.said_at + left * (words.every_ms or words.after_ms) + closing.after_ms

    # --- the rows ---

    def _put(self, row: Silence) -> None:
        before = self._live.get(row.conversation)
        if before is not None:
            self._forget_answers(before)
        self.touched[row.conversation] = row
        self._take(row)

    def _take(self, row: Silence) -> None:
        self._live[row.conversation] = row
        self._places.update(dict.fromkeys(answers_of(row), row.conversation))
        self._set_timer(row)

    def _forget_answers(self, row: Silence) -> None:
        for message in answers_of(row):
            self._places.pop(message, None)

    def _set_timer(self, row: Silence) -> None:
        if (found := self._timetable.next(row)) is not None:
            heapq.heappush(self._timers, (found[0], row.conversation, row.message))
