"""What templates say now: the files' words, and over them what people saved."""

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog
from msgspec.structs import replace

from gateway.domain.savedwords import SavedWords
from gateway.store import Store
from gateway.store.queries import savedwords
from templates import Catalog, Origin, Wording
from templates.saved import FRONT, Fault, faults_of, mark_of

log = structlog.get_logger(__name__)

Place = tuple[str, str]  # a template's name, a locale


class Stand(NamedTuple):
    """A template in one locale, and why it says what it says."""

    name: str
    locale: str
    wording: Wording | None  # in force; None: nothing is said
    filed: Wording | None  # what the files say
    saved: SavedWords | None  # the newest version that somebody saved

    @property
    def version(self) -> int:
        """How often it was saved."""
        return self.saved.version if self.saved is not None else 0

    @property
    def file_changed(self) -> bool:
        """Whether the files say something else than when the words in force were saved."""
        if self.saved is None or self.wording is None or self.wording.origin is not Origin.CONSOLE:
            return False
        filed = mark_of(self.filed)
        return filed not in (self.saved.over, mark_of(self.wording))


async def open_wordbook(store: Store, folder: Path | None) -> "Wordbook":
    """The files' words and what was saved. Raises BadCatalog."""
    wordbook = Wordbook(store, Catalog.load(folder))
    await wordbook.load()
    return wordbook


class Wordbook:
    """The catalogue in force. Whoever renders takes it once: its words then stay what they are."""

    def __init__(self, store: Store, filed: Catalog) -> None:
        self.filed = filed
        self._catalog = filed
        self.sounds: dict[str, str] = {}  # of purposes and keywords, reckoned when asked for
        self.sounding = asyncio.Lock()  # held while they are reckoned
        self.sounds_failed = 0  # times
        self._store = store
        self._saved: dict[Place, SavedWords] = {}
        self._wordings: dict[Place, Wording] = {}
        self._loading = asyncio.Lock()

    def in_force(self) -> Catalog:
        """What templates say now."""
        return self._catalog

    async def load(self) -> int:
        """Read what was saved; it is in force when this returns. How often anything was."""
        async with self._loading:
            count, rows = await self._store.read(savedwords.standing, self._store.desk)
            fresh = [row for row in rows if self._saved.get((row.name, row.locale)) != row]
            if not fresh:
                return count
            read = await asyncio.to_thread(lambda: [wording_of(row) for row in fresh])
            for row, wording in zip(fresh, read, strict=True):
                place = row.name, row.locale
                self._saved[place] = row
                self._wordings.pop(place, None)
                if wording is not None:
                    self._wordings[place] = wording
            self._catalog = self.filed.under(self._wordings)
            self._tell(fresh)
            return count

    def _tell(self, fresh: list[SavedWords]) -> None:
        for row in fresh:
            if self.stand(row.name, row.locale).file_changed:
                log.warning(
                    "the files say something else than when these words were saved; those rule",
                    template=row.name,
                    locale=row.locale,
                    what_to_do="compare them in the console; save them, or go back to the file",
                )

    def supposing(self, name: str, locale: str, wording: Wording | None) -> Catalog:
        """The catalogue as it would be with these words; None: with those of the files."""
        others = {place: each for place, each in self._wordings.items() if place != (name, locale)}
        return self.filed.under(others | ({(name, locale): wording} if wording else {}))

    def stand(self, name: str, locale: str) -> Stand:
        """How it stands with a template in a locale."""
        return Stand(
            name=name,
            locale=locale,
            wording=self._catalog.worded(name, locale),
            filed=self.filed.worded(name, locale),
            saved=self._saved.get((name, locale)),
        )

    def stands(self, name: str) -> Iterator[Stand]:
        """In every locale in which it is worded."""
        for locale in sorted(self._catalog.get(name).locales):
            yield self.stand(name, locale)


def with_saved(filed: Catalog, rows: Iterable[SavedWords]) -> Catalog:
    """What templates say with what was saved over their files."""
    said = {(row.name, row.locale): wording_of(row) for row in rows}
    return filed.under({place: wording for place, wording in said.items() if wording is not None})


def wording_of(row: SavedWords) -> Wording | None:
    """The words of a version; None where it went back to the files.

    None too for what this version of Parley finds faulty: the files' words are said in its place.
    """
    if not row.content:
        return None
    wording = None
    try:
        wording = content_of(row)
        faults = faults_of(row.name, wording, lambda _: True)
    except msgspec.MsgspecError as error:  # of a version of Parley that knows more
        faults = [Fault(FRONT, 1, str(error))]
    if faults:
        log.error(
            "saved words are no longer sound; the files' are said",
            template=row.name,
            locale=row.locale,
            fault=faults[0].what,
            what_to_do="mend them in the console",
        )
        return None
    return wording


def content_of(row: SavedWords) -> Wording:
    """What a version that says something says."""
    said = msgspec.json.decode(row.content, type=Wording)
    return replace(said, origin=Origin.CONSOLE)
