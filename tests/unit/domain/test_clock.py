"""Instants at the edges: RFC 3339 out and in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.clock import DAY_MS, SystemClock, parse_rfc3339, rfc3339

# label, text, milliseconds
READ = [
    ("the epoch", "1970-01-01T00:00:00Z", 0),
    ("milliseconds", "1970-01-01T00:00:00.007Z", 7),
    ("an offset east", "1970-01-01T08:00:00+08:00", 0),
    ("an offset west", "1969-12-31T19:00:00-05:00", 0),
    ("before the epoch", "1969-12-31T23:59:59.999Z", -1),
    ("microseconds are rounded", "1970-01-01T00:00:00.001600Z", 2),
]


@pytest.mark.parametrize(("label", "text", "at"), READ, ids=[row[0] for row in READ])
def test_reading(label: str, text: str, at: int) -> None:
    """Any offset is understood."""
    assert parse_rfc3339(text) == at


@pytest.mark.parametrize("text", ["2026-01-02T09:00:00", "2026-01-02"])
def test_an_instant_without_offset_is_refused(text: str) -> None:
    """Nobody guesses a zone, and the error says how to write it."""
    with pytest.raises(ValueError, match="has no offset; write it as 2026-01-02T09:00:00Z"):
        parse_rfc3339(text)


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "",
        "2026-13-02T09:00:00Z",
        "2026-01-02T09:00:00+25:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_what_is_no_instant_is_refused_in_our_words(text: str) -> None:
    """Whoever asked is told what to write, and not what Python calls it."""
    with pytest.raises(ValueError, match=r"is no time; write it as 2026-01-02T09:00:00Z$"):
        parse_rfc3339(text)


def test_writing() -> None:
    """Always UTC, always with milliseconds, always Z."""
    assert rfc3339(1_790_000_000_000) == "2026-09-21T14:13:20.000Z"
    assert rfc3339(7) == "1970-01-01T00:00:00.007Z"


@given(st.integers(min_value=0, max_value=200 * 366 * DAY_MS))
def test_what_is_written_is_read_back(at: int) -> None:
    """Not a millisecond is lost."""
    assert parse_rfc3339(rfc3339(at)) == at


def test_spans_never_go_back() -> None:
    """The monotonic clock may stand still, never return; both count milliseconds."""
    clock = SystemClock()
    spans = [clock.monotonic_ms() for _ in range(100)]
    assert spans == sorted(spans)
    assert rfc3339(clock.now_ms())[:2] == "20"
