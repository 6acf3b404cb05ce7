"""Open time across changes of calendar and without pauses: each second under what was in force."""

from collections.abc import Callable, Iterator, Sequence

from routing.calendar import Calendar

Pause = tuple[int, int | None]  # half open, milliseconds UTC; None: to this day
Stretch = tuple[int, int | None, Calendar]
Stages = tuple[tuple[int, str], ...]
"""Since when which calendar is in force, by name: from the first of them on."""


def switched(stages: Stages, at_ms: int, name: str) -> Stages:
    """The stages, with another calendar in force from an instant on."""
    return stages if stages and stages[-1][1] == name else (*stages, (at_ms, name))


def timeline(stages: Stages, calendar: Callable[[str], Calendar]) -> "Timeline":
    """The timeline of stages, by the calendars that now go by their names."""
    (_, first), *later = stages
    found = Timeline(calendar(first))
    for at_ms, name in later:
        found.change(at_ms, calendar(name))
    return found


class Timeline:
    """Which calendar was in force when. Begin with one; later ones are added in order of time."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendars: list[tuple[int, Calendar]] = []
        self._first = calendar

    def change(self, at_ms: int, calendar: Calendar) -> None:
        """Another calendar is in force from an instant on."""
        self._calendars.append((at_ms, calendar))

    def elapsed_ms(self, start_ms: int, end_ms: int, pauses: Sequence[Pause] = ()) -> int:
        """Open time between two instants that lies in no pause."""
        return sum(
            calendar.elapsed_ms(start, min(end_ms, end_ms if end is None else end))
            for start, end, calendar in self._stretches(start_ms, pauses)
        )

    def due(self, start_ms: int, target_ms: int, pauses: Sequence[Pause] = ()) -> int | None:
        """The earliest instant with so much open time since the start; None when never."""
        left_ms = target_ms
        for start, end, calendar in self._stretches(start_ms, pauses):
            if end is None:
                return calendar.due(start, left_ms)
            passed_ms = calendar.elapsed_ms(start, end)
            if passed_ms >= left_ms:
                return calendar.due(start, left_ms)
            left_ms -= passed_ms
        return None

    def without(self, pauses: Sequence[Pause]) -> "Unpaused":
        """What the timeline counts outside of pauses."""
        return Unpaused(self, pauses)

    def _stretches(self, start_ms: int, pauses: Sequence[Pause]) -> Iterator[Stretch]:
        """From the start on, between pauses, each under one calendar; the last may have no end."""
        for start, end in _between(start_ms, pauses):
            current, since = self._first, start
            for at, calendar in self._calendars:
                if at > since:
                    if end is not None and at >= end:
                        break
                    yield since, at, current
                    since = at
                current = calendar
            yield since, end, current


class Unpaused:
    """A timeline on which pauses do not count."""

    def __init__(self, whole: Timeline, pauses: Sequence[Pause]) -> None:
        self._whole = whole
        self._pauses = pauses

    def elapsed_ms(self, start_ms: int, end_ms: int) -> int:
        """Open time between two instants that lies in no pause."""
        return self._whole.elapsed_ms(start_ms, end_ms, self._pauses)

    def due(self, start_ms: int, target_ms: int) -> int | None:
        """The earliest instant with so much of it since the start; None when never."""
        return self._whole.due(start_ms, target_ms, self._pauses)


def _between(start_ms: int, pauses: Sequence[Pause]) -> Iterator[Pause]:
    since = start_ms
    for begins, ends in pauses:
        if begins > since:
            yield since, begins
        if ends is None:
            return
        since = max(since, ends)
    yield since, None
