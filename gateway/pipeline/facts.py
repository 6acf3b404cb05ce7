"""What each kind of fact means to routing and the response clocks. Pure; no I/O, no clock."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from gateway.domain import events as e
from gateway.domain.access import BY_HAND
from gateway.domain.call import VOICE, CallState, Ring
from gateway.domain.callback import Answered, Due
from gateway.domain.callevents import CallbackChanged, CallChanged
from gateway.domain.conversation import Status
from gateway.domain.mergeevents import (
    ContactMerged,
    ContactUnmerged,
    ConversationContinued,
    ConversationJoined,
    ConversationSplit,
)
from gateway.domain.message import MessageKind, MessageState
from gateway.domain.promise import PromiseEnded, PromiseMade, PromiseMoved
from gateway.domain.survey import THANKS
from gateway.domain.work import Unanswered
from gateway.pipeline import calledback, onphone
from gateway.pipeline.clocks import is_elsewhere
from gateway.pipeline.course import HAD, Course, holder
from gateway.pipeline.saying import asked, follows
from gateway.store.queries.deciding import SILENT
from gateway.store.queries.promises import Answer
from routing import events as r
from routing import inputs
from routing.rows import WorkPhase, WorkState

UNSAID = frozenset({MessageState.FAILED, MessageState.UNKNOWN})
THANKED = f"auto:{THANKS}"  # for a score
# What somebody wants now is not gathered first.
HURRIES = frozenset({"take", "grab", "assign", "transfer"})


def _received(course: Course, event: e.Event, body: e.MessageReceived) -> None:
    conversation = event.conversation
    assert conversation is not None
    if body.automatic:
        course.stages.hushed(conversation)
    if body.message_kind == MessageKind.CALL:
        course.stages.heard(conversation, event.at, event.seq or 0)
    if body.automatic or body.message_kind == MessageKind.CALL:
        return  # a call waits for somebody once its caller is in the queue
    case = course.cases.get(conversation)
    if not course.clocks.is_with_provider(conversation, body.account):
        course.asked(event, body, case)
        if case is not None and body.message_kind not in SILENT:
            course.stages.unanswered(conversation, case.unanswered, event.at)
    waits = course.judging.waits(conversation, course.ledger.live(conversation))
    if case is not None and not waits:
        course.judge(case, event.at, event.position)
    course.clocks.received(event, body, case)
    if case is not None:
        course.waits(conversation, event.at, event.position)
        work = course.ledger.live(conversation)
        course.do(event.position, *calledback.written(work, case.channel, event.at))
    if course.ledger.live(conversation) is None:
        gather_ms = course.gather_ms.get(body.account, 0)
        course.arrivals.add(event.at + gather_ms, conversation, event.position)


def _opened(course: Course, event: e.Event, body: e.ConversationOpened) -> None:
    conversation = event.conversation or ""
    if body.status != Status.RESOLVED:
        course.clocks.opened(conversation, course.cases.get(conversation), event.at)


def _corrected(course: Course, event: e.Event, body: e.ConversationCorrected) -> None:
    case = course.cases.get(event.conversation or "")
    if case is not None:
        looked = course.judging.corrected(case, course.inforce, body, event.at)
        course.conclude(case, looked, event.at, event.position)


def _written(course: Course, event: e.Event, body: e.MessageWritten) -> None:
    conversation = event.conversation
    assert conversation is not None
    kind, _sep, login = body.by.partition(":")
    if body.by == THANKED:
        course.stages.hushed(conversation)  # praise wants no answer, though somebody reads it
    if body.automatic or kind == "auto":
        course.stages.told(conversation, body.by)
        return
    if not course.inforce.counts(login):
        course.stages.heard(conversation, event.at, event.seq or 0)
        return
    if body.state != MessageState.HELD:
        _need_not_call(course, event)
    course.stages.answered(event, body.message, body.state)
    course.decide_turns(course.clocks.written(event, body, login), event.position)
    answer = Answer(conversation, body.message, event.at, body.state)
    course.decide_promises(course.promises.written(answer), event.position)
    course.arrivals.forget(conversation)
    work = course.ledger.live(conversation)
    if work is not None and work.phase in (WorkPhase.WAITING, WorkPhase.OFFERED):
        _answered_by(course, work, login, event)


def _need_not_call(course: Course, event: e.Event) -> None:
    """Who gave up on the telephone and is answered in writing is not called unasked any more."""
    conversation = event.conversation or ""
    asked = course.clocks.channel(conversation)
    if asked in (None, VOICE):
        return  # they have not written
    callback = course.lines.callbacks.answered(conversation)
    if callback is None:
        return
    course.ledger.call_back(Answered(callback=callback), course.applied, course.now)
    work = course.ledger.live(conversation)
    if work is not None and work.channel == VOICE and work.phase in onphone.OPEN:
        written = inputs.WorkRekeyed(at=event.at, work=work.id, channel=asked)
        course.do(event.position, written)


def _answered_by(course: Course, work: WorkState, login: str, event: e.Event) -> None:
    """Who answers what nobody has, has it; who cannot hold work only ends the waiting."""
    grab = inputs.WorkGrabbed(at=event.at, work=work.id, agent=login)
    told = course.engine.apply(grab)
    done: list[r.Event] = [t for t in told if not isinstance(t, r.RequestRefused)]
    if len(done) < len(told):
        cancel = inputs.WorkCancelled(at=event.at, work=work.id, reason="answered")
        done += course.engine.apply(cancel)
    course.tell(done, event.position)


def _settled(course: Course, event: e.Event, body: e.MessageSettled | e.MessageReleased) -> None:
    assert event.conversation is not None
    home = course.homes.get(body.message, event.conversation)
    course.decide_turns(course.clocks.settled(event, body, home), event.position)
    course.stages.settled(body.message, body.state, event.at)
    said = Answer(event.conversation, body.message, event.at, body.state)
    course.decide_promises(course.promises.settled(said, home), event.position)
    if body.state in UNSAID and course.clocks.is_open(home):
        _answer_again(course, home, event)


def _answer_again(course: Course, conversation: str, event: e.Event) -> None:
    """A reply failed, or nobody knows: the customer waits; somebody must look again."""
    work = course.ledger.live(conversation)
    if work is None:
        course.arrivals.add(event.at, conversation, event.position)
    elif work.phase is WorkPhase.PARKED:
        course.do(event.position, inputs.WorkUnparked(at=event.at, work=work.id))


def _status(course: Course, event: e.Event, body: e.ConversationStatus) -> None:
    conversation = event.conversation
    assert conversation is not None
    status = Status(body.status)
    work = course.ledger.live(conversation)
    told = course.clocks.status(event, body, course.cases.get(conversation))
    course.decide_turns(told, event.position)
    if status is Status.RESOLVED:
        course.decide_promises(course.promises.resolved(conversation, event.at), event.position)
        course.arrivals.forget(conversation)
        _judged_out(course, conversation)
        callback = course.lines.callbacks.of(conversation)
        if callback is not None and course.lines.callbacks.ready(conversation):
            # Whoever is to be called now is in no resolved conversation.
            course.ledger.call_back(Due(callback=callback.callback), course.applied, course.now)
    if is_elsewhere(body):
        course.stages.hushed(conversation)
        _taken_elsewhere(course, work, event)
        return
    course.stages.status(conversation, status, body.by, event.at)
    if work is not None:
        if (request := follows(work, status, event.at)) is not None:
            course.do(event.position, request)
    elif status is Status.OPEN and body.by.startswith(BY_HAND):
        # A customer's words gather first, and a callback is work of its own.
        course.arrivals.add(event.at, conversation, event.position)


def _joined(course: Course, event: e.Event, body: ConversationJoined) -> None:
    """Another conversation goes on here: its customer waits here, and who had it has this one."""
    course.promises.went_over(body.conversation, event.conversation or "", event.at, event.at)
    _went_over(course, body.conversation, _holder(course, body.conversation), event)


def _split(course: Course, event: e.Event, body: ConversationSplit) -> None:
    """The same with what was split off; what nobody had, whoever split it has."""
    if event.conversation != body.into:
        _judged_out(course, body.conversation)
        return
    course.promises.went_over(body.conversation, body.into, event.at)
    had = _holder(course, body.conversation) or body.by.partition(":")[2]
    _went_over(course, body.conversation, had, event)


def _holder(course: Course, conversation: str) -> str:
    return holder(course.ledger.live(conversation))


def _went_over(course: Course, left: str, had: str, event: e.Event) -> None:
    into, work = event.conversation or "", course.ledger.live(left)
    here, case = course.ledger.live(into), course.cases.get(into)
    waited, gathered = course.clocks.is_open(left), left in course.arrivals
    course.arrivals.forget(left)
    course.stages.went_over(left, into, event)
    course.decide_turns(course.clocks.went_over(left, into, case, event.at), event.position)
    if work is not None and work.phase is not WorkPhase.WRAPUP:
        reason = Unanswered.CONTINUED
        over = inputs.WorkCancelled(at=event.at, work=work.id, reason=reason)
        course.do(event.position, over)
    if case is None or case.status == Status.RESOLVED:
        return
    waiting = gathered or (work is not None and work.phase in onphone.OPEN)
    wanted = waiting and case.status == Status.OPEN
    if (had or wanted or course.clocks.is_open(into)) and here is None:
        course.arrivals.add(event.at, into, event.position)
    if waited and here is not None and here.phase is WorkPhase.PARKED:
        course.do(event.position, inputs.WorkUnparked(at=event.at, work=here.id))
    if had and (here is None or here.phase in (WorkPhase.WAITING, WorkPhase.OFFERED)):
        course.hurry(into, event.at, event.position)
        _handed_on(course, into, had, event)
    live = course.ledger.live(into)
    rests = live is not None and not course.clocks.is_open(into)
    if live is not None and rests and (then := follows(live, Status(case.status), event.at)):
        course.do(event.position, then)
    course.route_anew(into, event.at, event.position)
    if course.promises.presses(into):
        course.bring_up(into, event.position)


def _handed_on(course: Course, conversation: str, login: str, event: e.Event) -> None:
    """Who had what goes on here goes on with it, if there is room."""
    work = course.ledger.live(conversation)
    if work is not None and work.agent != login:
        told = course.engine.apply(inputs.WorkGrabbed(at=event.at, work=work.id, agent=login))
        done = [each for each in told if not isinstance(each, r.RequestRefused)]
        course.tell(done, event.position)


def _continued(course: Course, event: e.Event, _body: ConversationContinued) -> None:
    _judged_out(course, event.conversation or "")


def _merged(course: Course, event: e.Event, _body: ContactMerged) -> None:
    """What is open is of who they are together."""
    course.route_anew(event.conversation or "", event.at, event.position)


def _unmerged(course: Course, event: e.Event, body: ContactUnmerged) -> None:
    """What is open again is looked at, whoever said so: a person or a program."""
    course.route_anew(event.conversation or "", event.at, event.position)
    for conversation in body.opened:
        if course.ledger.live(conversation) is None:
            course.arrivals.add(event.at, conversation, event.position)


def _taken_elsewhere(course: Course, work: WorkState | None, event: e.Event) -> None:
    """A person at the provider answers: nobody here is to be offered it any more."""
    course.arrivals.forget(event.conversation or "")
    if work is not None and work.phase in (WorkPhase.WAITING, WorkPhase.OFFERED):
        course.do(
            event.position, inputs.WorkCancelled(at=event.at, work=work.id, reason="answered")
        )


def _judged_out(course: Course, conversation: str) -> None:
    case = course.cases.get(conversation)
    if case is not None and (judgement := course.judging.over(case)) is not None:
        course.ledger.judge(judgement)


def _called(course: Course, event: e.Event, body: CallChanged) -> None:
    conversation = event.conversation or ""
    work = course.ledger.live(conversation)
    ours, case = course.lines.is_ours(conversation, body), course.cases.get(conversation)
    told = course.clocks.called(event, body, case, ours=ours)
    course.decide_turns(told, event.position)
    if not body.leg and body.state == CallState.CONNECTED:
        course.stages.hushed(conversation)
        kept = course.promises.spoken_with(conversation, body.call, event.at)
        course.decide_promises(kept, event.position)
    if onphone.begins(body):
        if work is None or work.phase is WorkPhase.WRAPUP:
            course.arrivals.add(event.at, conversation, event.position)
        elif work.phase in HAD and work.agent:
            ring = Ring(conversation=conversation, agent=work.agent)
            course.ledger.have_done(ring, course.applied, course.now)
    for look in course.lines.looks(conversation, body):
        course.ledger.call_back(look, course.applied, course.now)
    course.do(event.position, *course.lines.called(conversation, body, work, event.at))


def _promised(course: Course, event: e.Event, body: PromiseMade) -> None:
    course.promises.made(event, body)


def _promise_moved(course: Course, event: e.Event, body: PromiseMoved) -> None:
    course.promises.moved(body.promise, event.conversation or "", event.at)


def _promise_ended(course: Course, event: e.Event, body: PromiseEnded) -> None:
    course.promises.ended(body.promise)
    course.stages.look(event.conversation or "")


def _called_back(course: Course, event: e.Event, body: CallbackChanged) -> None:
    if body.held:
        return  # nobody is to be called for it
    conversation = event.conversation or ""
    work = course.ledger.live(conversation)
    if course.lines.callbacks.take(conversation, body) and work is None:
        course.arrivals.add(event.at, conversation, event.position)
    wanted = course.inforce.rulebook.callbacks
    requests = course.lines.called_back(conversation, body, work, wanted, event.at)
    course.do(event.position, *requests)


def _asked(course: Course, event: e.Event, body: e.AgentAsked) -> None:
    conversation = event.conversation or ""
    hurries = not body.work and body.verb in HURRIES
    hurried = hurries and course.hurry(conversation, event.at, event.position)
    live = course.ledger.live(conversation)
    wants = body.target.removeprefix("agent:") if body.verb == "assign" else body.agent
    had = live is not None and live.agent == wants and body.verb != "transfer"
    if hurried and had:
        return  # a queue that assigns by itself gave it to nobody else
    wish = replace(body, work=body.work or (live.id if live is not None else ""))
    request = asked(event.at, wish, course.ledger.work(wish.work))
    if isinstance(request, e.RequestRefused):
        course.ledger.decide(request, event.conversation, event.position)
        return
    course.do(event.position, request)


def _sending_changed(course: Course, event: e.Event, body: e.SendingChanged) -> None:
    if body.paused:
        course.stages.paused()
    else:
        course.stages.resumed(event.at if body.since is None else body.since, event.at)


def _clock_stepped(course: Course, event: e.Event, body: e.ClockStepped) -> None:
    """What was to happen in a minute still is, on the clock as it reads now."""
    by_ms = body.to_ms - body.from_ms
    course.do(event.position, inputs.ClockStepped(at=event.at, by_ms=by_ms))


def _node_lost(course: Course, event: e.Event, _body: e.NodeLost) -> None:
    """Its sockets are gone: every agent who was there has the grace to come back."""
    for agent in course.engine.present():
        course.do(event.position, inputs.AgentLost(at=event.at, agent=agent))


HANDLERS: dict[str, Callable[[Course, e.Event, Any], None]] = {
    "conversation.opened": _opened,
    "message.received": _received,
    "message.written": _written,
    "message.released": _settled,  # on its way: it defers what is due
    "message.settled": _settled,
    "conversation.status": _status,
    "conversation.joined": _joined,
    "conversation.split": _split,
    "conversation.continued": _continued,
    "contact.merged": _merged,
    "contact.unmerged": _unmerged,
    "conversation.corrected": _corrected,
    "call.changed": _called,
    "callback.changed": _called_back,
    "promise.made": _promised,
    "promise.moved": _promise_moved,
    "promise.ended": _promise_ended,
    "agent.asked": _asked,
    "node.lost": _node_lost,
    "sending.changed": _sending_changed,
    "clock.stepped": _clock_stepped,
}
