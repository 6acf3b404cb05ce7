"""`parley render`: a template with values, as a customer would read it."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

import templates
from gateway.cli.configuration import RUNNING, is_channel, loaded, registered
from gateway.cli.console import Status, give_up, put, put_text, say_all
from gateway.cli.fitting import NOWHERE, Channels, channels
from gateway.contract import Capabilities
from gateway.domain.clock import SystemClock, parse_rfc3339
from gateway.pipeline.naming import told_by
from gateway.pipeline.wordcheck import unfit, unfit_anywhere
from gateway.registry import Registry, RegistryError
from templates import BadCatalog, Catalog, MissingValue, TemplateError, Wording, spells_out
from templates.courtesy import Finding
from templates.model import HTML_SUFFIX, SUBJECT_SUFFIX

_PARTS: Mapping[str, Callable[[Capabilities], bool]] = {
    SUBJECT_SUFFIX: lambda can: can.subjects,
    HTML_SUFFIX: lambda can: can.formatting == "html",
}


def _channel(asked: str) -> str:
    """The channel asked for, with the part of it; an adapter stands for its own. Ends the verb for
    what is neither, and for a part that no message of its channel has."""
    part = next((end for end in _PARTS if asked.endswith(end)), "")
    name, registry = asked.removesuffix(part), registered()
    try:
        if name in registry.names():
            name = registry.get(name).channel
        if name and not is_channel(registry, name):
            _give_up(registry, name, get_close_matches(name, registry.channels(), n=1))
        if part and not _has_part(registry, name, part):
            _give_up(registry, name + part, [name] if name else [])
    except RegistryError as error:
        give_up(str(error))
    return name + part


def _has_part(registry: Registry, channel: str, part: str) -> bool:
    kinds = map(registry.get, registry.names())
    return any(_PARTS[part](kind.capabilities) for kind in kinds if kind.channel == channel)


def _give_up(registry: Registry, name: str, near: Sequence[str]) -> NoReturn:
    hint = f"; did you mean {near[0]!r}?" if near else "."
    known = ", ".join(registry.channels())
    give_up(f"--channel: there is no channel {name!r}{hint} There are: {known}")


ChannelOption = Annotated[
    str, typer.Option(help="sms, voice, email, email_subject, email_html, ...", callback=_channel)
]


def render(
    template: Annotated[
        str, typer.Argument(metavar="TEMPLATE", help="For instance greeting or out-of-hours.")
    ],
    locale: Annotated[str, typer.Option(help="For instance zh-CN or en.")],
    channel: ChannelOption = "",
    config: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Takes the desk's name, zone and values.")
    ] = None,
    words: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Templates over our own: LOCALE/NAME.md.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="The reader's.")] = "",
    at: Annotated[str, typer.Option(metavar="RFC3339", help="When it is read; now.")] = "",
    approved: Annotated[
        bool, typer.Option("--approved", help="The provider's own template: its name and values.")
    ] = False,
) -> None:
    """Read a JSON object of values from stdin, write the text; refuses missing ones by name.

    With --config a text that a channel of the desk would refuse for its length ends with 1. A
    value, a locale or a template that there is not, or a value of the wrong kind, ends with 2.
    """
    given = values = _values()
    zone, reached = "UTC", NOWHERE
    if config is not None:
        found = loaded(config, registry := registered(), RUNNING)
        reached = channels(found, registry)
        rulebook, words = found.rulebook, words or found.words
        zone = rulebook.desk.timezone
        values = {**told_by(rulebook, locale or rulebook.desk.locale), **values}
    try:
        catalog = Catalog.load(words)
        spells_out(catalog, template, locale, given)
        word = templates.approved if approved else templates.render
        told = word(
            catalog,
            template,
            locale=locale,
            channel=channel,
            values=values,
            timezone=timezone or zone,
            home=timezone,
            at=parse_rfc3339(at) if at else SystemClock().now_ms(),
        )
    except MissingValue as error:
        give_up(str(error), Status.FOUND)
    except (TemplateError, BadCatalog) as error:
        give_up(str(error))
    except (ValueError, KeyError) as error:
        give_up(f"--at or --timezone: {error}")
    if told is None:
        give_up(f"{template}: no provider has approved it for {channel!r}; leave out --approved")
    if isinstance(told, str):
        put_text(told)
        _tell_unfit(told, channel, catalog.get(template).wording(locale), reached)
    else:
        put(told)


def _tell_unfit(text: str, channel: str, wording: Wording, reached: Channels) -> None:
    long = [found.message for found in _unfit(text, channel, wording, reached)]
    say_all(f"parley: {each}" for each in long)
    if long:
        raise typer.Exit(Status.FOUND)


def _unfit(text: str, channel: str, wording: Wording, reached: Channels) -> Iterator[Finding]:
    """Channels of the desk that would refuse it: the one asked for, else all that say it so."""
    if not channel:
        yield from unfit_anywhere(wording, text, reached)
    elif (found := unfit(text, channel, reached.get(channel, ()), wording.locale)) is not None:
        yield found


def _values() -> dict[str, Any]:
    raw = b"" if sys.stdin.isatty() else sys.stdin.buffer.read()
    try:
        values = msgspec.json.decode(raw) if raw.strip() else {}
    except msgspec.DecodeError as error:
        give_up(f"stdin is no JSON: {error}")
    if not isinstance(values, dict):
        give_up('stdin is no object; write {"name": "value"}')
    return values
