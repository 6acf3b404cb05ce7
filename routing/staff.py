"""How long agents were there, and how much of that time work had them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from routing.plan import Plan
from routing.rows import AVAILABLE


class Hours(NamedTuple):
    """Milliseconds times capacity: of being available or at work, and of being at work."""

    there: int
    at_work: int


NONE = Hours(0, 0)


class _Stand:
    """An agent: since when they are as they are, and what was counted until then."""

    __slots__ = ("at_work", "available", "capacity", "load", "since", "there")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.since = self.load = self.there = self.at_work = 0
        self.available = False

    def count(self, at: int) -> None:
        """What was forced on them makes no day longer."""
        passed = at - self.since
        if passed <= 0:
            return
        self.since = at
        if self.available or self.load:
            self.there += passed * self.capacity
            self.at_work += passed * min(self.load, self.capacity)


class Staff:
    """The hours of a plan's agents, as they come, work and go, in order of time."""

    def __init__(self, plan: Plan) -> None:
        self._stands = {agent.id: _Stand(agent.capacity) for agent in plan.agents}

    def changed(self, agent: str, at: int, presence: str, load: int) -> None:
        """An agent has come, gone, or has more or less to do."""
        stand = self._stands.get(agent)
        if stand is not None:
            stand.count(at)
            stand.available, stand.load = presence == AVAILABLE, load

    def close(self, at: int) -> None:
        """Count everything up to an instant."""
        for stand in self._stands.values():
            stand.count(at)

    @property
    def hours(self) -> Mapping[str, Hours]:
        """By agent."""
        return {agent: Hours(s.there, s.at_work) for agent, s in self._stands.items()}


def occupancy(hours: Mapping[str, Hours], agents: Iterable[str]) -> float | None:
    """The share of these agents' time that work had; None when none of them was there."""
    found = [hours.get(agent, NONE) for agent in agents]
    there = sum(each.there for each in found)
    return sum(each.at_work for each in found) / there if there else None
