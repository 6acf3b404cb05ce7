"""When a comparison is refused: `p90_wait>+10%`, `queue=vip:service_level<80%`. Pure.

A number with a sign is a difference to the run before; one without is the figure itself.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from routing.comparison import Difference, Measures

WAITS = ("mean_wait", "p50_wait", "p90_wait", "p99_wait")
SHARES = ("service_level", "abandonment", "occupancy")
COUNTS = ("breaches", "abandoned")
METRICS = (*WAITS, *SHARES, *COUNTS)

TIMES = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
GRAMMAR = (
    f"write [KEY=VALUE,...:]METRIC, one of > >= < <=, a sign for a difference, a number and its"
    f" unit, as p90_wait>+10%, p99_wait>5m, service_level<-2pp or queue=vip:service_level<80%;"
    f" METRIC is one of {', '.join(METRICS)}"
)

_GATE = re.compile(
    r"\s*(?:(?P<group>[^:<>]+):)?\s*(?P<metric>\w+)\s*(?P<operator>[<>]=?)"
    r"\s*(?P<sign>[+-]?)(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|pp|ms|s|m|h)?\s*"
)


class BadGate(ValueError):
    """This says nothing that could be looked at."""


class Gate(NamedTuple):
    """Refuse when this holds of a group. `relative`: a number of percent of what was."""

    text: str
    group: Mapping[str, str]
    metric: str  # a field of Measures
    operator: str
    number: float
    difference: bool
    relative: bool


class Verdict(NamedTuple):
    """What a gate came to. `value` None: there is nothing to look at, which is refused too."""

    gate: Gate
    value: float | None
    refused: bool


def parse(text: str) -> Gate:
    """One gate as people write it. Raises BadGate, which says what to write."""
    found = _GATE.fullmatch(text)
    if found is None:
        raise BadGate(f"{text!r} is no gate; {GRAMMAR}")
    metric, unit, sign = found["metric"], found["unit"] or "", found["sign"]
    if metric not in METRICS:
        raise BadGate(f"{text!r}: there is no {metric}; {GRAMMAR}")
    number = float(found["number"]) * (-1 if sign == "-" else 1)
    relative = unit == "%" and bool(sign)
    scale = _scale(metric, unit, bool(sign))
    if scale is None:
        raise BadGate(f"{text!r}: {_units(metric)}")
    return Gate(
        text=text,
        group=_group(text, found["group"]),
        metric=f"{metric}_ms" if metric in WAITS else metric,
        operator=found["operator"],
        number=number if relative else number * scale,
        difference=bool(sign),
        relative=relative,
    )


def _scale(metric: str, unit: str, difference: bool) -> float | None:
    """What the number counts in, None where the unit does not suit."""
    if unit == "%" and difference:
        return 1
    if metric in WAITS:
        return TIMES.get(unit)
    if metric in COUNTS:
        return 1 if not unit else None
    return {"%": 0.01, "pp": 0.01 if difference else None, "": 1}.get(unit)


def _units(metric: str) -> str:
    if metric in WAITS:
        return f"{metric} is a time: write ms, s, m or h, or a sign and % for a relative change"
    if metric in COUNTS:
        return f"{metric} is a number: write no unit, or a sign and % for a relative change"
    return f"{metric} is a share: write %, or a sign and pp for points, or a sign and %"


def _group(text: str, group: str | None) -> dict[str, str]:
    out: dict[str, str] = {}
    for part in (group or "").split(",") if group else ():
        key, is_said, value = (each.strip() for each in part.partition("="))
        if not is_said or not key:
            raise BadGate(f"{text!r}: {part!r} names no group; {GRAMMAR}")
        out[key] = value
    return out


def judge(gate: Gate, after: Measures | None, differences: Mapping[str, Difference]) -> Verdict:
    """Look at a gate; what cannot be looked at is refused, for nobody knows that it is well."""
    value: float | None
    if not gate.difference:
        value = getattr(after, gate.metric) if after is not None else None
    else:
        found = differences.get(gate.metric)
        value = None if found is None else _change(found) if gate.relative else found.value
    refused = value is None or OPERATORS[gate.operator](value, gate.number)
    return Verdict(gate, value, refused)


def _change(found: Difference) -> float:
    """In percent; anything is infinitely more than nothing."""
    if found.percent is not None:
        return found.percent
    return float("inf") if found.value > 0 else 0.0
