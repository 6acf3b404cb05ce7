"""The catalogue: every template by name, read from files `text/<locale>/<name>.md`."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from msgspec.structs import replace

from templates.errors import BadCatalog, Slip, UnknownTemplate
from templates.files import Page, judge, read
from templates.folders import markdown_in
from templates.model import Origin, Template, Wording
from templates.sound import IsChannel

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
        wordings = {(page.file.stem, page.wording.locale): page.wording for page in pages}
        for page in _pages(path, slips) if path else ():
            wrong = list(judge(page, is_channel))
            slips += wrong
            if not wrong:
                own = replace(page.wording, origin=Origin.FOLDER)
                wordings[page.file.stem, own.locale] = own
        return cls(()).under(wordings), slips

    def under(self, wordings: Mapping[tuple[str, str], Wording]) -> Self:
        """This catalogue with other words, by name and locale, in the place of its own."""
        changed: dict[str, dict[str, Wording]] = {}
        for (name, locale), wording in wordings.items():
            known = self._templates.get(name)
            before = dict(known.wordings) if known is not None else {}
            changed.setdefault(name, before)[locale] = wording
        fresh = {name: Template(name=name, wordings=w) for name, w in changed.items()}
        return type(self)((self._templates | fresh).values())

    def worded(self, name: str, locale: str) -> Wording | None:
        """The words of a template in this very locale; None where it has none of its own."""
        found = self._templates.get(name)
        return found.wordings.get(locale) if found is not None else None

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
