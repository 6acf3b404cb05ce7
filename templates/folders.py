"""A folder of texts by locale: `<locale>/<name>.md`."""

from collections.abc import Iterator
from pathlib import Path

from templates.errors import Slip
from templates.frontmatter import unreadable


def markdown_in(folder: Path, noun: str, found: list[Slip]) -> Iterator[Path]:
    """`*/*.md`; whatever lies elsewhere would never be read by anybody, and is told."""
    for place in _listed(folder, found):
        if not place.is_dir():
            what = "lies in no locale; move it into a folder such as zh-CN or en"
            found.append(Slip(str(place), 0, what))
            continue
        for file in _listed(place, found):
            if file.suffix == ".md":
                yield file
            else:
                what = f"is no {noun}; name it NAME.md, or move it away"
                found.append(Slip(str(file), 0, what))


def _listed(folder: Path, found: list[Slip]) -> list[Path]:
    """What lies in a folder, in order, without what is hidden."""
    try:
        return sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    except FileNotFoundError:
        return []  # a desk need not have any of its own
    except OSError as error:
        found.append(unreadable(folder, error))
        return []
