"""Customer-first callbacks: whom to dial before an agent is free, and when to stop that. Pure."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from config.callbacks import Callbacks
from gateway.domain.call import VOICE, LegState
from gateway.domain.callback import BeginFirst, CallbackState
from gateway.domain.callevents import CallbackChanged, CallChanged
from gateway.domain.clock import MINUTE_MS
from gateway.pipeline import onphone
from gateway.pipeline.calledback import CalledBack
from gateway.pipeline.ledger import Ledger
from routing.engine import Engine
from routing.inputs import CallbackReady
from routing.pacing import Pace, room
from routing.rows import WorkPhase

ASKED_MS = 1 * MINUTE_MS  # how long a dial that was asked for may take to be made
RINGING = frozenset({CallbackState.DIALING, CallbackState.RINGING})


class Waiting(msgspec.Struct, frozen=True, order=True):
    """Somebody who may be dialled: since when they wait, who, and where."""

    origin_at: int
    callback: str
    work: str
    queue: str


class DialAhead:
    """What is known of telephones that were dialled before an agent was there."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._ringing: dict[str, int] = {}  # leg -> since when
        self._picked_up: set[str] = set()  # calls whose customer waits for an agent
        self._asked: dict[str, int] = {}  # callback -> when it was asked to be dialled
        self.next_at: int | None = None  # when one more agent is expected to be free

    def is_on(self, wanted: Callbacks, now: int) -> bool:
        """Whether customers come first."""
        return wanted.customer_first.enabled and not self._pace.stopped(now)

    def note(self, body: CallChanged, picked_up: bool, at: int) -> None:
        """A call moved on. picked_up: it is one of ours, and its customer waits from now on."""
        if body.leg and not body.agent:
            self._rang(body, at)
        elif picked_up:
            self._picked_up.add(body.call)
        elif onphone.over(body) and body.call in self._picked_up:
            self._picked_up.discard(body.call)
            self._pace.met(at, abandoned=body.outcome == "abandoned")

    def _rang(self, body: CallChanged, at: int) -> None:
        if body.leg_state == LegState.RINGING:
            self._ringing[body.leg] = at
            return
        since = self._ringing.pop(body.leg, None)
        if since is not None and body.leg_state == LegState.ANSWERED:
            self._pace.rang(at - since)

    def released(self, callbacks: CalledBack, ledger: Ledger, now: int) -> Iterator[CallbackReady]:
        """Who was to be dialled ahead, and is offered to agents instead."""
        for each in _ready(callbacks, ledger):
            yield CallbackReady(at=now, work=each.work, channel=VOICE)

    def due(
        self, engine: Engine, callbacks: CalledBack, ledger: Ledger, pacing: Decimal, now: int
    ) -> list[BeginFirst]:
        """Whose telephone is to ring now, the oldest first."""
        self.next_at = None
        ready = list(_ready(callbacks, ledger))
        self._asked = {
            each.callback: self._asked[each.callback]
            for each in ready
            if self._asked.get(each.callback, -ASKED_MS) > now - ASKED_MS
        }
        dialled: list[BeginFirst] = []
        for queue in sorted({each.queue for each in ready}):
            waiting = sorted(e for e in ready if e.queue == queue and e.callback not in self._asked)
            asked = sum(e.queue == queue and e.callback in self._asked for e in ready)
            in_flight = asked + _ringing(callbacks, ledger, queue)
            free, next_at = engine.expected_free(queue, VOICE, now, self._pace.lead_ms)
            for each in waiting[: room(pacing, free, in_flight)]:
                self._asked[each.callback] = now
                dialled.append(BeginFirst(callback=each.callback))
            if waiting and next_at is not None:
                self.next_at = min(next_at, self.next_at or next_at)
        return dialled


def _ready(callbacks: CalledBack, ledger: Ledger) -> Iterator[Waiting]:
    for conversation in callbacks.all_ready():
        work, body = ledger.live(conversation), callbacks.of(conversation)
        if work is not None and body is not None and work.phase is WorkPhase.CALLBACK_PENDING:
            yield Waiting(body.origin_at, body.callback, work.id, work.queue)


def _ringing(callbacks: CalledBack, ledger: Ledger, queue: str) -> int:
    """Telephones of a queue's callbacks that ring, or whose customers wait for an agent."""
    works = (ledger.live(each) for each, body in callbacks.all() if body.state in RINGING)
    return sum(work is not None and work.queue == queue for work in works)


def picked_up(body: CallChanged, callback: CallbackChanged | None) -> bool:
    """Whether a customer who was dialled has picked up, and an agent is to come."""
    return onphone.begins(body) and callback is not None and callback.state in RINGING
