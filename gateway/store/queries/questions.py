"""First questions: how many of them an article answered, and the words of those that none did."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from gateway.domain.message import Direction, Message
from gateway.domain.question import FirstQuestion, Outcome
from gateway.store.queries.rows import structs, table_of

_question = table_of(FirstQuestion)
_message = table_of(Message)


class Asked(NamedTuple):
    """A question and its words."""

    question: FirstQuestion
    text: str


def outcomes(connection: Connection, desk: str, since: int, until: int) -> dict[Outcome, int]:
    """How many questions came to what."""
    query = (
        select(_question.c.outcome, func.count())
        .where(_question.c.desk == desk, _question.c.at >= since, _question.c.at < until)
        .group_by(_question.c.outcome)
    )
    return {Outcome(outcome): count for outcome, count in connection.execute(query)}


def asked(
    connection: Connection, desk: str, since: int, until: int, of: Iterable[Outcome], limit: int
) -> list[Asked]:
    """The newest that came to any of these, newest first; none whose words were erased."""
    opening = _message.alias()
    first = (
        select(func.min(opening.c.seq))
        .where(
            opening.c.conversation == _question.c.conversation,
            opening.c.direction == Direction.IN.value,
        )
        .scalar_subquery()
    )
    query = (
        select(_question, _message.c.text)
        .join(_message, _message.c.conversation == _question.c.conversation)
        .where(
            _question.c.desk == desk,
            _question.c.at >= since,
            _question.c.at < until,
            _question.c.outcome.in_([each.value for each in of]),
            _message.c.seq == first,
            _message.c.text != "",
        )
        .order_by(_question.c.at.desc(), _question.c.conversation.desc())
        .limit(limit)
    )
    found = connection.execute(query).all()
    rows = structs(FirstQuestion, [row[:-1] for row in found])  # type: ignore[misc]
    return [Asked(row, each[-1]) for row, each in zip(rows, found, strict=True)]
