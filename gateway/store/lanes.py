"""Lanes: which job may run next. A claim, the freeing of a lane, and what a dead holder left."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gateway.domain.ids import IdMaker
from gateway.domain.job import OUTWARD, Attempt, Job, JobKind, JobState
from gateway.domain.rows import TABLES, Row
from gateway.failpoints import failpoint
from gateway.store.codec import CODECS
from gateway.store.session import Session
from gateway.store.statements import Statements

RECLAIM_HOLD_MS = 60_000

_JOB = TABLES[Job]
_ATTEMPT = TABLES[Attempt]
_JOB_COLUMNS = ",".join(f'j."{column}"' for column in _JOB.columns)
_ATTEMPT_COLUMNS = ",".join(f'"{column}"' for column in _ATTEMPT.columns)


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A job that is ours to run, and the record of the try, both committed."""

    job: Job
    attempt: Attempt


class Lanes:
    """The `lane` table, in the words of one engine."""

    def __init__(self, statements: Statements, desk: str, node: str, ids: IdMaker) -> None:
        self._statements = statements
        self._flavour = statements.flavour
        self._desk = desk
        self._node = node
        self._ids = ids
        self._running: set[str] = set()  # jobs that this run of this node has claimed
        mark = self._flavour.mark
        skip = " FOR UPDATE SKIP LOCKED" if self._flavour.name == "postgresql" else ""
        skip_j = skip.replace("UPDATE", "UPDATE OF j")
        lanes = self._flavour.keys_source([str])
        self._clear = f"DELETE FROM lane WHERE desk={mark} AND lane IN (SELECT c0 FROM {lanes})"  # noqa: S608
        self._fill = f"""
            INSERT INTO lane (desk, lane, job, kind, account, due_at)
            SELECT j.desk, j.lane, j.id, j.kind, j.account, j.due_at
            FROM {lanes} CROSS JOIN job j
            WHERE j.desk={mark} AND j.id=(
                SELECT h.id FROM job h WHERE h.lane=k.c0 AND h.state='ready'
                ORDER BY h.seq, h.id LIMIT 1)
            AND NOT EXISTS (SELECT 1 FROM job b WHERE b.lane=k.c0 AND b.state='sending')"""  # noqa: S608
        self._paused = f"SELECT paused_at FROM desk WHERE id={mark}"  # noqa: S608
        self._accounts = f"""
            WITH RECURSIVE a(account) AS (
                SELECT min(account) FROM lane WHERE desk={mark} AND kind={mark}
                UNION ALL
                SELECT (SELECT min(l.account) FROM lane l
                        WHERE l.desk={mark} AND l.kind={mark} AND l.account>a.account)
                FROM a WHERE a.account IS NOT NULL)
            SELECT account FROM a WHERE account IS NOT NULL"""  # noqa: S608
        self._due = f"""
            SELECT due_at, job FROM lane
            WHERE desk={mark} AND kind={mark} AND account={mark} AND due_at<={mark}
            ORDER BY due_at LIMIT {mark}{skip}"""  # noqa: S608
        self._ready = f"""
            SELECT {_JOB_COLUMNS} FROM {lanes} CROSS JOIN job j
            WHERE j.id=k.c0 AND j.state='ready'{skip_j}"""  # noqa: S608
        self._sending = f"""
            SELECT {_JOB_COLUMNS} FROM job j
            WHERE j.desk={mark} AND j.state='sending'{skip_j}"""  # noqa: S608
        self._attempts = f"""
            SELECT {_ATTEMPT_COLUMNS} FROM attempt
            WHERE key={mark} AND job={mark} AND outcome='' ORDER BY number DESC LIMIT 1"""  # noqa: S608

    def refresh(self, session: Session, lanes: Iterable[str]) -> None:
        """Say anew which job heads each of these lanes, after jobs were written."""
        keys = self._flavour.keys_params([(lane,) for lane in lanes])
        session.run(self._clear, (self._desk, *keys))
        session.run(self._fill, (*keys, self._desk))

    def claim(
        self,
        session: Session,
        kinds: Sequence[JobKind],
        limit: int,
        hold_ms: int,
        room: Mapping[str, int],
    ) -> list[Claimed]:
        """Take due jobs, one a lane, every account in turn; committed with their attempts."""
        now = session.begin()
        ((paused_at,),) = session.query(self._paused, (self._desk,))
        open_now = [kind for kind in kinds if paused_at is None or kind not in OUTWARD]
        due = self._due_jobs(session, open_now, limit, room, now)
        rows = self._jobs(session, due) if due else []
        if not rows:
            session.rollback()
            return []
        claimed = [self._take(job, now, hold_ms) for job in rows]
        self._write(session, Job, [each.job for each in claimed])
        self._write(session, Attempt, [each.attempt for each in claimed])
        keys = self._flavour.keys_params([(job.lane,) for job in rows])
        session.run(self._clear, (self._desk, *keys))
        failpoint("claim.before_commit")
        session.commit()
        self._running.update(each.job.id for each in claimed)
        failpoint("claim.after_commit")
        return claimed

    def _due_jobs(
        self,
        session: Session,
        kinds: Sequence[JobKind],
        limit: int,
        room: Mapping[str, int],
        now: int,
    ) -> list[str]:
        """Ids of due heads of lanes: the oldest of each account first, then the second ..."""
        turns: list[tuple[int, int, str, str]] = []
        for kind in kinds:
            who = (self._desk, kind.value)
            for (account,) in session.query(self._accounts, who + who):
                most = min(limit, room.get(account, limit))
                if most > 0:
                    found = session.query(self._due, (*who, account, now, most))
                    turns += [(turn, *row, account) for turn, row in enumerate(found)]
        taken: Counter[str] = Counter()
        jobs: list[str] = []
        for _, _, job, account in sorted(turns):
            if taken[account] < room.get(account, limit):
                taken[account] += 1
                jobs.append(job)
        return jobs[:limit]

    def _jobs(self, session: Session, ids: list[str]) -> list[Job]:
        """The jobs themselves, in the order asked; those that another node took are left out."""
        found = session.query(self._ready, self._flavour.keys_params([(each,) for each in ids]))
        jobs: dict[str, Any] = {row[0]: CODECS[Job].from_sql(row) for row in found}
        return [jobs[each] for each in ids if each in jobs]

    def _take(self, job: Job, now: int, hold_ms: int) -> Claimed:
        taken = msgspec.structs.replace(
            job,
            state=JobState.SENDING,
            attempts=job.attempts + 1,
            claimed_until=now + hold_ms,
            claimed_by=self._node,
        )
        attempt = Attempt(
            id=self._ids(),
            desk=job.desk,
            job=job.id,
            key=job.key,
            number=taken.attempts,
            account=job.account,
            node=self._node,
            started_at=now,
            ended_at=None,
            outcome="",
            detail="",
            provider_id=None,
        )
        return Claimed(job=taken, attempt=attempt)

    def forsake(self, job: str) -> None:
        """This run does not do it any more, though its hold goes on."""
        self._running.discard(job)

    def reclaim(self, session: Session) -> list[Claimed]:
        """Jobs that nobody runs any more: their hold is over, or an earlier run of us had them."""
        now = session.begin()
        rows: list[Any] = [
            CODECS[Job].from_sql(row) for row in session.query(self._sending, (self._desk,))
        ]
        sending = {job.id for job in rows}
        self._running &= sending
        out = [
            self._hold(session, job, now + RECLAIM_HOLD_MS)
            for job in rows
            if self._is_left(job, now)
        ]
        if not out:
            session.rollback()
            return []
        self._write(session, Job, [each.job for each in out])
        session.commit()
        self._running.update(each.job.id for each in out)
        return out

    def _hold(self, session: Session, job: Job, until: int) -> Claimed:
        found = session.query(self._attempts, (job.key, job.id))
        assert found, f"job {job.id} is SENDING without an open attempt"
        attempt: Any = CODECS[Attempt].from_sql(found[0])
        held = msgspec.structs.replace(job, claimed_until=until, claimed_by=self._node)
        return Claimed(job=held, attempt=attempt)

    def _is_left(self, job: Job, now: int) -> bool:
        mine = job.claimed_by == self._node
        return (job.claimed_until or 0) < now or (mine and job.id not in self._running)

    def _write(self, session: Session, row: type[Row], rows: Sequence[Row]) -> None:
        for sql, params in self._statements.puts(TABLES[row], list(rows)):
            session.write(sql, params)
