"""The catalogue: every template by name, read from files `text/<locale>/<name>.md`."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from templates.errors import BadCatalog, Slip, UnknownTemplate
from templates.files import IsChannel, Page, judge, read, unreadable
from templates.model import Template, Wording

TEXT = Path(__file__).parent / "text"
MAX_FILES = 5_000  # of one directory


class Catalog:
    """Templates by name."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self._templates = {template.name: template for template in templates}

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Our own templates, and over them those of a directory. Raises BadCatalog.

        Our own are not judged again at every start: the tests have done so.
        """
        catalog, slips = cls.examined(path)
        if slips:
            raise BadCatalog(slips)
        return catalog

    @classmethod
    def examined(
        cls, path: Path | None, is_channel: IsChannel = lambda _: True
    ) -> tuple[Self, list[Slip]]:
        """As `load`, but with what is sound beside the faults of the rest.

        Who cannot tell what is a channel lets words for any of them pass.
        """
        slips: list[Slip] = []
        pages = list(_pages(TEXT, slips))
        for page in _pages(path, slips) if path else ():
            wrong = list(judge(page, is_channel))
            slips += wrong
            if not wrong:
                pages.append(page)
        wordings: dict[str, dict[str, Wording]] = {}
        for page in pages:
            wordings.setdefault(page.file.stem, {})[page.wording.locale] = page.wording
        return cls(Template(name=name, wordings=w) for name, w in wordings.items()), slips

    def names(self) -> tuple[str, ...]:
        """The names of all templates, in order."""
        return tuple(sorted(self._templates))

    def get(self, name: str) -> Template:
        """The template of this name, `out_of_hours` or `out-of-hours`. Raises UnknownTemplate."""
        found = self._templates.get(name.replace("-", "_"))
        if found is None:
            near = get_close_matches(name.replace("-", "_"), self._templates, n=1)
            cure = f"did you mean {near[0]}?" if near else f"there are: {', '.join(self.names())}"
            raise UnknownTemplate(f"there is no template {name!r}; {cure}")
        return found


def _pages(folder: Path, found: list[Slip]) -> Iterator[Page]:
    files = list(_files(folder, found))
    if len(files) > MAX_FILES:
        what = f"holds more than {MAX_FILES} templates; remove some"
        found.append(Slip(str(folder), 0, what))
        return
    for file in files:
        page = read(file, found)
        if page is not None:
            yield page


def _files(folder: Path, found: list[Slip]) -> Iterator[Path]:
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
                what = "is no template; name it NAME.md, or move it away"
                found.append(Slip(str(file), 0, what))


def _listed(folder: Path, found: list[Slip]) -> list[Path]:
    """What lies in a folder, in order, without what is hidden."""
    try:
        return sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    except FileNotFoundError:
        return []  # a desk need not have words of its own
    except OSError as error:
        found.append(unreadable(folder, error))
        return []
