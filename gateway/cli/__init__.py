"""The `parley` command, one file per family of verbs."""

import typer

app = typer.Typer(
    name="parley",
    no_args_is_help=True,
    help="Parley: one durable, ordered conversation across every channel.",
)


@app.callback()
def parley() -> None:
    """Run and look after a Parley node."""


def main() -> None:
    """Run the command line; the console script's entry point."""
    app()
