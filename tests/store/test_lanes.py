"""Claims: due jobs, one a lane and in order, never twice, and found again when their holder dies."""

import asyncio
from collections import Counter
from random import Random

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from gateway.domain.job import Attempt, Job, JobKind, JobState
from gateway.store.queries.rows import all_of, one_of, table_of
from gateway.store.sqlite import SqliteSession
from gateway.verbs.change import by_key
from gateway.verbs.work import PauseSending
from tests.store import toys
from tests.store.toys import Do, Put, job

HOLD_MS = 60_000
SEND = (JobKind.SEND,)


async def claim(store, limit=100, kinds=SEND, busy=frozenset()) -> list[str]:
    """The ids of the jobs claimed, in order."""
    found = await store.claim(kinds, limit=limit, hold_ms=HOLD_MS, room=dict.fromkeys(busy, 0))
    assert all(each.job.state is JobState.SENDING for each in found)
    assert all(each.attempt.job == each.job.id for each in found)
    return [each.job.id for each in found]


def settle(id_: str, *, due_at: int | None = None, dead: bool = False) -> Do:
    """Done with a job: gone, or due again, or dead."""

    def decide(change):
        found = change.get(Job, id_)
        assert found is not None
        if due_at is not None:
            change.put(replace(found, state=JobState.READY, due_at=due_at, claimed_until=None))
        elif dead:
            change.put(replace(found, state=JobState.DEAD))
        else:
            change.delete(found)

    return Do(decide, by_key(Job, id_))


LATER = 2**50

ORDER = [
    ("none", [], []),
    ("by sequence", [job("b", seq=2), job("a", seq=1)], [["a"], ["b"]]),
    ("by sequence, not by due time", [job("b", seq=2, due_at=1), job("a", seq=1, due_at=2)], [["a"], ["b"]]),
    ("lanes side by side", [job("a", lane="x"), job("b", lane="y")], [["a", "b"]]),
    ("oldest first", [job("a", lane="x", due_at=5), job("b", lane="y", due_at=4)], [["b", "a"]]),
    ("not yet due", [job("a", due_at=LATER)], []),
    ("a head that is not due blocks", [job("a", seq=1, due_at=LATER), job("b", seq=2)], []),
    ("a dead head does not", [job("a", seq=1, state=JobState.DEAD), job("b", seq=2)], [["b"]]),
    ("a sending head blocks", [job("a", seq=1, state=JobState.SENDING), job("b", seq=2)], []),
    ("a later one that sends blocks too", [job("a", seq=1), job("b", seq=2, state=JobState.SENDING)], []),
    ("another kind", [job("a", kind=JobKind.WEBHOOK)], []),
    ("a head of another kind blocks", [job("a", seq=1, kind=JobKind.WEBHOOK), job("b", seq=2)], []),
    ("accounts in turn", [job("a1", lane="1", account="a", due_at=1), job("a2", lane="2", account="a", due_at=2),
                          job("b1", lane="3", account="b", due_at=9)], [["a1", "b1", "a2"]]),
]  # fmt: skip


@pytest.mark.parametrize(("jobs", "rounds"), [r[1:] for r in ORDER], ids=[r[0] for r in ORDER])
async def test_order(store, jobs, rounds) -> None:
    """Within a lane one at a time and by sequence; across lanes by age, each account in turn."""
    if jobs:
        await store.submit(Put(rows=tuple(jobs)))
    for expected in rounds:
        assert await claim(store) == expected
        assert await claim(store) == []
        for id_ in expected:
            await store.submit(settle(id_))
    assert await claim(store) == []


async def test_nothing_goes_out_while_sending_is_paused(store) -> None:
    """What reaches customers waits in its order; what only looks inward does not."""
    await store.submit(Put(rows=(job("a", lane="x"), job("r", lane="y", kind=JobKind.READ))))
    assert await store.submit(PauseSending(paused=True, by="ops")) is not None
    assert await claim(store, kinds=tuple(JobKind)) == ["r"]
    assert await store.submit(PauseSending(paused=False, by="ops")) is None
    assert await claim(store, kinds=tuple(JobKind)) == ["a"]


async def test_a_claim_is_committed_with_its_attempt(store) -> None:
    """Before the first byte is sent, the job says who has it and an open attempt stands beside it."""
    await store.submit(Put(rows=(job("a", attempts=2, key="m1"),)))
    (claimed,) = await store.claim(SEND, limit=1, hold_ms=HOLD_MS)
    assert await store.read(one_of, Job, id="a") == claimed.job
    assert await store.read(one_of, Attempt, id=claimed.attempt.id) == claimed.attempt
    assert (claimed.job.attempts, claimed.attempt.number, claimed.attempt.key) == (3, 3, "m1")
    assert (claimed.job.claimed_by, claimed.attempt.node, claimed.attempt.outcome) == (
        "n1",
        "n1",
        "",
    )
    assert claimed.job.claimed_until == claimed.attempt.started_at + HOLD_MS


async def test_a_deferred_job_comes_back(store) -> None:
    """A job put off is claimed again when due, still before those behind it; a dead one never."""
    await store.submit(Put(rows=(job("a", seq=1), job("b", seq=2))))
    assert await claim(store) == ["a"]
    await store.submit(settle("a", due_at=LATER))
    assert await claim(store) == []
    await store.submit(settle("a", due_at=0))
    assert await claim(store) == ["a"]
    await store.submit(settle("a", dead=True))
    assert await claim(store) == ["b"]


async def test_busy_accounts_are_passed_over(store) -> None:
    """An account that has enough under way does not hold up the others, however much waits on it."""
    rows = [job(f"a{i}", lane=f"a{i}", account="slow") for i in range(50)]
    await store.submit(Put(rows=(*rows, job("b", lane="b", account="quick", due_at=9))))
    assert await claim(store, limit=5, busy=frozenset({"slow"})) == ["b"]
    assert len(await claim(store, limit=5)) == 5


async def test_claims_do_not_meet(open_store) -> None:
    """Concurrent claims, of two nodes where there may be two, never take a job twice."""
    stores = [await open_store("n1")]
    if not stores[0]._alone:
        stores.append(await open_store("n2"))
    lanes = [job(f"j{i}", lane=f"l{i % 40}", seq=i) for i in range(200)]
    await stores[0].submit(Put(rows=tuple(lanes)))
    taken: list[str] = []
    running: Counter[str] = Counter()
    last: dict[str, int] = {}
    random = Random(5)

    async def work(store) -> None:
        while len(taken) < 200:
            for claimed in await store.claim(SEND, limit=random.randint(1, 9), hold_ms=HOLD_MS):
                lane, seq = claimed.job.lane, claimed.job.seq
                taken.append(claimed.job.id)
                running[lane] += 1
                assert running[lane] == 1
                assert last.get(lane, -1) < seq
                last[lane] = seq
                running[lane] -= 1
                await random.choice(stores).submit(settle(claimed.job.id))

    await asyncio.gather(*(work(store) for store in stores for _ in range(3)))
    assert Counter(taken) == Counter(f"j{i}" for i in range(200))


async def test_what_a_dead_run_held_is_found_at_once(open_store) -> None:
    """After a restart a node finds what it was sending when it died, with the open attempt."""
    first = await open_store()
    await first.submit(Put(rows=(job("a"), job("b", lane="y"))))
    claimed = await first.claim(SEND, limit=1, hold_ms=HOLD_MS)
    assert await first.reclaim() == []
    await first.close()
    second = await open_store()
    (left,) = await second.reclaim()
    assert (left.job.id, left.attempt) == ("a", claimed[0].attempt)
    assert left.job.state is JobState.SENDING
    assert await second.reclaim() == []
    assert await claim(second) == ["b"]


async def test_what_another_node_held_is_found_when_its_time_is_over(open_store) -> None:
    """A job whose holder went silent is handed over once, after its hold."""
    store = await open_store("n1")
    sending = replace(job("a", state=JobState.SENDING), claimed_by="n0", claimed_until=LATER)
    late = replace(job("b", lane="y", state=JobState.SENDING), claimed_by="n0", claimed_until=1)
    attempts = [
        Attempt(
            id=f"t{j.id}", desk=toys.DESK, job=j.id, key=j.key, number=1, account="sms", node="n0",
            started_at=0, ended_at=None, outcome="", detail="", provider_id=None,
        )
        for j in (sending, late)
    ]  # fmt: skip
    await store.submit(Put(rows=(sending, late, *attempts)))
    (left,) = await store.reclaim()
    assert (left.job.id, left.attempt.id, left.job.claimed_by) == ("b", "tb", "n1")
    assert await store.reclaim() == []


async def test_a_command_that_looks_at_a_job_waits_for_its_claim(store) -> None:
    """A claim and a command about the same job do not overwrite each other."""
    await store.submit(Put(rows=tuple(job(f"j{i}", lane=f"l{i}") for i in range(60))))

    def cancel(id_: str) -> Do:
        def decide(change):
            found = change.get(Job, id_)
            if found is None or found.state is not JobState.READY:
                return False
            change.delete(found)
            return True

        return Do(decide, by_key(Job, id_))

    claims = [claim(store, limit=7) for _ in range(5)]
    cancels = [store.submit(cancel(f"j{i}")) for i in range(60)]
    results = await asyncio.gather(*claims, *cancels)
    sent = {id_ for found in results[:5] for id_ in found}
    cancelled = {f"j{i}" for i, done in enumerate(results[5:]) if done}
    assert not sent & cancelled
    left = await store.read(lambda c: all_of(c, Job, select(table_of(Job))))
    assert {j.id for j in left if j.state is JobState.SENDING} == sent
    assert {j.id for j in left if j.state is JobState.READY} == {
        f"j{i}" for i in range(60)
    } - sent - cancelled


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_claim_costs_the_same_however_much_waits(open_store) -> None:
    """Thousands of jobs behind one stuck head and one busy account do not slow a claim."""
    store = await open_store(inline=True, clock=toys.HandClock())
    session: SqliteSession = store._writer._session

    async def steps() -> int:
        count = 0

        def step() -> None:
            nonlocal count
            count += 1

        session.connection.set_progress_handler(step, 10)
        await claim(store, busy=frozenset({"full"}))
        session.connection.set_progress_handler(None, 10)
        return count

    idle = await steps()
    stuck = [job(f"s{i}", lane="stuck", seq=i, due_at=LATER if i == 0 else 0) for i in range(5_000)]
    full = [job(f"f{i}", lane=f"f{i}", account="full") for i in range(5_000)]
    for rows in (stuck, full):
        await store.submit(Put(rows=tuple(rows)))
    assert await steps() <= idle + 40
