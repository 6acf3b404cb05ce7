"""`parley sending`: pause all that goes out to customers, and let it go on."""

from gateway.cli.console import put, say
from gateway.cli.desk import DatabaseOption, DataOption, Desk, StoreConfigOption, existing, me
from gateway.cli.lazy import make_app
from gateway.domain.clock import rfc3339
from gateway.store.queries import http_desk
from gateway.verbs.work import PauseSending

app = make_app()


@app.command()
def status(
    config: StoreConfigOption = None, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Whether messages and calls go out."""
    desk = existing(config, data, database)
    _put(desk.read(http_desk.paused_at, desk.id))


@app.command()
def pause(
    config: StoreConfigOption = None, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Send nothing to customers on any channel; what is written waits, what comes in comes in."""
    _set(existing(config, data, database), paused=True)


@app.command()
def resume(
    config: StoreConfigOption = None, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Send again, what waited first."""
    _set(existing(config, data, database), paused=False)


def _set(desk: Desk, *, paused: bool) -> None:
    _put(desk.submit(PauseSending(paused=paused, by=me())))


def _put(paused_at: int | None) -> None:
    say(f"parley: sending is {'on' if paused_at is None else 'paused'}")
    put({"paused": paused_at is not None, "since": paused_at and rfc3339(paused_at)})
