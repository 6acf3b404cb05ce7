"""The desk at a glance: its queues, its agents, its channels."""

import msgspec

from gateway.domain.clock import rfc3339
from gateway.http.api.me import AgentView
from gateway.http.api.paging import PageQuery, named
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.shed import Weight
from gateway.http.writes import commit
from gateway.pipeline.recent import STEP_MS, Recent, recent
from gateway.store.queries import http_desk, http_people
from gateway.stream.basis import At, Shape, maybe_at
from gateway.verbs.work import PauseSending

routes = Routes("Desk")

AVAILABLE = "available"


class QueueView(Shape, frozen=True, kw_only=True):
    """A queue now."""

    id: str
    name: str
    waiting: int
    offered: int
    assigned: int
    longest_wait_ms: int | None
    agents_available: int
    open_now: bool
    next_open: At | None


class QueueList(Shape, frozen=True, kw_only=True):
    """A page of them, by name."""

    items: tuple[QueueView, ...]
    next: str | None


class RecentList(Shape, frozen=True, kw_only=True):
    """Of the queues in which something was asked, answered or is late; `asked` in steps."""

    step_ms: int
    items: tuple[Recent, ...]


class AgentList(Shape, frozen=True, kw_only=True):
    """A page of them, by name."""

    items: tuple[AgentView, ...]
    next: str | None


class ChannelView(Shape, frozen=True, kw_only=True):
    """A channel account and how it is."""

    account: str
    channel: str
    adapter: str
    ok: bool
    detail: str
    what_to_do: str
    checked_at: At
    last_inbound_at: At | None
    last_outbound_at: At | None


class ChannelList(Shape, frozen=True, kw_only=True):
    """A page of them, by name."""

    items: tuple[ChannelView, ...]
    next: str | None


class SendingView(Shape, frozen=True, kw_only=True):
    """Whether what is written goes out to customers. While paused it waits, and comes in."""

    paused: bool
    since: At | None


class SendingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it is to be."""

    paused: bool


@routes.get("/api/v1/sending", allow=Permission.CHANNEL_READ, answer=SendingView)
async def read_sending(call: Call) -> SendingView:
    """Whether messages and calls go out."""
    return _sending(await call.house.store.read(http_desk.paused_at, call.desk))


@routes.put(
    "/api/v1/sending", allow=Permission.CHANNEL_MANAGE, body=SendingBody, answer=SendingView
)
async def set_sending(call: Call) -> SendingView:
    """Pause all that goes out to customers, on every channel; or let it go on."""
    asked: SendingBody = call.body
    found = await commit(call, PauseSending(paused=asked.paused, by=call.actor.name))
    return _sending(found)


def _sending(paused_at: int | None) -> SendingView:
    return SendingView(paused=paused_at is not None, since=maybe_at(paused_at))


@routes.get("/api/v1/queues", allow=Permission.QUEUE_READ, query=PageQuery, answer=QueueList)
async def list_queues(call: Call) -> QueueList:
    """What waits in each queue, and who is there for it."""
    house = call.house
    counts = await house.store.read(http_desk.queue_counts, call.desk)
    states = await house.store.read(http_people.agent_states, call.desk)
    rulebook, now = house.dispatch.rulebook, house.clock.now_ms()
    names, following = named(rulebook.queues, call.query)
    items = []
    for name in names:
        queue = rulebook.queues[name]
        count = counts.get(name, http_desk.QueueCount(states={}, oldest_waiting=None))
        calendar = house.dispatch.inforce.calendar_of_queue(name)
        is_open = calendar.is_open(now)
        available = sum(
            1
            for login, agent in rulebook.agents.items()
            if name in agent.queues and login in states and states[login].presence == AVAILABLE
        )
        oldest = count.oldest_waiting
        items.append(
            QueueView(
                id=name,
                name=queue.name or name,
                waiting=count.states.get("waiting", 0),
                offered=count.states.get("offered", 0),
                assigned=count.states.get("assigned", 0),
                longest_wait_ms=max(0, now - oldest) if oldest is not None else None,
                agents_available=available,
                open_now=is_open,
                next_open=None if is_open else maybe_at(calendar.next_open(now)),
            )
        )
    return QueueList(items=tuple(items), next=following)


@routes.get(
    "/api/v1/queues/recent",
    allow=Permission.QUEUE_READ,
    answer=RecentList,
    weight=Weight.HISTORY,
)
async def list_recent(call: Call) -> RecentList:
    """The last two hours of each queue in which something happened."""
    now = call.house.clock.now_ms()
    return RecentList(
        step_ms=STEP_MS, items=tuple(await call.house.store.read(recent, call.desk, now))
    )


@routes.get("/api/v1/agents", allow=Permission.AGENT_READ, query=PageQuery, answer=AgentList)
async def list_agents(call: Call) -> AgentList:
    """Who works here, where they are, and how much they have."""
    users = await call.house.store.read(http_people.users, call.desk)
    states = await call.house.store.read(http_people.agent_states, call.desk)
    names = {user.login: user.name for user in users}
    agents = call.house.dispatch.rulebook.agents
    logins, following = named(agents, call.query)
    items = []
    for login in logins:
        agent, state = agents[login], states.get(login)
        items.append(
            AgentView(
                login=login,
                name=names.get(login) or agent.name or login,
                presence=state.presence if state is not None else "offline",
                reason=state.reason if state is not None else "",
                load=state.load if state is not None else 0,
                capacity=agent.capacity,
                skills=dict(agent.skills),
                queues=tuple(agent.queues),
                since=rfc3339(state.since) if state is not None and state.since else None,
            )
        )
    return AgentList(items=tuple(items), next=following)


@routes.get("/api/v1/channels", allow=Permission.CHANNEL_READ, query=PageQuery, answer=ChannelList)
async def list_channels(call: Call) -> ChannelList:
    """Every channel account, how it is, and when something last came and went."""
    house = call.house
    health = await call.rooms.checks.all()
    names, following = named(house.accounts, call.query)
    traffic = await house.store.read(http_desk.traffic, tuple(names))
    return ChannelList(
        items=tuple(
            ChannelView(
                account=account.id,
                channel=account.channel,
                adapter=account.adapter.name,
                ok=health[account.id][1].ok,
                detail=health[account.id][1].detail,
                what_to_do=health[account.id][1].what_to_do,
                checked_at=rfc3339(health[account.id][0]),
                last_inbound_at=maybe_at(traffic[account.id].last_inbound_at),
                last_outbound_at=maybe_at(traffic[account.id].last_outbound_at),
            )
            for account in (house.accounts[name] for name in names)
        ),
        next=following,
    )
