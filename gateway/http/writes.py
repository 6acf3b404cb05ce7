"""How a handler writes: a command, once per Idempotency-Key, its refusal as a problem."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from gateway.domain.events import AgentAsked, Event, RequestRefused, decode_body
from gateway.domain.outcome import Refusal
from gateway.http.errors import Problem, of_refusal
from gateway.http.routes import Call, Pending
from gateway.store.queries import http_people
from gateway.verbs.change import Command, Origin
from gateway.verbs.idempotent import Once, Replayed
from gateway.verbs.origin import From
from gateway.verbs.remember import Remember

KEY_HEADER = "Idempotency-Key"
KEY_LENGTH = 255

T = TypeVar("T")


async def idempotency(call: Call) -> tuple[str, str, str] | None:
    """Actor, key and fingerprint of a request that carries a key."""
    key = call.request.headers.get(KEY_HEADER)
    if key is None:
        return None
    if not key or len(key) > KEY_LENGTH or not key.isprintable():
        raise Problem("invalid_value", f"{KEY_HEADER} has 1 to {KEY_LENGTH} printable characters.")
    request = call.request
    body = await request.read()
    whole = b"\n".join((request.method.encode(), request.path_qs.encode(), body))
    return call.actor.name, key, hashlib.sha256(whole).hexdigest()


async def submit(call: Call, command: Command, kind: type[T]) -> T:
    """The command's value, now or as it was the first time. Raises Problem for a refusal."""
    once = await idempotency(call)
    wrapped = command
    if once is not None:
        actor, key, fingerprint = once
        wrapped = Once(
            desk=call.desk, actor=actor, key=key, fingerprint=fingerprint, command=command
        )
    with call.rooms.shedder.commit():
        value = await commit(call, wrapped)
    return unwrapped(value, kind)


async def commit(call: Call, command: Command) -> Any:
    """The command's value, with the caller's origin in the audit log."""
    agent = call.request.headers.get("User-Agent", "")
    origin = Origin(call.rooms.auth.address(call.request), agent)
    return await call.house.store.submit(From(origin=origin, command=command))


def unwrapped(value: Any, kind: type[T]) -> T:
    """The value, a replayed one too. Raises Problem for a refusal."""
    if isinstance(value, Refusal):
        raise of_refusal(value)
    if isinstance(value, Replayed):
        return msgspec.json.decode(value.body, type=kind)
    return value  # type: ignore[no-any-return]


async def replayed(call: Call, kind: type[T]) -> T | None:
    """What was answered under this key before, whatever has become of it since. Raises Problem."""
    asked = await idempotency(call)
    if asked is None:
        return None
    actor, key, fingerprint = asked
    before = await call.house.store.read(http_people.idempotency, call.desk, actor, key)
    if before is None or before.expires_at <= call.house.clock.now_ms():
        return None
    if before.fingerprint != fingerprint:
        raise Problem(
            "idempotency_mismatch",
            f"{KEY_HEADER} {key} was used for another request.",
            status=422,
            what_to_do="Use a new key for a new request.",
        )
    return msgspec.json.decode(before.body, type=kind)


async def once(
    call: Call, kind: type[T], work: Callable[[], Awaitable[T | Pending]]
) -> T | Pending:
    """Do something that is no single command, once per Idempotency-Key.

    Two requests of the same key at the same instant may both do it: what is done so must bear it.
    """
    asked = await idempotency(call)
    if asked is None:
        return await work()
    before = await replayed(call, kind)
    if before is not None:
        return before
    actor, key, fingerprint = asked
    value = await work()
    if not isinstance(value, Pending):
        remember = Remember(value=msgspec.to_builtins(value))
        await call.house.store.submit(
            Once(desk=call.desk, actor=actor, key=key, fingerprint=fingerprint, command=remember)
        )
    return value


# Where another try would help nobody.
WHAT_TO_DO = {
    "taken": "Take the next one, or ask that colleague.",
    "unknown_work": "Reopen it, or write to the customer.",
}


async def ask(call: Call, body: AgentAsked, conversation: str | None = None) -> Event | None:
    """Routing's decision, None while it is pending. Raises Problem when routing refuses."""
    with call.rooms.shedder.commit():
        decision = await call.house.dispatch.ask(body, call.actor.name, conversation)
    if decision is None:
        return None
    refused = decode_body(decision)
    if isinstance(refused, RequestRefused):
        raise unrouted(refused)
    return decision


def unrouted(refused: RequestRefused) -> Problem:
    """Routing's refusal, in HTTP's words."""
    todo = WHAT_TO_DO.get(refused.code, "Look again, then try again.")
    return Problem(refused.code, refused.why, status=409, what_to_do=todo)
