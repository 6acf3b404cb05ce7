"""Me: who is signed in, where they stand in routing, and what they may do."""

from typing import Literal

import msgspec

from gateway.contract import SendsTemplates
from gateway.domain.clock import rfc3339
from gateway.domain.events import AgentAsked
from gateway.http.errors import Problem
from gateway.http.house import House
from gateway.http.policy import Actor, Gate, Permission
from gateway.http.routes import Call, Pending, Routes
from gateway.http.writes import ask, once
from gateway.pipeline.accounts import Account
from gateway.pipeline.approved import places
from gateway.store.queries import http_desk, http_people
from gateway.stream.basis import At, Shape
from gateway.verbs.ways import limits_of

routes = Routes("Session")

OFFLINE = "offline"


class DeskView(Shape, frozen=True, kw_only=True):
    """The desk one works at."""

    id: str
    name: str
    locale: str
    timezone: str  # by whose clock its days begin
    skills: dict[str, str]  # id -> what people call it
    sending_paused: bool  # nothing goes out to customers


class CapabilitiesView(Shape, frozen=True, kw_only=True):
    """What a composer must know of a channel."""

    max_text: int
    text_unit: str
    attachments: int
    formatting: str
    threading: bool
    window_ms: int | None


class TemplateView(Shape, frozen=True, kw_only=True):
    """A template that the provider approved. `places` are what its text needs a value for.

    header: "" | text | image | video | document
    """

    name: str
    language: str
    text: str
    header: str
    places: tuple[str, ...]


class ChannelBrief(Shape, frozen=True, kw_only=True):
    """A channel that replies can go out on."""

    account: str
    channel: str
    name: str
    capabilities: CapabilitiesView
    templates: tuple[TemplateView, ...]


class Me(Shape, frozen=True, kw_only=True):
    """Whoever is signed in."""

    login: str
    name: str
    role: str
    locale: str
    permissions: tuple[str, ...]
    desk: DeskView
    presence: str
    reason: str
    load: int
    capacity: int
    queues: tuple[str, ...]
    channels: tuple[ChannelBrief, ...]
    drafts: bool  # whether a model drafts replies on request


class AgentView(Shape, frozen=True, kw_only=True):
    """An agent as routing sees them."""

    login: str
    name: str
    presence: str
    reason: str
    load: int
    capacity: int
    skills: dict[str, int]
    queues: tuple[str, ...]
    since: At | None


class PresenceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one is."""

    presence: Literal["available", "busy", "offline"]
    reason: str = ""


def channels(house: House) -> tuple[ChannelBrief, ...]:
    """Every account's channel."""
    return tuple(
        ChannelBrief(
            account=account.id,
            channel=account.channel,
            name=account.id,
            capabilities=CapabilitiesView(
                max_text=account.capabilities.max_text,
                text_unit=account.capabilities.text_unit,
                attachments=account.capabilities.max_attachments,
                formatting=account.capabilities.formatting,
                threading=account.capabilities.threading,
                window_ms=limits_of(account.capabilities).window_ms,
            ),
            templates=_templates(account),
        )
        for account in house.accounts.values()
    )


def _templates(account: Account) -> tuple[TemplateView, ...]:
    if not isinstance(account.adapter, SendsTemplates):
        return ()
    return tuple(
        TemplateView(
            name=each.name,
            language=each.language,
            text=each.text,
            header=each.header,
            places=places(each.text),
        )
        for each in account.adapter.templates()
    )


async def me_of(house: House, actor: Actor) -> Me:
    """Me."""
    desk = house.dispatch.rulebook.desk
    user = await house.store.read(http_people.user_of, house.store.desk, actor.login)
    state = await agent_view(house, actor.login, user.name if user is not None else "")
    paused_at = await house.store.read(http_desk.paused_at, house.store.desk)
    return Me(
        login=actor.login,
        name=state.name,
        role=str(actor.role or ""),
        locale=(user.locale if user is not None else "") or desk.locale,
        permissions=tuple(sorted(actor.permissions)),
        desk=DeskView(
            id=house.store.desk,
            name=desk.name,
            locale=desk.locale,
            timezone=desk.timezone,
            skills={k: s.name or k for k, s in house.dispatch.rulebook.skills.items()},
            sending_paused=paused_at is not None,
        ),
        presence=state.presence,
        reason=state.reason,
        load=state.load,
        capacity=state.capacity,
        queues=state.queues,
        channels=channels(house),
        drafts=house.settings.security.drafts is not None,
    )


async def agent_view(house: House, login: str, name: str = "") -> AgentView:
    """An agent, whether routing has seen them yet or not."""
    state = await house.store.read(http_people.agent_state, house.store.desk, login)
    known = house.dispatch.rulebook.agents.get(login)
    return AgentView(
        login=login,
        name=name or (known.name if known is not None else "") or login,
        presence=state.presence if state is not None else OFFLINE,
        reason=state.reason if state is not None else "",
        load=state.load if state is not None else 0,
        capacity=known.capacity if known is not None else 0,
        skills=dict(known.skills) if known is not None else {},
        queues=tuple(known.queues) if known is not None else (),
        since=rfc3339(state.since) if state is not None and state.since else None,
    )


@routes.get("/api/v1/session", allow=Gate.SIGNED_IN, answer=Me)
async def read_session(call: Call) -> Me:
    """Who is signed in."""
    return await me_of(call.house, call.actor)


@routes.put(
    "/api/v1/me/presence",
    allow=Permission.PRESENCE_WRITE,
    body=PresenceBody,
    answer=AgentView | Pending,
)
async def set_presence(call: Call) -> AgentView | Pending:
    """Say where you are: available, busy or offline."""
    wanted: PresenceBody = call.body
    login = call.actor.login
    if login not in call.house.dispatch.rulebook.agents:
        raise Problem(
            "unknown_agent",
            f"The rulebook has no agent {login}.",
            status=409,
            what_to_do="Add them to `agents` in the rulebook; only agents are given work.",
        )

    async def tell() -> AgentView | Pending:
        asked = AgentAsked(
            agent=login, verb="presence", presence=wanted.presence, reason=wanted.reason.strip()
        )
        await ask(call, asked)
        user = await call.house.store.read(http_people.user_of, call.desk, login)
        view = await agent_view(call.house, login, user.name if user is not None else "")
        return view if view.presence == wanted.presence else Pending()

    return await once(call, AgentView, tell)
