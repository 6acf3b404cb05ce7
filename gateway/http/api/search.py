"""Search: messages, notes and people that hold all the words, of what you may see."""

from typing import Annotated

import msgspec

from gateway.domain.clock import rfc3339
from gateway.http.limits import Count
from gateway.http.policy import Permission, scope_of
from gateway.http.routes import MAX_PAGE, PAGE, Call, Routes
from gateway.http.shed import Weight
from gateway.store.queries import http_desk
from gateway.store.search import Hit
from gateway.stream.basis import At, Shape
from gateway.stream.shapes import ConversationRow, conversation_row

routes = Routes("Search")

TEXT_CHARACTERS = 300


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words, all of which must be there."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    cursor: Count | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = PAGE


class SearchHit(Shape, frozen=True, kw_only=True):
    """Something that was found. type: message | note | contact"""

    type: str
    id: str
    at: At
    text: str
    seq: int | None
    contact: str | None
    name: str
    conversation: ConversationRow | None


class SearchPage(Shape, frozen=True, kw_only=True):
    """A page of hits, the newest first."""

    items: tuple[SearchHit, ...]
    next: int | None


@routes.get(
    "/api/v1/search",
    allow=Permission.CONVERSATION_READ,
    query=SearchQuery,
    answer=SearchPage,
    weight=Weight.HISTORY,
)
async def search(call: Call) -> SearchPage:
    """Search in messages, notes, names and addresses."""
    asked: SearchQuery = call.query
    found = await call.house.store.read(
        http_desk.found,
        call.desk,
        asked.q,
        scope_of(call.actor),
        asked.cursor,
        asked.limit,
    )
    return SearchPage(items=tuple(_hit(call, found, hit) for hit in found.hits), next=found.next)


def _hit(call: Call, found: http_desk.Found, hit: Hit) -> SearchHit:
    said = found.messages.get(hit.ref) or found.notes.get(hit.ref)
    person = found.contacts.get(hit.contact or "")
    bundle = found.bundles.get(hit.conversation or "")
    if person is None and bundle is not None:
        person = bundle.contact
    return SearchHit(
        type=hit.kind,
        id=hit.ref,
        at=rfc3339(hit.at),
        text=said.text[:TEXT_CHARACTERS] if said is not None else "",
        seq=said.seq if said is not None else None,
        contact=hit.contact,
        name=person.name if person is not None else "",
        conversation=conversation_row(bundle, call.house.channel_of) if bundle else None,
    )
