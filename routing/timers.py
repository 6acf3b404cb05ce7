"""One heap for everything that is due later: at most one live timer for each kind and owner."""

from collections import deque
from enum import IntEnum
from heapq import heapify, heappop, heappush, heapreplace

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
    LEAVE = 10  # work is kept no longer for an agent who is gone
    RETURN = 11  # who passed work on is passed over no longer


# Bound once: a look-up through the class costs 200 ns on Python 3.11, in every decision.
OFFER, WRAPUP, GRACE, PIN, STEP, LATE, OVERFLOW, HOURS, DELAY, WINDOW, LEAVE, RETURN = Timer
OF_WAITING = STEP, PIN, LATE, OVERFLOW, DELAY
"""The timers of work that waits."""


Entry = tuple[int, Timer, str]  # when, what, whose


class Timers:
    """`live` is the truth, by kind and owner; what has been cleared since is kept until it is due.

    Most timers of a kind are set in the order in which they are due: they stand in the kind's row,
    of which only the first is in the heap. So the heap stays small, and nothing is due before the
    first of it: whoever looks there may spare a call.
    """

    __slots__ = ("_waits", "heap", "live", "rows")

    def __init__(self) -> None:
        self.live: tuple[dict[str, int], ...] = tuple({} for _ in Timer)
        self.heap: list[Entry] = []
        self.rows: list[deque[Entry]] = [deque() for _ in Timer]
        self._waits = [self.live[kind] for kind in OF_WAITING]

    def set(self, kind: Timer, owner: str, due: int) -> None:
        """Set or move the owner's timer of this kind."""
        self.live[kind][owner] = due
        entry, row = (due, kind, owner), self.rows[kind]
        if row and entry > row[-1]:
            row.append(entry)
            if len(row) > COMPACT_ABOVE and len(row) > 2 * len(self.live[kind]):
                first, live = row.popleft(), self.live[kind]
                self.rows[kind] = deque([first, *[it for it in row if live.get(it[2]) == it[0]]])
            return
        if not row:
            row.append(entry)
        heappush(self.heap, entry)
        if len(self.heap) > COMPACT_ABOVE and len(self.heap) > 2 * sum(map(len, self.live)):
            self.heap = [it for it in self.heap if self._stands(it) or self._leads(it)]
            heapify(self.heap)

    def _stands(self, entry: Entry) -> bool:
        due, kind, owner = entry
        return self.live[kind].get(owner) == due

    def _leads(self, entry: Entry) -> bool:
        row = self.rows[entry[1]]
        return bool(row) and row[0] is entry

    def clear(self, kind: Timer, owner: str) -> None:
        """Forget the owner's timer of this kind, if there is one."""
        self.live[kind].pop(owner, None)

    def clear_waits(self, owner: str) -> None:
        """Forget the timers that the owner has because it waits."""
        for live in self._waits:
            if owner in live:
                del live[owner]

    def next_due(self) -> int | None:
        """The instant of the earliest live timer."""
        while self.heap:
            if self._stands(self.heap[0]):
                return self.heap[0][0]
            self._take()
        return None

    def take(self, until: int) -> Entry | None:
        """Take the earliest live timer that is due before an instant."""
        while self.heap and self.heap[0][0] < until:
            entry = due, kind, owner = self._take()
            if self.live[kind].get(owner) == due:
                del self.live[kind][owner]
                return entry
        return None

    def _take(self) -> Entry:
        """Take the first of the heap; the next of its row comes in its place."""
        entry = self.heap[0]
        row = self.rows[entry[1]]
        if row and row[0] is entry:
            row.popleft()
            if row:
                return heapreplace(self.heap, row[0])
        return heappop(self.heap)
