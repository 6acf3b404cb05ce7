"""What the store asks of a database connection; sqlite.py and postgres.py keep it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from gateway.domain.desk import Desk
from gateway.store.statements import Flavour

# A wait longer than this for the desk's lock or for one statement of the writer is a fault.
LOCK_TIMEOUT_MS = 3_000
STATEMENT_TIMEOUT_MS = 5_000
READ_DEADLINE_MS = 5_000  # of a query, its wait for a thread included


class Locked(NamedTuple):
    """The desk under its lock."""

    desk: Desk
    version: int  # changes whenever anybody has written this desk
    next_version: int  # what it is if this transaction writes it
    now_ms: int  # the database's clock
    monotonic_ms: int  # the span clock that goes with it


class Session(Protocol):
    """One connection that writes, used by one thread."""

    @property
    def flavour(self) -> Flavour:
        """The engine's words."""
        ...

    @property
    def lost(self) -> bool:
        """The connection is gone; open another."""
        ...

    def lock(self, desk: str) -> Locked:
        """Begin a transaction that holds the desk's lock."""
        ...

    def begin(self) -> int:
        """Begin a transaction without the desk's lock; the database's clock."""
        ...

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        ...

    def run(self, sql: str, params: Sequence[Any] = ()) -> None:
        """A statement without rows."""
        ...

    def write(self, sql: str, params: Sequence[Any]) -> None:
        """A statement that writes rows, with what the flavour's `rows_params` made of them."""
        ...

    def together(self) -> AbstractContextManager[object]:
        """Inside, statements without rows may travel as one; what fails is raised at its end."""
        ...

    def save_desk(self, desk: Desk) -> None:
        """Write the desk row; once this transaction commits it has the version told by `lock`."""
        ...

    def commit(self) -> None:
        """Make it durable."""
        ...

    def rollback(self) -> None:
        """Forget it; never raises."""
        ...

    def refuses(self, error: Exception) -> bool:
        """True when the fault lies in what was written; False when the database cannot write."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
