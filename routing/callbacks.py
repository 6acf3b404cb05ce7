"""When a callback may be dialled, what follows each try, and which times can be booked. Pure."""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

import msgspec
import phonenumbers

from routing.calendar import DAYS, Calendar, Hours

SECOND_MS = 1_000
NO_ZONE = "Etc/Unknown"
LONGEST_WISH = 80  # characters beside the number; longer texts want more than to be called

# A refusal stands directly before the words it refuses, with little between, or it follows them.
# What is urgent is no refusal (`can't wait, call me`, 特别着急, 别忘了回电), nor is a question.
REFUSED = re.compile(
    r"(?:\b(?:(?<!why )(?<!if )not|cannot|\w+n['’]t|dont|never|no|without|cancel)"
    r"(?: (?:ever|need|want|wish|like|have|able|bother|try|you(?= to)"
    r"|to|for|of|a|any|my|the|get|give|me|receive))* "
    r"|(?:(?<!特)[别別](?!人)|(?<![要用需想])不(?:要|用|必|需要|想|希望)|[无無][需须須]|勿|取消)"
    r"[再又老总總是让讓叫派你您们們人在晚上半夜里裡早中午周末"
    r"现現今明天给給我跟打麻烦煩特意专專门門的 ]*)\Z"
)
REFUSED_AFTER = re.compile(
    r"(?:的?[话話])?[就也都]?(?:不用|不必|不需要|免|算)了"
    r"|(?:(?: is|['’]s)? not| is ?n['’]t) (?:needed|necessary|required)"
)


class Outcome(StrEnum):
    """What came of one try to reach a customer."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    MACHINE = "machine"
    CARRIER = "carrier"  # no fault of the customer's: it is not counted
    INVALID = "invalid"  # there is no such number, or a fax
    BLOCKED = "blocked"  # we may not call it
    UNMANNED = "unmanned"  # the agent did not pick up; nobody was dialled


class Next(StrEnum):
    """Where a callback goes after a try."""

    DONE = "done"
    AGAIN = "again"
    READY = "ready"  # at once, in its old place
    EXHAUSTED = "exhausted"
    REFUSED = "refused"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How often and after how long a customer is called again."""

    max_attempts: int = 3
    retry_ms: tuple[int, ...] = (300_000, 1_800_000, 14_400_000)
    busy_ms: int = 300_000


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What follows a try: the state, the wait, and the tries that count from now on."""

    next: Next
    delay_ms: int = 0
    tries: int


AT_ONCE = {
    Outcome.ANSWERED: Next.DONE,
    Outcome.INVALID: Next.REFUSED,
    Outcome.BLOCKED: Next.REFUSED,
}


def after(outcome: Outcome, tries: int, terms: Terms) -> Step:
    """What follows a try; `tries` counts this one already, where the customer was dialled."""
    if outcome in AT_ONCE:
        return Step(next=AT_ONCE[outcome], tries=tries)
    if outcome is Outcome.UNMANNED:
        return Step(next=Next.READY, tries=tries)
    if outcome is Outcome.CARRIER:
        return Step(next=Next.AGAIN, delay_ms=terms.retry_ms[0], tries=max(0, tries - 1))
    if tries >= terms.max_attempts:
        return Step(next=Next.EXHAUSTED, tries=tries)
    delay_ms = terms.retry_ms[min(tries, len(terms.retry_ms)) - 1]
    if outcome is Outcome.BUSY:
        delay_ms = terms.busy_ms
    return Step(next=Next.AGAIN, delay_ms=delay_ms, tries=tries)


# --- when a number may be called ---


def is_zone(name: str) -> bool:
    """Whether clocks are known by this name. What was one may be none after an update of tzdata."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # absent, ill-formed, or a folder of zones
        return False
    return True


def zones_of(number: str, said: str, fallback: str) -> tuple[str, ...]:
    """Every zone in which a telephone may ring; what the customer said of it is believed.

    A zone that is none any more counts as if nobody had named it.
    """
    if said and is_zone(said):
        return (said,)
    try:
        from phonenumbers import timezone  # its tables are large, and few nodes dial

        dialled = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return (fallback,)
    zones = timezone.time_zones_for_number(dialled)
    if NO_ZONE in zones:  # a range that is not in its tables, of a country that is
        zones = timezone.time_zones_for_geographical_number(dialled)
    return tuple(filter(is_zone, zones)) or (fallback,)


def home_of(urn: str) -> str:
    """The zone in which whoever has an address lives; "" where no number tells, or tells two."""
    scheme, _, number = urn.partition(":")
    zones = zones_of(number, "", "") if scheme == "tel" else ()
    return zones[0] if len(zones) == 1 else ""


@lru_cache(maxsize=1_024)
def waking(zone: str, opens: str, closes: str) -> Calendar:
    """The hours of a day in which a telephone may ring, in one zone."""
    weekly = dict.fromkeys(DAYS, ((opens, closes),))
    return Calendar.of(Hours(tz=zone, weekly=weekly))


def next_allowed(at: int, until: int, calendars: Collection[Calendar]) -> int | None:
    """The first instant from `at` on that all calendars allow; None when none comes by `until`."""
    moment = at
    while moment <= until:
        opens = [calendar.next_open(moment) for calendar in calendars]
        if None in opens:
            return None
        later = max((each for each in opens if each is not None), default=moment)
        if later == moment:
            return moment
        moment = later
    return None


def instant_of(local: str, zone: str) -> int:
    """A wall clock's reading as an instant, ms UTC.

    What the clock skips is the first instant after the gap; what it repeats, the first of both.
    Raises ValueError for what is no local time or no zone.
    """
    try:
        moment = datetime.fromisoformat(local)
    except ValueError:
        raise ValueError(f"{local!r} is no time; write it as 2026-01-02T09:00") from None
    if moment.tzinfo is not None:
        raise ValueError(f"{local!r} has an offset; write the wall clock's time and its zone")
    try:
        there = moment.replace(tzinfo=ZoneInfo(zone), fold=0)
        back = there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except OverflowError:
        raise ValueError(f"{local!r} is before or after all that a calendar has") from None
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"there is no zone {zone!r}") from error
    if back != moment:
        there = _after_gap(there)
    return int(there.timestamp()) * SECOND_MS


def reading_of(at: int, zone: str) -> str:
    """How an instant reads on a wall clock, `2026-11-23T09:30`."""
    there = datetime.fromtimestamp(at // SECOND_MS, ZoneInfo(zone))
    return there.replace(tzinfo=None).isoformat(timespec="minutes")


def _after_gap(there: datetime) -> datetime:
    """The first instant after the gap in which this reading lies."""
    one, other = there.replace(fold=0).utcoffset(), there.replace(fold=1).utcoffset()
    assert one is not None
    assert other is not None
    offset = min(one, other)  # of the winter before; a clock that skips goes forward
    low = int((there.replace(tzinfo=UTC) - max(one, other)).timestamp())
    high = low + int(abs(other - one) / timedelta(seconds=1))
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, there.tzinfo).utcoffset() == offset:
            low = middle + 1
        else:
            high = middle
    return datetime.fromtimestamp(low, UTC)


# --- times that can be booked ---


def slots(calendars: Collection[Calendar], start: int, until: int, length_ms: int) -> Iterator[int]:
    """Starts of slots that lie wholly in all calendars, in order."""
    at = -(-start // length_ms) * length_ms
    while at + length_ms <= until:
        if all(each.elapsed_ms(at, at + length_ms) == length_ms for each in calendars):
            yield at
        at += length_ms


# --- what customers write ---


def number_of(text: str, country: str) -> str | None:
    """A number as E.164; None for what is none. `country` is where national ones are dialled."""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def number_in(text: str, country: str) -> str | None:
    """The first telephone number in a text, as E.164.

    Without its country only what is one for sure, for orders have numbers too.
    """
    sure = phonenumbers.PhoneNumberMatcher(text, country or None)
    written_whole = phonenumbers.PhoneNumberMatcher(text, None, phonenumbers.Leniency.POSSIBLE)
    for match in chain(sure, written_whole):
        return str(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164))
    return None


def wishes(text: str, words: Collection[str]) -> bool:
    """Whether a text asks to be called, refuses it nowhere, and says little else."""
    plain = " ".join("".join(c for c in text.casefold() if not c.isdecimal()).split())
    if len(plain) > LONGEST_WISH:
        return False
    said = [each for word in words for each in re.finditer(re.escape(word.casefold()), plain)]
    return bool(said) and not any(
        REFUSED.search(plain, 0, each.start()) or REFUSED_AFTER.match(plain, each.end())
        for each in said
    )
