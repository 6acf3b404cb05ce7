"""Why a conversation is where it is, and what happens next."""

from typing import Any

import msgspec
from sqlalchemy import Connection

from gateway.domain.clock import rfc3339
from gateway.domain.events import Event
from gateway.domain.work import Offer
from gateway.http.api.sight import conversation_of
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.store.queries import http_rows, http_timeline
from gateway.stream.shapes import At, EventItem, Shape, WorkView, event_item, work_view

routes = Routes("Conversations")


class Next(Shape, frozen=True, kw_only=True):
    """What happens by itself, and when."""

    what: str
    at: At


class WhyCard(Shape, frozen=True, kw_only=True):
    """Why the conversation is where it is: decisions so far, and what comes next."""

    work: WorkView | None
    state: dict[str, Any] | None
    why: dict[str, Any] | None
    decisions: tuple[EventItem, ...]
    next: tuple[Next, ...]


@routes.get(
    "/api/v1/conversations/{id}/explain", allow=Permission.CONVERSATION_READ, answer=WhyCard
)
async def explain(call: Call) -> WhyCard:
    """Why the conversation is where it is, and what happens next."""
    conversation = await conversation_of(call)
    found = call.house.dispatch.explain(conversation.id) or {}
    bundle, decisions, offers = await call.house.store.read(_decided, call.desk, conversation.id)
    work = bundle.work if bundle is not None else None
    upcoming = [("offer_expires", offer.expires_at) for offer in offers]
    if bundle is not None and bundle.turn is not None and bundle.turn.due is not None:
        upcoming.append((f"{bundle.turn.metric}_due", bundle.turn.due))
    why = found.get("why")
    if why is None and work is not None and work.why:
        why = msgspec.json.decode(work.why)
    return WhyCard(
        work=work_view(work) if work is not None else None,
        state=found.get("work"),
        why=why,
        decisions=tuple(event_item(e) for e in decisions),
        next=tuple(
            Next(what=what, at=rfc3339(at)) for what, at in sorted(upcoming, key=lambda n: n[1])
        ),
    )


def _decided(
    connection: Connection, desk: str, conversation: str
) -> tuple[http_rows.Bundle | None, list[Event], list[Offer]]:
    bundle = http_rows.bundle(connection, conversation)
    offers = [
        o for o in http_rows.offers_of(connection, desk, None) if o.conversation == conversation
    ]
    return bundle, http_timeline.decisions(connection, conversation), offers
