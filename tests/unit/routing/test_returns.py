"""Who passed work on is passed over for a while, and never has to go and come back for it."""

import msgspec
import pytest

from routing.engine import Engine
from routing.events import Passed
from routing.inputs import Tick
from routing.plan import AcceptMode, AgentPlan, QueuePlan, Step
from routing.rows import Snapshot
from tests.unit.routing.scene import CHAT, MAIL, VOICE, Scene, agent, plan

ANN, BEN, EVA = agent("ann"), agent("ben"), agent("eva")
AFTER_MS = 60_000
RETURNED = "w may go back to ann: nobody_else"
PASSED_ON = ["ann leaves w: transferred", "w waits: transferred"]


def desk(*agents: AgentPlan, **queue: object) -> Scene:
    """Ann has the chat "w"; nobody else is there yet. At 1_000 she passes it on."""
    scene = Scene(plan(*agents, **{"returns_after_ms": AFTER_MS} | queue), "ann")
    assert scene.arrive(10, "w")[-1] == "ann gets w"
    return scene


def come(scene: Scene, at: int, *agents: str) -> list[str]:
    return [
        line
        for ident in agents
        for line in scene.tell(at, "agent_presence", agent=ident, presence="available")
    ]


def leave(scene: Scene, at: int, ident: str) -> list[str]:
    return scene.tell(at, "agent_presence", agent=ident, presence="offline")


def pass_on(scene: Scene, at: int = 1_000, **to: str) -> list[str]:
    return scene.tell(
        at, "work_transferred", work="w", agent="ann", **to or {"to_queue": "q"}, keep_age=True
    )


def fill(scene: Scene, at: int, ident: str) -> None:
    """Give an agent a call, beside which nothing fits."""
    scene.arrive(at, f"call of {ident}", "voice", owner=ident, owner_until=at + 1)
    scene.tell(at, "work_grabbed", work=f"call of {ident}", agent=ident, by="sue")


def with_ben_full(*agents: AgentPlan, **queue: object) -> Scene:
    """Ann has passed "w" on, and the only other one who is there is on a call."""
    scene = desk(*(agents or (ANN, BEN, EVA)), **queue)
    come(scene, 20, "ben")
    fill(scene, 20, "ben")
    assert pass_on(scene) == PASSED_ON
    return scene


# --- where nobody else is there ---


def test_a_giver_who_is_alone_has_it_again_at_once() -> None:
    """It is said why, and no customer waits for somebody to go and come back."""
    scene = desk(ANN, BEN)
    assert pass_on(scene) == [*PASSED_ON, RETURNED, "ann gets w"]
    assert (scene.work("w").giver, scene.work("w").excluded) == (None, ())
    assert scene.engine.next_timer() is None


def test_whom_its_new_queue_never_asks_is_not_told_that_it_comes_back() -> None:
    """It waits for those of that department, however long nobody of them is there."""
    queues = (QueuePlan(id="q", returns_after_ms=AFTER_MS), QueuePlan(id="other"))
    scene = Scene(plan(ANN, agent("ben", queues={"other": 1}), queues=queues), "ann")
    scene.arrive(10, "w")
    assert pass_on(scene, to_queue="other") == PASSED_ON
    assert (scene.work("w").giver, scene.work("w").returns_at) == (None, None)
    assert scene.engine.next_timer() is None
    assert come(scene, 2_000, "ben") == ["ben gets w"]


def test_a_giver_who_is_alone_and_busy_has_it_when_they_are_free() -> None:
    """Alone is alone: what they do meanwhile decides only when they have room."""
    scene = desk(ANN, BEN)
    scene.tell(500, "agent_presence", agent="ann", presence="busy")
    assert pass_on(scene) == [*PASSED_ON, RETURNED]
    assert come(scene, 2_000, "ann") == ["ann gets w"]


def test_another_who_comes_before_the_giver_is_free_gets_it() -> None:
    """Once it may go back, it goes to whoever is free first."""
    scene = desk(ANN, BEN)
    scene.tell(500, "agent_presence", agent="ann", presence="busy")
    pass_on(scene)
    assert come(scene, 2_000, "ben") == ["ben gets w"]


@pytest.mark.parametrize(
    ("label", "other"),
    [
        ("is of another queue", agent("ben", queues={})),
        ("lacks what it needs for good", agent("ben", skills={"zh": 1})),
        ("has no room for one piece", agent("ben", skills={"zh": 3}, capacity=20)),
        ("takes none of this channel", agent("ben", skills={"zh": 3}, channel_caps={"chat": 0})),
    ],
)
def test_who_could_never_take_it_is_nobody_else(label: str, other: AgentPlan) -> None:
    """Being signed in is not enough."""
    scene = desk(agent("ann", skills={"zh": 3}), other, steps=(Step(need={"zh": 2}),))
    come(scene, 20, "ben")
    assert pass_on(scene) == [*PASSED_ON, RETURNED, "ann gets w"], label


@pytest.mark.parametrize(
    ("label", "tag", "fields", "at"),
    [
        ("goes", "agent_presence", {"agent": "ben", "presence": "offline"}, 2_000),
        ("is lost for good", "tick", {}, 35_000),
        ("is of the desk no more", "plan_changed", {"plan": plan(ANN)}, 2_000),
        ("serves another queue now", "plan_changed", {"plan": plan(ANN, agent("ben", queues={}))}, 9),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_when_the_other_is_there_no_more_the_giver_has_it(
    label: str, tag: str, fields: dict, at: int
) -> None:
    """At that very instant, and not when it next comes to somebody's mind."""
    scene = with_ben_full()
    scene.tell(1_500, "agent_lost", agent="ben")
    told = scene.tell(max(at, 1_600), tag, **fields)
    assert [line for line in told if line in (RETURNED, "ann gets w")] == [
        RETURNED,
        "ann gets w",
    ], label


def test_what_changes_who_could_take_it_is_looked_at() -> None:
    """It turns out to need what only Ann has."""
    scene = with_ben_full(agent("ann", skills={"tax": 3}), BEN)
    told = scene.tell(2_000, "work_rekeyed", work="w", needs={"tax": 2})
    assert told[-2:] == [RETURNED, "ann gets w"]


# --- where somebody else is there ---


def test_another_who_is_full_is_waited_for() -> None:
    """Ann is idle all the while; Ben has it as soon as he has room."""
    scene = with_ben_full()
    assert scene.tick(30_000) == []
    assert scene.tell(31_000, "work_ended", work="call of ben")[-1] == "ben gets w"
    assert scene.engine.next_timer() is None


def test_another_who_is_full_is_not_waited_for_without_end() -> None:
    """After the time of the queue whoever is free may have it, at the very instant."""
    scene = with_ben_full()
    assert scene.engine.next_timer() == 1_000 + AFTER_MS
    told = scene.tick(99_000)
    assert told == ["w may go back to ann: time", "ann gets w"]
    assert {event.at for event in scene.decided} == {1_000 + AFTER_MS}


@pytest.mark.parametrize("presence", ["busy", "available"])
def test_another_who_is_at_lunch_is_waited_for_too(presence: str) -> None:
    """Who is signed in may be back at any moment."""
    scene = desk(ANN, BEN)
    come(scene, 20, "ben")
    scene.tell(30, "agent_presence", agent="ben", presence="busy")
    assert pass_on(scene) == PASSED_ON
    told = scene.tell(2_000, "agent_presence", agent="ben", presence=presence)
    assert told == (["ben gets w"] if presence == "available" else [])


def test_somebody_new_gets_it_before_the_giver() -> None:
    """Though Ann has been idle for longer."""
    assert come(with_ben_full(), 2_000, "eva") == ["eva gets w"]


def test_another_who_may_take_it_at_a_later_step_is_waited_for() -> None:
    """The step comes by itself, and with it Ben."""
    steps = (Step(need={"zh": 2}), Step(after_ms=30_000))
    scene = desk(agent("ann", skills={"zh": 3}), BEN, steps=steps)
    come(scene, 20, "ben")
    assert pass_on(scene) == PASSED_ON
    assert scene.tick(30_009) == []
    assert scene.tick(40_000) == ["w steps to 1: time", "ben gets w"]


def test_another_who_could_take_it_at_an_earlier_step_only_is_nobody_else() -> None:
    """Steps that switch let go of whom they had before."""
    steps = (Step(), Step(after_ms=30_000, need={"zh": 2}))
    scene = with_ben_full(agent("ann", skills={"zh": 3}), BEN, steps=steps, strict_switch=True)
    assert scene.tick(40_000) == ["w steps to 1: time", RETURNED, "ann gets w"]


def test_another_from_whom_it_is_hidden_yet_is_waited_for() -> None:
    """Until it has waited for so long that he sees it."""
    scene = desk(ANN, agent("ben", delays={"q": 20_000}))
    come(scene, 20, "ben")
    assert pass_on(scene) == PASSED_ON
    assert scene.tick(40_000) == ["ben gets w"]


# --- going and coming back ---


@pytest.mark.parametrize(
    ("label", "away", "again"),
    [
        ("a pause", ("agent_presence", {"presence": "busy"}), "agent_presence"),
        ("a new sign-in", ("agent_presence", {"presence": "offline"}), "agent_presence"),
        ("a lost socket", ("agent_lost", {}), "agent_back"),
        ("a lost socket, and a word", ("agent_lost", {}), "agent_presence"),
    ],
)
def test_a_giver_who_goes_and_comes_back_is_passed_over_as_before(
    label: str, away: tuple[str, dict], again: str
) -> None:
    """Presence is not a way round it, nor the only way to it."""
    scene = with_ben_full()
    tag, fields = away
    scene.tell(2_000, tag, agent="ann", **fields)
    back = {"presence": "available"} if again == "agent_presence" else {}
    assert scene.tell(3_000, again, agent="ann", **back) == [], label
    assert scene.work("w").giver == "ann"
    assert scene.tick(99_000)[-1] == "ann gets w"


def test_who_declined_and_comes_back_is_asked_again() -> None:
    """They were asked and could not; the giver was not asked."""
    scene = desk(ANN, BEN, EVA, accept_mode=None, channels=(CHAT, VOICE))
    scene.tell(11, "work_ended", work="w")
    scene.arrive(20, "v", "voice")
    scene.tell(21, "offer_declined", offer="v.1", agent="ann")
    scene.tell(22, "agent_presence", agent="ann", presence="busy")
    assert scene.work("v").excluded == ()


# --- a restart between ---


@pytest.mark.parametrize("at", [30_000, 99_000])
def test_a_restart_changes_nothing(at: int) -> None:
    """Who passed it on, and until when, is kept with the rows."""
    scene = with_ben_full()
    rows = msgspec.json.decode(msgspec.json.encode(scene.engine.snapshot()), type=Snapshot)
    again = Engine.restore(scene.engine.plan, rows)
    assert again.snapshot() == rows
    assert again.next_timer() == 1_000 + AFTER_MS
    assert again.apply(Tick(at=at)) == scene.engine.apply(Tick(at=at))


def test_a_restart_under_a_plan_without_anybody_else() -> None:
    """The first thing that the engine does then is to let it go back."""
    scene = with_ben_full()
    alone = plan(ANN, agent("ben", queues={}), returns_after_ms=AFTER_MS)
    scene.engine = Engine.restore(alone, scene.engine.snapshot())
    assert scene.tick(2_000) == [RETURNED, "ann gets w"]


def test_a_clock_that_is_put_forward_takes_the_instant_along() -> None:
    """A minute is a minute."""
    scene = with_ben_full()
    scene.tell(12_000, "clock_stepped", by_ms=10_000)
    assert scene.engine.next_timer() == 11_000 + AFTER_MS


# --- to an agent, and warm ---


def test_handed_to_one_agent_it_waits_for_them_and_then_for_others_first() -> None:
    """The queue has it after agent_wait, and its other agents go before the giver."""
    scene = desk(ANN, BEN, EVA, agent_wait_ms=5_000)
    come(scene, 20, "ben", "eva")
    fill(scene, 20, "ben")
    fill(scene, 20, "eva")
    pass_on(scene, to_agent="ben")
    assert scene.tick(7_000) == ["w steps to 0: unpinned"]
    assert scene.tell(8_000, "work_ended", work="call of eva")[-1] == "eva gets w"


def test_handed_to_one_agent_of_elsewhere_it_comes_back_when_they_have_no_time() -> None:
    """Nobody else of this queue is there: Ann has it after agent_wait, and not before."""
    scene = desk(ANN, agent("ben", queues={}), agent_wait_ms=5_000)
    come(scene, 20, "ben")
    fill(scene, 20, "ben")
    assert pass_on(scene, to_agent="ben") == PASSED_ON
    assert scene.tick(7_000) == ["w steps to 0: unpinned", RETURNED, "ann gets w"]


LONG_OVER = "w may go back to ann: time"


@pytest.mark.parametrize(
    ("label", "after_ms", "meanwhile", "at", "expected"),
    [
        ("the wait for Ben is longer", 1_000, None, 6_000, ["w steps to 0: unpinned", LONG_OVER, "ann gets w"]),
        ("both are as long", 5_000, None, 6_000, ["w steps to 0: unpinned", LONG_OVER, "ann gets w"]),
        ("Ben goes, when the time is over", 1_000, 3_000, 3_000, ["w steps to 0: unpinned", LONG_OVER, "ann gets w"]),
        ("Ben goes before", 2_000, 1_500, 3_000, [LONG_OVER, "ann gets w"]),
    ],
)  # fmt: skip
def test_what_waits_for_one_agent_goes_back_to_nobody_before(
    label: str, after_ms: int, meanwhile: int | None, at: int, expected: list[str]
) -> None:
    """The giver is told of it when they may have it, not while it is kept for Ben."""
    scene = desk(ANN, BEN, EVA, agent_wait_ms=5_000, returns_after_ms=after_ms)
    come(scene, 20, "ben", "eva")
    scene.tell(30, "agent_presence", agent="ben", presence="busy")
    fill(scene, 30, "eva")
    assert pass_on(scene, to_agent="ben") == PASSED_ON
    told = []
    if meanwhile is not None:
        assert scene.tick(meanwhile - 1) == []
        told = leave(scene, meanwhile, "ben")
    if meanwhile != at:
        assert LONG_OVER not in told
        assert LONG_OVER not in scene.tick(at - 1)
        told = scene.tick(at)
    assert told == expected, label
    assert {event.at for event in scene.decided} == {at}
    assert scene.engine.next_timer() is None


def test_ben_takes_what_was_kept_for_him_though_the_time_is_over() -> None:
    """And nobody has been told that it may go back."""
    scene = desk(ANN, BEN, EVA, agent_wait_ms=5_000, returns_after_ms=1_000)
    come(scene, 20, "ben")
    scene.tell(30, "agent_presence", agent="ben", presence="busy")
    pass_on(scene, to_agent="ben")
    assert scene.engine.next_timer() == 6_000
    assert come(scene, 4_000, "ben") == ["ben gets w"]
    assert scene.engine.next_timer() is None


def test_handed_over_warm_nobody_is_passed_over() -> None:
    """Ben has it at once; when he is gone Ann is one of the others."""
    scene = desk(ANN, BEN)
    come(scene, 20, "ben")
    scene.tell(30, "agent_consulted", work="w", agent="ann", guest="ben")
    assert pass_on(scene, to_agent="ben")[-1] == "ben gets w"
    assert scene.work("w").giver is None
    assert leave(scene, 2_000, "ben")[-1] == "ann gets w"


# --- what ends it ---


def test_once_somebody_has_had_it_the_giver_is_as_anybody_else() -> None:
    """Eva has it, and goes: Ann is idle and gets it, though Ben is there too."""
    scene = with_ben_full()
    come(scene, 2_000, "eva")
    assert scene.work("w").giver is None
    assert leave(scene, 3_000, "eva")[-1] == "ann gets w"


def test_a_giver_may_take_it_back_by_hand() -> None:
    """A person has decided."""
    scene = with_ben_full()
    assert scene.tell(2_000, "work_grabbed", work="w", agent="ann") == ["ann gets w"]
    assert (scene.work("w").giver, scene.work("w").excluded) == (None, ())


def test_when_all_others_have_declined_the_giver_is_asked_with_them() -> None:
    """Everybody has passed on it: all are asked once more."""
    scene = desk(ANN, BEN, channels=(CHAT, VOICE, MAIL), accept_mode=None)
    come(scene, 20, "ben")
    scene.tell(30, "work_rekeyed", work="w", channel="voice")
    assert pass_on(scene)[-1] == "ben asked for w.1 until 31000"
    assert scene.tell(1_500, "offer_declined", offer="w.1", agent="ben")[1:] == [
        "w declined by all, cleared True",
        "w waits: declined",
        "ann asked for w.2 until 31500",
    ]


def test_when_others_may_come_by_a_step_those_who_declined_are_asked_before_the_giver() -> None:
    """Eva's step is still ahead, so Ann goes on being passed over."""
    steps = (Step(need={"zh": 2}), Step(after_ms=30_000))
    zh = {"skills": {"zh": 3}}
    manual = AcceptMode.MANUAL
    scene = desk(agent("ann", **zh), agent("ben", **zh), EVA, steps=steps)
    come(scene, 20, "ben", "eva")
    scene.tell(30, "plan_changed", plan=msgspec.structs.replace(
        scene.engine.plan,
        queues=(QueuePlan(id="q", steps=steps, accept_mode=manual, returns_after_ms=AFTER_MS),),
    ))  # fmt: skip
    assert pass_on(scene)[-1] == "ben asked for w.1 until 31000"
    assert scene.tell(1_500, "offer_declined", offer="w.1", agent="ben")[-1] == (
        "ben asked for w.2 until 31500"
    )
    assert scene.work("w").excluded == ("ann",)


def test_a_queue_may_pass_over_nobody() -> None:
    """Others go first at the instant itself; from the next one on the giver may have it."""
    scene = with_ben_full(returns_after_ms=0)
    assert scene.tick(1_000) == ["w may go back to ann: time", "ann gets w"]


def test_who_takes_from_a_list_is_told_that_nobody_else_is_there() -> None:
    """Nobody is asked; everybody may take it, the giver too."""
    scene = desk(ANN, BEN, accept_mode=AcceptMode.AUTO)
    pulled = msgspec.structs.replace(scene.engine.plan.queues[0], accept_mode=AcceptMode.PULL)
    scene.tell(
        30, "plan_changed", plan=msgspec.structs.replace(scene.engine.plan, queues=(pulled,))
    )
    assert pass_on(scene) == [*PASSED_ON, RETURNED]


# --- what is said of it ---


def test_the_explanation_says_who_passed_it_on() -> None:
    """Not that they declined: they were not asked."""
    why = with_ben_full().engine.explain("w")
    assert why is not None
    assert {named.agent: named.reason for named in why.named} == {
        "ann": Passed.PASSED_ON,
        "ben": Passed.FULL,
        "eva": Passed.OFFLINE,
    }
