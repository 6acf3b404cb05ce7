"""`parley bench`: runs a benchmark of bench/, each of which prints the raw limit beside it."""

import runpy
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.console import give_up, put, say

BENCH = Path(__file__).parents[2] / "bench"


def bench(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Which one; without, all are run.")
    ] = "",
    show: Annotated[bool, typer.Option("--list", help="Only tell which there are.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="A tenth of the time, for a look; nothing is kept.")
    ] = False,
) -> None:
    """Run the benchmarks. They come with the source, not with the wheel."""
    found = {
        file.stem: file for file in sorted(BENCH.glob("*.py")) if not file.stem.startswith("_")
    }
    if not found:
        give_up(f"there are no benchmarks in {BENCH}; run this from a clone of the source")
    if name and name not in found:
        give_up(f"there is no benchmark {name!r}; there are: {', '.join(found)}")
    sys.argv[1:] = ["--quick"] if quick else []
    for each in [name] if name else found:
        if show:
            put({"name": each})
            continue
        say(f"parley: {each}")
        sys.path.insert(0, str(BENCH.parent))
        runpy.run_module(f"{BENCH.name}.{each}", run_name="__main__", alter_sys=True)
