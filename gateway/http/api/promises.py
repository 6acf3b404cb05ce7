"""Promises: what customers were promised, by whom and until when; new ones, kept and withdrawn."""

from typing import Annotated, Literal

import msgspec

from gateway.domain.clock import parse_rfc3339
from gateway.domain.promise import Promise, PromiseState
from gateway.http.api.paging import cursor_of, instant_cursor, paged
from gateway.http.api.sight import conversation_of, seen
from gateway.http.errors import Problem
from gateway.http.policy import Permission, scope_of
from gateway.http.routes import MAX_PAGE, PAGE, Call, Routes
from gateway.http.writes import submit
from gateway.store.queries import callbacks, http_people
from gateway.store.queries import promises as queries
from gateway.stream.basis import Shape
from gateway.stream.promised import PromiseView, promise_view
from gateway.verbs.promise import EndPromise, MakePromise, Promised
from templates import NoTime, due_of, span_of
from templates.moments import Now
from templates.promises import always_names, moment_in

routes = Routes("Promises")

LIVE = (PromiseState.OPEN, PromiseState.LATE)
Instant = Annotated[str, msgspec.Meta(max_length=40)]
MAX_WORDS = 500
Words = Annotated[str, msgspec.Meta(max_length=MAX_WORDS)]
Login = Annotated[str, msgspec.Meta(max_length=200)]


class PromiseQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which promises. live: only what customers still wait for; state: of that one alone."""

    mine: bool = False
    owner: Login = ""
    conversation: Annotated[str, msgspec.Meta(max_length=100)] = ""
    live: bool = True
    state: Literal["", "open", "late", "kept", "broken", "withdrawn"] = ""
    due_before: Instant = ""
    cursor: Annotated[str, msgspec.Meta(max_length=200)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = PAGE


class NewPromise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is promised and until when: an instant `due`, `within` a span from now, or `when`.

    A span is `30m`, `24h` or `2d` by the clock on the wall, and `4 business hours` or
    `2 business days` in the hours of the queue. `when` is in words, of Chinese or English:
    `tomorrow noon`.
    """

    text: Words = ""
    due: Instant = ""
    within: Annotated[str, msgspec.Meta(max_length=40)] = ""
    when: Annotated[str, msgspec.Meta(max_length=100)] = ""
    owner: Login = ""  # "" = whoever makes it


class Ending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a promise is ended by hand: some words, not only blanks."""

    reason: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=500)]


class PromisePage(Shape, frozen=True, kw_only=True):
    """The first due first."""

    items: tuple[PromiseView, ...]
    next: str | None


@routes.get(
    "/api/v1/promises",
    allow=Permission.CONVERSATION_READ,
    query=PromiseQuery,
    answer=PromisePage,
)
async def list_promises(call: Call) -> PromisePage:
    """What customers were promised, in the conversations that you may see."""
    asked: PromiseQuery = call.query
    wanted = queries.Wanted(
        owner=call.actor.login if asked.mine else asked.owner,
        conversation=asked.conversation,
        states=(asked.state,) if asked.state else LIVE if asked.live else (),
        due_before=instant_of(asked.due_before) if asked.due_before else None,
    )
    after, limit = instant_cursor(asked.cursor), asked.limit + 1
    scope = scope_of(call.actor)
    found = await call.house.store.read(
        lambda connection: queries.listed(connection, call.desk, scope, wanted, after, limit)
    )
    items, more = paged(found, asked.limit, lambda p: cursor_of(p.due, p.id))
    return PromisePage(items=tuple(map(promise_view, items)), next=more)


@routes.post(
    "/api/v1/conversations/{id}/promises",
    allow=Permission.MESSAGE_SEND,
    body=NewPromise,
    answer=PromiseView,
    status=201,
)
async def make_promise(call: Call) -> PromiseView:
    """Keep track of what a customer was promised. The next reply of a person keeps it."""
    conversation = await conversation_of(call)
    what = await promised(call, conversation.id, call.body)
    command = MakePromise(desk=call.desk, conversation=conversation.id, promised=what)
    return promise_view(await submit(call, command, Promise))


@routes.post(
    "/api/v1/promises/{id}/keep", allow=Permission.MESSAGE_SEND, body=Ending, answer=PromiseView
)
async def keep_promise(call: Call) -> PromiseView:
    """It was kept otherwise than by a reply or a call here: you say how."""
    return await _ended(call, PromiseState.KEPT)


@routes.post(
    "/api/v1/promises/{id}/withdraw",
    allow=Permission.MESSAGE_SEND,
    body=Ending,
    answer=PromiseView,
)
async def withdraw_promise(call: Call) -> PromiseView:
    """The customer waits for it no more: you say why."""
    return await _ended(call, PromiseState.WITHDRAWN)


async def _ended(call: Call, state: PromiseState) -> PromiseView:
    found = await call.house.store.read(queries.one, call.param("id"))
    if found is None or found.desk != call.desk:
        raise Problem("not_found", f"There is no promise {call.param('id')}.", status=404)
    await seen(call, found.conversation)
    command = EndPromise(
        desk=call.desk,
        promise=found.id,
        state=state,
        reason=call.body.reason.strip(),
        by=call.actor.name,
    )
    return promise_view(await submit(call, command, Promise))


async def promised(
    call: Call, conversation: str, asked: NewPromise, said_at: int | None = None
) -> Promised:
    """What is promised, with its instant by the hours of the queue. Raises Problem.

    `said_at`: from when spans and names of days are reckoned; None: from now.
    """
    queue = await queue_of(call, conversation)
    owner = asked.owner or call.actor.login
    user = await call.house.store.read(http_people.user_of, call.desk, owner)
    if user is None:
        raise Problem("unknown_agent", f"Nobody is called {owner} here.", status=422)
    if user.disabled:
        raise Problem(
            "disabled_owner",
            f"{owner} is here no more.",
            status=422,
            what_to_do="Choose a colleague who may sign in.",
        )
    return Promised(
        owner=owner,
        queue=queue,
        text=asked.text.strip(),
        due=_due(now_at(call, queue, said_at), queue, asked),
        by=call.actor.name,
    )


async def queue_of(call: Call, conversation: str) -> str:
    """Where the conversation's work is, else the default queue."""
    queue = await call.house.store.read(callbacks.queue_of, conversation)
    return queue or call.house.dispatch.rulebook.desk.default_queue


def _due(now: Now, queue: str, asked: NewPromise) -> int:
    if [bool(asked.due), bool(asked.within), bool(asked.when)].count(True) != 1:
        raise _unclear("A promise needs one instant: `due`, `within` or `when`.")
    if asked.due:
        return instant_of(asked.due)
    if asked.when:
        named = moment_in(asked.when, now)
        if named is None:
            raise _unclear(f"{asked.when!r} names no time that is still to come.")
        return named
    try:
        due = due_of(span_of(asked.within), now.ms, now.hours, now.zone)
    except NoTime as error:
        raise _unclear(str(error)) from error
    if due is None:
        raise Problem("never_open", f"The queue {queue} is never open so long.", status=422)
    return due


def named(text: str, when: str) -> NewPromise:
    """What is promised until a time as people write it: a span, or else in words."""
    try:
        span_of(when)
    except NoTime:
        return NewPromise(text=text, when=when)
    return NewPromise(text=text, within=when)


def demand_clear(call: Call, asked: NewPromise) -> None:
    """Raise Problem for a time that is none at whatever hour it is written."""
    now = now_at(call, call.house.dispatch.rulebook.desk.default_queue)
    if asked.when and not always_names(asked.when, now):
        raise _unclear(f"{asked.when!r} does not name a time at whatever hour it is said.")


def now_at(call: Call, queue: str, at: int | None = None) -> Now:
    """This instant or another, on the desk's clock and in the hours of a queue."""
    inforce = call.house.dispatch.inforce
    hours, zone = inforce.calendar_of_queue(queue), inforce.rulebook.desk.timezone
    return Now(call.house.clock.now_ms() if at is None else at, hours, zone)


def _unclear(why: str) -> Problem:
    cure = "Say until when: tomorrow noon, 24h, or 2 business days."
    return Problem("promise_when", why, status=422, what_to_do=cure)


def instant_of(text: str) -> int:
    """The instant, ms UTC. Raises Problem for what is none."""
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise Problem("invalid_value", str(error), status=422) from error
