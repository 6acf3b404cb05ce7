"""Who waits first, who is asked first, and from when on."""

import pytest

from routing.plan import AgentRule, LateMode, OrderMode, QueuePlan, Step
from tests.unit.routing.scene import Scene, agent, plan


def served(scene: Scene, *, start: int = 100_000) -> list[str]:
    """The order in which one agent gets what waits."""
    order = []
    at = start
    told = scene.tell(at, "agent_presence", agent="ann", presence="available")
    while got := [said.split()[-1] for said in told if " gets " in said]:
        order += got
        at += 1
        told = scene.tell(at, "work_ended", work=got[0])
    return order


ONE = agent("ann", capacity=25)
WAITING = [  # at, work, fields
    (1_000, "old", {"priority": 0, "deadline": 300_000}),
    (2_000, "high", {"priority": 2, "deadline": 250_000}),
    (3_000, "soon", {"priority": 0, "deadline": 120_000}),
    (9_000, "higher", {"priority": 3}),
    (11_000, "missed", {"priority": 1, "deadline": 12_000}),
]


@pytest.mark.parametrize(
    ("label", "queue", "expected"),
    [
        ("priority, then age", {}, "higher high missed old soon"),
        (
            "a unit of priority is worth 2 s",
            {"order_mode": OrderMode.AGING, "boost_ms": 2_000},
            "high old higher soon missed",
        ),
        (
            "deadlines, what is late last",
            {"order_mode": OrderMode.EDF},
            "soon high old missed higher",
        ),
        (
            "deadlines, what is late first",
            {"order_mode": OrderMode.EDF, "late_mode": LateMode.FIRST},
            "missed soon high old higher",
        ),
    ],
)
def test_the_order_of_a_queue(label: str, queue: dict, expected: str) -> None:
    """Each order mode has its key; ties go by id."""
    scene = Scene(plan(ONE, **queue))
    scene.tell(0, "agent_presence", agent="ann", presence="busy")
    for at, work, fields in WAITING:
        scene.arrive(at, work, **fields)
    assert served(scene) == expected.split(), label


def test_an_agents_first_queue_comes_first() -> None:
    """Rank goes before the keys of work in different queues."""
    ann = agent("ann", capacity=25, queues={"q": 2, "vip": 1})
    scene = Scene(plan(ann, queues=(QueuePlan(id="q"), QueuePlan(id="vip"))))
    scene.tell(0, "agent_presence", agent="ann", presence="busy")
    scene.arrive(1, "a", priority=9)
    scene.arrive(2, "b", queue="vip")
    assert served(scene) == ["b", "a"]


def test_unservable_work_blocks_nobody() -> None:
    """No head-of-line blocking."""
    scene = Scene(plan(agent("ann", skills={"en": 1})))
    assert scene.arrive(1, "a", needs={"zh": 1}, priority=9) == ["a waits: arrived"]
    assert scene.arrive(2, "b", needs={"en": 1})[-1] == "ann gets b"


def test_longest_idle_goes_by_the_last_change_of_load() -> None:
    """With several slots the agents take turns."""
    scene = Scene(plan(agent("ann"), agent("ben")))
    got = [scene.arrive(at, f"w{at}")[-1] for at in (1, 2, 3, 4)]
    assert got == ["ann gets w1", "ben gets w2", "ann gets w3", "ben gets w4"]


def test_least_loaded_goes_by_share_of_capacity() -> None:
    """Half of much is more than a third of little."""
    agents = (agent("ann", capacity=50), agent("ben", capacity=200))
    scene = Scene(plan(*agents, agent_rule=AgentRule.LEAST_LOADED))
    got = [scene.arrive(at, f"w{at}")[-1].split()[0] for at in range(1, 7)]
    assert got == ["ann", "ben", "ben", "ben", "ben", "ann"]


def test_best_skill_counts_the_needed_skills_only() -> None:
    """Five languages do not make a better tax adviser."""
    agents = (
        agent("ann", skills={"en": 5, "zh": 5, "tax": 2}),
        agent("ben", skills={"tax": 4}),
    )
    scene = Scene(plan(*agents, agent_rule=AgentRule.BEST_SKILL))
    assert scene.arrive(1, "w", needs={"tax": 1})[-1] == "ben gets w"


STEPS = (Step(need={"zh": 4}), Step(after_ms=10_000, need={"zh": 2}), Step(after_ms=20_000))


def test_requirements_relax_with_time() -> None:
    """Each step lets more agents in, counted from the arrival."""
    agents = (agent("ann"), agent("ben", skills={"zh": 2}))
    scene = Scene(plan(*agents, steps=STEPS), "ann")
    assert scene.arrive(0, "w") == ["w waits: arrived"]
    assert scene.tick(9_999) == []
    assert scene.tick(10_000) == ["w steps to 1: time"]
    assert scene.tick(20_000) == ["w steps to 2: time", "ann gets w"]
    assert scene.engine.next_timer() is None


def test_who_satisfies_an_earlier_step_is_preferred() -> None:
    """A ring keeps its preference when the next one opens, unless the queue says otherwise."""
    agents = (agent("ann"), agent("ben", skills={"zh": 5}))
    for preference, expected in (("inner", "ben"), ("none", "ann")):
        scene = Scene(plan(*agents, steps=STEPS, ring_preference=preference))
        told = scene.arrive(30_000, "w", enqueued_at=1_000)
        assert told[-1] == f"{expected} gets w", preference


def test_a_step_opens_the_pool_of_another_queue() -> None:
    """Overflow by pool: helpers come when the own agents do not."""
    steps = (Step(), Step(after_ms=5_000, pool=("vip",)), Step(after_ms=9_000, pool=("vip", "*")))
    queues = (QueuePlan(id="q", steps=steps), QueuePlan(id="vip"), QueuePlan(id="far"))
    agents = (agent("vic", queues={"vip": 1}), agent("fay", queues={"far": 1}))
    scene = Scene(plan(*agents, queues=queues), "vic")
    scene.arrive(0, "w")
    assert scene.tick(5_000) == ["w steps to 1: time", "vic gets w"]
    scene = Scene(plan(*agents, queues=queues), "fay")
    scene.arrive(0, "w")
    assert scene.tick(5_000) == ["w steps to 1: time"]
    assert scene.tick(9_000) == ["w steps to 2: time", "fay gets w"]


def test_a_step_may_raise_the_priority() -> None:
    """That is an explicit re-key: the step says so."""
    steps = (Step(), Step(after_ms=5_000, priority_delta=3))
    scene = Scene(plan(ONE, steps=steps))
    scene.tell(0, "agent_presence", agent="ann", presence="busy")
    scene.arrive(0, "old")
    scene.arrive(4_000, "new", priority=2)
    scene.tick(5_000)
    assert served(scene, start=6_000) == ["old", "new"]


@pytest.mark.parametrize("rule", ["no_staffed", "no_available"])
def test_a_step_for_nobody_is_skipped(rule: str) -> None:
    """Judged on entry, and again when somebody leaves."""
    steps = (Step(need={"zh": 1}, skip_if=rule), Step(after_ms=60_000))
    agents = (agent("ann"), agent("zoe", skills={"zh": 1}))
    scene = Scene(plan(*agents, steps=steps), "ann")
    assert scene.arrive(0, "w1")[-1] == "ann gets w1"
    scene = Scene(plan(*agents, steps=steps))
    for n in range(4):
        scene.arrive(n, f"z{n}")
    assert scene.arrive(5, "w2") == ["w2 waits: arrived"]
    told = scene.tell(6, "agent_presence", agent="zoe", presence="offline")
    assert "w2 steps to 1: nobody" in told
    assert [said for said in told if "gets" in said] == [f"ann gets z{n}" for n in range(4)]


def test_work_of_its_own_steps_does_not_ask_the_queue() -> None:
    """A callback or a rule may say itself whom it needs."""
    scene = Scene(plan(agent("ann"), steps=(Step(need={"zh": 1}),)))
    assert scene.arrive(0, "w", steps=(Step(),))[-1] == "ann gets w"


def test_levels_beyond_everybody_fit_nobody() -> None:
    """A need that no plan can hold is no crash."""
    scene = Scene(plan(agent("ann", skills={"zh": 5})))
    assert scene.arrive(0, "w1", needs={"zh": 9}) == ["w1 waits: arrived"]
    assert scene.arrive(1, "w2", needs={"unheard of": 1}) == ["w2 waits: arrived"]
    assert scene.arrive(2, "w3", needs={"zh": 0})[-1] == "ann gets w3"
