"""Spend one of what a desk may do only so often."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from gateway.domain.desk import Budget
from gateway.domain.outcome import Refusal
from gateway.verbs.change import Change, Lookup, View, by_key

NAME = "drafts"


class SpendDraft(msgspec.Struct, kw_only=True):
    """One more draft of a model. A day begins with the first after the last one's end."""

    failpoint: ClassVar[str] = "write"

    desk: str
    most: int
    per_ms: int

    def reads(self, view: View) -> Iterable[Lookup]:
        """How many there were."""
        yield by_key(Budget, self.desk, NAME)

    def decide(self, change: Change) -> Budget | Refusal:
        """The count with this one; refused once it is spent, with `again_ms` until it is not."""
        budget = change.get(Budget, self.desk, NAME)
        if budget is None or change.now - budget.since >= self.per_ms:
            return change.put(Budget(desk=self.desk, name=NAME, since=change.now, used=1))
        if budget.used >= self.most:
            return Refusal(
                code="draft_budget",
                detail=f"The desk has asked for {self.most} drafts already.",
                what_to_do="Write the reply yourself.",
                status=429,
                extra={"again_ms": budget.since + self.per_ms - change.now},
            )
        return change.put(
            Budget(desk=self.desk, name=NAME, since=budget.since, used=budget.used + 1)
        )
