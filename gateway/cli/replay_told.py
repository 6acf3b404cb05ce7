"""What `parley replay` says: lines of data, a table for people, and why it refuses."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isinf
from typing import Any

import msgspec
from rich.table import Table

from gateway.cli.replay_picture import WORDS, spoken
from gateway.pipeline.contrast import Changes, Drawn, Figures
from routing.comparison import Difference, Measures
from routing.gates import Gate, Verdict

WAIT = "_wait_ms"
SHARES = ("service_level", "abandonment", "occupancy")
# The table's columns: what is shown, and under which heading.
COLUMNS = {
    "count": "work",
    "p50_wait_ms": "p50",
    "p90_wait_ms": "p90",
    "p99_wait_ms": "p99",
    "service_level": "in time",
    "breaches": "broken",
    "abandonment": "gave up",
    "occupancy": "busy",
}


def lines(
    about: Mapping[str, Any],
    drawn: Drawn,
    figures: Iterable[Figures],
    changes: Changes,
    verdicts: Iterable[Verdict],
) -> Iterator[dict[str, Any]]:
    """The replay, its groups, what changes, and each gate: a line each."""
    yield {"kind": "replay", **about, "drawn": msgspec.to_builtins(drawn)}
    for group in figures:
        yield {"kind": "figures", **msgspec.to_builtins(group)}
    yield {"kind": "changes", **msgspec.to_builtins(changes)}
    for verdict in verdicts:
        yield {
            "kind": "gate",
            "gate": verdict.gate.text,
            "value": verdict.value,
            "refused": verdict.refused,
        }


def table(figures: Sequence[Figures]) -> Table:
    """Two rows for each group: by the rulebook in force, and by the proposed one."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column("group", no_wrap=True)
    for heading in ("rules", *COLUMNS.values()):
        made.add_column(heading, justify="left" if heading == "rules" else "right", no_wrap=True)
    for group in figures:
        name = ", ".join(f"{key}={value}" for key, value in group.group.items()) or "all"
        for rules, run in (("in force", group.in_force), ("proposed", group.proposed)):
            made.add_row(name, rules, *(_shown(run, metric) for metric in COLUMNS))
            name = ""
    return made


def summary(figures: Sequence[Figures], changes: Changes, drawn: Drawn) -> Iterator[str]:
    """What changes, in sentences."""
    found = figures[0].difference.get("p90_wait_ms")
    if found is not None and found.low is not None and found.high is not None:
        yield (
            f"The wait within which 90 % were served changes by {_signed(found.value)}, between"
            f" {_signed(found.low)} and {_signed(found.high)} with {drawn.confidence_percent} %"
            f" confidence ({drawn.resamples} resamples of {drawn.number} {drawn.units})."
        )
    yield (
        f"Of {changes.pieces} pieces of work {changes.unchanged} go as before: {changes.sooner}"
        f" sooner, {changes.later} later, {changes.other_agent} to another agent,"
        f" {changes.other_queue} to another queue, {changes.gained} that nobody had, and"
        f" {changes.lost} no longer to anybody."
    )


def _shown(run: Measures | None, metric: str) -> str:
    value = getattr(run, metric) if run is not None else None
    return "-" if value is None else worded(metric, value)


def worded(metric: str, value: float) -> str:
    """A figure in its unit."""
    if metric.endswith(WAIT):
        return spoken(round(value), WORDS["en"])
    return f"{100 * value:.1f} %" if metric in SHARES else f"{value:g}"


def _signed(ms: float) -> str:
    return f"{'-' if ms < 0 else '+'}{worded(WAIT, abs(ms))}"


def measured(
    gate: Gate, figures: Iterable[Figures]
) -> tuple[Measures | None, Mapping[str, Difference]]:
    """What a gate looks at."""
    for group in figures:
        if dict(group.group) == dict(gate.group):
            return group.proposed, group.difference
    return None, {}


def why(verdict: Verdict) -> str:
    """Why a gate refuses."""
    gate, value = verdict.gate, verdict.value
    if value is None:
        return f"{gate.text}: there is nothing of it to look at in this time"
    if not gate.relative:
        sign = "-" if value < 0 else "+" if gate.difference else ""
        return f"{gate.text}: it is {sign}{worded(gate.metric, abs(value))}"
    change = "from nothing" if isinf(value) else f"by {value:+.1f} %"
    return f"{gate.text}: it changes {change}"
