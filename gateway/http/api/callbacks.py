"""Callbacks: who is to be called back and when; new ones, other times, and none any more."""

from typing import Annotated

import msgspec

from config.callbacks import Callbacks
from gateway.domain import callback as rows
from gateway.domain.callback import CallbackKind, CallbackState
from gateway.domain.clock import rfc3339
from gateway.domain.outcome import Refusal
from gateway.http.api.sight import seen
from gateway.http.errors import Problem, of_refusal
from gateway.http.policy import Permission, scope_of
from gateway.http.routes import MAX_PAGE, PAGE, Call, Routes
from gateway.http.writes import submit
from gateway.pipeline import booking
from gateway.pipeline.booking import Booked
from gateway.store.queries import callbacks as queries
from gateway.stream.basis import At, Shape, maybe_at
from gateway.verbs.callback import AskCallback
from gateway.verbs.callbackmove import EndCallback, RescheduleCallback
from routing.callbacks import is_zone, number_of, reading_of

routes = Routes("Callbacks")

Limit = Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)]
LocalTime = Annotated[str, msgspec.Meta(max_length=30)]
Words = Annotated[str, msgspec.Meta(max_length=500)]


class CallbackQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which callbacks: `live` leaves out those that are over."""

    live: bool = True
    cursor: str = ""
    limit: Limit = PAGE


class SlotQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The times of a queue in which a number may be called."""

    number: str = ""
    queue: str = ""
    zone: str = ""


class NewCallback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to be called. Without `at` as soon as somebody has time."""

    conversation: str
    number: str  # E.164, or as it is dialled in `callbacks.country`
    at: LocalTime = ""  # a wall clock's reading, 2026-11-23T09:30: a time that can be booked
    zone: str = ""  # IANA, where the customer is, if they said so; of `at`, else the desk's
    queue: str = ""  # "" = where the conversation waits, else the default queue
    mine: bool = False  # whoever asks makes it, and others only when they are not there
    hold: bool = False  # keep the time for five minutes, until it is confirmed
    note: Words = ""


class NewTime(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another time; "" is as soon as somebody has time."""

    at: LocalTime = ""


class CallbackView(Shape, frozen=True, kw_only=True):
    """A callback as it stands."""

    id: str
    conversation: str
    kind: str
    state: str
    number: str
    queue: str
    owner: str
    note: str
    at: str  # of a booked one: the wall clock's reading and its zone
    origin_at: At  # since when it counts as waiting
    visible_at: At
    closes_at: At
    tries: int
    outcome: str
    created_at: At
    ended_at: At | None


class CallbackPage(Shape, frozen=True, kw_only=True):
    """The newest first."""

    items: tuple[CallbackView, ...]
    next: str | None


class SlotView(Shape, frozen=True, kw_only=True):
    """A time that can be booked, and how many more may. at: as a new callback names it."""

    start: At
    at: str
    free: int


class SlotList(Shape, frozen=True, kw_only=True):
    """The times that are not full yet, in order."""

    items: tuple[SlotView, ...]
    next: str | None


def callback_view(found: rows.Callback) -> CallbackView:
    """A callback as people are shown it."""
    return CallbackView(
        id=found.id,
        conversation=found.conversation,
        kind=found.kind,
        state=found.state,
        number=found.number,
        queue=found.queue,
        owner=found.owner,
        note=found.note,
        at=found.local_time,
        origin_at=rfc3339(found.origin_at),
        visible_at=rfc3339(found.visible_at),
        closes_at=rfc3339(found.closes_at),
        tries=found.tries,
        outcome=found.outcome,
        created_at=rfc3339(found.created_at),
        ended_at=maybe_at(found.ended_at),
    )


@routes.get(
    "/api/v1/callbacks",
    allow=Permission.CONVERSATION_READ,
    query=CallbackQuery,
    answer=CallbackPage,
)
async def list_callbacks(call: Call) -> CallbackPage:
    """Who is to be called back."""
    asked: CallbackQuery = call.query
    scope = scope_of(call.actor)
    found = await call.house.store.read(
        lambda connection: queries.listed(
            connection,
            call.desk,
            scope,
            before=asked.cursor,
            live=asked.live,
            limit=asked.limit + 1,
        )
    )
    page = found[: asked.limit]
    return CallbackPage(
        items=tuple(map(callback_view, page)),
        next=page[-1].id if len(found) > asked.limit else None,
    )


@routes.get(
    "/api/v1/callbacks/slots",
    allow=Permission.CONVERSATION_READ,
    query=SlotQuery,
    answer=SlotList,
)
async def list_slots(call: Call) -> SlotList:
    """The times that can be booked, in the hours of the queue and of the customer."""
    asked: SlotQuery = call.query
    inforce, now = call.house.dispatch.inforce, call.house.clock.now_ms()
    queue = _queue(call, asked.queue)
    number = number_of(asked.number, inforce.rulebook.callbacks.country) or ""
    zone = _zone(asked.zone)
    clock = booking.clock_of(inforce, zone)
    found = list(booking.slots(inforce, queue, number, zone, now))
    taken = await call.house.store.read(queries.booked, [each.slot.key for each in found])
    free = [(each.start, each.slot.capacity - taken.get(each.slot.key, 0)) for each in found]
    return SlotList(
        items=tuple(
            SlotView(start=rfc3339(start), at=reading_of(start, clock), free=left)
            for start, left in free
            if left > 0
        ),
        next=None,
    )


@routes.post("/api/v1/callbacks", allow=Permission.WORK_TAKE, body=NewCallback, answer=CallbackView)
async def create_callback(call: Call) -> CallbackView:
    """Have a customer called back; who waits for that already keeps the older place."""
    asked: NewCallback = call.body
    conversation = await seen(call, asked.conversation)
    number, zone = _number(call, asked.number), _zone(asked.zone)
    dials = booking.dialling(call.house.accounts, _wanted(call).account)
    if dials is None:
        raise Problem(
            "no_telephone",
            "No account here takes calls.",
            status=409,
            what_to_do="Configure one, or write to the customer.",
        )
    live = await call.house.store.read(queries.queue_of, conversation.id)
    queue = _queue(call, asked.queue or live or "")
    booked = _booked(call, queue, number, asked.at, zone)
    if asked.hold and (asked.mine or booked.slot is None):
        raise Problem(
            "nothing_to_hold",
            "Only a time that can be booked is kept.",
            status=422,
            what_to_do="Say which in `at`, or leave `hold` out.",
        )
    kind = CallbackKind.SCHEDULED if booked.slot is not None else CallbackKind.QUEUE
    command = AskCallback(
        conversation=conversation.id,
        kind=CallbackKind.AGENT_OWNED if asked.mine else kind,
        number=number,
        account=dials[0],
        local=dials[1],
        window=booked.window,
        by=call.actor.name,
        queue=queue,
        owner=call.actor.login if asked.mine else "",
        note=asked.note.strip(),
        zone=zone,
        local_time=booked.local_time,
        slot=None if asked.mine else booked.slot,
        state=CallbackState.HELD if asked.hold else CallbackState.PENDING,
    )
    return callback_view(await submit(call, command, rows.Callback))


@routes.post("/api/v1/callbacks/{id}/confirm", allow=Permission.WORK_TAKE, answer=CallbackView)
async def confirm_callback(call: Call) -> CallbackView:
    """The customer wants the time that is kept for them."""
    found = await _callback_of(call)
    if found.state is not CallbackState.HELD:
        raise Problem("not_held", "Nothing is to be confirmed of this callback.", status=409)
    command = RescheduleCallback(callback=found.id, by=call.actor.name)
    return callback_view(await submit(call, command, rows.Callback))


@routes.post(
    "/api/v1/callbacks/{id}/reschedule",
    allow=Permission.WORK_TAKE,
    body=NewTime,
    answer=CallbackView,
)
async def reschedule_callback(call: Call) -> CallbackView:
    """Call at another time."""
    found = await _callback_of(call)
    booked = _booked(call, found.queue, found.number, call.body.at, found.zone)
    command = RescheduleCallback(
        callback=found.id,
        by=call.actor.name,
        window=booked.window,
        slot=booked.slot,
        local_time=booked.local_time,
    )
    return callback_view(await submit(call, command, rows.Callback))


@routes.post("/api/v1/callbacks/{id}/cancel", allow=Permission.WORK_TAKE, answer=CallbackView)
async def cancel_callback(call: Call) -> CallbackView:
    """Call nobody."""
    found = await _callback_of(call)
    command = EndCallback(callback=found.id, by=call.actor.name)
    return callback_view(await submit(call, command, rows.Callback))


async def _callback_of(call: Call) -> rows.Callback:
    """The callback that the path names, if its conversation may be seen."""
    found = await call.house.store.read(queries.one, call.param("id"))
    if found is None or found.desk != call.desk:
        raise Problem("not_found", f"There is no callback {call.param('id')}.", status=404)
    await seen(call, found.conversation)
    return found


def _wanted(call: Call) -> Callbacks:
    return call.house.dispatch.rulebook.callbacks


def _queue(call: Call, named: str) -> str:
    rulebook = call.house.dispatch.rulebook
    queue = named or rulebook.desk.default_queue
    if queue not in rulebook.queues:
        raise Problem("not_found", f"There is no queue {queue}.", status=404)
    return queue


def _number(call: Call, text: str) -> str:
    number = number_of(text, _wanted(call).country)
    if number is None:
        raise Problem(
            "invalid_number",
            "This is no telephone number.",
            status=422,
            what_to_do="Write it with its country, like +4930901820.",
        )
    return number


def _zone(name: str) -> str:
    if name and not is_zone(name):
        raise Problem(
            "invalid_zone",
            f"{name!r} is no time zone.",
            status=422,
            what_to_do="Write one like Asia/Shanghai, or leave it out.",
        )
    return name


def _booked(call: Call, queue: str, number: str, at: str, zone: str) -> Booked:
    inforce, now = call.house.dispatch.inforce, call.house.clock.now_ms()
    if not at:
        return booking.at_once(inforce, now)
    booked = booking.at_time(inforce, queue, number, at, zone, now)
    if isinstance(booked, Refusal):
        raise of_refusal(booked)
    return booked
