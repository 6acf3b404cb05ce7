"""`parley report`: figures of a span of time, from the store; a node may run meanwhile."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
import typer
from sqlalchemy import Connection

from config.rulebook import Rulebook
from gateway.cli.console import Status, give_up, put
from gateway.cli.desk import DatabaseOption, DataOption, Desk, StoreConfigOption, existing
from gateway.cli.lazy import make_app
from gateway.domain.clock import SystemClock
from gateway.pipeline import callbackreport, promisereport
from gateway.pipeline import satisfaction as satisfactionreport
from gateway.pipeline.callbackreport import callback_figures
from gateway.pipeline.inforce import InForce
from gateway.pipeline.promisereport import promise_figures
from gateway.pipeline.report import (
    GROUPINGS,
    InvalidQuestion,
    Question,
    question_of,
    responses,
    shares,
)
from gateway.pipeline.satisfaction import satisfaction_figures
from gateway.store.queries import deciding

app = make_app()


Since = Annotated[
    str | None,
    typer.Option("--from", metavar="T", help="RFC 3339; without, 7 days before --to."),
]
Until = Annotated[str | None, typer.Option("--to", metavar="T", help="RFC 3339; without, now.")]
Zone = Annotated[str | None, typer.Option(help="Whose days; without, the desk's.")]


@app.command()
def response(
    since: Since = None,
    until: Until = None,
    by: Annotated[str, typer.Option(help=f"Some of {','.join(GROUPINGS)}.")] = "queue",
    zone: Zone = None,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """How fast customers were answered and conversations resolved: percentiles by group.

    Then a line for each rolling share that the rulebook names. Exit status: 1 when one is too low.
    """
    desk = existing(config, data, database)
    inforce = desk.read(_in_force, desk)
    question = _asked(desk, inforce, since, until, by, zone, GROUPINGS)
    _put_all(desk.read(responses, question))
    rolling = desk.read(shares, desk.id, inforce, question.until)
    _put_all(rolling)
    raise typer.Exit(Status.FINE if all(share.holds for share in rolling) else Status.FOUND)


@app.command()
def callbacks(
    since: Since = None,
    until: Until = None,
    by: Annotated[str, typer.Option(help=f"Some of {','.join(callbackreport.GROUPINGS)}.")] = "",
    zone: Zone = None,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """How many were called back by the promised time, how often people were dialled and reached."""
    desk = existing(config, data, database)
    inforce = desk.read(_in_force, desk)
    question = _asked(desk, inforce, since, until, by, zone, callbackreport.GROUPINGS)
    _put_all(desk.read(callback_figures, question))


@app.command()
def promises(
    since: Since = None,
    until: Until = None,
    by: Annotated[str, typer.Option(help=f"Some of {','.join(promisereport.GROUPINGS)}.")] = "",
    zone: Zone = None,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """How many promises were kept in time, late, or not at all."""
    desk = existing(config, data, database)
    inforce = desk.read(_in_force, desk)
    question = _asked(desk, inforce, since, until, by, zone, promisereport.GROUPINGS)
    _put_all(desk.read(promise_figures, question))


@app.command()
def satisfaction(
    since: Since = None,
    until: Until = None,
    by: Annotated[
        str, typer.Option(help=f"Some of {','.join(satisfactionreport.GROUPINGS)}.")
    ] = "",
    zone: Zone = None,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """How customers who were asked say it went, beside the span before."""
    desk = existing(config, data, database)
    inforce = desk.read(_in_force, desk)
    question = _asked(desk, inforce, since, until, by, zone, satisfactionreport.GROUPINGS)
    _put_all(desk.read(satisfaction_figures, question))


def _asked(
    desk: Desk,
    inforce: InForce,
    since: str | None,
    until: str | None,
    by: str,
    zone: str | None,
    groupings: tuple[str, ...],
) -> Question:
    now = SystemClock().now_ms()
    try:
        return question_of(desk.id, since, until, by, zone, inforce.rulebook, now, groupings)
    except InvalidQuestion as error:
        give_up(str(error))


def _put_all(rows: Iterable[msgspec.Struct]) -> None:
    for row in rows:
        put(msgspec.to_builtins(row))


def _in_force(connection: Connection, desk: Desk) -> InForce:
    row = deciding.rulebook(connection, desk.id)
    if row is None:
        return InForce(0, Rulebook())
    return InForce(row.version, Rulebook.from_json(row.content))
