"""Why an agent got the work: counted, named, never dear."""

import pytest

from routing.events import AssignmentStarted, OfferCreated, Passed, Why
from routing.plan import ChannelPlan, Wrapup, WrapupMode
from tests.unit.routing.scene import CHAT, Scene, agent, plan

HOLDING = {"chat": Wrapup(mode=WrapupMode.MANDATORY, holds=True)}


def why_of(scene: Scene) -> Why:
    return next(
        event.why
        for event in scene.decided
        if isinstance(event, OfferCreated | AssignmentStarted) and event.why
    )


def crowded() -> Scene:
    """Everybody has another reason not to get "w"; only yan is left."""
    zh = {"skills": {"zh": 3}, "capacity": 25}
    names = ["away", "busy", "calm", "full", "gone", "lone", "nozh", "note", "wrap", "yan"]
    plans = {name: agent(name, **zh) for name in names}
    plans["nozh"] = agent("nozh", skills={"zh": 1})
    plans["note"] = agent("note", skills={"zh": 3}, queues={})
    plans["calm"] = agent("calm", **zh | {"queues": {"q": 2}})
    scene = Scene(plan(*plans.values(), wrapup=HOLDING), "wrap")
    scene.arrive(1, "w0")
    scene.tell(2, "work_ended", work="w0")
    scene.tell(3, "agent_presence", agent="full", presence="available")
    scene.arrive(4, "w1")
    scene.tell(7, "agent_presence", agent="busy", presence="busy")
    scene.tell(7, "agent_presence", agent="gone", presence="available")
    scene.tell(8, "agent_lost", agent="gone")
    for name in ("nozh", "note"):
        scene.tell(9, "agent_presence", agent=name, presence="available")
    return scene


def test_every_agent_of_a_small_queue_is_accounted_for() -> None:
    """Counts by reason add up to those considered, less the one who got it."""
    scene = crowded()
    for name in ("yan", "calm"):
        scene.tell(10, "agent_presence", agent=name, presence="available")
    scene.arrive(11, "w", needs={"zh": 3})
    why = why_of(scene)
    assert why.passed == {
        Passed.OFFLINE: 2,
        Passed.BUSY: 1,
        Passed.LOST: 1,
        Passed.OUTRANKED: 1,
        Passed.FULL: 1,
        Passed.LACKS_SKILL: 1,
        Passed.WRAPUP: 1,
    }
    assert why.considered == 9
    assert (why.queue, why.step, why.needs, why.rank) == ("q", 0, {"zh": 3}, 1)
    assert why.key == (0, 11)
    assert not why.sampled
    reasons = {named.agent: named.reason for named in why.named}
    assert reasons["nozh"] is Passed.LACKS_SKILL
    assert reasons["wrap"] is Passed.WRAPUP
    assert reasons["full"] is Passed.FULL
    assert reasons["gone"] is Passed.LOST
    assert reasons["calm"] is Passed.OUTRANKED


def test_work_that_waits_is_explained_on_request() -> None:
    """Every agent of the desk, with the first reason that applies."""
    scene = Scene(
        plan(agent("ann"), agent("ben", queues={}), agent("eva", skills={"zh": 2})), "ann"
    )
    scene.arrive(1, "w", needs={"zh": 2})
    why = scene.engine.explain("w")
    assert why is not None
    assert {named.agent: named.reason for named in why.named} == {
        "ann": Passed.LACKS_SKILL,
        "ben": Passed.NOT_IN_QUEUE,
        "eva": Passed.OFFLINE,
    }
    assert scene.engine.explain("nothing") is None


@pytest.mark.parametrize(
    ("label", "tag", "reason"),
    [("declined", "offer_declined", Passed.DECLINED), ("missed", "tick", Passed.NOT_RESPONDING)],
)
def test_who_passed_it_over_is_named(label: str, tag: str, reason: Passed) -> None:
    """The second agent's explanation names the first."""
    scene = Scene(plan(agent("ann"), agent("ben")))
    scene.arrive(0, "w", "voice")
    fields = {"offer": "w.1", "agent": "ann"} if tag != "tick" else {}
    scene.tell(30_000, tag, **fields)
    assert [(n.agent, n.reason) for n in why_of(scene).named] == [("ann", reason)], label


def test_large_queues_are_not_counted_in_every_decision() -> None:
    """The explanation says that it is short; the whole is there on request."""
    scene = Scene(plan(*(agent(f"a{n:02}") for n in range(40)), channels=(CHAT,)), "a00")
    scene.arrive(1, "w")
    why = why_of(scene)
    assert (why.sampled, why.considered, why.named) == (True, 0, ())
    whole = scene.engine.explain("w")
    assert whole is not None
    assert (whole.considered, whole.passed, len(whole.named)) == (40, {Passed.OFFLINE: 39}, 10)


def test_work_for_one_named_agent_is_anothers() -> None:
    """Others could, and may not."""
    mail = ChannelPlan(id="mail", weight=100, accept_mode=CHAT.accept_mode)
    scene = Scene(plan(agent("ann"), agent("ben"), agent("eva"), channels=(mail,)), "ann", "ben")
    scene.arrive(1, "a", "mail")
    scene.arrive(2, "b", "mail")
    scene.tell(3, "agent_presence", agent="eva", presence="available")
    scene.tell(4, "work_transferred", work="a", agent="ann", to_agent="ben")
    why = scene.engine.explain("a")
    assert why is not None
    assert why.pinned
    assert {n.agent: n.reason for n in why.named} == {
        "ann": Passed.PASSED_ON,
        "ben": Passed.FULL,
        "eva": Passed.ANOTHERS,
    }


def test_who_is_being_asked_is_not_passed_over() -> None:
    """The offer says who is asked; the others are accounted for beside it."""
    scene = Scene(plan(agent("ann"), agent("bea"), accept_mode="manual"), "ann", "bea")
    scene.arrive(5, "w")
    (asked,) = [event.agent for event in scene.decided if isinstance(event, OfferCreated)]
    told = scene.engine.explain("w")
    assert told is not None
    assert {each.agent for each in told.named} == {"ann", "bea"} - {asked}
