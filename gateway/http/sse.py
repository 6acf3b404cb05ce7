"""The stream for programs: CloudEvents as server-sent events, from any position of a day."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec
import structlog
from aiohttp import web
from msgspec.structs import replace

from gateway.domain.events import Event
from gateway.http.admission import Admission
from gateway.http.errors import Problem, response
from gateway.http.headers import Class
from gateway.http.limits import Count
from gateway.http.policy import Actor, Permission, allowed, authorize, bound_to
from gateway.http.routes import Bound, Rooms, Route, read_query
from gateway.store import StoreUnavailable
from gateway.store.queries.http_scope import NOT_SEEN, Seen, accounts_of
from gateway.stream import Follower, Gap, Joined, cloud_event

log = structlog.get_logger(__name__)

BEAT_S = 15.0  # between signs of life while nothing happens

encode = msgspec.json.Encoder().encode


class StreamQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where on; without it, from now. Last-Event-ID goes before it."""

    after: Count | None = None


class EventStream:
    """One program that follows."""

    def __init__(self, rooms: Rooms, request: web.Request, actor: Actor) -> None:
        self._rooms = rooms
        self._request = request
        self._admission = Admission(rooms.auth, rooms.house.clock, actor)

    async def run(self, after: int) -> web.StreamResponse:
        """Until the client leaves or the node stops."""
        answer = web.StreamResponse(headers=self._rooms.headers.of(Class.API))
        answer.content_type = "text/event-stream"
        answer.headers["X-Accel-Buffering"] = "no"
        answer.enable_chunked_encoding()
        follower = self._rooms.house.stream.join(after)
        task = asyncio.current_task()
        assert task is not None
        self._rooms.sockets.streams.add(task)
        try:
            await answer.prepare(self._request)
            await answer.write(b": following\n\n")
            while await self._some(answer, follower):
                pass
        except asyncio.CancelledError:
            if not self._rooms.sockets.draining:
                raise
        except (ConnectionError, StoreUnavailable) as error:
            log.info("a stream ended", actor=self._admission.actor.name, why=str(error))
        finally:
            self._rooms.sockets.streams.discard(task)
            follower.close()
        return answer

    async def _some(self, answer: web.StreamResponse, follower: Follower) -> bool:
        try:
            async with asyncio.timeout(BEAT_S):
                heard = await follower.next()
        except TimeoutError:
            await answer.write(b": still here\n\n")
            return await self._still_allowed()
        if not await self._still_allowed(heard.events):
            return False
        for joined, seen in await self._seen(heard.events):
            await answer.write(self._event(joined, seen))
        return True

    async def _seen(self, events: Sequence[Event]) -> list[tuple[Joined, Seen | None]]:
        """Each with what decides who may see it; who is bound to accounts hears of no others."""
        actor, joined = self._admission.actor, await self._rooms.joiner.join(events)
        if not actor.accounts:
            return [(each, each.seen) for each in joined]
        named = {event.conversation for event in events if event.conversation is not None}
        over = await self._rooms.house.store.read(accounts_of, named)
        seen = [
            (each, replace(each.seen or NOT_SEEN, accounts=over[each.event.conversation]))
            for each in joined
            if each.event.conversation is not None
        ]
        return [(each, who) for each, who in seen if bound_to(actor, who)]

    async def _still_allowed(self, events: Iterable[Event] = ()) -> bool:
        admission = self._admission
        return await admission.holds(events) and allowed(admission.actor, Permission.STREAM_READ)

    def _event(self, joined: Joined, seen: Seen | None) -> bytes:
        actor = self._admission.actor
        readable = seen is None or allowed(actor, Permission.CONVERSATION_READ, seen)
        words = joined.words() if readable else None
        data = encode(cloud_event(joined.event, words))
        return b"id: %d\ndata: %s\n\n" % (joined.event.position, data)


def make_stream(rooms: Rooms) -> Bound:
    """The handler of the stream."""
    headers = rooms.headers.of(Class.API)

    async def stream(request: web.Request) -> web.StreamResponse:
        try:
            actor = await rooms.auth.actor(request)
            authorize(actor, Permission.STREAM_READ)
            if rooms.sockets.draining:
                raise Problem("stopping")
            after = await _start(request, rooms)
        except Problem as problem:
            return response(problem, headers)
        except StoreUnavailable as error:
            return response(Problem("unavailable", str(error)), headers)
        return await EventStream(rooms, request, actor).run(after)

    return stream


async def _start(request: web.Request, rooms: Rooms) -> int:
    """The position to follow from. Raises Problem."""
    stream = rooms.house.stream
    after = _after(request, rooms.house.store.desk, stream.head)
    try:
        await stream.check(after)
    except Gap as gap:
        raise _of_gap(after, gap) from gap
    return after


def _of_gap(after: int, gap: Gap) -> Problem:
    extra = {"oldest": gap.oldest, "head": gap.head}
    if after > gap.head:
        return Problem(
            "cursor_ahead",
            f"Position {after} has not been written yet: the log ends at {gap.head}.",
            status=409,
            what_to_do="Follow from head, or without a position to hear what comes from now on. A"
            " position that you were once given is of another desk, or of before a backup was"
            " restored: read anew what you need first.",
            extra=extra,
        )
    return Problem(
        "cursor_too_old",
        f"Position {after} is more than a day old: the log can be followed from {gap.oldest} on.",
        status=410,
        what_to_do="Read anew what you need, then follow from head.",
        extra=extra,
    )


def _after(request: web.Request, desk: str, head: int) -> int:
    """The position to go on from: a plain one, or the id of one of our CloudEvents."""
    last = request.headers.get("Last-Event-ID", "")
    if last:
        whose, _, position = last.rpartition("/")
        if whose not in ("", desk):
            raise Problem("invalid_query", f"Last-Event-ID is of another desk; this is {desk}.")
        try:
            return msgspec.convert(position, Count, strict=False)
        except msgspec.ValidationError as error:
            raise Problem(
                "invalid_query",
                "Last-Event-ID is no position.",
                what_to_do=f"Send back what stood behind `id:`, or an event's id: {desk}/{head}.",
            ) from error
    asked = read_query(request, StreamQuery).after
    return head if asked is None else asked


ROUTES = (
    Route(
        method="GET",
        path="/api/v1/stream",
        handler=make_stream,
        allow=Permission.STREAM_READ,
        tag="Stream",
        query=StreamQuery,
        bare=True,
        head=False,
    ),
)
