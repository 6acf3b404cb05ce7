"""The plan: what is wrong with one, and how another is put in force while everything runs."""

import random

import msgspec
import pytest

from routing.engine import Engine
from routing.inputs import AgentPresence, WorkArrived, WorkRekeyed
from routing.plan import AgentPlan, Plan, QueuePlan, Skill, Step
from routing.soundness import problems
from tests.unit.routing.scene import CHAT, Scene, agent, plan
from tests.unit.routing.worlds import plan_of

ZH = (Skill(id="zh"),)
Q = QueuePlan(id="q")


def one(**fields: object) -> Plan:
    return Plan(**{"queues": (Q,), "default_queue": "q", "skills": ZH} | fields)


def steps(*given: Step, **fields: object) -> Plan:
    return one(queues=(QueuePlan(id="q", steps=given, **fields),))


@pytest.mark.parametrize(
    ("label", "faulty", "expected"),
    [
        ("nothing", one(), None),
        ("no default", one(default_queue="x"), "default_queue: there is no queue 'x'"),
        ("no first step", steps(), "queues.q.steps: the first step must apply at once"),
        ("a late first step", steps(Step(after_ms=1)), "queues.q.steps: the first step must"),
        ("unknown skill", steps(Step(need={"fr": 1})), "queues.q.steps[0].need: there is no skill"),
        ("level 6", steps(Step(need={"zh": 6})), "queues.q.steps[0].need.zh: levels go from 1"),
        ("unknown pool", steps(Step(pool=("x",))), "queues.q.steps[0].pool: there is no queue"),
        ("anybody is a pool", steps(Step(pool=("*",))), None),
        ("steps out of order", steps(Step(), Step()), "queues.q.steps[1].after_ms: must be later"),
        (
            "a step that excludes",
            steps(Step(), Step(after_ms=5, need={"zh": 1})),
            "queues.q.steps[1]: excludes agents whom the step before allows",
        ),
        (
            "a pool that closes",
            steps(Step(pool=("*",)), Step(after_ms=5)),
            "queues.q.steps[1]: excludes",
        ),
        (
            "excluding on purpose",
            steps(Step(), Step(after_ms=5, need={"zh": 1}), strict_switch=True),
            None,
        ),
        (
            "an agent's queue",
            one(agents=(AgentPlan(id="a", queues={"x": 1}),)),
            "agents.a.queues: there is no queue 'x'",
        ),
        (
            "an agent's skill",
            one(agents=(AgentPlan(id="a", skills={"fr": 1}),)),
            "agents.a.skills: there is no skill 'fr'",
        ),
        (
            "an agent's cap",
            one(agents=(AgentPlan(id="a", channel_caps={"fax": 1}),)),
            "agents.a.channel_caps: there is no channel 'fax'",
        ),
        (
            "an agent without capacity",
            one(agents=(AgentPlan(id="a", capacity=0),)),
            "agents.a.capacity: must be at least 1",
        ),
    ],
)
def test_every_fault_has_its_path(label: str, faulty: Plan, expected: str | None) -> None:
    """A plan without faults can be applied; each fault says where it is."""
    found = problems(faulty)
    assert (found == ()) if expected is None else found[0].startswith(expected), (label, found)


def test_a_plan_survives_its_way_through_json() -> None:
    """The host stores plans inside rulebooks."""
    made = plan_of(random.Random(1))
    assert msgspec.json.decode(msgspec.json.encode(made), type=Plan) == made


def changed(before: Plan, **fields: object) -> Plan:
    return msgspec.structs.replace(before, version=before.version + 1, **fields)


def test_waiting_work_gets_the_new_order_and_keeps_its_age() -> None:
    """What waits is re-keyed; what stands where it stood is not told of."""
    desk = plan(agent("ann"))
    scene = Scene(desk)
    scene.tell(0, "agent_presence", agent="ann", presence="busy")
    scene.arrive(10, "a")
    scene.arrive(20, "b", priority=3)
    by_age = changed(desk, queues=(QueuePlan(id="q", order_mode="aging", boost_ms=5),))
    assert scene.tell(30, "plan_changed", plan=by_age) == [
        "a moves to q (10, 0)",
        "b moves to q (5, 0)",
    ]
    assert scene.tell(31, "plan_changed", plan=changed(by_age)) == []


def test_live_offers_stand() -> None:
    """Whoever is being asked may still say yes."""
    desk = plan(agent("ann"), agent("ben"))
    scene = Scene(desk)
    scene.arrive(10, "w", "voice")
    smaller = changed(desk, agents=(agent("ann", queues={}), agent("ben")))
    assert scene.tell(11, "plan_changed", plan=smaller) == []
    assert scene.tell(12, "offer_accepted", offer="w.1", agent="ann")[-1] == "ann gets w"


def test_a_queue_that_is_no_more_leaves_its_work_to_the_default_queue() -> None:
    """Nothing is orphaned, whatever config has let through."""
    queues = (Q, QueuePlan(id="vip", steps=(Step(), Step(after_ms=5))))
    desk = plan(agent("ann"), queues=queues)
    scene = Scene(desk)
    scene.arrive(10, "w", queue="vip")
    assert scene.tell(12, "plan_changed", plan=changed(desk, queues=(Q,))) == [
        "w moves to q (0, 10)",
        "ann gets w",
    ]


def test_an_agent_who_is_no_more_leaves_their_work() -> None:
    """Removed is gone."""
    desk = plan(agent("ann"), agent("ben"))
    scene = Scene(desk)
    scene.arrive(10, "w")
    told = scene.tell(20, "plan_changed", plan=changed(desk, agents=(agent("ben"),)))
    assert told == ["ann leaves w: removed", "w waits: removed", "ben gets w"]
    refused = scene.tell(21, "agent_presence", agent="ann", presence="available")
    assert refused == ["refused: unknown_agent"]


def test_a_new_agent_may_sign_in() -> None:
    """No restart."""
    desk = plan(agent("ann"), channels=(CHAT,))
    scene = Scene(desk)
    hired = changed(desk, agents=(agent("ann"), agent("eva", skills={"zh": 1})), skills=ZH)
    scene.tell(5, "plan_changed", plan=hired)
    scene.arrive(6, "w", needs={"zh": 1})
    told = scene.tell(7, "agent_presence", agent="eva", presence="available")
    assert told == ["eva gets w"]


def test_idle_time_goes_on_across_plans() -> None:
    """A rulebook's new comma is no new shift."""
    desk = plan(agent("ann"), agent("ben"))
    scene = Scene(desk)
    scene.tell(1, "agent_presence", agent="ann", presence="busy")
    scene.tell(2, "agent_presence", agent="ann", presence="available")
    scene.tell(3, "plan_changed", plan=changed(desk))
    assert scene.arrive(4, "w")[-1] == "ben gets w"


def test_restart_under_another_plan_matches_at_the_next_input() -> None:
    """What the new plan makes possible happens; what it forbids does not."""
    desk = plan(agent("ann"))
    engine = Engine(desk)
    engine.apply(AgentPresence(at=0, agent="ann", presence="available"))
    engine.apply(
        WorkArrived(at=1, work="w", conversation="c", channel="chat", queue="q", needs={"zh": 2})
    )
    taught = changed(desk, skills=ZH, agents=(agent("ann", skills={"zh": 3}),))
    again = Engine.restore(taught, engine.snapshot())
    decided = again.apply(AgentPresence(at=2, agent="ann", presence="available"))
    assert [event.work for event in decided if hasattr(event, "why")] == ["w"]
    without = Engine.restore(changed(desk, agents=()), engine.snapshot())
    rows = without.drain_touched().agents
    assert [(row.id, row.presence) for row in rows] == [("ann", "offline")]


def test_a_skill_that_is_no_more_is_asked_no_longer() -> None:
    """Work that waits for it would wait for ever: it is had by whoever else is fit, and told of."""
    desk = plan(agent("ann"), agent("zhou", skills={"zh": 5}))
    scene = Scene(desk, "ann")
    scene.arrive(10, "w", needs={"zh": 3})
    changed = plan(agent("ann"), agent("zhou"))
    assert scene.tell(20, "plan_changed", plan=changed) == ["w moves to q (0, 10)", "ann gets w"]
    again = Scene(desk, "ann")
    again.arrive(10, "w", needs={"zh": 3})
    restored = Engine.restore(changed, again.engine.snapshot())
    assert restored.snapshot().works[0].needs == {}


def test_what_the_host_has_found_is_learnt_before_anybody_is_asked() -> None:
    """Another queue and other needs hold at once: nobody is asked who would not be any more."""
    queues = (QueuePlan(id="q"), QueuePlan(id="vip"))
    desk = plan(agent("ann"), agent("vera", queues={"vip": 1}), queues=queues)
    scene = Scene(desk, "vera")
    scene.arrive(10, "w", "voice")
    scene.arrive(11, "x", "voice")
    moved = (
        WorkRekeyed(at=20, work="w", queue="vip", priority=3),
        WorkRekeyed(at=20, work="gone", queue="vip"),
        WorkRekeyed(at=20, work="x", queue="no such queue"),
    )
    assert scene.tell(20, "plan_changed", plan=desk, rekeyed=moved) == [
        "w moves to vip (-3, 10)",
        "vera asked for w.1 until 30020",
    ]
    assert scene.work("w").enqueued_at == 10
    assert scene.work("x").queue == "q"


def test_an_offer_stands_whatever_is_found() -> None:
    """Who is being asked may still say yes, once."""
    queues = (QueuePlan(id="q"), QueuePlan(id="vip"))
    desk = plan(agent("ann"), agent("vera", queues={"vip": 1}), queues=queues)
    scene = Scene(desk)
    scene.arrive(10, "w", "voice")
    moved = (WorkRekeyed(at=20, work="w", queue="vip"),)
    assert scene.tell(20, "plan_changed", plan=desk, rekeyed=moved) == []
    assert scene.tell(30, "offer_accepted", offer="w.1", agent="ann")[-1] == "ann gets w"
