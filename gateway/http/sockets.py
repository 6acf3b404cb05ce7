"""The open sockets of this node: who they belong to, and how they are closed."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from aiohttp import web

from gateway.http.errors import Problem
from gateway.http.limits import SOCKET_FRAME_BYTES
from gateway.http.server import Door
from gateway.stream import Stream, Whisper, conversation_topic

GOING_AWAY = 1012  # the node restarts; come back after a moment
TOO_SLOW = 1013
SIGNED_OUT = 4401
WATCHED_S = 60.0  # a balancer asks more often
RECONNECT_SPREAD_MS = 10_000
CLOSE_S = 2.0  # how long a client may take to say goodbye
SLOW_CLOSE_S = 10.0  # one that was slow anyway


def check_upgrade(request: web.Request) -> None:
    """Raise Problem unless the request asks for a WebSocket."""
    if not web.WebSocketResponse().can_prepare(request):
        raise Problem("upgrade_required", headers={"Upgrade": "websocket"})


class WebSocket(web.WebSocketResponse):
    """A WebSocket that takes little room while nobody speaks.

    Python has room in an object for the attributes that the first ones of its class were given, at
    most 30; one more, and it has a dict of its own, 1.3 kB. aiohttp's has too many, so what it is
    given at once has its place here.
    """

    __slots__ = (
        "_autoclose",
        "_autoping",
        "_compress",
        "_decode_text",
        "_heartbeat",
        "_max_msg_size",
        "_pong_heartbeat",
        "_protocols",
        "_receive_timeout",
        "_timeout",
        "_writer_limit",
    )

    def __init__(self, heartbeat_s: float) -> None:
        self._ping_task = None  # as it would be; the first one that pings comes too late
        self._pong_response_cb = None
        super().__init__(
            heartbeat=heartbeat_s,
            max_msg_size=SOCKET_FRAME_BYTES,
            compress=False,
            timeout=CLOSE_S,
        )


@dataclass(eq=False, slots=True)
class Socket:
    """One open WebSocket."""

    ws: web.WebSocketResponse
    transport: asyncio.Transport | None
    address: str
    session: str = ""
    login: str = ""
    closing: bool = False
    blocked_since: float = 0.0

    async def close(self, code: int, reason: str = "") -> None:
        """Say goodbye; whoever does not answer in time is cut off."""
        if self.closing:
            return
        self.closing = True
        try:
            async with asyncio.timeout(SLOW_CLOSE_S if code == TOO_SLOW else CLOSE_S):
                await self.ws.close(code=code, message=reason.encode())
        except (TimeoutError, ConnectionError, RuntimeError):
            if self.transport is not None:
                self.transport.abort()


class Sockets:
    """All of them. `drain` closes all when the node stops."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._open: set[Socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._logins: Counter[str] = Counter()
        self.draining = False
        self.door: Door | None = None  # of the server, once it listens
        self.watched_at = -WATCHED_S  # when somebody last asked whether we are ready
        self.on_drain: list[Callable[[], None]] = []
        self.streams: set[asyncio.Task[Any]] = set()  # of server-sent events

    def __len__(self) -> int:
        return len(self._open)

    def add(self, socket: Socket) -> None:
        """One more."""
        self._open.add(socket)
        if socket.login:
            self._logins[socket.login] += 1

    def remove(self, socket: Socket) -> None:
        """One fewer."""
        if socket in self._open:
            self._open.discard(socket)
            if socket.login:
                self._logins[socket.login] -= 1

    def of_login(self, login: str) -> int:
        """How many sockets a person has here."""
        return self._logins[login]

    def sign_out(self, *, session: str = "", login: str = "") -> None:
        """Close the sockets of a session, or of a person."""
        for socket in self._open:
            if (session and socket.session == session) or (login and socket.login == login):
                self.soon(socket.close(SIGNED_OUT, "signed out"))

    def soon(self, closing: Awaitable[None]) -> None:
        """Close without waiting for it."""
        task = asyncio.ensure_future(closing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def begin(self) -> bool:
        """No longer ready; whether somebody was asking and will notice."""
        self.draining = True
        return asyncio.get_running_loop().time() - self.watched_at < WATCHED_S

    async def drain(self) -> None:
        """Close all: the node restarts. Each client gets its own moment to come back at."""
        self.draining = True
        for tell in self.on_drain:
            tell()
        for stream in self.streams:
            stream.cancel()
        closing = [
            socket.close(GOING_AWAY, f"retry_ms={self._random.randrange(RECONNECT_SPREAD_MS)}")
            for socket in list(self._open)
        ]
        await asyncio.gather(*closing, *self._tasks, return_exceptions=True)


class Viewers:
    """Who looks at which conversation, on this node: so that two do not answer at once."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._looking: dict[str, dict[object, str]] = {}

    def enter(self, conversation: str, login: str, who: object) -> None:
        """Somebody opens it."""
        self._looking.setdefault(conversation, {})[who] = login
        self._tell(conversation)

    def leave(self, conversation: str, who: object) -> None:
        """Somebody turns away."""
        looking = self._looking.get(conversation)
        if looking is None or looking.pop(who, None) is None:
            return
        if not looking:
            del self._looking[conversation]
        self._tell(conversation)

    def _tell(self, conversation: str) -> None:
        logins = tuple(sorted(set(self._looking.get(conversation, {}).values())))
        self._stream.whisper(
            Whisper(topic=conversation_topic(conversation), kind="viewers", logins=logins)
        )
