"""What the desk's owner makes of each fact: routing and response clocks. Pure; no I/O, no clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from gateway.domain import events as e
from gateway.domain.call import Ring
from gateway.domain.callevents import CallbackChanged, CallChanged
from gateway.domain.conversation import Status
from gateway.domain.ids import IdMaker
from gateway.domain.judgement import Judgement
from gateway.domain.message import MessageKind, MessageState
from gateway.domain.rows import Row
from gateway.domain.work import Turn
from gateway.pipeline import calledback, onphone, overflowing
from gateway.pipeline.aims import Aim
from gateway.pipeline.arrivals import Arrival, Arrivals, arrived
from gateway.pipeline.clocks import Clocks, Told
from gateway.pipeline.inforce import Case, InForce
from gateway.pipeline.judging import Judging, Looked, rekeyed
from gateway.pipeline.ledger import Ledger
from gateway.pipeline.lines import Lines
from gateway.pipeline.saying import asked, follows
from gateway.pipeline.wanting import wanted
from gateway.store.queries.deciding import Standing
from gateway.verbs.work import Decided
from routing import events as r
from routing import inputs
from routing.classify import Model
from routing.engine import Engine
from routing.rows import IN_LINE, WorkPhase, WorkState
from routing.turns import Notice

UNSAID = frozenset({MessageState.FAILED, MessageState.UNKNOWN})
HAD = (WorkPhase.ASSIGNED, WorkPhase.PARKED)  # by somebody who goes on with it


class Decider:
    """The engine and the turns, driven by the log; what they do stands in the ledger."""

    def __init__(
        self,
        inforce: InForce,
        standing: Standing,
        desk: str,
        new_id: IdMaker,
        gather_ms: Mapping[str, int],
        model: Model,
    ) -> None:
        self._gather_ms = gather_ms  # by account: how long a first message waits for more
        self.inforce = inforce
        self.applied = standing.applied
        self._new_id = new_id
        self._now = 0
        self._cases: Mapping[str, Case] = {}
        self._clocks = Clocks(inforce, standing, desk, new_id, self._aim)
        self._arrivals = Arrivals()
        self._judging = Judging(desk, model)
        self._lines = Lines(standing)
        self._ledger = Ledger(desk, new_id)
        self._engine = Engine.restore(inforce.plan, self._ledger.restored(standing))
        self._ledger.take(self._engine, self._now)

    def wants(self, events: Sequence[e.Event]) -> set[str]:
        """Conversations of which it must know more before it applies these events."""
        return self.wants_at(max(event.at for event in events)) | wanted(events, self._goes_on)

    def _goes_on(self, conversation: str) -> bool:
        """Whether its customer waits already, for somebody who has it."""
        held = self._judging.held(self._ledger.live(conversation))
        return held and self._clocks.goes_on(conversation)

    def wants_at(self, now: int) -> set[str]:
        """Conversations that are to be work by now, and those whose lateness may escalate them."""
        late = self._clocks.due_by(now) if self.inforce.rules.minds_breaches else set()
        return self._arrivals.due(now) | late

    def unread(self) -> tuple[str, ...]:
        """Conversations that were not judged by the model yet and may be now."""
        return self._judging.unread()

    def read(self, now: int, cases: Mapping[str, Case]) -> None:
        """Judge them; a conversation that is no more needs nobody."""
        self._now, self._cases = now, cases
        self._judging.forget(set(self.unread()).difference(cases))
        for case in cases.values():
            self._judge(case, now, None)

    def closed(self, turns: Iterable[Turn]) -> None:
        """Turns whose answers are told to have failed, in the facts that come next."""
        self._clocks.closed(turns)

    def unserved(self, conversations: Iterable[str], now: int) -> None:
        """Customers who waited unseen when the last owner went."""
        for conversation in (*conversations, *self._lines.callbacks.all_ready()):
            if self._ledger.live(conversation) is None:
                self._arrivals.add(now, conversation, self.applied)

    def apply(self, event: e.Event, cases: Mapping[str, Case]) -> None:
        """Make of one fact what follows from it. Decisions of our own are passed over."""
        assert event.position == self.applied + 1, "facts are applied in order, without gaps"
        self.applied = event.position
        handle = _HANDLERS.get(event.kind)
        if handle is None:
            return
        self._now = event.at
        self._cases = cases
        handle(self, event, e.decode_body(event))
        self._advance(event.at)
        self._dial_ahead(event.at)

    def tick(self, now: int, cases: Mapping[str, Case]) -> None:
        """Let happen what is due by now. A conversation that is no more needs nobody."""
        self._now = now
        self._cases = cases
        for gone in self._arrivals.due(now).difference(cases):
            self._arrivals.forget(gone)
        self._advance(now)
        self._do(None, inputs.Tick(at=now))
        self._dial_ahead(now)

    def next_timer(self) -> int | None:
        """When to tick next, ms UTC."""
        engine, lines = self._engine.next_timer(), self._lines.next_at
        times = (engine, self._clocks.next_timer(), self._arrivals.next_at(), lines)
        return min((at for at in times if at is not None), default=None)

    def drain(self) -> tuple[list[Row], list[Decided]]:
        """Rows and decisions since the last call, to be committed together."""
        self._ledger.take(self._engine, self._now)
        for row in self._clocks.drain():
            self._ledger.put(row)
        self._judging.committed()
        return self._ledger.drain()

    def in_line(self) -> list[str]:
        """Conversations whose work another rulebook may send elsewhere."""
        return [w.conversation for w in self._ledger.works.values() if w.phase in IN_LINE]

    def use(self, inforce: InForce, at: int, cause: int, cases: Mapping[str, Case]) -> None:
        """Another rulebook is in force: live offers stand, waiting work keeps its age."""
        moved = self._judging.rerouted(cases.values(), self.inforce, inforce, self._ledger.live, at)
        rekeyed, self.inforce = tuple(moved), inforce
        self._decide_turns(self._clocks.use(inforce, at), cause)
        self._do(cause, inputs.PlanChanged(at=at, plan=inforce.plan, rekeyed=rekeyed))

    def explain(self, conversation: str) -> tuple[WorkState, r.Why | None] | None:
        """Where the live work of a conversation stands and why, as of now."""
        work = self._ledger.live(conversation)
        return (work, self._engine.explain(work.id)) if work is not None else None

    # --- facts ---

    def _received(self, event: e.Event, body: e.MessageReceived) -> None:
        conversation = event.conversation
        assert conversation is not None
        if body.automatic or body.message_kind == MessageKind.CALL:
            return  # a call waits for somebody once its caller is in the queue
        case = self._cases.get(conversation)
        waits = self._judging.waits(conversation, self._ledger.live(conversation))
        if case is not None and not waits:
            self._judge(case, event.at, event.position)
        self._clocks.received(event, body, case)
        if case is not None:
            self._waits(conversation, event.at, event.position)
            work = self._ledger.live(conversation)
            self._do(event.position, *calledback.written(work, case.channel, event.at))
        if self._ledger.live(conversation) is None:
            gather_ms = self._gather_ms.get(body.account, 0)
            self._arrivals.add(event.at + gather_ms, conversation, event.position)

    def _opened(self, event: e.Event, body: e.ConversationOpened) -> None:
        conversation = event.conversation or ""
        if body.status != Status.RESOLVED:
            self._clocks.opened(conversation, self._cases.get(conversation), event.at)

    def _aim(self, case: Case) -> Aim:
        work = self._ledger.live(case.conversation)
        queue = work.queue if work is not None else None
        return self.inforce.aim(case, queue, self._judging.of(case))

    def _waits(self, conversation: str, at: int, cause: int | None) -> None:
        """Work is in a queue: other targets may hold there, and people may have it now."""
        work = self._ledger.live(conversation)
        if work is not None:
            self._decide_turns(self._clocks.waits(work, at), cause)

    def _judge(self, case: Case, at: int, cause: int | None) -> None:
        """Look at a conversation anew, and let follow what does."""
        breached = self._clocks.is_late(case.conversation)
        looked = self._judging.look(case, self.inforce, at, breached=breached)
        self._conclude(case, looked, at, cause)

    def _conclude(self, case: Case, looked: Looked, at: int, cause: int | None) -> None:
        if looked.judgement != looked.before:
            self._ledger.judge(looked.judgement)
        for body in looked.told:
            self._ledger.decide(body, case.conversation, cause)
        work = self._ledger.live(case.conversation)
        if work is not None and (request := rekeyed(case, self.inforce, looked, work, at)):
            self._do(cause, request)

    def _corrected(self, event: e.Event, body: e.ConversationCorrected) -> None:
        case = self._cases.get(event.conversation or "")
        if case is not None:
            looked = self._judging.corrected(case, self.inforce, body, event.at)
            self._conclude(case, looked, event.at, event.position)

    def _written(self, event: e.Event, body: e.MessageWritten) -> None:
        conversation = event.conversation
        assert conversation is not None
        kind, _sep, login = body.by.partition(":")
        if body.automatic or kind == "auto" or not self.inforce.counts(login):
            return
        self._decide_turns(self._clocks.written(event, body, login), event.position)
        self._arrivals.forget(conversation)
        work = self._ledger.live(conversation)
        if work is not None and work.phase in (WorkPhase.WAITING, WorkPhase.OFFERED):
            self._answered_by(work, login, event)

    def _answered_by(self, work: WorkState, login: str, event: e.Event) -> None:
        """Who answers what nobody has, has it; who cannot hold work only ends the waiting."""
        grab = inputs.WorkGrabbed(at=event.at, work=work.id, agent=login)
        told = self._engine.apply(grab)
        done: list[r.Event] = [t for t in told if not isinstance(t, r.RequestRefused)]
        if len(done) < len(told):
            cancel = inputs.WorkCancelled(at=event.at, work=work.id, reason="answered")
            done += self._engine.apply(cancel)
        self._tell(done, event.position)

    def _settled(self, event: e.Event, body: e.MessageSettled | e.MessageReleased) -> None:
        conversation = event.conversation
        assert conversation is not None
        self._decide_turns(self._clocks.settled(event, body), event.position)
        if body.state in UNSAID and self._clocks.is_open(conversation):
            self._answer_again(conversation, event)

    def _answer_again(self, conversation: str, event: e.Event) -> None:
        """A reply failed, or nobody knows: the customer waits; somebody must look again."""
        work = self._ledger.live(conversation)
        if work is None:
            self._arrivals.add(event.at, conversation, event.position)
        elif work.phase is WorkPhase.PARKED:
            self._do(event.position, inputs.WorkUnparked(at=event.at, work=work.id))

    def _status(self, event: e.Event, body: e.ConversationStatus) -> None:
        conversation = event.conversation
        assert conversation is not None
        status = Status(body.status)
        work = self._ledger.live(conversation)
        told = self._clocks.status(event, body, self._cases.get(conversation))
        self._decide_turns(told, event.position)
        if status is Status.RESOLVED:
            self._arrivals.forget(conversation)
            self._judged_out(conversation)
        if work is not None:
            if (request := follows(work, status, event.at)) is not None:
                self._do(event.position, request)
        elif status is Status.OPEN and body.by.startswith("agent:"):
            self._arrivals.add(event.at, conversation, event.position)

    def _judged_out(self, conversation: str) -> None:
        case = self._cases.get(conversation)
        if case is not None and (judgement := self._judging.over(case)) is not None:
            self._ledger.judge(judgement)

    def _called(self, event: e.Event, body: CallChanged) -> None:
        conversation = event.conversation or ""
        work = self._ledger.live(conversation)
        if onphone.begins(body):
            if work is None or work.phase is WorkPhase.WRAPUP:
                self._arrivals.add(event.at, conversation, event.position)
            elif work.phase in HAD and work.agent:
                ring = Ring(conversation=conversation, agent=work.agent)
                self._ledger.have_done(ring, self.applied, self._now)
        for look in self._lines.looks(conversation, body):
            self._ledger.call_back(look, self.applied, self._now)
        self._do(event.position, *self._lines.called(conversation, body, work, event.at))

    def _called_back(self, event: e.Event, body: CallbackChanged) -> None:
        conversation = event.conversation or ""
        work = self._ledger.live(conversation)
        if self._lines.callbacks.take(conversation, body) and work is None:
            self._arrivals.add(event.at, conversation, event.position)
        wanted = self.inforce.rulebook.callbacks
        requests = self._lines.called_back(conversation, body, work, wanted, event.at)
        self._do(event.position, *requests)

    def _dial_ahead(self, now: int) -> None:
        """Customers who are called back before an agent is there, or no longer are."""
        wanted = self.inforce.rulebook.callbacks
        self._do(None, *self._lines.released(self._ledger, wanted, now))
        for what in self._lines.due(self._engine, self._ledger, wanted, now):
            self._ledger.call_back(what, self.applied, self._now)

    def _asked(self, event: e.Event, body: e.AgentAsked) -> None:
        live = self._ledger.live(event.conversation or "")
        wish = replace(body, work=body.work or (live.id if live is not None else ""))
        request = asked(event.at, wish, self._ledger.work(wish.work))
        if isinstance(request, e.RequestRefused):
            self._ledger.decide(request, event.conversation, event.position)
        else:
            self._do(event.position, request)

    def _clock_stepped(self, event: e.Event, body: e.ClockStepped) -> None:
        """What was to happen in a minute still is, on the clock as it reads now."""
        by_ms = body.to_ms - body.from_ms
        self._do(event.position, inputs.ClockStepped(at=event.at, by_ms=by_ms))

    def _node_lost(self, event: e.Event, _body: e.NodeLost) -> None:
        """Its sockets are gone: every agent who was there has the grace to come back."""
        for agent in self._engine.snapshot().agents:
            if agent.presence != "offline" and agent.lost_until is None:
                self._do(event.position, inputs.AgentLost(at=event.at, agent=agent.id))

    # --- time, and what the engine says ---

    def _advance(self, now: int) -> None:
        """Work whose gathering is over arrives; turns that are due are noticed."""
        for arrival in self._arrivals.take(now, self._cases):
            self._arrive(arrival, self._cases[arrival.conversation])
        for conversation, change in self._clocks.tick(now):
            self._ledger.decide(change, conversation, None)
            if change.what == Notice.BREACHED and conversation in self._cases:
                self._judge(self._cases[conversation], now, None)

    def _arrive(self, arrival: Arrival, case: Case) -> None:
        live = self._ledger.live(arrival.conversation)
        if live is not None and live.phase is not WorkPhase.WRAPUP:
            return
        if self._judging.of(case) is None:
            self._judge(case, arrival.at, arrival.cause)
        routed = self.inforce.route(case, self._judging.of(case))
        due = self._clocks.due(case.conversation)
        window_ms = self.inforce.remembers_ms(routed.queue)
        request = arrived(arrival.at, self._new_id(), case, routed, due, window_ms)
        request = self._lines.aged(request, self.inforce.rulebook.callbacks)
        self._do(arrival.cause, request)

    def _do(self, cause: int | None, *requests: inputs.Input) -> None:
        for request in requests:
            self._tell(self._engine.apply(request), cause)

    def _tell(self, told: Sequence[r.Event], cause: int | None) -> None:
        ledger = self._ledger
        ledger.take(self._engine, self._now)
        ledger.tell(told, self.inforce.version, cause, self._judged)
        for what in self._lines.tasks(told, ledger.works):
            self._ledger.have_done(what, self.applied, self._now)
        for begin in self._lines.begun(told, ledger.works):
            self._ledger.call_back(begin, self.applied, self._now)
        overflowing.note(ledger, told, self._new_id, self.applied, self._now)
        for event in told:
            if isinstance(event, r.WorkWaiting | r.WorkRekeyed):
                self._waits(ledger.conversation_of(event) or "", event.at, cause)
            if isinstance(event, r.WorkDone | r.WorkCancelled):
                self._wait_again(event)

    def _judged(self, conversation: str) -> Judgement | None:
        case = self._cases.get(conversation)
        return self._judging.of(case) if case is not None else None

    def _wait_again(self, over: r.WorkDone | r.WorkCancelled) -> None:
        """Who wrote during the wrap-up is still unanswered, who is to be called, uncalled."""
        done, work = isinstance(over, r.WorkDone), self._ledger.forget(over.work)
        if work is not None and (
            (done and self._clocks.is_open(work.conversation))
            or self._lines.callbacks.ready(work.conversation)
        ):
            self._arrivals.add(over.at, work.conversation, self.applied)

    def _decide_turns(self, told: Told, cause: int | None) -> None:
        for conversation, change in told:
            self._ledger.decide(change, conversation, cause)
            if change.what == "due_changed":
                self._promised_anew(conversation, cause)

    def _promised_anew(self, conversation: str, cause: int | None) -> None:
        """Who is due first goes first: routing is told of another due instant."""
        work, due = self._ledger.live(conversation), self._clocks.due(conversation)
        if work is not None and work.phase in onphone.AHEAD and work.deadline != due:
            self._do(cause, inputs.WorkRekeyed(at=self._now, work=work.id, deadline=due))


_HANDLERS: dict[str, Callable[[Decider, e.Event, Any], None]] = {
    "conversation.opened": Decider._opened,
    "message.received": Decider._received,
    "message.written": Decider._written,
    "message.released": Decider._settled,  # on its way: it defers what is due
    "message.settled": Decider._settled,
    "conversation.status": Decider._status,
    "conversation.corrected": Decider._corrected,
    "call.changed": Decider._called,
    "callback.changed": Decider._called_back,
    "agent.asked": Decider._asked,
    "node.lost": Decider._node_lost,
    "clock.stepped": Decider._clock_stepped,
}
