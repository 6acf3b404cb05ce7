"""`parley courtesy`: what to mend in texts before a customer reads them."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from gateway.cli.configuration import RUNNING, loaded, registered
from gateway.cli.console import Status, give_up, put, say
from gateway.cli.fitting import NOWHERE, Channels, channels
from gateway.pipeline.courteous import strictness_of
from gateway.pipeline.wordcheck import unfit
from templates.courtesy import Context, Finding, Strictness, check

LANGUAGES = ("zh", "en")


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A line of stdin."""

    id: str | int
    text: str
    context: Context = Context()


_decoder = msgspec.json.Decoder(Text)


def courtesy(
    locale: Annotated[str, typer.Option(help="The language of the texts: zh-CN or en.")],
    config: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Takes the desk's levels, own words and channels."),
    ] = None,
) -> None:
    """Read texts from stdin, {"id","text","context"?} a line; tell of each, a line, what to mend.

    Exit status: 0 nothing found, 1 findings, or a line that cannot be read.
    """
    if locale.lower()[:2] not in LANGUAGES:
        give_up(f"nobody has written rules for {locale!r}; --locale is zh-CN or en")
    strictness, reached = Strictness(), NOWHERE
    if config is not None:
        registry = registered()
        found = loaded(config, registry, RUNNING)
        strictness = strictness_of(found.rulebook.courtesy)
        reached = channels(found, registry)
    status = Status.FINE
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        answer = _answer(line, number, locale, strictness, reached)
        if answer.get("findings", True):
            status = Status.FOUND
        put(answer)
    raise typer.Exit(status)


def _answer(
    line: bytes, number: int, locale: str, strictness: Strictness, reached: Channels
) -> dict[str, Any]:
    try:
        asked = _decoder.decode(line)
        return {"id": asked.id, "findings": _found(asked, locale, strictness, reached)}
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        say(f"parley: line {number} {error}")
        return {"refused": "unreadable", "detail": f"line {number} {error}"}


def _found(asked: Text, locale: str, strictness: Strictness, reached: Channels) -> list[Finding]:
    found = check(asked.text, locale, asked.context, strictness)
    channel = asked.context.channel
    long = unfit(asked.text, channel, reached.get(channel, ()), locale)
    return found if long is None else [*found, long]
