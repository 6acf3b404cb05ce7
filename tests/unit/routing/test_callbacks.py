"""When a number may be called, what follows a try, which times can be booked, who wishes a call."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.callbacks import WORDS, Slots
from gateway.domain.clock import parse_rfc3339
from routing import callbacks as rules
from routing.calendar import Calendar, Hours
from routing.callbacks import Next, Outcome, Terms

MINUTE = 60_000
TERMS = Terms(max_attempts=3, retry_ms=(5 * MINUTE, 30 * MINUTE), busy_ms=MINUTE)

TRIES = [
    ("answered", Outcome.ANSWERED, 1, Next.DONE, 0, 1),
    ("busy: soon again", Outcome.BUSY, 1, Next.AGAIN, MINUTE, 1),
    ("no answer: the first delay", Outcome.NO_ANSWER, 1, Next.AGAIN, 5 * MINUTE, 1),
    ("no answer: the next delay", Outcome.NO_ANSWER, 2, Next.AGAIN, 30 * MINUTE, 2),
    ("a machine", Outcome.MACHINE, 1, Next.AGAIN, 5 * MINUTE, 1),
    ("the last try", Outcome.NO_ANSWER, 3, Next.EXHAUSTED, 0, 3),
    ("busy at the last try", Outcome.BUSY, 3, Next.EXHAUSTED, 0, 3),
    ("the carrier's fault is not counted", Outcome.CARRIER, 3, Next.AGAIN, 5 * MINUTE, 2),
    ("no such number", Outcome.INVALID, 1, Next.REFUSED, 0, 1),
    ("a number that we may not call", Outcome.BLOCKED, 1, Next.REFUSED, 0, 1),
    ("the agent was not there", Outcome.UNMANNED, 0, Next.READY, 0, 0),
]


@pytest.mark.parametrize(
    ("outcome", "tries", "state", "delay_ms", "counted"),
    [row[1:] for row in TRIES],
    ids=[row[0] for row in TRIES],
)
def test_what_follows_a_try(outcome, tries, state, delay_ms, counted) -> None:
    """Each outcome has its wait, or ends it."""
    step = rules.after(outcome, tries, TERMS)
    assert (step.next, step.delay_ms, step.tries) == (state, delay_ms, counted)


ZONES = [
    ("one zone of a country", "+8613800138000", "", ("Asia/Shanghai",)),
    ("of an area", "+14155550100", "", ("America/Los_Angeles",)),
    ("what the customer said", "+14155550100", "Europe/Berlin", ("Europe/Berlin",)),
    ("a new range of a country", "+33712345678", "", ("Europe/Paris",)),
    ("of no country", "+80012345678", "", ("UTC",)),
    ("no number", "+999", "", ("UTC",)),
    ("a zone that is none: by the number", "+8613800138000", "Mars/Base", ("Asia/Shanghai",)),
    ("a zone that is none, of no country", "+80012345678", "../../etc/passwd", ("UTC",)),
]


@pytest.mark.parametrize(
    ("number", "said", "zones"), [row[1:] for row in ZONES], ids=[row[0] for row in ZONES]
)
def test_the_zones_of_a_number(number, said, zones) -> None:
    """What was said is believed; else the number's; else the desk's."""
    assert rules.zones_of(number, said, "UTC") == zones


ZONES_OR_NOT = [
    ("Asia/Shanghai", True),
    ("UTC", True),
    ("Mars/Base", False),
    ("", False),
    ("Europe", False),
    ("../../etc/passwd", False),
    ("a\x00b", False),
    ("x" * 10_000, False),
]


@pytest.mark.parametrize(("name", "known"), ZONES_OR_NOT)
def test_what_is_a_zone(name: str, known: bool) -> None:
    """Whatever a zone's name is not - a folder, a path, no text that a file may have - is none."""
    assert rules.is_zone(name) is known


HOMES = [
    ("one zone", "tel:+8613800138001", "Asia/Shanghai"),
    ("many zones", "tel:+79161234567", ""),
    ("no zone", "tel:+80012345678", ""),
    ("a short code", "tel:SHOP", ""),
    ("no number", "webchat:chat:01a203a4-4ced-7d19-9b83-b202c0c7ca99", ""),
]


@pytest.mark.parametrize(("urn", "home"), [row[1:] for row in HOMES], ids=[r[0] for r in HOMES])
def test_where_somebody_lives(urn: str, home: str) -> None:
    """Only a number that is of one zone tells; nobody else is greeted by an hour."""
    assert rules.home_of(urn) == home


def test_a_number_of_many_zones_is_called_when_all_are_awake() -> None:
    """A Russian mobile may be in Kaliningrad or in Anadyr: only hours that suit both are left."""
    zones = rules.zones_of("+79161234567", "", "UTC")
    assert {"Europe/Moscow", "Asia/Anadyr"} <= set(zones)
    calendars = [rules.waking(zone, "08:00", "21:00") for zone in zones]
    at = parse_rfc3339("2026-11-23T12:00:00+03:00")  # 21:00 in Anadyr
    allowed = rules.next_allowed(at, at + 86_400_000, calendars)
    assert allowed == parse_rfc3339("2026-11-24T08:00:00+02:00")  # Bucharest wakes last
    assert allowed < parse_rfc3339("2026-11-24T21:00:00+12:00")


SHANGHAI = [rules.waking("Asia/Shanghai", "08:00", "21:00")]
ALLOWED = [
    ("awake", "2026-11-23T12:00:00+08:00", "2026-11-23T12:00:00+08:00"),
    ("asleep", "2026-11-23T23:00:00+08:00", "2026-11-24T08:00:00+08:00"),
    ("too early", "2026-11-23T07:59:59+08:00", "2026-11-23T08:00:00+08:00"),
    ("the last hour is over", "2026-11-23T21:00:00+08:00", "2026-11-24T08:00:00+08:00"),
]


@pytest.mark.parametrize(
    ("at", "allowed"), [row[1:] for row in ALLOWED], ids=[row[0] for row in ALLOWED]
)
def test_nobody_is_woken(at, allowed) -> None:
    """A call outside the hours is moved to the next allowed instant."""
    start = parse_rfc3339(at)
    assert rules.next_allowed(start, start + 86_400_000, SHANGHAI) == parse_rfc3339(allowed)


def test_hours_that_never_meet_are_no_hours() -> None:
    """A queue that is open at the customer's night calls nobody; nor does one past the window."""
    night = Calendar.of(
        Hours(tz="Asia/Shanghai", weekly=dict.fromkeys(("mon", "tue"), (("22:00", "06:00"),)))
    )
    at = parse_rfc3339("2026-11-23T12:00:00+08:00")
    assert rules.next_allowed(at, at + 30 * 86_400_000, [*SHANGHAI, night]) is None
    never = Calendar.of(Hours(tz="UTC"))
    assert rules.next_allowed(at, at + 86_400_000, [never]) is None
    late = parse_rfc3339("2026-11-23T22:00:00+08:00")
    assert rules.next_allowed(late, late + MINUTE, SHANGHAI) is None


@given(
    start=st.integers(1_700_000_000_000, 1_900_000_000_000),
    number=st.sampled_from(["+8613800138000", "+14155550100", "+79161234567", "+61412345678"]),
)
def test_what_is_allowed_is_within_all_hours(start: int, number: str) -> None:
    """Whatever is found is open everywhere, and nothing before it was."""
    calendars = [rules.waking(zone, "08:00", "21:00") for zone in rules.zones_of(number, "", "UTC")]
    found = rules.next_allowed(start, start + 3 * 86_400_000, calendars)
    assert found is not None
    assert all(calendar.is_open(found) for calendar in calendars)
    assert found == start or not all(calendar.is_open(found - 1) for calendar in calendars)


LOCAL = [
    ("plain", "2026-11-23T09:30", "Asia/Shanghai", "2026-11-23T09:30:00+08:00"),
    ("in the gap: after it", "2026-03-29T02:30", "Europe/Berlin", "2026-03-29T03:00:00+02:00"),
    ("in another gap", "2026-03-08T02:15", "America/New_York", "2026-03-08T03:00:00-04:00"),
    ("half an hour of gap", "2026-10-04T02:10", "Australia/Lord_Howe", "2026-10-04T02:30:00+11:00"),
    ("twice: the first", "2026-10-25T02:30", "Europe/Berlin", "2026-10-25T02:30:00+02:00"),
]


@pytest.mark.parametrize(
    ("local", "zone", "instant"), [row[1:] for row in LOCAL], ids=[row[0] for row in LOCAL]
)
def test_a_wall_clock_names_one_instant(local, zone, instant) -> None:
    """A reading that the clock skips is the end of the gap; of two, the first counts."""
    assert rules.instant_of(local, zone) == parse_rfc3339(instant)


@pytest.mark.parametrize(
    ("local", "zone", "words"),
    [
        ("tomorrow", "UTC", "'tomorrow' is no time; write it as 2026-01-02T09:00"),
        ("2026-11-23T09:30Z", "UTC", "has an offset; write the wall clock's time"),
        ("2026-11-23T09:30", "X", "there is no zone 'X'"),
        ("0001-01-01T00:00", "Asia/Shanghai", "'0001-01-01T00:00' is before or after all"),
        ("2026-11-23T09:30", "../X", "there is no zone '../X'"),
    ],
)
def test_what_names_no_instant_is_refused(local, zone, words) -> None:
    """A word, an offset, a zone that is not there: each is told what to write."""
    with pytest.raises(ValueError, match=words):
        rules.instant_of(local, zone)


def test_how_many_fit_into_a_slot() -> None:
    """A quarter of eight agents, fifteen minutes, five minutes each: six, rounded down."""
    quarter = Slots(share=25)
    assert quarter.capacity(8) == 6
    assert quarter.capacity(1) == 0


def test_one_agent_can_be_booked() -> None:
    """Unless the rulebook says otherwise."""
    assert Slots().capacity(1) == 1


def test_slots_lie_in_the_hours() -> None:
    """Only whole slots, from the next on."""
    shop = Calendar.of(Hours(tz="UTC", weekly={"mon": (("09:00", "10:00"), ("12:00", "12:20"))}))
    start = parse_rfc3339("2026-11-23T09:05:00Z")
    found = rules.slots([shop], start, start + 86_400_000, 15 * MINUTE)
    nine = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
    expected = [nine + timedelta(minutes=m) for m in (15, 30, 45, 180)]
    assert list(found) == [int(each.timestamp()) * 1_000 for each in expected]


WISHED = [
    "call me back",
    "Please call me at +49 151 12345678",
    "Please call back on +12025550147, I could not get through",
    "It can't wait, call me",
    "I can’t wait call me",
    "urgent call me",
    "No, call me.",
    "Oh no please call me",
    "I have no time, call me",
    "Don't write, call me",
    "please don't hesitate to call me",
    "Do not forget to call me back",
    "never mind the e-mail, call me",
    "Why don't you call me?",
    "Can't you just call me",
    "why not call me today",
    "if not call me",
    "a callback is needed",
    "请给我回电 13800138000，谢谢",
    "我特别着急，请给我打电话 13800138002",
    "我特别想你们给我打电话",
    "別擔心，請回電",
    "别忘了给我打电话",
    "不要忘记回电",
    "不用等了给我打电话",
    "不用发短信，直接打给我",
    "不用发短信直接打给我",
    "别让我再等，回电",
    "让别人给我打电话",
    "要不要给我打电话？",
    "能不能给我打电话",
    "给我打电话，不用发短信",
    "麻烦打电话给我",
    "方便的话给我打个电话",
    "请给我回个电话，谢谢",
    "請給我打個電話",
]
REFUSED = [
    "please don't call me",
    "please don’t call me",
    "dont call me",
    "Do  not\ncall me back",
    "You cannot call me now",
    "never call me again",
    "never ever call me",
    "no need to call me",
    "I don't want you to call me",
    "You don't have to call me back",
    "I do not need a callback",
    "no callback please",
    "without a callback please",
    "I told you not to call me",
    "please cancel my callback",
    "a callback is not needed",
    "A call back isn't necessary",
    "call me! no, do not call me",
    "不要给我打电话",
    "别给我打电话",
    "请别再给我打电话了",
    "不用给我回电了",
    "不用您回电",
    "不需要回电",
    "我不想你们给我打电话",
    "请不要在晚上给我打电话",
    "不用麻烦你们回电",
    "无需回电",
    "請勿回電",
    "取消我的回电",
    "别打电话给我",
    "不用给我回个电话了",
    "回电就不用了，谢谢",
    "不要 给我打电话",
    "別回電了",
]
OTHERS = [
    "where is my parcel?",
    "you said you would call me back yesterday about the parcel " * 2,
]


@pytest.mark.parametrize(
    ("text", "wished"),
    [(text, True) for text in WISHED] + [(text, False) for text in (*REFUSED, *OTHERS)],
)
def test_who_wishes_to_be_called(text: str, wished: bool) -> None:
    """A short wish, in the rulebook's words; a refusal is one where it belongs to these words."""
    assert rules.wishes(text, WORDS) is wished


NUMBERS = [
    ("international", "call me at +49 30 901820 please", "", "+4930901820"),
    ("national", "回电 138 0013 8000", "CN", "+8613800138000"),
    ("none", "call me back", "CN", None),
    ("an order number", "call me about order 123456", "CN", None),
    ("a long order number", "call me about order 20260611123456", "CN", None),
    ("of a range for plays", "please call me on +447700900147", "CN", "+447700900147"),
    ("too short", "call me on +4477", "CN", None),
    ("the sure one", "call +447700900147 or 138 0013 8000", "CN", "+8613800138000"),
]


@pytest.mark.parametrize(
    ("text", "country", "number"), [row[1:] for row in NUMBERS], ids=[row[0] for row in NUMBERS]
)
def test_numbers_in_texts(text, country, number) -> None:
    """The first number of a text, as it is dialled."""
    assert rules.number_in(text, country) == number
