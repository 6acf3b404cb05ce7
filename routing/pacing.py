"""Customer-first callbacks: how many telephones may ring before an agent is free. Pure."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from math import ceil
from statistics import median_low

from routing.calendar import DAY_MS
from routing.world import World

RECENT = 50  # rings whose length says how long the next takes
USUAL_LEAD_MS = 12_000  # where nobody has picked up yet
MOST_ABANDONED_PERCENT = 3  # of those who picked up; from there on agents come first, for a day


class Pace:
    """How customers picked up lately, and for how many of them nobody came."""

    def __init__(self, rings_ms: Iterable[int], met: Iterable[tuple[int, bool]]) -> None:
        self._rings = deque(rings_ms, RECENT)
        self._met = deque(sorted(met))  # when a call was over, and whether its customer gave up

    def rang(self, span_ms: int) -> None:
        """A telephone rang so long until somebody picked up."""
        self._rings.append(span_ms)

    def met(self, at: int, *, abandoned: bool) -> None:
        """Somebody who had picked up was spoken with, or gave up waiting."""
        self._met.append((at, abandoned))

    @property
    def lead_ms(self) -> int:
        """How long before an agent is free a telephone has to ring."""
        return median_low(self._rings) if self._rings else USUAL_LEAD_MS

    def stopped(self, now: int) -> bool:
        """Whether too many gave up within a day for anybody to be dialled ahead."""
        while self._met and self._met[0][0] <= now - DAY_MS:
            self._met.popleft()
        lost = sum(abandoned for _, abandoned in self._met)
        return lost > 0 and 100 * lost >= MOST_ABANDONED_PERCENT * len(self._met)


def room(pacing: Decimal, expected: int, in_flight: int) -> int:
    """How many more telephones may ring."""
    return max(0, ceil(pacing * expected) - in_flight)


def expected_free(world: World, queue: str, channel: str, now: int, lead_ms: int) -> int:
    """Agents of a queue who have room for one more piece of a channel now or within the lead.

    Whoever is full is expected to be free once the queue's usual handling time is over. Those who
    wait in the line and may be had take an agent each.
    """
    line, kind = world.lines[queue], world.index.channels[channel]
    free = 0
    for agent in world.rosters[queue]:
        if agent.routable():
            free += agent.room(kind) or agent.free_since + line.plan.handle_ms <= now + lead_ms
    return max(0, free - (line.waiting - line.deferred))


def next_free(world: World, queue: str, channel: str, now: int, lead_ms: int) -> int | None:
    """When one more agent is expected to be free; None: nobody by the clock alone."""
    earlier_ms, kind = world.lines[queue].plan.handle_ms - lead_ms, world.index.channels[channel]
    full = (agent for agent in world.rosters[queue] if agent.routable() and not agent.room(kind))
    turns = (agent.free_since + earlier_ms for agent in full)
    return min((turn for turn in turns if turn > now), default=None)
