"""The course of things at a desk: routing and response clocks, and what follows from what. Pure."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gateway.domain.call import VOICE
from gateway.domain.events import Event, MessageReceived
from gateway.domain.ids import IdMaker
from gateway.domain.judgement import Judgement
from gateway.domain.work import Unanswered
from gateway.pipeline import onphone, overflowing
from gateway.pipeline.aims import Aim
from gateway.pipeline.arrivals import Arrival, Arrivals, arrived
from gateway.pipeline.calledback import CALLED_BACK
from gateway.pipeline.clocks import Clocks, Told
from gateway.pipeline.inforce import MOST_PRIORITY, Case, InForce
from gateway.pipeline.judging import Judging, Looked, rekeyed
from gateway.pipeline.ledger import Ledger
from gateway.pipeline.lines import Lines
from gateway.pipeline.promises import Promises
from gateway.pipeline.promises import Told as PromisesTold
from gateway.pipeline.stages import Stages
from gateway.store.queries.deciding import Standing
from routing import events as r
from routing import inputs
from routing.classify import Model
from routing.engine import Engine
from routing.rows import WorkPhase, WorkState
from routing.turns import Notice

TRANSFERRED = "transferred"  # why routing ended an assignment
HAD = (WorkPhase.ASSIGNED, WorkPhase.PARKED)  # by somebody who goes on with it
PRESSES = ("warned", "late")  # of a promise: somebody must see it now


def holder(work: WorkState | None) -> str:
    """Who has a piece of work and goes on with it; "": nobody."""
    return (work.agent if work is not None and work.phase in HAD else None) or ""


class Course:
    """The engine, the turns and who gathers; what they do stands in the ledger.

    `now`, `cases` and `homes` are those of the fact or the tick at hand.
    """

    def __init__(
        self,
        inforce: InForce,
        standing: Standing,
        desk: str,
        new_id: IdMaker,
        gather_ms: Mapping[str, int],
        model: Model,
    ) -> None:
        self.gather_ms = gather_ms  # by account: how long a first message waits for more
        self.inforce = inforce
        self.applied = standing.applied
        self.now = 0
        self.cases: Mapping[str, Case] = {}
        self.homes: Mapping[str, str] = {}  # message that failed -> where its customer waits
        self._new_id = new_id
        self.clocks = Clocks(inforce, standing, desk, new_id, self._aim)
        self.arrivals = Arrivals()
        self.judging = Judging(desk, model)
        self.lines = Lines(standing)
        self.promises = Promises(desk, inforce)
        self.promises.restore(standing.promises, standing.answers)
        self.stages = Stages(desk, inforce, self.clocks.due, self._is_owed, self._is_staffed)
        self.stages.restore(standing.silences, paused=standing.paused)
        self.ledger = Ledger(desk, new_id)
        self.engine = Engine.restore(inforce.plan, self.ledger.restored(standing))
        self.ledger.take(self.engine, self.now)

    def _aim(self, case: Case) -> Aim:
        work = self.ledger.live(case.conversation)
        queue = work.queue if work is not None else None
        return self.inforce.aim(case, queue, self.judging.of(case))

    def _is_owed(self, conversation: str) -> bool:
        """Whether somebody is to call a customer, or to keep what was promised."""
        called = self.lines.callbacks.of(conversation) is not None
        return called or bool(self.promises.live(conversation))

    def _is_staffed(self, conversation: str, queue: str, channel: str) -> bool:
        """Whether somebody has or is offered a conversation and is there, or may be asked now."""
        work = self.ledger.live(conversation)
        if work is not None and work.phase is WorkPhase.OFFERED:
            return True
        if login := holder(work):
            return login in self.engine.present()
        return self.engine.may_ask(queue, channel)

    def asked(self, event: Event, body: MessageReceived, case: Case | None) -> None:
        """A customer wrote: what is said by itself depends on where that is, and who has it."""
        work = self.ledger.live(event.conversation or "")
        queue = work.queue if work is not None else self.inforce.rulebook.desk.default_queue
        if work is None and case is not None:
            queue = self.inforce.route(case, self.judging.of(case)).queue
        self.stages.asked(event, body, queue, holder(work))

    def waits(self, conversation: str, at: int, cause: int | None) -> None:
        """Work is in a queue: other targets may hold there, and people may have it now."""
        work = self.ledger.live(conversation)
        if work is not None:
            self.decide_turns(self.clocks.waits(work, at), cause)

    def judge(self, case: Case, at: int, cause: int | None) -> None:
        """Look at a conversation anew, and let follow what does."""
        breached = self.clocks.is_late(case.conversation)
        looked = self.judging.look(case, self.inforce, at, breached=breached)
        self.conclude(case, looked, at, cause)

    def conclude(self, case: Case, looked: Looked, at: int, cause: int | None) -> None:
        """Write down what a conversation is taken for, and let its work be told."""
        if looked.judgement != looked.before:
            self.ledger.judge(looked.judgement)
        for body in looked.told:
            self.ledger.decide(body, case.conversation, cause)
        work = self.ledger.live(case.conversation)
        if work is not None and (request := rekeyed(case, self.inforce, looked, work, at)):
            self.do(cause, self.ranked(case.conversation, request))

    def route_anew(self, conversation: str, at: int, cause: int) -> None:
        """Who waits here proves to be somebody else, or writes elsewhere: what is to be done for
        them waits where that belongs, for when it is due now."""
        case, work = self.cases.get(conversation), self.ledger.live(conversation)
        if case is None or work is None:
            return
        if request := self.judging.anew(case, self.inforce, work, at):
            self.do(cause, self.ranked(conversation, request))
        if not self.judging.held(work):
            self.judge(case, at, cause)
        self._promised_anew(conversation, cause)

    def ranked(self, conversation: str, moved: inputs.WorkRekeyed) -> inputs.WorkRekeyed:
        """What the rules make of work, but that a promise which presses keeps its rank."""
        if moved.priority is None or not self.promises.presses(conversation):
            return moved
        return replace(moved, priority=MOST_PRIORITY)

    def advance(self, now: int) -> None:
        """Work whose gathering is over arrives; turns that are due are noticed."""
        for arrival in self.arrivals.take(now, self.cases):
            self._arrive(arrival, self.cases[arrival.conversation])
        for conversation, change in self.clocks.tick(now):
            self.ledger.decide(change, conversation, None)
            if change.what == Notice.BREACHED and conversation in self.cases:
                self.judge(self.cases[conversation], now, None)
        self.decide_promises(self.promises.tick(now), None)
        for plea in self.stages.tick(now):
            self.ledger.say(plea, self.applied, self.now)

    def hurry(self, conversation: str, at: int, cause: int) -> bool:
        """Let what gathers be work at once, for the sake of a wish; whether it did gather."""
        arrival = self.arrivals.pop(conversation) if conversation in self.cases else None
        if arrival is not None:
            self._arrive(replace(arrival, at=at, cause=cause), self.cases[conversation])
        return arrival is not None

    def _arrive(self, arrival: Arrival, case: Case) -> None:
        if case.elsewhere or self.clocks.is_with_provider(case.conversation, case.account):
            return
        live = self.ledger.live(arrival.conversation)
        if live is not None and live.phase is not WorkPhase.WRAPUP:
            return
        case = self._as_asked(case)
        if self.judging.of(case) is None:
            self.judge(case, arrival.at, arrival.cause)
        routed = self.inforce.route(case, self.judging.of(case))
        due = self._due(case.conversation)
        if self.promises.presses(case.conversation):
            routed = replace(routed, priority=MOST_PRIORITY)
        window_ms = self.inforce.remembers_ms(routed.queue)
        request = arrived(arrival.at, self._new_id(), case, routed, due, window_ms)
        request = self.lines.aged(request, self.inforce.rulebook.callbacks)
        self.do(arrival.cause, request)

    def _as_asked(self, case: Case) -> Case:
        """Who wrote, telephoned since then and is on the line no more is answered in writing."""
        asked = self.clocks.channel(case.conversation)
        if case.channel != VOICE or asked is None or self.lines.is_on(case.conversation):
            return case
        return replace(case, channel=asked)

    def dial_ahead(self, now: int) -> None:
        """Customers who are called back before an agent is there, or no longer are."""
        if self.lines.rest():
            return
        wanted = self.inforce.rulebook.callbacks
        self.do(None, *self.lines.released(self.ledger, wanted, now))
        for what in self.lines.due(self.engine, self.ledger, wanted, now):
            self.ledger.call_back(what, self.applied, self.now)

    def do(self, cause: int | None, *requests: inputs.Input) -> None:
        """Ask routing for things, one after another, and tell what it says."""
        for request in requests:
            self.tell(self.engine.apply(request), cause)

    def tell(self, told: Sequence[r.Event], cause: int | None) -> None:
        """Write down what routing has said, and let follow what does."""
        ledger = self.ledger
        ledger.take(self.engine, self.now)
        ledger.tell(told, self.inforce.version, cause, self._judged)
        for what in self.lines.tasks(told, ledger.works):
            self.ledger.have_done(what, self.applied, self.now)
        for begin in self.lines.begun(told, ledger.works):
            self.ledger.call_back(begin, self.applied, self.now)
        overflowing.note(ledger, told, self._new_id, self.applied, self.now)
        for event in told:
            self._stands(event)
            if isinstance(event, r.WorkWaiting | r.WorkRekeyed):
                self.waits(ledger.conversation_of(event) or "", event.at, cause)
            if isinstance(event, r.WorkDone | r.WorkCancelled):
                self._wait_again(event)

    def _stands(self, event: r.Event) -> None:
        """Who has a conversation now, and whether a colleague gave it to them."""
        work = self.ledger.work(getattr(event, "work", None) or "")
        if work is None:
            return
        self.stages.stands(work.conversation, work.queue, holder(work), event.at)
        if isinstance(event, r.AssignmentEnded) and event.reason == TRANSFERRED:
            self.stages.handed_over(work.conversation, event.at)

    def _judged(self, conversation: str) -> Judgement | None:
        case = self.cases.get(conversation)
        return self.judging.of(case) if case is not None else None

    def _wait_again(self, over: r.WorkDone | r.WorkCancelled) -> None:
        """Who wrote during the wrap-up, or hung up in vain, still waits; so may a callback."""
        done = isinstance(over, r.WorkDone) or over.reason == Unanswered.ABANDONED
        work = self.ledger.forget(over.work)
        if work is None:
            return
        callbacks = self.lines.callbacks
        if isinstance(over, r.WorkCancelled) and over.reason == CALLED_BACK:
            done = callbacks.of(work.conversation) is None  # nobody calls any more
        if (done and self.clocks.is_open(work.conversation)) or callbacks.ready(work.conversation):
            self.arrivals.add(over.at, work.conversation, self.applied)

    def decide_turns(self, told: Told, cause: int | None) -> None:
        """Tell of turns; who is due at another instant may be somebody else's turn."""
        for conversation, change in told:
            self.ledger.decide(change, conversation, cause)
            if change.what == "due_changed":
                self._promised_anew(conversation, cause)

    def decide_promises(self, told: PromisesTold, cause: int | None) -> None:
        """Tell of promises; one that presses goes before all that waits in a queue."""
        for conversation, change in told:
            self.ledger.decide(change, conversation, cause)
            if change.what == "told":
                excuse = self.promises.excuse(conversation, change)
                self.ledger.say(excuse, self.applied, self.now)
            if change.what in PRESSES and self.promises.presses(conversation):
                self.bring_up(conversation, cause)

    def bring_up(self, conversation: str, cause: int | None) -> None:
        """Somebody must see it now: whoever has it, or whoever is free first."""
        work = self.ledger.live(conversation)
        if work is None or work.phase is WorkPhase.WRAPUP:
            self.arrivals.add(self.now, conversation, self.applied)
        elif work.phase is WorkPhase.PARKED:
            self.do(cause, inputs.WorkUnparked(at=self.now, work=work.id))
        elif work.phase in onphone.AHEAD:
            first, due = MOST_PRIORITY, self._due(conversation)
            rekeyed = inputs.WorkRekeyed(at=self.now, work=work.id, priority=first, deadline=due)
            self.do(cause, rekeyed)

    def _due(self, conversation: str) -> int | None:
        """By when somebody must be at it: an answer that is owed, or a promise that presses."""
        dues = (self.clocks.due(conversation), self.promises.due(conversation))
        return min((due for due in dues if due is not None), default=None)

    def _promised_anew(self, conversation: str, cause: int | None) -> None:
        """Who is due first goes first: routing is told of another due instant."""
        work, due = self.ledger.live(conversation), self._due(conversation)
        if work is not None and work.phase in onphone.AHEAD and work.deadline != due:
            self.do(cause, inputs.WorkRekeyed(at=self.now, work=work.id, deadline=due))
