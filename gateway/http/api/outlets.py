"""Outgoing webhooks: where each stands, on and off, and back to an earlier position."""

import msgspec

from gateway.domain.clock import rfc3339
from gateway.domain.outlet import Outlet
from gateway.http.api.paging import PageQuery, paged
from gateway.http.limits import Count
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.writes import submit
from gateway.store.queries import outlets as queries
from gateway.stream.basis import At, Shape, maybe_at
from gateway.verbs.outlet import DisableOutlet, EnableOutlet, ReplayOutlet

routes = Routes("Webhooks out")


class WebhookView(Shape, frozen=True, kw_only=True):
    """An integrator's endpoint. state: active | retrying | disabled; `lag` is in events."""

    name: str
    state: str
    since: At
    why: str
    cursor: int
    lag: int
    failures: int
    success_at: At | None


class WebhookList(Shape, frozen=True, kw_only=True):
    """A page of all that this desk ever told of an event, by name."""

    items: tuple[WebhookView, ...]
    next: str | None


class ReplayFrom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The position of the last event that is not wanted again."""

    after: Count


def webhook_view(outlet: Outlet, head: int) -> WebhookView:
    """An outlet as those who run the house see it."""
    return WebhookView(
        name=outlet.name,
        state=outlet.state,
        since=rfc3339(outlet.since),
        why=outlet.why,
        cursor=outlet.cursor,
        lag=max(0, head - outlet.cursor),
        failures=outlet.failures,
        success_at=maybe_at(outlet.success_at),
    )


@routes.get("/api/v1/webhooks", allow=Permission.WEBHOOK_READ, query=PageQuery, answer=WebhookList)
async def list_webhooks(call: Call) -> WebhookList:
    """Where each stands."""
    asked: PageQuery = call.query
    found = await call.house.store.read(queries.outlets, call.desk, asked.cursor, asked.limit + 1)
    shown, following = paged(found, asked.limit, lambda outlet: outlet.name)
    head = call.house.stream.head
    return WebhookList(items=tuple(webhook_view(each, head) for each in shown), next=following)


@routes.post("/api/v1/webhooks/{name}/enable", allow=Permission.WEBHOOK_MANAGE, answer=WebhookView)
async def enable_webhook(call: Call) -> WebhookView:
    """Go on where it stands: the event that failed is the next."""
    command = EnableOutlet(desk=call.desk, name=call.param("name"), by=call.actor.name)
    return _shown(call, await submit(call, command, Outlet))


@routes.post("/api/v1/webhooks/{name}/disable", allow=Permission.WEBHOOK_MANAGE, answer=WebhookView)
async def disable_webhook(call: Call) -> WebhookView:
    """Tell it of nothing until it is enabled; it keeps its place."""
    command = DisableOutlet(desk=call.desk, name=call.param("name"), by=call.actor.name)
    return _shown(call, await submit(call, command, Outlet))


@routes.post(
    "/api/v1/webhooks/{name}/replay",
    allow=Permission.WEBHOOK_MANAGE,
    body=ReplayFrom,
    answer=WebhookView,
)
async def replay_webhook(call: Call) -> WebhookView:
    """Tell it of everything past a position again, each event under the id that it had."""
    command = ReplayOutlet(
        desk=call.desk, name=call.param("name"), by=call.actor.name, after=call.body.after
    )
    return _shown(call, await submit(call, command, Outlet))


def _shown(call: Call, outlet: Outlet) -> WebhookView:
    call.house.outlets.wake()
    return webhook_view(outlet, call.house.stream.head)
