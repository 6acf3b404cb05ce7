"""What a benchmark says: figures with their raw limits, to people, to programs and to the record.

A benchmark is a module with `run(report)`, ended by `main(run)`. Figures go to stdout, a JSON line
each, and in words to stderr; a full run keeps them in bench/results/latest.json.
"""

import asyncio
import inspect
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

RECORD = Path(__file__).parent / "results" / "latest.json"


class Report:
    """The figures of one benchmark. `quick`: a tenth of the time, for a look."""

    def __init__(self, name: str, *, quick: bool) -> None:
        self.name = name
        self.quick = quick
        self._console = Console(stderr=True)
        self._figures: list[dict[str, Any]] = []

    def size(self, full: int, quick: int) -> int:
        """One of two sizes."""
        return quick if self.quick else full

    @contextmanager
    def progress(self, words: str, total: float) -> Iterator[Callable[[float], None]]:
        """A bar; call what you get with how much was done."""
        columns = (TextColumn("{task.description:32}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as bars:
            task = bars.add_task(words, total=total)
            yield lambda done: bars.advance(task, done)

    def figure(
        self,
        what: str,
        value: float,
        unit: str,
        *,
        raw: float | None = None,
        least: float | None = None,
        most: float | None = None,
        note: str = "",
    ) -> None:
        """One figure, the raw limit beside it, and what we want: `least` or `most`.

        With a raw limit the target is of the ratio between the two, when `unit` says so ("of raw").
        """
        fine = (least is None or value >= least) and (most is None or value <= most)
        figure = {
            "bench": self.name,
            "what": what,
            "value": _rounded(value),
            "unit": unit,
            "raw": _rounded(raw),
            "least": least,
            "most": most,
            "holds": fine,
            "note": note,
        }
        self._figures.append({k: v for k, v in figure.items() if v not in (None, "")})
        sys.stdout.write(json.dumps(self._figures[-1], ensure_ascii=False) + "\n")
        sys.stdout.flush()
        self._console.print(_words(figure), highlight=False, soft_wrap=True)

    def keep(self) -> None:
        """Put the figures into the record; those of other benchmarks stay."""
        record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
        benches = record.get("benches", {})
        at = datetime.now(UTC).isoformat(timespec="seconds")
        figures = [{k: v for k, v in each.items() if k != "bench"} for each in self._figures]
        benches[self.name] = {"at": at, "machine": machine(), "figures": figures}
        RECORD.parent.mkdir(exist_ok=True)
        text = json.dumps({"benches": dict(sorted(benches.items()))}, ensure_ascii=False, indent=1)
        RECORD.write_text(text + "\n")


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _words(figure: dict[str, Any]) -> str:
    raw = f"  raw {figure['raw']:g}" if figure["raw"] is not None else ""
    wanted = ""
    if figure["least"] is not None:
        wanted = f"  wanted >= {figure['least']:g}"
    if figure["most"] is not None:
        wanted = f"  wanted <= {figure['most']:g}"
    colour = "default" if not wanted else "green" if figure["holds"] else "red"
    note = f"  ({figure['note']})" if figure["note"] else ""
    value = f"{figure['value']:g} {figure['unit']}"
    return f"  {figure['what']:44} [{colour}]{value:>22}[/]{raw}{wanted}{note}"


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "load_before": round(os.getloadavg()[0], 1),
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "aiohttp": aiohttp.__version__,
        "sqlite": sqlite3.sqlite_version,
    }


def main(run: Callable[[Report], Awaitable[None] | None]) -> None:
    """Run a benchmark from the command line."""
    name = Path(inspect.getfile(run)).stem
    report = Report(name, quick="--quick" in sys.argv)
    os.sync()  # what others left to the disk is not ours

    async def whole() -> None:
        pending = run(report)
        if pending is not None:
            await pending

    uvloop.run(whole()) if inspect.iscoroutinefunction(run) else asyncio.run(whole())
    if not report.quick:
        report.keep()


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
