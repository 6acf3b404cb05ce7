"""Loads a verb's module when the verb is called, so that `parley --help` is quick."""

from importlib import import_module
from importlib.metadata import version
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


class Verb(NamedTuple):
    """A word on the command line, where its function or group of functions is, and what it does."""

    name: str
    place: str  # module:attribute; a Typer is a group
    help: str


class LazyGroup(TyperGroup):
    """A group whose help comes from a table."""

    verbs: ClassVar[tuple[Verb, ...]] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for verb in self.verbs:  # what the help shows; nothing is loaded
            self.add_command(TyperCommand(verb.name, help=verb.help), verb.name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb itself, loaded."""
        name, stub, rest = super().resolve_command(ctx, args)
        found = next((verb for verb in self.verbs if verb.name == name), None)
        return name, load(found) if found else stub, rest


def load(verb: Verb) -> Any:
    """The command that a verb runs."""
    module, _, attribute = verb.place.partition(":")
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        alone = make_app()
        alone.command(verb.name, help=verb.help)(found)
        found = alone
    command = get_command(found)
    command.name = verb.name
    command.help = command.help or verb.help
    return command


def make_app(group: type[LazyGroup] | None = None) -> typer.Typer:
    """An app that shows no tracebacks with values in them and needs no decoration."""
    app = typer.Typer(
        name="parley",
        cls=group,
        no_args_is_help=group is not None,
        add_completion=group is not None,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    if group is not None:
        app.callback()(_parley)
    return app


def _tell(on: bool) -> None:
    if on:
        typer.echo(version("parley"))
        raise typer.Exit


def _parley(
    show_version: bool = typer.Option(
        False, "--version", help="Print the version.", is_eager=True, callback=_tell
    ),
) -> None:
    """Parley: one durable, ordered conversation across every channel.

    Data goes to stdout as JSON, words to stderr. Exit status: 0 fine, 1 findings or refused,
    2 wrong usage or configuration.
    """
