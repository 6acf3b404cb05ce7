"""Opening hours: tables for what people write, and a wall clock that is asked every five minutes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.calendar import ALWAYS, DAY_MS, DAYS, Calendar, Hours

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
STEP_MS = 5 * MINUTE_MS
NINE_TO_FIVE = (("09:00", "17:00"),)
WORKDAYS = dict.fromkeys(DAYS[:5], NINE_TO_FIVE)
NIGHTS = dict.fromkeys(DAYS, (("22:00", "06:00"),))


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000


def berlin(**fields: object) -> Calendar:
    return Calendar.of(Hours(**{"tz": "Europe/Berlin", "weekly": WORKDAYS} | fields))


@pytest.mark.parametrize(
    ("label", "calendar", "start", "end", "hours"),
    [
        ("inside a day", berlin(), "2026-06-10T10:00+02:00", "2026-06-10T12:30+02:00", 2.5),
        ("backwards is nothing", berlin(), "2026-06-10T12:00+02:00", "2026-06-10T10:00+02:00", 0),
        ("over a weekend", berlin(), "2026-06-12T16:00+02:00", "2026-06-15T10:00+02:00", 2),
        ("a winter day", berlin(), "2026-01-14T00:00+01:00", "2026-01-15T00:00+01:00", 8),
        ("a summer day", berlin(), "2026-07-15T00:00+02:00", "2026-07-16T00:00+02:00", 8),
        ("25 h round the clock", ALWAYS, "2026-10-24T12:00+02:00", "2026-10-25T12:00+01:00", 25),
        (
            "the repeated hour counts twice",
            berlin(weekly={"sun": (("02:00", "03:00"),)}),
            "2026-10-25T00:00+02:00",
            "2026-10-26T00:00+01:00",
            2,
        ),
        (
            "the skipped hour not at all",
            berlin(weekly={"sun": (("02:00", "03:00"),)}),
            "2026-03-29T00:00+01:00",
            "2026-03-30T00:00+02:00",
            0,
        ),
        (
            "a night of nine hours",
            berlin(weekly=NIGHTS),
            "2026-10-24T12:00+02:00",
            "2026-10-25T12:00+01:00",
            9,
        ),
        (
            "half an hour of summer time",
            Calendar.of(Hours(tz="Australia/Lord_Howe", weekly={"sun": (("01:00", "03:00"),)})),
            "2026-04-04T20:00+11:00",
            "2026-04-05T20:00+10:30",
            2.5,
        ),
        (
            "a zone of three quarters",
            Calendar.of(Hours(tz="Asia/Kathmandu", weekly=WORKDAYS)),
            "2026-06-10T00:00+05:45",
            "2026-06-10T10:00+05:45",
            1,
        ),
        (
            "a day that never was",  # Samoa went from 29 to 31 December 2011
            Calendar.of(Hours(tz="Pacific/Apia", weekly=dict.fromkeys(DAYS, NINE_TO_FIVE))),
            "2011-12-29T00:00-10:00",
            "2012-01-01T00:00+14:00",
            16,
        ),
        (
            "windows that overlap count once",
            berlin(weekly={"wed": (("09:00", "12:00"), ("11:00", "13:00"))}),
            "2026-06-10T00:00+02:00",
            "2026-06-11T00:00+02:00",
            4,
        ),
        (
            "to midnight",
            berlin(weekly={"wed": (("20:00", "24:00"),), "thu": (("00:00", "01:00"),)}),
            "2026-06-10T00:00+02:00",
            "2026-06-12T00:00+02:00",
            5,
        ),
        (
            "from nine to nine is a day",
            berlin(weekly={"wed": (("09:00", "09:00"),)}),
            "2026-06-10T00:00+02:00",
            "2026-06-12T00:00+02:00",
            24,
        ),
    ],
)
def test_open_time(label: str, calendar: Calendar, start: str, end: str, hours: float) -> None:
    """Open time is what the clock on the wall says."""
    assert calendar.elapsed_ms(ms(start), ms(end)) == hours * HOUR_MS, label


CHRISTMAS = {"holidays": ("2026-12-25",)}


@pytest.mark.parametrize(
    ("label", "fields", "hours"),
    [
        ("no holiday", {}, 32),
        ("a civil day closes its own hours, tails and starts", CHRISTMAS, 18),
        ("shifts that start on it", CHRISTMAS | {"holiday_mode": "shift_start"}, 24),
        (
            "an exception beats the holiday, and the night before survives",
            CHRISTMAS | {"exceptions": {"2026-12-25": (("10:00", "12:00"),)}},
            26,
        ),
        ("an empty exception closes what starts", {"exceptions": {"2026-12-25": ()}}, 24),
        ("an exception may be a night", {"exceptions": {"2026-12-25": (("20:00", "06:00"),)}}, 34),
    ],
)
def test_special_days(label: str, fields: dict, hours: int) -> None:
    """Nightly 22-06 over Christmas, from the 23rd at noon to the 27th at noon."""
    calendar = berlin(weekly=NIGHTS, **fields)
    start, end = ms("2026-12-23T12:00+01:00"), ms("2026-12-27T12:00+01:00")
    assert calendar.elapsed_ms(start, end) == hours * HOUR_MS, label


@pytest.mark.parametrize(
    ("label", "calendar", "start", "target_hours", "expected"),
    [
        ("at the close", berlin(), "2026-06-10T09:00+02:00", 8, "2026-06-10T17:00+02:00"),
        (
            "a second later",
            berlin(),
            "2026-06-10T09:00+02:00",
            8 + 1 / 3600,
            "2026-06-11T09:00:01+02:00",
        ),
        ("nothing to wait for", berlin(), "2026-06-13T09:00+02:00", 0, "2026-06-13T09:00+02:00"),
        ("from a closed instant", berlin(), "2026-06-13T09:00+02:00", 1, "2026-06-15T10:00+02:00"),
        ("round the clock", ALWAYS, "2026-06-13T09:00+02:00", 1, "2026-06-13T10:00+02:00"),
        ("years ahead", berlin(), "2026-06-10T09:00+02:00", 8 * 261 * 3, "2029-06-08T17:00+02:00"),
        ("never open", berlin(weekly={}), "2026-06-10T09:00+02:00", 1, None),
        (
            "open once",
            berlin(weekly={}, exceptions={"2026-07-01": NINE_TO_FIVE}),
            "2026-06-10T09:00+02:00",
            8,
            "2026-07-01T17:00+02:00",
        ),
        (
            "not open enough",
            berlin(weekly={}, exceptions={"2026-07-01": NINE_TO_FIVE}),
            "2026-06-10T09:00+02:00",
            9,
            None,
        ),
        (
            "open once, long ago",
            berlin(weekly={}, exceptions={"2019-07-01": NINE_TO_FIVE}),
            "2026-06-10T09:00+02:00",
            1,
            None,
        ),
    ],
)
def test_due(
    label: str, calendar: Calendar, start: str, target_hours: float, expected: str | None
) -> None:
    """Due is the earliest instant with so much open time; None when it never comes."""
    due = calendar.due(ms(start), round(target_hours * HOUR_MS))
    assert due == (None if expected is None else ms(expected)), label


@pytest.mark.parametrize(
    ("label", "calendar", "at", "opens", "closes"),
    [
        ("open", berlin(), "2026-06-10T10:00+02:00", "2026-06-10T10:00+02:00", "2026-06-10T17:00+02:00"),
        ("at the opening", berlin(), "2026-06-10T09:00+02:00", "2026-06-10T09:00+02:00", "2026-06-10T17:00+02:00"),
        ("at the close", berlin(), "2026-06-12T17:00+02:00", "2026-06-15T09:00+02:00", "2026-06-12T17:00+02:00"),
        ("always", ALWAYS, "2026-06-10T10:00+02:00", "2026-06-10T10:00+02:00", None),
        ("never", berlin(weekly={}), "2026-06-10T10:00+02:00", None, "2026-06-10T10:00+02:00"),
        (
            "always, as people write it",
            berlin(weekly=dict.fromkeys(DAYS, (("00:00", "24:00"),))),
            "2026-06-10T10:00+02:00",
            "2026-06-10T10:00+02:00",
            None,
        ),
    ],
)  # fmt: skip
def test_next_opening_and_close(
    label: str, calendar: Calendar, at: str, opens: str | None, closes: str | None
) -> None:
    """What is said to a customer who comes now."""
    assert calendar.next_open(ms(at)) == (None if opens is None else ms(opens)), label
    assert calendar.next_close(ms(at)) == (None if closes is None else ms(closes)), label
    assert calendar.is_open(ms(at)) is (opens == at), label


@pytest.mark.parametrize(
    ("label", "document"),
    [
        ("no such zone", {"tz": "Mars/Olympus"}),
        ("a path is no zone", {"tz": "../../etc/passwd"}),
        ("no date", {"tz": "UTC", "holidays": ["soon"]}),
        ("no time", {"tz": "UTC", "weekly": {"mon": [["nine", "17:00"]]}}),
        ("no such hour", {"tz": "UTC", "weekly": {"mon": [["09:00", "25:00"]]}}),
        ("no such minute", {"tz": "UTC", "weekly": {"mon": [["09:00", "16:75"]]}}),
        ("a start at 24:00", {"tz": "UTC", "weekly": {"mon": [["24:00", "08:00"]]}}),
        ("no window", {"tz": "UTC", "weekly": {"mon": ["09:00"]}}),
        ("no mode", {"tz": "UTC", "holiday_mode": "sometimes"}),
        ("no calendar", {"tz": 5}),
    ],
)
def test_what_is_no_calendar_is_refused(label: str, document: dict) -> None:
    """By a ValueError, that a configuration can show."""
    with pytest.raises(ValueError):
        Calendar.from_document(document)


# --- against the wall clock, asked every five minutes ---


def reads_open(hours: Hours, at_ms: int) -> bool:
    """The definition, for one instant."""
    local = datetime.fromtimestamp(at_ms // 1_000, ZoneInfo(hours.tz))
    now = local.hour * 60 + local.minute
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    shut = is_holiday(hours, today) and hours.holiday_mode == "civil_day"
    for start, end in map(minutes, windows(hours, today)):
        if start <= now < (end if end > start else 24 * 60):
            return True
    return not shut and any(
        end <= start and now < end for start, end in map(minutes, windows(hours, yesterday))
    )


def windows(hours: Hours, day: date) -> tuple:
    if day.isoformat() in hours.exceptions:
        return hours.exceptions[day.isoformat()]
    return () if is_holiday(hours, day) else hours.weekly.get(DAYS[day.weekday()], ())


def is_holiday(hours: Hours, day: date) -> bool:
    return day.isoformat() in set(hours.holidays) - hours.exceptions.keys()


def minutes(window: tuple[str, str]) -> tuple[int, int]:
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in window)
    return start, end


TIMES = st.integers(0, 23 * 12 + 11).map(lambda n: f"{n // 12:02}:{n % 12 * 5:02}")
WINDOWS = st.lists(st.tuples(TIMES, st.one_of(TIMES, st.just("24:00"))), max_size=2).map(tuple)
ZONES = (
    "Europe/Berlin",
    "Asia/Shanghai",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)
TURNING = (
    date(2026, 3, 27),
    date(2026, 10, 23),
    date(2026, 3, 6),
    date(2026, 4, 3),
    date(2026, 2, 13),
)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[Hours, int]:
    first = draw(st.sampled_from(TURNING)) + timedelta(days=draw(st.integers(0, 2)))
    days = [(first + timedelta(days=n)).isoformat() for n in range(5)]
    hours = Hours(
        tz=draw(st.sampled_from(ZONES)),
        weekly=draw(st.dictionaries(st.sampled_from(DAYS), WINDOWS)),
        holidays=tuple(draw(st.lists(st.sampled_from(days), max_size=2))),
        exceptions=draw(st.dictionaries(st.sampled_from(days), WINDOWS, max_size=2)),
        holiday_mode=draw(st.sampled_from(("civil_day", "shift_start"))),
    )
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return hours, int(start.timestamp()) * 1_000


@given(weeks())
@settings(max_examples=25)
def test_the_wall_clock_agrees(week: tuple[Hours, int]) -> None:
    """For four days around a change of offset, every five minutes."""
    hours, start = week
    calendar = Calendar.of(hours)
    elapsed = 0
    for at in range(start, start + 4 * DAY_MS, STEP_MS):
        is_open = reads_open(hours, at)
        assert calendar.is_open(at) is is_open
        assert calendar.elapsed_ms(start, at) == elapsed
        elapsed += STEP_MS if is_open else 0


@given(weeks(), st.integers(1, 40 * 12), st.integers(0, 4 * DAY_MS))
@settings(max_examples=40)
def test_due_and_elapsed_are_inverse(week: tuple[Hours, int], steps: int, offset: int) -> None:
    """At the due instant so much has passed, a millisecond earlier less; closing is followed by less."""
    hours, first = week
    calendar, start, target = Calendar.of(hours), first + offset, steps * STEP_MS
    due = calendar.due(start, target)
    if due is None:
        assert not any(hours.weekly.values())
        return
    assert calendar.elapsed_ms(start, due) == target
    assert calendar.elapsed_ms(start, due - 1) == target - 1
    opens = calendar.next_open(start)
    assert opens is not None
    assert calendar.elapsed_ms(start, opens) == 0
    assert calendar.is_open(opens)


def test_the_order_of_questions_does_not_matter() -> None:
    """What has been unrolled on the way to one answer does not change another."""
    asked = [ms(f"{year}-05-04T10:00+02:00") for year in (2026, 2019, 2031, 2026, 2024)]
    calendar = berlin(holidays=("2026-05-04", "2031-05-05"))
    assert [calendar.due(at, 9 * HOUR_MS) for at in asked] == [
        berlin(holidays=("2026-05-04", "2031-05-05")).due(at, 9 * HOUR_MS) for at in asked
    ]
