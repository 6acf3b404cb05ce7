"""Takes SQLite's write-ahead log into the file beside the writer, so that no commit has to.

The commit that finds the log long folds it and makes everybody wait for some 20 ms. A connection
of its own folds while others write; not after each commit, for pages that change again and again
would be written each time. While more comes than ever stands still, the log is never folded to its
end and grows; then the writer folds what little is left, and begins it anew.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress

EVERY_S = 0.2


class Fold:
    """Folds in a thread of its own when it is told of commits. `close` ends it."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connect()
        self._monotonic = monotonic
        self._since = monotonic()
        self._wake = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="store-fold", daemon=True)
        self._thread.start()

    def committed(self) -> None:
        """A batch is in the log."""
        now = self._monotonic()
        if now - self._since >= EVERY_S:
            self._since = now
            self._wake.set()

    def _work(self) -> None:
        while self._wake.wait() and not self._ending:
            self._wake.clear()
            with suppress(sqlite3.Error):  # what is not folded now is later, or by the writer
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._connection.close()

    def close(self) -> None:
        """End, with what is being folded."""
        self._ending = True
        self._wake.set()
        self._thread.join()
