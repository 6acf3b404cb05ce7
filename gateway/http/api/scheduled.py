"""Replies for later: what waits, another time or other words for it, calling it off, going now."""

from typing import Annotated

import msgspec
from msgspec.structs import replace

from gateway.domain.conversation import Conversation
from gateway.domain.outcome import Refusal
from gateway.domain.scheduled import Scheduled
from gateway.http.api.courtesy import courteous
from gateway.http.api.paging import cursor_of, instant_cursor, paged
from gateway.http.api.promises import Instant, NewPromise, instant_of, promised
from gateway.http.api.sight import own_account, seen
from gateway.http.errors import Problem, of_refusal
from gateway.http.policy import Permission, scope_of
from gateway.http.routes import MAX_PAGE, PAGE, Call, Routes
from gateway.http.writes import submit
from gateway.pipeline.scheduled import packed, unpacked
from gateway.pipeline.writing import Reply
from gateway.store.queries import http_timeline
from gateway.store.queries import scheduled as queries
from gateway.stream.basis import Shape
from gateway.stream.scheduled import ScheduledView, scheduled_view
from gateway.verbs.promise import PAST
from gateway.verbs.scheduling import Reschedule, Schedule, Unschedule, Wish

routes = Routes("Messages")

MAX_TEXT = 100_000
PEOPLE = "agent:"  # in whose name one goes; what a model wrote, nobody's yet
Version = Annotated[int, msgspec.Meta(ge=1)]


class ScheduledQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of them. live: what waits, and what could not go and nobody has decided about yet."""

    mine: bool = False
    conversation: Annotated[str, msgspec.Meta(max_length=100)] = ""
    live: bool = True
    cursor: Annotated[str, msgspec.Meta(max_length=200)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = PAGE


class ScheduledPage(Shape, frozen=True, kw_only=True):
    """The first due first."""

    items: tuple[ScheduledView, ...]
    next: str | None


class ScheduledChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is left out stays. `version`: the one you had before you.

    Who changes the words says them: it goes in their name, as does what a model wrote. What a reply
    promises until an instant it promises until then, whenever it goes, unless `promise` says it
    anew.
    """

    version: Version
    send_at: Instant | None = None
    unless_answered: bool | None = None
    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] | None = None
    promise: NewPromise | None = None


class ScheduledVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The one you had before you."""

    version: Version


@routes.get(
    "/api/v1/scheduled",
    allow=Permission.CONVERSATION_READ,
    query=ScheduledQuery,
    answer=ScheduledPage,
)
async def list_scheduled(call: Call) -> ScheduledPage:
    """Replies for later, in the conversations that you may see."""
    asked: ScheduledQuery = call.query
    wanted = queries.Wanted(
        author=f"agent:{call.actor.login}" if asked.mine else "",
        conversation=asked.conversation,
        live=asked.live,
    )
    after, limit, scope = instant_cursor(asked.cursor), asked.limit + 1, scope_of(call.actor)
    store = call.house.store
    found = await store.read(
        lambda connection: queries.listed(connection, call.desk, scope, wanted, after, limit)
    )
    items, more = paged(found, asked.limit, lambda row: cursor_of(row.send_at, row.id))
    names = await store.read(http_timeline.names_of, call.desk, [row.author for row in items])
    return ScheduledPage(items=tuple(scheduled_view(row, names) for row in items), next=more)


@routes.patch(
    "/api/v1/scheduled/{id}",
    allow=Permission.MESSAGE_SEND,
    body=ScheduledChange,
    answer=ScheduledView,
)
async def change_scheduled(call: Call) -> ScheduledView:
    """Change when it goes or what it says, unless somebody has meanwhile: `changed_meanwhile`.

    One that could not go waits anew.
    """
    row, conversation = await _found(call)
    asked: ScheduledChange = call.body
    mine = f"agent:{call.actor.login}"
    said = unpacked(row, row.author if row.author.startswith(PEOPLE) else mine)
    own_account(call, said.account)
    if asked.text is not None and asked.text != row.text:
        if said.approved is not None:
            raise Problem(
                "template_words",
                "The words of a template that its provider approved stay as they are.",
                status=422,
                what_to_do="Cancel this one, and choose the template anew.",
            )
        await courteous(call, conversation, said.account, asked.text, len(said.attachments))
        said = replace(said, text=asked.text, author=mine)
    send_at = row.send_at if asked.send_at is None else instant_of(asked.send_at)
    if asked.promise is not None:
        promise = await promised(call, conversation.id, asked.promise, send_at)
        said = replace(said, promised=promise)
    follows = row.unless_answered if asked.unless_answered is None else asked.unless_answered
    command = Reschedule(
        desk=call.desk,
        scheduled=row.id,
        version=asked.version,
        wish=await _wish(call, said, send_at, unless_answered=follows),
        by=call.actor.name,
    )
    return await view_of(call, await submit(call, command, Scheduled))


@routes.post("/api/v1/scheduled/{id}/cancel", allow=Permission.MESSAGE_SEND, answer=ScheduledView)
async def cancel_scheduled(call: Call) -> ScheduledView:
    """Call it off: it never goes. Its words are kept beside what happened."""
    row, _ = await _found(call)
    command = Unschedule(desk=call.desk, scheduled=row.id, by=call.actor.name)
    return await view_of(call, await submit(call, command, Scheduled))


@routes.post(
    "/api/v1/scheduled/{id}/send",
    allow=Permission.MESSAGE_SEND,
    body=ScheduledVersion,
    answer=ScheduledView,
    status=202,
)
async def send_scheduled(call: Call) -> ScheduledView:
    """Send it now, in your name. Where it cannot go you are told why, and it stays as it was."""
    row, _ = await _found(call)
    own_account(call, unpacked(row, "").account)
    author = f"agent:{call.actor.login}"
    leave = await call.house.departures.leaving(row, author=author, by=call.actor.name)
    leave.version = call.body.version
    return await view_of(call, await submit(call, leave, Scheduled))


async def _found(call: Call) -> tuple[Scheduled, Conversation]:
    row = await call.house.store.read(queries.one, call.param("id"))
    if row is None or row.desk != call.desk:
        raise Problem("not_found", f"There is no scheduled reply {call.param('id')}.")
    return row, await seen(call, row.conversation)


async def schedule(call: Call, said: Reply, send_at: int, *, unless_answered: bool) -> Scheduled:
    """Let a reply wait for its instant. Raises Problem for what could not even go now."""
    command = Schedule(
        desk=call.desk,
        conversation=said.conversation,
        identity=said.identity or "",
        wish=await _wish(call, said, send_at, unless_answered=unless_answered),
        by=call.actor.name,
    )
    return await submit(call, command, Scheduled)


async def _wish(call: Call, said: Reply, send_at: int, *, unless_answered: bool) -> Wish:
    if said.promised is not None and said.promised.due <= send_at:
        raise of_refusal(PAST)
    write = await call.house.outbound.prepare(said)
    if isinstance(write, Refusal):
        raise of_refusal(write)
    return Wish(
        author=said.author,
        text=write.text if said.approved is not None else said.text,
        reply=packed(said),
        send_at=send_at,
        unless_answered=unless_answered,
        write=write,
    )


async def view_of(call: Call, row: Scheduled) -> ScheduledView:
    """A scheduled reply as people are shown it."""
    names = await call.house.store.read(http_timeline.names_of, call.desk, [row.author])
    return scheduled_view(row, names)
