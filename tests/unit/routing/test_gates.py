"""When a comparison is refused."""

import pytest

from routing.comparison import Difference, Measures
from routing.gates import METRICS, BadGate, Gate, judge, parse

AFTER = Measures(
    count=10,
    mean_wait_ms=1_000,
    p50_wait_ms=900,
    p90_wait_ms=60_000,
    p99_wait_ms=90_000,
    service_level=0.79,
    breaches=3,
    abandoned=0,
    abandonment=0.0,
    occupancy=None,
)
DIFFERENCES = {
    "p90_wait_ms": Difference(value=6_000, percent=11.1),
    "service_level": Difference(value=-0.03, percent=-3.66),
    "breaches": Difference(value=2, percent=200),
    "abandoned": Difference(value=0, percent=None),
    "p50_wait_ms": Difference(value=900, percent=None),
}


@pytest.mark.parametrize(
    ("text", "metric", "number", "difference", "relative", "group"),
    [
        ("p90_wait>+10%", "p90_wait_ms", 10, True, True, {}),
        ("p90_wait > 1.5m", "p90_wait_ms", 90_000, False, False, {}),
        ("mean_wait>=-500ms", "mean_wait_ms", -500, True, False, {}),
        ("service_level<80%", "service_level", 0.8, False, False, {}),
        ("service_level<-2pp", "service_level", -0.02, True, False, {}),
        ("occupancy>0.9", "occupancy", 0.9, False, False, {}),
        ("breaches>+0", "breaches", 0, True, False, {}),
        ("abandonment<=+5%", "abandonment", 5, True, True, {}),
        ("queue=vip: p99_wait>5m", "p99_wait_ms", 300_000, False, False, {"queue": "vip"}),
        ("channel=sms,priority=2:breaches>1", "breaches", 1, False, False, {"channel": "sms", "priority": "2"}),
    ],
)  # fmt: skip
def test_grammar(text, metric, number, difference, relative, group) -> None:
    """METRIC, comparison, a sign for a difference, a number, its unit; before it a group."""
    found = parse(text)
    assert found == Gate(
        text, group, metric, found.operator, pytest.approx(number), difference, relative
    )
    assert found.operator in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no gate"),
        ("p90_wait", "is no gate"),
        ("p90_wait=10s", "is no gate"),
        ("p90_wait>ten", "is no gate"),
        ("p90_wait>+10%!", "is no gate"),
        ("p95_wait>10s", "there is no p95_wait"),
        ("p90_wait>10", "p90_wait is a time: write ms, s, m or h"),
        ("p90_wait>10%", "p90_wait is a time"),
        ("p90_wait>+10pp", "p90_wait is a time"),
        ("breaches>10s", "breaches is a number: write no unit"),
        ("service_level<10s", "service_level is a share"),
        ("service_level<80pp", "service_level is a share"),
        ("vip:breaches>1", "'vip' names no group"),
    ],
)
def test_what_is_no_gate_is_told(text: str, says: str) -> None:
    """What is wrong with it, and what to write instead."""
    with pytest.raises(BadGate, match=says):
        parse(text)


@pytest.mark.parametrize(
    ("text", "value", "refused"),
    [
        ("p90_wait>+10%", 11.1, True),
        ("p90_wait>+12%", 11.1, False),
        ("p90_wait>+6s", 6_000, False),
        ("p90_wait>=+6s", 6_000, True),
        ("p90_wait>59s", 60_000, True),
        ("service_level<80%", 0.79, True),
        ("service_level<-2pp", -0.03, True),
        ("service_level<-5%", -3.66, False),
        ("breaches>2", 3, True),
        ("abandoned>+10%", 0, False),
        ("p50_wait>+1000%", float("inf"), True),
        ("occupancy>90%", None, True),
        ("p99_wait>+10%", None, True),
    ],
)
def test_verdicts(text: str, value: float | None, refused: bool) -> None:
    """By the figure or its difference; what cannot be looked at is refused."""
    assert judge(parse(text), AFTER, DIFFERENCES)[1:] == (value, refused)


def test_a_group_that_is_not_there_is_refused() -> None:
    """A gate on a queue that is gone must not pass in silence."""
    assert judge(parse("p90_wait>1h"), None, {}).refused


def test_every_metric_is_a_figure() -> None:
    """The grammar's names are fields of what is measured."""
    for metric in METRICS:
        unit = "s" if metric.endswith("wait") else ""
        assert parse(f"{metric}>1{unit}").metric in Measures.__struct_fields__
