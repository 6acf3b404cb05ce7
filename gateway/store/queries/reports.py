"""What response-time reports are made of: promises that ended in a span of time, or are late."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Select, case, func, select

from gateway.domain.work import Unanswered
from gateway.store.schema import metadata

_turn, _resolution = metadata.tables["turn"].c, metadata.tables["resolution"].c
FETCHED = 5_000  # rows held at once
UNCOUNTED = "before_handoff"
UNANSWERED = tuple(why.value for why in Unanswered)


class Place(NamedTuple):
    """Where something was to be answered."""

    queue: str
    channel: str
    account: str
    language: str
    priority: int
    vip: bool


class Done(NamedTuple):
    """One turn or resolution that ended. `in_time` None: nothing was promised."""

    place: Place
    metric: str
    agent: str
    at: int
    took_ms: int
    in_time: bool | None
    unanswered: str = ""  # why nobody answered: a word of Unanswered


class Late(NamedTuple):
    """One that is open beyond what was promised."""

    place: Place
    metric: str


class Asked(NamedTuple):
    """A customer's question: when, when it was answered by a person, and when it was over.

    elsewhere: over because a person at the provider took it.
    """

    place: Place
    at: int
    answered_at: int | None
    closed_at: int | None
    elsewhere: bool


def replies(connection: Connection, desk: str, since: int, until: int) -> Iterator[Done]:
    """The turns that were closed in [since, until)."""
    query = select(
        *_place(_turn),
        _turn.metric,
        _turn.agent,
        _turn.closed_at,
        _turn.took_ms,
        _turn.target_ms,
        _turn.breached_at,
        _turn.closed_by,
    ).where(
        _turn.desk == desk,
        _turn.closed_at >= since,
        _turn.closed_at < until,
        _turn.metric != UNCOUNTED,
    )
    for place, rest in _rows(connection, query):
        metric, agent, at, took_ms, target_ms, breached_at, closed_by = rest
        in_time = None if target_ms is None else breached_at is None
        unanswered = closed_by if closed_by in UNANSWERED else ""
        yield Done(place, metric, agent or "", at, took_ms, in_time, unanswered)


def resolutions(connection: Connection, desk: str, since: int, until: int) -> Iterator[Done]:
    """The conversations that were resolved in [since, until) and still are, by three measures.

    What was promised is the time without pauses.
    """
    query = select(
        *_place(_resolution),
        _resolution.agent,
        _resolution.resolved_at,
        _resolution.first_ms,
        _resolution.total_ms,
        _resolution.active_ms,
        _resolution.target_ms,
        _resolution.breached_at,
    ).where(
        _resolution.desk == desk,
        _resolution.resolved_at >= since,
        _resolution.resolved_at < until,
    )
    for place, rest in _rows(connection, query):
        agent, at, first, total, active, target_ms, breached_at = rest
        in_time = None if target_ms is None else breached_at is None
        yield Done(place, "first_resolution", agent or "", at, first, None)
        yield Done(place, "total_resolution", agent or "", at, total, None)
        yield Done(place, "active_resolution", agent or "", at, active, in_time)


def late_answers(connection: Connection, desk: str, since: int, at: int) -> Iterator[Late]:
    """The turns that were open at an instant and due before it, in [since, at)."""
    turns = select(*_place(_turn), _turn.metric).where(
        _turn.desk == desk, _turn.due >= since, _turn.due < at
    )
    for still_open in (_turn.open_of.is_not(None), _turn.closed_at >= at):
        for place, (metric,) in _rows(connection, turns.where(still_open)):
            yield Late(place, metric)


def late_resolutions(connection: Connection, desk: str, at: int) -> Iterator[Late]:
    """The conversations that were open at an instant and to be resolved before it."""
    running = select(*_place(_resolution)).where(_resolution.desk == desk, _resolution.due < at)
    for still_open in (_resolution.resolved_at.is_(None), _resolution.resolved_at >= at):
        for place, _ in _rows(connection, running.where(still_open)):
            yield Late(place, "active_resolution")


def asked(connection: Connection, desk: str, since: int, until: int) -> Iterator[Asked]:
    """The turns that customers opened in [since, until)."""
    answered_at = case((_turn.closed_by.not_in(UNANSWERED), _turn.closed_at))
    elsewhere = func.coalesce(_turn.closed_by, "") == Unanswered.ELSEWHERE.value
    turns = select(*_place(_turn), _turn.opened_at, answered_at, _turn.closed_at, elsewhere).where(
        _turn.desk == desk,
        _turn.opened_at >= since,
        _turn.opened_at < until,
        _turn.metric != UNCOUNTED,
    )
    for over_or_not in (_turn.open_of.is_not(None), _turn.closed_at >= since):
        for place, rest in _rows(connection, turns.where(over_or_not)):
            yield Asked(place, *rest)


def _place(table: Any) -> Iterator[Column[Any]]:
    for name in Place._fields:
        yield getattr(table, name)


def _rows(connection: Connection, query: Select[Any]) -> Iterator[tuple[Place, tuple[Any, ...]]]:
    """Rows whose first columns are a place, a few at a time."""
    width = len(Place._fields)
    for row in connection.execution_options(yield_per=FETCHED).execute(query):
        yield Place(*row[:width]), tuple(row[width:])
