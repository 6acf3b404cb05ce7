"""What holds for every test: the loop of production, repeatable hypothesis, a clean environment."""

import asyncio
import gc
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
import uvloop
from sqlalchemy import Engine

from gateway.quicken import GC_THRESHOLDS
from gateway.store import engines
from tests.store.postgres_server import PostgresServer

# The same examples on every run; HYPOTHESIS_PROFILE=explore looks for new ones.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=5_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# A proxy or a stray setting of the machine must not decide what a test finds.
FOREIGN_PREFIXES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "parley_")
FOREIGN_NAMES = {"port"}
OWN_NAMES = {"parley_screenshots"}  # said to the tests themselves


# The longest files: begun last, one of them would keep everybody waiting.
LONGEST = ("tests/simulation/test_core", "tests/faults/", "tests/browser/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first, what computes beside what waits; all else keeps its order."""
    files: dict[Path, list[Path]] = {}
    last = len(items)
    for item in items:
        beside = files.setdefault(item.path.parent, [])
        if item.path not in beside:
            beside.append(item.path)

    def place(item: pytest.Item) -> int:
        longest = item.nodeid.startswith(LONGEST)
        return files[item.path.parent].index(item.path) if longest else last

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Garbage is collected as in service: rarely, and not among what lives to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def compile_once() -> None:
    """Every store of a run takes statements that another has compiled: a sixth of a test was that."""
    create, first = engines.create_engine, dict[str, Engine]()

    def created(url: str, **options: Any) -> Engine:
        engine = create(url, **options)
        known = first.setdefault(url, engine)
        engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache
        return engine

    engines.create_engine = created  # type: ignore[assignment]


def pytest_configure() -> None:
    """Forget what the machine's environment would say; tell of errors in few words."""
    compile_once()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S"),
            # A traceback with all its locals takes longer to draw than most tests run.
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    for name in list(os.environ):
        foreign = name.lower().startswith(FOREIGN_PREFIXES) or name.lower() in FOREIGN_NAMES
        if foreign and name.lower() not in OWN_NAMES:
            del os.environ[name]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Coroutines are tested on the loop that they run on in service."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of our own."""
    started = PostgresServer()
    try:
        yield started
    finally:
        started.stop()
