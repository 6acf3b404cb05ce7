"""A crew looks for jobs as soon as some of its kinds were written, and for nothing else."""

import asyncio

import pytest

from gateway.domain.clock import DAY_MS, MINUTE_MS
from gateway.domain.conversation import Contact
from gateway.domain.job import FirstAnswer, Job, JobKind
from gateway.pipeline.crew import Crew, Errand, Limits
from gateway.verbs.jobs import errand

ME = JobKind.SEND
LIMITS = Limits(at_once=1, of_account={}, look_ms=1, finish_ms=1)


def job(kind: JobKind, due_at: int = 1) -> Job:
    """A job of some kind."""
    what = FirstAnswer(conversation="c", template="t")
    return errand(kind, "lane", what, job="j", desk="d", seq=1, now=1, due_at=due_at)


WRITTEN = {
    "nothing": ({}, False),
    "a job of its kind": ({Job: ([job(ME)], [])}, True),
    "one among others": ({Job: ([job(JobKind.READ), job(ME)], [])}, True),
    "another crew's": ({Job: ([job(JobKind.READ)], [])}, False),
    "one that is gone": ({Job: ([], [("j",)])}, False),
    "no job": ({Contact: ([], [])}, False),
}


@pytest.mark.parametrize("case", WRITTEN)
async def test_it_looks_when_jobs_were_written(case, desk) -> None:
    """By kind of what was written, whatever was said of it."""
    written, looks = WRITTEN[case]
    crew = Crew(desk.store, {ME: Errand(do=_never)}, LIMITS, asyncio.sleep)
    crew.committed(written)
    assert crew.wake.is_set() is looks


async def _never(_claimed):
    raise AssertionError


class Bare:
    """A store in which nothing is ever to be done, and a clock that goes on while one looks."""

    def __init__(self, look_takes_ms: int) -> None:
        self.now = 1_000
        self.clock = self
        self.looked_twice = asyncio.Event()
        self._look_takes_ms = look_takes_ms
        self._looks = 0

    def now_ms(self) -> int:
        return self.now

    async def claim(self, _kinds, **_limits):
        self._looks += 1
        self.now += self._look_takes_ms
        if self._looks == 2:
            self.looked_twice.set()
        return []


DUES = {
    "one that comes due while it is looked": (100, [1_010]),
    "one behind thousands that are days away": (
        0,
        [*range(DAY_MS, DAY_MS + 12_000 * 50, 50), 1_010],
    ),
}


@pytest.mark.parametrize("case", DUES)
async def test_it_looks_again_when_a_job_comes_due(case) -> None:
    """Not only when it is time to look all the same, which may be long."""
    look_takes_ms, dues = DUES[case]
    store = Bare(look_takes_ms)
    limits = Limits(at_once=1, of_account={}, look_ms=MINUTE_MS, finish_ms=1)
    crew = Crew(store, {ME: Errand(do=_never)}, limits, asyncio.sleep)
    crew.committed({Job: ([job(ME, due_at) for due_at in dues], [])})
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(crew.run())
        await store.looked_twice.wait()
        crew.dismiss()
        await running
