"""The retry policy of the house, as tables."""

from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from gateway.pipeline import retry
from gateway.pipeline.retry import Failed, Find, Next, Retry, Sent, Unknown, Waiting, after

FIRST = 1_795_000_000_000
DAY = 24 * HOUR_MS


def caps(doubt: Doubt = Doubt.HOLD, **fields) -> Capabilities:
    return Capabilities(max_text=100, in_doubt=doubt, doubt_wait_ms=120_000, **fields)


BUSY = Deferred(reason=Reason.THROTTLED, detail="HTTP 429")
ASKED = Deferred(reason=Reason.THROTTLED, detail="HTTP 429", retry_after_ms=90_000)
NO = Rejected(reason=Reason.OPTED_OUT, detail="21610", code="21610")
LOST = InDoubt(detail="timed out")

# label, outcome, doubt, ms since the first try, the type of what comes next
KINDS: list[tuple[str, Outcome, Doubt, int, type]] = [
    ("accepted", Accepted(provider_id="SM1"), Doubt.HOLD, 0, Sent),
    ("accepted, very late", Accepted(provider_id="SM1"), Doubt.HOLD, 9 * DAY, Sent),
    ("rejected", NO, Doubt.RETRY, 0, Failed),
    ("deferred", BUSY, Doubt.HOLD, 0, Retry),
    ("deferred, one second before the end", BUSY, Doubt.HOLD, DAY - SECOND_MS, Retry),
    ("deferred, at the end", BUSY, Doubt.HOLD, DAY, Failed),
    ("asked to wait", ASKED, Doubt.HOLD, 0, Retry),
    ("asked to wait past the end", ASKED, Doubt.HOLD, DAY - 89_000, Failed),
    ("in doubt, held for a person", LOST, Doubt.HOLD, 0, Unknown),
    ("in doubt, the key makes it safe", LOST, Doubt.RETRY, 0, Retry),
    (
        "in doubt, whatever makes others safe",
        InDoubt(detail="x", final=True),
        Doubt.RETRY,
        0,
        Unknown,
    ),
    ("in doubt, safe, at the end", LOST, Doubt.RETRY, DAY, Unknown),
    ("in doubt, can be asked", LOST, Doubt.FIND, 0, Find),
    ("in doubt, asked in vain till the end", LOST, Doubt.FIND, DAY, Unknown),
    ("in doubt, a report may tell", LOST, Doubt.WAIT, 0, Waiting),
]


@pytest.mark.parametrize("row", KINDS, ids=[row[0] for row in KINDS])
def test_kinds(row) -> None:
    """Each outcome leads to one kind of next step."""
    _, outcome, doubt, age, expected = row
    got = after(outcome, 1, caps(doubt), FIRST, FIRST + age, Random(1))
    assert type(got) is expected


def test_every_doubt_has_a_row() -> None:
    """No way of handling doubt is forgotten here."""
    assert {row[2] for row in KINDS if row[1] is LOST} == set(Doubt)
    assert {row[4] for row in KINDS} == set(get_args(Next))


def test_words_are_carried() -> None:
    """The reason, the code and the provider's words reach the person who reads of the failure."""
    assert after(NO, 1, caps(), FIRST, FIRST, Random(1)) == Failed(
        reason=Reason.OPTED_OUT, detail="21610", code="21610"
    )
    given_up = after(BUSY, 7, caps(), FIRST, FIRST + DAY, Random(1))
    assert given_up == Failed(
        reason=Reason.UNAVAILABLE, detail="given up after 7 tries; the last: HTTP 429"
    )


def test_waiting_lasts_as_the_channel_says() -> None:
    """A report is awaited for the time the capability names, not for a backoff."""
    got = after(LOST, 1, caps(Doubt.WAIT), FIRST, FIRST + 5, Random(1))
    assert got == Waiting(until=FIRST + 5 + 120_000, detail="timed out")


@pytest.mark.parametrize(
    ("attempts", "ceiling_s"), [(1, 2), (2, 4), (3, 8), (11, 2_048), (12, 3_600), (500, 3_600)]
)
def test_backoff_is_spread_over_the_whole_span(attempts: int, ceiling_s: int) -> None:
    """Delays double up to an hour, and are drawn from the whole span, never below a second."""
    random = Random(7)
    drawn = [retry.backoff_ms(attempts, random) for _ in range(2_000)]
    assert min(drawn) >= SECOND_MS
    assert max(drawn) <= ceiling_s * SECOND_MS
    span = ceiling_s * SECOND_MS - SECOND_MS
    assert min(drawn) < SECOND_MS + span * 0.02
    assert max(drawn) > SECOND_MS + span * 0.98


@given(
    attempts=st.integers(1, 1_000),
    asked=st.none() | st.integers(0, 7 * DAY),
    age=st.integers(0, 2 * DAY),
    seed=st.integers(),
)
def test_a_deferred_message_is_never_early_and_never_late(attempts, asked, age, seed) -> None:
    """No try comes before the provider wants it, nor after the channel's time is over."""
    now = FIRST + age
    outcome = Deferred(reason=Reason.THROTTLED, detail="", retry_after_ms=asked)
    got = after(outcome, attempts, caps(), FIRST, now, Random(seed))
    if isinstance(got, Retry):
        assert now + max(asked or 0, SECOND_MS) <= got.at <= FIRST + DAY
    else:
        assert isinstance(got, Failed)
        assert now + max(asked or 0, SECOND_MS) + SECOND_MS > FIRST + DAY


@given(doubt=st.sampled_from(Doubt), age=st.integers(0, 9 * DAY), attempts=st.integers(1, 99))
def test_doubt_never_becomes_failure(doubt, age, attempts) -> None:
    """What may have been sent is never shown as failed."""
    got = after(LOST, attempts, caps(doubt), FIRST, FIRST + age, Random(3))
    assert not isinstance(got, Failed | Sent)


def test_a_hundred_do_not_come_back_at_once() -> None:
    """Those that were asked to wait the same time do not all return in the same instant."""
    back = {after(ASKED, 1, caps(), FIRST, FIRST, Random(seed)).at for seed in range(100)}
    assert len(back) > 50
    assert max(back) - min(back) <= SECOND_MS


def test_the_provider_is_not_asked_too_soon() -> None:
    """A provider that may still be at it is asked after the time the capability names."""
    got = after(LOST, 1, caps(Doubt.FIND), FIRST, FIRST + 5, Random(1))
    assert got == Find(at=FIRST + 5 + 120_000, detail="timed out")


def test_mail_has_its_own_patience() -> None:
    """How long a channel tries is its own capability."""
    mail = caps(Doubt.RETRY, retry_for_ms=5 * DAY)
    assert isinstance(after(BUSY, 9, mail, FIRST, FIRST + 4 * DAY, Random(1)), Retry)
    assert isinstance(after(BUSY, 9, mail, FIRST, FIRST + 5 * DAY, Random(1)), Failed)
