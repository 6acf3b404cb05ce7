"""An empty SQLite store with our schema in it: made once, for to migrate one takes a while."""

import tempfile
from functools import cache
from pathlib import Path

from gateway.store import engines
from gateway.store.migrate import migrate


@cache
def _blank() -> bytes:
    with tempfile.TemporaryDirectory(prefix="parley-blank-") as folder:
        path = Path(folder) / "blank.sqlite3"
        engine = engines.migrating(f"sqlite:///{path}")
        migrate(engine)
        engine.dispose()
        return path.read_bytes()


def put_blank(path: Path) -> None:
    """Put a copy of it there, unless a store stands there already."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(_blank())
