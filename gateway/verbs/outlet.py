"""What becomes of outlets: told so far, a try that failed, given up, on and off, back again."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.job import Attempt, Job, JobKind, JobState
from gateway.domain.outcome import Refusal
from gateway.domain.outlet import Outlet, OutletState, Untold, job_account
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.refusals import not_found

SYSTEM = "system"


class OpenOutlet(msgspec.Struct, kw_only=True):
    """An outlet is new: it is told of what happens from now on."""

    failpoint: ClassVar[str] = "write"

    desk: str
    name: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """Whether it is there already."""
        yield by_key(Outlet, self.desk, self.name)

    def decide(self, change: Change) -> Outlet:
        """Its row."""
        found = change.get(Outlet, self.desk, self.name)
        return found or change.put(
            Outlet(
                desk=self.desk,
                name=self.name,
                cursor=change.head,
                state=OutletState.ACTIVE,
                since=change.now,
                why="",
                failures=0,
                success_at=None,
            )
        )


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A try that came to nothing. due_at: the next; None: there is none, the outlet goes off."""

    detail: str
    due_at: int | None
    gone: bool = False  # 410: the endpoint wants no more, and no event is at fault


class Advance(msgspec.Struct, kw_only=True):
    """An outlet was told of everything past `after` up to `to`; of the next, not if it `failed`."""

    failpoint: ClassVar[str] = "settle"

    desk: str
    name: str
    after: int
    to: int
    told: bool  # False: nothing in between was wanted
    failed: Failure | None = None

    def reads(self, view: View) -> Iterable[Lookup]:
        """The outlet."""
        yield by_key(Outlet, self.desk, self.name)

    def decide(self, change: Change) -> Outlet | None:
        """The outlet; None when it stands elsewhere meanwhile: somebody moved it."""
        outlet = change.get(Outlet, self.desk, self.name)
        if outlet is None or outlet.cursor != self.after or outlet.state != OutletState.ACTIVE:
            return None
        outlet = replace(outlet, cursor=self.to)
        if self.told:
            outlet = replace(outlet, success_at=change.now, failures=0, why="")
        if self.failed is None:
            return change.put(outlet)
        if self.failed.due_at is None:
            return _switch_off(change, outlet, self.failed.detail)
        position = self.to + 1
        lane = job_account(self.name)
        change.put(
            Job(
                id=change.new_id(),
                desk=self.desk,
                kind=JobKind.WEBHOOK,
                lane=lane,
                seq=position,
                due_at=self.failed.due_at,
                attempts=1,
                created_at=change.now,
                key=f"{self.name}/{position}",
                account=lane,
                detail=self.failed.detail,
                body=msgspec.json.encode(Untold(outlet=self.name, position=position)).decode(),
            )
        )
        return change.put(_stuck(change, outlet, self.failed.detail))


class SettleOutlet(msgspec.Struct, kw_only=True):
    """What another try of the event at hand came to. `failed` None: it was taken."""

    failpoint: ClassVar[str] = "settle"

    job: str
    attempt: str
    untold: Untold
    failed: Failure | None

    def reads(self, view: View) -> Iterable[Lookup]:
        """The job, its attempt and its outlet."""
        yield by_key(Job, self.job)
        yield by_key(Attempt, self.attempt)
        job = view.peek(Job, self.job)
        if job is not None:
            yield by_key(Outlet, job.desk, self.untold.outlet)

    def decide(self, change: Change) -> None:
        """Write it down. A job that is gone, or was claimed anew since, keeps its newer truth."""
        attempt, job = change.get(Attempt, self.attempt), change.get(Job, self.job)
        if attempt is None or attempt.outcome:
            return
        outcome = "taken" if self.failed is None else "refused"
        detail = self.failed.detail if self.failed is not None else ""
        change.put(replace(attempt, ended_at=change.now, outcome=outcome, detail=detail))
        if job is None or job.attempts != attempt.number:
            return
        outlet = change.get(Outlet, job.desk, self.untold.outlet)
        if outlet is None:
            change.delete(job)
        elif self.failed is None:
            change.delete(job)
            cursor = max(outlet.cursor, self.untold.position)
            outlet = replace(outlet, cursor=cursor, success_at=change.now)
            change.put(_running(change, outlet))
        else:
            self._again(change, job, outlet, self.failed)

    def _again(self, change: Change, job: Job, outlet: Outlet, failed: Failure) -> None:
        if failed.due_at is None:
            _switch_off(change, _stuck(change, outlet, failed.detail), failed.detail)
            if failed.gone:
                change.delete(job)
                return
        else:
            change.put(_stuck(change, outlet, failed.detail))
        change.put(
            replace(
                job,
                state=JobState.DEAD if failed.due_at is None else JobState.READY,
                due_at=failed.due_at or change.now,
                claimed_until=None,
                claimed_by=None,
                detail=failed.detail,
            )
        )


class _Switch(msgspec.Struct, kw_only=True):
    """What somebody does to an outlet by name."""

    failpoint: ClassVar[str] = "write"

    desk: str
    name: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The outlet and the jobs in its lane."""
        yield by_key(Outlet, self.desk, self.name)
        yield by_index(Job, "lane", job_account(self.name))

    def found(self, change: Change) -> Outlet | Refusal:
        """The outlet."""
        outlet = change.get(Outlet, self.desk, self.name)
        return outlet if outlet is not None else not_found("webhook", self.name)

    def drop_jobs(self, change: Change) -> None:
        """The event that failed is told again with the others, or not at all."""
        for job in change.by(Job, "lane", job_account(self.name)):
            change.delete(job)


class EnableOutlet(_Switch, kw_only=True):
    """Go on where it stands: the event that failed is the next."""

    def decide(self, change: Change) -> Outlet | Refusal:
        """The outlet, active."""
        outlet = self.found(change)
        if isinstance(outlet, Refusal):
            return outlet
        self.drop_jobs(change)
        change.audit(self.by, "webhook.enable", self.name)
        return change.put(_running(change, outlet))


class DisableOutlet(_Switch, kw_only=True):
    """Tell it of nothing until it is enabled; it keeps its place."""

    def decide(self, change: Change) -> Outlet | Refusal:
        """The outlet, disabled."""
        outlet = self.found(change)
        if isinstance(outlet, Refusal):
            return outlet
        self.drop_jobs(change)
        change.audit(self.by, "webhook.disable", self.name)
        why = f"disabled by {self.by}"
        return change.put(_in(change, replace(outlet, why=why), OutletState.DISABLED))


class ReplayOutlet(_Switch, kw_only=True):
    """Tell it of everything past a position again, each event under the id that it had."""

    after: int

    def decide(self, change: Change) -> Outlet | Refusal:
        """The outlet, active, at that position."""
        outlet = self.found(change)
        if isinstance(outlet, Refusal):
            return outlet
        if not 0 <= self.after <= change.head:
            return Refusal(
                code="no_such_position",
                detail=f"There is no position {self.after}; the newest is {change.head}.",
                what_to_do="Name the position of the last event that arrived, or 0 for all.",
                status=422,
            )
        self.drop_jobs(change)
        change.audit(self.by, "webhook.replay", self.name, str(self.after))
        return change.put(_running(change, replace(outlet, cursor=self.after)))


def _in(change: Change, outlet: Outlet, state: OutletState) -> Outlet:
    since = outlet.since if outlet.state == state else change.now
    return replace(outlet, state=state, since=since)


def _running(change: Change, outlet: Outlet) -> Outlet:
    return _in(change, replace(outlet, why="", failures=0), OutletState.ACTIVE)


def _stuck(change: Change, outlet: Outlet, why: str) -> Outlet:
    failed = replace(outlet, why=why, failures=outlet.failures + 1)
    if outlet.state == OutletState.DISABLED:  # somebody tried a dead event by hand
        return failed
    return _in(change, failed, OutletState.RETRYING)


def _switch_off(change: Change, outlet: Outlet, why: str) -> Outlet:
    if outlet.state != OutletState.DISABLED:
        change.audit(SYSTEM, "webhook.disabled", outlet.name, why)
    return change.put(_in(change, replace(outlet, why=why), OutletState.DISABLED))
