"""How many drafts a day has."""

from gateway.domain.clock import DAY_MS
from gateway.domain.desk import Budget
from gateway.domain.outcome import Refusal
from gateway.verbs.spend import SpendDraft
from tests.unit.verbs.paper import PaperDesk

SPEND = SpendDraft(desk="desk", most=2, per_ms=DAY_MS)


def test_a_day_has_so_many() -> None:
    """Then no more until a day after the first; who is refused spends nothing."""
    desk = PaperDesk()
    assert [desk.run(SPEND).used for _ in range(2)] == [1, 2]
    desk.now += DAY_MS - 1
    for _ in range(2):
        refused = desk.run(SPEND)
        assert isinstance(refused, Refusal)
        assert (refused.code, refused.extra) == ("draft_budget", {"again_ms": 1})
    desk.now += 1
    assert desk.run(SPEND).used == 1
    assert [row.used for row in desk.all(Budget)] == [1]
