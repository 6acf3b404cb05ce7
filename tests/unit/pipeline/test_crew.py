"""A crew looks for jobs as soon as some of its kinds were written, and for nothing else."""

import asyncio

import pytest

from gateway.domain.conversation import Contact
from gateway.domain.job import Job, JobKind, Plea
from gateway.pipeline.crew import Crew, Errand, Limits
from gateway.verbs.jobs import errand

ME = JobKind.SEND
LIMITS = Limits(at_once=1, of_account={}, look_ms=1, finish_ms=1)


def job(kind: JobKind) -> Job:
    """A job of some kind."""
    what = Plea(conversation="c", template="t")
    return errand(kind, "lane", what, job="j", desk="d", seq=1, now=1)


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
