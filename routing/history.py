"""What a conversation's events mean for its clocks: turns, statuses, resolutions, targets."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, Literal

import msgspec

from routing.timeline import Pause

OPEN: Final = "open"
REOPENED_BY_CUSTOMER = frozenset(("pending", "snoozed", "resolved"))
FINISHED = frozenset(("resolved", "closed"))

Status = Literal["open", "pending", "on_hold", "snoozed", "resolved", "closed"]
Metric = Literal["frt", "resolution"]


class Outcome(StrEnum):
    """How a turn ended."""

    REPLIED = "replied"
    RESOLVED_WITHOUT_REPLY = "resolved_without_reply"
    WAITING = "waiting"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What counts, and how fast we want to be (seconds)."""

    bot_counts: bool = False
    frt_start: Literal["first_customer_msg", "handoff"] = "first_customer_msg"
    frt_restart_on_reopen: bool = False
    pause_states: tuple[Status, ...] = ("pending", "snoozed", "resolved")
    resolve_fulfils_reply: bool = True
    targets: Mapping[str, int | None] = {}  # frt, resolution; others are left alone


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a conversation, in milliseconds UTC."""

    at: int
    type: str
    to: Status = OPEN
    metric: Metric = "frt"
    seconds: int | None = None


class Span(msgspec.Struct, kw_only=True):
    """One turn: the customer waits for a person. `first`: nobody has answered them yet."""

    start: int
    first: bool
    end: int | None = None
    outcome: Outcome = Outcome.WAITING
    target: int | None = None  # seconds, in force when it ended; else now


class History:
    """Take the events one by one, in order of time; then read what has become of them."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.status: str = OPEN
        self.started_at: int | None = None
        self.turns: list[Span] = []
        self.resolutions: list[int] = []
        self.targets: dict[str, int | None] = dict(policy.targets)
        self._statuses: list[tuple[int, str]] = []
        self._turn: Span | None = None
        self._unanswered = False
        self._answered = False  # by a person
        self._handed_over = False

    def take(self, event: Happened) -> None:
        """Let one event happen; kinds that concern no clock change nothing."""
        handler = _HANDLERS.get(event.type)
        if handler is not None:
            handler(self, event)

    # --- what is asked afterwards ---

    @property
    def first_response(self) -> Span | None:
        """The turn that the first response ends, or ended; None when we wrote first."""
        return next((turn for turn in reversed(self.turns) if turn.first), None)

    def periods(self, statuses: frozenset[str], until: int) -> list[tuple[int, int]]:
        """When the status was one of these, from the start of the conversation."""
        if self.started_at is None:
            return []
        changes = [(self.started_at, OPEN), *self._statuses]
        ends = [*(at for at, _ in changes[1:]), until]
        return [
            (max(begins, self.started_at), end)
            for (begins, status), end in zip(changes, ends, strict=True)
            if status in statuses and end > self.started_at
        ]

    def pauses(self) -> list[Pause]:
        """When the resolution clock stood still; the last may last to this day."""
        paused: frozenset[str] = frozenset(self.policy.pause_states)
        if "resolved" in paused:
            paused |= FINISHED
        ends: list[int | None] = [*(at for at, _ in self._statuses), None]
        return [
            (at, end)
            for (at, status), end in zip(self._statuses, ends[1:], strict=True)
            if status in paused and at != end
        ]

    # --- what happens ---

    def _customer(self, event: Happened) -> None:
        self._begin(event)
        if self.status in REOPENED_BY_CUSTOMER:
            self._become(event.at, OPEN)
        self._unanswered = True
        waits_for_handoff = (
            self.policy.frt_start == "handoff" and not self._answered and not self._handed_over
        )
        if not waits_for_handoff:
            self._open(event.at)

    def _person(self, event: Happened) -> None:
        self._begin(event)
        self._close(event.at, Outcome.REPLIED)
        self._answered = True

    def _bot(self, event: Happened) -> None:
        if self.policy.bot_counts:
            self._person(event)

    def _handoff(self, event: Happened) -> None:
        self._handed_over = True
        if self._unanswered and self.policy.frt_start == "handoff":
            self._open(event.at)

    def _status(self, event: Happened) -> None:
        if event.to == self.status:
            return
        if event.to in FINISHED and self.status not in FINISHED:
            self.resolutions.append(event.at)
            if self.policy.resolve_fulfils_reply:
                self._close(event.at, Outcome.RESOLVED_WITHOUT_REPLY)
        self._become(event.at, event.to)

    def _target(self, event: Happened) -> None:
        self.targets[event.metric] = event.seconds
        if self._turn is not None:
            self._turn.target = self.targets.get("frt")

    def _begin(self, event: Happened) -> None:
        if self.started_at is None:
            self.started_at = event.at

    def _become(self, at: int, status: str) -> None:
        reopened = self.status in FINISHED and status not in FINISHED
        if reopened and self.policy.frt_restart_on_reopen:
            self._answered = self._handed_over = False
            if self._turn is not None:
                self._turn.start, self._turn.first = at, True
        self.status = status
        self._statuses.append((at, status))

    def _open(self, at: int) -> None:
        if self._turn is None:
            first = not self._answered
            self._turn = Span(start=at, first=first, target=self.targets.get("frt"))
            self.turns.append(self._turn)

    def _close(self, at: int, outcome: Outcome) -> None:
        self._unanswered = False
        if self._turn is not None:
            self._turn.end, self._turn.outcome = at, outcome
            self._turn = None


# Notes, reactions, automatic and campaign messages are absent: they neither open nor close.
_HANDLERS: dict[str, Callable[[History, Any], None]] = {
    "customer_msg": History._customer,
    "agent_msg": History._person,
    "bot_msg": History._bot,
    "handoff": History._handoff,
    "status": History._status,
    "target": History._target,
}
