"""Who declined is asked once more when whoever else could have had it is there no more."""

import msgspec
import pytest

from routing import events
from routing.engine import Engine
from routing.inputs import Tick
from routing.plan import AcceptMode, AgentPlan, LateMode, OnLost, OrderMode, Plan, Step
from routing.rows import Snapshot
from tests.unit.routing.scene import CHAT, VOICE, Scene, agent, plan

ANN = agent("ann", skills={"zh": 3, "tax": 1})
BEN, EVA = agent("ben", skills={"zh": 3}), agent("eva", skills={"zh": 1})
AGAIN = "w declined by all, cleared True"
LATER = (Step(need={"zh": 2}), Step(after_ms=20_000))
NARROWER = (Step(), Step(after_ms=20_000, need={"tax": 1}))
GOES = "agent_presence", {"agent": "ben", "presence": "offline"}


def desk(*agents: AgentPlan, **queue: object) -> Plan:
    return plan(*(agents or (ANN, BEN, EVA)), channels=(CHAT, VOICE), **queue)


def with_ben(**ben: object) -> dict[str, Plan]:
    return {"plan": desk(ANN, msgspec.structs.replace(BEN, **ben), EVA)}


def be(scene: Scene, at: int, ident: str, presence: str) -> list[str]:
    return scene.tell(at, "agent_presence", agent=ident, presence=presence)


def decline(scene: Scene, at: int, offer: str, ident: str) -> list[str]:
    return scene.tell(at, "offer_declined", offer=offer, agent=ident)


def declined(asked: Plan | None = None, *others: str) -> Scene:
    """Ann has declined "w"; Ben, and whoever else is named, is there, at lunch."""
    scene = Scene(asked or desk(), "ann")
    for ident in ("ben", *others):
        be(scene, 1, ident, "busy")
    assert scene.arrive(10, "w", "voice")[-1] == "ann asked for w.1 until 30010"
    assert decline(scene, 20, "w.1", "ann") == ["ann declines w.1", "w waits: declined"]
    return scene


# --- nobody else is there any more ---


@pytest.mark.parametrize(
    ("label", "tag", "fields"),
    [
        ("has gone", *GOES),
        ("is of the desk no more", "plan_changed", {"plan": desk(ANN, EVA)}),
        ("serves other queues now", "plan_changed", with_ben(queues={})),
        ("has room for none now", "plan_changed", with_ben(capacity=60)),
        ("takes none of the channel now", "plan_changed", with_ben(channel_caps={"voice": 0})),
        ("lacks what it turns out to need", "work_rekeyed", {"work": "w", "needs": {"tax": 1}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_when_the_other_is_there_no_more_who_declined_is_asked_again(
    label: str, tag: str, fields: dict
) -> None:
    """At that very instant, and once: then it waits for somebody new."""
    scene = declined()
    assert scene.tell(2_000, tag, **fields)[-2:] == [AGAIN, "ann asked for w.2 until 32000"], label
    assert decline(scene, 3_000, "w.2", "ann")[-1] == "w waits: declined"
    be(scene, 4_000, "eva", "busy")
    assert be(scene, 5_000, "eva", "offline") == []
    assert scene.tick(99_000) == []


def test_who_loses_a_skill_by_another_plan_is_there_no_more() -> None:
    """What no step asks less of."""
    steps = (Step(need={"zh": 2}),)
    scene = declined(desk(steps=steps))
    untaught = desk(ANN, agent("ben", skills={"zh": 1}), EVA, steps=steps)
    told = scene.tell(2_000, "plan_changed", plan=untaught)
    assert told[-2:] == [AGAIN, "ann asked for w.2 until 32000"]


def test_who_is_lost_for_good_is_there_no_more() -> None:
    """When the grace is over, and not before."""
    scene = declined()
    assert scene.tell(2_000, "agent_lost", agent="ben") == []
    assert scene.tick(31_999) == []
    assert scene.tick(32_000) == [AGAIN, "ann asked for w.2 until 62000"]


def test_whom_the_step_lets_go_is_there_no_more() -> None:
    """Steps that switch ask for what only Ann has."""
    scene = declined(desk(steps=NARROWER, strict_switch=True))
    assert scene.tick(20_009) == []
    told = scene.tick(20_010)
    assert told == ["w steps to 1: time", AGAIN, "ann asked for w.2 until 50010"]


def test_who_could_never_hold_it_is_nobody_else_from_the_first() -> None:
    """Being signed in is not enough."""
    scene = Scene(desk(ANN, agent("ben", capacity=60)))
    scene.arrive(10, "w", "voice")
    assert decline(scene, 20, "w.1", "ann")[-2:] == [AGAIN, "ann asked for w.2 until 30020"]


def test_all_who_declined_are_asked_again() -> None:
    """In their usual order."""
    scene = Scene(desk(), "ann", "ben")
    be(scene, 1, "eva", "busy")
    scene.arrive(10, "w", "voice")
    decline(scene, 20, "w.1", "ann")
    decline(scene, 30, "w.2", "ben")
    assert be(scene, 2_000, "eva", "offline") == [AGAIN, "ann asked for w.3 until 32000"]
    assert decline(scene, 2_010, "w.3", "ann")[-1] == "ben asked for w.4 until 32010"


def test_who_let_it_pass_and_is_there_is_asked_again_too() -> None:
    """As long as offers that they let pass have not made them absent."""
    scene = Scene(desk(agent("ann", max_rona=2), BEN), "ann")
    be(scene, 1, "ben", "busy")
    scene.arrive(10, "w", "voice")
    assert scene.tick(30_010) == ["ann misses w.1", "w waits: expired"]
    assert be(scene, 31_000, "ben", "offline") == [AGAIN, "ann asked for w.2 until 61000"]


def test_who_declined_is_asked_after_who_passed_it_on_when_both_are_alone() -> None:
    """Ann passed it on and is at home, Ben declined: with Eva the last hope goes."""
    scene = Scene(desk(accept_mode=AcceptMode.MANUAL), "ann")
    be(scene, 1, "eva", "busy")
    scene.arrive(10, "w")
    scene.tell(11, "offer_accepted", offer="w.1", agent="ann")
    scene.tell(12, "work_transferred", work="w", agent="ann", to_queue="q", keep_age=True)
    assert be(scene, 13, "ben", "available") == ["ben asked for w.2 until 30013"]
    assert decline(scene, 14, "w.2", "ben")[-1] == "w waits: declined"
    be(scene, 15, "ann", "offline")
    assert be(scene, 16, "eva", "offline") == [
        "w may go back to ann: nobody_else",
        AGAIN,
        "ben asked for w.3 until 30016",
    ]


# --- nobody is asked again yet ---


@pytest.mark.parametrize(
    ("label", "queue", "others", "tag", "fields"),
    [
        ("somebody else is there too", {}, ["eva"], *GOES),
        ("somebody may have it later", {"steps": LATER}, ["eva"], *GOES),
        ("the other stays at lunch", {}, [], "tick", {}),
        ("the socket may be back", {}, [], "agent_lost", {"agent": "ben"}),
        ("who declined is at lunch", {}, [], "agent_presence", {"agent": "ann", "presence": "busy"}),
        ("who declined has gone", {}, [], "agent_presence", {"agent": "ann", "presence": "offline"}),
        ("who declined serves other queues now", {}, [], "plan_changed", {"plan": desk(agent("ann", queues={}), EVA)}),
        ("it becomes urgent", {}, [], "work_rekeyed", {"work": "w", "priority": 3}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_while_somebody_else_is_there_who_declined_is_not_asked(
    label: str, queue: dict, others: list[str], tag: str, fields: dict
) -> None:
    """Whatever they do; and who is not available is not asked at all."""
    scene = declined(desk(**queue), *others)
    told = scene.tell(2_000, tag, **fields)
    assert AGAIN not in told, label
    assert not any(line.startswith("ann asked") for line in told), label
    assert not scene.work("w").reprieved


@pytest.mark.parametrize("presence", ["busy", "offline"])
def test_nobody_uses_up_the_second_chance_who_is_not_there(presence: str) -> None:
    """Ann is away when Ben goes: she is asked when she is back, and once more after that."""
    scene = declined()
    be(scene, 1_000, "ann", presence)
    assert be(scene, 2_000, "ben", "offline") == []
    assert be(scene, 3_000, "ann", "available") == ["ann asked for w.2 until 33000"]
    assert AGAIN in decline(scene, 4_000, "w.2", "ann")


def test_who_was_asked_again_is_not_asked_a_third_time() -> None:
    """Everybody declined, then again; that Ben goes changes nothing for Ann."""
    scene = Scene(desk(), "ann", "ben")
    scene.arrive(10, "w", "voice")
    for number, ident in enumerate(("ann", "ben", "ann", "ben"), 1):
        decline(scene, 10 + number, f"w.{number}", ident)
    assert be(scene, 2_000, "ben", "offline") == []


def test_a_customer_who_is_to_be_called_back_waits_for_that_first() -> None:
    """While nobody is asked, nobody is asked again."""
    scene = declined()
    scene.tell(1_000, "callback_pending", work="w")
    assert be(scene, 2_000, "ben", "offline") == []
    told = scene.tell(3_000, "callback_ready", work="w")
    assert told == ["w waits: callback", AGAIN, "ann asked for w.2 until 33000"]


# --- a restart between, and many at once ---


@pytest.mark.parametrize("without", ["the plan", "the sign-off"])
def test_a_restart_changes_nothing(without: str) -> None:
    """Whom the work excludes is kept with the rows; whether others are there is seen again."""
    scene = declined()
    rows = msgspec.json.decode(msgspec.json.encode(scene.engine.snapshot()), type=Snapshot)
    changed = without == "the plan"
    asked = with_ben(queues={})["plan"] if changed else scene.engine.plan
    scene.engine = Engine.restore(asked, rows)
    assert scene.engine.snapshot() == rows or changed
    told = scene.tick(2_000) if changed else scene.tell(2_000, GOES[0], **GOES[1])
    assert told == [AGAIN, "ann asked for w.2 until 32000"]


def test_who_is_lost_together_goes_together() -> None:
    """A node has died, and the grace of all ends at one instant: the oldest of their work is first.

    Ben goes before Eva, but the room that Ann has left is for what waited longest.
    """
    requeued = msgspec.structs.replace(CHAT, on_lost=OnLost.REQUEUE)
    each = [agent(ident, capacity=25) for ident in ("ann", "ben", "eva")]
    scene = Scene(plan(*each, channels=(requeued,)), "eva")
    scene.arrive(10, "old")
    be(scene, 20, "ben", "available")
    scene.arrive(30, "young")
    for ident in ("ben", "eva"):
        scene.tell(40, "agent_lost", agent=ident)
    be(scene, 50, "ann", "available")
    assert scene.tick(99_000) == [
        "ben leaves young: lost",
        "young waits: lost",
        "eva leaves old: lost",
        "old waits: lost",
        "ann gets old",
    ]


def test_a_last_look_is_had_when_all_have_gone() -> None:
    """Ann, Ben and Eva are lost with their node: nobody is there to be asked again."""
    scene = declined(None, "eva")
    for ident in ("eva", "ben", "ann"):
        scene.tell(1_000, "agent_lost", agent=ident)
    assert scene.tick(99_000) == []
    assert not any(isinstance(event, events.AllDeclined) for event in scene.decided)
    assert scene.engine.apply(Tick(at=99_001)) == ()


def test_who_comes_back_changes_no_order() -> None:
    """They are asked for what they declined, in its place, though its deadline is this instant."""
    scene = Scene(desk(order_mode=OrderMode.EDF, late_mode=LateMode.AFTER_RESCUABLE), "ann")
    be(scene, 1, "ben", "busy")
    scene.arrive(10, "w", "voice", deadline=5_000)
    decline(scene, 20, "w.1", "ann")
    be(scene, 30, "ann", "busy")
    scene.arrive(40, "v", "voice", deadline=9_000)
    assert be(scene, 5_000, "ann", "available") == ["ann asked for w.2 until 35000"]
