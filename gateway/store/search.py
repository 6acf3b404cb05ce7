"""Search in words of customers and colleagues, in names and addresses."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, column, literal_column, select, table
from sqlalchemy.sql.expression import literal

from gateway.store.schema import search_doc
from gateway.store.tokens import Word, words_of

MESSAGE, NOTE, CONTACT = "message", "note", "contact"

# SQLite's index is a virtual table; PostgreSQL's an index of search_doc like any other.
_FTS = table("search_index", column("rowid"))
_VECTOR: ColumnElement[Any] = literal_column(
    "array_to_tsvector(string_to_array(search_doc.tokens, ' '))"
)
_TSQUERY: ColumnElement[Any] = literal_column("tsquery")  # its dialect's class loads 2 MB


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something that holds what was looked for."""

    kind: str  # message | note | contact
    ref: str  # its id
    conversation: str | None
    contact: str | None
    at: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of hits, the newest first."""

    hits: tuple[Hit, ...]
    next: int | None  # cursor of the page behind it


def search(
    connection: Connection,
    desk: str,
    query: str,
    *,
    limit: int = 50,
    cursor: int | None = None,
    kinds: Iterable[str] = (MESSAGE, NOTE, CONTACT),
    where: Sequence[ColumnElement[bool]] = (),
) -> Found:
    """What holds every word of the query. `where` narrows on columns of `search_doc`."""
    words = words_of(query)
    if not words:
        return Found(hits=(), next=None)
    doc = search_doc
    statement = _matching(connection.dialect.name, words).where(
        doc.c.desk == desk, doc.c.kind.in_(tuple(kinds)), *where
    )
    if cursor is not None:
        statement = statement.where(doc.c.id < cursor)
    rows = connection.execute(statement.limit(limit + 1)).all()
    page = rows[:limit]
    return Found(
        hits=tuple(
            Hit(kind=r.kind, ref=r.ref, conversation=r.conversation, contact=r.contact, at=r.at)
            for r in page
        ),
        next=page[-1].id if len(rows) > limit else None,
    )


def _matching(dialect: str, words: list[Word]) -> Select[tuple[object, ...]]:
    """The documents that match, the newest first, in the words of the engine."""
    doc = search_doc
    chosen = select(doc.c.id, doc.c.kind, doc.c.ref, doc.c.conversation, doc.c.contact, doc.c.at)
    if dialect == "sqlite":
        return (
            chosen.join(_FTS, _FTS.c.rowid == doc.c.id)
            .where(literal_column("search_index").op("MATCH")(fts5_query(words)))
            .order_by(_FTS.c.rowid.desc())
        )
    wanted = literal(tsquery(words)).op("::")(_TSQUERY)
    return chosen.where(_VECTOR.op("@@")(wanted)).order_by(doc.c.id.desc())


def fts5_query(words: list[Word]) -> str:
    """As SQLite's FTS5 wants it. Tokens hold letters and digits only, so quotes suffice."""

    def one(token: str, begins: bool) -> str:
        return f'"{token}"*' if begins else f'"{token}"'

    return " AND ".join(_either(word, " AND ", " OR ", one) for word in words)


def tsquery(words: list[Word]) -> str:
    """As PostgreSQL wants it."""

    def one(token: str, begins: bool) -> str:
        return f"'{token}':*" if begins else f"'{token}'"

    return " & ".join(_either(word, " & ", " | ", one) for word in words)


def _either(word: Word, both: str, either: str, one: Callable[[str, bool], str]) -> str:
    parts = both.join(one(token, begins) for token, begins in word.all_of)
    return f"(({parts}){either}{one(word.joined, True)})" if word.joined else f"({parts})"
