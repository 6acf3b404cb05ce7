"""Which times can be booked for a callback, and what a wish of an agent means in instants."""

from collections.abc import Iterator, Mapping

import msgspec

from gateway.contract import Calls
from gateway.domain.clock import DAY_MS
from gateway.domain.outcome import Refusal
from gateway.pipeline.accounts import Account
from gateway.pipeline.inforce import InForce
from gateway.verbs.callback import Slot, Window
from routing import callbacks as rules
from routing.calendar import Calendar

CHOOSE = "Choose one of the free times."


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """When a callback is to be, and the place that it takes."""

    window: Window
    slot: Slot | None
    local_time: str = ""  # the wall clock's reading and its zone, as RFC 9557 writes them


class FreeSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A time, and how many callbacks fit into it when nobody has booked."""

    slot: Slot
    start: int


def dialling(accounts: Mapping[str, Account], named: str) -> tuple[str, str] | None:
    """The account that dials for those who did not call, and the number that it shows."""
    for account in accounts.values():
        numbers = getattr(account.settings, "numbers", ())
        if isinstance(account.adapter, Calls) and numbers and named in ("", account.id):
            return account.id, numbers[0]
    return None


def calendars_of(inforce: InForce, queue: str, number: str, zone: str) -> list[Calendar]:
    """The hours of a queue, and those of each zone in which a number may be."""
    wanted = inforce.rulebook.callbacks
    zones = rules.zones_of(number, zone, inforce.rulebook.desk.timezone)
    waking = [rules.waking(each, wanted.earliest, wanted.latest) for each in zones]
    return [*waking, inforce.calendar_of_queue(queue)]


def clock_of(inforce: InForce, zone: str) -> str:
    """By whose clock a time is read: the customer's, where that is known, else the desk's."""
    return zone if zone and rules.is_zone(zone) else inforce.rulebook.desk.timezone


def slots(inforce: InForce, queue: str, number: str, zone: str, now: int) -> Iterator[FreeSlot]:
    """The times that can be booked for a number, from now on."""
    wanted = inforce.rulebook.callbacks.slots
    calendars = calendars_of(inforce, queue, number, zone)
    for start in rules.slots(calendars, now, now + wanted.days * DAY_MS, wanted.length_ms):
        yield FreeSlot(slot=_slot(inforce, queue, start), start=start)


def _slot(inforce: InForce, queue: str, start: int) -> Slot:
    wanted, agents = inforce.rulebook.callbacks.slots, inforce.rulebook.staff(queue)
    return Slot(key=f"{queue}:{start}", capacity=wanted.capacity(agents))


def at_once(inforce: InForce, now: int) -> Booked:
    """As soon as somebody has time."""
    closes_at = now + inforce.rulebook.callbacks.window_ms
    return Booked(window=Window(origin_at=now, visible_at=now, closes_at=closes_at), slot=None)


def at_time(
    inforce: InForce, queue: str, number: str, local_time: str, zone: str, now: int
) -> Booked | Refusal:
    """The slot that a wall clock's time begins; why it cannot be booked. `zone`: the customer's."""
    wanted = inforce.rulebook.callbacks.slots
    clock = clock_of(inforce, zone)
    try:
        start = rules.instant_of(local_time, clock)
    except ValueError as error:
        return Refusal(
            code="invalid_time",
            detail=f"The time cannot be read: {error}.",
            what_to_do=CHOOSE,
            status=422,
        )
    if start % wanted.length_ms:
        minutes = wanted.length_ms // 60_000
        return _no_slot(f"Callbacks are booked every {minutes} minutes.")
    if not now <= start <= now + wanted.days * DAY_MS:
        return _no_slot(f"A time within the next {wanted.days} days can be booked.")
    end = start + wanted.length_ms
    for calendar in calendars_of(inforce, queue, number, zone):
        if calendar.elapsed_ms(start, end) != wanted.length_ms:
            return _no_slot("The queue is closed then, or the customer may be asleep.")
    closes_at = start + inforce.rulebook.callbacks.window_ms
    return Booked(
        window=Window(origin_at=start, visible_at=start, closes_at=closes_at, due=end),
        slot=_slot(inforce, queue, start),
        local_time=f"{local_time}[{clock}]",
    )


def _no_slot(detail: str) -> Refusal:
    return Refusal(code="no_slot", detail=detail, what_to_do=CHOOSE, status=422)
