"""`parley demo`: the demo desk, until it is told to stop."""

from typing import Annotated

import typer

from gateway.app import Parley
from gateway.cli.configuration import registered
from gateway.cli.console import say
from gateway.cli.serve import (
    DataOption,
    HostOption,
    LevelOption,
    PortOption,
    run_to_the_end,
    set_up_logs,
)
from gateway.demo import run_demo
from gateway.sandbox.demo import DemoUser


def demo(
    host: HostOption = None,
    port: PortOption = None,
    data: DataOption = None,
    seed: Annotated[bool, typer.Option(help="Begin with customers who have written.")] = True,
    log: LevelOption = "warning",
) -> None:
    """Serve the demo desk with its sandbox: a shop, a phone, a mailbox, and agents to play."""
    registry = registered()
    set_up_logs(log, None)
    run_to_the_end(run_demo(registry, _ready, host=host, port=port, data=data, seed=seed))


def _ready(parley: Parley, users: tuple[DemoUser, ...]) -> None:
    for address, port in parley.addresses:
        base = f"http://{address}:{port}"
        say(f"console:  {base}/")
        say(f"shop:     {base}/shop      write as a customer")
        say(f"sandbox:  {base}/sandbox   write by mail, SMS, telephone or eight messengers")
    say("sign in by one click, or as")
    for user in users:
        say(f"  {user.login:8} {user.password}   {user.role}, {user.name}")
