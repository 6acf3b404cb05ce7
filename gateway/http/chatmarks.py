"""How far a visitor is: what the browser has and what was seen, the delivery report of web chat."""

from contextlib import suppress

from gateway.domain.access import Visitor
from gateway.domain.message import MessageState
from gateway.http.chatframes import Delivered, Read
from gateway.http.routes import Rooms
from gateway.http.shed import Weight
from gateway.store import NoSpace, StoreUnavailable
from gateway.store.queries import http_chat
from gateway.verbs.chatmark import MarkChat


class Marks:
    """The marks of one visitor's socket. Told twice, or of nothing new, they commit nothing."""

    __slots__ = ("_done_got", "_done_read", "_got", "_read", "_rooms", "_visitor")

    def __init__(self, rooms: Rooms, visitor: Visitor) -> None:
        self._rooms = rooms
        self._visitor = visitor
        self._read = self._done_read = visitor.read_seq
        self._got = self._done_got = visitor.read_seq

    def note(self, frame: Delivered | Read, shown: int) -> None:
        """The browser says how far it is: never further than it was shown."""
        seq = min(frame.seq, shown)
        self._got = max(self._got, seq)
        if isinstance(frame, Read):
            self._read = max(self._read, seq)

    async def settle(self) -> None:
        """Settle what the marks tell of; while the store is slow or away, at the next frame."""
        told = (self._read, self._got)
        if told == (self._done_read, self._done_got) or self._rooms.shedder.busy(Weight.WHISPER):
            return
        with suppress(StoreUnavailable, NoSpace):
            await self._settle(*told)
            self._done_read, self._done_got = told

    async def _settle(self, read: int, got: int) -> None:
        store, urn = self._rooms.house.store, self._visitor.urn
        after = self._done_read
        while True:
            page = await store.read(http_chat.unread, store.desk, urn, after, got)
            mark = MarkChat(
                visitor=self._visitor.hash,
                seq=read,
                read=tuple(u.message for u in page if u.position <= read),
                delivered=tuple(
                    u.message for u in page if u.position > read and u.state is MessageState.SENT
                ),
            )
            if mark.read or mark.delivered:
                await store.submit(mark)
            if len(page) < http_chat.PAGE:
                return
            after = page[-1].position
