"""The response clocks of a desk, fact by fact: turns to be answered and resolutions. Pure."""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from gateway.domain import events as e
from gateway.domain.call import VOICE, CallState
from gateway.domain.callevents import CallChanged
from gateway.domain.conversation import Status
from gateway.domain.ids import IdMaker
from gateway.domain.message import UNTOLD
from gateway.domain.work import Resolution, Turn, Unanswered
from gateway.pipeline.aims import Aim, Rank
from gateway.pipeline.inforce import Case, InForce
from gateway.pipeline.resolutions import Resolutions
from gateway.pipeline.turns import BEFORE_HANDOFF, CALL, Question, Reply, Turns
from gateway.store.queries.deciding import SILENT, Standing
from gateway.verbs.session import AT_PROVIDER
from routing.rows import WorkState
from routing.turns import TurnMetric

Told = Iterator[tuple[str, e.TurnChanged]]
"""Conversations, and what is told of them."""


def unsaid(events: Iterable[e.Event]) -> list[tuple[str, str]]:
    """Conversation and message of every reply of which these say that it did not arrive."""
    told = ((x.conversation, e.decode_body(x)) for x in events if x.kind == "message.settled")
    return [
        (conversation, body.message)
        for conversation, body in told
        if isinstance(body, e.MessageSettled) and conversation and body.state in UNTOLD
    ]


def is_elsewhere(body: e.ConversationStatus) -> bool:
    """Whether a person at the provider has taken the conversation."""
    return body.status == Status.ON_HOLD and body.by.startswith(AT_PROVIDER)


class Clocks:
    """What the customers of a desk were promised, and what has become of it."""

    def __init__(
        self,
        inforce: InForce,
        standing: Standing,
        desk: str,
        new_id: IdMaker,
        aim: Callable[[Case], Aim],
    ) -> None:
        self._inforce = inforce
        self._aim = aim  # whom a promise in a case is for, as it stands now
        self._turns = Turns(desk, new_id, inforce)
        self._resolutions = Resolutions(desk, inforce)
        # Conversations that a person has at this account's provider.
        self._elsewhere = dict(standing.elsewhere)
        for turn in standing.turns:
            self._turns.restore(turn)
        for r in standing.pending:
            then = None if r.then is None else Question(*r.then)
            reply = Reply(r.conversation, r.at, r.state, r.agent, then)
            self._turns.restore_pending(r.message, reply)
        for row in standing.resolutions:
            self._resolutions.restore(row)

    def is_with_provider(self, conversation: str, account: str) -> bool:
        """Whether a person at the provider has it, as of the facts so far, and reads there what
        the customer writes to this account."""
        return self._elsewhere.get(conversation) == account

    def is_open(self, conversation: str) -> bool:
        """Whether a customer waits in this conversation."""
        return self._turns.is_open(conversation)

    def is_late(self, conversation: str) -> bool:
        """Whether its answer or its end should have come already."""
        return self._turns.is_late(conversation) or self._resolutions.is_late(conversation)

    def due_by(self, now: int) -> set[str]:
        """Conversations of which something may be to be noticed by then."""
        return self._turns.due_by(now) | self._resolutions.due_by(now)

    def due(self, conversation: str) -> int | None:
        """By when its customer is to be answered; None: nothing promised."""
        return self._turns.due(conversation)

    def channel(self, conversation: str) -> str | None:
        """Where the customer asked what is to be answered; None: nobody waits."""
        return self._turns.channel(conversation)

    def next_timer(self) -> int | None:
        """When to look again."""
        times = (self._turns.next_timer(), self._resolutions.next_timer())
        return min((at for at in times if at is not None), default=None)

    def drain(self) -> list[Turn | Resolution]:
        """The rows since the last call."""
        rows: list[Turn | Resolution] = list(self._turns.touched.values())
        self._turns.touched.clear()
        return rows + self._resolutions.drain()

    def closed(self, turns: Iterable[Turn]) -> None:
        """Turns whose answers are told to have failed, in the facts that come next."""
        self._turns.closed(turns)

    # --- facts ---

    def opened(self, conversation: str, case: Case | None, at: int) -> None:
        """A conversation goes on: by its own clock, as its row has it, or by a new one."""
        if self._resolutions.knows(conversation) or case is None:
            return
        if case.resolution is not None:
            self._resolutions.look_at(case.resolution)
        else:
            self._resolutions.open(conversation, at, self._aim(case))

    def goes_on(self, conversation: str) -> bool:
        """Whether its clocks run, and another message of its customer starts none."""
        return self._turns.is_open(conversation) and self._resolutions.knows(conversation)

    def received(self, event: e.Event, body: e.MessageReceived, case: Case | None) -> None:
        """A customer wrote; who waits already goes on waiting. No case: none has to be known."""
        conversation = event.conversation or ""
        self.opened(conversation, case, event.at)
        if body.message_kind in SILENT:
            return
        if self._turns.is_open(conversation):
            question = Question(event.at, event.seq or 0, body.message)
            self._turns.went_on(conversation, question)
            return
        if case is not None and not self.is_with_provider(conversation, body.account):
            self._open(case, body.message, event.at)

    def _open(self, case: Case, message: str, at: int) -> None:
        metric = TurnMetric.NEXT_RESPONSE
        if not self._resolutions.was_answered(case.conversation):
            by_handoff = self._inforce.rulebook.sla.frt_start == "handoff"
            metric = BEFORE_HANDOFF if by_handoff else TurnMetric.FIRST_RESPONSE
        self._turns.open(case.conversation, message, metric, at, self._aim(case))

    def called(self, event: e.Event, body: CallChanged, case: Case | None, *, ours: bool) -> Told:
        """A caller in the queue waits until somebody speaks with them. ours: we have called."""
        conversation, at = event.conversation or "", event.at
        changes: Iterable[e.TurnChanged] = ()
        if body.leg:
            return
        if body.state == CallState.QUEUED:
            if case is not None and not ours and not self._turns.is_open(conversation):
                self._open(replace(case, channel=VOICE), f"{CALL}{body.call}", at)
        elif body.state == CallState.CONNECTED:
            changes = self._turns.spoken_with(conversation, body.call, body.agent, at)
            self._resolutions.answered(conversation, at)
        elif body.state == CallState.ENDED:
            asked = body.outcome == Unanswered.CALLBACK
            why = Unanswered.CALLBACK if asked else Unanswered.ABANDONED
            changes = self._turns.hung_up(conversation, body.call, why, at)
        for change in changes:
            yield conversation, change

    def written(self, event: e.Event, body: e.MessageWritten, login: str) -> Told:
        """A person wrote."""
        conversation = event.conversation or ""
        reply = Reply(conversation, event.at, body.state, login)
        for change in self._turns.written(body.message, reply):
            yield conversation, change
        if not self._turns.is_open(conversation):
            self._resolutions.answered(conversation, event.at)

    def settled(
        self, event: e.Event, body: e.MessageSettled | e.MessageReleased, home: str
    ) -> Told:
        """A try or a report told how far a reply got. home: where its conversation goes on."""
        conversation = self._turns.place(body.message) or home
        waited = self._turns.open_turn(conversation)
        if waited is None and self._resolutions.is_over(conversation):
            return
        elsewhere = self._elsewhere.get(conversation, "")
        for change in self._turns.settled(body.message, body.state, event.at, home, elsewhere):
            yield conversation, change
        if waited not in (None, self._turns.open_turn(conversation)):
            self._resolutions.answered(conversation, event.at)

    def status(self, event: e.Event, body: e.ConversationStatus, case: Case | None) -> Told:
        """A conversation was moved along."""
        conversation, sla = event.conversation or "", self._inforce.rulebook.sla
        if is_elsewhere(body):
            self._elsewhere[conversation] = body.by.removeprefix(AT_PROVIDER)
        else:
            self._elsewhere.pop(conversation, None)
        if body.status != Status.RESOLVED:
            self.opened(conversation, case, event.at)
        again = self._resolutions.is_over(conversation)
        changes = [*self._resolutions.status(conversation, body.status, body.by, event.at)]
        if body.status == Status.RESOLVED and sla.resolve_fulfils_reply:
            changes += self._turns.resolved(conversation, event.at)
        elif is_elsewhere(body):
            changes += self._turns.taken_elsewhere(conversation, event.at)
        elif again and sla.frt_restart_on_reopen and body.status != Status.RESOLVED:
            changes += self._turns.begin(conversation, event.at)
        for change in changes:
            yield conversation, change

    def went_over(self, conversation: str, into: str, case: Case | None, at: int) -> Told:
        """A conversation goes on in another: who waited waits there, and this one is over."""
        if case is not None and case.status != Status.RESOLVED:
            self.opened(into, case, at)
        for change in self._turns.went_over(conversation, into, at):
            yield into, change
        self._elsewhere.pop(conversation, None)
        for change in self._resolutions.status(conversation, Status.RESOLVED, "system", at):
            yield conversation, change

    def waits(self, work: WorkState, at: int) -> Told:
        """Where its work is, or how much it matters: maybe the first queue that people serve."""
        to, conversation = Rank(work.queue, work.priority), work.conversation
        changes = [*self._resolutions.moved(conversation, to, at)]
        changes += self._turns.moved(conversation, to, at)
        if self._inforce.for_people(work.queue):
            changes += self._turns.handed_over(conversation, at)
        for change in changes:
            yield conversation, change

    # --- rules and time ---

    def use(self, inforce: InForce, at: int) -> Told:
        """Another rulebook is in force."""
        self._inforce = inforce
        yield from self._turns.use(inforce, at)
        yield from self._resolutions.use(inforce, at)

    def tick(self, now: int) -> Told:
        """Tell what is due by now."""
        yield from self._turns.tick(now)
        yield from self._resolutions.tick(now)
