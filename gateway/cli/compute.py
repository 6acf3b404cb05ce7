"""`parley clock` and `parley simulate`: arithmetic and engine over files, nothing stored."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from gateway.cli.console import give_up, put
from routing.clock import run_cases
from routing.simulate import run_trace

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="JSON; - is stdin.")]


def clock(file: FileArgument) -> None:
    """Response-time arithmetic: {"cases":[...]} in, {"results":{id:{metric: value}}} out."""
    document = _document(file)
    if not isinstance(document, dict):
        give_up(f"{file} is no object; write {{'cases': [...]}}")
    try:
        put(run_cases(document))
    except ValueError as error:
        give_up(f"{file}: {error}")


def simulate(file: FileArgument) -> None:
    """The real routing engine over one trace or a list of them, in virtual time; one line each."""
    document = _document(file)
    for number, trace in enumerate(document if isinstance(document, list) else [document]):
        try:
            put(run_trace(trace))
        except (msgspec.ValidationError, ValueError) as error:
            name = trace.get("name", number) if isinstance(trace, dict) else number
            give_up(f"{file}: trace {name}: {error}")


def _document(file: Path) -> Any:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return msgspec.json.decode(raw)
    except OSError as error:
        give_up(f"{file} cannot be read: {error.strerror}")
    except msgspec.DecodeError as error:
        give_up(f"{file} is no JSON: {error}")
