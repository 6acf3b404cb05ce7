"""Claims against a model: whatever is added, put off, lost and restarted, lanes keep their order."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace
from sqlalchemy import select

from gateway.domain.job import Attempt, Job, JobKind, JobState
from gateway.store import Claimed, Store, engines, migrate
from gateway.store.lanes import RECLAIM_HOLD_MS
from gateway.store.queries.rows import all_of, table_of
from gateway.verbs.change import by_key
from tests.store.toys import DESK, Do, HandClock, Put, job

HOLD_MS = 1_000
LANES = ("x", "y", "z")
ACCOUNTS = ("a", "b")


@cache
def empty_store() -> bytes:
    """A migrated file, so that not every example migrates its own."""
    with tempfile.TemporaryDirectory() as folder:
        engine = engines.migrating(f"sqlite:///{folder}/x.db")
        migrate.migrate(engine)
        engine.dispose()
        return (Path(folder) / "x.db").read_bytes()


class Lanes(RuleBasedStateMachine):
    """One node that claims, settles, crashes and starts again."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="parley-lanes-"))
        (self.folder / "x.db").write_bytes(empty_store())
        self.loop = asyncio.new_event_loop()
        self.clock = HandClock()
        self.jobs: dict[str, Job] = {}  # the model: what the table must hold
        self.mine: dict[str, str] = {}  # claimed by this run: job, attempt
        self.number = 0
        self.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def start(self) -> None:
        self.store = self.run(
            Store.open(
                f"sqlite:///{self.folder}/x.db",
                data=self.folder / "data",
                desk=DESK,
                node="n",
                clock=self.clock,
                random=Random(self.number),
                inline=True,
            )
        )

    @rule(
        lane=st.sampled_from(LANES),
        account=st.sampled_from(ACCOUNTS),
        seq=st.integers(0, 5),
        due=st.integers(-5, 5),
        kind=st.sampled_from((JobKind.SEND, JobKind.WEBHOOK)),
    )
    def add(self, lane, account, seq, due, kind) -> None:
        self.number += 1
        new = job(
            f"j{self.number:04}", lane=lane, account=account, seq=seq, kind=kind,
            due_at=self.clock.now + due * 100,
        )  # fmt: skip
        self.run(self.store.submit(Put(rows=(new,))))
        self.jobs[new.id] = new

    @rule(ms=st.sampled_from((1, 100, 500, HOLD_MS, RECLAIM_HOLD_MS)))
    def wait(self, ms) -> None:
        self.clock.advance(ms)

    def claimable(self, kinds: set[JobKind], busy: frozenset[str]) -> set[str]:
        """By the book: the head of each lane where nothing is under way, when it is due."""
        out = set()
        for lane in LANES:
            alive = [
                j for j in self.jobs.values() if j.lane == lane and j.state is not JobState.DEAD
            ]
            if not alive or any(j.state is JobState.SENDING for j in alive):
                continue
            head = min(alive, key=lambda j: (j.seq, j.id))
            if head.due_at <= self.clock.now and head.kind in kinds and head.account not in busy:
                out.add(head.id)
        return out

    @rule(
        limit=st.integers(1, 4),
        busy=st.frozensets(st.sampled_from(ACCOUNTS)),
        kinds=st.sets(st.sampled_from((JobKind.SEND, JobKind.WEBHOOK)), min_size=1),
    )
    def claim(self, limit, busy, kinds) -> None:
        expected = self.claimable(kinds, busy)
        found = self.run(
            self.store.claim(
                tuple(sorted(kinds)), limit=limit, hold_ms=HOLD_MS, room=dict.fromkeys(busy, 0)
            )
        )
        assert len(found) == min(limit, len(expected))
        assert {c.job.id for c in found} <= expected
        for claimed in found:
            self.hold(claimed)

    def hold(self, claimed: Claimed) -> None:
        self.jobs[claimed.job.id] = claimed.job
        self.mine[claimed.job.id] = claimed.attempt.id

    @precondition(lambda self: self.mine)
    @rule(data=st.data(), end=st.sampled_from(("done", "later", "dead")))
    def settle(self, data, end) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.mine)))
        attempt = self.mine.pop(id_)
        due = self.clock.now + 300

        def decide(change):
            found = change.get(Job, id_)
            change.put(replace(change.get(Attempt, attempt), outcome=end))
            if end == "done":
                change.delete(found)
                return None
            state = JobState.READY if end == "later" else JobState.DEAD
            return change.put(
                replace(found, state=state, due_at=due, claimed_until=None, claimed_by=None)
            )

        left = self.run(self.store.submit(Do(decide, by_key(Job, id_), by_key(Attempt, attempt))))
        if left is None:
            del self.jobs[id_]
        else:
            self.jobs[id_] = left

    @rule()
    def crash(self) -> None:
        """Whatever was claimed is nobody's until it is reclaimed."""
        self.run(self.store.close())
        self.mine.clear()
        self.start()

    @rule()
    def reclaim(self) -> None:
        left = {
            j.id
            for j in self.jobs.values()
            if j.state is JobState.SENDING
            and (j.id not in self.mine or (j.claimed_until or 0) < self.clock.now)
        }
        found = self.run(self.store.reclaim())
        assert {c.job.id for c in found} == left
        for claimed in found:
            assert claimed.attempt.job == claimed.job.id
            assert claimed.attempt.outcome == ""
            self.hold(claimed)

    @invariant()
    def the_table_is_the_model(self) -> None:
        stored = self.run(self.store.read(lambda c: all_of(c, Job, select(table_of(Job)))))
        assert {j.id: j for j in stored} == self.jobs

    def teardown(self) -> None:
        self.run(self.store.close())
        self.loop.close()
        shutil.rmtree(self.folder)


TestLanes = Lanes.TestCase
TestLanes.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
