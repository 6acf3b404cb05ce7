"""Whose answer is awaited, and by when: the open turns of a desk. Pure; times are ms UTC.

A turn opens at the oldest unanswered message of a customer, or when a caller enters the queue, and
closes at a person's reply, dated when the reply was written, once it is sent, or when a person is
on the telephone with them. A reply that is only queued defers the breach; one that
is held, failed or in doubt closes nothing and defers nothing; one that closed a turn and is told
afterwards to have failed opens it again, unless the customer waits in another by then. Replies to
an earlier turn never close a later one. What is late, and since when, is routing's to say
(routing/turns.py).
"""

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import asdict, replace

from gateway.domain.events import TurnChanged
from gateway.domain.ids import IdMaker
from gateway.domain.message import ON_ITS_WAY, TOLD, UNTOLD, MessageState
from gateway.domain.work import Turn, Unanswered
from gateway.pipeline.aims import Aim, Rank, aim_of, clock_of, due_in, measured, stages_of, told
from gateway.pipeline.inforce import InForce
from routing import turns as clock
from routing.timeline import switched

BEFORE_HANDOFF = clock.TurnMetric.BEFORE_HANDOFF

CALL = "call:"  # a turn waits on a call, or a call closed it


class Question(NamedTuple):
    """A customer's message, by its place in the conversation."""

    at: int
    seq: int
    message: str


class Reply(NamedTuple):
    """A reply that may close a turn: its conversation, who wrote it and when, how far it got.

    `then` is the first message that came after it was written: no answer to that one.
    """

    conversation: str
    at: int
    state: str
    agent: str
    then: Question | None = None


class Turns:
    """The open turns, the replies that may close them, and the timers of both."""

    def __init__(self, desk: str, new_id: IdMaker, inforce: InForce) -> None:
        self._desk = desk
        self._new_id = new_id
        self._inforce = inforce
        self._open: dict[str, Turn] = {}  # by conversation
        self._pending: dict[str, Reply] = {}  # by message; of open turns only
        self._replies: dict[str, set[str]] = {}  # conversation -> its pending messages
        self._timers: list[tuple[int, str, str]] = []  # at, conversation, turn
        self._over: dict[str, Turn] = {}  # by the message that closed it
        self.touched: dict[str, Turn] = {}

    def restore(self, turn: Turn) -> None:
        """Take in an open turn as its row has it."""
        self._open[turn.conversation] = turn
        self._set_timer(turn)

    def restore_pending(self, message: str, reply: Reply) -> None:
        """Take in a reply that was written and is not yet known to be sent."""
        self._pending[message] = reply
        self._replies.setdefault(reply.conversation, set()).add(message)

    def is_open(self, conversation: str) -> bool:
        """Whether a customer waits in this conversation."""
        return conversation in self._open

    def open_turn(self, conversation: str) -> str | None:
        """The id of the turn in which a customer of this conversation waits."""
        turn = self._open.get(conversation)
        return turn.id if turn is not None else None

    def place(self, message: str) -> str | None:
        """Where somebody waits for a reply that is on its way: maybe not where it was written."""
        reply = self._pending.get(message)
        return reply.conversation if reply is not None else None

    def due(self, conversation: str) -> int | None:
        """By when the customer of this conversation is to be answered; None: nothing promised."""
        turn = self._open.get(conversation)
        return turn.due if turn is not None else None

    def channel(self, conversation: str) -> str | None:
        """Where the customer asked what is to be answered; None: nobody waits."""
        turn = self._open.get(conversation)
        return turn.channel if turn is not None else None

    def is_late(self, conversation: str) -> bool:
        """Whether the answer that is awaited should have come already."""
        turn = self._open.get(conversation)
        return turn is not None and turn.breached_at is not None

    def due_by(self, now: int) -> set[str]:
        """Conversations of which something may be to be noticed by then."""
        return due_in(self._timers, now)

    def open(self, conversation: str, message: str, metric: str, at: int, aim: Aim) -> None:
        """A customer wrote, and nobody had to answer before."""
        turn = Turn(
            id=self._new_id(),
            desk=self._desk,
            conversation=conversation,
            open_of=conversation,
            metric=metric,
            **asdict(aim),
            opened_at=at,
            message=message,
            rulebook=self._inforce.version,
        )
        self._set_timer(self._put(self._measured(turn, at)))

    def went_on(self, conversation: str, question: Question) -> None:
        """The customer, who waits, wrote again: what is on its way does not answer that.

        Who waited on the telephone alone has written now, and waits for that too.
        """
        turn = self._open[conversation]
        if turn.message.startswith(CALL):
            self._put(replace(turn, message=question.message))
        for message in self._replies.get(conversation, ()):
            reply = self._pending[message]
            if reply.then is None:
                self._pending[message] = reply._replace(then=question)

    def begin(self, conversation: str, at: int) -> Iterable[TurnChanged]:
        """The open turn counts as a first response from now on: people have it, or have it anew."""
        turn = self._open.get(conversation)
        if turn is None:
            return ()
        first = clock.TurnMetric.FIRST_RESPONSE
        return self._again(replace(turn, metric=first, opened_at=at, hours="[]"), at, turn.due)

    def handed_over(self, conversation: str, at: int) -> Iterable[TurnChanged]:
        """People have the conversation now; where a machine had it, the clock starts."""
        turn = self._open.get(conversation)
        if turn is None or turn.metric != BEFORE_HANDOFF:
            return ()
        return self.begin(conversation, at)

    def moved(self, conversation: str, to: Rank, at: int) -> Iterable[TurnChanged]:
        """The conversation waits elsewhere: other targets hold, other hours from now on."""
        turn = self._open.get(conversation)
        if turn is None or (turn.queue, turn.priority) == to:
            return ()
        return self._again(replace(turn, queue=to.queue, priority=to.priority), at, turn.due)

    def use(self, inforce: InForce, at: int) -> list[tuple[str, TurnChanged]]:
        """Another rulebook is in force: what has passed stays, what is due follows from it."""
        self._inforce = inforce
        out: list[tuple[str, TurnChanged]] = []
        for turn in list(self._open.values()):
            out += [(turn.conversation, c) for c in self._again(turn, at, turn.due)]
        return out

    def written(self, message: str, reply: Reply) -> Iterable[TurnChanged]:
        """A person wrote a reply."""
        if reply.conversation not in self._open:
            return ()
        if reply.state in TOLD:
            return self._close(reply.conversation, reply.at, message, reply.agent)
        self.restore_pending(message, reply)
        return ()

    def settled(
        self, message: str, state: str, now: int, home: str, elsewhere: str = ""
    ) -> Iterable[TurnChanged]:
        """A try or a report told how far a reply got. home: where its conversation goes on;
        elsewhere: the account at whose provider a person answers this customer."""
        reply = self._pending.get(message)
        if reply is None:
            return self._reopened(message, now, home, elsewhere) if state in UNTOLD else ()
        if state in TOLD:
            return self._close(reply.conversation, reply.at, message, reply.agent)
        self._pending[message] = reply._replace(state=state)
        if self._awaits(reply.conversation):
            return ()
        return self._notice(self._open[reply.conversation], now)

    def closed(self, turns: Iterable[Turn]) -> None:
        """Take in turns that are over, as their rows have them: their answers may have failed."""
        self._over = {turn.closed_by: turn for turn in turns if turn.closed_by is not None}

    def _reopened(self, message: str, now: int, home: str, elsewhere: str) -> list[TurnChanged]:
        """The customer never got what closed it, and waits since they asked, where it goes on."""
        rows = {turn.id: turn for turn in self._over.values()} | self.touched
        over = next((turn for turn in rows.values() if turn.closed_by == message), None)
        if over is None or home in self._open or over.account == elsewhere:
            return []
        assert over.closed_at is not None
        reply = Reply(home, over.closed_at, MessageState.FAILED, over.agent or "")
        self.restore_pending(message, reply)  # a report may yet say that it arrived
        anew = replace(
            over,
            conversation=home,
            open_of=home,
            closed_at=None,
            closed_by=None,
            agent=None,
            took_ms=None,
        )
        turn = self._put(self._measured(anew, now))
        return [told(turn, "reopened", now), *self._notice(turn, now)]

    def resolved(self, conversation: str, at: int) -> Iterable[TurnChanged]:
        """The conversation ended without another word."""
        return self._close(conversation, at, Unanswered.RESOLVED, None)

    def taken_elsewhere(self, conversation: str, at: int) -> Iterable[TurnChanged]:
        """A person at the provider has the conversation: nobody here is to answer any more."""
        return self._close(conversation, at, Unanswered.ELSEWHERE, None)

    def went_over(self, conversation: str, into: str, at: int) -> Iterable[TurnChanged]:
        """The customer waits in another conversation now: since when they asked in either."""
        turn, there = self._open.get(conversation), self._open.get(into)
        if turn is None:
            return ()
        if there is not None and there.opened_at <= turn.opened_at:
            return self._close(conversation, at, Unanswered.CONTINUED, None)
        changes = [*self._close(into, at, Unanswered.CONTINUED, None)]
        for message in self._replies.pop(conversation, ()):
            self.restore_pending(message, self._pending[message]._replace(conversation=into))
        del self._open[conversation]
        self._set_timer(self._put(replace(turn, conversation=into, open_of=into)))
        return changes

    def spoken_with(self, conversation: str, call: str, agent: str, at: int) -> list[TurnChanged]:
        """Somebody is on the telephone with the customer, whatever they waited for."""
        return self._close(conversation, at, f"{CALL}{call}", agent)

    def hung_up(
        self, conversation: str, call: str, why: Unanswered, at: int
    ) -> Iterable[TurnChanged]:
        """A caller is gone before anybody answered; who wrote, or left word, waits on."""
        turn = self._open.get(conversation)
        if turn is None or turn.message != f"{CALL}{call}":
            return ()
        return self._close(conversation, at, why, None)

    def next_timer(self) -> int | None:
        """When to look again."""
        return self._timers[0][0] if self._timers else None

    def tick(self, now: int) -> list[tuple[str, TurnChanged]]:
        """Warn and note breaches that are due, each once, with the original instant."""
        out: list[tuple[str, TurnChanged]] = []
        while self._timers and self._timers[0][0] <= now:
            _, conversation, turn_id = heapq.heappop(self._timers)
            turn = self._open.get(conversation)
            if turn is None or turn.id != turn_id or self._awaits(conversation):
                continue
            out += [(conversation, change) for change in self._notice(turn, now)]
        return out

    def _awaits(self, conversation: str) -> bool:
        """Whether a reply is on its way: it defers what is due."""
        replies = self._replies.get(conversation, ())
        return any(self._pending[message].state in ON_ITS_WAY for message in replies)

    def _measured(self, turn: Turn, now: int) -> Turn:
        """The turn as the rulebook in force measures it."""
        goal = self._inforce.goal(turn.metric, aim_of(turn))
        stages = switched(stages_of(turn), now, goal.hours)
        measure = self._inforce.timeline(stages)
        seen = clock.retarget(clock_of(turn), measure, goal.target_ms, goal.warn_before_ms, now)
        return measured(turn, goal, stages, seen)

    def _again(self, turn: Turn, now: int, due: int | None) -> list[TurnChanged]:
        """Measure a turn anew; tell when it is now due at another instant than before."""
        measured = self._measured(turn, now)
        if measured == self._open[turn.conversation]:
            return []
        turn = self._put(replace(measured, rulebook=self._inforce.version))
        self._set_timer(turn)
        return [told(turn, "due_changed", now)] if turn.due != due else []

    def _notice(self, turn: Turn, now: int) -> list[TurnChanged]:
        seen, notices = clock.notice(clock_of(turn), now)
        if notices:
            turn = self._put(replace(turn, warned_at=seen.warned_at, breached_at=seen.breached_at))
        self._set_timer(turn)
        return [told(turn, notice, now) for notice in notices]

    def _close(self, conversation: str, at: int, by: str, agent: str | None) -> list[TurnChanged]:
        turn = self._open.pop(conversation, None)
        if turn is None:
            return []
        replies = {m: self._pending.pop(m) for m in self._replies.pop(conversation, ())}
        closed, notices = clock.close_turn(clock_of(turn), at)
        measure = self._inforce.timeline(stages_of(turn))
        turn = self._put(
            replace(
                turn,
                open_of=None,
                closed_at=at,
                closed_by=by,
                agent=agent,
                took_ms=measure.elapsed_ms(turn.opened_at, at),
                breached_at=closed.breached_at,
            )
        )
        if by in replies and (then := replies[by].then) is not None:
            self._open_next(turn, then, replies)
        return [told(turn, notice, at) for notice in notices]

    def _open_next(self, over: Turn, then: Question, replies: dict[str, Reply]) -> None:
        """The customer had asked on before the answer was sent; later replies may answer that."""
        next_response = clock.TurnMetric.NEXT_RESPONSE
        self.open(over.conversation, then.message, next_response, then.at, aim_of(over))
        for message, reply in replies.items():
            if reply.then is None or reply.then.seq > then.seq:
                self.restore_pending(message, reply)

    def _put(self, turn: Turn) -> Turn:
        self.touched[turn.id] = turn
        if turn.open_of is not None:
            self._open[turn.conversation] = turn
        return turn

    def _set_timer(self, turn: Turn) -> None:
        at = clock.next_notice(clock_of(turn))
        if at is not None:
            heapq.heappush(self._timers, (at, turn.conversation, turn.id))
