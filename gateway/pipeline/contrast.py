"""What another rulebook would have changed: figures by group, and who would have got what. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from gateway.pipeline.recording import Piece
from gateway.pipeline.replay import Run, Seen
from gateway.pipeline.resent import Place
from routing.comparison import (
    Difference,
    Group,
    Measures,
    Sample,
    Units,
    compared,
    resamples,
    units_of,
)
from routing.rehearsal import End, Fate
from routing.staff import occupancy

QUEUE = "queue"
SIZED = 1_000  # ms: a wait that changes by less is the same


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One group: as it was, by the rulebook in force, by the proposed one, and the difference."""

    group: Mapping[str, str]
    recorded: Measures | None
    in_force: Measures | None
    proposed: Measures | None
    difference: Mapping[str, Difference]


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """What one run made of a piece of work, as it is listed."""

    queue: str
    agent: str | None
    end: str  # served | abandoned | withdrawn | turned_away | waiting
    wait_ms: int | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that would have gone otherwise."""

    conversation: str
    work: str
    in_force: Turned
    proposed: Turned


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """How many would have gone otherwise and how, and those that change the most."""

    pieces: int
    unchanged: int
    other_queue: int
    other_agent: int  # somebody had it in both, but another
    sooner: int
    later: int
    gained: int  # somebody has it now, and had not
    lost: int
    listed: tuple[Change, ...]


class Contrast(NamedTuple):
    """Three runs of the same span."""

    pieces: Sequence[Piece]
    recorded: Run
    in_force: Run
    proposed: Run


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """How the confidence came about."""

    units: str
    number: int
    resamples: int
    seed: int
    confidence_percent: int


# --- figures ---


def units(contrast: Contrast, day_of: Callable[[int], str]) -> Units:
    """What is drawn anew: whole days or hours of arrivals, where there are enough."""
    return units_of([piece.arrived_at for piece in contrast.pieces], day_of)


def figures(
    contrast: Contrast,
    groupings: Iterable[tuple[str, ...]],
    drawn: tuple[Units, int, int],
    progress: Callable[[float], None] = lambda _share: None,
) -> list[Figures]:
    """All the work, then each group of each grouping. `drawn`: of what, how often, which seed."""
    groups = [
        (grouping, each)
        for grouping in dict.fromkeys(((), *groupings))
        for each in sorted(
            {
                key(run.seen[piece.work].place, grouping)
                for run in (contrast.in_force, contrast.proposed)
                for piece in contrast.pieces
            }
        )
    ]
    found = []
    for grouping, each in groups:
        found.append(_figures(contrast, grouping, each, drawn))
        progress(len(found) / len(groups))
    return found


def key(place: Place, grouping: tuple[str, ...]) -> tuple[str, ...]:
    """The group of a place."""
    return tuple(_word(getattr(place, name)) for name in grouping)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _figures(
    contrast: Contrast,
    grouping: tuple[str, ...],
    each: tuple[str, ...],
    drawn: tuple[Units, int, int],
) -> Figures:
    units, number, seed = drawn
    once = [1] * units.number
    groups, busy = [], []
    for run in (contrast.recorded, contrast.in_force, contrast.proposed):
        samples = [
            _sample(seen, unit)
            for piece, unit in zip(contrast.pieces, units.of, strict=True)
            if key((seen := run.seen[piece.work]).place, grouping) == each
        ]
        groups.append(Group(samples, units.number) if samples else None)
        busy.append(_occupancy(run, grouping, each))
    recorded, before, after = groups
    group = dict(zip(grouping, each, strict=True))
    was = recorded.measures(once, busy[0]) if recorded else None
    if before is None or after is None:
        return Figures(
            group=group,
            recorded=was,
            in_force=before.measures(once, busy[1]) if before else None,
            proposed=after.measures(once, busy[2]) if after else None,
            difference={},
        )
    again = resamples(units.number, number, seed)
    a, b, difference = compared(before, after, (busy[1], busy[2]), again, units.number)
    return Figures(group=group, recorded=was, in_force=a, proposed=b, difference=difference)


def _sample(seen: Seen, unit: int) -> Sample:
    return Sample(
        unit=unit,
        wait_ms=seen.wait_ms,
        in_service=seen.in_service,
        breached=seen.breached,
        abandoned=seen.fate is not None and seen.fate.end is End.ABANDONED,
    )


def _occupancy(run: Run, grouping: tuple[str, ...], each: tuple[str, ...]) -> float | None:
    """Of everybody, or of those who serve a queue; of other groups it says nothing."""
    if grouping == ():
        return occupancy(run.hours, run.hours)
    if grouping != (QUEUE,):
        return None
    return occupancy(run.hours, (a.id for a in run.plan.agents if each[0] in a.queues))


# --- who would have got what ---


def changes(contrast: Contrast, listed: int) -> Changes:
    """Piece by piece, the largest changes of waiting first."""
    found: list[tuple[int, Change]] = []
    counts = dict.fromkeys(("other_queue", "other_agent", "sooner", "later", "gained", "lost"), 0)
    for piece in contrast.pieces:
        a, b = contrast.in_force.seen[piece.work], contrast.proposed.seen[piece.work]
        kinds = [name for name, holds in _KINDS.items() if holds(a, b)]
        if not kinds:
            continue
        for name in kinds:
            counts[name] += 1
        change = Change(
            conversation=piece.conversation,
            work=piece.work,
            in_force=_turned(a),
            proposed=_turned(b),
        )
        found.append((-abs((a.wait_ms or 0) - (b.wait_ms or 0)), change))
    found.sort(key=lambda each: (each[0], each[1].work))
    return Changes(
        pieces=len(contrast.pieces),
        unchanged=len(contrast.pieces) - len(found),
        listed=tuple(change for _, change in found[:listed]),
        **counts,
    )


def _agent(fate: Fate | None) -> str | None:
    return fate.agent if fate is not None else None


def _slower(a: Seen, b: Seen) -> int:
    return b.wait_ms - a.wait_ms if a.wait_ms is not None and b.wait_ms is not None else 0


_KINDS: dict[str, Callable[[Seen, Seen], bool]] = {
    "other_queue": lambda a, b: a.place.queue != b.place.queue,
    "other_agent": lambda a, b: (
        _agent(a.fate) is not None
        and _agent(b.fate) is not None
        and _agent(a.fate) != _agent(b.fate)
    ),
    "sooner": lambda a, b: _slower(a, b) <= -SIZED,
    "later": lambda a, b: _slower(a, b) >= SIZED,
    "gained": lambda a, b: _agent(a.fate) is None and _agent(b.fate) is not None,
    "lost": lambda a, b: _agent(a.fate) is not None and _agent(b.fate) is None,
}


def _turned(seen: Seen) -> Turned:
    fate = seen.fate
    return Turned(
        queue=seen.place.queue,
        agent=_agent(fate),
        end=fate.end if fate is not None else "waiting",
        wait_ms=seen.wait_ms,
    )
