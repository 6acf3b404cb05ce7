"""How long conversations take to their end: the resolution clocks of a desk. Pure; ms UTC.

The clock of a conversation starts with it, stands still in the statuses that the rulebook names,
and stops when it is resolved; who writes again lets it go on. What is late is routing's to say.
"""

import heapq
from collections.abc import Iterable

import msgspec
from msgspec.structs import asdict, replace

from gateway.domain.conversation import Status
from gateway.domain.events import TurnChanged
from gateway.domain.work import Resolution
from gateway.pipeline.aims import Aim, Rank, aim_of, clock_of, due_in, measured, stages_of, told
from gateway.pipeline.inforce import InForce
from routing import turns as clock
from routing.timeline import Pause, switched

_METRIC = clock.TurnMetric.RESOLUTION
_pauses = msgspec.json.Decoder(tuple[Pause, ...])


class Resolutions:
    """The clocks that run, those that were stopped since the last commit, and their timers."""

    def __init__(self, desk: str, inforce: InForce) -> None:
        self._desk = desk
        self._inforce = inforce
        self._rows: dict[str, Resolution] = {}  # by conversation
        self._timers: list[tuple[int, str]] = []
        self._touched: dict[str, Resolution] = {}
        self._guests: set[str] = set()  # looked up since the last commit

    def restore(self, row: Resolution) -> None:
        """Take in a clock as its row has it."""
        self._rows[row.conversation] = row
        self._set_timer(row)

    def look_at(self, row: Resolution) -> None:
        """Have a clock at hand that may go on, until the next commit."""
        self._guests.add(row.conversation)
        self.restore(row)

    def knows(self, conversation: str) -> bool:
        """Whether its clock is at hand."""
        return conversation in self._rows

    def drain(self) -> list[Resolution]:
        """The rows since the last call; clocks that stand for good are forgotten."""
        rows = list(self._touched.values())
        for conversation in self._guests.union(self._touched):
            if self.is_over(conversation):
                del self._rows[conversation]
        self._touched.clear()
        self._guests.clear()
        return rows

    def is_late(self, conversation: str) -> bool:
        """Whether it should have come to its end already."""
        row = self._rows.get(conversation)
        return row is not None and row.resolved_at is None and row.breached_at is not None

    def is_over(self, conversation: str) -> bool:
        """Whether the conversation is resolved, as far as its clock is at hand."""
        row = self._rows.get(conversation)
        return row is not None and row.resolved_at is not None

    def was_answered(self, conversation: str) -> bool:
        """Whether a person has written in it; where reopening starts anew, since then."""
        row = self._rows.get(conversation)
        return row is not None and row.answered_at is not None

    # --- what happens ---

    def open(self, conversation: str, at: int, aim: Aim) -> None:
        """A conversation begins."""
        row = Resolution(
            conversation=conversation,
            desk=self._desk,
            **asdict(aim),
            opened_at=at,
            rulebook=self._inforce.version,
        )
        self._set_timer(self._put(self._measured(row, at)))

    def answered(self, conversation: str, at: int) -> None:
        """A person wrote."""
        row = self._rows.get(conversation)
        if row is not None and row.answered_at is None:
            self._put(replace(row, answered_at=at))

    def moved(self, conversation: str, to: Rank, at: int) -> Iterable[TurnChanged]:
        """The conversation waits elsewhere: other targets hold, other hours from now on."""
        row = self._rows.get(conversation)
        if row is None or row.resolved_at is not None or (row.queue, row.priority) == to:
            return ()
        moved = replace(row, queue=to.queue, priority=to.priority)
        return self._again(moved, at, "due_changed")

    def status(self, conversation: str, status: str, by: str, at: int) -> Iterable[TurnChanged]:
        """The status changed: the clock stands still, goes on, or stops."""
        row = self._rows.get(conversation)
        if row is None:
            return ()
        pauses = _pauses.decode(row.pauses)
        paused = status in self._inforce.rulebook.sla.pause_states
        was_paused = bool(pauses) and pauses[-1][1] is None
        if was_paused and not paused:
            row = replace(row, pauses=_ended(pauses, at))
        elif paused and not was_paused:
            row = replace(row, pauses=_written((*pauses, (at, None))))
        if status == Status.RESOLVED:
            return self._stop(row, by, at)
        if row.resolved_at is not None:
            anew = self._inforce.rulebook.sla.frt_restart_on_reopen
            answered_at = None if anew else row.answered_at
            row = replace(row, resolved_at=None, agent=None, answered_at=answered_at)
        if paused != was_paused:
            return self._again(row, at, "paused" if paused else "resumed")
        self._put(row)
        return ()

    def _stop(self, row: Resolution, by: str, at: int) -> list[TurnChanged]:
        if row.resolved_at is not None:
            return []
        pauses = _pauses.decode(row.pauses)
        judged = self._measured(replace(row, pauses=_ended(pauses, at)), at)
        closed, notices = clock.close_turn(clock_of(judged), at)
        whole = self._inforce.timeline(stages_of(row))
        total_ms = whole.elapsed_ms(row.opened_at, at)
        kind, _, login = by.partition(":")
        row = self._put(
            replace(
                row,
                due=judged.due,
                resolved_at=at,
                agent=login if kind == "agent" else None,
                breached_at=closed.breached_at,
                first_ms=total_ms if row.first_ms is None else row.first_ms,
                total_ms=total_ms,
                active_ms=whole.elapsed_ms(row.opened_at, at, pauses),
            )
        )
        return [told(row, notice, at) for notice in notices]

    def use(self, inforce: InForce, at: int) -> list[tuple[str, TurnChanged]]:
        """Another rulebook is in force: what has passed stays, what is due follows from it."""
        self._inforce = inforce
        out: list[tuple[str, TurnChanged]] = []
        for row in list(self._rows.values()):
            if row.resolved_at is None:
                out += [(row.conversation, c) for c in self._again(row, at, "due_changed")]
        return out

    def due_by(self, now: int) -> set[str]:
        """Conversations of which something may be to be noticed by then."""
        return due_in(self._timers, now)

    def next_timer(self) -> int | None:
        """When to look again."""
        return self._timers[0][0] if self._timers else None

    def tick(self, now: int) -> list[tuple[str, TurnChanged]]:
        """Warn and note breaches that are due, each once, with the original instant."""
        out: list[tuple[str, TurnChanged]] = []
        while self._timers and self._timers[0][0] <= now:
            _, conversation = heapq.heappop(self._timers)
            row = self._rows.get(conversation)
            if row is None:
                continue
            seen, notices = clock.notice(clock_of(row), now)
            if notices:
                row = replace(row, warned_at=seen.warned_at, breached_at=seen.breached_at)
                self._set_timer(self._put(row))
            out += [(conversation, told(row, notice, now)) for notice in notices]
        return out

    # --- measuring ---

    def _measured(self, row: Resolution, now: int) -> Resolution:
        """The clock as the rulebook in force measures it."""
        goal = self._inforce.goal(_METRIC, aim_of(row))
        stages = switched(stages_of(row), now, goal.hours)
        measure = self._inforce.timeline(stages).without(_pauses.decode(row.pauses))
        seen = clock.retarget(clock_of(row), measure, goal.target_ms, goal.warn_before_ms, now)
        return measured(row, goal, stages, seen)

    def _again(self, row: Resolution, now: int, what: str) -> list[TurnChanged]:
        """Measure a clock anew; tell when it is now due at another instant than before."""
        before = self._rows[row.conversation]
        measured = self._measured(row, now)
        if measured == before:
            return []
        row = self._put(replace(measured, rulebook=self._inforce.version))
        self._set_timer(row)
        return [told(row, what, now)] if row.due != before.due else []

    def _put(self, row: Resolution) -> Resolution:
        self._rows[row.conversation] = self._touched[row.conversation] = row
        return row

    def _set_timer(self, row: Resolution) -> None:
        at = clock.next_notice(clock_of(row))
        if at is not None:
            heapq.heappush(self._timers, (at, row.conversation))


def _written(pauses: tuple[Pause, ...]) -> str:
    return msgspec.json.encode(pauses).decode()


def _ended(pauses: tuple[Pause, ...], at: int) -> str:
    """The pauses, the last one over at an instant."""
    if not pauses or pauses[-1][1] is not None:
        return _written(pauses)
    return _written((*pauses[:-1], (pauses[-1][0], at)))
