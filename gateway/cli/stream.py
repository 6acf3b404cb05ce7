"""`parley stream`: the log as CloudEvents, one a line, with words where one may read them."""

import asyncio
import signal
from collections.abc import Callable
from threading import Event as Signal
from typing import Annotated, Any

import typer

from gateway.cli.console import put
from gateway.cli.desk import DatabaseOption, DataOption, Desk, StoreConfigOption, existing
from gateway.domain.events import Event
from gateway.store.queries.events import events_after
from gateway.stream import Joiner, cloud_event

BATCH = 500
LOOK_EVERY_S = 0.25


def stream(
    after: Annotated[int, typer.Option(min=0, help="The last position already seen.")] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="Wait for what comes.")] = False,
    ids_only: Annotated[bool, typer.Option("--ids-only", help="Join no words.")] = False,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write every event past a position as a CloudEvent; words are joined unless erased."""
    desk = existing(config, data, database)
    joiner = None if ids_only else Joiner(_reader(desk), desk.id, desk.channel_of)
    stopped = Signal()
    if follow:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
    with asyncio.Runner() as runner:
        while not stopped.is_set():
            events = desk.read(events_after, desk.id, after, BATCH)
            for line in runner.run(_lines(events, joiner)):
                put(line)
            if events:
                after = events[-1].position
            elif not follow:
                break
            else:
                stopped.wait(LOOK_EVERY_S)


def _reader(desk: Desk) -> Callable[..., Any]:
    async def read(query: Callable[..., Any], *args: Any) -> Any:
        return desk.read(query, *args)

    return read


async def _lines(events: list[Event], joiner: Joiner | None) -> list[dict[str, Any]]:
    if joiner is None:
        return [cloud_event(event) for event in events]
    return [cloud_event(joined.event, joined.words()) for joined in await joiner.join(events)]
