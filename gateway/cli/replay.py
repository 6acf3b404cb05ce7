"""`parley replay`: recorded traffic through another configuration, before it is turned on."""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Connection

from config import Rulebook
from config.units import parse_duration
from gateway.cli.configuration import ConfigOption, loaded, registered
from gateway.cli.console import Status, give_up, put, say
from gateway.cli.desk import DatabaseOption, DataOption, existing
from gateway.cli.replay_picture import picture
from gateway.cli.replay_told import lines, measured, summary, table, why
from gateway.domain.clock import SECOND_MS, SystemClock, parse_rfc3339, rfc3339
from gateway.domain.desk import Rulebook as Version
from gateway.domain.work import Turn
from gateway.pipeline import contrast as c
from gateway.pipeline.inforce import InForce
from gateway.pipeline.recording import Recording, recorded
from gateway.pipeline.replay import Replay
from gateway.pipeline.resent import About, Place
from gateway.store.queries import deciding, recording
from routing.comparison import CONFIDENCE_PERCENT
from routing.gates import BadGate, Gate, judge, parse
from routing.rows import WorkState

CLASS = "channel,priority"
MOST_RESAMPLES, MOST_LISTED = 100_000, 10_000
TABLE_WIDTH = 110  # a narrower terminal wraps it, and cuts nothing off
DAY_FORMAT = "%Y-%m-%d %H:%M"

Bar = Callable[[str, float, float], Callable[[float], None]]
"""A bar from one number to another; call what you get with how far it is."""

Since = Annotated[str, typer.Option("--from", metavar="T", help="RFC 3339, with an offset.")]
Until = Annotated[
    str, typer.Option("--to", metavar="T", help="RFC 3339; not in it, and at most now.")
]
By = Annotated[
    list[str],
    typer.Option(metavar="KEY,...", help=f"Groups, again for more; of {','.join(Place._fields)}."),
]
RefuseIf = Annotated[
    list[str] | None,
    typer.Option(metavar="GATE", help="Such as p90_wait>+10%; again for more."),
]
Within = Annotated[str, typer.Option(metavar="TIME", help="In time, where nothing is promised.")]
Svg = Annotated[Path | None, typer.Option(metavar="FILE", help="A picture of the waits.")]
Locale = Annotated[str, typer.Option(help="Of the picture; without, the desk's.")]
Listed = Annotated[int, typer.Option("--list", min=0, max=MOST_LISTED, help="Changes, one by one.")]
Resamples = Annotated[
    int, typer.Option(min=0, max=MOST_RESAMPLES, help="For the confidence; 0: none.")
]
Json = Annotated[bool, typer.Option("--json", help="Data on a terminal too, and no table.")]


class Asked(NamedTuple):
    """What the command line says, understood."""

    since: int
    until: int
    within_ms: int
    groupings: list[tuple[str, ...]]
    gates: list[Gate]


class Tape(NamedTuple):
    """What the store has of a span."""

    recording: Recording
    about: About
    version: Version | None  # of the rulebook in force


def replay(
    *,
    config: ConfigOption,
    since: Since,
    until: Until,
    by: By = ["queue", CLASS],  # noqa: B006 typer copies it
    refuse_if: RefuseIf = None,
    within: Within = "20s",
    svg: Svg = None,
    locale: Locale = "",
    listed: Listed = 20,
    resamples: Resamples = 1_000,
    seed: Annotated[int, typer.Option(help="Of the resamples.")] = 1,
    as_json: Json = False,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """What the directory's rulebook would have made of a span of recorded time.

    The same engine runs the same customers and agents by the rulebook in force and by the proposed
    one. Exit status: 1 when a gate refuses, or when nothing came in that time.
    """
    asked = _asked(since, until, within, by, refuse_if or [])
    proposed = loaded(config, registered()).rulebook
    desk = existing(config, data, database)
    with _bars() as bar:
        reading = bar("the log", 0, 1)
        read = desk.read(tape, desk.id, asked.since, asked.until, reading)
        found = _contrast(read, asked, proposed, bar)
        zone = ZoneInfo(proposed.desk.timezone)
        units = c.units(found, lambda at: _local(at, zone).date().isoformat())
        drawn = c.Drawn(
            units=units.kind,
            number=units.number,
            resamples=resamples,
            seed=seed,
            confidence_percent=CONFIDENCE_PERCENT,
        )
        surer = bar("how sure it is", 0, 1)
        figures = c.figures(found, asked.groupings, (units, resamples, seed), surer)
    changes = c.changes(found, listed)
    verdicts = [judge(gate, *measured(gate, figures)) for gate in asked.gates]
    if svg is not None:
        _draw(svg, found, locale or proposed.desk.locale, asked, zone)
    if as_json or not sys.stdout.isatty():
        for line in lines(_about(read, asked, found), drawn, figures, changes, verdicts):
            put(line)
    if not as_json:
        console = Console(stderr=True)
        console.width = max(console.width, TABLE_WIDTH)
        console.print(table(figures), *summary(figures, changes, drawn), sep="\n")
    refused = [verdict for verdict in verdicts if verdict.refused]
    for verdict in refused:
        say(f"parley: refused: {why(verdict)}")
    raise typer.Exit(Status.FOUND if refused else Status.FINE)


# --- what is asked ---


def _asked(since: str, until: str, within: str, by: list[str], gates: list[str]) -> Asked:
    try:
        begins, ends = parse_rfc3339(since), parse_rfc3339(until)
    except ValueError as error:
        give_up(f"--from, --to: {error}")
    if begins >= ends:
        give_up(f"--from {since} is not before --to {until}")
    now = SystemClock().now_ms()
    if begins >= now:
        give_up(f"--from {since} has not been yet; name a time that is over")
    ends = min(ends, now)  # nobody has waited yet in what is to come
    try:
        within_ms = parse_duration(within)
        parsed = [parse(gate) for gate in gates]
    except BadGate as error:
        give_up(f"--refuse-if: {error}")
    except ValueError as error:
        give_up(f"--within: {error}")
    groupings = [tuple(part.strip() for part in each.split(",") if part.strip()) for each in by]
    groupings += [_ordered(gate, groupings) for gate in parsed]
    for name in (name for grouping in groupings for name in grouping):
        if name not in Place._fields:
            give_up(f"there is no group {name!r}; there are: {', '.join(Place._fields)}")
    return Asked(begins, ends, within_ms, groupings, parsed)


def _ordered(gate: Gate, groupings: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The grouping that a gate names, in whatever order it is there already."""
    wanted = set(gate.group)
    return next((g for g in groupings if set(g) == wanted), tuple(gate.group))


# --- what is read ---


def tape(
    connection: Connection,
    desk: str,
    since: int,
    until: int,
    progress: Callable[[float], None] = lambda _share: None,
) -> Tape:
    """All that a replay needs of a desk's store, from one connection."""
    newest = recording.head(connection, desk) or 1
    told = recording.told(connection, desk)
    found = recorded(told, since, until, lambda position: progress(position / newest))
    conversations = {piece.conversation for piece in found.pieces}
    works = recording.works(connection, (piece.work for piece in found.pieces))
    turns: dict[str, list[Turn]] = defaultdict(list)
    for turn in recording.turns(connection, conversations):
        turns[turn.conversation].append(turn)
    about = About(
        works={work.id: msgspec.json.decode(work.body, type=WorkState) for work in works},
        known=deciding.known(connection, conversations),
        turns={conversation: tuple(each) for conversation, each in turns.items()},
    )
    return Tape(found, about, deciding.rulebook(connection, desk))


def _contrast(read: Tape, asked: Asked, proposed: Rulebook, bar: Bar) -> c.Contrast:
    """As it was, by the rulebook in force, and by the proposed one."""
    version, span = read.version, (asked.since, asked.until)
    replayed = Replay(read.recording, read.about, asked.within_ms)
    if version is None or not replayed.arrivals:
        give_up(
            f"nothing came between {rfc3339(asked.since)} and {rfc3339(asked.until)};"
            " name a time of which the store has work",
            Status.FOUND,
        )
    current = Rulebook.from_json(version.content)
    _say_strangers(read.recording, proposed, version.version)
    now = InForce(version.version, current, replayed.channels)
    then = InForce(version.version + 1, proposed, replayed.channels)
    return c.Contrast(
        pieces=replayed.arrivals,
        recorded=replayed.as_recorded(now),
        in_force=replayed.under(now, bar("by the rulebook in force", *span)),
        proposed=replayed.under(then, bar("by the proposed one", *span)),
    )


def _say_strangers(found: Recording, proposed: Rulebook, version: int) -> None:
    """What makes the comparison less than it seems."""
    there = {stand.agent for stand in found.stands}
    if gone := sorted(there.difference(proposed.agents)):
        say(f"parley: not among the proposed agents, so left out: {', '.join(gone)}")
    if new := sorted(set(proposed.agents).difference(there)):
        say(f"parley: not there in that time, so given nothing: {', '.join(new)}")
    if others := sorted(set(found.versions) - {version}):
        listed = ", ".join(map(str, others))
        say(
            f"parley: it was decided by version {listed}; in force, and compared with, is {version}"
        )


# --- what is told ---


def _about(read: Tape, asked: Asked, found: c.Contrast) -> dict[str, object]:
    return {
        "from": rfc3339(asked.since),
        "to": rfc3339(asked.until),
        "pieces": len(found.pieces),
        "carried_over": len(read.recording.pieces) - len(found.pieces),
        "in_force": read.version.version if read.version else None,
        "decided_by": read.recording.versions,
    }


def _draw(file: Path, found: c.Contrast, locale: str, asked: Asked, zone: ZoneInfo) -> None:
    in_force, proposed = (
        [seen.wait_ms for seen in run.seen.values() if seen.wait_ms is not None]
        for run in (found.in_force, found.proposed)
    )
    since, until = (_local(at, zone).strftime(DAY_FORMAT) for at in (asked.since, asked.until))
    try:
        file.write_text(picture(in_force, proposed, locale, since, until), "utf-8")
    except OSError as error:
        give_up(f"{file} cannot be written: {error.strerror}")


def _local(at: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at / SECOND_MS, UTC).astimezone(zone)


@contextmanager
def _bars() -> Iterator[Bar]:
    """Bars one after another, for whoever watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:26}"), BarColumn(), TimeElapsedColumn())
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bars:

        def bar(words: str, begins: float, ends: float) -> Callable[[float], None]:
            task = bars.add_task(words, total=ends - begins)
            return lambda at: bars.update(task, completed=at - begins)

        yield bar
