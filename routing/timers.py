"""One heap for everything that is due later: at most one live timer for each kind and owner."""

from collections.abc import Iterable
from enum import IntEnum
from heapq import heapify, heappop, heappush

COMPACT_ABOVE = 1024


class Timer(IntEnum):
    """Kinds, in the order in which they go off at equal times."""

    OFFER = 0  # the offer expires
    WRAPUP = 1  # after-contact work is over
    GRACE = 2  # the lost agent counts as gone
    PIN = 3  # the wait for one named agent is over
    STEP = 4  # the next requirement step applies
    LATE = 5  # the deadline is past
    OVERFLOW = 6  # the wait passes a time that an overflow rule names
    HOURS = 7  # the queue opens or closes
    DELAY = 8  # agents of other queues see the work from now on
    WINDOW = 9  # what an agent was given is too long ago to count


# Bound once: a look-up through the class costs 200 ns on Python 3.11, in every decision.
OFFER, WRAPUP, GRACE, PIN, STEP, LATE, OVERFLOW, HOURS, DELAY, WINDOW = Timer


class Timers:
    """`live` is the truth, by kind and owner; the heap may hold what has been cleared since."""

    __slots__ = ("_heap", "live")

    def __init__(self) -> None:
        self.live: tuple[dict[str, int], ...] = tuple({} for _ in Timer)
        self._heap: list[tuple[int, Timer, str]] = []

    def set(self, kind: Timer, owner: str, due: int) -> None:
        """Set or move the owner's timer of this kind."""
        self.live[kind][owner] = due
        heappush(self._heap, (due, kind, owner))
        if len(self._heap) > COMPACT_ABOVE and len(self._heap) > 2 * sum(map(len, self.live)):
            self._heap = [
                (at, which, whose) for which in Timer for whose, at in self.live[which].items()
            ]
            heapify(self._heap)

    def clear(self, kind: Timer, owner: str) -> None:
        """Forget the owner's timer of this kind, if there is one."""
        self.live[kind].pop(owner, None)

    def clear_all(self, kinds: Iterable[Timer], owner: str) -> None:
        """Forget the owner's timers of these kinds."""
        for kind in kinds:
            if owner in self.live[kind]:
                self.clear(kind, owner)

    def next_due(self) -> int | None:
        """The instant of the earliest live timer."""
        heap = self._heap
        while heap:
            due, kind, owner = heap[0]
            if self.live[kind].get(owner) == due:
                return due
            heappop(heap)
        return None

    def pop(self) -> tuple[Timer, str]:
        """Take the earliest live timer; next_due() has just named its instant."""
        _, kind, owner = heappop(self._heap)
        del self.live[kind][owner]
        return kind, owner
