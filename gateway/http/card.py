"""The why-card: what a conversation was taken for, what was decided and why, and what comes next.

Made of rows and the rulebook in force, so that a node and `parley explain` tell the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from gateway.domain.callback import Callback, CallbackState
from gateway.domain.clock import rfc3339
from gateway.domain.events import AssignmentChanged, Event, OfferChanged, decode_body
from gateway.domain.work import AgentState, Offer, Resolution, Turn, Work
from gateway.pipeline.inforce import InForce
from gateway.store.queries import http_rows, http_timeline
from gateway.store.queries.callbacks import live_of
from gateway.stream.basis import At, Shape
from gateway.stream.judged import JudgementView, judgement_view
from gateway.stream.shapes import WorkView, work_view
from routing.lines import Line
from routing.rows import AgentState as AgentNow
from routing.rows import WorkPhase, WorkState

NOT_YET = frozenset({CallbackState.PENDING, CallbackState.RETRY_WAIT})


class Piece(Shape, frozen=True, kw_only=True):
    """A piece of the customer's words, and how much it spoke for the category."""

    piece: str
    weight: float


class RuleTried(Shape, frozen=True, kw_only=True):
    """A rule that was looked at, and its first condition that did not hold; "" when all did."""

    rule: str
    failed: str


class JudgementWhole(JudgementView, frozen=True, kw_only=True):
    """What it was taken for and why, and the rules that were tried for its queue."""

    reasons: tuple[Piece, ...]
    rule: str
    tried: tuple[RuleTried, ...]


class DecisionItem(Shape, frozen=True, kw_only=True, tag_field="type", tag="event"):
    """A decision; `why` accounts for the agents where one was chosen."""

    seq: int | None
    position: int
    kind: str
    at: At
    actor: str
    body: msgspec.Raw
    why: dict[str, Any] | None


class Next(Shape, frozen=True, kw_only=True):
    """What happens by itself, and when; to whom, or whom it lets in, where that says more.

    what: offer_expires | step_relaxes | overflow_rules | queue_opens | pin_ends | returnable
    | wrapup_ends | agent_lost | first_response_warned | first_response_due | next_response_warned
    | next_response_due | resolution_warned | resolution_due | callback_starts | callback_due
    """

    what: str
    at: At
    agent: str = ""
    queue: str = ""
    needs: Mapping[str, int] = {}
    pool: tuple[str, ...] = ()


class WhyCard(Shape, frozen=True, kw_only=True):
    """Why the conversation is where it is: decisions so far, and what comes next."""

    judgement: JudgementWhole | None
    work: WorkView | None
    state: dict[str, Any] | None
    why: dict[str, Any] | None
    decisions: tuple[DecisionItem, ...]
    next: tuple[Next, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a card."""

    bundle: http_rows.Bundle | None
    decisions: list[Event]
    offers: list[Offer]
    owner: AgentState | None  # whoever has the work
    resolution: Resolution | None
    callback: Callback | None  # that the customer waits for


def told(connection: Connection, conversation: str) -> Told:
    """All that the tables know of how a conversation came to be where it is."""
    bundle = http_rows.bundle(connection, conversation)
    work = bundle.work if bundle is not None else None
    owner = None
    if work is not None and work.agent is not None:
        owner = http_rows.one(connection, AgentState, work.desk, work.agent)
    decisions = http_timeline.decisions(connection, conversation)
    made = {body.offer for body in map(decode_body, decisions) if isinstance(body, OfferChanged)}
    offers = list(http_rows.by_ids(connection, Offer, made).values())
    return Told(
        bundle=bundle,
        decisions=decisions,
        offers=offers,
        owner=owner,
        resolution=http_rows.one(connection, Resolution, conversation),
        callback=live_of(connection, work.desk, conversation, "") if work is not None else None,
    )


def card(told: Told, inforce: InForce, live: Mapping[str, Any] | None) -> WhyCard:
    """The card. live: how the engine sees the work now, and why; None where it is not asked."""
    bundle, now = told.bundle, live or {}
    work = bundle.work if bundle is not None else None
    turn = bundle.turn if bundle is not None else None
    upcoming = sorted(_upcoming(told, work, turn, inforce), key=lambda pair: pair[0])
    return WhyCard(
        judgement=_judged(bundle) if bundle is not None else None,
        work=work_view(work) if work is not None else None,
        state=now.get("work"),
        why=now.get("why") or (_decoded(work.why) if work is not None else None),
        decisions=_decisions(told, work),
        next=tuple(each for _, each in upcoming),
    )


def _judged(bundle: http_rows.Bundle) -> JudgementWhole | None:
    judgement = bundle.judgement
    view = judgement_view(judgement, bundle.program)
    if judgement is None or view is None:
        return None
    return JudgementWhole(
        **{name: getattr(view, name) for name in view.__struct_fields__},
        reasons=msgspec.json.decode(judgement.reasons, type=tuple[Piece, ...]),
        rule=judgement.rule,
        tried=msgspec.json.decode(judgement.tried, type=tuple[RuleTried, ...]),
    )


def _decoded(why: str) -> dict[str, Any] | None:
    return msgspec.json.decode(why, type=dict[str, Any]) if why else None


def _decisions(told: Told, work: Work | None) -> tuple[DecisionItem, ...]:
    """What was decided, the newest last: with each choice why it fell on that agent."""
    why_of = {offer.id: offer.why for offer in told.offers}
    asked = {offer.agent for offer in told.offers}
    if work is not None and work.agent and work.agent not in asked:
        why_of[work.id] = work.why  # given without being offered
    return tuple(_decision(event, why_of) for event in told.decisions)


def _decision(event: Event, why_of: Mapping[str, str]) -> DecisionItem:
    body, why = decode_body(event), ""
    if isinstance(body, OfferChanged) and body.what == "created":
        why = why_of.get(body.offer, "")
    elif isinstance(body, AssignmentChanged) and body.what == "started":
        why = why_of.get(body.work, "")
    return DecisionItem(
        seq=event.seq,
        position=event.position,
        kind=event.kind,
        at=rfc3339(event.at),
        actor=event.actor,
        body=msgspec.Raw(event.body.encode()),
        why=_decoded(why),
    )


# --- what comes next ---


def _upcoming(
    told: Told, work: Work | None, turn: Turn | None, inforce: InForce
) -> Iterator[tuple[int, Next]]:
    """What will happen unless somebody does something, and when."""
    for offer in told.offers:
        if offer.ended_at is None:
            yield _next(offer.expires_at, "offer_expires", agent=offer.agent)
    if turn is not None:
        yield from _of_clock(turn, turn.metric)
    if told.resolution is not None and told.resolution.resolved_at is None:
        yield from _of_clock(told.resolution, "resolution")
    if told.callback is not None:
        if told.callback.state in NOT_YET:
            yield _next(told.callback.visible_at, "callback_starts", queue=told.callback.queue)
        yield _next(told.callback.due, "callback_due", queue=told.callback.queue)
    if told.owner is not None:
        lost_until = msgspec.json.decode(told.owner.body, type=AgentNow).lost_until
        if lost_until is not None:
            yield _next(lost_until, "agent_lost", agent=told.owner.login)
    if work is not None:
        decided_at = told.decisions[-1].at if told.decisions else work.enqueued_at
        state = msgspec.json.decode(work.body, type=WorkState)
        yield from _of_work(state, inforce, decided_at)


def _of_clock(clock: Turn | Resolution, metric: str) -> Iterator[tuple[int, Next]]:
    if clock.due is None:
        return
    if clock.warn_at is not None and clock.warned_at is None and clock.breached_at is None:
        yield _next(clock.warn_at, f"{metric}_warned")
    yield _next(clock.due, f"{metric}_due")


def _of_work(work: WorkState, inforce: InForce, decided_at: int) -> Iterator[tuple[int, Next]]:
    if work.phase is WorkPhase.WRAPUP and work.wrapup_until is not None:
        yield _next(work.wrapup_until, "wrapup_ends", agent=work.agent or "")
    if work.leaves_at is not None:
        yield _next(work.leaves_at, "agent_lost", agent=work.agent or "")
    if work.phase is not WorkPhase.WAITING:
        return
    if work.pin is not None and work.pin_until is not None:
        yield _next(work.pin_until, "pin_ends", agent=work.pin)
    if work.giver is not None and work.returns_at is not None:
        returns_at = max(work.returns_at, work.pin_until or 0)
        yield _next(returns_at, "returnable", agent=work.giver)
    if work.after_hours:
        opens = inforce.calendar_of_queue(work.queue).next_open(decided_at)
        if opens is not None:
            yield _next(opens, "queue_opens", queue=work.queue)
    queues = {queue.id: queue for queue in inforce.plan.queues}
    queue, home = queues.get(work.queue), queues.get(work.home or work.queue)
    instants = Line(queue).instants if queue is not None else []
    for wait_ms in instants[work.looks : work.looks + 1]:
        yield _next(work.enqueued_at + wait_ms, "overflow_rules", queue=work.queue)
    steps = work.steps or (home.steps if home is not None else ())
    for step in steps[work.step + 1 : work.step + 2]:
        at = work.enqueued_at + step.after_ms
        yield _next(at, "step_relaxes", queue=work.queue, needs=step.need, pool=step.pool)


def _next(at: int, what: str, **more: Any) -> tuple[int, Next]:
    return at, Next(what=what, at=rfc3339(at), **more)
