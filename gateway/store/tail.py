"""The newest events, kept in memory so that followers seldom ask the database."""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from gateway.domain.events import Event

TAIL_EVENTS = 4_096


class Tail:
    """A dense run of events that ends with the newest one this node knows."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=TAIL_EVENTS)

    def add(self, events: Sequence[Event]) -> None:
        """Take in what was committed; a gap (another node wrote) begins a new run."""
        if self._events and events and events[0].position != self._events[-1].position + 1:
            self._events.clear()
        self._events.extend(events)

    def learn(self, events: Sequence[Event]) -> None:
        """Take in what the database had, when it ends no earlier than what is known here."""
        if events and (not self._events or events[-1].position >= self._events[-1].position):
            self._events.clear()
            self._events.extend(events)

    def after(self, position: int, limit: int) -> list[Event] | None:
        """Events past a position, at least one; None when the database has to be asked."""
        if not self._events:
            return None
        newer = self._events[-1].position - position
        if not 0 < newer <= len(self._events):
            return None
        # From the end: a follower is mostly a few behind, and a deque is walked.
        found = list(islice(reversed(self._events), newer))
        found.reverse()
        return found[:limit]
