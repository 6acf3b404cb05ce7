"""`parley adapters` and `parley verify-adapter`."""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from gateway.cli import channels
from gateway.cli.configuration import registered
from gateway.cli.console import Status, give_up, put, put_text, say
from gateway.registry import Registry, RegistryError
from gateway.testing import adapter_problems

OURS = "parley "
WANTED = "build, INBOUND, OUTBOUND"  # of a module of cases

# What a table of cases may have, and what the kit calls it.
_TABLE = {
    "SECRETS": "secrets",
    "sign": "sign",
    "SIGNED": "signed",
    "without_secret": "without_secret",
}


def adapters(
    as_page: Annotated[
        bool, typer.Option("--page", help="As docs/CHANNELS.md, of Parley's own.")
    ] = False,
) -> None:
    """Tell of each installed adapter, a line: its name, channel, origin and limits."""
    registry = registered()
    if as_page:
        own = (name for name in registry.names() if registry.origin(name).startswith(OURS))
        put_text(channels.page((name, registry.get(name)) for name in own))
        return
    status = Status.FINE
    for name in registry.names():
        try:
            put(_told(registry, name))
        except RegistryError as error:
            say(f"parley: {error}")
            status = Status.FOUND
    raise typer.Exit(status)


def _told(registry: Registry, name: str) -> dict[str, Any]:
    kind = registry.get(name)
    return {
        "name": name,
        "channel": kind.channel,
        "origin": registry.origin(name),
        "contract_version": kind.contract_version,
        "capabilities": getattr(kind, "capabilities", None),
        "settings": {
            key: field.is_required() for key, field in kind.settings_type.model_fields.items()
        },
    }


def verify(
    package: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A module with an adapter's cases, or a package with `cases`; installed or here."
            " In a clone of Parley the name of one of its adapters. It has `build`, and INBOUND,"
            " OUTBOUND, SECRETS, sign as far as there are any; with INBOUND also `without_secret`,"
            " the adapter with empty secrets, unless SIGNED = False says that nobody signs.",
        ),
    ],
) -> None:
    """Run the test kit on what a module of cases has.

    Each problem is a line; none is the licence to merge.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    cases = _cases(package.strip("/").replace("/", "."))
    options = {key: getattr(cases, name) for name, key in _TABLE.items() if hasattr(cases, name)}
    inbound, outbound = getattr(cases, "INBOUND", ()), getattr(cases, "OUTBOUND", ())
    problems = adapter_problems(cases.build, inbound, outbound, **options)
    if not inbound and not outbound:
        problems.append("the tables are empty: neither INBOUND nor OUTBOUND has a row")
    for problem in problems:
        put({"problem": problem})
    say(f"{package}: {len(inbound)} deliveries, {len(outbound)} messages, {len(problems)} problems")
    raise typer.Exit(Status.FOUND if problems else Status.FINE)


def _cases(package: str) -> Any:
    name = package.removeprefix("adapters.")
    if Path("tests", "adapters", name).is_dir() or _is_ours(name):
        return _own_cases(name)
    found = _imported(package)
    if found is not None and hasattr(found, "build"):
        return found
    if found is None:
        give_up(f"there is no package {package} here; run this in the directory that holds it")
    cases = _imported(f"{package}.cases")
    if cases is None or not hasattr(cases, "build"):
        give_up(f"{package} has no cases; give it a module `cases` with {WANTED}")
    return cases


def _is_ours(name: str) -> bool:
    registry = registered()
    return name in registry.names() and registry.origin(name).startswith(OURS)


def _own_cases(name: str) -> Any:
    """The tables of an adapter in a clone, which lie beside its tests."""
    place = Path("tests", "adapters", name, "cases.py")
    if not place.is_file():
        in_a_clone = Path("adapters", name).is_dir()
        give_up(
            f"there are no tables of {name} here; "
            + (f"write {place} with {WANTED}" if in_a_clone else "run this in a clone of Parley")
        )
    try:
        cases = importlib.import_module(f"tests.adapters.{name}.cases")
    except ModuleNotFoundError as error:
        give_up(f"the tables of {name} need {error.name}, which is not installed; run `make setup`")
    if not hasattr(cases, "build"):
        give_up(f"{place} has no build; give it {WANTED}")
    return cases


def _imported(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise
