"""Replies for later: one, the list that people read, and the files that wait with them."""

from collections.abc import Collection
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, and_, or_, select

from gateway.domain.scheduled import Scheduled
from gateway.store.queries.http_scope import Scope, visible
from gateway.store.queries.rows import all_of, one_of, table_of
from gateway.verbs.message import File

_rows = table_of(Scheduled)
_LIVE = _rows.c.ended_at.is_(None)


class _WithFiles(msgspec.Struct):
    """Of a reply that waits, its files."""

    attachments: tuple[File, ...] = ()


def one(connection: Connection, ident: str) -> Scheduled | None:
    """A scheduled reply."""
    return one_of(connection, Scheduled, id=ident)


class Wanted(NamedTuple):
    """Which a list shows; what is empty may be anything. live: what can still be changed."""

    author: str = ""
    conversation: str = ""
    live: bool = True


def listed(
    connection: Connection,
    desk: str,
    scope: Scope,
    wanted: Wanted,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Scheduled]:
    """Scheduled replies of conversations in scope, the first due first."""
    query = select(_rows).where(_rows.c.desk == desk, visible(scope, _rows.c.conversation))
    if wanted.author:
        query = query.where(_rows.c.author == wanted.author)
    if wanted.conversation:
        query = query.where(_rows.c.conversation == wanted.conversation)
    if wanted.live:
        query = query.where(_LIVE)
    if after is not None:
        at, ident = after
        later = and_(_rows.c.send_at == at, _rows.c.id > ident)
        query = query.where(or_(_rows.c.send_at > at, later))
    return all_of(connection, Scheduled, query.order_by(_rows.c.send_at, _rows.c.id).limit(limit))


def files_of(row: Scheduled) -> tuple[File, ...]:
    """The files that go with it."""
    return msgspec.json.decode(row.reply, type=_WithFiles).attachments


def named(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Those of these hashes that wait with a reply."""
    waiting = all_of(connection, Scheduled, select(_rows).where(_LIVE))
    return {file.sha256 for row in waiting for file in files_of(row)} & set(hashes)
