"""The engine's words into the log's and the tables', and agents' wishes into the engine's."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from gateway.domain import events as e
from gateway.domain import work as rows
from gateway.domain.conversation import Status
from gateway.domain.events import AgentAsked
from gateway.domain.judgement import Judgement
from gateway.store.queries.deciding import Standing
from routing import events as r
from routing import inputs
from routing.rows import AgentState, OfferPhase, OfferState, Snapshot, WorkPhase, WorkState

FORCE = "force"  # the reason of who assigns more than there is room for
ENDED = frozenset({WorkPhase.DONE, WorkPhase.CANCELLED})

# What an agent reads when routing could not do what was asked.
REFUSALS: dict[str, str] = {
    r.Refused.UNKNOWN_WORK: "This conversation is no longer waiting for anybody.",
    r.Refused.UNKNOWN_AGENT: "Routing does not know this agent; add them to `agents`.",
    r.Refused.UNKNOWN_QUEUE: "There is no such queue.",
    r.Refused.DUPLICATE: "This was asked already.",
    r.Refused.CONVERSATION_HAS_WORK: "Somebody has this conversation already.",
    r.Refused.OFFER_GONE: "This offer is over: it expired, or a colleague took it.",
    r.Refused.NOT_YOURS: "This is a colleague's.",
    r.Refused.WRONG_STATE: "This cannot be done with it now.",
    r.Refused.NO_CAPACITY: "There is no room for it beside what the agent already has.",
    r.Refused.NOT_THERE: "The agent is not available now.",
    r.Refused.WRAPUP_FORCED: "The wrap-up runs its full time here.",
    r.Refused.NO_MORE_EXTENSIONS: "The wrap-up cannot be made longer again.",
    "taken": "A colleague was faster and has it now.",
    "unknown_verb": "Routing does not know this request.",
    "unknown_target": "Say whom or which queue: queue:<id> or agent:<login>.",
}


def worded(code: str) -> str:
    """A refusal's code as a sentence."""
    return REFUSALS.get(code, "This cannot be done now.")


# --- agents' wishes: verb -> input; None when its target says nothing ---


def _transfer(at: int, body: AgentAsked) -> inputs.WorkTransferred | None:
    kind, _, name = body.target.partition(":")
    if kind not in ("queue", "agent") or not name:
        return None
    return inputs.WorkTransferred(
        at=at,
        work=body.work,
        agent=body.agent,
        to_queue=name if kind == "queue" else None,
        to_agent=name if kind == "agent" else None,
    )


def _consult(at: int, body: AgentAsked) -> inputs.Input | None:
    kind, _, name = body.target.partition(":")
    if kind != "agent" or not name:
        return None
    return inputs.AgentConsulted(at=at, work=body.work, agent=body.agent, guest=name)


def _consult_end(at: int, body: AgentAsked) -> inputs.Input | None:
    kind, _, name = body.target.partition(":")
    if kind != "agent" or not name:
        return None
    return inputs.ConsultLeft(at=at, work=body.work, agent=name)


_PRESENCE: dict[str, Literal["offline", "available", "busy"]] = {
    "offline": "offline",
    "available": "available",
    "busy": "busy",
}


def _presence(at: int, body: AgentAsked) -> inputs.Input | None:
    presence = _PRESENCE.get(body.presence)
    if presence is None:
        return None
    return inputs.AgentPresence(at=at, agent=body.agent, presence=presence, reason=body.reason)


def _assign(at: int, body: AgentAsked) -> inputs.Input | None:
    kind, _, name = body.target.partition(":")
    if kind != "agent" or not name:
        return None
    force = body.reason == FORCE
    return inputs.WorkGrabbed(at=at, work=body.work, agent=name, by=body.agent, force=force)


ASKED: dict[str, Callable[[int, AgentAsked], inputs.Input | None]] = {
    "presence": _presence,
    "accept": lambda at, b: inputs.OfferAccepted(at=at, offer=b.offer, agent=b.agent),
    "decline": lambda at, b: inputs.OfferDeclined(at=at, offer=b.offer, agent=b.agent),
    "done": lambda at, b: inputs.WorkEnded(at=at, work=b.work, agent=b.agent),
    "wrapup_end": lambda at, b: inputs.WrapupEnded(at=at, work=b.work, agent=b.agent),
    "wrapup_extend": lambda at, b: inputs.WrapupExtended(at=at, work=b.work, agent=b.agent),
    "transfer": _transfer,
    "consult": _consult,
    "consult_end": _consult_end,
    "take": lambda at, b: inputs.WorkGrabbed(at=at, work=b.work, agent=b.agent),
    "grab": lambda at, b: inputs.WorkGrabbed(at=at, work=b.work, agent=b.agent),
    "assign": _assign,
    "lost": lambda at, b: inputs.AgentLost(at=at, agent=b.agent),
    "back": lambda at, b: inputs.AgentBack(at=at, agent=b.agent),
}


def asked(at: int, body: AgentAsked, work: WorkState | None) -> inputs.Input | e.RequestRefused:
    """What an agent's wish is to the engine, or why it cannot be one. `work`: what it names."""
    make = ASKED.get(body.verb)
    if make is None:
        return refusal_of(body, "unknown_verb")
    if body.verb == "take" and work is not None and work.agent not in (None, "", body.agent):
        return refusal_of(body, "taken")
    request = make(at, body)
    return request if request is not None else refusal_of(body, "unknown_target")


def refusal_of(body: AgentAsked, code: str) -> e.RequestRefused:
    """Why a wish cannot be done, as it is told in the log."""
    return e.RequestRefused(agent=body.agent, code=code, why=worded(code), work=body.work)


def follows(work: WorkState, status: Status, at: int) -> inputs.Input | None:
    """Work follows its conversation: done when resolved, parked while it waits."""
    phase = work.phase
    waits = phase in (WorkPhase.WAITING, WorkPhase.OFFERED)
    if status is Status.RESOLVED and phase is not WorkPhase.WRAPUP:
        if waits or phase is WorkPhase.CALLBACK_PENDING:
            return inputs.WorkCancelled(at=at, work=work.id, reason="resolved")
        return inputs.WorkEnded(at=at, work=work.id)
    if status in (Status.PENDING, Status.SNOOZED):
        if phase is WorkPhase.ASSIGNED:
            return inputs.WorkParked(at=at, work=work.id)
        if waits:
            return inputs.WorkCancelled(at=at, work=work.id, reason="answered")
    if status is Status.OPEN and phase is WorkPhase.PARKED:
        return inputs.WorkUnparked(at=at, work=work.id)
    return None


# --- the engine's events as decisions of the log ---

WORK: dict[type, str] = {
    r.WorkWaiting: "waiting",
    r.WorkRekeyed: "rekeyed",
    r.WorkStepped: "stepped",
    r.WorkOverflowed: "overflowed",
    r.WorkDeferred: "deferred",
    r.WorkCancelled: "cancelled",
    r.WorkDone: "done",
    r.AllDeclined: "all_declined",
    r.WorkReturnable: "returnable",
}
OFFER: dict[type, str] = {
    r.OfferCreated: "created",
    r.OfferAccepted: "accepted",
    r.OfferDeclined: "declined",
    r.OfferExpired: "expired",
    r.OfferRescinded: "rescinded",
}
ASSIGNMENT: dict[type, str] = {
    r.AssignmentStarted: "started",
    r.AssignmentEnded: "ended",
    r.AssignmentParked: "parked",
    r.AssignmentResumed: "resumed",
    r.ConsultStarted: "consulted",
    r.ConsultEnded: "consult_ended",
}


WRAPUP: dict[type, str] = {r.WrapupStarted: "started", r.WrapupEnded: "ended"}


def decision_of(event: r.Event, version: int) -> e.Body | None:
    """The decision that tells of an engine's event; None for what the log need not keep."""
    kind = type(event)
    make = next((make for table, make in _TELLING if kind in table), None)
    return make(event, version) if make is not None else None


def filled(
    decision: e.WorkChanged, work: WorkState | None, judged: Judgement | None
) -> e.WorkChanged:
    """A decision on work with what is known of it."""
    if work is not None:
        queue = decision.queue or work.queue
        decision = msgspec.structs.replace(decision, queue=queue, channel=work.channel)
    if judged is None:
        return decision
    return msgspec.structs.replace(
        decision,
        category=judged.category,
        language=judged.language,
        anger=judged.anger,
        urgency=judged.urgency,
    )


def _work(event: Any, version: int) -> e.Body:
    return e.WorkChanged(
        work=event.work,
        what=WORK[type(event)],
        queue=getattr(event, "queue", ""),
        step=getattr(event, "step", 0),
        action=event.reason if isinstance(event, r.WorkReturnable) else getattr(event, "do", ""),
        target=event.agent if isinstance(event, r.WorkReturnable) else getattr(event, "target", ""),
        rulebook=version,
    )


def _offer(event: Any, version: int) -> e.Body:
    return e.OfferChanged(
        offer=event.offer,
        work=event.work,
        agent=event.agent,
        what=OFFER[type(event)],
        expires_at=getattr(event, "expires_at", None),
        rulebook=version,
    )


def _assignment(event: Any, version: int) -> e.Body:
    return e.AssignmentChanged(
        work=event.work, agent=event.agent, what=ASSIGNMENT[type(event)], rulebook=version
    )


def _wrapup(event: Any, version: int) -> e.Body:
    return e.WrapupChanged(
        work=event.work,
        agent=event.agent,
        what=WRAPUP[type(event)],
        until=getattr(event, "until", None),
        rulebook=version,
    )


def _agent(event: Any, version: int) -> e.Body:
    return e.AgentChanged(
        agent=event.agent,
        presence=event.presence,
        load=event.load,
        reason=event.reason,
        rulebook=version,
    )


def _over(event: Any, version: int) -> e.Body:
    return e.AgentOverCapacity(
        agent=event.agent,
        load=event.load,
        capacity=event.capacity,
        work=event.work or "",
        rulebook=version,
    )


def _refused(event: Any, _version: int) -> e.Body:
    return e.RequestRefused(
        agent=event.agent or "",
        code=event.why,
        why=worded(event.why),
        work=event.work or "",
        offer=event.offer or "",
    )


_TELLING: tuple[tuple[Mapping[type, str], Callable[[Any, int], e.Body]], ...] = (
    (WORK, _work),
    (OFFER, _offer),
    (ASSIGNMENT, _assignment),
    (WRAPUP, _wrapup),
    ({r.AgentChanged: "changed"}, _agent),
    ({r.OverCapacity: "over_capacity"}, _over),
    ({r.RequestRefused: "refused"}, _refused),
)


# --- the engine's rows as the tables', and back ---


def snapshot_of(standing: Standing, works: tuple[WorkState, ...]) -> Snapshot:
    """What the engine starts from."""
    decode_agent = msgspec.json.Decoder(AgentState).decode
    decode_offer = msgspec.json.Decoder(OfferState).decode
    return Snapshot(
        at=max((w.enqueued_at for w in works), default=0),
        works=works,
        offers=tuple(decode_offer(row.body) for row in standing.offers),
        agents=tuple(decode_agent(row.body) for row in standing.agents),
    )


def work_row(desk: str, work: WorkState, why: str, now: int) -> rows.Work:
    """A piece of work as its table has it."""
    live = work.phase not in ENDED
    return rows.Work(
        id=work.id,
        desk=desk,
        conversation=work.conversation,
        live_of=work.conversation if live else None,
        state=work.phase,
        queue=work.queue,
        channel=work.channel,
        agent=work.agent,
        priority=work.priority,
        enqueued_at=work.enqueued_at,
        ended_at=None if live else now,
        why=why,
        body=msgspec.json.encode(work).decode(),
    )


def offer_row(desk: str, offer: OfferState, conversation: str, why: str, now: int) -> rows.Offer:
    """An offer as its table has it."""
    return rows.Offer(
        id=offer.id,
        desk=desk,
        work=offer.work,
        conversation=conversation,
        agent=offer.agent,
        state=offer.phase,
        created_at=offer.created_at,
        expires_at=offer.expires_at,
        ended_at=None if offer.phase is OfferPhase.LIVE else now,
        why=why,
        body=msgspec.json.encode(offer).decode(),
    )


def agent_row(desk: str, agent: AgentState) -> rows.AgentState:
    """An agent as their table has them."""
    return rows.AgentState(
        desk=desk,
        login=agent.id,
        presence=agent.presence,
        reason=agent.reason,
        load=agent.load,
        since=agent.free_since,
        body=msgspec.json.encode(agent).decode(),
    )
