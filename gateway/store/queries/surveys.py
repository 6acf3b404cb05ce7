"""Surveys: what was asked and answered."""

from collections.abc import Iterable

from sqlalchemy import Connection, or_, select

from gateway.domain.message import Direction, Message, MessageState
from gateway.domain.survey import Survey
from gateway.store.queries.rows import all_of, one_of, table_of

UNREACHED = (MessageState.FAILED.value, MessageState.HELD.value)


def one(connection: Connection, ident: str) -> Survey | None:
    """A survey."""
    return one_of(connection, Survey, id=ident)


def answered_by(connection: Connection, conversation: str) -> str:
    """The agent who wrote to its customer last; "" where it was nobody, or a program."""
    rows = table_of(Message)
    query = (
        select(rows.c.author)
        .where(
            rows.c.conversation == conversation,
            rows.c.direction == Direction.OUT.value,
            rows.c.automatic.is_(False),
        )
        .order_by(rows.c.seq.desc())
        .limit(1)
    )
    kind, _, login = (connection.execute(query).scalar() or "").partition(":")
    return login if kind == "agent" else ""


def of_conversations(connection: Connection, conversations: Iterable[str]) -> list[Survey]:
    """What was asked in these, the oldest first."""
    rows = table_of(Survey)
    query = select(rows).where(rows.c.conversation.in_(sorted(set(conversations))))
    return all_of(connection, Survey, query.order_by(rows.c.asked_at, rows.c.id))


def asked(connection: Connection, desk: str, since: int, until: int) -> list[Survey]:
    """Those that were asked in [since, until), in no order; whom no question reached was not."""
    rows, messages = table_of(Survey), table_of(Message)
    unreached = select(messages.c.id).where(
        messages.c.id == rows.c.message, messages.c.state.in_(UNREACHED)
    )
    query = select(rows).where(
        rows.c.desk == desk,
        rows.c.asked_at >= since,
        rows.c.asked_at < until,
        or_(rows.c.score.is_not(None), ~unreached.exists()),
    )
    return all_of(connection, Survey, query)
