"""What happened in a conversation, in order: messages, notes and the events between them."""

from collections.abc import Container, Iterable, Mapping

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, select

from gateway.domain.access import User
from gateway.domain.conversation import Contact, Conversation
from gateway.domain.events import Event
from gateway.domain.job import Job, JobKind
from gateway.domain.message import Attachment, Message, MessageBody, MessageState, Note
from gateway.domain.work import Offer
from gateway.store.queries.http_rows import Bundle, bundles, by_ids, rows
from gateway.store.queries.http_scope import NOT_SEEN, Seen, seen_of
from gateway.store.queries.keyed import keyed
from gateway.store.schema import metadata

_t = metadata.tables

# Events that are lines of a timeline of their own; the others are told by messages and notes.
TOLD = (
    "conversation.opened",
    "conversation.status",
    "conversation.continued",
    "conversation.joined",
    "conversation.split",
    "conversation.corrected",
    "conversation.judged",
    "conversation.escalated",
    "contact.merged",
    "contact.unmerged",
    "work.changed",
    "offer.changed",
    "assignment.changed",
    "wrapup.changed",
    "turn.changed",
    "promise.made",
    "promise.moved",
    "promise.ended",
    "promise.changed",
    "reply.scheduled",
    "reply.rescheduled",
    "reply.unscheduled",
    "survey.answered",
    "macro.ran",
    "agent.over_capacity",
)


DECIDED = (
    "conversation.judged",
    "conversation.escalated",
    "work.changed",
    "offer.changed",
    "assignment.changed",
    "wrapup.changed",
    "turn.changed",
    "promise.changed",
    "agent.over_capacity",
    "request.refused",
)

UNSENT = frozenset({MessageState.QUEUED, MessageState.UNKNOWN})


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a stretch of a timeline, and the names that they need."""

    messages: list[Message] = []
    notes: list[Note] = []
    events: list[Event] = []
    attachments: dict[str, list[Attachment]] = {}  # by message
    quotes: dict[str, Message] = {}  # what a message answers or is about, by that message
    sends: dict[str, Job] = {}  # of messages that are not sent yet, by message
    names: dict[str, str] = {}  # of authors, by contact:<id> and agent:<login>
    more: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What a list shows of a conversation, and what decides who may see it."""

    bundle: Bundle
    seen: Seen


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever asks for words has at hand, by id."""

    pages: dict[str, Page] = {}
    messages: dict[str, Message] = {}


NOTHING_HELD = Held()


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """All that followers of some events may be told beside them."""

    slice: Slice
    offers: dict[str, Offer]
    pages: dict[str, Page]  # by conversation


def timeline(
    connection: Connection,
    desk: str,
    conversation: str,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Slice:
    """The newest entries (before a seq), or the oldest after one; `more` beyond the limit."""
    ascending = after is not None

    def some(
        table: Table, *extra: ColumnElement[bool]
    ) -> tuple[list[ColumnElement[bool]], list[ColumnElement[int]]]:
        where = [table.c.conversation == conversation, *extra]
        if before is not None:
            where.append(table.c.seq < before)
        if after is not None:
            where.append(table.c.seq > after)
        return where, [table.c.seq if ascending else table.c.seq.desc()]

    event = _t["event"]
    where, order = some(_t["message"])
    messages = rows(connection, Message, *where, order=order, limit=limit + 1)
    where, order = some(_t["note"])
    notes = rows(connection, Note, *where, order=order, limit=limit + 1)
    where, order = some(event, event.c.kind.in_(TOLD))
    events = rows(connection, Event, *where, order=order, limit=limit + 1)
    kept = sorted(
        [*(m.seq for m in messages), *(n.seq for n in notes), *(e.seq or 0 for e in events)],
        reverse=not ascending,
    )
    inside = set(kept[:limit])
    return dressed(
        connection,
        desk,
        [m for m in messages if m.seq in inside],
        [n for n in notes if n.seq in inside],
        [e for e in events if e.seq in inside],
        more=len(kept) > limit,
    )


def messages_from(
    connection: Connection, conversation: str, message: str, limit: int
) -> tuple[tuple[str, ...], bool]:
    """The messages of a conversation from one on, at most so many; whether these are all."""
    table, chosen = _t["message"], _t["message"].alias()
    first = chosen.c.id == message, chosen.c.conversation == conversation
    seq = select(chosen.c.seq).where(*first).scalar_subquery()
    of = select(table.c.id).where(table.c.conversation == conversation)
    later = of.where(table.c.seq >= seq).order_by(table.c.seq).limit(limit)
    earlier = connection.execute(of.where(table.c.seq < seq).limit(1)).first()
    return tuple(connection.execute(later).scalars()), earlier is None


def dressed(
    connection: Connection,
    desk: str,
    messages: list[Message],
    notes: list[Note],
    events: list[Event],
    *,
    bare: Container[str] = (),
    known: Mapping[str, str] | None = None,
    more: bool = False,
) -> Slice:
    """The rows with their attachments and the names of who wrote them.

    bare: messages that certainly have no files. known: names that are known already.
    """
    known = known or {}
    quotes = quotes_of(connection, messages)
    authors = [m.author for m in (*messages, *quotes.values())] + [n.author for n in notes]
    return Slice(
        messages=messages,
        notes=notes,
        events=events,
        attachments=attachments_of(connection, (m.id for m in messages if m.id not in bare)),
        quotes=quotes,
        sends=sends_of(connection, (m.id for m in messages if m.state in UNSENT)),
        names={**known, **names_of(connection, desk, set(authors) - known.keys())},
        more=more,
    )


def attachments_of(connection: Connection, messages: Iterable[str]) -> dict[str, list[Attachment]]:
    """Attachments by message, in their places."""
    out: dict[str, list[Attachment]] = {}
    found = keyed(connection, Attachment, ((m,) for m in messages), by="message")
    for each in sorted(found, key=lambda attachment: attachment.place):
        out.setdefault(each.message, []).append(each)
    return out


def quotes_of(connection: Connection, messages: Iterable[Message]) -> dict[str, Message]:
    """What messages name as answered, where it stands in the same conversation, by message.

    Mails name the one before them by habit, and carry its words themselves.
    """
    naming = [
        m
        for m in messages
        if m.in_reply_to is not None and not msgspec.json.decode(m.body, type=MessageBody).mail
    ]
    names = ((m.account, m.in_reply_to) for m in naming)
    found = keyed(connection, Message, names, by="provider")
    known = {(each.conversation, each.account, each.provider_id): each for each in reversed(found)}
    quoted = ((m.id, known.get((m.conversation, m.account, m.in_reply_to))) for m in naming)
    return {message: each for message, each in quoted if each is not None}


def sends_of(connection: Connection, messages: Iterable[str]) -> dict[str, Job]:
    """The jobs that have still to send them, or to ask about them, by message."""
    keys = ((JobKind.SEND.value, message) for message in messages)
    return {job.key: job for job in keyed(connection, Job, keys, by="key")}


def names_of(connection: Connection, desk: str, authors: Iterable[str]) -> dict[str, str]:
    """What people are called: keys as in the log, contact:<id> and agent:<login>."""
    asked = set(authors)
    contacts = by_ids(connection, Contact, (a[8:] for a in asked if a.startswith("contact:")))
    users = keyed(connection, User, ((desk, a[6:]) for a in asked if a.startswith("agent:")))
    out = {f"contact:{c.id}": c.name for c in contacts.values()}
    return out | {f"agent:{user.login}": user.name for user in users}


def words(
    connection: Connection,
    desk: str,
    conversations: Iterable[str],
    messages: Iterable[str],
    notes: Iterable[str],
    offers: Iterable[str],
    bare: Container[str] = (),
    held: Held = NOTHING_HELD,
) -> Words:
    """The words of some events, in a fixed number of queries however many they are.

    bare: messages that certainly have no files.
    """
    found = held.messages | by_ids(connection, Message, set(messages) - held.messages.keys())
    written = by_ids(connection, Note, notes)
    pages = held.pages | _pages(connection, sorted(set(conversations) - held.pages.keys()))
    contacts = (page.bundle.contact for page in pages.values())
    known = {f"contact:{c.id}": c.name for c in contacts if c is not None}
    return Words(
        slice=dressed(
            *(connection, desk, list(found.values()), list(written.values()), []),
            bare=bare,
            known=known,
        ),
        offers=by_ids(connection, Offer, offers),
        pages=pages,
    )


def _pages(connection: Connection, conversations: list[str]) -> dict[str, Page]:
    standing = bundles(connection, by_ids(connection, Conversation, conversations).values())
    seen = seen_of(connection, conversations)
    return {
        each.conversation.id: Page(bundle=each, seen=seen.get(each.conversation.id, NOT_SEEN))
        for each in standing
    }


def decisions(connection: Connection, conversation: str, limit: int = 50) -> list[Event]:
    """What routing decided on a conversation, the newest last."""
    event = _t["event"]
    newest = rows(
        connection,
        Event,
        event.c.conversation == conversation,
        event.c.kind.in_(DECIDED),
        order=(event.c.seq.desc(),),
        limit=limit,
    )
    return newest[::-1]


def position_of(connection: Connection, conversation: str, seq: int) -> int | None:
    """The position in the log of an event that is known by its place in a conversation."""
    event = _t["event"]
    found = connection.execute(
        select(event.c.position).where(event.c.conversation == conversation, event.c.seq == seq)
    ).scalar()
    return int(found) if found is not None else None


def oldest_since(connection: Connection, desk: str, since_ms: int, head: int) -> int:
    """The last position that was committed before an instant; by halving, for `at` has no index."""
    event = _t["event"]
    low, high = 0, head
    while low < high:
        middle = (low + high + 1) // 2
        at = connection.execute(
            select(event.c.at).where(event.c.desk == desk, event.c.position == middle)
        ).scalar()
        low, high = (middle, high) if at is None or at < since_ms else (low, middle - 1)
    return low
