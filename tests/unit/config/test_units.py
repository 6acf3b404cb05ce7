"""Durations, sizes and opening hours, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.hours import Calendar
from config.units import format_duration, format_size, parse_duration, parse_size

DURATIONS = [
    ("0", 0, "0s"),
    ("30s", 30_000, "30s"),
    ("90s", 90_000, "90s"),
    ("1h30m", 5_400_000, "90m"),
    ("1h 30m", 5_400_000, "90m"),
    ("24h", 86_400_000, "24h"),
    ("2d", 172_800_000, "2d"),
    ("1500ms", 1_500, "1500ms"),
]


@pytest.mark.parametrize(("text", "ms", "short"), DURATIONS)
def test_a_duration(text, ms, short) -> None:
    """A number and a unit, or several; written back in the largest unit that is exact."""
    assert parse_duration(text) == ms
    assert format_duration(ms) == short


@pytest.mark.parametrize(
    "text", ["", "30", "s", "-5s", "1.5h", "5 minutes", "5x", "9999999d", "5s!"]
)
def test_no_duration(text) -> None:
    """What is no duration is refused, and the refusal says how to write one."""
    with pytest.raises(ValueError, match=r"; (write it as|a duration)|is too much"):
        parse_duration(text)


@given(st.integers(0, 10**11))
def test_durations_come_back(ms) -> None:
    """Writing a duration and reading it gives the same milliseconds."""
    assert parse_duration(format_duration(ms)) == ms


@given(st.integers(0, 2**40))
def test_sizes_come_back(size) -> None:
    """Writing a size and reading it gives the same bytes."""
    assert parse_size(format_size(size)) == size


PAIRS = [["09:00", "12:00"], ["13:00", "18:00"]]
WEEKS = [
    ("one day", {"mon": "9:00-18:00"}, {"mon": [["09:00", "18:00"]]}),
    (
        "days to days",
        {"sat-mon": "10:00-16:00"},
        {d: [["10:00", "16:00"]] for d in ("mon", "sat", "sun")},
    ),
    (
        "days one by one",
        {"sat, sun": "10:00-16:00"},
        {d: [["10:00", "16:00"]] for d in ("sat", "sun")},
    ),
    ("several windows", {"mon": "09:00-12:00, 13:00 - 18:00"}, {"mon": PAIRS}),
    ("a list of windows", {"mon": ["09:00-12:00", "13:00-18:00"]}, {"mon": PAIRS}),
    ("a list of pairs", {"mon": PAIRS}, {"mon": PAIRS}),
    ("over night", {"mon": "22:00-06:00"}, {"mon": [["22:00", "06:00"]]}),
    ("to midnight", {"mon": "22:00-24:00"}, {"mon": [["22:00", "24:00"]]}),
    ("closed", {"mon": "closed", "tue": "09:00-18:00"}, {"tue": [["09:00", "18:00"]]}),
]


@pytest.mark.parametrize(
    ("written", "week"), [row[1:] for row in WEEKS], ids=[row[0] for row in WEEKS]
)
def test_weekly_windows(written, week) -> None:
    """Windows are written in whatever way is short, and read by the clock in one."""
    assert Calendar.model_validate({"weekly": written}).document("UTC")["weekly"] == week


BAD_HOURS = [
    ("no day", {"weekly": {"someday": "09:00-18:00"}}, "is no day"),
    (
        "two of them",
        {"weekly": {"foo": "closed", "bar": "closed"}},
        "(?s)'foo' is no day.*'bar' is no day",
    ),
    ("a day twice", {"weekly": {"mon-fri": "09:00-18:00", "tue": "closed"}}, "says tue twice"),
    ("no time", {"weekly": {"mon": "9-18"}}, "is no time of day"),
    ("too late", {"weekly": {"mon": "09:00-25:00"}}, "is no time of day"),
    ("24:00 to begin with", {"weekly": {"mon": "24:00-06:00"}}, "is no time of day"),
    ("one time", {"weekly": {"mon": "09:00"}}, "is no window"),
    ("overlap", {"weekly": {"mon": "09:00-12:00 11:00-18:00"}}, "overlap at 11:00"),
    ("no date", {"holidays": ["2026-02-30"]}, "is no date"),
    ("dates backwards", {"holidays": ["2026-10-07..2026-10-01"]}, "is no span of days"),
    ("no zone", {"tz": "Mars/Olympus"}, "is no time zone"),
    ("a path for a zone", {"tz": "../../etc/passwd"}, "is no time zone"),
]


@pytest.mark.parametrize(
    ("written", "what"), [row[1:] for row in BAD_HOURS], ids=[row[0] for row in BAD_HOURS]
)
def test_bad_hours(written, what) -> None:
    """What is no calendar is refused, in words."""
    with pytest.raises(ValidationError, match=what):
        Calendar.model_validate(written)


def test_holidays_and_exceptions() -> None:
    """A span of holidays is its days; an exception is the windows of one date."""
    calendar = Calendar.model_validate(
        {
            "tz": "Asia/Shanghai",
            "weekly": {"mon": "09:00-18:00"},
            "holidays": ["2026-10-02", "2026-10-01..2026-10-03"],
            "exceptions": {"2026-10-10": "09:00-12:00", "2026-10-11": "closed"},
        }
    ).document("UTC")
    assert calendar["tz"] == "Asia/Shanghai"
    assert calendar["holidays"] == ["2026-10-01", "2026-10-02", "2026-10-03"]
    assert calendar["exceptions"] == {"2026-10-10": [["09:00", "12:00"]], "2026-10-11": []}


def test_public_holidays_and_makeup_workdays() -> None:
    """China's weekends that are worked have Monday's windows; what is written beats both."""
    calendar = Calendar.model_validate(
        {
            "weekly": {"mon": "09:00-18:00"},
            "holidays": ["2026-11-11"],
            "exceptions": {"2026-02-14": "closed"},
            "public_holidays": "CN",
        }
    )
    written = calendar.document("Asia/Shanghai")
    assert {"2026-10-01", "2026-10-07", "2026-11-11", "2026-02-23"} <= set(written["holidays"])
    assert not {"2026-10-08", "2026-02-24", "2026-02-14"} & set(written["holidays"])
    assert written["exceptions"]["2026-10-10"] == [["09:00", "18:00"]]
    assert written["exceptions"]["2026-02-14"] == []
    assert calendar.last_known_day >= "2026-12-31"


def test_stored_holidays_stay() -> None:
    """A version of the rulebook keeps the days it was applied with, whatever the libraries say."""
    stored = {"weekly": {"mon": "09:00-18:00"}, "public_holidays": ["CN"]}
    stored["public_days"] = {"holidays": ["2026-03-03"], "known_until": "2026-12-31"}
    assert Calendar.model_validate(stored).document("UTC")["holidays"] == ["2026-03-03"]
    fresh = Calendar.model_validate({"public_holidays": ["DE-BY", "CN"]})
    assert Calendar.model_validate_json(fresh.model_dump_json()) == fresh
    assert {"2026-11-01", "2026-10-07"} <= set(fresh.document("UTC")["holidays"])


def test_round_the_clock() -> None:
    """`24x7` alone is a calendar, in the desk's zone."""
    assert Calendar.model_validate("24x7").document("Asia/Tokyo") == {
        "tz": "Asia/Tokyo",
        "kind": "24x7",
    }
