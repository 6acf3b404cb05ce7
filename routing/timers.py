"""One heap for everything that is due later: at most one live timer for each kind and owner."""

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
OF_WAITING = frozenset((STEP, LATE, PIN, DELAY, OVERFLOW))
"""The timers of work that waits."""


class Timers:
    """`live` is the truth, by kind and owner; the heap may hold what has been cleared since.

    So nothing is due before the first of the heap, and whoever looks there may spare a call.
    """

    __slots__ = ("_waiting", "heap", "live")

    def __init__(self) -> None:
        self.live: tuple[dict[str, int], ...] = tuple({} for _ in Timer)
        self.heap: list[tuple[int, Timer, str]] = []
        self._waiting: set[str] = set()  # who may have timers of waiting

    def set(self, kind: Timer, owner: str, due: int) -> None:
        """Set or move the owner's timer of this kind."""
        self.live[kind][owner] = due
        if kind in OF_WAITING:
            self._waiting.add(owner)
        heappush(self.heap, (due, kind, owner))
        if len(self.heap) > COMPACT_ABOVE and len(self.heap) > 2 * sum(map(len, self.live)):
            self.heap = [
                (at, which, whose) for which in Timer for whose, at in self.live[which].items()
            ]
            heapify(self.heap)

    def clear(self, kind: Timer, owner: str) -> None:
        """Forget the owner's timer of this kind, if there is one."""
        self.live[kind].pop(owner, None)

    def clear_waits(self, owner: str) -> None:
        """Forget the timers that the owner has because it waits."""
        if owner in self._waiting:
            self._waiting.remove(owner)
            for kind in OF_WAITING:
                if owner in self.live[kind]:
                    self.clear(kind, owner)

    def next_due(self) -> int | None:
        """The instant of the earliest live timer."""
        heap = self.heap
        while heap:
            due, kind, owner = heap[0]
            if self.live[kind].get(owner) == due:
                return due
            heappop(heap)
        return None

    def pop(self) -> tuple[Timer, str]:
        """Take the earliest live timer; next_due() has just named its instant."""
        _, kind, owner = heappop(self.heap)
        del self.live[kind][owner]
        return kind, owner
