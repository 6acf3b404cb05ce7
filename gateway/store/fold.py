"""Takes SQLite's write-ahead log into the file beside the writer, while the writer has time.

The commit that finds the log long folds it and makes everybody wait for some 20 ms. In small steps,
by a connection of its own, folding makes nobody wait; but pages that change again and again are
then written each time, and in a flood that costs a quarter of what can be taken in. So in a flood
the writer folds, seldom and much at once.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress

EVERY_S = 0.1
FLOOD = 8  # commands to a commit, on average: more come in at once than a commit lasts


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
        self._commits = self._commands = 0
        self._wake = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="store-fold", daemon=True)
        self._thread.start()

    def committed(self, commands: int) -> None:
        """A batch of so many commands is in the log."""
        self._commits += 1
        self._commands += commands
        now = self._monotonic()
        if now - self._since < EVERY_S:
            return
        if self._commands < FLOOD * self._commits:
            self._wake.set()
        self._since, self._commits, self._commands = now, 0, 0

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
