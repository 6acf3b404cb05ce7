"""`parley serve`: run a node until it is told to stop."""

import errno
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from config import Loaded, secrets_of
from gateway import logs
from gateway.app import Parley, run, run_forever
from gateway.cli.configuration import RUNNING, ConfigOption, database_from, loaded, registered
from gateway.cli.console import Status, give_up, say
from gateway.store import StoreError

HostOption = Annotated[str | None, typer.Option(help="Where to listen.")]
PortOption = Annotated[int | None, typer.Option(min=0, max=65_535, help="0 takes a free one.")]
DataOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Files and SQLite's database.")
]
DatabaseOption = Annotated[
    str | None, typer.Option(metavar="URL", help="sqlite:////path.db or postgresql://...")
]
RedisOption = Annotated[str | None, typer.Option(metavar="URL", help="redis://...")]
LevelOption = Annotated[str, typer.Option("--log", help="debug, info, warning or error.")]


def serve(
    config: ConfigOption,
    host: HostOption = None,
    port: PortOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    redis: RedisOption = None,
    log: LevelOption = "info",
) -> None:
    """Run one node. SIGTERM drains and stops it; a second one ends it at once."""
    registry = registered()
    desk = overridden(
        loaded(config, registry, RUNNING),
        host={"host": host, "port": port},
        store={"data": data, "database": database_from(database)},
        redis={"url": _secret(redis)},
    )
    set_up_logs(log, desk)
    run_to_the_end(run(desk, registry, _ready))


def overridden(desk: Loaded, **given: dict[str, Any]) -> Loaded:
    """The settings with what the command line says on top; None says nothing."""
    settings = desk.settings
    parts = {
        name: getattr(settings, name).model_copy(
            update={key: value for key, value in values.items() if value is not None}
        )
        for name, values in given.items()
    }
    return desk._replace(settings=settings.model_copy(update=parts))


def _secret(text: str | None) -> SecretStr | None:
    return None if text is None else SecretStr(text)


def set_up_logs(level: str, desk: Loaded | None) -> None:
    try:
        logs.set_up(level=level)
    except KeyError:
        give_up(f"there is no log level {level!r}; use debug, info, warning or error")
    if desk is not None:
        logs.register_secrets(secrets_of(desk.settings))


def _ready(parley: Parley) -> None:
    for address, port in parley.addresses:
        name = f"[{address}]" if ":" in address else address
        say(f"parley: listening on http://{name}:{port}")


def run_to_the_end(main: Any) -> None:
    try:
        run_forever(main)
    except StoreError as error:
        give_up(str(error), Status.FOUND)
    except OSError as error:
        advice = "; stop what listens there, or choose another --port"
        said = error.strerror or str(error)
        give_up(said + (advice if error.errno == errno.EADDRINUSE else ""), Status.FOUND)
