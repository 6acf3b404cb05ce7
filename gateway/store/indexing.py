"""Keeping the search index: it follows the log behind everybody's back, a slice at a time.

Accepting a message does not wait for it. A slice is prepared on a reading connection and written
in a transaction of its own, which moves the cursor from where the slice began, or does nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy import Table as SqlTable

from gateway.domain.access import AuditEntry
from gateway.domain.conversation import Contact, Conversation, Identity
from gateway.domain.delivery import Cursor
from gateway.domain.desk import Desk
from gateway.domain.events import Event
from gateway.domain.ids import address_of
from gateway.domain.message import Message, MessageBody, Note
from gateway.domain.rows import Table
from gateway.store.codec import CODECS, Codec
from gateway.store.queries.rows import all_of, one_of, table_of
from gateway.store.schema import search_doc
from gateway.store.search import CONTACT, MESSAGE, NOTE
from gateway.store.session import Session
from gateway.store.statements import Statements
from gateway.store.tokens import tokens_of

CURSOR = "search"

# The events that may change words, and the field of their body that says whose.
_TELLS: dict[str, tuple[tuple[str, str], ...]] = {
    "message.received": ((MESSAGE, "message"),),
    "message.written": ((MESSAGE, "message"),),
    "message.changed": ((MESSAGE, "message"),),
    "message.moved": ((MESSAGE, "message"),),
    "note.written": ((NOTE, "note"),),
    "conversation.opened": ((CONTACT, "contact"),),
    "contact.merged": ((CONTACT, "contact"), (CONTACT, "into")),
    "contact.unmerged": ((CONTACT, "contact"), (CONTACT, "into")),
}
IDENTITY_EVENT = "identity.changed"
ERASED = "contact.erase"  # in the audit log


class Doc(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be found; without tokens: no more."""

    desk: str
    kind: str
    ref: str
    conversation: str | None
    contact: str | None
    at: int
    tokens: str


# Written like any noun's rows, though no command ever sees them.
_DOCS = Table(Doc, "search_doc", "kind ref")
CODECS[Doc] = Codec(_DOCS)


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """What one step does: from one place in the log and the audit log to another."""

    began: str
    ends: str
    docs: tuple[Doc, ...]
    read: int  # entries of the logs


class _Place(msgspec.Struct, frozen=True):
    position: int = 0
    audited: int = 0


def prepare(connection: Connection, desk: str, limit: int) -> Slice:
    """The next slice of the logs, its words read and cut."""
    cursor = one_of(connection, Cursor, account=CURSOR, name=desk)
    began = cursor.value if cursor is not None else ""
    place = msgspec.json.decode(began, type=_Place) if began else _Place()
    events, position = _events(connection, desk, place.position, limit)
    edits = _edits(connection, desk, place.audited, limit)
    wanted = _wanted(connection, desk, events, edits)
    ends = _Place(position=position, audited=edits[-1].seq if edits else place.audited)
    docs = (
        *_messages(connection, desk, wanted[MESSAGE]),
        *_notes(connection, desk, wanted[NOTE]),
        *_contacts(connection, desk, wanted[CONTACT]),
    )
    return Slice(
        began=began,
        ends=msgspec.json.encode(ends).decode(),
        docs=tuple(sorted(docs, key=lambda doc: (doc.at, doc.ref))),
        read=ends.position - place.position + ends.audited - place.audited,
    )


def _events(
    connection: Connection, desk: str, after: int, limit: int
) -> tuple[list[tuple[str, str]], int]:
    """Kind and body of the next events that matter here, and how far the log was read."""
    event, desks = table_of(Event), table_of(Desk)
    head = connection.execute(select(desks.c.head).where(desks.c.id == desk)).scalar_one()
    rows = connection.execute(
        select(event.c.position, event.c.kind, event.c.body)
        .where(
            event.c.desk == desk,
            event.c.position > after,
            event.c.position <= head,
            event.c.kind.in_((*_TELLS, IDENTITY_EVENT)),
        )
        .order_by(event.c.position)
        .limit(limit)
    ).all()
    position = rows[-1].position if len(rows) == limit else head
    return [(row.kind, row.body) for row in rows], position


def _edits(connection: Connection, desk: str, after: int, limit: int) -> list[AuditEntry]:
    """People edit contacts without an event of the log; the audit log has each edit."""
    table = table_of(AuditEntry)
    query = select(table).where(table.c.desk == desk, table.c.seq > after).order_by(table.c.seq)
    return all_of(connection, AuditEntry, query.limit(limit))


def _wanted(
    connection: Connection, desk: str, events: list[tuple[str, str]], edits: list[AuditEntry]
) -> dict[str, set[str]]:
    """The ids whose words may have changed, by kind."""
    wanted: dict[str, set[str]] = {MESSAGE: set(), NOTE: set(), CONTACT: set()}
    urns: set[str] = set()
    for what, body in events:
        fields = msgspec.json.decode(body)
        for kind, field in _TELLS.get(what, ()):
            wanted[kind].add(fields[field])
        if what == IDENTITY_EVENT:
            urns.add(fields["identity"])
    identity = table_of(Identity)
    if urns:
        query = select(identity.c.contact).where(
            identity.c.desk == desk, identity.c.urn.in_(sorted(urns))
        )
        wanted[CONTACT].update(connection.execute(query).scalars())
    wanted[CONTACT] |= {edit.object for edit in edits if edit.action.startswith("contact.")}
    # An erased person's messages are looked at again, and found to hold no words.
    erased = {edit.object for edit in edits if edit.action == ERASED}
    if erased:
        query = select(search_doc.c.kind, search_doc.c.ref).where(search_doc.c.contact.in_(erased))
        for kind, ref in connection.execute(query):
            wanted[kind].add(ref)
    return wanted


def _messages(connection: Connection, desk: str, ids: set[str]) -> list[Doc]:
    """A message's words; of a mail its subject too, but not again what it quotes."""
    docs = []
    for row in _said(connection, table_of(Message), "body", ids):
        mail = msgspec.json.decode(row.more, type=MessageBody).mail if row.more else None
        words = [mail.subject, row.text] if mail is not None else [row.text]
        docs.append(_doc(desk, MESSAGE, row.id, row.conversation, row.contact, row.at, words))
    return docs + _gone(desk, MESSAGE, ids - {doc.ref for doc in docs})


def _notes(connection: Connection, desk: str, ids: set[str]) -> list[Doc]:
    docs = [
        _doc(desk, NOTE, row.id, row.conversation, row.contact, row.at, [row.text])
        for row in _said(connection, table_of(Note), "author", ids)
    ]
    return docs + _gone(desk, NOTE, ids - {doc.ref for doc in docs})


def _said(connection: Connection, table: SqlTable, more: str, ids: set[str]) -> Sequence[Any]:
    """What was said, where and to whom: only the columns that it takes, for there are many."""
    if not ids:
        return ()
    conversation = table_of(Conversation)
    return connection.execute(
        select(
            table.c.id,
            table.c.conversation,
            conversation.c.contact,
            table.c.at,
            table.c.text,
            table.c[more].label("more"),
        )
        .outerjoin(conversation, conversation.c.id == table.c.conversation)
        .where(table.c.id.in_(sorted(ids)))
    ).all()


def _contacts(connection: Connection, desk: str, ids: set[str]) -> list[Doc]:
    if not ids:
        return []
    contact, identity = table_of(Contact), table_of(Identity)
    found = all_of(connection, Contact, select(contact).where(contact.c.id.in_(sorted(ids))))
    words: dict[str, list[str]] = {c.id: [c.name, c.attributes] for c in found}
    for each in all_of(
        connection, Identity, select(identity).where(identity.c.contact.in_(sorted(words)))
    ):
        words[each.contact] += [each.name, address_of(each.urn)]
    docs = [_doc(desk, CONTACT, c.id, None, c.id, c.created_at, words[c.id]) for c in found]
    return docs + _gone(desk, CONTACT, ids - set(words))


def _doc(
    desk: str,
    kind: str,
    ref: str,
    conversation: str | None,
    contact: str | None,
    at: int,
    words: Iterable[str],
) -> Doc:
    return Doc(
        desk=desk,
        kind=kind,
        ref=ref,
        conversation=conversation,
        contact=contact,
        at=at,
        tokens=" ".join(tokens_of("\n".join(words))),
    )


def _gone(desk: str, kind: str, ids: Iterable[str]) -> list[Doc]:
    return [_doc(desk, kind, ref, None, None, 0, ()) for ref in sorted(ids)]


# --- writing ---


def write(session: Session, statements: Statements, desk: str, prepared: Slice) -> int:
    """Write a slice and move the cursor; how much of the logs was read.

    0 when another node was faster.
    """
    now = session.begin()
    mark = statements.flavour.mark
    moved = (
        f"UPDATE cursor SET value={mark}, at={mark}"  # noqa: S608
        f" WHERE account={mark} AND name={mark} AND value={mark} RETURNING value"
    )
    begun = (
        "INSERT INTO cursor (value, at, account, name)"  # noqa: S608
        f" VALUES ({mark},{mark},{mark},{mark}) ON CONFLICT DO NOTHING RETURNING value"
    )
    params = (prepared.ends, now, CURSOR, desk)
    if prepared.began:
        mine = session.query(moved, (*params, prepared.began))
    else:
        mine = session.query(begun, params)
    if not mine:
        session.rollback()
        return 0
    put(session, statements, prepared.docs)
    session.commit()
    return prepared.read


def put(session: Session, statements: Statements, docs: Iterable[Doc]) -> None:
    """Replace documents; those without tokens are removed."""
    by_ref = {(doc.kind, doc.ref): doc for doc in docs}
    if not by_ref:
        return
    kept = [doc for doc in by_ref.values() if doc.tokens]
    gone = [key for key, doc in by_ref.items() if not doc.tokens]
    _unindex(session, statements, list(by_ref))
    if gone:
        session.run(*statements.deletes(_DOCS, gone))
    for sql, params in statements.puts(_DOCS, kept):
        session.write(sql, params)
    _reindex(session, statements, list(by_ref))


def _unindex(session: Session, statements: Statements, keys: list[tuple[str, str]]) -> None:
    """SQLite's index has to be told what a document held before; PostgreSQL's knows."""
    if statements.flavour.name == "sqlite":
        found, params = statements.matching(_DOCS, keys)
        session.run(
            "INSERT INTO search_index (search_index, rowid, tokens)"  # noqa: S608
            f" SELECT 'delete', t.id, t.tokens FROM {found}",
            params,
        )


def _reindex(session: Session, statements: Statements, keys: list[tuple[str, str]]) -> None:
    if statements.flavour.name == "sqlite":
        found, params = statements.matching(_DOCS, keys)
        session.run(
            f"INSERT INTO search_index (rowid, tokens) SELECT t.id, t.tokens FROM {found}",  # noqa: S608
            params,
        )


def forget(session: Session, statements: Statements, kind: str, refs: Iterable[str]) -> None:
    """Make something unfindable at once, for who was erased."""
    session.begin()
    put(session, statements, _gone("", kind, refs))
    session.commit()
