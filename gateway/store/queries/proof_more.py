"""More of what `parley audit` proves: the file itself, decisions, tries, files and lanes."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.exc import DatabaseError

from gateway.domain.conversation import Status
from gateway.domain.job import JobKind, JobState
from gateway.domain.message import FileState, MessageState
from gateway.domain.promise import ENDED
from gateway.domain.scheduled import LIVE, ScheduledState
from gateway.store.files import Files
from gateway.store.schema import metadata

_t = metadata.tables
_desk, _job, _attempt, _lane = _t["desk"], _t["job"], _t["attempt"], _t["lane"]
_message, _attachment = _t["message"], _t["attachment"]
_contact, _conversation = _t["contact"], _t["conversation"]
_event, _promise, _scheduled = _t["event"], _t["promise"], _t["scheduled"]


def file_is_whole(connection: Connection, _: str, __: Files) -> Iterator[str | int]:
    """SQLite's own check of its file; PostgreSQL checks its pages as it reads them."""
    if connection.dialect.name != "sqlite":
        return
    yield 1
    try:
        for (finding,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if finding != "ok":
                yield str(finding)
    except DatabaseError as error:  # too badly damaged to be checked
        yield str(error.orig)


def decisions_follow(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """Nothing was decided about what has not happened."""
    for applied, head in connection.execute(
        select(_desk.c.applied, _desk.c.head).where(_desk.c.id == desk)
    ):
        yield int(applied)
        if applied > head:
            yield f"decisions were made up to {applied}, the newest event is {head}"


def accepted_has_a_name(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """Nothing counts as sent unless the provider named it."""
    accepted = (
        _attempt.c.desk == desk,
        _attempt.c.outcome == literal("accepted"),
        _attempt.c.key == _message.c.id,  # files are fetched by tries too
    )
    yield int(connection.execute(select(func.count()).where(*accepted)).scalar_one())
    nameless = select(_attempt.c.id, _attempt.c.key).where(
        *accepted, func.coalesce(_attempt.c.provider_id, "") == literal("")
    )
    for attempt, key in connection.execute(nameless):
        yield f"try {attempt} of {key} was accepted without a name"


def lanes_keep_their_order(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """What may be claimed of a lane is its first job that is ready, and only while none is sent."""
    mine = _lane.c.desk == desk
    yield int(connection.execute(select(func.count()).where(mine)).scalar_one())
    other = _job.alias("other")
    ready, sending = JobState.READY.value, JobState.SENDING.value
    in_the_way = exists().where(
        other.c.lane == _lane.c.lane,
        or_(
            other.c.state == sending,
            and_(
                other.c.state == ready,
                tuple_(other.c.seq, other.c.id) < tuple_(_job.c.seq, _job.c.id),
            ),
        ),
    )
    wrong = (
        select(_lane.c.lane, _lane.c.job)
        .outerjoin(_job, and_(_job.c.id == _lane.c.job, _job.c.state == ready))
        .where(mine, or_(_job.c.id.is_(None), _job.c.due_at != _lane.c.due_at, in_the_way))
    )
    for lane, job in connection.execute(wrong):
        yield f"lane {lane} would hand out {job} before its turn"


def held_waits(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """A held reply has a job that watches over it, and none that sends it."""
    held = (_message.c.desk == desk, _message.c.state == MessageState.HELD.value)
    yield int(connection.execute(select(func.count()).where(*held)).scalar_one())
    watch, send = _job.alias("watch"), _job.alias("send")
    counted = (
        select(_message.c.id, watch.c.id, send.c.id)
        .outerjoin(watch, and_(watch.c.key == _message.c.id, watch.c.kind == JobKind.HELD.value))
        .outerjoin(send, and_(send.c.key == _message.c.id, send.c.kind == JobKind.SEND.value))
        .where(*held, or_(watch.c.id.is_(None), send.c.id.is_not(None)))
    )
    for message, watching, sending in connection.execute(counted):
        if watching is None:
            yield f"message {message} is held and nothing watches over it"
        if sending is not None:
            yield f"message {message} is held, yet the job {sending} would send it"


def pending_has_job(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """A file that is still to come has the job that brings it."""
    waiting = (_attachment.c.desk == desk, _attachment.c.state == FileState.PENDING.value)
    yield int(connection.execute(select(func.count()).where(*waiting)).scalar_one())
    job = and_(_job.c.key == _attachment.c.id, _job.c.kind == JobKind.FETCH_MEDIA.value)
    without = select(_attachment.c.id).outerjoin(_job, job).where(*waiting, _job.c.id.is_(None))
    for (file,) in connection.execute(without):
        yield f"file {file} is pending and has no job"


def promises_stand(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """A promise that is over says when; one that stands is of a conversation that goes on."""
    mine = _promise.c.desk == desk
    yield int(connection.execute(select(func.count()).where(mine)).scalar_one())
    over = _promise.c.state.in_([state.value for state in ENDED])
    unclear = select(_promise.c.id, _promise.c.state).where(
        mine, over != _promise.c.ended_at.is_not(None)
    )
    for promise, state in connection.execute(unclear):
        yield f"promise {promise} is {state}, and says otherwise when it ended"
    # The desk's owner ends those of what was resolved, once it has seen that.
    applied = select(_desk.c.applied).where(_desk.c.id == desk).scalar_subquery()
    unseen = exists().where(
        _event.c.conversation == _conversation.c.id,
        _event.c.kind == literal("conversation.status"),
        _event.c.position > applied,
    )
    left = (
        select(_promise.c.id, _promise.c.conversation)
        .outerjoin(_conversation, _conversation.c.id == _promise.c.conversation)
        .where(
            mine,
            _promise.c.ended_at.is_(None),
            func.coalesce(_conversation.c.status, Status.RESOLVED.value) == Status.RESOLVED.value,
            ~unseen,
        )
    )
    for promise, conversation in connection.execute(left):
        yield f"promise {promise} stands, and conversation {conversation} is over"


def scheduled_leave(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """What waits for its time has the one job that lets it go, and what is over has none."""
    mine = _scheduled.c.desk == desk
    yield int(connection.execute(select(func.count()).where(mine)).scalar_one())
    waits = _scheduled.c.state == ScheduledState.WAITING.value
    at_its_time = and_(
        _job.c.id == _scheduled.c.job,
        _job.c.key == _scheduled.c.id,
        _job.c.kind == JobKind.SCHEDULED.value,
        _job.c.due_at >= _scheduled.c.send_at,
    )
    has_job = exists().where(at_its_time, _job.c.state != JobState.DEAD.value)
    for ident, state in connection.execute(
        select(_scheduled.c.id, _scheduled.c.state).where(mine, waits != has_job)
    ):
        yield f"scheduled reply {ident} is {state}, and its job says otherwise"
    live = _scheduled.c.state.in_([state.value for state in LIVE])
    unclear = select(_scheduled.c.id, _scheduled.c.state).where(
        mine, live != _scheduled.c.ended_at.is_(None)
    )
    for ident, state in connection.execute(unclear):
        yield f"scheduled reply {ident} is {state}, and says otherwise when it ended"


def pointers_end(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """Who is merged, and what goes on elsewhere, leads to somebody and something of the desk."""
    for table, column, words in (
        (_contact, _contact.c.merged_into, "contact {} is merged"),
        (_conversation, _conversation.c.continued_in, "conversation {} goes on"),
    ):
        query = select(table.c.id, column).where(table.c.desk == desk, column.is_not(None))
        pointers = {row[0]: row[1] for row in connection.execute(query)}
        yield len(pointers)
        there = set(
            connection.execute(
                select(table.c.id).where(
                    table.c.desk == desk, table.c.id.in_(select(column).where(column.is_not(None)))
                )
            ).scalars()
        )
        for ident, into in pointers.items():
            if into not in there:
                yield f"{words.format(ident)} into {into}, which is not there"
            elif _goes_round(pointers, ident):
                yield f"{words.format(ident)} into {into}, and so round to itself"


def _goes_round(pointers: Mapping[str, str], ident: str) -> bool:
    following, steps = pointers.get(ident), 0
    while following is not None and following != ident and steps <= len(pointers):
        following, steps = pointers.get(following), steps + 1
    return following == ident


def open_with_whom(connection: Connection, desk: str, _: Files) -> Iterator[str | int]:
    """What is open is so for who its contact is in the end; what goes on elsewhere is over."""
    standing = select(_conversation.c.id, _conversation.c.contact, _conversation.c.open_of).where(
        _conversation.c.desk == desk, _conversation.c.open_of.is_not(None)
    )
    found = [tuple(row) for row in connection.execute(standing)]
    yield len(found)
    into = select(_contact.c.id, _contact.c.merged_into).where(
        _contact.c.desk == desk, _contact.c.merged_into.is_not(None)
    )
    merged = {row[0]: row[1] for row in connection.execute(into)}
    for ident, contact, open_of in found:
        person, steps = contact, 0
        while person in merged and steps <= len(merged):
            person, steps = merged[person], steps + 1
        if person != open_of:
            yield f"conversation {ident} is open for {open_of}, and with {person}"
    over = select(_conversation.c.id).where(
        _conversation.c.desk == desk,
        _conversation.c.continued_in.is_not(None),
        _conversation.c.open_of.is_not(None),
    )
    for (ident,) in connection.execute(over):
        yield f"conversation {ident} goes on elsewhere and is open"
