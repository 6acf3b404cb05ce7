"""Replies that did not arrive: where their customers wait now, what they had answered and kept."""

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Connection, and_, literal, select

from gateway.domain.conversation import Conversation, Status
from gateway.domain.events import Event
from gateway.domain.mergeevents import MessageMoved
from gateway.domain.message import Message
from gateway.domain.promise import Promise
from gateway.domain.work import Turn
from gateway.store.queries.rows import all_of, table_of


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """What these replies had been thought to do, and would not be."""

    homes: Mapping[str, str] = {}  # message -> where its conversation goes on in the end
    turns: tuple[Turn, ...] = ()  # that they closed; none was opened after
    promises: tuple[Promise, ...] = ()  # that they kept


def missed(connection: Connection, messages: Iterable[tuple[str, str]]) -> Missed:
    """What (conversation, message) did; of what is over by now, only where it went on."""
    asked = list(messages)
    paths, over = _onward(connection, {name for name, _ in asked})
    homes = {message: paths[name][-1] for name, message in asked if name in paths}
    open_ones = [(paths[name], message) for name, message in asked if name not in over]
    return Missed(
        homes=homes,
        turns=_closed(connection, open_ones),
        promises=_kept(connection, [message for _, message in open_ones]),
    )


def _onward(connection: Connection, names: set[str]) -> tuple[dict[str, list[str]], set[str]]:
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
        select(path.c.name, path.c.here, table.status)
        .join(path, path.c.here == table.id)
        .order_by(path.c.step)
    )
    paths: dict[str, list[str]] = {}
    last: dict[str, str] = {}
    for begin, here, status in found:
        paths.setdefault(begin, []).append(here)
        last[begin] = status
    return paths, {begin for begin in names if last.get(begin, Status.RESOLVED) == Status.RESOLVED}


def _closed(connection: Connection, asked: list[tuple[list[str], str]]) -> tuple[Turn, ...]:
    """The newest turns of conversations and what they go on in, where these messages closed them.

    What was split off may have answered where it stood before.
    """
    turn, before = table_of(Turn), _moved(connection, [message for _, message in asked])
    found: list[Turn] = []
    for path, message in asked:
        places = [*path, *before.get(message, ())]
        query = select(turn).where(turn.c.conversation.in_(places))
        newest = all_of(connection, Turn, query.order_by(turn.c.opened_at.desc()).limit(1))
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


def _kept(connection: Connection, messages: list[str]) -> tuple[Promise, ...]:
    rows = table_of(Promise)
    return tuple(all_of(connection, Promise, select(rows).where(rows.c.kept_by.in_(messages))))
