"""`parley dead`: what could not be delivered or read, and what to do with it."""

from typing import Annotated

import typer

from gateway.cli.console import put
from gateway.cli.desk import DatabaseOption, DataOption, StoreConfigOption, existing, me
from gateway.cli.lazy import make_app
from gateway.domain.clock import rfc3339
from gateway.store.queries import http_desk
from gateway.verbs.dead import DiscardDead, RetryDead

SHOWN = 10_000

app = make_app()

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `list` tells it.")]


@app.command("list")
def list_dead(
    config: StoreConfigOption = None, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Jobs that were given up, and items of deliveries that could not be read; a line each."""
    desk = existing(config, data, database)
    jobs, letters = desk.read(http_desk.dead, desk.id, SHOWN)
    for job in jobs:
        put(
            {
                "id": job.id,
                "type": "job",
                "kind": job.kind,
                "account": job.account,
                "about": job.key,
                "detail": job.detail,
                "attempts": job.attempts,
                "at": rfc3339(job.due_at),
            }
        )
    for letter in letters:
        put(
            {
                "id": letter.id,
                "type": "unreadable",
                "kind": "delivery",
                "account": letter.account,
                "about": letter.delivery,
                "detail": letter.detail,
                "attempts": 0,
                "at": rfc3339(letter.at),
            }
        )


@app.command()
def retry(
    item: IdArgument,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Try a dead job again from the start, or read a kept delivery again."""
    existing(config, data, database).submit(RetryDead(id=item, by=me()))
    put({"id": item, "done": "retry"})


@app.command()
def discard(
    item: IdArgument,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Let a dead job or an unreadable item be; the raw delivery stays."""
    existing(config, data, database).submit(DiscardDead(id=item, by=me()))
    put({"id": item, "done": "discard"})
