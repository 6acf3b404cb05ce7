"""Conversations that will be work, once their first message's companions have had time to come."""

import heapq
from collections.abc import Collection

import msgspec

from gateway.pipeline.inforce import Case, Routed
from routing.inputs import WorkArrived


class Arrival(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One conversation: when it is to be work (ms UTC), and the position that brought it."""

    at: int
    conversation: str
    cause: int


def arrived(
    at: int, work: str, case: Case, routed: Routed, due: int | None, window_ms: int
) -> WorkArrived:
    """What routing is told of it. window_ms: so long an agent of the contact is remembered."""
    remembered = case.others_at > at - window_ms
    return WorkArrived(
        at=at,
        work=work,
        conversation=case.conversation,
        channel=case.channel,
        queue=routed.queue,
        priority=routed.priority,
        needs=routed.needs,
        deadline=due,
        last_agent=case.last_agent or (case.others_agent if remembered else None),
    )


class Arrivals:
    """What gathers, by time; each conversation at most once."""

    def __init__(self) -> None:
        self._heap: list[Arrival] = []  # those that were forgotten lie in it until their time
        self._waiting: dict[str, Arrival] = {}

    def __contains__(self, conversation: str) -> bool:
        return conversation in self._waiting

    def add(self, at: int, conversation: str, cause: int) -> None:
        """Let a conversation be work at an instant, unless it gathers already."""
        if conversation not in self._waiting:
            arrival = Arrival(at=at, conversation=conversation, cause=cause)
            self._waiting[conversation] = arrival
            heapq.heappush(self._heap, arrival)

    def forget(self, conversation: str) -> None:
        """It needs nobody any more."""
        self.pop(conversation)

    def pop(self, conversation: str) -> Arrival | None:
        """No longer wait for it; what it was, if it gathered."""
        return self._waiting.pop(conversation, None)

    def take(self, now: int, known: Collection[str]) -> list[Arrival]:
        """Those that are due and known; the others wait for the tick that knows them."""
        taken: list[Arrival] = []
        unknown: list[Arrival] = []
        while self._heap and self._heap[0].at <= now:
            arrival = heapq.heappop(self._heap)
            if self._waiting.get(arrival.conversation) is not arrival:
                continue
            (taken if arrival.conversation in known else unknown).append(arrival)
        for arrival in taken:
            del self._waiting[arrival.conversation]
        for arrival in unknown:
            heapq.heappush(self._heap, arrival)
        return taken

    def due(self, now: int) -> set[str]:
        """Conversations that are due."""
        return {a.conversation for a in self._waiting.values() if a.at <= now}

    def next_at(self) -> int | None:
        """When the first is due."""
        heap = self._heap
        while heap and self._waiting.get(heap[0].conversation) is not heap[0]:
            heapq.heappop(heap)
        return heap[0].at if heap else None
