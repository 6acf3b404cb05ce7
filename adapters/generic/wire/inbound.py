"""Deliveries into our words, as the account's expressions say. Pure."""

import hashlib
from collections.abc import Iterator
from typing import Any

from adapters._shared.document import BadJson, degrees, document, in_words
from adapters._shared.form import FORM, TooLarge, first, media_type, parse
from adapters.generic.expressions import Expression, Unmapped, as_text, json_of
from adapters.generic.settings import Attachments, Inbound, Statuses, Verify
from adapters.generic.wire.instants import instant
from adapters.generic.wire.people import urn
from gateway.contract import (
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    Location,
    MessageKind,
    RawRequest,
    Reason,
    Unreadable,
)
from gateway.domain.message import MessageState

MAX_BODY = 1024 * 1024
MAX_ITEMS = 1_000  # of one delivery
MAX_FILES = 50
PLACE = ("latitude", "longitude")
MAX_ID = 200  # a longer one is told by its hash

Event = InboundEvent | Unreadable


class Mapping:
    """All expressions of an account, compiled once."""

    def __init__(self, inbound: Inbound, statuses: Statuses | None, verify: Verify) -> None:
        self._verify = verify
        self._items = Expression(inbound.items, "inbound.items")
        self._ignore = Expression(inbound.ignore, "inbound.ignore")
        self._messages = _Messages(inbound, verified=verify.kind != "none")
        self._statuses = _Statuses(statuses) if statuses else None

    def decode(self, raw: RawRequest) -> tuple[Event, ...]:
        """Every message and report of an authentic delivery; what is not understood is told."""
        try:
            document = self._document(raw)
            if self._ignore.of(document):
                return ()
            messages = _listed(self._items, document) if self._items else None
            reports = _listed(self._statuses.items, document) if self._statuses else []
        except (Unmapped, TooLarge) as error:
            return (Unreadable(detail=str(error)),)
        if messages is None:
            messages = [] if reports else [document]
        found = [*self._read_messages(messages, raw), *self._read_reports(reports)]
        if not found:
            return (Unreadable(detail="nothing in it is mapped; see inbound.ignore"),)
        return tuple(_each_once(found))

    def _document(self, raw: RawRequest) -> Any:
        """The body as data; the address's fields where there is no body and nobody signs one."""
        if len(raw.body) > MAX_BODY:
            raise Unmapped(f"the body has {len(raw.body)} bytes; at most {MAX_BODY} are read")
        if not raw.body and self._verify.kind != "hmac":
            return _without(first(parse(raw.query)), self._verify.query)
        if media_type(raw) == FORM:
            return first(parse(raw.body))
        try:
            return document(raw.body)
        except BadJson as error:
            raise Unmapped(f"no JSON: {in_words(error)}") from error

    def _read_messages(self, items: list[Any], raw: RawRequest) -> Iterator[Event]:
        for place, item in enumerate(items):
            try:
                yield self._messages.read(item, self._scope(raw, place))
            except Unmapped as error:
                yield Unreadable(detail=str(error))

    def _read_reports(self, items: list[Any]) -> Iterator[Event]:
        for item in items:
            try:
                assert self._statuses is not None
                yield self._statuses.read(item)
            except Unmapped as error:
                yield Unreadable(detail=str(error))

    def _scope(self, raw: RawRequest, place: int) -> bytes:
        """The raw delivery and its signed time; b"" where no time is signed."""
        stamp = raw.header(self._verify.timestamp) if self._verify.timestamp else None
        return b"%s|%d|%s" % (stamp.encode(), place, raw.body) if stamp else b""


def _without(fields: dict[str, str], name: str) -> dict[str, str]:
    """The token is no part of what it proves: it must not get into payloads."""
    return {key: value for key, value in fields.items() if key != name}


def _listed(expression: Expression, document: Any) -> list[Any]:
    found = expression.of(document)
    if found is None:
        return []
    items = found if isinstance(found, list) else [found]
    if len(items) > MAX_ITEMS:
        raise Unmapped(f"{expression.place}: {len(items)} items; at most {MAX_ITEMS} are read")
    return items


def _each_once(events: list[Event]) -> Iterator[Event]:
    seen = set()
    for event in events:
        if isinstance(event, Unreadable):
            yield event
        elif event.key not in seen:
            seen.add(event.key)
            yield event


class _Messages:
    """One item into one message."""

    def __init__(self, inbound: Inbound, *, verified: bool) -> None:
        self._settings = inbound
        self._verified = verified
        names = set(Inbound.model_fields) - {"items", "ignore", "kinds", "attachments", "scheme"}
        names -= {"region", "address", "reply", "reply_type"}
        self._at = {
            name: Expression(getattr(inbound, name), f"inbound.{_written_as(name)}")
            for name in names
        }
        self._files = _Files(inbound.attachments) if inbound.attachments else None

    def read(self, item: Any, scope: bytes) -> InboundMessage:
        """The message of an item. Raises Unmapped."""
        at, settings = self._at, self._settings
        sender = urn(settings.scheme, at["sender"].text(item), settings.region)
        if not sender:
            raise Unmapped("inbound.from: finds nobody")
        sent_at = instant(at["sent_at"].of(item))
        place = self._place(item)
        nowhere = place is None and any(at[name].of(item) is not None for name in PLACE)
        files = self._files.read(item) if self._files else ()
        text = at["text"].text(item)
        kind = self._kind(item, text, files, place)
        return InboundMessage(
            key=f"message:{self._key(item, sent_at, scope)}",
            sender=sender,
            recipient=self._home(item),
            kind=kind,
            text=text,
            sender_name=at["from_name"].text(item),
            sent_at=sent_at,
            attachments=files,
            in_reply_to=at["in_reply_to"].text(item) or None,
            location=place,
            automatic=bool(at["automatic"].of(item)),
            payload=json_of(item) if nowhere or kind is MessageKind.UNKNOWN else "",
            verified=self._verified,
        )

    def _key(self, item: Any, sent_at: int | None, scope: bytes) -> str:
        """The provider's id, else a hash with the provider's time: never of the text alone."""
        name = self._at["key"].text(item)
        if name:
            return _short(name)
        if sent_at is not None:
            return hashlib.sha256(json_of(item).encode("utf-8", "surrogatepass")).hexdigest()
        if scope:
            return hashlib.sha256(scope).hexdigest()
        raise Unmapped("inbound.key: finds no id, and there is no time to tell it from a repeat")

    def _home(self, item: Any) -> str:
        settings = self._settings
        written = self._at["recipient"].text(item) or settings.address
        return urn(settings.scheme, written, settings.region)

    def _kind(
        self, item: Any, text: str, files: tuple[InboundAttachment, ...], place: Location | None
    ) -> MessageKind:
        """As the provider says; a kind that is not mapped is kept whole, never dropped."""
        told = self._at["kind"].text(item)
        if told and told in self._settings.kinds:
            return self._settings.kinds[told]
        if files:
            return MessageKind.MEDIA
        if place:
            return MessageKind.LOCATION
        unknown = not text or (told and self._settings.kinds)
        return MessageKind.UNKNOWN if unknown else MessageKind.TEXT

    def _place(self, item: Any) -> Location | None:
        try:
            latitude, longitude = (degrees(str(self._at[name].of(item))) for name in PLACE)
        except ValueError:
            return None
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            return Location(latitude=latitude, longitude=longitude)
        return None


def _written_as(name: str) -> str:
    return Inbound.model_fields[name].alias or name


def _short(name: str) -> str:
    if len(name) <= MAX_ID and name.isprintable():
        return name
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


class _Files:
    """The attachments of a message."""

    def __init__(self, settings: Attachments) -> None:
        self._at = {
            name: Expression(getattr(settings, name), f"inbound.attachments.{name}")
            for name in Attachments.model_fields
        }

    def read(self, item: Any) -> tuple[InboundAttachment, ...]:
        listed = _listed(self._at["items"], item)[:MAX_FILES]
        return tuple(filter(None, map(self._file, listed)))

    def _file(self, item: Any) -> InboundAttachment | None:
        """None when it names nothing that could be fetched."""
        url, name = self._at["url"].text(item), self._at["id"].text(item)
        if not url.startswith(("https://", "http://")):
            url = ""
        size = self._at["size"].of(item)
        counted = isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53
        file = InboundAttachment(
            media_type=self._at["media_type"].text(item) or "application/octet-stream",
            filename=self._at["filename"].text(item),
            size_bytes=size if counted else None,
            url=url or None,
            provider_media_id=name or None,
        )
        return file if url or name else None


class _Statuses:
    """One item into one report."""

    def __init__(self, settings: Statuses) -> None:
        self._settings = settings
        names = set(Statuses.model_fields) - {"states", "reasons"}
        self._at = {n: Expression(getattr(settings, n), f"statuses.{n}") for n in names}
        self.items = self._at["items"]

    def read(self, item: Any) -> DeliveryReport:
        """The report of an item. Raises Unmapped."""
        at, settings = self._at, self._settings
        told = as_text(at["state"].of(item))
        state = settings.states.get(told)
        name, own = at["message"].text(item), at["reference"].text(item)
        if state is None:
            raise Unmapped(f"statuses.states: {told[:50]!r} is not among them")
        if not name and not own:
            raise Unmapped("statuses.message: finds no id")
        code = at["code"].text(item) or None
        failed = state is MessageState.FAILED
        reason = settings.reasons.get(code or "", Reason.OTHER) if failed else None
        return DeliveryReport(
            key=f"report:{_short(at['key'].text(item) or f'{name or own}:{told}')}",
            state=state,
            provider_message=name or None,
            message=own or None,
            opted_out=reason is Reason.OPTED_OUT,
            reason=reason,
            code=code,
            detail=at["detail"].text(item)[:500],
            at=instant(at["at"].of(item)),
        )
