"""The store's promises, proved or refuted from what it holds: what `parley audit` tells."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select

from gateway.domain.events import Event, MessageReceived, MessageWritten, NoteWritten, decode_body
from gateway.domain.job import JobKind, JobState
from gateway.domain.message import Direction, MessageState
from gateway.domain.promise import PromiseMade
from gateway.domain.scheduled import ReplyScheduled
from gateway.domain.survey import SurveyAnswered
from gateway.store.files import Files
from gateway.store.queries import proof_more
from gateway.store.queries.events import events_after
from gateway.store.schema import metadata

SHOWN = 20  # findings of one promise that are told
SLICE = 2_000

_t = metadata.tables
_desk, _event, _conversation = _t["desk"], _t["event"], _t["conversation"]
_message, _note, _attachment = _t["message"], _t["note"], _t["attachment"]
_promise, _scheduled, _survey = _t["promise"], _t["scheduled"], _t["survey"]
_job, _attempt, _lane = _t["job"], _t["attempt"], _t["lane"]
_delivery, _key, _letter = _t["delivery"], _t["inbound_key"], _t["dead_letter"]
_contact, _identity, _audit = _t["contact"], _t["identity"], _t["audit_entry"]
_work = _t["work"]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One promise: how much was looked at, and what is wrong, the first few in words."""

    promise: str
    checked: int
    broken: int
    findings: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.broken


Finder = Callable[[Connection, str, Files], Iterable[str | int]]


def proofs(connection: Connection, desk: str, files: Files) -> Iterator[Proof]:
    """Every promise in turn, all of one snapshot: a node may go on writing meanwhile."""
    _take_your_time(connection)
    for promise, finder in PROMISES.items():
        yield _proof(promise, finder(connection, desk, files))


def _take_your_time(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        return
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.exec_driver_sql(f"SET {setting} TO 0")


def _proof(promise: str, found: Iterable[str | int]) -> Proof:
    """Numbers are how much was looked at; words are what is wrong."""
    checked, broken = 0, 0
    findings: list[str] = []
    for item in found:
        if isinstance(item, int):
            checked += item
            continue
        broken += 1
        if len(findings) < SHOWN:
            findings.append(item)
    return Proof(promise=promise, checked=checked, broken=broken, findings=tuple(findings))


def _count(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(query.subquery())).scalar_one())


def _number(connection: Connection, value: ColumnElement[Any], *where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.coalesce(value, 0)).where(*where)).scalar_one())


# --- order -------------------------------------------------------------------------------------


def _positions(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    mine = _event.c.desk == desk
    count = _number(connection, func.count(), mine, _event.c.position > 0)
    newest = _number(connection, func.max(_event.c.position), mine)
    oldest = _number(connection, func.min(_event.c.position), mine)
    head = _number(connection, func.max(_desk.c.head), _desk.c.id == desk)
    yield count
    if newest != head:
        yield f"the newest event is at {newest}, the desk's head at {head}"
    if count and count != newest - oldest + 1:
        yield f"between {oldest} and {newest} there are {count} events"


def _sequences(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """Numbers within a conversation: 1, 2, 3 ... up to the one that the conversation tells."""
    numbered = (
        select(
            _event.c.conversation,
            func.count().label("count"),
            func.count(_event.c.seq.distinct()).label("different"),
            func.max(_event.c.seq).label("newest"),
        )
        .where(_event.c.desk == desk, _event.c.conversation.is_not(None))
        .group_by(_event.c.conversation)
        .subquery()
    )
    yield _count(connection, select(_conversation.c.id).where(_conversation.c.desk == desk))
    rows = connection.execute(
        select(_conversation.c.id, _conversation.c.seq, numbered.c.count, numbered.c.newest)
        .outerjoin(numbered, numbered.c.conversation == _conversation.c.id)
        .where(
            _conversation.c.desk == desk,
            or_(
                func.coalesce(numbered.c.newest, 0) != _conversation.c.seq,
                numbered.c.count != numbered.c.different,
                numbered.c.count > numbered.c.newest,
            ),
        )
    )
    for conversation, seq, count, newest in rows:
        events = f"its {count or 0} events go to {newest or 0}"
        yield f"conversation {conversation} tells {seq}, {events}"


def _audit_numbers(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    count = _number(connection, func.count(), _audit.c.desk == desk, _audit.c.seq > 0)
    told = _number(connection, func.max(_desk.c.audited), _desk.c.id == desk)
    yield count
    if count != told:
        yield f"the audit log has {count} entries, the desk tells {told}"


# --- once --------------------------------------------------------------------------------------


def _once(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """Behind each of a customer's messages stands one key of the provider's, and it alone."""
    mine = (_message.c.desk == desk, _message.c.direction == Direction.IN.value)
    yield _count(connection, select(_message.c.id).where(*mine))
    # Counted first: no index leads from a message to its key, and this is the only one who asks.
    keys = select(_key.c.message, func.count().label("count")).group_by(_key.c.message).subquery()
    found = func.coalesce(keys.c.count, 0)
    counted = (
        select(_message.c.id, found)
        .outerjoin(keys, keys.c.message == _message.c.id)
        .where(*mine, found != 1)
    )
    for message, count in connection.execute(counted):
        yield f"message {message} has {count} keys"
    stray = (
        select(_key.c.account, _key.c.key)
        .outerjoin(_message, _message.c.id == _key.c.message)
        .where(_key.c.desk == desk, _key.c.message.is_not(None), _message.c.id.is_(None))
    )
    for account, key in connection.execute(stray):
        yield f"account {account}: the message of the key {key} is not there"


def _open_once(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    for table, column, noun in (
        (_conversation, _conversation.c.open_of, "open conversations of contact"),
        (_work, _work.c.live_of, "live pieces of work of conversation"),
    ):
        live = (table.c.desk == desk, column.is_not(None))
        yield _count(connection, select(table.c.id).where(*live))
        doubled = select(column, func.count()).where(*live).group_by(column)
        for owner, count in connection.execute(doubled.having(func.count() > 1)):
            yield f"{count} {noun} {owner}"


# --- jobs --------------------------------------------------------------------------------------


def _queued_has_job(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """A message that waits to be sent has the job that will send it."""
    waiting = (_message.c.desk == desk, _message.c.state == MessageState.QUEUED.value)
    yield _count(connection, select(_message.c.id).where(*waiting))
    job = and_(_job.c.key == _message.c.id, _job.c.kind == JobKind.SEND.value)
    without = select(_message.c.id).outerjoin(_job, job).where(*waiting, _job.c.id.is_(None))
    for (message,) in connection.execute(without):
        yield f"message {message} is queued and has no job"


def _job_has_message(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    sends = (_job.c.desk == desk, _job.c.kind == JobKind.SEND.value)
    yield _count(connection, select(_job.c.id).where(*sends))
    without = (
        select(_job.c.id, _job.c.key)
        .outerjoin(_message, _message.c.id == _job.c.key)
        .where(*sends, _message.c.id.is_(None))
    )
    for job, key in connection.execute(without):
        yield f"job {job} would send the message {key}, which is not there"


def _attempts(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """A try was written before its first byte, and ends once."""
    running = and_(_attempt.c.job == _job.c.id, _attempt.c.outcome == literal(""))
    sending = (_job.c.desk == desk, _job.c.state == JobState.SENDING.value)
    yield _number(connection, func.count(), _attempt.c.desk == desk)
    counted = (
        select(_job.c.id, func.count(_attempt.c.id))
        .outerjoin(_attempt, running)
        .where(*sending)
        .group_by(_job.c.id)
        .having(func.count(_attempt.c.id) != 1)
    )
    for job, count in connection.execute(counted):
        yield f"job {job} is being done with {count} open tries"
    stray = (
        select(_attempt.c.id, _attempt.c.job)
        .outerjoin(_job, and_(_job.c.id == _attempt.c.job, *sending))
        .where(_attempt.c.desk == desk, _attempt.c.outcome == literal(""), _job.c.id.is_(None))
    )
    for attempt, job in connection.execute(stray):
        yield f"try {attempt} of job {job} never ended"


def _lanes(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """A lane with work and nothing under way is known to whoever claims."""
    ready = (_job.c.desk == desk, _job.c.state == JobState.READY.value)
    yield _count(connection, select(_job.c.lane).where(*ready).distinct())
    busy = select(_job.c.lane).where(_job.c.desk == desk, _job.c.state == JobState.SENDING.value)
    known = select(_lane.c.lane).where(_lane.c.desk == desk)
    lost = select(_job.c.lane).where(*ready, _job.c.lane.not_in(busy), _job.c.lane.not_in(known))
    for (lane,) in connection.execute(lost.distinct()):
        yield f"lane {lane} has a job that nobody would claim"


# --- received = stored -------------------------------------------------------------------------


def _received_is_stored(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """Of each delivery every event was applied, and what could not be read waits for a person."""
    mine = _delivery.c.desk == desk
    yield _count(connection, select(_delivery.c.id).where(mine))
    for table, told, noun in (
        (_key, _delivery.c.events, "events"),
        (_letter, _delivery.c.unreadable, "unreadable items"),
    ):
        kept = (
            select(table.c.delivery, func.count().label("count"))
            .group_by(table.c.delivery)
            .subquery()
        )
        stored = func.coalesce(kept.c.count, 0)
        wrong = (
            select(_delivery.c.id, told, stored)
            .outerjoin(kept, kept.c.delivery == _delivery.c.id)
            .where(mine, told != stored)
        )
        for delivery, expected, count in connection.execute(wrong):
            yield f"delivery {delivery} had {expected} {noun}, {count} are stored"


SPOKEN_OF = {
    "message": _message,
    "note": _note,
    "promise": _promise,
    "scheduled": _scheduled,
    "survey": _survey,
}


def _words(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """Behind every id in the log stand its words."""
    after = 0
    while events := events_after(connection, desk, after, SLICE):
        yield len(events)
        wanted: dict[str, dict[str, int]] = {noun: {} for noun in SPOKEN_OF}
        for event in events:
            noun, ident = _spoken_of(event)
            if ident:
                wanted[noun][ident] = event.position
        for noun, table in SPOKEN_OF.items():
            there = _there(connection, table, wanted[noun])
            for ident, position in wanted[noun].items():
                if ident not in there:
                    yield f"event {position} speaks of the {noun} {ident}, which is not there"
        after = events[-1].position


def _spoken_of(event: Event) -> tuple[str, str]:
    match decode_body(event):
        case MessageReceived(message=message) | MessageWritten(message=message):
            return "message", message
        case NoteWritten(note=note):
            return "note", note
        case PromiseMade(promise=promise):
            return "promise", promise
        case ReplyScheduled(scheduled=ident):
            return "scheduled", ident
        case SurveyAnswered(survey=survey):
            return "survey", survey
    return "", ""


def _there(connection: Connection, table: Any, idents: Iterable[str]) -> set[str]:
    wanted, found = list(idents), set[str]()
    for start in range(0, len(wanted), SLICE):
        query = select(table.c.id).where(table.c.id.in_(wanted[start : start + SLICE]))
        found.update(connection.execute(query).scalars())
    return found


def _told(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """Every message is told of in the log, at its number in its conversation."""
    mine = _message.c.desk == desk
    yield _count(connection, select(_message.c.id).where(mine))
    told = and_(_event.c.conversation == _message.c.conversation, _event.c.seq == _message.c.seq)
    silent = select(_message.c.id).outerjoin(_event, told).where(mine, _event.c.position.is_(None))
    for (message,) in connection.execute(silent):
        yield f"message {message} is told of by no event"


def _owners(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """No message without conversation, no conversation or address without contact."""
    rows: Sequence[tuple[Any, Any, Any, str]] = (
        (_message, _message.c.conversation, _conversation, "message {} is of no conversation"),
        (_conversation, _conversation.c.contact, _contact, "conversation {} is of no contact"),
        (_identity, _identity.c.contact, _contact, "address {} is of no contact"),
    )
    for table, column, owner, words in rows:
        name = table.c.urn if table is _identity else table.c.id
        yield _count(connection, select(name).where(table.c.desk == desk))
        stray = select(name).outerjoin(owner, owner.c.id == column)
        for (ident,) in connection.execute(stray.where(table.c.desk == desk, owner.c.id.is_(None))):
            yield words.format(ident)


def _bytes(connection: Connection, desk: str, files: Files) -> Iterator[str | int]:
    """The bytes of every attachment that we have are on the disk, all of them."""
    kept = select(_attachment.c.sha256, func.max(_attachment.c.size_bytes)).where(
        _attachment.c.desk == desk, _attachment.c.sha256.is_not(None)
    )
    for sha256, size in connection.execute(kept.group_by(_attachment.c.sha256)):
        yield 1
        path = files.path(sha256)
        if not path.exists():
            yield f"the file {sha256} is not there"
        elif size is not None and path.stat().st_size != size:
            yield f"the file {sha256} has {path.stat().st_size} bytes, not {size}"


PROMISES: dict[str, Finder] = {
    "positions are dense": _positions,
    "numbers within conversations are dense": _sequences,
    "the audit log is dense": _audit_numbers,
    "one message per key": _once,
    "one open conversation per contact, one live piece of work per conversation": _open_once,
    "what is queued has a job": _queued_has_job,
    "what is held waits": proof_more.held_waits,
    "a pending file has its job": proof_more.pending_has_job,
    "every job has its message": _job_has_message,
    "every try ends once": _attempts,
    "every lane with work is known": _lanes,
    "lanes keep their order": proof_more.lanes_keep_their_order,
    "what was sent has a name": proof_more.accepted_has_a_name,
    "every promise stands where its conversation is": proof_more.promises_stand,
    "what is to be said later has its job": proof_more.scheduled_leave,
    "decisions follow the log": proof_more.decisions_follow,
    "received is stored": _received_is_stored,
    "words behind every id": _words,
    "every message is told of": _told,
    "everything has its owner": _owners,
    "pointers lead somewhere": proof_more.pointers_end,
    "what is open is whose it is": proof_more.open_with_whom,
    "the bytes of every attachment": _bytes,
    "the file is whole": proof_more.file_is_whole,
}
