"""After-contact work: whether, how long, and whom it blocks."""

import pytest

from routing.plan import Wrapup, WrapupMode
from tests.unit.routing.scene import Scene, agent, plan


def scene_with(**policy: object) -> Scene:
    """One agent with one chat that has just ended, and another chat waiting for a free slot."""
    scene = Scene(plan(agent("ann", capacity=25), wrapup={"chat": Wrapup(**policy)}))
    scene.arrive(0, "w")
    scene.arrive(1, "next")
    return scene


@pytest.mark.parametrize(
    ("label", "policy", "expected"),
    [
        ("none", {}, ["ann leaves w: ended", "w done by ann", "ann gets next"]),
        (
            "timed, holding",
            {"mode": WrapupMode.TIMED, "ms": 50, "holds": True},
            ["ann leaves w: ended", "ann wraps up w until 60"],
        ),
        (
            "timed, free",
            {"mode": WrapupMode.TIMED, "ms": 50},
            ["ann leaves w: ended", "ann wraps up w until 60", "ann gets next"],
        ),
        (
            "optional never holds",
            {"mode": WrapupMode.OPTIONAL, "ms": 50, "holds": True},
            ["ann leaves w: ended", "ann wraps up w until 60", "ann gets next"],
        ),
        (
            "mandatory, holding",
            {"mode": WrapupMode.MANDATORY, "ms": 50, "holds": True},
            ["ann leaves w: ended", "ann wraps up w until None"],
        ),
    ],
)
def test_what_follows_an_end(label: str, policy: dict, expected: list[str]) -> None:
    """Each mode blocks as it says."""
    assert scene_with(**policy).tell(10, "work_ended", work="w", agent="ann") == expected, label


@pytest.mark.parametrize(
    ("label", "mode", "expected"),
    [
        ("timed", WrapupMode.TIMED, ["ann wrapped up w: agent", "w done by ann", "ann gets next"]),
        ("forced", WrapupMode.TIMED_FORCED, ["refused: wrapup_forced"]),
    ],
)
def test_ending_it_early(label: str, mode: WrapupMode, expected: list[str]) -> None:
    """The agent may, unless the time is forced."""
    scene = scene_with(mode=mode, ms=50, holds=True)
    scene.tell(10, "work_ended", work="w", agent="ann")
    assert scene.tell(20, "wrapup_ended", work="w", agent="ann") == expected, label


def test_time_ends_it() -> None:
    """Then the held slot is free and the idle time begins."""
    scene = scene_with(mode=WrapupMode.TIMED_FORCED, ms=50, holds=True)
    scene.tell(10, "work_ended", work="w")
    assert scene.tick(60) == ["ann wrapped up w: time", "w done by ann", "ann gets next"]


def test_extensions_are_counted() -> None:
    """Once more, not for ever."""
    scene = scene_with(mode=WrapupMode.TIMED, ms=50, holds=True, extensions=1, extend_ms=30)
    scene.tell(10, "work_ended", work="w")
    assert scene.tell(20, "wrapup_extended", work="w", agent="ann") == ["ann wraps up w until 90"]
    refused = scene.tell(30, "wrapup_extended", work="w", agent="ann")
    assert refused == ["refused: no_more_extensions"]
    assert scene.tick(89) == []
    assert scene.tick(90)[0] == "ann wrapped up w: time"


@pytest.mark.parametrize(
    ("label", "tag", "fields", "expected"),
    [
        ("of nothing", "wrapup_ended", {"work": "x", "agent": "ann"}, "unknown_work"),
        ("too early", "wrapup_ended", {"work": "w", "agent": "ann"}, "wrong_state"),
        ("too early to extend", "wrapup_extended", {"work": "w", "agent": "ann"}, "wrong_state"),
        ("an end of nothing", "work_ended", {"work": "x"}, "unknown_work"),
        ("an end of what waits", "work_ended", {"work": "next"}, "wrong_state"),
        ("an end by another", "work_ended", {"work": "w", "agent": "ben"}, "not_yours"),
    ],
)
def test_refusals(label: str, tag: str, fields: dict, expected: str) -> None:
    """What cannot be is refused with its reason."""
    scene = scene_with(mode=WrapupMode.TIMED, ms=50)
    assert scene.tell(5, tag, **fields) == [f"refused: {expected}"], label


def test_another_agent_cannot_end_it() -> None:
    """A wrap-up is its agent's."""
    scene = scene_with(mode=WrapupMode.TIMED, ms=50)
    scene.tell(10, "work_ended", work="w")
    assert scene.tell(11, "wrapup_ended", work="w", agent="ben") == ["refused: not_yours"]


def test_a_customer_who_comes_back_ends_it() -> None:
    """A conversation has one live piece of work, and a customer does not wait for paperwork."""
    scene = scene_with(mode=WrapupMode.MANDATORY, holds=True)
    scene.tell(10, "work_ended", work="w")
    told = scene.arrive(11, "again", conversation="of w")
    assert told[:3] == ["ann wrapped up w: customer_back", "w done by ann", "again waits: arrived"]


def test_one_live_piece_of_work_a_conversation() -> None:
    """The second is refused while the first lives, and welcome afterwards."""
    scene = Scene(plan(agent("ann")))
    scene.arrive(0, "w1", conversation="c")
    assert scene.arrive(1, "w2", conversation="c") == ["refused: conversation_has_work"]
    assert scene.arrive(1, "w1", conversation="d") == ["refused: duplicate"]
    scene.tell(2, "work_ended", work="w1")
    assert scene.arrive(3, "w2", conversation="c")[-1] == "ann gets w2"
