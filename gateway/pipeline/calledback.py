"""What routing makes of callbacks, and what callbacks get of routing. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec.structs import replace

from config.callbacks import Callbacks
from gateway.domain.call import VOICE
from gateway.domain.callback import ENDED, RESTING, UNDIALED, Begin, Callback, CallbackKind
from gateway.domain.callback import CallbackState as State
from gateway.domain.callevents import CallbackChanged
from gateway.verbs.callback import told as body_of
from routing import events as r
from routing import inputs
from routing.rows import WorkPhase, WorkState

CALLED_BACK = "callback"  # why work is called off: its customer is called later
OPEN = (WorkPhase.WAITING, WorkPhase.OFFERED)
OURS = frozenset({State.PENDING, State.RETRY_WAIT, State.CANCELLED, State.EXPIRED})

AHEAD = frozenset({State.DIALING, State.RINGING, State.BRIDGED})


class CalledBack:
    """The live callbacks by conversation, as far as the facts have told."""

    def __init__(self, live: Iterable[Callback]) -> None:
        self._by_conversation: dict[str, CallbackChanged] = {}
        self._where: dict[str, str] = {}  # callback -> conversation
        for callback in live:
            self.take(callback.conversation, body_of(callback))

    def take(self, conversation: str, body: CallbackChanged) -> bool:
        """A callback is where this says; whether somebody is to be called now."""
        before = self._where.pop(body.callback, None)
        if before is not None:
            del self._by_conversation[before]
        if State(body.state) not in ENDED:
            self._by_conversation[conversation] = body
            self._where[body.callback] = conversation
        return self.ready(conversation)

    def ready(self, conversation: str) -> bool:
        """Whether somebody is to be called back now."""
        return self._in(conversation, frozenset({State.READY}))

    def waits(self, conversation: str) -> bool:
        """Whether somebody is to be called back, now or later, and is not being called."""
        return self._in(conversation, UNDIALED)

    def held(self, conversation: str) -> bool | None:
        """Whether a callback keeps the place of its caller; None: nobody is to be called back."""
        body = self._by_conversation.get(conversation)
        if body is None or State(body.state) not in UNDIALED:
            return None
        return keeps_place(body)

    def answered(self, conversation: str) -> str | None:
        """What nobody asked for is needed no more; which that was, None where there is none."""
        body = self._by_conversation.get(conversation)
        if body is None or body.callback_kind != CallbackKind.ABANDONED:
            return None
        if State(body.state) not in UNDIALED:
            return None  # they are being called
        del self._by_conversation[conversation], self._where[body.callback]
        return body.callback

    def _in(self, conversation: str, states: frozenset[State]) -> bool:
        body = self._by_conversation.get(conversation)
        return body is not None and State(body.state) in states

    def of(self, conversation: str) -> CallbackChanged | None:
        """What is live of a conversation."""
        return self._by_conversation.get(conversation)

    def all(self) -> Collection[tuple[str, CallbackChanged]]:
        """All that is live, with its conversation."""
        return self._by_conversation.items()

    def all_ready(self) -> list[str]:
        """Conversations in which somebody is to be called back now."""
        return [each for each in self._by_conversation if self.ready(each)]

    def begun(self, events: Iterable[r.Event], works: Mapping[str, WorkState]) -> Iterator[Begin]:
        """Whose customer is called back now: an agent has just got the work."""
        for event in events:
            if isinstance(event, r.AssignmentStarted):
                work = works.get(event.work)
                if work is not None and work.channel == VOICE and self.ready(work.conversation):
                    yield Begin(conversation=work.conversation, agent=event.agent)

    def aged(
        self, request: inputs.WorkArrived, wanted: Callbacks, *, ahead: bool
    ) -> inputs.WorkArrived:
        """The work of a callback has its place and age; who calls in meanwhile has them too.

        ahead: customers are dialled before an agent gets the work.
        """
        body = self._by_conversation.get(request.conversation)
        if body is None or (State(body.state) in RESTING and request.channel != VOICE):
            return request
        origin_at = min(body.origin_at, request.at)
        if State(body.state) is not State.READY:
            return replace(request, enqueued_at=origin_at)
        booked = body.callback_kind == CallbackKind.SCHEDULED
        only_theirs = wanted.own_then == "expire"
        return replace(
            request,
            channel=VOICE,
            queue=body.queue or request.queue,
            enqueued_at=origin_at,
            deadline=origin_at + wanted.slots.length_ms if booked else request.deadline,
            callback_pending=ahead and not body.owner,
            owner=body.owner or None,
            owner_until=body.closes_at if only_theirs else request.at + wanted.own_wait_ms,
        )


def written(work: WorkState | None, channel: str, at: int) -> Iterator[inputs.Input]:
    """What routing is told when a customer writes: who waits to be called need not wait for it."""
    if work is not None and work.phase is WorkPhase.CALLBACK_PENDING:
        yield inputs.CallbackReady(at=at, work=work.id, channel=channel)


def keeps_place(body: CallbackChanged) -> bool:
    """Whether it is asked for by who waited, and nobody has been dialled yet."""
    return (
        body.state == State.PENDING and body.callback_kind == CallbackKind.QUEUE and not body.owner
    )


def told(
    body: CallbackChanged, work: WorkState | None, on_the_line: bool, at: int, *, ahead: bool
) -> Iterator[inputs.Input]:
    """What routing is told of a callback that moved; `ahead` as above."""
    if work is None:
        return
    voice, state = work.channel == VOICE, State(body.state)
    pending = work.phase is WorkPhase.CALLBACK_PENDING
    if pending and (state in AHEAD or (ahead and state is State.READY)):
        return  # its customer is dialled first
    if pending and state is State.READY:
        yield inputs.CallbackReady(at=at, work=work.id, channel=VOICE)
    elif pending and not keeps_place(body):
        yield inputs.WorkCancelled(at=at, work=work.id, reason=CALLED_BACK)
    elif keeps_place(body) and voice and not on_the_line and work.phase in OPEN:
        yield inputs.CallbackPending(at=at, work=work.id)
    elif state is State.READY and work.phase is WorkPhase.WAITING and body.owner:
        yield inputs.WorkCancelled(at=at, work=work.id, reason=CALLED_BACK)  # comes back, pinned
    elif state is State.READY and work.phase is WorkPhase.WAITING and not voice and ahead:
        yield inputs.CallbackPending(at=at, work=work.id, channel=VOICE)
    elif state is State.READY and work.phase is WorkPhase.WAITING and not voice:
        yield inputs.WorkRekeyed(at=at, work=work.id, channel=VOICE)
    elif state in OURS and voice and not on_the_line and work.phase in (*OPEN, WorkPhase.ASSIGNED):
        yield inputs.WorkCancelled(at=at, work=work.id, reason=CALLED_BACK)
