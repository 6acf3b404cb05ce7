"""Replies that did not arrive: where their customers wait now, what they had answered and kept."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, and_, literal, or_, select

from gateway.domain.conversation import Conversation, Status
from gateway.domain.events import Event
from gateway.domain.mergeevents import MessageMoved
from gateway.domain.message import Message
from gateway.domain.promise import Promise
from gateway.domain.work import Turn
from gateway.store.queries import promises
from gateway.store.queries.promises import Answer
from gateway.store.queries.rows import all_of, table_of


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """What these replies had been thought to do, and would not be."""

    homes: Mapping[str, str] = {}  # message -> where its conversation goes on in the end
    turns: tuple[Turn, ...] = ()  # that they closed; none was opened after
    promises: tuple[Promise, ...] = ()  # that they kept
    answers: tuple[Answer, ...] = ()  # that may have kept those instead


class Step(NamedTuple):
    """A conversation on the way from where a message stands to where that goes on."""

    conversation: str
    since: int  # what opened there before, opened for others


def missed(connection: Connection, messages: Iterable[tuple[str, str]]) -> Missed:
    """What (conversation, message) did; of what is over by now, only where it went on.

    A message that was split off since it is told of stands, and goes on, elsewhere.
    """
    asked = _stand(connection, {message: name for name, message in messages})
    paths, over = _onward(connection, set(asked.values()))
    homes = {
        message: paths[name][-1].conversation for message, name in asked.items() if name in paths
    }
    open_ones = [(paths[name], message) for message, name in asked.items() if name not in over]
    kept = _kept(connection, [message for _, message in open_ones])
    return Missed(
        homes=homes,
        turns=_closed(connection, open_ones),
        promises=kept,
        answers=_others(connection, kept, homes),
    )


def _stand(connection: Connection, told: Mapping[str, str]) -> dict[str, str]:
    """Where messages stand now; of one that is gone, where it was told of."""
    message = table_of(Message).c
    found = connection.execute(
        select(message.id, message.conversation).where(message.id.in_(list(told)))
    )
    return {**told, **{row[0]: row[1] for row in found}}


def _onward(connection: Connection, names: set[str]) -> tuple[dict[str, list[Step]], set[str]]:
    """Each conversation with those it goes on in, to the last; and those of which that is over."""
    table = table_of(Conversation).c
    name, step = table.id.label("name"), literal(0).label("step")
    steps = select(name, table.id.label("here"), step).where(table.id.in_(names))
    path = steps.cte("path", recursive=True)
    further = select(path.c.name, table.continued_in, path.c.step + 1).where(
        table.id == path.c.here, table.continued_in.is_not(None)
    )
    path = path.union(further)
    found = connection.execute(
        select(path.c.name, path.c.here, table.status, table.resolved_at)
        .join(path, path.c.here == table.id)
        .order_by(path.c.step)
    )
    paths: dict[str, list[Step]] = {}
    last: dict[str, str] = {}
    left: dict[str, int] = {}
    for begin, here, status, ended_at in found:
        paths.setdefault(begin, []).append(Step(here, left.get(begin, 0)))
        last[begin], left[begin] = status, ended_at or 0
    return paths, {begin for begin in names if last.get(begin, Status.RESOLVED) == Status.RESOLVED}


def _closed(connection: Connection, asked: list[tuple[list[Step], str]]) -> tuple[Turn, ...]:
    """The newest turns of conversations and what they go on in, where these messages closed them.

    What was asked there before they went on there was another question. What was split off may have
    answered where it stood before.
    """
    turn, before = table_of(Turn), _moved(connection, [message for _, message in asked])
    found: list[Turn] = []
    for path, message in asked:
        theirs = [
            and_(
                turn.c.conversation == step.conversation,
                or_(turn.c.opened_at > step.since, turn.c.closed_by == message),
            )
            for step in (*path, *(Step(name, 0) for name in before.get(message, ())))
        ]
        query = select(turn).where(or_(*theirs)).order_by(turn.c.opened_at.desc())
        newest = all_of(connection, Turn, query.limit(1))
        found += [each for each in newest if each.closed_by == message]
    return tuple(found)


def _moved(connection: Connection, messages: list[str]) -> dict[str, tuple[str, ...]]:
    """Where messages stood that were split off: the event behind each says so."""
    message, event = table_of(Message), table_of(Event)
    behind = and_(event.c.conversation == message.c.conversation, event.c.seq == message.c.seq)
    query = (
        select(message.c.id, event.c.body)
        .join(event, behind)
        .where(message.c.id.in_(messages), event.c.kind == "message.moved")
    )
    return {
        ident: (msgspec.json.decode(body, type=MessageMoved).conversation,)
        for ident, body in connection.execute(query)
    }


def _others(
    connection: Connection, kept: tuple[Promise, ...], homes: Mapping[str, str]
) -> tuple[Answer, ...]:
    """What was answered where these promises stood, and where they will stand again."""
    anew = [replace(p, conversation=homes[p.kept_by or ""], places="[]") for p in kept]
    return promises.pending(connection, [*kept, *anew])


def _kept(connection: Connection, messages: list[str]) -> tuple[Promise, ...]:
    rows = table_of(Promise)
    return tuple(all_of(connection, Promise, select(rows).where(rows.c.kept_by.in_(messages))))
