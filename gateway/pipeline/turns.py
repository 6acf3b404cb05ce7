"""Whose answer is awaited, and by when: the open turns of a desk. Pure; times are ms UTC.

A turn opens at the oldest unanswered message of a customer and closes at a person's reply, dated
when the reply was written, once it is sent. A reply that is only queued defers the breach; a failed
one closes nothing.
"""

import heapq
from collections.abc import Iterable

from msgspec.structs import replace

from gateway.domain.events import TurnChanged
from gateway.domain.ids import IdMaker
from gateway.domain.message import MessageState
from gateway.domain.work import Turn
from gateway.pipeline.inforce import Goal

FIRST_RESPONSE = "first_response"
NEXT_RESPONSE = "next_response"
RESOLVED = "resolved"

_TOLD = frozenset({MessageState.SENT, MessageState.DELIVERED, MessageState.READ})
_LOST = frozenset({MessageState.FAILED})


class Turns:
    """The open turns, the replies that may close them, and the timers of both."""

    def __init__(self, desk: str, new_id: IdMaker) -> None:
        self._desk = desk
        self._new_id = new_id
        self._open: dict[str, Turn] = {}  # by conversation
        self._goals: dict[str, Goal] = {}  # by turn
        self._pending: dict[str, tuple[str, int]] = {}  # message -> conversation, written at
        self._timers: list[tuple[int, str, str]] = []  # at, conversation, turn
        self.touched: dict[str, Turn] = {}

    def restore(self, turn: Turn, goal: Goal) -> None:
        """Take in an open turn as its row has it."""
        self._open[turn.conversation] = turn
        self._set_timer(turn, goal)

    def restore_pending(self, message: str, conversation: str, at: int) -> None:
        """Take in a reply that was written and not yet sent."""
        self._pending[message] = (conversation, at)

    def is_open(self, conversation: str) -> bool:
        """Whether a customer waits in this conversation."""
        return conversation in self._open

    def open(
        self, conversation: str, message: str, metric: str, at: int, goal: Goal, version: int
    ) -> None:
        """A customer wrote, and nobody had to answer before."""
        turn = Turn(
            id=self._new_id(),
            desk=self._desk,
            conversation=conversation,
            open_of=conversation,
            metric=metric,
            opened_at=at,
            message=message,
            due=goal.due,
            warned_at=None,
            breached_at=None,
            closed_at=None,
            closed_by=None,
            rulebook=version,
        )
        self._put(turn)
        self._set_timer(turn, goal)

    def written(
        self, conversation: str, message: str, state: str, at: int
    ) -> Iterable[TurnChanged]:
        """A person wrote a reply."""
        if conversation not in self._open:
            return ()
        if state in _TOLD:
            return self._close(conversation, at, message)
        self._pending[message] = (conversation, at)
        return ()

    def settled(self, message: str, state: str, now: int) -> Iterable[TurnChanged]:
        """A try or a report told how far a reply got."""
        if message not in self._pending:
            return ()
        conversation, at = self._pending[message]
        if state in _TOLD:
            del self._pending[message]
            return self._close(conversation, at, message)
        if state in _LOST:
            del self._pending[message]
            turn = self._open.get(conversation)
            if turn is not None and turn.due is not None and turn.due <= now:
                return self._notice(turn, now)
        return ()

    def resolved(self, conversation: str, at: int) -> Iterable[TurnChanged]:
        """The conversation ended without another word."""
        return self._close(conversation, at, RESOLVED)

    def next_timer(self) -> int | None:
        """When to look again."""
        return self._timers[0][0] if self._timers else None

    def tick(self, now: int) -> list[tuple[str, TurnChanged]]:
        """Warn and note breaches that are due, each once, with the original instant."""
        out: list[tuple[str, TurnChanged]] = []
        while self._timers and self._timers[0][0] <= now:
            _, conversation, turn_id = heapq.heappop(self._timers)
            turn = self._open.get(conversation)
            if turn is None or turn.id != turn_id or self._awaits(conversation):
                continue
            out += [(conversation, change) for change in self._notice(turn, now)]
        return out

    def _awaits(self, conversation: str) -> bool:
        """Whether a reply is on its way: it defers what is due."""
        return any(of == conversation for of, _ in self._pending.values())

    def _notice(self, turn: Turn, now: int) -> list[TurnChanged]:
        goal = self._goals[turn.id]
        out: list[TurnChanged] = []
        if turn.breached_at is None and goal.due is not None and goal.due <= now:
            turn = self._put(replace(turn, warned_at=turn.warned_at or now, breached_at=now))
            out.append(_changed(turn, "breached", now))
        elif turn.warned_at is None and goal.warn_at is not None and goal.warn_at <= now:
            turn = self._put(replace(turn, warned_at=now))
            out.append(_changed(turn, "warned", now))
        return out

    def _close(self, conversation: str, at: int, by: str) -> list[TurnChanged]:
        turn = self._open.pop(conversation, None)
        if turn is None:
            return []
        self._goals.pop(turn.id, None)
        breached_at = turn.breached_at
        if turn.due is not None and at > turn.due:
            breached_at = breached_at or at
        closed = self._put(
            replace(turn, open_of=None, closed_at=at, closed_by=by, breached_at=breached_at)
        )
        if turn.due is None or at <= turn.due:
            return [_changed(closed, "met", at)]
        late = [] if turn.breached_at is not None else [_changed(turn, "breached", at)]
        return [*late, _changed(closed, "missed", at)]

    def _put(self, turn: Turn) -> Turn:
        self.touched[turn.id] = turn
        if turn.open_of is not None:
            self._open[turn.conversation] = turn
        return turn

    def _set_timer(self, turn: Turn, goal: Goal) -> None:
        self._goals[turn.id] = goal
        for at, done in ((goal.warn_at, turn.warned_at), (goal.due, turn.breached_at)):
            if at is not None and done is None:
                heapq.heappush(self._timers, (at, turn.conversation, turn.id))


def _changed(turn: Turn, what: str, now: int) -> TurnChanged:
    return TurnChanged(
        turn=turn.id,
        what=what,
        metric=turn.metric,
        due=turn.due,
        noticed_at=now,
        rulebook=turn.rulebook,
    )
