"""The catalogue: every template by name, read from files `text/<locale>/<name>.md`."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from templates.errors import BadCatalog, Slip, UnknownTemplate
from templates.files import IsChannel, Page, judge, read
from templates.folders import markdown_in
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
    files = list(markdown_in(folder, "template", found))
    if len(files) > MAX_FILES:
        what = f"holds more than {MAX_FILES} templates; remove some"
        found.append(Slip(str(folder), 0, what))
        return
    for file in files:
        page = read(file, found)
        if page is not None:
            yield page
