"""What the desk's owner needs: what stands when it takes over, and what it must know of a case."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    ScalarSelect,
    Subquery,
    Table,
    and_,
    func,
    select,
)

from gateway.domain.callback import Callback
from gateway.domain.conversation import Contact, Conversation, Status
from gateway.domain.desk import Rulebook
from gateway.domain.events import SendingChanged
from gateway.domain.judgement import Judgement
from gateway.domain.message import Direction, MessageBody, MessageKind
from gateway.domain.promise import Promise
from gateway.domain.rows import TABLES, Row
from gateway.domain.silence import Silence
from gateway.domain.work import AgentState, Offer, Resolution, Turn, Work
from gateway.store.codec import CODECS
from gateway.store.queries import callbacks, promises
from gateway.store.queries.keyed import among, columns
from gateway.store.queries.promises import Answer
from gateway.store.schema import metadata

_t = metadata.tables
R = TypeVar("R", bound=Row)

# What nobody waits for an answer to, and a call, whose caller waits elsewhere.
SILENT = (MessageKind.REACTION.value, MessageKind.DELETED.value, MessageKind.CALL.value)
NEWEST = 5  # messages of a customer that say what a conversation is about
RECENT = 50  # rings whose length is known after a restart
SLICE = 500  # conversations asked for at once


class PendingReply(msgspec.Struct, frozen=True, kw_only=True):
    """A person's answer that is written and not yet known, to who decides, to be sent."""

    message: str
    conversation: str
    at: int
    state: str
    agent: str
    then: tuple[int, int, str] | None = None  # at, seq, id of the first message after it


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """All that is live at a desk, as its tables have it."""

    applied: int
    works: tuple[Work, ...]
    offers: tuple[Offer, ...]
    agents: tuple[AgentState, ...]
    turns: tuple[Turn, ...]
    pending: tuple[PendingReply, ...]
    resolutions: tuple[Resolution, ...] = ()  # clocks that run
    calling: frozenset[str] = frozenset()  # conversations whose customer is on the telephone
    callbacks: tuple[Callback, ...] = ()
    rings_ms: tuple[int, ...] = ()  # how long customers' telephones rang, the newest last
    elsewhere: Mapping[str, str] = {}  # at whose provider a person has a conversation
    promises: tuple[Promise, ...] = ()
    answers: tuple[Answer, ...] = ()  # on their way, where something is promised
    silences: tuple[Silence, ...] = ()
    paused: bool = False  # the desk's sending, as of the facts applied
    met: tuple[tuple[int, bool], ...] = ()  # who picked up first: till when, and in vain or not


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the tables say of a conversation that may need work."""

    conversation: Conversation
    contact: Contact
    text: str  # subject and words of its newest inbound messages, oldest first
    answered: bool
    last_agent: str | None
    others_agent: str | None = None  # who had another conversation of its person last
    others_at: int = 0  # and until when
    judgement: Judgement | None = None  # what it was taken for so far
    resolution: Resolution | None = None  # its clock
    unanswered: tuple[str, ...] = ()  # words of those messages behind the last that a person wrote


# The newest work that somebody had in another conversation of the same person.
_OTHERS = """
        (WITH RECURSIVE same(contact) AS (SELECT p.id UNION
            SELECT m.id FROM same CROSS JOIN contact m WHERE m.merged_into=same.contact)
        SELECT {column} FROM same CROSS JOIN conversation o JOIN work w ON w.conversation=o.id
            WHERE o.contact=same.contact AND o.id<>c.id AND w.agent IS NOT NULL
            ORDER BY w.enqueued_at DESC, w.id LIMIT 1)"""

# Conversations with whom they are with, in the end where they are open; what a person answered
# last, who had them last.
_CASES = f"""
    SELECT {columns(Conversation, "c")}, {columns(Contact, "p")}, {columns(Judgement, "j")},
        {columns(Resolution, "r")},
        (SELECT m.seq FROM message m WHERE m.conversation=c.id AND m.direction='out'
            AND NOT m.automatic ORDER BY m.seq DESC LIMIT 1),
        (SELECT w.agent FROM work w WHERE w.conversation=c.id AND w.agent IS NOT NULL
            ORDER BY w.enqueued_at DESC LIMIT 1),
        {_OTHERS.format(column="w.agent")},
        {_OTHERS.format(column="COALESCE(w.ended_at, w.enqueued_at)")}
    FROM {{keys}} CROSS JOIN conversation c JOIN contact p ON p.id=COALESCE(c.open_of, c.contact)
        LEFT JOIN judgement j ON j.conversation=c.id
        LEFT JOIN resolution r ON r.conversation=c.id WHERE c.id=k.c0
"""  # noqa: S608 names of our own columns

# The newest messages of customers in conversations, oldest first.
_NEWEST = f"""
    SELECT m.conversation, m.seq, m.text, m.body FROM {{keys}} CROSS JOIN message m
    WHERE m.conversation=k.c0 AND m.direction='in' AND m.seq >= COALESCE(
        (SELECT n.seq FROM message n WHERE n.conversation=k.c0 AND n.direction='in'
            ORDER BY n.seq DESC LIMIT 1 OFFSET {NEWEST - 1}), 0)
    ORDER BY m.conversation, m.seq
"""  # noqa: S608


def rulebook(connection: Connection, desk: str) -> Rulebook | None:
    """The version in force; None before the first."""
    table = _t["rulebook"]
    return _first(connection, Rulebook, table, table.c.desk == desk, order=table.c.version.desc())


def standing(connection: Connection, desk: str) -> Standing:
    """Everything a new owner starts from; the log's tail follows."""
    work, offer, agents, turn = _t["work"], _t["offer"], _t["agent_state"], _t["turn"]
    resolution, silence = _t["resolution"], _t["silence"]
    # By the columns that are indexed where they are set: history may be a thousand times larger.
    turns = _all(connection, Turn, turn, turn.c.desk == desk, turn.c.open_of.is_not(None))
    live = promises.all_live(connection, desk)
    applied = connection.execute(
        select(_t["desk"].c.applied).where(_t["desk"].c.id == desk)
    ).scalar_one()
    return Standing(
        applied=applied,
        works=_all(connection, Work, work, work.c.desk == desk, work.c.live_of.is_not(None)),
        offers=_all(connection, Offer, offer, offer.c.desk == desk, offer.c.ended_at.is_(None)),
        agents=_all(connection, AgentState, agents, agents.c.desk == desk),
        turns=turns,
        pending=_pending(connection, desk),
        resolutions=_all(
            connection,
            Resolution,
            resolution,
            resolution.c.desk == desk,
            resolution.c.resolved_at.is_(None),
        ),
        calling=_calling(connection, desk),
        elsewhere=_elsewhere(connection, desk),
        callbacks=callbacks.all_live(connection, desk),
        rings_ms=callbacks.rings(connection, desk, RECENT),
        met=callbacks.met(connection, desk),
        paused=is_paused(connection, desk, applied),
        silences=_all(
            connection, Silence, silence, silence.c.desk == desk, silence.c.live_of.is_not(None)
        ),
        promises=live,
        answers=promises.pending(connection, live),
    )


def is_paused(connection: Connection, desk: str, applied: int) -> bool:
    """Whether nothing goes out, as of the facts applied: the next that tells of it changes it."""
    row, event = _t["desk"].c, _t["event"].c
    tail = select(event.body).where(
        event.desk == desk, event.position > applied, event.kind == "sending.changed"
    )
    told = connection.execute(tail.order_by(event.position).limit(1)).scalar()
    if told is not None:
        return not msgspec.json.decode(told, type=SendingChanged).paused
    paused_at = connection.execute(select(row.paused_at).where(row.id == desk)).scalar_one()
    return paused_at is not None


def _calling(connection: Connection, desk: str) -> frozenset[str]:
    call = _t["phone_call"].c
    query = select(call.live_of).where(call.live_of.is_not(None), call.desk == desk)
    rows = connection.execute(query)
    return frozenset(row[0] for row in rows)


def _elsewhere(connection: Connection, desk: str) -> dict[str, str]:
    """Of conversations whose clocks run: of others, the facts that say so are still to come."""
    conversation, resolution = _t["conversation"], _t["resolution"]
    query = (
        select(conversation.c.id, conversation.c.elsewhere)
        .join(resolution, resolution.c.conversation == conversation.c.id)
        .where(
            resolution.c.desk == desk,
            resolution.c.resolved_at.is_(None),
            conversation.c.status == Status.ON_HOLD.value,
            conversation.c.elsewhere != "",
        )
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _pending(connection: Connection, desk: str) -> tuple[PendingReply, ...]:
    """Answers in open turns, in one query however many turns there are.

    One that is sent already closes its turn once the fact that says so is applied: it was committed
    after what the last owner saw. Where a turn went over into another conversation, so did what was
    written where its customer had asked.
    """
    message, turn, later = _t["message"], _t["turn"], _t["message"].alias()
    left, after, places = _t["conversation"], _t["message"].alias(), _places(desk)
    first_after = _first_question(
        later, later.c.conversation == message.c.conversation, later.c.seq > message.c.seq
    )
    first_there = _first_question(
        later,
        later.c.conversation == turn.c.open_of,
        later.c.conversation != message.c.conversation,
        later.c.at >= left.c.resolved_at,
    )
    rows = connection.execute(
        select(
            message.c.id,
            turn.c.open_of,
            message.c.at,
            message.c.state,
            message.c.author,
            after.c.at,
            after.c.seq,
            after.c.id,
        )
        .join(places, places.c.conversation == message.c.conversation)
        .join(turn, turn.c.id == places.c.turn)
        .join(left, left.c.id == message.c.conversation)
        .outerjoin(after, after.c.id == func.coalesce(first_after, first_there))
        .where(
            message.c.direction == Direction.OUT.value,
            message.c.automatic.is_(False),
            message.c.at >= turn.c.opened_at,
        )
        .order_by(turn.c.id, message.c.seq)
    )
    return tuple(
        PendingReply(
            message=row_id,
            conversation=conversation,
            at=at,
            state=state,
            agent=author.partition(":")[2],
            then=(then_at, seq, then) if then is not None else None,
        )
        for row_id, conversation, at, state, author, then_at, seq, then in rows
    )


def _places(desk: str) -> Subquery:
    """Open turns, and the conversations from where the customer asked to where they wait now."""
    turn, question, conversation = _t["turn"], _t["message"], _t["conversation"]
    is_open = and_(turn.c.desk == desk, turn.c.open_of.is_not(None))
    steps = (
        select(turn.c.id.label("turn"), question.c.conversation.label("conversation"))
        .join(question, question.c.id == turn.c.message)
        .where(is_open)
        .cte("steps", recursive=True)
    )
    further = select(steps.c.turn, conversation.c.continued_in).where(
        conversation.c.id == steps.c.conversation, conversation.c.continued_in.is_not(None)
    )
    steps = steps.union(further)
    here = select(turn.c.id.label("turn"), turn.c.open_of.label("conversation")).where(is_open)
    return here.union(select(steps.c.turn, steps.c.conversation)).subquery()


def _first_question(of: FromClause, *where: ColumnElement[bool]) -> ScalarSelect[str]:
    """The first message that wants an answer."""
    wants = (
        of.c.direction == Direction.IN.value,
        of.c.automatic.is_(False),
        of.c.kind.not_in(SILENT),
    )
    return select(of.c.id).where(*where, *wants).order_by(of.c.seq).limit(1).scalar_subquery()


def known(connection: Connection, conversations: Iterable[str]) -> dict[str, Known]:
    """What the tables say of these conversations; absent ones are left out."""
    out: dict[str, Known] = {}
    wanted = list(conversations)
    for start in range(0, len(wanted), SLICE):
        asked = wanted[start : start + SLICE]
        words: dict[str, list[tuple[int, str]]] = {}
        for conversation_id, seq, text, body in among(connection, _NEWEST, asked):
            words.setdefault(conversation_id, []).append((seq, _words(text, body)))
        for found in among(connection, _CASES, asked):
            one = _known(tuple(found), words)
            out[one.conversation.id] = one
    return out


def _known(found: tuple[Any, ...], words: Mapping[str, list[tuple[int, str]]]) -> Known:
    *columns, answer, last_agent, others_agent, others_at = found
    rows: list[Any] = []
    for kind in (Conversation, Contact, Judgement, Resolution):
        width = len(TABLES[kind].columns)
        mine, columns = columns[:width], columns[width:]
        rows.append(CODECS[kind].from_sql(mine) if mine[0] is not None else None)
    conversation, contact, judgement, resolution = rows
    said = words.get(conversation.id, ())
    return Known(
        conversation=conversation,
        contact=contact,
        judgement=judgement,
        resolution=resolution,
        text="\n".join(filter(None, (conversation.subject, *(text for _, text in said)))),
        unanswered=tuple(text for seq, text in said if seq > (answer or 0)),
        answered=answer is not None,
        last_agent=last_agent,
        others_agent=others_agent,
        others_at=others_at or 0,
    )


def _words(text: str, body: str) -> str:
    mail = msgspec.json.decode(body, type=MessageBody).mail
    subject = mail.subject if mail is not None else ""
    return f"{subject}\n{text}" if subject else text


def unserved(connection: Connection, desk: str) -> tuple[str, ...]:
    """Open conversations with an open turn and no live work: their customers wait unseen."""
    conversation, work, turn = _t["conversation"], _t["work"], _t["turn"]
    rows = connection.execute(
        select(conversation.c.id)
        .join(turn, turn.c.open_of == conversation.c.id)
        .outerjoin(work, work.c.live_of == conversation.c.id)
        .where(
            conversation.c.desk == desk,
            conversation.c.status == Status.OPEN.value,
            work.c.id.is_(None),
        )
        .order_by(conversation.c.opened_at)
    )
    return tuple(row[0] for row in rows)


def _all(
    connection: Connection,
    row: type[R],
    table: Table,
    *where: Any,
    order: Any = None,
    limit: int | None = None,
) -> tuple[R, ...]:
    query = select(table).where(*where)
    if order is not None:
        query = query.order_by(order)
    if limit is not None:
        query = query.limit(limit)
    codec = CODECS[row]
    return tuple(cast("R", codec.from_sql(tuple(found))) for found in connection.execute(query))


def _first(
    connection: Connection, row: type[R], table: Table, *where: Any, order: Any = None
) -> R | None:
    found = _all(connection, row, table, *where, order=order, limit=1)
    return found[0] if found else None
