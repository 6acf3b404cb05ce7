"""One queue's line: what waits in it, who is signed in for it, its hours and overflow rules."""

from functools import lru_cache
from heapq import heappop, heappush

import msgspec

from routing.calendar import Calendar, Hours
from routing.expression import OF_WAITING, Condition, parse, turns
from routing.plan import EDF, AtClosing, LateMode, Overflow, QueuePlan
from routing.records import Work
from routing.rows import CALLBACK_PENDING, IN_LINE

CALENDARS_KEPT = 256


@lru_cache(CALENDARS_KEPT)
def _calendar(hours: bytes) -> Calendar:
    """Unrolling a calendar is dear; queues of the same hours, and of the next plan, share it."""
    return Calendar.of(msgspec.json.decode(hours, type=Hours))


class Line:
    """What waits in a queue, and what its rules ask of it."""

    __slots__ = (
        "_ages",
        "calendar",
        "deferred",
        "ejects",
        "instants",
        "marks",
        "plan",
        "rescues",
        "rules",
        "staffed",
        "waiting",
    )

    def __init__(self, plan: QueuePlan) -> None:
        self.plan = plan
        self.calendar = _calendar(msgspec.json.encode(plan.hours)) if plan.hours else None
        self.ejects = self.calendar is not None and plan.at_closing is AtClosing.EJECT
        self.rules: list[tuple[Overflow, Condition]] = [
            (rule, parse(rule.when, OF_WAITING)) for rule in plan.overflow
        ]
        self.instants = self._turns("wait_ms", "longest_wait")  # waits at which rules may hold
        self.marks = frozenset(self._turns("staffed", least=0))
        self.rescues = plan.order_mode is EDF and plan.late_mode is LateMode.AFTER_RESCUABLE
        self.waiting = 0  # how many stand here; who, is asked of the work itself, and seldom
        self.deferred = 0  # how many of them are called back later
        self.staffed: set[str] = set()
        self._ages: list[tuple[int, str, Work]] | None = (
            [] if any("longest_wait" in rule.when for rule in plan.overflow) else None
        )

    def _turns(self, *names: str, least: int = 1) -> list[int]:
        found = {turn for _, condition in self.rules for turn in turns(condition, names)}
        return sorted(turn for turn in found if turn >= least)

    def is_open(self, now: int) -> bool:
        """Whether the queue is open at an instant."""
        return self.calendar is None or self.calendar.is_open(now)

    def next_turn(self, after: int) -> int | None:
        """The first instant after this one at which the queue opens or closes."""
        if self.calendar is None:
            return None
        if self.calendar.is_open(after):
            return self.calendar.next_close(after)
        return self.calendar.next_open(after)

    def join(self, work: Work) -> None:
        """The work waits here."""
        self.waiting += 1
        if work.phase is CALLBACK_PENDING:
            self.deferred += 1
        if self._ages is not None:
            heappush(self._ages, (work.enqueued_at, work.id, work))

    def part(self, work: Work) -> None:
        """The work waits here no longer; its phase is still what it was."""
        self.waiting -= 1
        if work.phase is CALLBACK_PENDING:
            self.deferred -= 1

    def longest_wait(self, now: int) -> int:
        """How long the oldest of what waits here has waited."""
        ages = self._ages or []
        while ages:
            since, _, work = ages[0]
            if work.phase in IN_LINE and work.queue == self.plan.id and work.enqueued_at == since:
                return now - since
            heappop(ages)
        return 0
