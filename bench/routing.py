"""Routing decisions: the index beside a scan of everything, on the same desk in the same run.

A decision is one agent getting one piece of work. The desk is kept at its number of waiting pieces:
each round ends one assignment, which frees an agent, and one piece of work arrives. So a decision
has a whole life in it, from the arrival to the end, and as many inputs as the figures say; after
each of them the engine looks for a pair. Where work is offered, agents say yes first, steps go on
and agents have caps. Goals have the numbers of the specification. All times are of the CPU, for
others use this machine too.
"""

import gc
import random
import time
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import Any, ClassVar, TypeVar

import msgspec

from bench._report import Report, main, percentile
from gateway.quicken import GC_THRESHOLDS, collapser, gather
from routing.calendar import DAYS, Hours
from routing.engine import Engine
from routing.events import AssignmentStarted, Event, OfferCreated
from routing.inputs import (
    AgentPresence,
    Input,
    OfferAccepted,
    PlanChanged,
    Tick,
    WorkArrived,
    WorkCancelled,
    WorkEnded,
)
from routing.plan import (
    ANYBODY,
    AcceptMode,
    AgentPlan,
    AgentRule,
    ChannelPlan,
    Plan,
    QueuePlan,
    Skill,
    Step,
)

T = TypeVar("T")
LEVELS = 5
SKILLS = 50
MOST_US_P99 = 250.0
MOST_GROWTH_WAITING, MOST_GROWTH_AGENTS = 4.0, 1.5
MOST_NOTHING_US = 100.0
MOST_LOGIN_S, MOST_OPENING_S, MOST_CANCEL_S, MOST_SNAPSHOT_S = 0.5, 1.0, 2.0, 2.0
LEAST_REPLAYED = 50_000
LEAST_DECISIONS, LEAST_BROAD = 40_000, 15_000
MOST_US_P999 = 5_000.0
TURNS = 10
AT_A_TIME = 200  # rounds: few enough that what runs stays about what it was


class DeskUnderLoad:
    """An engine with agents, waiting work, and what is needed to keep both as they are."""

    accept_mode: ClassVar[AcceptMode] = AcceptMode.AUTO
    steps: ClassVar[tuple[Step, ...]] = (Step(),)
    caps: ClassVar[Mapping[str, int]] = {}
    hours: ClassVar[Hours | None] = None

    def __init__(self, agents: int, waiting: int, signatures: int = 500, breadth: int = 5) -> None:
        self.rng = random.Random(7)
        self.names = [f"s{n:02}" for n in range(SKILLS)]
        self.plan = self._plan(agents, breadth)
        self.engine = Engine(self.plan)
        self.asked = list(self._demands(signatures))
        self.running: list[str] = []
        self.asking: list[OfferCreated] = []  # to be accepted in the next round
        self.at = self.made = 0
        for agent in self.plan.agents:
            self.tell(AgentPresence(at=0, agent=agent.id, presence="available"))
        while self.made < waiting + len(self.running):
            self.at += 1
            self.tell(self.arrival())
            while self.asking:
                asked = self.asking.pop()
                self.tell(OfferAccepted(at=self.at, offer=asked.offer, agent=asked.agent))
        self.engine.drain_touched()
        if (collapse := collapser()) is not None:
            gather(collapse, no_rest)

    def _plan(self, agents: int, breadth: int) -> Plan:
        channels = tuple(
            ChannelPlan(id=name, weight=weight, accept_mode=self.accept_mode)
            for name, weight in (("voice", 100), ("chat", 25))
        )
        return Plan(
            skills=tuple(Skill(id=name) for name in self.names),
            channels=channels,
            queues=(
                QueuePlan(
                    id="q",
                    agent_rule=AgentRule.LONGEST_IDLE,
                    steps=self.steps,
                    hours=self.hours,
                ),
            ),
            agents=tuple(
                AgentPlan(
                    id=f"a{n:05}",
                    skills={s: self.rng.randint(1, LEVELS) for s in self._some(breadth)},
                    queues={"q": 1},
                    channel_caps=self.caps,
                )
                for n in range(agents)
            ),
            default_queue="q",
        )

    def _some(self, number: int) -> list[str]:
        return self.rng.sample(self.names, number)

    def _demands(self, signatures: int) -> Iterator[tuple[str, dict[str, int]]]:
        """Different things that work asks for, beside what its queue asks."""
        seen: set[tuple[Any, ...]] = set()
        while len(seen) < signatures:
            need = {
                name: self.rng.randint(1, LEVELS) for name in self._some(self.rng.randint(1, 2))
            }
            channel = self.rng.choice(("voice", "chat"))
            if (mark := (channel, *sorted(need.items()))) not in seen:
                seen.add(mark)
                yield channel, need

    def arrival(self) -> WorkArrived:
        """The next piece of work."""
        self.made += 1
        channel, needs = self.rng.choice(self.asked)
        ident = f"w{self.made:07}"
        return WorkArrived(
            at=self.at,
            work=ident,
            conversation=ident,
            channel=channel,
            queue="q",
            priority=self.rng.randrange(3),
            needs=needs,
        )

    def tell(self, request: Input) -> int:
        """One input; how many decisions it brought about."""
        return self.hear(self.engine.apply(request))

    def hear(self, decided: tuple[Event, ...]) -> int:
        """Note what runs from now on, and who is asked; how many decisions that was."""
        got = [event.work for event in decided if isinstance(event, AssignmentStarted)]
        self.running.extend(got)
        self.asking.extend(event for event in decided if isinstance(event, OfferCreated))
        return len(got)

    def round(self) -> tuple[Input, ...]:
        """Who was asked says yes, one piece of work ends, another comes."""
        self.at += 10
        yes = [
            OfferAccepted(at=self.at, offer=asked.offer, agent=asked.agent) for asked in self.asking
        ]
        self.asking.clear()
        if not self.running:
            return *yes, self.arrival()
        index = self.rng.randrange(len(self.running))
        self.running[index], self.running[-1] = self.running[-1], self.running[index]
        return *yes, WorkEnded(at=self.at, work=self.running.pop()), self.arrival()

    def rate(self, number: int) -> tuple[float, float]:
        """Decisions and inputs a CPU second. Making inputs is not in it, nor hearing of decisions
        and letting go of them."""
        decisions, inputs, spent = 0, 0, 0.0
        for _ in range(0, number, AT_A_TIME):
            requests = [request for _ in range(AT_A_TIME) for request in self.round()]
            started = time.process_time()
            told = [self.engine.apply(request) for request in requests]
            spent += time.process_time() - started
            inputs += len(requests)
            decisions += sum(self.hear(decided) for decided in told)
            del told  # else the clock runs while the next ones take their place
            self.engine.drain_touched()
        return decisions / spent, inputs / spent

    def spans_us(self, number: int) -> list[float]:
        """The microseconds of each round, of CPU time too: with what Python collects meanwhile."""
        spans = []
        for _ in range(number):
            requests = self.round()
            begun = time.thread_time_ns()
            told = [self.engine.apply(request) for request in requests]
            spans.append((time.thread_time_ns() - begun) / 1e3)
            for decided in told:
                self.hear(decided)
            del told
        self.engine.drain_touched()
        return spans


class DeskThatAsks(DeskUnderLoad):
    """Agents are asked and say yes, may have three chats, and all may help after half a minute."""

    accept_mode: ClassVar[AcceptMode] = AcceptMode.MANUAL
    steps: ClassVar[tuple[Step, ...]] = (Step(), Step(after_ms=30_000, pool=(ANYBODY,)))
    caps: ClassVar[Mapping[str, int]] = {"chat": 3}


class DeskByDay(DeskUnderLoad):
    """Work comes by night, and may be anybody's when the queue opens."""

    steps: ClassVar[tuple[Step, ...]] = DeskThatAsks.steps
    hours: ClassVar[Hours | None] = Hours(weekly=dict.fromkeys(DAYS, (("09:00", "17:00"),)))
    opens_at: ClassVar[int] = 9 * 3_600_000  # the clock begins at midnight


def no_rest(_seconds: float) -> None:
    """Nothing else goes on while memory is gathered."""


def scan_us(desk: DeskUnderLoad, times: int) -> float:
    """What one decision costs who looks at every piece that waits: the freed agent's choice."""
    agents = {agent.id: agent for agent in desk.plan.agents}
    rows = desk.engine.snapshot()
    waiting = [work for work in rows.works if work.phase == "waiting"]
    spans = []
    for agent in desk.rng.sample(sorted(agents), times):
        skills = agents[agent].skills
        begun = time.thread_time_ns()
        min(
            (
                (-work.priority, work.enqueued_at, work.id)
                for work in waiting
                if all(skills.get(s, 0) >= level for s, level in work.needs.items())
            ),
            default=None,
        )
        spans.append((time.thread_time_ns() - begun) / 1e3)
    return percentile(spans, 0.5)


def run(report: Report) -> None:
    """All goals that need no store; what Python collects, and pages of memory, as in a node."""
    gc.set_threshold(*GC_THRESHOLDS)
    agents, waiting = report.size(10_000, 1_000), report.size(100_000, 10_000)
    rounds = report.size(20_000, 2_000)
    with report.progress("routing", 9) as advance:
        desk = DeskUnderLoad(agents, waiting)
        _decisions(report, desk, rounds)
        advance(1)
        _nothing(report, desk)
        advance(1)
        _mass(report, desk)
        _opening(report)
        advance(1)
        _snapshot(report, desk)
        advance(1)
        for label, made in (
            ("5,000 signatures", lambda: DeskUnderLoad(agents, waiting, report.size(5_000, 1_000))),
            ("agents of 25 skills", lambda: DeskUnderLoad(agents, waiting, breadth=25)),
        ):
            rate, _ = made().rate(rounds)
            report.figure(f"G1 decisions, {label}", rate, "1/s", least=LEAST_BROAD)
            advance(1)
        _asked(report, DeskThatAsks(agents, waiting), rounds)
        advance(1)
        _growth(report, rounds)
        advance(2)


def _decisions(report: Report, desk: DeskUnderLoad, rounds: int) -> None:
    (rate, inputs), spans = desk.rate(rounds), desk.spans_us(rounds)
    scanned = scan_us(desk, 5)
    note = f"the scan takes {scanned:,.0f} us"
    report.figure("G1 decisions", rate, "1/s", raw=1e6 / scanned, least=LEAST_DECISIONS, note=note)
    report.figure("G1 inputs, with the decision after each", inputs, "1/s")
    p99 = percentile(spans, 0.99)
    report.figure("G1 a round (end and arrive), p99", p99, "us", most=MOST_US_P99)
    p999 = percentile(spans, 0.999)
    report.figure("G7 a round with collections, p99.9", p999, "us", most=MOST_US_P999)


def _asked(report: Report, desk: DeskUnderLoad, rounds: int) -> None:
    rate, inputs = desk.rate(rounds)
    note = f"{inputs:,.0f} inputs/s"
    report.figure("G1 decisions, with offers, steps and caps", rate, "1/s", note=note)


def _growth(report: Report, rounds: int) -> None:
    """What a round costs on desks of other sizes, against the smallest."""
    few, many = report.size(1_000, 500), report.size(400_000, 20_000)
    desks = [DeskUnderLoad(1_000, waiting) for waiting in (few, many)]
    small, large, times = _grown(desks, rounds)
    note = f"{small:.0f} us with {few:,} waiting, {large:.0f} us with {many:,}"
    most = MOST_GROWTH_WAITING
    report.figure("G2 growth with the waiting", times, "times", most=most, note=note)
    few, many = 100, report.size(10_000, 1_000)
    waiting = report.size(10_000, 1_000)
    desks = [DeskUnderLoad(agents, waiting) for agents in (few, many)]
    small, large, times = _grown(desks, rounds)
    note = f"{small:.0f} us with {few:,} agents, {large:.0f} us with {many:,}"
    most = MOST_GROWTH_AGENTS
    report.figure("G2 growth with the agents", times, "times", most=most, note=note)


def _grown(desks: list[DeskUnderLoad], rounds: int) -> tuple[float, float, float]:
    """The microseconds of a round on a small desk and a large, and how many times as long it is.

    By turns, so that a noisy machine disturbs both alike.
    """
    took = [
        [percentile(desk.spans_us(rounds // TURNS), 0.5) for desk in desks] for _ in range(TURNS)
    ]
    small, large = zip(*took, strict=True)
    return median(small), median(large), median(many / few for few, many in took)


def _nothing(report: Report, desk: DeskUnderLoad) -> None:
    """An agent for whom there is nothing comes and goes; work for which there is nobody comes."""
    hermit = AgentPlan(id="hermit", queues={"q": 1})
    plan = msgspec.structs.replace(desk.plan, agents=(*desk.plan.agents, hermit))
    desk.tell(PlanChanged(at=desk.at, plan=plan))
    spans = []
    for _ in range(500):
        desk.at += 1
        begun = time.thread_time_ns()
        desk.tell(AgentPresence(at=desk.at, agent="hermit", presence="available"))
        spans.append((time.thread_time_ns() - begun) / 1e3)
        desk.tell(AgentPresence(at=desk.at, agent="hermit", presence="busy"))
    p99 = percentile(spans, 0.99)
    report.figure("G3 nothing compatible, p99", p99, "us", most=MOST_NOTHING_US)


def _mass(report: Report, desk: DeskUnderLoad) -> None:
    """Everybody of a shift at once, and half of the waiting called off."""
    shift = [agent.id for agent in desk.plan.agents[:1_000]]
    for agent in shift:
        desk.tell(AgentPresence(at=desk.at, agent=agent, presence="offline"))
    desk.at += 1
    coming: list[Input] = [
        AgentPresence(at=desk.at, agent=agent, presence="available") for agent in shift
    ]
    what = f"G5 {len(shift):,} agents sign in at once"
    report.figure(what, _seconds(desk, coming), "s", most=MOST_LOGIN_S)
    waiting = [w.id for w in desk.engine.snapshot().works if w.phase == "waiting"]
    leaving: list[Input] = [
        WorkCancelled(at=desk.at, work=work) for work in waiting[: len(waiting) // 2]
    ]
    what = f"G5 {len(leaving):,} pieces called off"
    report.figure(what, _seconds(desk, leaving), "s", most=MOST_CANCEL_S)
    for _ in leaving:
        desk.tell(desk.arrival())


def _opening(report: Report) -> None:
    """A queue opens in the morning for what has come by night: one tick seats all of it."""
    agents, waiting = report.size(1_000, 100), report.size(100_000, 10_000)
    desk = DeskByDay(agents, waiting)
    desk.tell(Tick(at=desk.opens_at - 1))
    _, span = _timed(lambda: desk.tell(Tick(at=desk.opens_at)))
    report.figure(f"G5 a queue opens for {waiting:,} pieces", span, "s", most=MOST_OPENING_S)


def _seconds(desk: DeskUnderLoad, requests: list[Input]) -> float:
    begun = time.process_time()
    for request in requests:
        desk.tell(request)
    return time.process_time() - begun


def _snapshot(report: Report, desk: DeskUnderLoad) -> None:
    """The rows of everything, a start from them, and the log played again."""
    rows, taken = _timed(desk.engine.snapshot)
    count = f"{len(rows.works):,} pieces"
    report.figure("G6 snapshot", taken, "s", most=MOST_SNAPSHOT_S, note=count)
    again, restored = _timed(lambda: Engine.restore(desk.engine.plan, rows))
    report.figure("G6 start from a snapshot", restored, "s", note=count)
    log = [request for _ in range(report.size(20_000, 2_000)) for request in desk.round()]
    events, span = _timed(lambda: sum(len(again.apply(request)) for request in log))
    report.figure("G6 replay", events / span, "events/s", least=LEAST_REPLAYED)


def _timed(what: Callable[[], T]) -> tuple[T, float]:
    begun = time.process_time()
    made = what()
    return made, time.process_time() - begun


if __name__ == "__main__":
    main(run)
