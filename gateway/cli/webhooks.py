"""`parley webhooks`: integrators' endpoints, on and off, and back to an earlier position."""

from typing import Annotated, Any

import msgspec
import typer

from gateway.cli.console import put
from gateway.cli.desk import DatabaseOption, DataOption, StoreConfigOption, existing, me
from gateway.cli.lazy import make_app
from gateway.domain.outlet import Outlet
from gateway.http.api.outlets import webhook_view
from gateway.store.queries import outlets as queries
from gateway.verbs.outlet import DisableOutlet, EnableOutlet, ReplayOutlet

app = make_app()

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As the configuration has it.")]


@app.command("list")
def list_webhooks(
    config: StoreConfigOption = None, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Where each stands: state, lag in events, last success, failures in a row and why."""
    desk = existing(config, data, database)
    head = desk.read(queries.head, desk.id)
    for outlet in desk.read(queries.outlets, desk.id):
        put(webhook_view(outlet, head))


@app.command()
def enable(
    name: NameArgument,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Go on where it stands: the event that failed is the next."""
    desk = existing(config, data, database)
    _put(desk.submit(EnableOutlet(desk=desk.id, name=name, by=me())))


@app.command()
def disable(
    name: NameArgument,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Tell it of nothing until it is enabled; it keeps its place."""
    desk = existing(config, data, database)
    _put(desk.submit(DisableOutlet(desk=desk.id, name=name, by=me())))


@app.command()
def replay(
    name: NameArgument,
    after: Annotated[
        int, typer.Option(min=0, help="The position of the last event that is not wanted again.")
    ],
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Tell it of everything past a position again, each event under the id that it had."""
    desk = existing(config, data, database)
    _put(desk.submit(ReplayOutlet(desk=desk.id, name=name, by=me(), after=after)))


def _put(found: dict[str, Any]) -> None:
    outlet = msgspec.convert(found, Outlet)
    put({"name": outlet.name, "state": outlet.state, "cursor": outlet.cursor})
