"""The agents' socket: every event they may see, as it commits, and who looks and types now.

The socket has no queue of its own: it has a cursor in the log. A client that takes nothing while
the log runs on is told to come back (1013), and resumes from its cursor without a gap.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from aiohttp import WSMsgType, web

from gateway.domain.clock import rfc3339
from gateway.http.admission import Admission
from gateway.http.api.me import me_of
from gateway.http.attendance import Attendance
from gateway.http.errors import Problem, response
from gateway.http.headers import Class
from gateway.http.limits import Count
from gateway.http.policy import Actor, Gate, Permission, allowed, authorize
from gateway.http.routes import Bound, Rooms, Route
from gateway.http.sockets import SIGNED_OUT, TOO_SLOW, Socket, WebSocket, check_upgrade
from gateway.store import StoreUnavailable
from gateway.store.queries import http_rows
from gateway.stream import Follower, Gap, Joined, Whisper, conversation_topic

log = structlog.get_logger(__name__)

KNOWN_CONVERSATIONS = 10_000
BOUND = "A token that is bound to accounts does not sit at the desk; follow /api/v1/stream."

encode = msgspec.json.Encoder().encode


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What an agent's page sends."""


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """First: from where on. null: from now."""

    after: Count | None = None


class Watch(Frame, frozen=True, kw_only=True, tag="watch"):
    """Which conversation is looked at; null: none."""

    conversation: str | None = None


class Typing(Frame, frozen=True, kw_only=True, tag="typing"):
    """An answer is being written."""

    conversation: str


class Ping(Frame, frozen=True, kw_only=True, tag="ping"):
    """Are you there?"""


AnyFrame = Hello | Watch | Typing | Ping
_decoder: msgspec.json.Decoder[AnyFrame] = msgspec.json.Decoder(AnyFrame)


class LiveSocket:
    """One agent's socket."""

    def __init__(self, rooms: Rooms, request: web.Request, actor: Actor) -> None:
        self._rooms = rooms
        self._house = rooms.house
        self._request = request
        self._admission = Admission(rooms.auth, rooms.house.clock, actor)
        self._follower: Follower
        self._known: set[str] = set()
        self._watched: str | None = None
        self.ws = WebSocket(rooms.house.limits.heartbeat_s)
        self.socket = Socket(
            self.ws,
            request.transport,
            address=actor.address,
            session=actor.session,
            login=actor.login,
        )

    @property
    def _actor(self) -> Actor:
        return self._admission.actor

    async def run(self) -> web.WebSocketResponse:
        """Until it closes."""
        await self.ws.prepare(self._request)
        sockets = self._rooms.sockets
        if sockets.draining:
            await self.ws.close(code=1012)
            return self.ws
        sockets.add(self.socket)
        sender: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(self._house.limits.hello_s):
                after = await self._hello()
            if after is not None:
                sender = asyncio.create_task(self._send_events())
                await self._read()
        except TimeoutError:
            await self.socket.close(1002, "no hello")
        except StoreUnavailable:
            await self.socket.close(1013, "the store is unavailable")
        except ConnectionError:
            pass  # the page is gone
        except Exception:
            log.exception("live socket failed", login=self._actor.login)
            await self.socket.close(1011, "our mistake")
        finally:
            sockets.remove(self.socket)
            if sender is not None:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
                self._unwatch()
                self._follower.close()
        return self.ws

    async def _hello(self) -> int | None:
        """Greet; the position to follow from, None when the client left or makes no sense."""
        message = await self.ws.receive()
        frame = _frame(message.data) if message.type is WSMsgType.TEXT else None
        if not isinstance(frame, Hello):
            await self.socket.close(1002, "the first frame is hello")
            return None
        stream = self._house.stream
        after = stream.head if frame.after is None else frame.after
        gap = None
        try:
            await stream.check(after)
        except Gap as found:
            gap, after = found, found.head
        self._follower = stream.join(after)
        me = await me_of(self._house, self._actor)
        await self._say({"type": "welcome", "at": self._now(), "position": after, "me": me})
        if gap is not None:
            await self._say({"type": "gap", "oldest": gap.oldest})
        return after

    # --- out ---

    def _now(self) -> str:
        """The desk's clock, by which its people count down; theirs may be wrong."""
        return rfc3339(self._house.clock.now_ms())

    async def _say(self, frame: dict[str, Any]) -> None:
        await self._write(encode(frame))

    async def _write(self, data: bytes) -> None:
        """Send one frame; while the client takes nothing this waits, and the hub watches."""
        self.socket.blocked_since = asyncio.get_running_loop().time()
        try:
            await self.ws.send_frame(data, WSMsgType.TEXT)
        finally:
            self.socket.blocked_since = 0.0

    async def _send_events(self) -> None:
        """Events and whispers, for as long as the client takes them."""
        try:
            while True:
                heard = await self._follower.next()
                if heard.events:
                    await self._tell(await self._rooms.joiner.join(heard.events))
                for whisper in heard.whispers:
                    await self._repeat(whisper)
        except ConnectionError:
            return
        except StoreUnavailable:
            await self.socket.close(TOO_SLOW, "the store is unavailable")
        except Exception:
            log.exception("live socket failed", login=self._actor.login)
            await self.socket.close(1011, "our mistake")

    async def _tell(self, joined: Sequence[Joined]) -> None:
        if not await self._admission.holds(each.event for each in joined):
            await self.socket.close(SIGNED_OUT, "signed out")
            return
        for event in joined:
            frame = self._visible(event)
            if frame is not None:
                await self._write(frame)

    def _visible(self, joined: Joined) -> bytes | None:
        """The event as this agent may see it; None when it is none of theirs.

        Of a conversation that just left their sight they get one last event, without words, so
        that it leaves their lists too.
        """
        conversation = joined.event.conversation
        if conversation is None or joined.seen is None:
            return joined.plain
        if allowed(self._actor, Permission.CONVERSATION_READ, joined.seen):
            if len(self._known) < KNOWN_CONVERSATIONS:
                self._known.add(conversation)
            return joined.worded
        if conversation in self._known:
            self._known.discard(conversation)
            return joined.plain
        return None

    async def _repeat(self, whisper: Whisper) -> None:
        if whisper.kind == "viewers":
            await self._say(
                {
                    "type": "viewers",
                    "conversation": whisper.topic,
                    "logins": list(whisper.logins),
                }
            )
        elif whisper.kind == "typing" and whisper.who != self._actor.name:
            kind = whisper.who.partition(":")[0]
            who = {"kind": kind, "name": whisper.name}
            await self._say({"type": "typing", "conversation": whisper.topic, "who": who})

    def too_slow(self, now: float) -> bool:
        """Whether the client has taken nothing for a while and its queue is full."""
        limits, since = self._house.limits, self.socket.blocked_since
        stalled = bool(since) and now - since > limits.socket_stall_s
        return stalled and self._follower.lag > limits.socket_queue

    # --- in ---

    async def _read(self) -> None:
        async for message in self.ws:
            if message.type is not WSMsgType.TEXT:
                await self.socket.close(1003, "text frames only")
                return
            match _frame(message.data):
                case Ping():
                    if not await self._admission.look():
                        await self.socket.close(SIGNED_OUT, "signed out")
                        return
                    await self._say({"type": "pong", "at": self._now()})
                case Watch(conversation=conversation):
                    await self._watch(conversation)
                case Typing(conversation=conversation):
                    self._type(conversation)
                case _:
                    await self.socket.close(1002, "not a frame of ours")
                    return

    async def _watch(self, conversation: str | None) -> None:
        self._unwatch()
        if conversation is None or not await self._may_see(conversation):
            return
        self._watched = conversation
        self._follower.listen({conversation_topic(conversation)})
        self._rooms.viewers.enter(conversation, self._actor.login, self)

    def _unwatch(self) -> None:
        if self._watched is None:
            return
        self._follower.listen(())
        self._rooms.viewers.leave(self._watched, self)
        self._watched = None

    async def _may_see(self, conversation: str) -> bool:
        desk = self._house.store.desk
        found = await self._house.store.read(http_rows.seen_conversation, desk, conversation)
        return found is not None and allowed(self._actor, Permission.CONVERSATION_READ, found[1])

    def _type(self, conversation: str) -> None:
        """Only where one looks, and may write."""
        if conversation == self._watched and allowed(self._actor, Permission.MESSAGE_SEND):
            self._house.stream.whisper(
                Whisper(
                    topic=conversation_topic(conversation),
                    kind="typing",
                    who=self._actor.name,
                    name=self._actor.login,
                )
            )


def _frame(data: str) -> AnyFrame | None:
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def make_live(rooms: Rooms) -> Bound:
    """The handler of the agents' socket."""
    headers = rooms.headers.of(Class.API)
    attendance = Attendance(rooms)
    rooms.sockets.on_drain.append(attendance.close)
    slow = Slow(rooms)

    async def live(request: web.Request) -> web.StreamResponse:
        try:
            if "Origin" in request.headers and not rooms.auth.own_origin(request):
                raise Problem("wrong_origin")
            actor = await rooms.auth.actor(request)
            authorize(actor, Gate.SIGNED_IN)
            if actor.accounts:
                raise Problem("forbidden", BOUND)
            check_upgrade(request)
        except Problem as problem:
            return response(problem, headers)
        except StoreUnavailable as error:
            return response(Problem("unavailable", str(error)), headers)
        socket = LiveSocket(rooms, request, actor)
        slow.watch(socket)
        attendance.came(actor)
        try:
            return await socket.run()
        except web.HTTPException as error:
            return response(Problem("bad_request", status=error.status), headers)
        finally:
            slow.forget(socket)
            attendance.went(actor)

    return live


class Slow:
    """Closes agents' sockets that take nothing while the log runs on."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._sockets: set[LiveSocket] = set()
        rooms.house.stream.on_publish.append(self._look)

    def watch(self, socket: LiveSocket) -> None:
        """Look after it too."""
        self._sockets.add(socket)

    def forget(self, socket: LiveSocket) -> None:
        """No more."""
        self._sockets.discard(socket)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        for live in self._sockets:
            if live.socket.blocked_since and live.too_slow(now):
                self._rooms.sockets.soon(live.socket.close(TOO_SLOW, "too slow"))


ROUTES = (
    Route(
        method="GET",
        path="/api/v1/live",
        handler=make_live,
        allow=Gate.SIGNED_IN,
        tag="Stream",
        bare=True,
        head=False,
    ),
)
