"""The desk's articles: read when somebody first asks, and again once their files have changed.

A node starts without them, and an article with a fault is left out and told in the log: what
somebody slipped in while writing must keep nobody from answering.
"""

import asyncio
from pathlib import Path

import structlog

from gateway.domain.clock import SECOND_MS, Clock
from routing.classify import CATEGORIES
from templates import Slip
from templates.knowledge import Article, Shelf

log = structlog.get_logger(__name__)

LOOK_AGAIN_MS = 10 * SECOND_MS  # at the files; whoever saved one sees it so soon

Seen = tuple[tuple[str, int, int], ...]


class Knowledge:
    """Whoever asks has the articles as their files were a moment ago."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._shelf = Shelf(())
        self._seen: Seen = ()
        self._look_at: int | None = None
        self._looking = asyncio.Lock()

    async def shelf(self) -> Shelf:
        """The articles that there are; reading them holds up nobody else."""
        if self._is_old():
            async with self._looking:
                if self._is_old():
                    await asyncio.to_thread(self._look)
                    self._look_at = self._clock.now_ms() + LOOK_AGAIN_MS
        return self._shelf

    def _is_old(self) -> bool:
        return self._look_at is None or self._clock.now_ms() >= self._look_at

    def _look(self) -> None:
        seen = _seen(self._folder)
        if seen == self._seen:
            return
        shelf, slips = Shelf.examined(self._folder, CATEGORIES)
        for slip in slips:
            log.warning("an article is left out", file=slip.file, line=slip.line, why=slip.what)
        self._shelf, self._seen = shelf, seen


def article_slips(folder: Path) -> list[Slip]:
    """All that is wrong with the articles of a folder."""
    return Shelf.examined(folder, CATEGORIES)[1]


def sound_articles(folder: Path) -> tuple[Article, ...]:
    """The articles of a folder, but for those with faults."""
    return Shelf.examined(folder, CATEGORIES)[0].articles


def _seen(folder: Path) -> Seen:
    """By what files are known to have changed."""
    try:
        found = [(str(each), each.stat()) for each in sorted(folder.glob("*/*.md"))]
    except OSError:  # one went away just now: the next look sees what is there
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)
