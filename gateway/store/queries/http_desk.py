"""The desk at a glance: queues, channels, dead letters, rulebook versions; and search, narrowed."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, exists, func, or_, select, true

from gateway.domain.conversation import Contact, Conversation
from gateway.domain.delivery import DeadLetter
from gateway.domain.desk import Desk, Rulebook
from gateway.domain.job import Job, JobState
from gateway.domain.message import Message, Note
from gateway.store.queries.http_rows import (
    Bundle,
    bundles,
    by_ids,
    kin,
    older,
    one,
    rows,
)
from gateway.store.queries.http_scope import Scope, visible
from gateway.store.schema import metadata, search_doc
from gateway.store.search import Hit, search

_t = metadata.tables

OPEN_LETTER = "open"


class QueueCount(msgspec.Struct, frozen=True, kw_only=True):
    """Live work of a queue, by state, and since when its oldest waits."""

    states: dict[str, int]
    oldest_waiting: int | None


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """When an account last took something in and last tried to send."""

    last_inbound_at: int | None
    last_outbound_at: int | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Hits of a search, with what they hit."""

    hits: tuple[Hit, ...]
    next: int | None
    messages: dict[str, Message]
    notes: dict[str, Note]
    contacts: dict[str, Contact]
    bundles: dict[str, Bundle]


def queue_counts(connection: Connection, desk: str) -> dict[str, QueueCount]:
    """What is live in each queue."""
    work = _t["work"]
    statement = (
        select(work.c.queue, work.c.state, func.count(), func.min(work.c.enqueued_at))
        .where(work.c.desk == desk, work.c.live_of.is_not(None))
        .group_by(work.c.queue, work.c.state)
    )
    out: dict[str, QueueCount] = {}
    for queue, state, count, oldest in connection.execute(statement):
        before = out.get(queue, QueueCount(states={}, oldest_waiting=None))
        waits = state in ("waiting", "callback_pending", "offered")
        times = [t for t in (before.oldest_waiting, oldest if waits else None) if t is not None]
        out[queue] = QueueCount(
            states=before.states | {state: count}, oldest_waiting=min(times, default=None)
        )
    return out


def traffic(connection: Connection, accounts: Sequence[str]) -> dict[str, Traffic]:
    """Of each account, when something last came and went."""
    delivery, attempt = _t["delivery"], _t["attempt"]
    out: dict[str, Traffic] = {}
    for account in accounts:
        came = connection.execute(
            select(func.max(delivery.c.received_at)).where(delivery.c.account == account)
        ).scalar()
        went = connection.execute(
            select(attempt.c.started_at)
            .where(attempt.c.account == account)
            .order_by(attempt.c.id.desc())
            .limit(1)
        ).scalar()
        out[account] = Traffic(last_inbound_at=came, last_outbound_at=went)
    return out


def dead(
    connection: Connection, desk: str, limit: int, before: tuple[int, str] | None = None
) -> tuple[list[Job], list[DeadLetter]]:
    """What could not be delivered, and what could not be read: the newest first, so many of each,
    behind one of them by instant and id.
    """
    job, letter = _t["job"], _t["dead_letter"]
    return (
        rows(
            connection,
            Job,
            job.c.desk == desk,
            job.c.state == JobState.DEAD.value,
            *older(job.c.due_at, job.c.id, before),
            order=(job.c.due_at.desc(), job.c.id.desc()),
            limit=limit,
        ),
        rows(
            connection,
            DeadLetter,
            letter.c.desk == desk,
            letter.c.state == OPEN_LETTER,
            *older(letter.c.at, letter.c.id, before),
            order=(letter.c.at.desc(), letter.c.id.desc()),
            limit=limit,
        ),
    )


def paused_at(connection: Connection, desk: str) -> int | None:
    """Since when nothing goes out to customers; None while all does."""
    found: int | None = connection.execute(
        select(_t["desk"].c.paused_at).where(_t["desk"].c.id == desk)
    ).scalar_one()
    return found


def rulebook_in_force(connection: Connection, desk: str) -> Rulebook | None:
    """The version in force."""
    found = one(connection, Desk, desk)
    return one(connection, Rulebook, desk, found.rulebook) if found is not None else None


def rulebook_version(connection: Connection, desk: str, version: int) -> Rulebook | None:
    """One version."""
    return one(connection, Rulebook, desk, version)


def rulebooks(connection: Connection, desk: str, before: int | None, limit: int) -> list[Rulebook]:
    """Versions that were in force, the newest first."""
    table = _t["rulebook"]
    where = [table.c.desk == desk]
    if before is not None:
        where.append(table.c.version < before)
    return rows(connection, Rulebook, *where, order=(table.c.version.desc(),), limit=limit)


def found(
    connection: Connection, desk: str, words: str, scope: Scope, cursor: int | None, limit: int
) -> Found:
    """What a reader may see of what holds all the words."""
    conversation = _t["conversation"]
    where: ColumnElement[bool] = true()
    if not scope.everything:
        pairs = kin()
        brought = select(pairs.c.merged).where(pairs.c.person == search_doc.c.ref)
        of_contact = exists(
            select(conversation.c.id).where(
                or_(
                    conversation.c.contact == search_doc.c.ref,
                    conversation.c.contact.in_(brought),
                ),
                visible(scope),
            )
        )
        where = or_(
            (search_doc.c.kind == "contact") & of_contact,
            (search_doc.c.kind != "contact") & visible(scope, search_doc.c.conversation),
        )
    page = search(connection, desk, words, limit=limit, cursor=cursor, where=[where])
    refs: dict[str, list[str]] = {"message": [], "note": [], "contact": []}
    for hit in page.hits:
        refs[hit.kind].append(hit.ref)
    ids = (hit.conversation for hit in page.hits if hit.conversation is not None)
    standing = bundles(connection, by_ids(connection, Conversation, ids).values())
    return Found(
        hits=page.hits,
        next=page.next,
        messages=by_ids(connection, Message, refs["message"]),
        notes=by_ids(connection, Note, refs["note"]),
        contacts=by_ids(connection, Contact, refs["contact"]),
        bundles={b.conversation.id: b for b in standing},
    )
