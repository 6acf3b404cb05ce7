"""A recorded day out of the store, on both engines, and through other rulebooks."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from adapters.webchat import WebchatAdapter
from config import Rulebook, load
from gateway.cli.replay import Tape, tape
from gateway.pipeline.contrast import Contrast, changes, figures, units
from gateway.pipeline.inforce import InForce
from gateway.pipeline.replay import Replay
from gateway.store.engines import migrating, reading
from gateway.store.schema import metadata
from tests import recorded_day

MORNING = recorded_day.SINCE + 3 * recorded_day.HOUR_MS
TWENTY_S = 20_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the day and its configurations are."""
    return recorded_day.configure(tmp_path_factory.mktemp("day"))


@pytest.fixture(scope="module")
def lived(folder: Path) -> str:
    """Three hours of it, in a file."""
    return asyncio.run(recorded_day.record(folder, MORNING))


@pytest.fixture
def stored(lived: str, engine: str, request: pytest.FixtureRequest) -> str:
    """The same rows in each engine."""
    if engine == "sqlite":
        return lived
    uri: str = request.getfixturevalue("database")
    with connected(lived) as source, migrating(uri).begin() as target:
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            target.execute(table.delete())  # the desk's row was made with the schema
            if rows:
                target.execute(insert(table), rows)
    return uri


@contextmanager
def connected(database: str) -> Iterator[Connection]:
    engine = reading(database)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def read(database: str, since: int = recorded_day.SINCE, until: int = MORNING) -> Tape:
    with connected(database) as connection:
        return tape(connection, "shop", since, until)


def rulebook(folder: Path, name: str) -> Rulebook:
    return load(folder / name, {"webchat": WebchatAdapter.settings_type}, {}).rulebook


def through(found: Tape, proposed: Rulebook) -> Contrast:
    assert found.version is not None
    replayed = Replay(found.recording, found.about, TWENTY_S)
    now = InForce(1, Rulebook.from_json(found.version.content), replayed.channels)
    then = InForce(2, proposed, replayed.channels)
    return Contrast(
        replayed.arrivals, replayed.as_recorded(now), replayed.under(now), replayed.under(then)
    )


def test_the_same_rulebook_makes_no_difference(stored: str, folder: Path) -> None:
    """Not in one conversation; and the engine does again what was recorded, to the millisecond."""
    found = through(read(stored), rulebook(folder, "asis"))
    assert len(found.pieces) > 50
    assert found.in_force.seen == found.proposed.seen
    assert found.in_force.hours == found.proposed.hours
    assert changes(found, 5).unchanged == len(found.pieces)
    drawn = (units(found, str), 20, 1)
    for group in figures(found, [("queue",), ("channel", "priority")], drawn):
        assert {(d.value, d.low or 0, d.high or 0) for d in group.difference.values()} == {
            (0, 0, 0)
        }
        assert group.recorded is not None
        assert group.in_force is not None
        assert group.recorded.p90_wait_ms == group.in_force.p90_wait_ms
    recorded, again = found.recorded.seen, found.in_force.seen
    assert {work: (s.fate, s.wait_ms, s.breached) for work, s in recorded.items()} == {
        work: (s.fate, s.wait_ms, s.breached) for work, s in again.items()
    }


def test_a_better_rulebook_shows_its_gain(stored: str, folder: Path) -> None:
    """Two teams that help each other: customers wait less, fewer promises break."""
    found = through(read(stored), rulebook(folder, "better"))
    everything, *queues = figures(found, [("queue",)], (units(found, str), 200, 1))
    wait = everything.difference["p90_wait_ms"]
    assert wait.high is not None
    assert (wait.value < -60_000, wait.high < 0) == (True, True)
    assert everything.difference["breaches"].value < 0
    assert everything.difference["service_level"].value > 0.1
    assert {group.group["queue"] for group in queues} == {"sales", "care"}
    told = changes(found, 3)
    assert told.sooner > told.later
    assert told.other_agent > 0
    assert len(told.listed) == 3
    assert told.listed[0].in_force.wait_ms > told.listed[0].proposed.wait_ms


def test_work_in_hands_when_the_span_begins_takes_its_agents_time(
    stored: str, folder: Path
) -> None:
    """From the middle of the morning on: what was begun before is carried over, and not counted."""
    since = recorded_day.SINCE + recorded_day.HOUR_MS
    found = read(stored, since)
    carried = [piece for piece in found.recording.pieces if piece.carried]
    assert any(piece.holder for piece in carried)
    contrast = through(found, rulebook(folder, "asis"))
    assert not {piece.work for piece in carried} & contrast.in_force.seen.keys()
    recorded, again = contrast.recorded.seen, contrast.in_force.seen
    same = sum(recorded[work].fate == again[work].fate for work in recorded)
    assert same >= 0.9 * len(recorded)


def test_words_that_are_erased_leave_the_work_where_it_went(stored: str, folder: Path) -> None:
    """Without its conversation, work goes to its recorded queue, and nothing was promised."""
    found = read(stored)
    blind = found._replace(about=found.about._replace(known={}))
    seen = through(blind, rulebook(folder, "asis")).in_force.seen
    assert {s.place.queue for s in seen.values()} == {"sales", "care"}
    assert {s.breached for s in seen.values()} == {None}


def test_a_store_without_work_has_an_empty_tape(database: str, tmp_path: Path) -> None:
    """Nothing came, and no rulebook is in force."""
    with connected(database) as connection:
        found = tape(connection, "nobody", 0, 1)
    assert (found.recording.pieces, found.version) == ((), None)
