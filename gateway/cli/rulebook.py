"""`parley config`: what would change, put in force, past versions, go back; and every key."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from config import Rulebook, plan
from config.faults import dotted
from config.loader import WORDS
from gateway.cli.configuration import ConfigOption, loaded, registered
from gateway.cli.console import Status, give_up, put, put_text, say, tell
from gateway.cli.desk import DatabaseOption, DataOption, Desk, made, me
from gateway.cli.keys import page
from gateway.cli.lazy import make_app
from gateway.cli.wordbook import contradictions, filed
from gateway.domain.clock import rfc3339
from gateway.domain.desk import Rulebook as Version
from gateway.store.queries import http_desk, savedwords
from gateway.verbs.work import ApplyRulebook

HISTORY = 200  # versions shown

app = make_app()


@app.command("plan")
def show_plan(
    config: ConfigOption, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Tell what would change if the directory's rulebook were put in force."""
    proposed = loaded(config, registered()).rulebook
    desk = made(config, data, database)
    current = _in_force(desk)
    differences = plan(_content(current), proposed)
    for difference in differences:
        tell(str(difference), difference._asdict())
    if not differences:
        say("parley: no difference from the rulebook in force; there is nothing to apply")
    orphaned = _orphaned(desk, proposed)
    if orphaned:
        _say_orphaned(orphaned)
        raise typer.Exit(Status.FOUND)


@app.command()
def apply(config: ConfigOption, data: DataOption = None, database: DatabaseOption = None) -> None:
    """Put the directory's rulebook in force, while people work."""
    found = loaded(config, registered())
    _put_in_force(made(config, data, database), found.rulebook, found.words)


@app.command()
def history(config: ConfigOption, data: DataOption = None, database: DatabaseOption = None) -> None:
    """The versions that were in force, the newest first, a line each."""
    desk = made(config, data, database)
    current = _in_force(desk)
    if current is not None:
        for version in desk.read(http_desk.rulebooks, desk.id, None, HISTORY):
            put(_shown(version, current))


@app.command()
def rollback(
    version: Annotated[int, typer.Argument(metavar="VERSION", help="As `history` tells it.")],
    config: ConfigOption,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Put an old version in force anew, as a new version."""
    desk = made(config, data, database)
    found = desk.read(http_desk.rulebook_version, desk.id, version) if desk.exists else None
    if found is None:
        give_up(f"there was no version {version}; see `parley config history`", Status.FOUND)
    _put_in_force(desk, _content(found), config / WORDS)


@app.command()
def keys() -> None:
    """Every key of a rulebook, what it takes and what it means, as docs/RULEBOOK.md."""
    put_text(page())


def _in_force(desk: Desk) -> Version | None:
    return desk.read(http_desk.rulebook_in_force, desk.id) if desk.exists else None


def _content(version: Version | None) -> Rulebook:
    """The rulebook of a version; before the first one nothing is said."""
    return Rulebook.from_json(version.content if version else "{}")


def _shown(version: Version, current: Version | None) -> dict[str, Any]:
    return {
        "version": version.version,
        "at": rfc3339(version.at),
        "by": version.by,
        "in_force": current is not None and version.version == current.version,
        "agents": len(json.loads(version.content).get("agents", {})),
        "queues": sorted(json.loads(version.content).get("queues", {})),
    }


def _orphaned(desk: Desk, rulebook: Rulebook) -> dict[str, int]:
    """Live work in queues that would be gone."""
    counts = desk.read(http_desk.queue_counts, desk.id) if desk.exists else {}
    return {q: sum(c.states.values()) for q, c in counts.items() if q not in rulebook.queues}


def _say_orphaned(orphaned: dict[str, int]) -> None:
    for queue, count in orphaned.items():
        say(
            f"parley: {count} pieces of work are in the queue {queue}, which would be gone;"
            " transfer or finish them, or keep the queue"
        )


def _saved_over(desk: Desk, rulebook: Rulebook, words: Path) -> int:
    """How often words were saved; ends the verb where the rulebook goes ill with them."""
    count, rows = desk.read(savedwords.standing, desk.id) if desk.exists else (0, [])
    problems = contradictions(rulebook, filed(words), rows)
    for problem in problems:
        say(f"{dotted(problem.path)}: {problem.what}; {problem.what_to_do}")
    if problems:
        say("parley: these words were saved in the console, and rule over the files")
        raise typer.Exit(Status.FOUND)
    return count


def _put_in_force(desk: Desk, rulebook: Rulebook, words: Path) -> None:
    current = _in_force(desk)
    if current is not None and current.content == rulebook.to_json():
        say(f"parley: version {current.version} is in force and says the same")
        put({"version": current.version, "changed": False})
        return
    orphaned = _orphaned(desk, rulebook)
    if orphaned:
        _say_orphaned(orphaned)
        raise typer.Exit(Status.FOUND)
    command = ApplyRulebook(
        content=rulebook.to_json(),
        by=me(),
        expected=current.version if current else 0,
        words=_saved_over(desk, rulebook, words),
    )
    put({"version": desk.submit(command), "changed": True})
