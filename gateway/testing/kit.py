"""The licence to merge: what is wrong with an adapter, as sentences."""

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gateway.contract import CONTRACT_VERSION, Accepted, Adapter, Capabilities, Unauthentic
from gateway.testing import inbound as receiving
from gateway.testing import outbound as sending
from gateway.testing.cases import Build, InboundCase, OutboundCase, Sign
from gateway.testing.speech import Heard, listening

NOWHERE = "http://127.0.0.1:9"  # the discard port: receive must not call it
UNTRIED = (
    "there is no without_secret, so nobody knows whether an empty secret opens the channel;"
    " where nobody signs, say so: SIGNED = False"
)


def adapter_problems(
    build: Build,
    inbound: Sequence[InboundCase] = (),
    outbound: Sequence[OutboundCase] = (),
    *,
    secrets: tuple[str, ...] = (),
    sign: Sign | None = None,
    signed: bool = True,
    without_secret: Build | None = None,
) -> list[str]:
    """Everything that is wrong with an adapter; empty when it keeps the contract.

    build: makes the adapter, given the `api_url` of a stand-in provider.
    secrets: words of its settings that must never be seen in logs, events, errors or its repr.
    sign: signs a delivery as the provider would, so that garbage reaches the decoder too.
    signed: False for a door where nobody signs (mail, web chat); then no forgeries are tried, and
        there is no secret to be empty.
    without_secret: the same adapter with empty secrets, which must refuse everything; wanted of
        every adapter that is `signed` and has deliveries.

    Runs what needs a loop in one of its own, so it may be called from anywhere.
    """
    problems = _shape(build(NOWHERE))
    if problems:
        return problems
    with listening() as heard:
        heard.add(build(NOWHERE))
        problems += _receiving(build, inbound, sign, heard, signed=signed)
        if without_secret is not None:
            problems += receiving.secretless_problems(without_secret(NOWHERE), inbound)
        elif signed and inbound:
            problems.append(UNTRIED)
        problems += _in_own_loop(_sending(build, outbound, heard))
    for place in heard.secrets_in(secrets):
        problems.append(f"secret number {place + 1} can be read in a log, an event or an error")
    problems += [
        f"a detail speaks Python, and people read it: {each}" for each in heard.in_python()
    ]
    return problems


def _shape(adapter: Adapter) -> list[str]:
    """What every adapter says of itself."""
    problems = []
    for attribute, kind in (
        ("name", str),
        ("channel", str),
        ("contract_version", int),
        ("settings_type", type),
        ("isolated", bool),
        ("capabilities", Capabilities),
    ):
        if not isinstance(getattr(adapter, attribute, None), kind):
            problems.append(f"{attribute} is no {kind.__name__}")
    if not problems and adapter.contract_version != CONTRACT_VERSION:
        problems.append(f"it is for version {adapter.contract_version} of the contract")
    return problems


def _receiving(
    build: Build, cases: Sequence[InboundCase], sign: Sign | None, heard: Heard, *, signed: bool
) -> list[str]:
    adapter, fresh = build(NOWHERE), build(NOWHERE)
    before = receiving.surroundings()
    first = [receiving.read(adapter, case.raw()) for case in cases]
    heard.add(*first)
    table = zip(cases, first, strict=True)
    problems = [p for case, got in table for p in receiving.table_problems(case, got)]
    problems += receiving.purity_problems(adapter, fresh, cases, first)
    problems += receiving.world_problems(before)
    if signed:
        problems += receiving.forgery_problems(adapter, cases)
    authentic = [case for case in cases if case.expect is not Unauthentic]
    problems += receiving.garbage_problems(adapter, authentic or cases, sign, heard)
    return problems


async def _sending(build: Build, cases: Sequence[OutboundCase], heard: Heard) -> list[str]:
    problems = [p async for p in sending.lifecycle_problems(build, heard)]
    for case in cases:
        problems += await sending.case_problems(build, case, heard)
    sample = next((case for case in cases if _is_plain(case)), None)
    if sample is not None:
        problems += await sending.fault_problems(build, sample, heard)
        problems += await sending.cancel_problems(build, sample)
        problems += [p async for p in sending.sick_check_problems(build, heard)]
    elif cases:
        problems.append("no row sends one request and is accepted, so no faults can be tried")
    return problems


def _is_plain(case: OutboundCase) -> bool:
    accepted = case.expect is Accepted or isinstance(case.expect, Accepted)
    return accepted and len(case.expect_requests) == 1


def _in_own_loop(work: Coroutine[Any, Any, list[str]]) -> list[str]:
    """On asyncio's own loop, whose connections can be seen, in a thread that has no loop yet."""

    def run() -> list[str]:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(work)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()
