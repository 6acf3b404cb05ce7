"""The configuration that a verb works with: loaded and checked, or the end of the verb."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from config import (
    Fault,
    Loaded,
    Problem,
    Rulebook,
    Settings,
    calendar_problems,
    channel_problems,
    load,
    room_problems,
)
from config.faults import in_order
from config.loader import WORDS, Check
from config.settings import DATABASES, kept_in
from gateway.cli.console import Status, give_up, say, say_all
from gateway.pipeline.knowledge import article_slips
from gateway.pipeline.soundness import courtesy_problems, routing_problems, template_problems
from gateway.registry import Registry, RegistryError
from templates import Catalog, Slip

ConfigOption = Annotated[
    Path, typer.Option("--config", metavar="DIR", help="A directory of YAML files.")
]


class AccountTypes(Mapping[str, type[Any]]):
    """Adapter name -> type of its settings; an adapter is imported when it is asked for."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __getitem__(self, name: str) -> type[Any]:
        found: type[Any] = self._registry.get(name).settings_type
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._registry.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry.names())

    def __len__(self) -> int:
        return len(self._registry.names())


def templates_exist(catalog: Catalog) -> Check:
    """A look at what goes out by itself, which must be in the catalogue."""

    def look(settings: Settings, rulebook: Rulebook) -> Iterable[Problem]:  # noqa: ARG001
        return template_problems(rulebook, catalog)

    return look


def words_of(directory: Path, registry: Registry) -> tuple[Catalog, list[Fault]]:
    """The templates with what is sound of the desk's own, and the faults of the rest."""
    catalog, slips = Catalog.examined(directory / WORDS, partial(is_channel, registry))
    return catalog, [_fault_of(slip) for slip in slips]


def with_articles(found: Loaded) -> Loaded:
    """A directory with the faults of its articles too; a node runs without those."""
    faults = (*found.faults, *map(_fault_of, article_slips(found.knowledge)))
    return found._replace(faults=tuple(in_order(faults)))


def is_channel(registry: Registry, channel: str) -> bool:
    """Whether any adapter serves it. Whoever is named like it is asked first: no other need then
    be imported."""
    likely = sorted(registry.names(), key=lambda name: channel not in name)
    return any(registry.get(name).channel == channel for name in likely)


def _fault_of(slip: Slip) -> Fault:
    what, _, cure = slip.what.partition("; ")
    return Fault(slip.file, slip.line, "", what, cure or "correct it")


def routes_soundly(settings: Settings, rulebook: Rulebook) -> Iterable[Problem]:  # noqa: ARG001
    """What routing itself says of the rulebook."""
    return routing_problems(rulebook)


def is_courteous(settings: Settings, rulebook: Rulebook) -> Iterable[Problem]:  # noqa: ARG001
    """What is said of rules of courtesy, which must be there."""
    return courtesy_problems(rulebook)


def holidays_are_known(settings: Settings, rulebook: Rulebook) -> Iterable[Problem]:  # noqa: ARG001
    """A calendar must know whether today is a holiday."""
    return calendar_problems(rulebook, datetime.now(UTC).date().isoformat())


def registered() -> Registry:
    """The adapters that are installed."""
    try:
        return Registry.load()
    except RegistryError as error:
        give_up(str(error))


RUNNING: tuple[Check, ...] = (routes_soundly, is_courteous)
APPLYING: tuple[Check, ...] = (*RUNNING, holidays_are_known)


def channels_exist(registry: Registry) -> Check:
    """A look at the channels that the rulebook names: those of what is installed."""

    def look(settings: Settings, rulebook: Rulebook) -> Iterable[Problem]:
        ours = {registry.get(each.adapter).channel for each in settings.channels.values()}
        yield from channel_problems(rulebook, ours, registry.channels)
        yield from room_problems(rulebook, ours)

    return look


def examined(directory: Path, registry: Registry, checks: Sequence[Check] = APPLYING) -> Loaded:
    """A directory with all its faults."""
    try:
        catalog, slips = words_of(directory, registry)
        looks = (*checks, templates_exist(catalog), channels_exist(registry))
        found = load(directory, AccountTypes(registry), os.environ, looks)
    except RegistryError as error:
        give_up(str(error))
    return found._replace(faults=tuple(in_order((*found.faults, *slips))))


def loaded(directory: Path, registry: Registry, checks: Sequence[Check] = APPLYING) -> Loaded:
    """A directory without faults; with faults they are told, and the verb ends."""
    found = examined(directory, registry, checks)
    _end_with(found, found.faults)
    return found


def loaded_for(directory: Path, registry: Registry, account: str) -> Loaded:
    """As `loaded`, but the faults of other accounts are only told."""
    found = examined(directory, registry, RUNNING)
    own = (f"channels.{account}", f"channels.{account}.", f"channels.{account}[")
    others = [
        fault
        for fault in found.faults
        if fault.path.startswith("channels.")
        and not (fault.path == own[0] or fault.path.startswith(own[1:]))
    ]
    say_all(f"{fault} (this account is left out)" for fault in others)
    _end_with(found, [fault for fault in found.faults if fault not in others])
    return found


def database_from(text: str | None) -> SecretStr | None:
    """An address of a database as the command line gives it; ends the verb when it is none."""
    if text is None:
        return None
    if not kept_in(text):
        give_up(f"--database: is no database that is known here; {DATABASES}")
    return SecretStr(text)


def say_warnings(found: Loaded) -> None:
    """Tell what is sound and hardly meant."""
    say_all(f"{warning} (a warning)" for warning in found.warnings)


def but_warned(found: Loaded) -> str:
    """How many warnings there are beside all else; "" for none."""
    count = len(found.warnings)
    return f", with {count} warning{'s' * (count > 1)}" if count else ""


def say_count(found: Loaded) -> None:
    """The last line of a directory with faults."""
    count = len(found.faults)
    say(f"parley: {count} fault{'s' * (count > 1)} in {found.directory}{but_warned(found)}")


def _end_with(found: Loaded, faults: Sequence[Fault]) -> None:
    if faults:
        say_all(faults)
        say_warnings(found)
        say_count(found._replace(faults=tuple(faults)))
        raise typer.Exit(Status.WRONG)
