"""How many decisions a CPU second: `python -m tests.unit.routing.measure [agents] [waiting] [skills]`.

A decision is one agent getting one piece of work. The desk is kept at its number of waiting pieces:
each round ends one assignment, which frees an agent, and one piece of work arrives.
"""

import random
import sys
import time

from routing.engine import Engine
from routing.events import AssignmentStarted
from routing.inputs import AgentPresence, Input, WorkArrived, WorkEnded
from routing.plan import AcceptMode, AgentPlan, ChannelPlan, Plan, QueuePlan, Skill, Step

ROUNDS = 20_000
LEVELS = 5


def plan_of(rng: random.Random, agents: int, skills: int, breadth: int) -> Plan:
    """One queue; each agent has `breadth` of the skills."""
    names = [f"s{n:02}" for n in range(skills)]
    return Plan(
        skills=tuple(Skill(id=name) for name in names),
        channels=(
            ChannelPlan(id="voice", accept_mode=AcceptMode.AUTO),
            ChannelPlan(id="chat", weight=25, accept_mode=AcceptMode.AUTO),
        ),
        queues=(QueuePlan(id="q"),),
        agents=tuple(
            AgentPlan(
                id=f"a{n:05}",
                skills={s: rng.randint(1, LEVELS) for s in rng.sample(names, breadth)},
                queues={"q": 1},
            )
            for n in range(agents)
        ),
        default_queue="q",
    )


def demands(rng: random.Random, skills: int, signatures: int) -> list[tuple[str, Step]]:
    """The different things that work asks for."""
    made: dict[tuple[str, ...], tuple[str, Step]] = {}
    while len(made) < signatures:
        need = {
            f"s{rng.randrange(skills):02}": rng.randint(1, LEVELS) for _ in range(rng.randint(1, 2))
        }
        channel = rng.choice(("voice", "chat"))
        made[channel, *map(str, sorted(need.items()))] = (channel, Step(need=need))
    return list(made.values())


def main(
    agents: int = 1_000, waiting: int = 10_000, skills: int = 50, signatures: int = 500
) -> None:
    rng = random.Random(7)
    engine = Engine(plan_of(rng, agents, skills, breadth=5))
    asked = demands(rng, skills, signatures)
    running: list[str] = []
    at = made = 0

    def arrival() -> Input:
        nonlocal made
        made += 1
        channel, step = rng.choice(asked)
        ident = f"w{made:07}"
        return WorkArrived(
            at=at,
            work=ident,
            conversation=ident,
            channel=channel,
            queue="q",
            priority=rng.randrange(3),
            steps=(step,),
        )

    def tell(request: Input) -> int:
        got = [e.work for e in engine.apply(request) if isinstance(e, AssignmentStarted)]
        running.extend(got)
        return len(got)

    for n in range(agents):
        tell(AgentPresence(at=at, agent=f"a{n:05}", presence="available"))
    while made < waiting + len(running):
        at += 1
        tell(arrival())
    engine.drain_touched()
    spent: list[float] = []
    decisions = 0
    for _ in range(ROUNDS):
        at += 10
        if not running:
            tell(arrival())
            continue
        index = rng.randrange(len(running))
        running[index], running[-1] = running[-1], running[index]
        requests = (WorkEnded(at=at, work=running.pop()), arrival())
        start = time.process_time()
        for request in requests:
            decisions += tell(request)
        spent.append(time.process_time() - start)
    start = time.process_time()
    engine.drain_touched()
    drained = time.process_time() - start
    spent.sort()
    total = sum(spent)
    print(
        f"{agents} agents, {waiting} waiting, {signatures} signatures: "
        f"{decisions / total:,.0f} decisions and {2 * ROUNDS / total:,.0f} inputs a CPU second; a round (end and arrive) "
        f"p50 {spent[len(spent) // 2] * 1e6:.0f} us, p99 {spent[len(spent) * 99 // 100] * 1e6:.0f} us; "
        f"rows of all rounds in {drained * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
