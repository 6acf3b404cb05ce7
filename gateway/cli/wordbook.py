"""`parley words`: what people saved for templates to say, and as files again."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from config import Problem, Rulebook
from config.loader import WORDS
from gateway.cli.console import Status, give_up, put, say
from gateway.cli.desk import DatabaseOption, DataOption, StoreConfigOption, existing
from gateway.cli.lazy import make_app
from gateway.domain.clock import rfc3339
from gateway.domain.savedwords import SavedWords
from gateway.pipeline.soundness import template_problems
from gateway.pipeline.wordbook import Stand, content_of, with_saved
from gateway.store.queries import savedwords
from templates import BadCatalog, Catalog
from templates.saved import file_of

app = make_app()


@app.command("list")
def show(
    config: StoreConfigOption = None, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Templates whose words were saved in the console, a line each; and what the files say.

    `file_changed`: since they were saved the file says something else; what was saved is in force.
    """
    desk = existing(config, data, database)
    for stand in stands_of(desk.read(savedwords.newest, desk.id), _files(config)):
        put(_shown(stand))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Say, the folder `words`.")],
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write those that are in force as files LOCALE/NAME.md, over what lies there; a line each."""
    desk = existing(config, data, database)
    for stand in stands_of(desk.read(savedwords.newest, desk.id), _files(config)):
        if stand.wording is None:
            continue
        file = folder / stand.locale / f"{stand.name}.md"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(file_of(stand.wording), encoding="utf-8", newline="\n")
        except OSError as error:
            give_up(f"{file} cannot be written: {error.strerror}", Status.FOUND)
        put({"template": stand.name, "locale": stand.locale, "file": str(file)})
    say("parley: each node reads its files at start; until then, and after, what was saved rules")


def filed(words: Path | None) -> Catalog:
    """What the files of a folder say, over Parley's own."""
    try:
        return Catalog.load(words)
    except BadCatalog as error:
        give_up(str(error))


def contradictions(rulebook: Rulebook, files: Catalog, rows: Iterable[SavedWords]) -> list[Problem]:
    """What goes ill with what was saved, and well with the files."""
    known = set(template_problems(rulebook, files))
    saved = template_problems(rulebook, with_saved(files, rows))
    return [problem for problem in saved if problem not in known]


def stands_of(rows: Iterable[SavedWords], files: Catalog) -> list[Stand]:
    """How it stands with each."""
    return [
        Stand(
            name=row.name,
            locale=row.locale,
            wording=content_of(row) if row.content else None,
            filed=files.worded(row.name, row.locale),
            saved=row,
        )
        for row in sorted(rows, key=lambda row: (row.name, row.locale))
    ]


def _files(config: Path | None) -> Catalog:
    """Those of a configuration; without one, Parley's own."""
    return filed(config / WORDS if config is not None else None)


def _shown(stand: Stand) -> dict[str, Any]:
    saved = stand.saved
    assert saved is not None, "these were saved"
    return {
        "template": stand.name,
        "locale": stand.locale,
        "version": stand.version,
        "by": saved.by,
        "at": rfc3339(saved.at),
        "note": saved.note,
        "in_force": "console" if stand.wording is not None else "files",
        "file": stand.filed.origin.value if stand.filed is not None else "none",
        "file_changed": stand.file_changed,
    }
