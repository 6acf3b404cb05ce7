"""What `receive` must do whatever the provider: its table, purity, keys, forgeries, garbage."""

import logging
import os
import random
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from gateway.contract import (
    Adapter,
    InboundMessage,
    PresenceEvent,
    RawReply,
    RawRequest,
    Unauthentic,
    Unreadable,
)
from gateway.testing.cases import InboundCase, Sign
from gateway.testing.garbage import garbage, wrong_types
from gateway.testing.speech import Heard
from gateway.testing.tripwire import signed, touched

PRESENCE = frozenset({"typing", "seen", "joined", "left", "opted_in", "opted_out"})
MAX_KEY = 512
MAX_REPLY_BYTES = 64 * 1024
LATER_MS = 1_000
FUZZED_CASES = 4  # of the table; more of the same teach little

# A result is what `receive` returned, or the Unauthentic it raised, or another exception.
Result = tuple[tuple[Any, ...], RawReply] | Exception


def read(adapter: Adapter, raw: RawRequest) -> Result:
    """Run `receive` and take what comes."""
    try:
        return adapter.receive(raw)
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        return error


def table_problems(case: InboundCase, got: Result) -> Iterator[str]:
    """The row holds, and what came out of it is well formed."""
    if case.expect is Unauthentic:
        if not isinstance(got, Unauthentic):
            yield f"{case.label}: a forged delivery was not refused, but gave {_short(got)}"
        return
    if isinstance(got, Exception):
        yield f"{case.label}: raised {_short(got)}"
        return
    events, reply = got
    yield from (f"{case.label}: {words}" for words in _compare(case.expect, events))
    yield from (f"{case.label}: {words}" for words in _malformed(events, reply))
    if case.reply is not None and reply != case.reply:
        yield f"{case.label}: replied {reply} for {case.reply}"


def purity_problems(
    adapter: Adapter, fresh: Adapter, cases: Sequence[InboundCase], first: Sequence[Result]
) -> Iterator[str]:
    """Same raw, same events and keys: at once, later, by another instance, in any order.

    first: what the process gave before it had read any of them, a memory of modules included.
    """
    again = [read(adapter, case.raw()) for case in cases]
    backwards = [read(fresh, case.raw()) for case in reversed(cases)][::-1]
    for case, one, two, three in zip(cases, first, again, backwards, strict=True):
        if not _alike(one, two):
            yield f"{case.label}: the same delivery read twice gave different events"
        elif not _alike(one, three):
            yield f"{case.label}: what was read before changes what it gives: receive remembers"
        later = msgspec.structs.replace(case.raw(), received_at=case.received_at + LATER_MS)
        if _keys(read(adapter, later)) != _keys(one):
            yield f"{case.label}: delivered again a second later it has other keys"
        shouted = tuple((name.upper(), value) for name, value in case.headers)
        if not _alike(one, read(adapter, msgspec.structs.replace(case.raw(), headers=shouted))):
            yield f"{case.label}: the case of its header names matters"
        for words in touched(partial(read, adapter, case.raw())):
            yield f"{case.label}: receive {words}"


def world_problems(before: dict[str, Any]) -> list[str]:
    """What the whole process shares is as it was before the first delivery."""
    now = surroundings()
    return [f"receive changes {what}" for what, was in before.items() if now[what] != was]


def forgery_problems(adapter: Adapter, cases: Sequence[InboundCase]) -> Iterator[str]:
    """What an outsider can make of a delivery is refused: without its proof it is nothing."""
    authentic = [c for c in cases if c.expect is not Unauthentic and c.expect is not Unreadable]
    for case in authentic:
        raw = case.raw()
        stripped = [
            msgspec.structs.replace(raw, headers=_plain(raw.headers)),
            msgspec.structs.replace(raw, path=raw.path.partition("?")[0]),
            msgspec.structs.replace(raw, headers=_plain(raw.headers), path=raw.path.split("?")[0]),
        ]
        if not any(isinstance(read(adapter, each), Unauthentic) for each in stripped):
            yield f"{case.label}: accepted without any signature"
    if authentic and not any(case.expect is Unauthentic for case in cases):
        yield "the table has no forged delivery"


def secretless_problems(adapter: Adapter, cases: Sequence[InboundCase]) -> Iterator[str]:
    """With an empty secret nothing is authentic, and nothing is signed: whoever guesses that it is
    empty can make the same signature, and no recorded delivery has it."""
    if any(signed(partial(read, adapter, case.raw())) for case in cases):
        yield "an empty secret is signed with, as anybody can; refuse before (secret_bytes does)"
    for case in cases:
        if not isinstance(read(adapter, case.raw()), Unauthentic):
            yield f"{case.label}: an empty secret opens the channel"


def garbage_problems(
    adapter: Adapter, cases: Sequence[InboundCase], sign: Sign | None, heard: Heard
) -> Iterator[str]:
    """Whatever arrives, `receive` returns or raises Unauthentic; nothing else."""
    for case in cases[:FUZZED_CASES]:
        for label, raw in garbage(case.raw(), Random(case.label)):  # noqa: S311 - no secret
            tries = [("", raw)] + ([(" (signed)", sign(raw))] if sign else [])
            for how, each in tries:
                for words in _bad_reading(adapter, each, heard):
                    yield f"{case.label}, {label}{how}: {words}"
    if sign is None:
        return
    for case in cases:
        for label, raw in wrong_types(case.raw()):
            for words in _bad_reading(adapter, sign(raw), heard):
                yield f"{case.label}, {label} (signed): {words}"


def _bad_reading(adapter: Adapter, raw: RawRequest, heard: Heard) -> Iterator[str]:
    got = read(adapter, raw)
    heard.add(got)
    if not isinstance(got, Exception):
        yield from _malformed(*got)
    elif not isinstance(got, Unauthentic):
        yield f"raised {_short(got)}"


def _compare(expect: Any, events: tuple[Any, ...]) -> Iterator[str]:
    if expect is Unreadable:
        if not events or not all(isinstance(event, Unreadable) for event in events):
            yield f"expected Unreadable, got {events}"
        return
    if len(expect) != len(events):
        yield f"{len(events)} events for {len(expect)}: {events}"
        return
    for want, got in zip(expect, events, strict=True):
        if want is Unreadable or type(want) is not type(got):
            if not (want is Unreadable and isinstance(got, Unreadable)):
                yield f"{got} for {want}"
            continue
        for field in want.__struct_fields__:
            wanted, given = getattr(want, field), getattr(got, field)
            if wanted != given:
                yield f"{type(want).__name__}.{field} is {given!r} for {wanted!r}"


def _malformed(events: Any, reply: Any) -> Iterator[str]:
    if not isinstance(events, tuple):
        yield f"events are a {type(events).__name__}, no tuple"
        return
    if not isinstance(reply, RawReply) or not 200 <= reply.status < 300:
        yield f"an authentic delivery is answered {reply}, which is no 2xx"
    elif len(reply.body) > MAX_REPLY_BYTES:
        yield f"the reply has {len(reply.body)} bytes"
    readable = [event for event in events if not isinstance(event, Unreadable)]
    keys = [event.key for event in readable]
    if len(set(keys)) != len(keys):
        yield f"two events of one delivery share a key: {keys}"
    for event in readable:
        yield from _malformed_event(event)


def _malformed_event(event: Any) -> Iterator[str]:
    kind = event.__struct_config__.tag
    prefix, _, rest = event.key.partition(":")
    if prefix != kind or not rest or len(event.key) > MAX_KEY:
        yield f"the key {event.key[:80]!r} is not {kind}:..."
    urns = [event.sender] if isinstance(event, InboundMessage | PresenceEvent) else []
    for urn in urns:
        scheme, _, address = str(urn).partition(":")
        if not scheme.isalpha() or not scheme.islower() or not address:
            yield f"the sender {urn!r} is no URN"
    if isinstance(event, PresenceEvent) and event.what not in PRESENCE:
        yield f"no presence is called {event.what!r}"
    try:
        msgspec.json.encode(event)
    except (TypeError, ValueError) as error:
        yield f"the event cannot be stored: {error}"


def surroundings() -> dict[str, Any]:
    """What the whole process shares."""
    return {
        "the shared random": random.getstate(),
        "the environment": dict(os.environ),
        "the working directory": Path.cwd(),
        "the loggers' root": (logging.getLogger().level, list(logging.getLogger().handlers)),
    }


def _keys(result: Result) -> Any:
    """The keys that must survive a redelivery; typing is worth its instant only."""
    if isinstance(result, Exception):
        return type(result)
    return [e.key for e in result[0] if not isinstance(e, Unreadable | PresenceEvent)]


def _alike(one: Result, two: Result) -> bool:
    if isinstance(one, Exception) or isinstance(two, Exception):
        return type(one) is type(two)
    return one == two


def _plain(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """What says nothing of who sent it."""
    return tuple((name, value) for name, value in headers if name.lower() == "content-type")


def _short(thing: object) -> str:
    return repr(thing)[:200]
