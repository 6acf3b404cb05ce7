"""Failpoints: named, off unless asked for, and each action is what it says."""

import os
import subprocess
import sys

import pytest

from gateway.failpoints import FAILPOINTS, FailpointHit, _parse, failpoint

SCRIPT = """
from gateway.failpoints import FailpointHit, failpoint
for name in {names!r}:
    try:
        failpoint(name)
    except FailpointHit as hit:
        print("hit", hit)
    else:
        print("passed", name)
"""


def passes(armed: str, names: tuple[str, ...]) -> tuple[int, list[str]]:
    """How a process ends that passes these points, and what it says."""
    done = subprocess.run(
        [sys.executable, "-u", "-c", SCRIPT.format(names=names)],
        env=os.environ | {"PARLEY_FAILPOINTS": armed},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def test_nothing_is_armed_by_itself() -> None:
    """A process that was not told to fail passes every point."""
    for name in FAILPOINTS:
        failpoint(name)


def test_every_transition_has_two() -> None:
    """One before and one after each durable transition."""
    halves: dict[str, set[str]] = {}
    for name in FAILPOINTS:
        transition, _, where = name.partition(".")
        halves.setdefault(transition, set()).add(where)
    assert halves.pop("send") == {"before", "after"}
    assert set(halves) == {"accept", "write", "claim", "settle", "decide", "apply"}
    assert all(where == {"before_commit", "after_commit"} for where in halves.values())


@pytest.mark.parametrize(
    ("text", "armed"),
    [
        ("", {}),
        (";", {}),
        ("send.before=exit", {"send.before": ("exit", 1)}),
        (
            "send.before=stop@3;settle.after_commit=raise",
            {"send.before": ("stop", 3), "settle.after_commit": ("raise", 1)},
        ),
    ],
)
def test_arming(text: str, armed: dict[str, tuple[str, int]]) -> None:
    """An action per name, from the n-th hit only."""
    assert _parse(text) == armed


@pytest.mark.parametrize("text", ["nowhere=exit", "send.before=explode", "send.before", "exit"])
def test_what_is_misspelt_is_refused(text: str) -> None:
    """A test that arms nothing would pass for no reason; the error says how to write it."""
    with pytest.raises(ValueError, match="is not <failpoint>="):
        _parse(text)


def test_the_nth_hit_raises() -> None:
    """Those before pass, and those behind it fail too; other points are not touched."""
    code, said = passes(
        "send.before=raise@2", ("send.before", "send.after", "send.before", "send.before")
    )
    assert code == 0
    assert said == ["passed send.before", "passed send.after", "hit send.before", "hit send.before"]
    assert issubclass(FailpointHit, Exception)


def test_exit_ends_the_process_at_once() -> None:
    """As by kill -9: nothing behind it runs."""
    code, said = passes("settle.before_commit=exit", ("send.before", "settle.before_commit"))
    assert (code, said) == (137, ["passed send.before"])
