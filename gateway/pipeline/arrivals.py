"""Conversations that will be work, once their first message's companions have had time to come."""

import heapq
from collections.abc import Collection, Iterator

import msgspec


class Arrival(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One conversation: when it is to be work (ms UTC), and the position that brought it."""

    at: int
    conversation: str
    cause: int


class Arrivals:
    """What gathers, by time; each conversation at most once."""

    def __init__(self) -> None:
        self._heap: list[Arrival] = []
        self._waiting: set[str] = set()

    def __contains__(self, conversation: str) -> bool:
        return conversation in self._waiting

    def __iter__(self) -> Iterator[Arrival]:
        return iter(self._heap)

    def add(self, at: int, conversation: str, cause: int) -> None:
        """Let a conversation be work at an instant, unless it gathers already."""
        if conversation not in self._waiting:
            self._waiting.add(conversation)
            heapq.heappush(self._heap, Arrival(at=at, conversation=conversation, cause=cause))

    def forget(self, conversation: str) -> None:
        """It needs nobody any more."""
        if conversation in self._waiting:
            self._waiting.discard(conversation)
            self._heap = [a for a in self._heap if a.conversation != conversation]
            heapq.heapify(self._heap)

    def take(self, now: int, known: Collection[str]) -> list[Arrival]:
        """Those that are due and known; the others wait for the tick that knows them."""
        taken = sorted(a for a in self._heap if a.at <= now and a.conversation in known)
        for arrival in taken:
            self.forget(arrival.conversation)
        return taken

    def due(self, now: int) -> set[str]:
        """Conversations that are due."""
        return {a.conversation for a in self._heap if a.at <= now}

    def next_at(self) -> int | None:
        """When the first is due."""
        return self._heap[0].at if self._heap else None
