"""The visitors' socket: a shop's customer in the chat window.

What the window shows is always read from the store past the visitor's cursor, on joining and on
every sign that something happened: resuming and following are one and the same.
"""

import asyncio
from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from aiohttp import WSMsgType, web

from gateway.contract import RawRequest
from gateway.domain.access import BY_HAND, Visitor
from gateway.domain.clock import rfc3339
from gateway.domain.ids import address_of
from gateway.domain.message import FileState
from gateway.domain.outcome import Refusal
from gateway.http.chatframes import (
    AnyFrame,
    Delivered,
    Hello,
    Ping,
    Read,
    Scored,
    Typing,
    Words,
    frame_of,
)
from gateway.http.chatmarks import Marks
from gateway.http.chatwords import frame_of_message, survey_in
from gateway.http.errors import Problem, document, of_refusal
from gateway.http.limits import VISITOR_UPLOAD_BYTES
from gateway.http.routes import Rooms
from gateway.http.shed import Weight
from gateway.http.sockets import GOING_AWAY, Socket, WebSocket
from gateway.http.throttle import Rate
from gateway.http.uploads import uploaded
from gateway.http.visitors import Visitors
from gateway.pipeline.accounts import Account
from gateway.pipeline.naming import name_of
from gateway.store import NoSpace, StoreUnavailable
from gateway.store.queries import http_chat
from gateway.stream import NOTHING, Whisper, contact_topic, conversation_topic
from gateway.verbs.survey import AnswerSurvey
from templates.locales import exists

log = structlog.get_logger(__name__)

DOOR_METHOD = "CHAT"
VISITOR_HEADER = "x-parley-visitor"
NAME_HEADER = "x-parley-visitor-name"
LOCALE_HEADER = "x-parley-locale"
FILE_HEADER = "x-parley-file"
MAX_AWAITED = 50  # messages whose files are not here yet
TYPING_EVERY_MS = 1_000

encode = msgspec.json.Encoder().encode


class ChatSocket:
    """One visitor's socket. Most are idle, and there are many: it is kept small."""

    def __init__(
        self, rooms: Rooms, visitors: Visitors, request: web.Request, account: Account
    ) -> None:
        self._rooms = rooms
        self._house = rooms.house
        self._visitors = visitors
        self._request = request
        self._account = account
        self._crowd = rooms.auth.crowd(request)
        self._visitor: Visitor
        self._name = self._locale = ""
        self._marks: Marks
        self._cursor = 0
        self._contact: str | None = None
        self._conversation: str | None = None
        self._listening = False
        self._greeted = False
        self._agent: str | None = None
        self._awaited = NOTHING  # messages shown before their files were here
        self._typed_at = -TYPING_EVERY_MS
        self._follower = rooms.house.stream.join(None, self._stir)
        self._showing: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self.ws = WebSocket(rooms.house.limits.heartbeat_s)
        self.socket = Socket(self.ws, request.transport, address=self._crowd)

    async def run(self) -> web.WebSocketResponse:
        """Until it closes."""
        await self.ws.prepare(self._request)
        sockets = self._rooms.sockets
        if sockets.draining:
            await self.ws.close(code=GOING_AWAY)
            return self.ws
        sockets.add(self.socket)
        try:
            async with asyncio.timeout(self._house.limits.hello_s):
                self._greeted = await self._hello()
            if self._greeted:
                self._stir()
                await self._read()
        except TimeoutError:
            await self.socket.close(1002, "no hello")
        except (StoreUnavailable, NoSpace):
            await self.socket.close(1013, "try again in a moment")
        except ConnectionError:
            pass  # the visitor left
        except Exception:
            log.exception("chat socket failed", account=self._account.id)
            await self.socket.close(1011, "our mistake")
        finally:
            sockets.remove(self.socket)
            self._follower.close()
            if self._showing is not None:
                self._showing.cancel()
                await asyncio.gather(self._showing, return_exceptions=True)
        return self.ws

    # --- hello ---

    async def _hello(self) -> bool:
        """Greet the visitor and show what they have not seen; False when they may not come in."""
        message = await self.ws.receive()
        frame = frame_of(message.data) if message.type is WSMsgType.TEXT else None
        if not isinstance(frame, Hello):
            await self._refuse(Problem("bad_frame", "The first frame is hello."))
            await self.socket.close(1002, "the first frame is hello")
            return False
        try:
            known = await self._visitors.meet(
                self._account, frame.token, frame.identity, self._crowd
            )
        except Problem as problem:
            await self._refuse(problem)
            await self.socket.close(4401, problem.code)
            return False
        self._visitor, self._name = known.visitor, known.name
        self._locale = frame.locale if exists(frame.locale) else ""
        self._marks = Marks(self._rooms, known.visitor)
        self._cursor = min(frame.after, self._house.stream.head)
        room = await self._room()
        welcome = {
            "type": "welcome",
            "visitor": address_of(known.visitor.urn),
            "desk": self._desk(frame.locale),
            "head": self._house.stream.head,
            "agent": {"name": room.agent} if room.agent else None,
            "limits": {
                "max_file_bytes": VISITOR_UPLOAD_BYTES,
                "max_text": self._account.capabilities.max_text,
            },
        }
        if known.token is not None:
            welcome["token"] = known.token
        self._agent = room.agent
        await self._say(welcome)
        await self._show(room)
        return True

    def _desk(self, locale: str) -> dict[str, Any]:
        inforce, now = self._house.dispatch.inforce, self._house.clock.now_ms()
        desk = inforce.rulebook.desk
        calendar = inforce.calendar_of_queue(desk.default_queue)
        is_open = calendar.is_open(now)
        out: dict[str, Any] = {"name": name_of(desk, locale), "open": is_open}
        opens = None if is_open else calendar.next_open(now)
        if opens is not None:
            out["next_open"] = rfc3339(opens)
        return out

    # --- out ---

    def _stir(self) -> None:
        """Something happened: it is shown by a task of its own, which an idle socket has not."""
        if self._greeted and self._showing is None:
            self._showing = asyncio.create_task(self._show_all())

    async def _show_all(self) -> None:
        """Show what happened, until there is nothing more; who fails is not called again."""
        try:
            while (heard := self._follower.take()) is not None:
                if heard.touched:
                    await self._catch_up()
                for whisper in heard.whispers:
                    await self._repeat(whisper)
            self._showing = None
        except ConnectionError:
            return
        except StoreUnavailable:
            await self.socket.close(1013, "try again in a moment")
        except Exception:
            log.exception("chat socket failed", account=self._account.id)
            await self.socket.close(1011, "our mistake")

    async def _room(self) -> http_chat.Room:
        """What there is past the cursor; and from now on hear of it when more comes."""
        store, urn = self._house.store, self._visitor.urn
        awaited = tuple(self._awaited)
        room = await store.read(http_chat.room, store.desk, urn, self._cursor, awaited)
        here = (self._contact, self._conversation)
        if not self._listening or (room.contact, room.conversation) != here:
            self._contact, self._conversation = room.contact, room.conversation
            self._listening = True
            self._follower.listen(self._topics(urn))
            # What came between the reading and the listening is read by whoever is touched next.
            room = await store.read(http_chat.room, store.desk, urn, self._cursor, awaited)
        return room

    def _topics(self, urn: str) -> set[str]:
        topics = {contact_topic(urn)}
        if self._contact is not None:
            topics.add(contact_topic(self._contact))
        if self._conversation is not None:
            topics.add(conversation_topic(self._conversation))
        return topics

    async def _catch_up(self) -> None:
        """Show all that is past the cursor, in order, once."""
        async with self._turn:
            room = await self._room()
            await self._show(room)
            while room.more:
                room = await self._room()
                await self._show(room)

    async def _show(self, room: http_chat.Room) -> None:
        for said in room.said:
            awaits = any(file.state is FileState.PENDING for file in said.attachments)
            if said.position <= self._cursor and awaits:
                continue
            await self._say(frame_of_message(said, room.names, self._account.id))
            self._cursor = max(self._cursor, said.position)
            if not awaits:
                self._awaited = self._awaited - {said.message.id} or NOTHING
            elif len(self._awaited) < MAX_AWAITED:
                self._awaited |= {said.message.id}
        if room.agent != self._agent:
            self._agent = room.agent
            await self._say({"type": "agent", "name": room.agent})

    async def _repeat(self, whisper: Whisper) -> None:
        by_agent = whisper.who.startswith(BY_HAND)
        if whisper.kind == "typing" and by_agent:
            await self._say({"type": "typing"})
        elif whisper.kind == "read" and by_agent:
            await self._say({"type": "read", "seq": whisper.seq})

    async def _say(self, frame: dict[str, Any]) -> None:
        await self.ws.send_frame(encode(frame), WSMsgType.TEXT)

    async def _refuse(self, problem: Problem, client_id: str | None = None) -> None:
        told = document(problem)
        frame = {"type": "error"} | {k: told[k] for k in ("code", "detail", "what_to_do")}
        if client_id is not None:
            frame["id"] = client_id
        await self._say(frame)

    # --- in ---

    async def _read(self) -> None:
        async for message in self.ws:
            if message.type is not WSMsgType.TEXT:
                await self.socket.close(1003, "text frames only")
                return
            frame = frame_of(message.data)
            try:
                await self._take(frame)
            except Problem as problem:
                await self._refuse(problem, _named(frame))
            except (StoreUnavailable, NoSpace):
                await self._refuse(Problem("unavailable"), _named(frame))

    async def _take(self, frame: AnyFrame | None) -> None:
        match frame:
            case Words():
                await self._message(frame)
            case Typing():
                self._type()
            case Delivered() | Read():
                self._marks.note(frame, self._cursor)
            case Scored():
                await self._score(frame)
            case Ping():
                await self._say({"type": "pong"})
            case Hello():
                raise Problem("bad_frame", "Hello was said already.")
            case _:
                raise Problem("bad_frame")
        await self._marks.settle()

    async def _message(self, frame: Words) -> None:
        """Commit a message, then acknowledge it."""
        self._check(frame)
        throttle, visitor = self._rooms.throttle, self._visitor
        await throttle.hit(Rate.VISITOR_MESSAGE, visitor.hash)
        await throttle.hit(Rate.VISITOR_CROWD, self._crowd)
        raw = RawRequest(
            account=self._account.id,
            method=DOOR_METHOD,
            path=f"/chat/{self._account.id}",
            headers=await self._headers(frame),
            body=encode(frame),
            received_at=self._house.clock.now_ms(),
        )
        async with self._turn:  # the acknowledgement goes before the message itself
            await self._commit(frame, raw)
        await self._catch_up()

    async def _commit(self, frame: Words, raw: RawRequest) -> None:
        with self._rooms.shedder.commit():
            _, accepted = await self._house.inbound.accept(raw)
        store = self._house.store
        found = (
            await store.read(http_chat.position_of_message, accepted.messages[0].id)
            if accepted.messages
            else None
        )
        if found is None:
            raise Problem("unavailable")
        await self._say({"type": "ack", "id": frame.id, "seq": found[0]})

    async def _score(self, frame: Scored) -> None:
        """Commit how it went, then say how it stands; a refused score is named by its survey."""
        await self._rooms.throttle.hit(Rate.VISITOR_MESSAGE, self._visitor.hash)
        answer = AnswerSurvey(
            desk=self._house.store.desk,
            survey=frame.survey,
            score=frame.score,
            scores=frame.scores,
            comment=frame.comment,
            by="window",
            identity=self._visitor.urn,
        )
        with self._rooms.shedder.commit():
            stands = await self._house.store.submit(answer)
        if isinstance(stands, Refusal):
            raise of_refusal(stands)
        await self._say({"type": "scored", "survey": survey_in(stands)})

    def _check(self, frame: Words) -> None:
        most = self._account.capabilities.max_text
        if len(frame.text) > most:
            raise Problem(
                "text_too_long",
                f"The message is {len(frame.text) - most} characters too long; {most} fit.",
                status=422,
                what_to_do="Shorten it, or send it in two.",
            )
        if not frame.text.strip() and not frame.attachments:
            raise Problem(
                "empty",
                "The message has neither words nor files.",
                status=422,
                what_to_do="Write something.",
            )

    async def _headers(self, frame: Words) -> tuple[tuple[str, str], ...]:
        """What the door vouches for: who it is, and what the files are."""
        owner = self._visitor.urn
        headers = [(VISITOR_HEADER, owner)]
        if self._name:
            headers.append((NAME_HEADER, self._name))
        if self._locale:
            headers.append((LOCALE_HEADER, self._locale))
        for sha256 in frame.attachments:
            file = await uploaded(self._house, owner, sha256)
            about = (sha256, file.media_type, str(file.size_bytes), quote(file.filename))
            headers.append((FILE_HEADER, " ".join(about)))
        return tuple(headers)

    def _type(self) -> None:
        now = self._house.clock.monotonic_ms()
        if self._conversation is None or now - self._typed_at < TYPING_EVERY_MS:
            return
        self._typed_at = now
        if not self._rooms.shedder.busy(Weight.WHISPER):
            self._house.stream.whisper(
                Whisper(
                    topic=conversation_topic(self._conversation),
                    kind="typing",
                    who=f"contact:{self._contact}",
                    name=self._name,
                )
            )


def _named(frame: AnyFrame | None) -> str | None:
    """What a refusal of a frame is told of."""
    match frame:
        case Words(id=named) | Scored(survey=named):
            return named
        case _:
            return None
