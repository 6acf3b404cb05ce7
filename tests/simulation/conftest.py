"""What the runs have no use for: logs of faults that are meant, and the search index."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway import worker

INDEX_MS = 20_000  # it took half the time of a run


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing below critical is worth words here, and words are seldom indexed."""
    monkeypatch.setattr(worker, "INDEX_MS", INDEX_MS)
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)
