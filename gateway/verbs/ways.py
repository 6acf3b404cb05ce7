"""How long, and how often, a channel lets us write to an address: what the customer's last words
gave, and what was spent of it since. Counted in a row under the desk's lock, so that two agents
cannot spend the same message twice."""

from typing import NamedTuple

import msgspec

from gateway.contract.capabilities import Capabilities, SendBudget
from gateway.domain.desk import Budget
from gateway.domain.outcome import Reason
from gateway.verbs.change import Change, Lookup, by_key


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel allows after the customer's last message; without either, anything."""

    window_ms: int | None = None
    budget: SendBudget | None = None

    @property
    def counts(self) -> bool:
        """Whether there is anything to count."""
        return self.window_ms is not None or self.budget is not None


class Meter(NamedTuple):
    """How an address stands: until when it may be written to (ms), and how often still."""

    closes_at: int | None
    left: int | None


class Shut(NamedTuple):
    """Why nothing may go to an address now."""

    reason: Reason
    detail: str


def limits_of(caps: Capabilities) -> Limits:
    """What the capabilities of a channel say of what a person writes."""
    return Limits(window_ms=caps.person_window_ms or caps.window_ms, budget=caps.budget)


def machine_limits_of(caps: Capabilities) -> Limits:
    """The same of what goes out by itself."""
    return Limits(window_ms=caps.window_ms, budget=caps.budget)


def name_of(account: str, identity: str) -> str:
    """The name of the row that counts for an address: windows are each account's own."""
    return f"heard:{account}:{identity}"


def lookup(desk: str, account: str, identity: str) -> Lookup:
    """The row that counts for an address."""
    return by_key(Budget, desk, name_of(account, identity))


def meter(limits: Limits, heard: Budget | None) -> Meter:
    """How an address stands that was last heard of then; None: it never wrote to this account."""
    since, used = (heard.since, heard.used) if heard is not None else (0, 0)
    span = _span(limits)
    return Meter(
        closes_at=since + span if span is not None else None,
        left=max(0, limits.budget.messages - used) if limits.budget is not None else None,
    )


def _span(limits: Limits) -> int | None:
    """How long after the customer's words all of it lasts; None: for ever."""
    spans = [limits.window_ms, limits.budget.per_ms if limits.budget is not None else None]
    return min((span for span in spans if span is not None), default=None)


def shut(limits: Limits, heard: Budget | None, now: int) -> Shut | None:
    """Why nothing may go to an address now; None when something may."""
    closes_at, left = meter(limits, heard)
    if closes_at is not None and now >= closes_at:
        detail = "The channel takes an answer only for a while after the customer's last message."
        return Shut(Reason.WINDOW_CLOSED, detail)
    if left == 0 and limits.budget is not None:
        most = limits.budget.messages
        detail = f"The channel takes {most} answers to one message of the customer; all are spent."
        return Shut(Reason.BUDGET_SPENT, detail)
    return None


def closed(change: Change, limits: Limits, account: str, identity: str) -> Shut | None:
    """The same, by what this desk counted."""
    if not limits.counts:
        return None
    heard = change.get(Budget, change.desk.id, name_of(account, identity))
    return shut(limits, heard, change.now)


def hear(change: Change, limits: Limits, account: str, identity: str, at: int) -> None:
    """The customer wrote: the window opens anew. One that was long on its way opens no more."""
    if not limits.counts:
        return
    name = name_of(account, identity)
    known = change.get(Budget, change.desk.id, name)
    if known is None or at >= known.since:
        change.put(Budget(desk=change.desk.id, name=name, since=at, used=0))


def open_a_little(
    change: Change, limits: Limits, account: str, identity: str, at: int, given: SendBudget
) -> None:
    """The customer did something less than writing: so much may go, unless more may already.

    The row counts back from its window's end, so that a short window is an old one of the channel's
    own with some of it spent.
    """
    span = _span(limits)
    if span is None:
        return
    spent = limits.budget.messages - given.messages if limits.budget is not None else 0
    since, used = at + given.per_ms - span, max(0, spent)
    name = name_of(account, identity)
    known = change.get(Budget, change.desk.id, name)
    if known is not None and at < known.since + span:
        since, used = max(known.since, since), min(known.used, used)
    change.put(Budget(desk=change.desk.id, name=name, since=since, used=used))


def spend(change: Change, limits: Limits, account: str, identity: str) -> None:
    """One message goes."""
    if limits.budget is None:
        return
    known = change.get(Budget, change.desk.id, name_of(account, identity))
    if known is not None:
        change.put(msgspec.structs.replace(known, used=known.used + 1))


def refused(
    change: Change, limits: Limits, account: str, identity: str, spent_at: int, reason: str
) -> None:
    """One certainly did not go: it is given back, unless its provider says that all were spent.

    What the customer's later words gave anew is not touched.
    """
    known = change.get(Budget, change.desk.id, name_of(account, identity))
    if known is None or known.since > spent_at:
        return
    used = max(0, known.used - 1)
    if reason == Reason.BUDGET_SPENT and limits.budget is not None:
        used = limits.budget.messages
    if used != known.used:
        change.put(msgspec.structs.replace(known, used=used))


def heard_since(change: Change, account: str, identity: str, at: int) -> bool:
    """Whether the customer has written after an instant, and so opened the window anew."""
    known = change.get(Budget, change.desk.id, name_of(account, identity))
    return known is not None and known.since > at
