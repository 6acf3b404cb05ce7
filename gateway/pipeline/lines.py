"""Who is on the telephone, who waits to be called back, and whom to dial next. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from config.callbacks import Callbacks
from gateway.domain.call import AgentTask, CallState
from gateway.domain.callback import BeginFirst, CallbackTask, Look
from gateway.domain.callevents import CallbackChanged, CallChanged
from gateway.pipeline import calledback, onphone
from gateway.pipeline.calledback import CalledBack
from gateway.pipeline.dialahead import DialAhead, picked_up
from gateway.pipeline.ledger import Ledger
from gateway.store.queries.deciding import Standing
from routing import events as r
from routing import inputs
from routing.engine import Engine
from routing.pacing import Pace
from routing.rows import WorkState


class Lines:
    """The telephone as far as the facts have told of it."""

    def __init__(self, standing: Standing) -> None:
        self._calling = standing.calling  # conversations with a live call
        self._ahead = DialAhead(Pace(standing.rings_ms, standing.met))
        self.callbacks = CalledBack(standing.callbacks)

    # --- facts ---

    def called(
        self, conversation: str, body: CallChanged, work: WorkState | None, at: int
    ) -> Iterator[inputs.Input]:
        """What routing is told of a call that moved on."""
        self._calling = onphone.calling(self._calling, conversation, body)
        front = picked_up(body, self.callbacks.of(conversation))
        self._ahead.note(body, front, at)
        held = self.callbacks.held(conversation)
        return onphone.told(body, work, held, at, front=front)

    def is_ours(self, conversation: str, body: CallChanged) -> bool:
        """Whether the call is one by which somebody is called back."""
        callback = self.callbacks.of(conversation)
        return callback is not None and callback.call == body.call

    def looks(self, conversation: str, body: CallChanged) -> Iterator[Look]:
        """Who waits to be called has called, and is spoken with."""
        connected = body.state == CallState.CONNECTED and not body.leg
        if connected and self.callbacks.waits(conversation):
            yield Look(call=body.call)

    def called_back(
        self,
        conversation: str,
        body: CallbackChanged,
        work: WorkState | None,
        wanted: Callbacks,
        at: int,
    ) -> Iterator[inputs.Input]:
        """What routing is told of a callback that moved on."""
        on_the_line = conversation in self._calling
        ahead = self._ahead.is_on(wanted, at) and not body.owner
        return calledback.told(body, work, on_the_line, at, ahead=ahead)

    def is_on(self, conversation: str) -> bool:
        """Whether its customer is on the telephone, or is about to be called."""
        return conversation in self._calling or self.callbacks.ready(conversation)

    # --- what routing did ---

    def aged(self, request: inputs.WorkArrived, wanted: Callbacks) -> inputs.WorkArrived:
        """Work as a callback of its conversation makes it."""
        ahead = self._ahead.is_on(wanted, request.at)
        return self.callbacks.aged(request, wanted, ahead=ahead)

    def tasks(self, told: Iterable[r.Event], works: Mapping[str, WorkState]) -> Iterator[AgentTask]:
        """Whose telephone joins a call, and whose leaves."""
        return onphone.tasks(told, works, self._calling)

    def begun(
        self, told: Iterable[r.Event], works: Mapping[str, WorkState]
    ) -> Iterator[CallbackTask]:
        """Whose customer an agent calls back now."""
        return self.callbacks.begun(told, works)

    # --- customers first ---

    @property
    def next_at(self) -> int | None:
        """When one more customer may be dialled."""
        return self._ahead.next_at

    def rest(self) -> bool:
        """Whether nobody at all is to be called back; then nobody is dialled later either."""
        if self.callbacks.all():
            return False
        self._ahead.next_at = None
        return True

    def released(self, ledger: Ledger, wanted: Callbacks, now: int) -> list[inputs.CallbackReady]:
        """Who waits to be dialled before an agent, where agents come first again."""
        if self._ahead.is_on(wanted, now):
            return []
        self._ahead.next_at = None
        return list(self._ahead.released(self.callbacks, ledger, now))

    def due(self, engine: Engine, ledger: Ledger, wanted: Callbacks, now: int) -> list[BeginFirst]:
        """Whom to dial now: an agent will be free when they pick up."""
        if not self._ahead.is_on(wanted, now):
            return []
        pacing = wanted.customer_first.pacing
        return self._ahead.due(engine, self.callbacks, ledger, pacing, now)
