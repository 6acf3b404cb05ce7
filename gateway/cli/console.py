"""How verbs speak: data to stdout as JSON, words to stderr, and the three exit statuses."""

import os
import sys
from collections.abc import Iterable
from enum import IntEnum
from typing import Any, NoReturn

import msgspec
import typer


class Status(IntEnum):
    """How a verb ends."""

    FINE = 0
    FOUND = 1  # findings, or a refusal
    WRONG = 2  # usage or configuration


_encoder = msgspec.json.Encoder()


def put(value: Any) -> None:
    """One JSON document, on one line."""
    put_raw(_encoder.encode(value))


def put_raw(line: bytes) -> None:
    """One line, at once: whoever reads may be waiting for it."""
    out = sys.stdout.buffer
    try:
        out.write(line + b"\n")
        out.flush()
    except BrokenPipeError:
        # Whoever read has gone; Python must not try again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(Status.FINE) from None


def tell(words: str, data: dict[str, Any]) -> None:
    """A finding: the words for people, and as data with its `text` for whoever reads stdout."""
    say(words)
    if not sys.stdout.isatty():
        put({**data, "text": words})


def put_text(text: str) -> None:
    """Plain text."""
    put_raw(text.encode("utf-8", "replace"))


def say(words: str) -> None:
    """Words for the person at the terminal."""
    typer.echo(words, err=True)


def say_all(lines: Iterable[object]) -> None:
    """Several lines of words."""
    for line in lines:
        say(str(line))


def give_up(words: str, status: Status = Status.WRONG) -> NoReturn:
    """End, saying why and what to do."""
    say(f"parley: {words}")
    raise typer.Exit(status)
