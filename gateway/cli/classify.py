"""`parley classify`, `train`, `corrections`: what texts are about, and the weights that tell."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from sqlalchemy import Connection

from gateway.cli.console import Status, give_up, put, say
from gateway.cli.desk import DatabaseOption, DataOption, StoreConfigOption, existing
from gateway.store.queries.corrections import corrections as corrected
from routing.classify import Classified, Model, decoded, own_model
from routing.training import BadExamples, Example, encoded, plain, read, train

OWN = Path(__file__).parents[2] / "routing" / "classify_examples"


class Said(msgspec.Struct, frozen=True):
    """One line of stdin."""

    text: str
    id: str | int | None = None
    channel: str = ""


def classify(
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Weights of `parley train`; our own.")
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Name the pieces that decided.")] = False,
) -> None:
    """Read {"id","text","channel"?} from stdin, a line each; tell category, language and mood."""
    weights = _weights(model)
    status = Status.FINE
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            said = msgspec.json.decode(line, type=Said)
        except msgspec.DecodeError as error:
            say(f'parley: line {number}: {error}; write {{"id":"1","text":"..."}}')
            status = Status.FOUND
            continue
        put(_told(said, weights.classify(said.text), why))
    raise typer.Exit(status)


def _told(said: Said, found: Classified, why: bool) -> dict[str, object]:
    told = {"id": said.id, **msgspec.structs.asdict(found)}
    reasons = told.pop("reasons")
    return told | {"reasons": reasons} if why else told


def _weights(file: Path | None) -> Model:
    if file is None:
        return own_model()
    try:
        return decoded(file.read_bytes())
    except OSError as error:
        give_up(f"{file} cannot be read: {error.strerror}")
    except msgspec.DecodeError as error:
        give_up(f"{file} holds no weights: {error}; make them with `parley train`")


def corrections(
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write what agents corrected as examples for `parley train`: category, a tab, the words."""
    desk = existing(config, data, database)
    for category, text in desk.read(_corrected, desk.id):
        sys.stdout.write(f"{category}\t{plain(text)}\n")


def _corrected(connection: Connection, desk: str) -> list[tuple[str, str]]:
    return list(corrected(connection, desk))


def learn(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the weights go.")],
    examples: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Labelled TSV files beside our own examples."),
    ] = None,
    version: Annotated[str, typer.Option(help="What the weights call themselves.")] = "1",
) -> None:
    """Train weights from our own examples and from files of CATEGORY, a tab and the text."""
    found: list[Example] = []
    for file in [*sorted(OWN.glob("*.tsv")), *(examples or [])]:
        try:
            found += read(file.read_text("utf-8"), str(file))
        except OSError as error:
            give_up(f"{file} cannot be read: {error.strerror}")
        except (BadExamples, UnicodeDecodeError) as error:
            give_up(str(error))
    say(f"parley: {len(found)} sentences; this takes a minute")
    try:
        model = train(found, version)
    except ModuleNotFoundError as error:
        give_up(f"{error}; training alone needs it: pip install scikit-learn")
    raw = encoded(model)
    out.write_bytes(raw)
    put({"version": version, "sentences": len(found), "bytes": len(raw), "file": str(out)})
