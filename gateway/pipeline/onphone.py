"""What routing makes of the telephone, and the telephone of routing. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from gateway.domain.call import OVER, VOICE, AgentTask, CallState, Leave, LegState, Ring
from gateway.domain.callevents import CallChanged
from routing import events as r
from routing import inputs
from routing.rows import WorkPhase, WorkState

UNREACHED = "phone did not answer"  # why an agent is busy whose telephone nobody picked up
UNHEARD = frozenset(OVER - {LegState.COMPLETED})
OPEN = (WorkPhase.WAITING, WorkPhase.OFFERED)
AHEAD = (*OPEN, WorkPhase.CALLBACK_PENDING)  # nobody has it yet
JOINS = (r.AssignmentStarted, r.ConsultStarted)
LEAVES = (r.AssignmentEnded, r.ConsultEnded)


def begins(body: CallChanged) -> bool:
    """Whether a caller has begun to wait for somebody."""
    return body.state == CallState.QUEUED and not body.leg


def over(body: CallChanged) -> bool:
    """Whether the customer is gone, or only says how it went: nobody is busy with that."""
    return body.state in (CallState.ENDED, CallState.SURVEY) and not body.leg


def calling(before: frozenset[str], conversation: str, body: CallChanged) -> frozenset[str]:
    """The conversations with a live call, after this."""
    if over(body):
        return before - {conversation}
    return before | {conversation} if begins(body) else before


def told(
    body: CallChanged, work: WorkState | None, held: bool | None, at: int, *, front: bool = False
) -> Iterator[inputs.Input]:
    """What routing is told of a call's work.

    held: whether a callback keeps the place of its caller; None: nobody is to be called back.
    front: we have called its customer, who waits on the line.
    """
    if work is None:
        return
    if begins(body) and work.phase in OPEN and work.channel != VOICE:
        yield inputs.WorkRekeyed(at=at, work=work.id, channel=VOICE)
    elif begins(body) and work.phase is WorkPhase.PARKED:
        yield inputs.WorkUnparked(at=at, work=work.id)
    elif begins(body) and work.phase is WorkPhase.CALLBACK_PENDING:
        yield inputs.CallbackReady(at=at, work=work.id, channel=VOICE, front=front)
    elif over(body) and work.channel == VOICE:
        yield from _ended(body.outcome, work, held, at)
    elif body.leg_state in OVER and body.agent in work.guests:
        yield inputs.ConsultLeft(at=at, work=work.id, agent=body.agent)
    elif _unheard(body, work):
        agent = body.agent
        yield inputs.AgentPresence(at=at, agent=agent, presence="busy", reason=UNREACHED)
        yield inputs.WorkTransferred(
            at=at, work=work.id, agent=agent, to_queue=work.queue, keep_age=True
        )


def _ended(outcome: str, work: WorkState, held: bool | None, at: int) -> Iterator[inputs.Input]:
    """Who left word still waits, with the age the call had; so does who is called back."""
    if work.phase is WorkPhase.ASSIGNED:
        yield inputs.WorkEnded(at=at, work=work.id)
    elif work.phase in OPEN and held:
        yield inputs.CallbackPending(at=at, work=work.id)
    elif work.phase in OPEN and outcome == "callback" and held is not None:
        yield inputs.WorkCancelled(at=at, work=work.id, reason="callback")
    elif work.phase in OPEN and outcome not in ("voicemail", "callback", "unmanned"):
        yield inputs.WorkCancelled(at=at, work=work.id, reason="abandoned")


def _unheard(body: CallChanged, work: WorkState) -> bool:
    """Whether the agent who has the work did not pick up."""
    return (
        body.state != CallState.ENDED
        and body.leg_state in UNHEARD
        and bool(body.agent)
        and work.phase is WorkPhase.ASSIGNED
        and work.agent == body.agent
    )


def tasks(
    events: Iterable[r.Event], works: Mapping[str, WorkState], calling: Iterable[str]
) -> Iterator[AgentTask]:
    """Whose telephone joins and whose leaves; `calling` are conversations with a live call."""
    for event in events:
        if not isinstance(event, JOINS + LEAVES):
            continue
        work = works.get(event.work)
        if work is None or (work.channel != VOICE and work.conversation not in calling):
            continue
        kind = Ring if isinstance(event, JOINS) else Leave
        yield kind(conversation=work.conversation, agent=event.agent)
