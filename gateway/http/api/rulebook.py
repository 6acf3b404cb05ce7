"""The rulebook: what is in force, what was, what another would change; apply it or go back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import msgspec

from config import (
    Rulebook,
    account_problems,
    calendar_problems,
    channel_problems,
    load_rulebook,
    plan,
    room_problems,
)
from config.faults import dotted
from config.knowledge import endpoint_problems
from gateway.domain.clock import DATE, rfc3339
from gateway.domain.desk import Rulebook as Version
from gateway.http.errors import Problem
from gateway.http.limits import Count
from gateway.http.policy import Permission
from gateway.http.routes import MAX_PAGE, PAGE, Call, Routes
from gateway.http.writes import submit
from gateway.pipeline.soundness import courtesy_problems, routing_problems, template_problems
from gateway.registry import RegistryError
from gateway.store.queries import http_desk
from gateway.stream.basis import At, Shape
from gateway.verbs.work import ApplyRulebook

routes = Routes("Rulebook")

SOURCE = "rulebook.yaml"
LOOKS = 4  # at what somebody changes just now, before it is refused

T = TypeVar("T")


class RulebookView(Shape, frozen=True, kw_only=True):
    """A version of the rulebook."""

    version: int
    by: str
    at: At
    rulebook: dict[str, Any]


class VersionView(Shape, frozen=True, kw_only=True):
    """A version that was in force."""

    version: int
    by: str
    at: At


class VersionPage(Shape, frozen=True, kw_only=True):
    """Versions, the newest first."""

    items: tuple[VersionView, ...]
    next: int | None


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where on."""

    cursor: Count | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = PAGE


class Proposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rulebook as YAML text or as JSON; `expected` is the version that it was made from."""

    yaml: str | None = None
    rulebook: dict[str, Any] | None = None
    expected: Count | None = None


class Change(Shape, frozen=True, kw_only=True):
    """One thing that would be otherwise. change: added | removed | changed"""

    path: str
    change: str
    before: Any
    after: Any
    text: str


class FaultView(Shape, frozen=True, kw_only=True):
    """Something wrong in a proposal, and what to do."""

    line: int
    path: str
    text: str


class PlanView(Shape, frozen=True, kw_only=True):
    """What a proposal would change, and what is wrong with it."""

    version: int
    changes: tuple[Change, ...]
    faults: tuple[FaultView, ...]
    orphaned: dict[str, int]  # live work in queues that would be gone


class Applied(Shape, frozen=True, kw_only=True):
    """It is in force."""

    version: int


class Rollback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To which version."""

    version: Count
    expected: Count | None = None


async def _in_force(call: Call) -> Version:
    found = await call.house.store.read(http_desk.rulebook_in_force, call.desk)
    if found is None:
        raise Problem("not_found", "No rulebook is in force yet.")
    return found


@routes.get("/api/v1/rulebook", allow=Permission.RULEBOOK_READ, answer=RulebookView)
async def read_rulebook(call: Call) -> RulebookView:
    """The rulebook in force."""
    found = await _in_force(call)
    return RulebookView(
        version=found.version,
        by=found.by,
        at=rfc3339(found.at),
        rulebook=msgspec.json.decode(found.content),
    )


@routes.get(
    "/api/v1/rulebook/history",
    allow=Permission.RULEBOOK_READ,
    query=HistoryQuery,
    answer=VersionPage,
)
async def read_history(call: Call) -> VersionPage:
    """The versions that were in force."""
    asked: HistoryQuery = call.query
    found = await call.house.store.read(
        http_desk.rulebooks, call.desk, asked.cursor, asked.limit + 1
    )
    page = found[: asked.limit]
    return VersionPage(
        items=tuple(VersionView(version=v.version, by=v.by, at=rfc3339(v.at)) for v in page),
        next=page[-1].version if len(found) > asked.limit else None,
    )


async def _proposed(call: Call, asked: Proposal) -> tuple[Rulebook, tuple[FaultView, ...]]:
    """The proposal and its faults; a large one takes a while to read, away from the loop."""
    if (asked.yaml is None) == (asked.rulebook is None):
        raise Problem("invalid_value", "Give either yaml or rulebook.")
    text = asked.yaml.encode() if asked.yaml is not None else msgspec.json.encode(asked.rulebook)
    house = call.house
    accounts, today = house.settings.channels, rfc3339(house.clock.now_ms())[:DATE]
    ours = {account.channel for account in house.accounts.values()}
    checks = [
        lambda book: account_problems(book, accounts),
        lambda book: calendar_problems(book, today),
        lambda book: endpoint_problems(book.knowledge, house.settings.security.drafts),
        lambda book: channel_problems(book, ours, house.all_channels),
        lambda book: room_problems(book, ours),
        lambda book: template_problems(book, house.catalog),
        routing_problems,
        courtesy_problems,
    ]
    try:
        rulebook, faults = await asyncio.to_thread(load_rulebook, {SOURCE: text}, checks)
    except RegistryError as error:
        raise broken_adapter(error) from error
    return rulebook, tuple(
        FaultView(line=fault.line, path=fault.path, text=str(fault)) for fault in faults
    )


def broken_adapter(error: RegistryError) -> Problem:
    """An adapter that cannot be imported keeps its channel to itself."""
    return Problem(
        "broken_adapter",
        f"Whether a channel exists cannot be told: {error}",
        status=409,
        what_to_do="Mend or uninstall the package that provides it, then try again.",
    )


async def _orphaned(call: Call, rulebook: Rulebook) -> dict[str, int]:
    """Live work in queues that the proposal does not have."""
    counts = await call.house.store.read(http_desk.queue_counts, call.desk)
    return {q: sum(c.states.values()) for q, c in counts.items() if q not in rulebook.queues}


@routes.post(
    "/api/v1/rulebook/plan", allow=Permission.RULEBOOK_WRITE, body=Proposal, answer=PlanView
)
async def plan_rulebook(call: Call) -> PlanView:
    """What a proposal would change. Nothing is put in force."""
    version = await _in_force(call)
    rulebook, faults = await _proposed(call, call.body)
    now = Rulebook.from_json(version.content)
    return PlanView(
        version=version.version,
        changes=tuple(
            Change(path=d.path, change=d.change, before=d.before, after=d.after, text=str(d))
            for d in (plan(now, rulebook) if not faults else ())
        ),
        faults=faults,
        orphaned=await _orphaned(call, rulebook) if not faults else {},
    )


async def rulebook_of(call: Call) -> tuple[int, Rulebook]:
    """The version in force, which this node may not have heard of yet."""
    known, found = call.house.dispatch.inforce, await _in_force(call)
    if found.version == known.version:
        return known.version, known.rulebook
    return found.version, await asyncio.to_thread(Rulebook.from_json, found.content)


async def while_changed(code: str, work: Callable[[], Awaitable[T]]) -> T:
    """Do what is refused by this code when something was changed beside it, and look anew then."""
    for _ in range(LOOKS):
        try:
            return await work()
        except Problem as problem:
            if problem.code != code:
                raise
    return await work()


async def _apply(call: Call, rulebook: Rulebook, expected: int | None, words: int) -> Applied:
    orphaned = await _orphaned(call, rulebook)
    if orphaned:
        raise Problem(
            "orphaned_work",
            f"Work waits in queues that would be gone: {', '.join(sorted(orphaned))}.",
            status=409,
            what_to_do="Transfer or finish it first, or keep the queues.",
            extra={"queues": orphaned},
        )
    command = ApplyRulebook(
        content=rulebook.to_json(), by=call.actor.name, expected=expected, words=words
    )
    return Applied(version=await submit(call, command, int))


@routes.post(
    "/api/v1/rulebook/apply", allow=Permission.RULEBOOK_WRITE, body=Proposal, answer=Applied
)
async def apply_rulebook(call: Call) -> Applied:
    """Put a proposal in force. It is refused whole when anything is wrong with it."""

    async def apply() -> Applied:
        words = await call.house.wordbook.load()
        rulebook, faults = await _proposed(call, call.body)
        _demand_sound(faults)
        return await _apply(call, rulebook, call.body.expected, words)

    return await while_changed("words_changed", apply)


def _demand_sound(faults: tuple[FaultView, ...]) -> None:
    if faults:
        raise Problem(
            "invalid_rulebook",
            f"Faults: {len(faults)}; the first: {faults[0].text}",
            status=422,
            what_to_do="Mend them, plan again, then apply.",
            extra={"faults": msgspec.to_builtins(faults)},
        )


@routes.post(
    "/api/v1/rulebook/rollback", allow=Permission.RULEBOOK_WRITE, body=Rollback, answer=Applied
)
async def roll_back(call: Call) -> Applied:
    """Put an old version in force anew, unless a template that it says by itself is gone."""
    asked: Rollback = call.body
    found = await call.house.store.read(http_desk.rulebook_version, call.desk, asked.version)
    if found is None:
        raise Problem("not_found", f"There was no version {asked.version}.")
    rulebook = Rulebook.from_json(found.content)

    async def apply() -> Applied:
        words = await call.house.wordbook.load()
        problems = template_problems(rulebook, call.house.catalog)
        _demand_sound(
            tuple(
                FaultView(line=0, path=dotted(path), text=f"{dotted(path)}: {what}; {what_to_do}")
                for path, what, what_to_do, _ in problems
            )
        )
        return await _apply(call, rulebook, asked.expected, words)

    return await while_changed("words_changed", apply)
