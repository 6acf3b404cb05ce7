"""What the runs have no use for: logs of faults that are meant, the search index, a disk."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from gateway import worker

INDEX_MS = 20_000  # it took half the time of a run
MEMORY = Path("/dev/shm")  # crashes are played here: what a disk keeps is not asked


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing below critical is worth words here, and words are seldom indexed."""
    monkeypatch.setattr(worker, "INDEX_MS", INDEX_MS)
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory where the system has a place for it: a third of a run was waiting for the disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        yield Path(directory)
