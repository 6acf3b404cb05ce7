"""What `send` and its neighbours must do whatever the provider: the table, faults, cancellation."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import msgspec

from gateway.contract import Accepted, Deferred, Health, InDoubt, Outcome, Rejected
from gateway.testing.cases import (
    Build,
    ExpectedRequest,
    Fault,
    OutboundCase,
    ProviderAnswer,
)
from gateway.testing.provider import HOST, FakeProvider, RecordedRequest
from gateway.testing.speech import Heard
from gateway.testing.tripwire import Address, connections

OUTCOMES = (Accepted, Deferred, Rejected, InDoubt)
CHECK_S = 5.0
PATIENCE_S = 30.0  # for a send that hangs: a fault, not a measurement
RETRY_AFTER_S = 7

DEEP = b"[" * 10_000


async def case_problems(build: Build, case: OutboundCase, heard: Heard) -> list[str]:
    """The row holds: outcome, requests, every answer used, nobody else called."""
    async with FakeProvider(case.answers) as provider:
        got, called = await _send(build, case, provider.url)
        heard.add(got)
        problems = [*_outcome_problems(case.expect, got), *_request_problems(case, provider)]
        problems += [
            f"calls {address}, which is not its api_url"
            for address in dict.fromkeys(called)
            if address not in {provider.address, (HOST, 0)}
        ]
        if provider.unused:
            problems.append(f"{provider.unused} of the provider's answers were not asked for")
        if provider.unscripted:
            problems.append(f"{provider.unscripted} requests more than the provider has answers")
    return [f"{case.label}: {words}" for words in problems]


# label, the answer, the outcomes that are right. An exception is a doubt.
_FAULTS: tuple[tuple[str, ProviderAnswer, tuple[type, ...]], ...] = (
    ("the reply is lost", ProviderAnswer(fault=Fault.SWALLOW), (InDoubt,)),
    ("cut at the first byte", ProviderAnswer(fault=Fault.CUT_FIRST_BYTE), (InDoubt,)),
    ("cut in the body", ProviderAnswer(fault=Fault.CUT_BODY, body=b'{"id": "x"}' * 9), (InDoubt,)),
    ("500", ProviderAnswer(status=500), (InDoubt,)),
    ("502", ProviderAnswer(status=502, body=b"<html>"), (InDoubt,)),
    ("503", ProviderAnswer(status=503), (Deferred, InDoubt)),
    ("504", ProviderAnswer(status=504), (InDoubt,)),
    ("200 and no body", ProviderAnswer(), (InDoubt, Rejected)),
    ("200 and no JSON", ProviderAnswer(body=b"<html>"), (InDoubt, Rejected)),
    ("200 and lists 10,000 deep", ProviderAnswer(body=DEEP), (InDoubt, Rejected)),
    ("200 and null", ProviderAnswer(body=b"null"), (InDoubt, Rejected)),
    ("400 and no JSON", ProviderAnswer(status=400, body=b"<html>"), (Rejected, Deferred)),
    (
        "a redirect to elsewhere",
        ProviderAnswer(status=302, headers=(("Location", "http://192.0.2.1/"),)),
        (Rejected, InDoubt),
    ),
    (
        "429, wait for seconds",
        ProviderAnswer(status=429, headers=(("Retry-After", str(RETRY_AFTER_S)),)),
        (Deferred,),
    ),
    ("429, wait until a date", ProviderAnswer(status=429), (Deferred,)),
)


async def fault_problems(build: Build, sample: OutboundCase, heard: Heard) -> list[str]:
    """A provider that fails never makes a message green, lost, or sent twice by one try."""
    problems = [f"nobody listens: {p}" for p in await _refused_connection(build, sample, heard)]
    for label, scripted, right in _FAULTS:
        async with FakeProvider([_dated(label, scripted)]) as provider:
            got, called = await _send(build, sample, provider.url)
            heard.add(got)
            kind = InDoubt if isinstance(got, Exception) else type(got)
            if kind not in right:
                wanted = " or ".join(each.__name__ for each in right)
                problems.append(f"{label}: {_short(got)} for {wanted}")
            elif label.startswith("429") and not _patient(got):
                problems.append(f"{label}: {_short(got)} would be tried again too early")
            if len(provider.requests) > 1:
                problems.append(f"{label}: asks {len(provider.requests)} times in one try")
            if any(address != provider.address for address in called):
                problems.append(f"{label}: calls somebody else")
    return [f"{sample.label}, {words}" for words in problems]


async def cancel_problems(build: Build, sample: OutboundCase) -> list[str]:
    """A send that is cancelled on its way says so: it is a doubt, not an outcome."""
    async with FakeProvider([ProviderAnswer(fault=Fault.HOLD)]) as provider:
        adapter = build(provider.url)
        await adapter.start()
        task = asyncio.ensure_future(adapter.send(sample.message, sample.key))
        asked = asyncio.ensure_future(provider.arrived(1))
        await asyncio.wait([task, asked], return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE_S)
        task.cancel()
        asked.cancel()
        await asyncio.wait([task], timeout=PATIENCE_S)
        await adapter.stop()
    if task.cancelled():
        return []
    if task.done():
        task.exception()  # look at it, so that nobody complains that none did
    return [f"{sample.label}: a cancelled send does not end as cancelled"]


async def lifecycle_problems(build: Build, heard: Heard) -> AsyncIterator[str]:
    """`stop` may come twice and without `start`; `check` answers and never raises."""
    with _nowhere() as nowhere:
        for label, steps in (
            ("stop without start", ("stop",)),
            ("stop twice", ("start", "stop", "stop")),
            ("start after stop", ("start", "stop", "start", "stop")),
        ):
            adapter = build(nowhere)
            for step in steps:
                try:
                    await getattr(adapter, step)()
                except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
                    yield f"{label}: {step} raised {_short(error)}"
        async for words in _check_problems(build, nowhere, "nobody listens", heard):
            yield words


async def sick_check_problems(build: Build, heard: Heard) -> AsyncIterator[str]:
    """A provider that refuses, fails or babbles is not well."""
    for answer in (
        ProviderAnswer(status=401),
        ProviderAnswer(status=500),
        ProviderAnswer(body=DEEP),
        ProviderAnswer(fault=Fault.SWALLOW),
    ):
        async with FakeProvider([answer] * 4) as provider:
            label = f"HTTP {answer.status}, {answer.body[:3]!r}, {answer.fault}"
            async for words in _check_problems(build, provider.url, label, heard, sick=True):
                yield words
    with _nowhere() as nowhere:
        async for words in _check_problems(build, nowhere, "nobody listens", heard, sick=True):
            yield words


async def _check_problems(
    build: Build, url: str, label: str, heard: Heard, *, sick: bool = False
) -> AsyncIterator[str]:
    adapter = build(url)
    await adapter.start()
    try:
        health: Any = await asyncio.wait_for(adapter.check(), CHECK_S)
    except TimeoutError:
        health = None
        yield f"check ({label}): no answer within {CHECK_S:g} s"
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        health = None
        yield f"check ({label}): raised {_short(error)}"
    finally:
        await adapter.stop()
    heard.add(health)
    if isinstance(health, Health):
        if sick and health.ok:
            yield f"check ({label}): says that all is well"
        if not health.ok and not (health.detail and health.what_to_do):
            yield f"check ({label}): does not say what is wrong and what to do"
    elif health is not None:
        yield f"check ({label}): answers {_short(health)}"


async def _send(
    build: Build, case: OutboundCase, url: str
) -> tuple[Outcome | Exception, list[Address]]:
    adapter = build(url)
    await adapter.start()
    with connections() as called:
        try:
            sending = adapter.send(case.message, case.key)
            got: Outcome | Exception = await asyncio.wait_for(sending, PATIENCE_S)
        except Exception as error:  # noqa: BLE001 - an exception is a doubt
            got = error
    await adapter.stop()
    return got, called


async def _refused_connection(build: Build, sample: OutboundCase, heard: Heard) -> list[str]:
    with _nowhere() as nowhere:
        got, _ = await _send(build, sample, nowhere)
    heard.add(got)
    return [] if isinstance(got, Deferred) else [f"{_short(got)} for Deferred"]


def _dated(label: str, answer: ProviderAnswer) -> ProviderAnswer:
    """A Retry-After as a date, which only the running test can know."""
    if not label.endswith("date"):
        return answer
    until = datetime.now(UTC) + timedelta(seconds=RETRY_AFTER_S + 1)
    header = ("Retry-After", format_datetime(until, usegmt=True))
    return msgspec.structs.replace(answer, headers=(header,))


def _patient(got: object) -> bool:
    """A second is allowed for the whole seconds of a date."""
    wait = got.retry_after_ms if isinstance(got, Deferred) else None
    return wait is not None and wait >= (RETRY_AFTER_S - 1) * 1_000


def _outcome_problems(expect: Any, got: object) -> Iterator[str]:
    if not isinstance(got, OUTCOMES):
        yield f"{_short(got)} is no outcome"
    elif isinstance(expect, type):
        if not isinstance(got, expect):
            yield f"{_short(got)} for {expect.__name__}"
    elif got != expect:
        yield f"{got} for {expect}"
    if isinstance(got, Accepted) and not got.provider_id:
        yield "accepted without a provider's id"


def _request_problems(case: OutboundCase, provider: FakeProvider) -> Iterator[str]:
    if len(provider.requests) != len(case.expect_requests):
        yield f"{len(provider.requests)} requests for {len(case.expect_requests)}"
    pairs: Sequence[tuple[ExpectedRequest, RecordedRequest]] = list(
        zip(case.expect_requests, provider.requests, strict=False)
    )
    for number, (want, got) in enumerate(pairs, 1):
        for words in _differences(want, got):
            yield f"request {number}: {words}"


def _differences(want: ExpectedRequest, got: RecordedRequest) -> Iterator[str]:
    if (got.method, got.path) != (want.method, want.path):
        yield f"{got.method} {got.path} for {want.method} {want.path}"
    for name, value in want.headers:
        if got.header(name) != value:
            yield f"header {name} is {got.header(name)!r} for {value!r}"
    if want.form is not None and got.form() != want.form:
        yield f"form {got.form()} for {want.form}"
    if want.json is not None:
        try:
            data = got.json()
        except msgspec.DecodeError:
            data = got.body
        if data != want.json:
            yield f"JSON {data!r} for {want.json!r}"
    if want.body is not None and got.body != want.body:
        yield f"body {got.body!r} for {want.body!r}"


@contextmanager
def _nowhere() -> Iterator[str]:
    """An address that refuses connections: its port is held, so nobody begins to listen."""
    with socket.socket() as held:
        held.bind((HOST, 0))
        yield f"http://{HOST}:{held.getsockname()[1]}"


def _short(thing: object) -> str:
    return repr(thing)[:200]
