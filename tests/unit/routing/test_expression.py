"""The conditions that people write: what they mean, and what is wrong with a wrong one."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.expression import (
    OF_AGENTS,
    OF_WAITING,
    Malformed,
    demand,
    facts_of,
    holds,
    parse,
    turns,
)

FACTS: dict[str, Any] = {
    "wait_ms": 90_000,
    "waiting": 7,
    "ewt": 0,
    "longest_wait": 90_000,
    "staffed": 0,
    "closed": False,
    "live": True,
    "channel": "voice",
    "priority": 3,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("waiting == 7", True),
        ("waiting != 7", False),
        ("waiting > 6 and waiting >= 7 and waiting < 8 and waiting <= 7", True),
        ("wait_ms >= 90s", True),
        ("wait_ms > 1m", True),
        ("wait_ms < 2h", True),
        ("longest_wait >= 2m", False),
        ("staffed==0", True),
        ("closed", False),
        ("not closed", True),
        ("closed == false", True),
        ("LIVE", None),
        ("live AND NOT closed", True),
        ("closed or live", True),
        ("closed or live and waiting > 100", False),
        ("(closed or live) and waiting > 1", True),
        ("channel in [webchat, voice]", True),
        ("channel == 'webchat'", False),
        ('channel != "webchat"', True),
        ("priority in [1, 2]", False),
    ],
)
def test_conditions_mean_what_they_say(text: str, expected: bool | None) -> None:
    """`and` binds closer than `or`, durations are milliseconds, words need no quotes."""
    if expected is None:
        with pytest.raises(Malformed):
            parse(text, OF_WAITING)
        return
    assert holds(parse(text, OF_WAITING), FACTS.__getitem__) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("waits > 3", "does not know 'waits'"),
        ("waiting", "wants one of"),
        ("waiting >", "ends where a value should stand"),
        ("waiting > voice", "compares waiting, a number, with 'voice'"),
        ("waiting > 3 3", "should end before '3'"),
        ("waiting has 3", "wants one of"),
        ("channel in voice", "wants a list"),
        ("channel in [voice", "lacks a ]"),
        ("(closed", "lacks a )"),
        ("not", "ends where a name should stand"),
        ("waiting > 3 ; drop", "cannot be read from"),
        ("(" * 40 + "closed" + ")" * 40, "nested deeper"),
        ("closed or " * 60 + "closed", "longer than"),
        ("closed > true", "should end before"),
        ("3 > waiting", "does not know '3'"),
    ],
)
def test_what_is_wrong_is_said(text: str, expected: str) -> None:
    """A condition that cannot be understood is refused before it is in force."""
    with pytest.raises(Malformed, match=re.escape(expected)):
        parse(text, OF_WAITING)


@given(st.text(alphabet="waiting closed()[]><=!,0123 andor not", max_size=60))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    """No text crashes the reader, and what it reads has an answer."""
    try:
        condition = parse(text, OF_WAITING)
    except Malformed:
        return
    assert holds(condition, FACTS.__getitem__) in (True, False)


def test_waits_at_which_a_condition_may_change_are_known() -> None:
    """Timers are set for these, and for nothing else."""
    condition = parse("wait_ms >= 30s and not (longest_wait > 1m or waiting > 3)", OF_WAITING)
    assert turns(condition, ("wait_ms", "longest_wait")) == [30_000, 30_001, 60_000, 60_001]


@pytest.mark.parametrize(
    ("text", "need", "pools", "compiled"),
    [
        ("skill.zh >= 3", {"zh": 3}, None, True),
        ("skill.zh > 3 and skills has tax", {"zh": 4, "tax": 1}, None, True),
        ("skill.zh >= 2 and skill.zh >= 4", {"zh": 4}, None, True),
        ("queues has sales", {}, {"sales"}, True),
        ("queues has sales or queues has vip", {}, {"sales", "vip"}, True),
        ("queues has sales and skill.zh >= 3", {"zh": 3}, {"sales"}, True),
        ("queues has sales and queues has vip", {}, {"sales"}, False),
        ("skill.zh >= 3 or skill.en >= 3", {}, None, False),
        ("not skills has tax", {}, None, False),
    ],
)
def test_demands_are_compiled_into_levels_and_queues(
    text: str, need: dict[str, int], pools: set[str] | None, compiled: bool
) -> None:
    """A plain conjunction is levels and queues; what is none stays a predicate on profiles."""
    asked = demand(parse(text, OF_AGENTS))
    assert (dict(asked.need), asked.pools) == (need, pools), text
    assert (asked.rest.of == ()) is compiled  # type: ignore[union-attr]


LEVELS = st.dictionaries(st.sampled_from(["zh", "en", "tax"]), st.integers(1, 5))
QUEUES = st.sets(st.sampled_from(["sales", "vip"]))
PARTS = st.sampled_from(
    [
        "skill.zh >= 3",
        "skill.en > 2",
        "skills has tax",
        "queues has vip",
        "(queues has vip or queues has sales)",
        "not skills has tax",
        "(skill.zh >= 4 or skill.en >= 4)",
        "skill.tax in [1, 2]",
    ]
)


@given(st.lists(PARTS, max_size=4).map(" and ".join), LEVELS, QUEUES)
def test_the_compiled_demand_is_the_condition(
    text: str, skills: dict[str, int], queues: set[str]
) -> None:
    """Compiling changes nothing but the cost."""
    condition = parse(text, OF_AGENTS)
    expected = holds(condition, facts_of(skills, queues))
    assert demand(condition).met_by(skills, queues) is expected
