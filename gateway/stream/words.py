"""The words of events, joined once per batch and shared by everybody who follows."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.events import (
    AnyBody,
    Event,
    MessageChanged,
    MessageReceived,
    MessageReleased,
    MessageSettled,
    MessageWritten,
    NoteWritten,
    OfferChanged,
    decode_body,
)
from gateway.domain.mergeevents import MessageMoved
from gateway.store.queries.http_scope import NOT_SEEN, Seen
from gateway.store.queries.http_timeline import Words, words
from gateway.stream.pages import Pages
from gateway.stream.shapes import (
    ChannelOf,
    ConversationRow,
    MessageItem,
    NoteItem,
    OfferView,
    conversation_row,
    message_item,
    note_item,
    offer_view,
)

KEPT_FRAMES = 512  # joined events kept for followers that come a moment later

_encode = msgspec.json.Encoder().encode
_NEW_MESSAGE = MessageReceived | MessageWritten
_WITH_MESSAGE = (
    MessageReceived
    | MessageWritten
    | MessageChanged
    | MessageReleased
    | MessageSettled
    | MessageMoved
)


@dataclass(frozen=True, kw_only=True)
class Joined:
    """An event with its words, and what decides who may read them."""

    event: Event
    seen: Seen | None  # None: of no conversation
    message: MessageItem | None = None
    note: NoteItem | None = None
    offer: OfferView | None = None
    row: ConversationRow | None = None

    def frame(self, *, words: bool) -> dict[str, Any]:
        """The event as the live socket says it."""
        event = self.event
        out: dict[str, Any] = {
            "type": "event",
            "position": event.position,
            "conversation": event.conversation,
            "seq": event.seq,
            "kind": event.kind,
            "at": rfc3339(event.at),
            "actor": event.actor,
            "cause": event.cause,
            "body": msgspec.Raw(event.body.encode()),
        }
        if words:
            out |= self.words()
        return out

    @cached_property
    def plain(self) -> bytes:
        """The frame without words, as bytes: made once for all who follow."""
        return _encode(self.frame(words=False))

    @cached_property
    def worded(self) -> bytes:
        """The frame with words, as bytes."""
        return _encode(self.frame(words=True))

    def words(self) -> dict[str, Any]:
        """Only the words."""
        found = {"message": self.message, "note": self.note, "offer": self.offer, "row": self.row}
        return {name: value for name, value in found.items() if value is not None}


Reader = Callable[..., Any]  # Store.read


class Joiner:
    """Joins words to events: one read a batch, however many followers there are."""

    def __init__(
        self, read: Reader, desk: str, channel_of: ChannelOf, pages: Pages | None = None
    ) -> None:
        self._read = read
        self._pages = pages or Pages(0)
        self._desk = desk
        self._channel_of = channel_of
        self._kept: OrderedDict[int, Joined] = OrderedDict()
        self._turn = asyncio.Lock()

    async def join(self, events: Sequence[Event]) -> list[Joined]:
        """The events with their words, in their order."""
        async with self._turn:  # whoever comes second finds it done
            missing = [event for event in events if event.position not in self._kept]
            fresh = {j.event.position: j for j in await self._joined(missing)} if missing else {}
            out = [fresh.get(e.position) or self._kept[e.position] for e in events]
            self._kept.update(fresh)
            while len(self._kept) > KEPT_FRAMES:
                self._kept.popitem(last=False)
            return out

    def forget(self) -> None:
        """Keep no words: somebody's were erased."""
        self._kept.clear()
        self._pages.clear()

    async def _joined(self, events: Sequence[Event]) -> list[Joined]:
        bodies = [decode_body(event) for event in events]
        where = {event.conversation for event in events if event.conversation is not None}
        messages = _ids(bodies, _WITH_MESSAGE, "message")
        commits = self._pages.commits
        found: Words = await self._read(
            words,
            self._desk,
            where,
            messages,
            _ids(bodies, NoteWritten, "note"),
            _ids(bodies, OfferChanged, "offer"),
            _bare(bodies),
            self._pages.held(where, messages),
        )
        self._pages.learn(found, commits)
        pages = _Found(found, self._channel_of)
        return [pages.joined(e, b) for e, b in zip(events, bodies, strict=True)]


class _Found:
    """What was found, by id."""

    def __init__(self, found: Words, channel_of: ChannelOf) -> None:
        self._found = found
        self._channel_of = channel_of
        self._messages = {m.id: m for m in found.slice.messages}
        self._notes = {n.id: n for n in found.slice.notes}
        self._rows = {
            name: conversation_row(page.bundle, channel_of) for name, page in found.pages.items()
        }

    def joined(self, event: Event, body: AnyBody) -> Joined:
        """One event with its words."""
        where = event.conversation
        return Joined(
            event=event,
            seen=self._seen(where) if where is not None else None,
            message=self._message(body.message) if isinstance(body, _WITH_MESSAGE) else None,
            note=self._note(body.note) if isinstance(body, NoteWritten) else None,
            offer=self._offer(body.offer, where) if isinstance(body, OfferChanged) else None,
            row=self._rows.get(where) if where is not None else None,
        )

    def _seen(self, where: str) -> Seen:
        page = self._found.pages.get(where)
        return page.seen if page is not None else NOT_SEEN

    def _message(self, message_id: str) -> MessageItem | None:
        message = self._messages.get(message_id)
        if message is None:
            return None
        return message_item(message, self._found.slice, self._channel_of)

    def _note(self, note_id: str) -> NoteItem | None:
        note = self._notes.get(note_id)
        return note_item(note, self._found.slice.names) if note is not None else None

    def _offer(self, offer_id: str, where: str | None) -> OfferView | None:
        offer = self._found.offers.get(offer_id)
        page = self._found.pages.get(where) if where is not None else None
        bundle = page.bundle if page is not None else None
        return offer_view(offer, bundle, self._channel_of) if offer is not None else None


def _bare(bodies: Iterable[AnyBody]) -> set[str]:
    """Messages of which the event itself says that they came without files."""
    return {b.message for b in bodies if isinstance(b, _NEW_MESSAGE) and not b.files}


def _ids(bodies: Iterable[AnyBody], kind: Any, field: str) -> set[str]:
    return {getattr(body, field) for body in bodies if isinstance(body, kind)}
