"""Attachments' bytes on disk, each under the SHA-256 of its content."""

import hashlib
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import structlog

from gateway.store.errors import NoSpace

log = structlog.get_logger()

WARN_FREE = 0.10  # of the disk
REFUSE_FREE = 0.05
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Files:
    """A directory of files that never change: `files/ab/cd/abcd...`."""

    def __init__(self, data: Path) -> None:
        self._root = data / "files"
        self._incoming = data / "incoming"
        self.folders = (self._root, self._incoming)
        self._warned = False
        self._lock = threading.Lock()  # between "it is here already" and erasing it

    def put(self, content: bytes) -> str:
        """Keep these bytes; durable when it returns. Their SHA-256 in hex. NoSpace refuses."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.renew(sha256):
            part = self.begin()
            part.write(content)
            part.keep()
        return sha256

    def begin(self) -> "Part":
        """A file that comes in pieces."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        # What a crash leaves under such a name nobody refers to; `sweep` removes it.
        return Part(self, self._incoming / secrets.token_hex(16))

    def path(self, sha256: str) -> Path:
        """Where the file of this hash stands, or would."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a SHA-256 in hex")
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def exists(self, sha256: str) -> bool:
        """Whether its bytes are here."""
        return self.path(sha256).exists()

    def renew(self, sha256: str) -> bool:
        """Whether its bytes are here; if so they count as new, and are not swept before long."""
        with self._lock:
            if not self.exists(sha256):
                return False
            os.utime(self.path(sha256))
            return True

    def older_than(self, before_s: float) -> Iterator[str]:
        """The hashes of files that came, or came again, before an instant (POSIX seconds)."""
        for sha256 in self.all():
            try:
                if self.path(sha256).stat().st_mtime < before_s:
                    yield sha256
            except FileNotFoundError:
                continue

    def remove_old(self, hashes: Iterable[str], before_s: float) -> int:
        """Erase those of these that nobody brought again since an instant; how many."""
        removed = 0
        for sha256 in hashes:
            with self._lock:
                path = self.path(sha256)
                if path.exists() and path.stat().st_mtime < before_s:
                    path.unlink()
                    removed += 1
        return removed

    def remove(self, sha256: str) -> None:
        """Erase its bytes. Whoever calls has seen that no attachment names it any more."""
        self.path(sha256).unlink(missing_ok=True)

    def all(self) -> Iterator[str]:
        """The hash of every file kept, in no order."""
        for folder, _, names in os.walk(self._root):
            if Path(folder) != self._root:  # other names are other programs'
                yield from filter(_SHA256.fullmatch, names)

    def demand_space(self, size: int) -> None:
        """Refuse what would fill the disk past its last 5 %; warn once below 10 %."""
        usage = shutil.disk_usage(self._root if self._root.exists() else self._root.parent)
        free = (usage.free - size) / usage.total
        if free < REFUSE_FREE:
            raise NoSpace(
                f"{usage.free // 2**20} MB are free; attachments are refused, text is kept"
            )
        if free < WARN_FREE and not self._warned:
            log.warning(
                "the disk is nearly full", free_mb=usage.free // 2**20, path=str(self._root)
            )
        self._warned = free < WARN_FREE

    def settle(self, part: Path, sha256: str) -> None:
        """Move a file, whole and on the disk, to its place, and see that its name is there too."""
        place = self.path(sha256)
        new = [folder for folder in (place.parent.parent, place.parent) if not folder.exists()]
        place.parent.mkdir(parents=True, exist_ok=True)
        part.replace(place)
        for folder in (place.parent, *(folder.parent for folder in new)):
            _sync_folder(folder)

    def sweep(self, older_than_s: float) -> int:
        """Remove what crashes left half-written before an instant (POSIX seconds); how many."""
        if not self._incoming.exists():
            return 0
        old = [p for p in self._incoming.iterdir() if p.stat().st_mtime < older_than_s]
        for part in old:
            part.unlink(missing_ok=True)
        return len(old)


class Part:
    """A file on its way in. Nobody sees it before `keep`; `drop` forgets it."""

    def __init__(self, files: Files, path: Path) -> None:
        self._files = files
        self._path = path
        self._file = path.open("wb")
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Add a piece. NoSpace refuses, and drops the whole."""
        try:
            self._files.demand_space(len(chunk))
            self._file.write(chunk)
        except (NoSpace, OSError):
            self.drop()
            raise
        self._digest.update(chunk)
        self.size += len(chunk)

    def keep(self) -> str:
        """Make it durable under its SHA-256, which it returns in hex."""
        sha256 = self._digest.hexdigest()
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            if not self._files.renew(sha256):
                self._files.settle(self._path, sha256)
        finally:
            self.drop()
        return sha256

    def drop(self) -> None:
        """Forget it; after `keep` that does nothing."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
