"""Whose answer is awaited, and by when: the open turns of a desk. Pure; times are ms UTC.

A turn opens at the oldest unanswered message of a customer and closes at a person's reply, dated
when the reply was written, once it is sent. A reply that is only queued defers the breach; one that
is held, failed or in doubt closes nothing and defers nothing. Replies to an earlier turn never
close a later one. What is late, and since when, is routing's to say (routing/turns.py).
"""

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from gateway.domain.events import TurnChanged
from gateway.domain.ids import IdMaker
from gateway.domain.message import MessageState
from gateway.domain.work import Turn
from gateway.pipeline.inforce import Goal
from routing import turns as clock

RESOLVED = "resolved"

_TOLD = frozenset({MessageState.SENT, MessageState.DELIVERED, MessageState.READ})
_ON_ITS_WAY = MessageState.QUEUED


class _Reply(NamedTuple):
    """A reply that may close a turn: its conversation, when it was written, how far it got."""

    conversation: str
    at: int
    state: str


class Turns:
    """The open turns, the replies that may close them, and the timers of both."""

    def __init__(self, desk: str, new_id: IdMaker) -> None:
        self._desk = desk
        self._new_id = new_id
        self._open: dict[str, Turn] = {}  # by conversation
        self._pending: dict[str, _Reply] = {}  # by message; of open turns only
        self._replies: dict[str, set[str]] = {}  # conversation -> its pending messages
        self._timers: list[tuple[int, str, str]] = []  # at, conversation, turn
        self.touched: dict[str, Turn] = {}

    def restore(self, turn: Turn) -> None:
        """Take in an open turn as its row has it."""
        self._open[turn.conversation] = turn
        self._set_timer(turn)

    def restore_pending(self, message: str, conversation: str, at: int, state: str) -> None:
        """Take in a reply that was written and is not yet known to be sent."""
        self._pending[message] = _Reply(conversation, at, state)
        self._replies.setdefault(conversation, set()).add(message)

    def is_open(self, conversation: str) -> bool:
        """Whether a customer waits in this conversation."""
        return conversation in self._open

    def due(self, conversation: str) -> int | None:
        """By when the customer of this conversation is to be answered; None: nothing promised."""
        turn = self._open.get(conversation)
        return turn.due if turn is not None else None

    def is_late(self, conversation: str) -> bool:
        """Whether the answer that is awaited should have come already."""
        turn = self._open.get(conversation)
        return turn is not None and turn.breached_at is not None

    def due_by(self, now: int) -> set[str]:
        """Conversations of which something is to be noticed by then."""
        found: set[str] = set()
        looked_at = [0]
        while looked_at:
            n = looked_at.pop()
            if n < len(self._timers) and self._timers[n][0] <= now:
                found.add(self._timers[n][1])
                looked_at += (2 * n + 1, 2 * n + 2)  # of a heap, what lies below is later
        return found

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
            warn_at=goal.warn_at,
            warned_at=None,
            breached_at=None,
            closed_at=None,
            closed_by=None,
            rulebook=version,
        )
        self._put(turn)
        self._set_timer(turn)

    def written(
        self, conversation: str, message: str, state: str, at: int
    ) -> Iterable[TurnChanged]:
        """A person wrote a reply."""
        if conversation not in self._open:
            return ()
        if state in _TOLD:
            return self._close(conversation, at, message)
        self.restore_pending(message, conversation, at, state)
        return ()

    def settled(self, message: str, state: str, now: int) -> Iterable[TurnChanged]:
        """A try or a report told how far a reply got."""
        reply = self._pending.get(message)
        if reply is None:
            return ()
        if state in _TOLD:
            return self._close(reply.conversation, reply.at, message)
        self._pending[message] = reply._replace(state=state)
        if self._awaits(reply.conversation):
            return ()
        return self._notice(self._open[reply.conversation], now)

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
        replies = self._replies.get(conversation, ())
        return any(self._pending[message].state == _ON_ITS_WAY for message in replies)

    def _notice(self, turn: Turn, now: int) -> list[TurnChanged]:
        seen, notices = clock.notice(_clock_of(turn), now)
        if notices:
            turn = self._put(replace(turn, warned_at=seen.warned_at, breached_at=seen.breached_at))
        self._set_timer(turn)
        return [_changed(turn, notice, now) for notice in notices]

    def _close(self, conversation: str, at: int, by: str) -> list[TurnChanged]:
        turn = self._open.pop(conversation, None)
        if turn is None:
            return []
        for message in self._replies.pop(conversation, ()):
            del self._pending[message]
        closed, notices = clock.close_turn(_clock_of(turn), at)
        turn = self._put(
            replace(
                turn,
                open_of=None,
                closed_at=at,
                closed_by=by,
                breached_at=closed.breached_at,
            )
        )
        return [_changed(turn, notice, at) for notice in notices]

    def _put(self, turn: Turn) -> Turn:
        self.touched[turn.id] = turn
        if turn.open_of is not None:
            self._open[turn.conversation] = turn
        return turn

    def _set_timer(self, turn: Turn) -> None:
        at = clock.next_notice(_clock_of(turn))
        if at is not None:
            heapq.heappush(self._timers, (at, turn.conversation, turn.id))


def _clock_of(turn: Turn) -> clock.Turn:
    """The turn as the response clock sees it."""
    return clock.Turn(
        metric=clock.TurnMetric(turn.metric),
        opened_at=turn.opened_at,
        due=turn.due,
        warn_at=turn.warn_at,
        warned_at=turn.warned_at,
        breached_at=turn.breached_at,
        closed_at=turn.closed_at,
    )


def _changed(turn: Turn, what: clock.Notice, now: int) -> TurnChanged:
    return TurnChanged(
        turn=turn.id,
        what=what,
        metric=turn.metric,
        due=turn.due,
        noticed_at=now,
        rulebook=turn.rulebook,
    )
