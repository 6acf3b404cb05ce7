"""What can be wrong with a configuration: problems at a path, faults at a line of a file."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Keys and list places from the top: `("queues", "support", "steps", 0)`."""


class Mark(NamedTuple):
    """Where something is written."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


ANY = "*"
"""In a path that a problem rests on: whichever key or list place stands there."""


class Problem(NamedTuple):
    """Something wrong at a path, found by whoever knows no files.

    `rests`: the places it is concluded from. Where one of them is itself at fault, the problem may
    follow from that fault, and is not told. None: all that stands at the path.
    """

    path: Path
    what: str
    what_to_do: str
    rests: tuple[Path, ...] | None = None


class Fault(NamedTuple):
    """Something wrong at a line of a file, with the cure. Line 0 stands for the whole file."""

    file: str
    line: int
    path: str
    what: str
    what_to_do: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        place = f"{self.path}: " if self.path else ""
        return f"{where}: {place}{self.what}; {self.what_to_do}"


def dotted(path: Path) -> str:
    """The path as people write it: `queues.support.steps[0].need`."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
        else:
            out += f".{part}" if out else part
    return out


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """By file and line, each once."""
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.file, fault.line))


# What is called so -> where it is written. Other names are ours and written nowhere.
_TABLES: dict[str, Path] = {
    "queue": ("queues",),
    "skill": ("skills",),
    "calendar": ("hours",),
    "agent": ("agents",),
    "account": ("channels",),
}


def unknown(
    path: Path,
    names: Iterable[str],
    known: Iterable[str],
    noun: str,
    table: Path | None = None,
) -> Iterator[Problem]:
    """A problem for each name that nobody knows. `table`: where they stand, if not as usual."""
    written = _TABLES.get(noun, ()) if table is None else table
    there = list(known)
    for name in names:
        if name not in there:
            near = get_close_matches(name, there, n=1)
            listed = ", ".join(there[:20]) or "none"
            cure = f"did you mean {near[0]}?" if near else f"there are: {listed}"
            rests = ((*written, name),) if written else ()
            yield Problem(path, f"there is no {noun} {name!r}", cure, rests)
