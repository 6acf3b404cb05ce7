"""How often words are used: of the last 30 days, in one row whatever happens."""

import msgspec
import pytest

from gateway.domain.clock import DAY_MS
from gateway.domain.quickreply import USAGE_DAYS, Source, Usage, once_more

DAY = 20_000


def used(days: str) -> Usage:
    return Usage(
        desk="d", kind=Source.TEMPLATE, name="greeting", days=days, last_at=0, last_by="agent:a"
    )


@pytest.mark.parametrize(
    ("later_ms", "times"),
    [
        (0, 3),
        (DAY_MS - 1, 3),  # still the same day
        ((USAGE_DAYS - 1) * DAY_MS, 3),
        ((USAGE_DAYS - 1) * DAY_MS + DAY_MS - 1, 3),
        (USAGE_DAYS * DAY_MS, 0),
        (-DAY_MS, 3),  # the clock went back
    ],
)
def test_of_the_last_30_days(later_ms: int, times: int) -> None:
    """A day counts until 29 others have followed."""
    days, now = "[]", DAY * DAY_MS
    for _ in range(3):
        days = once_more(days, now)
    assert used(days).times(now + later_ms) == times


def test_each_day_falls_out_by_itself() -> None:
    """Ten years of use keep 30 figures."""
    days = "[]"
    for day in range(DAY, DAY + 3_650):
        days = once_more(once_more(days, day * DAY_MS), day * DAY_MS + 1)
    assert used(days).times((DAY + 3_649) * DAY_MS) == 2 * USAGE_DAYS
    assert len(msgspec.json.decode(days)) == USAGE_DAYS
