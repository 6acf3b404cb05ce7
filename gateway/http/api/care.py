"""Care: what could not be delivered or read, and the record of who did what."""

from typing import Annotated

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.delivery import DeadLetter
from gateway.domain.job import Job
from gateway.http.api.paging import PageQuery, cursor_of, instant_cursor, paged
from gateway.http.errors import Problem
from gateway.http.limits import Count
from gateway.http.policy import Permission
from gateway.http.routes import MAX_PAGE, PAGE, Call, Routes
from gateway.http.writes import submit
from gateway.store.queries import http_desk, http_people
from gateway.stream.basis import At, Shape
from gateway.verbs.dead import DiscardDead, RetryDead

routes = Routes("Care")


class DeadView(Shape, frozen=True, kw_only=True):
    """Something that waits for a person. type: job | unreadable; `about`: message or delivery."""

    id: str
    type: str
    kind: str
    account: str
    about: str
    detail: str
    attempts: int
    at: At


class DeadList(Shape, frozen=True, kw_only=True):
    """What waits for a person, the newest first."""

    items: tuple[DeadView, ...]
    next: str | None


class Settled(Shape, frozen=True, kw_only=True):
    """It waits no more."""

    id: str


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where on."""

    cursor: Count | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = PAGE


class AuditView(Shape, frozen=True, kw_only=True):
    """Who did what."""

    seq: int
    at: At
    actor: str
    address: str
    agent: str
    action: str
    object: str
    detail: str


class AuditPage(Shape, frozen=True, kw_only=True):
    """A page of the record, the newest first."""

    items: tuple[AuditView, ...]
    next: int | None


@routes.get("/api/v1/dead", allow=Permission.DEAD_READ, query=PageQuery, answer=DeadList)
async def list_dead(call: Call) -> DeadList:
    """What could not be delivered or read."""
    asked: PageQuery = call.query
    before = instant_cursor(asked.cursor)
    jobs, letters = await call.house.store.read(http_desk.dead, call.desk, asked.limit + 1, before)
    both = [(job.due_at, job.id, _job_view(job)) for job in jobs]
    both += [(letter.at, letter.id, _letter_view(letter)) for letter in letters]
    both.sort(key=lambda each: each[:2], reverse=True)
    shown, following = paged(both, asked.limit, lambda each: cursor_of(each[0], each[1]))
    return DeadList(items=tuple(view for _, _, view in shown), next=following)


def _job_view(job: Job) -> DeadView:
    return DeadView(
        id=job.id,
        type="job",
        kind=job.kind,
        account=job.account,
        about=job.key,
        detail=job.detail,
        attempts=job.attempts,
        at=rfc3339(job.due_at),
    )


def _letter_view(letter: DeadLetter) -> DeadView:
    return DeadView(
        id=letter.id,
        type="unreadable",
        kind="delivery",
        account=letter.account,
        about=letter.delivery,
        detail=letter.detail,
        attempts=0,
        at=rfc3339(letter.at),
    )


@routes.post("/api/v1/dead/{id}/{what}", allow=Permission.DEAD_MANAGE, answer=Settled)
async def settle_dead(call: Call) -> Settled:
    """`retry` a job from the start, or the reading of a kept delivery; or `discard` either."""
    wanted = call.param("id")
    match call.param("what"):
        case "retry":
            await submit(call, RetryDead(id=wanted, by=call.actor.name), Job)
        case "discard":
            await submit(call, DiscardDead(id=wanted, by=call.actor.name), str)
        case _:
            raise Problem("not_found")
    return Settled(id=wanted)


@routes.get("/api/v1/audit", allow=Permission.AUDIT_READ, query=AuditQuery, answer=AuditPage)
async def read_audit(call: Call) -> AuditPage:
    """Who did what, and from where."""
    asked: AuditQuery = call.query
    found = await call.house.store.read(http_people.audit, call.desk, asked.cursor, asked.limit + 1)
    page = found[: asked.limit]
    return AuditPage(
        items=tuple(
            AuditView(
                seq=e.seq,
                at=rfc3339(e.at),
                actor=e.actor,
                address=e.address,
                agent=e.agent,
                action=e.action,
                object=e.object,
                detail=e.detail,
            )
            for e in page
        ),
        next=page[-1].seq if len(found) > asked.limit else None,
    )
