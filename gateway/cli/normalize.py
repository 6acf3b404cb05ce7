"""`parley normalize`: what Parley makes of raw deliveries, signatures checked as in service."""

import asyncio
import sys
from typing import Annotated, Any

import typer

from config import Loaded
from gateway.cli.configuration import ConfigOption, loaded_for, registered
from gateway.cli.console import Status, give_up, put, say
from gateway.cli.deliveries import delivery
from gateway.cli.normalform import answer, refused
from gateway.contract import RawRequest, Unauthentic, WrongType
from gateway.domain.clock import SystemClock
from gateway.pipeline.accounts import Account, make_account
from gateway.pipeline.isolate import Isolated, IsolationFailed
from gateway.pipeline.storable import storable
from gateway.registry import Registry


def normalize(
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="An account of the configuration.")
    ],
    config: ConfigOption,
) -> None:
    """Read raw deliveries from stdin, one JSON object a line; tell of each, a line, what it says.

    In: {"method","path","query","headers","body"|"body_base64","received_at"}. Out: the reply and
    the events, or {"refused":"unauthentic"|"unreadable","detail"}; one refused makes the status 1.
    """
    registry = registered()
    desk = loaded_for(config, registry, account)
    host = desk.settings.host
    door = _account(desk, registry, account)
    most = host.max_mail if door.adapter.isolated else door.largest_delivery(host.max_body)
    try:
        status = asyncio.run(_all(door, most))
    except IsolationFailed as error:
        give_up(str(error), Status.FOUND)
    raise typer.Exit(status)


def _account(desk: Loaded, registry: Registry, name: str) -> Account:
    found = desk.settings.channels.get(name)
    if found is None:
        accounts = ", ".join(sorted(desk.settings.channels))
        give_up(f"there is no account {name!r}; there are: {accounts}")
    return make_account(name, registry.get(found.adapter), found.settings)


async def _all(account: Account, most: int) -> Status:
    """Every line of stdin, in order."""
    clock, isolated, status = SystemClock(), Isolated(), Status.FINE
    try:
        for number, line in enumerate(sys.stdin.buffer, 1):
            if not line.strip():
                continue
            try:
                raw = delivery(line, account.id, clock.now_ms())
            except ValueError as error:
                say(f"parley: line {number} {error}")
                put(refused("unreadable", f"line {number} {error}"))
                status = Status.FOUND
                continue
            said = await _read(account, raw, isolated, most)
            put(said)
            if "refused" in said:
                status = Status.FOUND
    finally:
        await isolated.stop()
    return status


async def _read(account: Account, raw: RawRequest, isolated: Isolated, most: int) -> dict[str, Any]:
    if len(raw.body) > most:
        return refused("unreadable", f"the body is larger than {most} bytes")
    try:
        if account.adapter.isolated:
            events, reply = await isolated.receive(account, raw)
        else:
            events, reply = account.adapter.receive(raw)
        return answer(map(storable, events), reply)
    except WrongType as error:
        return refused("unreadable", str(error))
    except Unauthentic as error:
        return refused("unauthentic", str(error))
    except IsolationFailed:
        raise
    except Exception as error:  # noqa: BLE001 - an adapter's mistake costs one delivery, not all
        say(f"parley: the adapter {account.adapter.name} failed: {error!r}")
        return refused("unreadable", f"the adapter failed: {type(error).__name__}")
