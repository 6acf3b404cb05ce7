"""What is done with work that waits too long, in too long a line, for nobody, or after hours."""

from typing import Any

import pytest

from routing.calendar import Hours
from routing.plan import AcceptMode, AtClosing, ChannelPlan, Do, Overflow, QueuePlan, Step, Sticky
from tests.unit.routing.scene import CHAT, MAIL, Scene, agent, plan

HOUR_MS = 3_600_000
# 1970 began on a Thursday; open from the first to the second hour, and from the third on
OFFICE = Hours(weekly={"thu": (("01:00", "02:00"), ("03:00", "24:00"))})
LIVE = ChannelPlan(id="voice", exclusive=True, live=True, accept_mode=AcceptMode.AUTO)


def rule(when: str, do: Do, **fields: Any) -> Overflow:
    return Overflow(when=when, do=do, **fields)


def desk(*rules: Overflow, **fields: Any) -> Scene:
    """Ann serves `q`, Ben the queue `help`; nobody is there yet but who signs in."""
    queues = (QueuePlan(id="q", overflow=rules, **fields), QueuePlan(id="help"))
    ben = agent("ben", queues={"help": 1})
    return Scene(plan(agent("ann"), ben, queues=queues, channels=(LIVE, CHAT, MAIL)), "ben")


@pytest.mark.parametrize(
    ("label", "made", "expected"),
    [
        ("further agents", rule("wait_ms >= 5s", Do.ADD_POOL, pool=("help",)), ["ben gets w"]),
        (
            "another queue",
            rule("wait_ms >= 5s", Do.MOVE_QUEUE, queue="help"),
            ["w waits: overflow", "ben gets w"],
        ),
        ("words", rule("wait_ms >= 5s", Do.MESSAGE, template="busy"), []),
        ("voicemail", rule("wait_ms >= 5s", Do.VOICEMAIL), []),
        ("a callback", rule("wait_ms >= 5s", Do.CALLBACK_OFFER), []),
        ("the end", rule("wait_ms >= 5s", Do.CLOSE), ["w cancelled: overflow"]),
    ],
)
def test_each_action_is_carried_out_when_its_time_has_come(
    label: str, made: Overflow, expected: list[str]
) -> None:
    """At the instant, once, and not before."""
    scene = desk(made)
    assert scene.arrive(1_000, "w") == ["w waits: arrived"], label
    assert scene.tick(5_999) == []
    told = scene.tick(6_000)
    assert told[0].startswith(f"w overflows q: {made.do}"), label
    assert told[1:] == expected, label
    assert scene.tick(60_000) == [], label


def test_overflowing_keeps_the_age() -> None:
    """Who has waited here has waited there."""
    scene = desk(rule("wait_ms >= 5s", Do.MOVE_QUEUE, queue="help"))
    scene.tell(0, "agent_presence", agent="ben", presence="busy")
    scene.arrive(1_000, "w")
    scene.arrive(1_001, "younger", queue="help", conversation="c2")
    scene.tick(6_000)
    assert scene.work("w").enqueued_at == 1_000
    assert scene.work("w").queue == "help"
    told = scene.tell(7_000, "agent_presence", agent="ben", presence="available")
    assert told[0] == "ben gets w"


def test_a_full_queue_turns_the_next_one_away_and_nobody_who_can_be_served() -> None:
    """The line counts who waits, the newcomer too; who is taken at once does not wait."""
    scene = desk(rule("waiting > 1", Do.CLOSE))
    scene.tell(0, "agent_presence", agent="ann", presence="available")
    for number in range(4):
        assert scene.arrive(1, f"w{number}")[-1] == f"ann gets w{number}"
    assert scene.arrive(2, "w4") == ["w4 waits: arrived"]
    assert scene.arrive(3, "w5")[1:] == [
        "w5 overflows q: close ",
        "w5 cancelled: overflow",
    ]
    assert scene.work("w4").phase == "waiting"


def test_the_expected_wait_is_the_line_by_the_agents_there() -> None:
    """Two before and a minute each make three minutes for one agent."""
    scene = desk(rule("ewt > 2m", Do.MESSAGE, template="busy"), handle_ms=60_000)
    scene.tell(0, "agent_presence", agent="ann", presence="available")
    scene.tell(0, "agent_presence", agent="ann", presence="busy")
    told = [scene.arrive(n, f"w{n}")[1:] for n in range(3)]
    assert told == [[], [], ["w2 overflows q: message busy"]]


def test_the_last_agent_to_leave_sets_it_off() -> None:
    """`staffed == 0` is noticed when it becomes true."""
    scene = desk(rule("staffed == 0", Do.MOVE_QUEUE, queue="help"))
    scene.tell(0, "agent_presence", agent="ann", presence="available")
    scene.tell(0, "agent_presence", agent="ann", presence="busy")
    assert scene.arrive(1, "w") == ["w waits: arrived"]
    assert scene.tell(2, "agent_presence", agent="ann", presence="offline") == [
        "w overflows q: move_queue help",
        "w waits: overflow",
        "ben gets w",
    ]


def test_going_in_a_circle_ends() -> None:
    """A plan is refused for it; if one is in force all the same, the work stays where it is."""
    queues = tuple(
        QueuePlan(id=own, overflow=(rule("wait_ms >= 1s", Do.MOVE_QUEUE, queue=other),))
        for own, other in (("q", "help"), ("help", "q"))
    )
    scene = Scene(plan(agent("ann"), queues=queues), "nobody")
    scene.arrive(0, "w")
    assert scene.tick(10_000) == [
        "w overflows q: move_queue help",
        "w waits: overflow",
        "w overflows help: stay q",
    ]


# --- hours ---


def test_after_hours_work_waits_for_the_opening() -> None:
    """An agent who stays late gets none of it by itself, but may take it."""
    scene = desk(hours=OFFICE)
    scene.tell(0, "agent_presence", agent="ann", presence="available")
    assert scene.arrive(10, "w1") == ["w1 waits: arrived"]
    assert scene.arrive(11, "w2") == ["w2 waits: arrived"]
    assert scene.tell(12, "work_grabbed", work="w2", agent="ann") == ["ann gets w2"]
    assert scene.tick(HOUR_MS - 1) == []
    assert scene.tick(HOUR_MS) == ["ann gets w1"]


def test_who_waits_on_the_line_gets_the_closed_action() -> None:
    """A caller cannot wait until Monday; a letter can."""
    scene = desk(rule("closed and live", Do.VOICEMAIL), hours=OFFICE)
    assert scene.arrive(10, "call", "voice")[1:] == ["call overflows q: voicemail "]
    assert scene.arrive(11, "letter", "mail")[1:] == []


@pytest.mark.parametrize(
    ("at_closing", "at_two", "then"),
    [
        (AtClosing.DRAIN, [], ["ann gets w"]),
        (AtClosing.EJECT, ["w overflows q: message busy"], []),
    ],
)
def test_work_inside_at_closing_time(
    at_closing: AtClosing, at_two: list[str], then: list[str]
) -> None:
    """It is served all the same, or is as if it came now."""
    busy = rule("closed", Do.MESSAGE, template="busy")
    scene = desk(busy, hours=OFFICE, at_closing=at_closing)
    assert scene.arrive(HOUR_MS + 1, "w") == ["w waits: arrived"]
    assert scene.tick(2 * HOUR_MS) == at_two
    present = {"agent": "ann", "presence": "available"}
    assert scene.tell(2 * HOUR_MS + 1, "agent_presence", **present) == then


def test_hours_survive_a_restart_over_night() -> None:
    """What has opened meanwhile is open, though nobody was there to see it."""
    scene = desk(hours=OFFICE)
    scene.tell(0, "agent_presence", agent="ann", presence="available")
    scene.arrive(10, "w")
    scene.engine = scene.engine.restore(scene.engine.plan, scene.engine.snapshot())
    assert scene.tick(HOUR_MS + 7) == ["ann gets w"]


def test_what_was_taken_at_night_and_comes_back_by_day_waits_for_no_opening() -> None:
    """After hours is where the work is now, not where it once was."""
    scene = desk(hours=OFFICE)
    scene.tell(0, "agent_presence", agent="ann", presence="available")
    scene.arrive(10, "w")
    scene.tell(12, "work_grabbed", work="w", agent="ben")
    told = scene.tell(HOUR_MS + 1, "agent_presence", agent="ben", presence="offline")
    assert told == ["ben leaves w: offline", "w waits: offline", "ann gets w"]


def test_who_leaves_over_night_is_still_waited_for_in_the_morning() -> None:
    """While the queue is closed nobody else may have the work: with a restart and without."""
    scene = desk(hours=OFFICE, sticky=Sticky.SOFT, sticky_ms=2 * HOUR_MS)
    scene.tell(0, "agent_presence", agent="ann", presence="available")
    scene.arrive(10, "w", last_agent="ann")
    scene.tell(11, "agent_presence", agent="ann", presence="offline")
    again = scene.engine.restore(scene.engine.plan, scene.engine.snapshot())
    for engine in (scene.engine, again):
        scene.engine = engine
        scene.tell(20, "agent_presence", agent="ann", presence="available")
        assert scene.tick(HOUR_MS) == ["ann gets w"]
        assert scene.decided[0].why.pinned


def test_a_clock_that_jumps_over_the_opening_opens() -> None:
    """Hours are the wall clock's."""
    scene = desk(hours=OFFICE)
    scene.tell(0, "agent_presence", agent="ann", presence="available")
    scene.arrive(10, "w")
    told = scene.tell(HOUR_MS + 20, "clock_stepped", by_ms=HOUR_MS)
    assert told[-1] == "ann gets w"


# --- what steps say beside levels ---


def stepped(*steps: Step, **fields: Any) -> Scene:
    """Ann speaks Chinese, Ben English; Eva serves `help`."""
    queues = (QueuePlan(id="q", steps=steps, **fields), QueuePlan(id="help"))
    made = plan(
        agent("ann", skills={"zh": 3}),
        agent("ben", skills={"en": 3}),
        agent("eva", queues={"help": 1}),
        queues=queues,
    )
    return Scene(made)


@pytest.mark.parametrize(
    ("label", "steps", "expected"),
    [
        ("nobody special", (Step(),), "ann gets w"),
        ("a preferred agent", (Step(prefer=("ben",)),), "ben gets w"),
        ("preferred, but of no such queue", (Step(prefer=("eva",)),), "ann gets w"),
        ("more than levels", (Step(who="skill.en >= 2 or skill.fr >= 2"),), "ben gets w"),
        ("less than that", (Step(who="not skills has zh"),), "ben gets w"),
        ("another queue", (Step(queue_override="help"),), "eva gets w"),
    ],
)
def test_steps_choose_among_agents(label: str, steps: tuple[Step, ...], expected: str) -> None:
    """`prefer` orders, `who` selects, `queue_override` sends elsewhere."""
    assert stepped(*steps).arrive(10, "w")[-1] == expected, label


def test_a_preferred_agent_who_is_busy_is_not_waited_for() -> None:
    """A preference is none that costs time."""
    scene = stepped(Step(prefer=("ben",)))
    scene.tell(1, "agent_presence", agent="ben", presence="busy")
    assert scene.arrive(10, "w")[-1] == "ann gets w"


def test_a_step_may_move_the_work_to_another_queue() -> None:
    """At the same age, under the rules of that queue, and on through the steps of its own."""
    scene = stepped(Step(), Step(after_ms=500, queue_override="help", pool=("q",)))
    for ident in ("ann", "ben"):
        scene.tell(1, "agent_presence", agent=ident, presence="busy")
    scene.arrive(10, "w")
    assert scene.tick(510) == ["w steps to 1: time", "eva gets w"]
    assert scene.work("w").queue == "help"


def test_work_that_comes_back_to_its_queue_is_shown_to_agents_before_any_more_rules() -> None:
    """A move ends the look at the rules, also where a step leads straight back."""
    back = QueuePlan(id="help", steps=(Step(queue_override="q"),))
    rules = (rule("waiting > 0", Do.MOVE_QUEUE, queue="help"), rule("waiting > 0", Do.CLOSE))
    there = QueuePlan(id="q", overflow=rules, steps=(Step(need={"zh": 1}),))
    scene = Scene(plan(agent("ann", skills={}), agent("eva", skills={"zh": 1}, queues={"vip": 1}),
                       queues=(there, back, QueuePlan(id="vip"))))  # fmt: skip
    assert scene.arrive(10, "w") == [
        "w waits: arrived",
        "w overflows q: move_queue help",
        "w waits: overflow",
        "ann gets w",
    ]


def test_agents_who_see_the_work_by_now_have_not_declined_it() -> None:
    """The delay is over while a colleague lets the offer pass."""
    slow = agent("ben", delays={"q": 5_000})
    scene = Scene(plan(agent("ann"), slow))
    scene.arrive(1_000, "w", "voice")
    scene.tell(2_000, "agent_presence", agent="ben", presence="busy")
    assert scene.tell(9_000, "offer_declined", offer="w.1", agent="ann") == [
        "ann declines w.1",
        "w waits: declined",
    ]


def test_agents_with_a_delay_see_the_work_later() -> None:
    """Those whose queue it is have the first go."""
    made = plan(agent("ann"), agent("ben", delays={"q": 2_000}), channels=(CHAT,))
    scene = Scene(made, "ben")
    assert scene.arrive(1_000, "w") == ["w waits: arrived"]
    assert scene.tick(2_999) == []
    assert scene.tick(3_000) == ["ben gets w"]
    scene.tell(4_000, "agent_presence", agent="ann", presence="available")
    assert scene.arrive(4_001, "w2")[-1] == "ann gets w2"
