"""Call centres that formulas know, run through the simulator: Poisson arrivals, all else random."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from routing.simulate import run_trace
from tests.unit.routing.formulas import Waits, erlang_a, erlang_c, priorities

MINUTE_MS = 60_000


@dataclass(frozen=True)
class Centre:
    """Agents who are all alike, and what comes a minute: by class, the first goes first."""

    label: str
    agents: int
    arrivals: tuple[float, ...]
    service: float = 1.0  # how many an agent serves in a minute
    impatience: float = 0.0  # 0: nobody gives up
    within_ms: int = 20_000  # of the service level

    def theory(self) -> list[Waits]:
        """What the formulas say, by class, in minutes."""
        if len(self.arrivals) > 1:
            return priorities(self.agents, self.arrivals, self.service)
        if self.impatience:
            return [erlang_a(self.agents, self.arrivals[0], self.service, self.impatience)]
        return [erlang_c(self.agents, self.arrivals[0], self.service)]


CENTRES = (
    Centre("Erlang C, 10 agents at 80 %", 10, (8.0,)),
    Centre("Erlang A, 50 agents at 96 %", 50, (48.0,), impatience=0.5),
    Centre("two priorities, 6 agents at 80 %", 6, (1.6, 3.2)),
)


@dataclass(frozen=True)
class Call:
    """One customer: of which class, how long they waited, whether anybody answered."""

    kind: int
    wait_ms: int
    answered: bool


def simulated(centre: Centre, rng: Random, calls: int) -> list[Call]:
    """Run so many calls; in the order of arrival."""
    contacts = list(_contacts(centre, rng, calls))
    trace = {
        "name": centre.label,
        "agents": [{"id": f"agent{n}"} for n in range(centre.agents)],
        "contacts": contacts,
    }
    assigned = run_trace(trace)["assign"]
    found = []
    for contact in contacts:
        agent, at = assigned[contact["id"]]
        kind = len(centre.arrivals) - 1 - contact["priority"]
        found.append(Call(kind, at - contact["arrive_ms"], agent is not None))
    return found


def _contacts(centre: Centre, rng: Random, calls: int) -> Iterator[dict]:
    at = 0.0
    for number in range(calls):
        at += rng.expovariate(sum(centre.arrivals)) * MINUTE_MS
        (kind,) = rng.choices(range(len(centre.arrivals)), centre.arrivals)
        contact = {
            "id": f"c{number:06}",
            "arrive_ms": round(at),
            "channel": "voice",
            "priority": len(centre.arrivals) - 1 - kind,
            "service_ms": round(rng.expovariate(centre.service) * MINUTE_MS),
        }
        if centre.impatience:
            contact["patience_ms"] = round(rng.expovariate(centre.impatience) * MINUTE_MS)
        yield contact


def mean_wait_ms(calls: list[Call], kind: int) -> float:
    """Of everybody of a class, answered or not."""
    waits = [call.wait_ms for call in calls if call.kind == kind]
    return sum(waits) / len(waits)


def service_level(calls: list[Call], kind: int, within_ms: int) -> float:
    """The share of a class that is answered in time."""
    kin = [call for call in calls if call.kind == kind]
    return sum(call.answered and call.wait_ms <= within_ms for call in kin) / len(kin)
