"""What to do after an outcome. Pure; the whole retry policy of the house is `after`."""

from random import Random
from typing import assert_never

import msgspec

from gateway.contract import (
    Accepted,
    Capabilities,
    Deferred,
    Doubt,
    InDoubt,
    Outcome,
    Reason,
    Rejected,
)
from gateway.domain.clock import HOUR_MS, SECOND_MS
from gateway.domain.job import Attempt, Doubtful, Job

FIRST_DELAY_MS = 1 * SECOND_MS
LONGEST_DELAY_MS = 1 * HOUR_MS
DOUBLINGS = 12  # 2**12 s is past the longest delay

# A provider that says "in 30 s" to a hundred senders does not want them all at once then.
SPREAD_MS = 1 * SECOND_MS


class Sent(msgspec.Struct, frozen=True, kw_only=True, tag="sent"):
    """Done: the provider has it, and named it."""

    provider_id: str


class Retry(msgspec.Struct, frozen=True, kw_only=True, tag="retry"):
    """Send again at `at` (ms), with the same key."""

    at: int
    reason: Reason
    detail: str


class Find(msgspec.Struct, frozen=True, kw_only=True, tag="find"):
    """Ask the provider at `at` (ms) whether it went out, before any other try."""

    at: int
    detail: str


class Waiting(msgspec.Struct, frozen=True, kw_only=True, tag="waiting"):
    """A report may still tell; at `until` (ms) it counts as Unknown."""

    until: int
    detail: str


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag="unknown"):
    """It may have been sent, and a person decides."""

    detail: str


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """Certainly not sent, and over."""

    reason: Reason
    detail: str
    code: str = ""


Next = Sent | Retry | Find | Waiting | Unknown | Failed


def after(
    outcome: Outcome,
    attempts: int,
    caps: Capabilities,
    first_tried_at: int,
    now: int,
    random: Random,
) -> Next:
    """What comes next, after `attempts` tries (this one counted) of which the first was at a time.

    After `Find`, the answer is an outcome too: found is `Accepted`, absent is `Deferred` (certainly
    not sent), and an answer that did not come is `InDoubt` again. Times are ms since 1970 UTC.
    """
    assert attempts >= 1, "an outcome has a try before it"
    give_up_at = first_tried_at + caps.retry_for_ms
    match outcome:
        case Accepted():
            return Sent(provider_id=outcome.provider_id)
        case Rejected():
            return Failed(reason=outcome.reason, detail=outcome.detail, code=outcome.code)
        case Deferred():
            return _after_deferred(outcome, attempts, give_up_at, now, random)
        case InDoubt():
            return _after_doubt(outcome, attempts, caps, give_up_at, now, random)
        case _:
            assert_never(outcome)


def backoff_ms(attempts: int, random: Random) -> int:
    """Exponential with full jitter, 1 s to 1 h."""
    ceiling = min(FIRST_DELAY_MS * 2 ** min(attempts, DOUBLINGS), LONGEST_DELAY_MS)
    return random.randint(FIRST_DELAY_MS, ceiling)


def _after_deferred(
    outcome: Deferred, attempts: int, give_up_at: int, now: int, random: Random
) -> Retry | Failed:
    at = now + backoff_ms(attempts, random)
    if outcome.retry_after_ms is not None:
        asked = now + outcome.retry_after_ms
        at = max(at, asked + random.randint(0, SPREAD_MS))
    elif now < give_up_at:
        at = min(at, give_up_at)  # the last try is the end of the time, not before it
    if at > give_up_at:
        return Failed(reason=Reason.UNAVAILABLE, detail=_given_up(outcome.detail, attempts))
    return Retry(at=at, reason=outcome.reason, detail=outcome.detail)


def _after_doubt(
    outcome: InDoubt,
    attempts: int,
    caps: Capabilities,
    give_up_at: int,
    now: int,
    random: Random,
) -> Retry | Find | Waiting | Unknown:
    """Never Failed: what may have been sent is not said to have failed."""
    detail = outcome.detail
    if outcome.final:
        return Unknown(detail=detail)
    at = now + backoff_ms(attempts, random)
    match caps.in_doubt:
        case Doubt.HOLD:
            return Unknown(detail=detail)
        case Doubt.WAIT:
            return Waiting(until=now + caps.doubt_wait_ms, detail=detail)
        case Doubt.FIND | Doubt.RETRY if at > give_up_at:
            return Unknown(detail=_given_up(detail, attempts))
        case Doubt.FIND:
            # Asked too soon, a provider that is still at it says that it has nothing.
            return Find(at=max(at, now + caps.doubt_wait_ms), detail=detail)
        case Doubt.RETRY:
            return Retry(at=at, reason=Reason.UNAVAILABLE, detail=detail)
        case _:
            assert_never(caps.in_doubt)


def _given_up(detail: str, attempts: int) -> str:
    tries = "1 try" if attempts == 1 else f"{attempts} tries"
    return f"given up after {tries}; the last: {detail}"


def since(job: Job, attempt: Attempt) -> int:
    """When the try began that is in doubt: an earlier one, when this one only asked about it."""
    if not job.body:
        return attempt.started_at
    return msgspec.json.decode(job.body, type=Doubtful).since


def doubt(since_ms: int, *, ask: bool) -> str:
    """What a job keeps of a try that nobody knows the end of."""
    return msgspec.json.encode(Doubtful(since=since_ms, ask=ask)).decode()
