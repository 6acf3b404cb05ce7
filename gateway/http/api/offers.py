"""Offers and work: accept, decline, take, pass on, finish."""

from typing import Annotated

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.domain.conversation import Conversation
from gateway.domain.events import AgentAsked, Event
from gateway.domain.outcome import Refusal
from gateway.domain.work import Offer, Work
from gateway.http.api.sight import conversation_of
from gateway.http.errors import Problem
from gateway.http.policy import Permission, authorize
from gateway.http.routes import Call, Pending, Routes
from gateway.http.writes import ask, once
from gateway.pipeline.saying import FORCE
from gateway.store.queries import http_rows
from gateway.stream.basis import Shape
from gateway.stream.shapes import OfferView, offer_view
from gateway.verbs.conversation import WriteNote

routes = Routes("Work")

OFFER_GONE = "offer_gone"


class Offers(Shape, frozen=True, kw_only=True):
    """What is held out to you now."""

    items: tuple[OfferView, ...]


class AssignmentView(Shape, frozen=True, kw_only=True):
    """The work is yours."""

    work: str
    conversation: str


class Accepted(Shape, frozen=True, kw_only=True):
    """What accepting brought."""

    assignment: AssignmentView


class Declining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why not, if one wants to say."""

    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Transfer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom: `queue:<id>` or `agent:<login>`. `force`: a supervisor gives a colleague more than
    there is room for.
    """

    to: Annotated[str, msgspec.Meta(pattern=r"^(queue|agent):.{1,128}$")]
    note: Annotated[str, msgspec.Meta(max_length=10_000)] = ""
    force: bool = False


class Done(Shape, frozen=True, kw_only=True):
    """It was done."""

    done: bool = True


@routes.get("/api/v1/offers", allow=Permission.WORK_TAKE, answer=Offers)
async def list_offers(call: Call) -> Offers:
    """Work that is held out to you."""
    offers, bundles = await call.house.store.read(_offers, call.desk, call.actor.login)
    channel_of = call.house.channel_of
    return Offers(
        items=tuple(offer_view(o, bundles.get(o.conversation), channel_of) for o in offers)
    )


def _offers(
    connection: Connection, desk: str, login: str
) -> tuple[list[Offer], dict[str, http_rows.Bundle]]:
    offers = http_rows.offers_of(connection, desk, login)
    conversations = http_rows.by_ids(connection, Conversation, (o.conversation for o in offers))
    found = http_rows.bundles(connection, conversations.values())
    return offers, {b.conversation.id: b for b in found}


async def _own_offer(call: Call) -> Offer:
    offer = await call.house.store.read(http_rows.one, Offer, call.param("id"))
    if offer is None or offer.desk != call.desk or offer.agent != call.actor.login:
        raise Problem("not_found")
    if offer.ended_at is not None:
        raise Problem(
            OFFER_GONE,
            "This offer is over: it expired, or a colleague took it.",
            status=409,
            what_to_do="Wait for the next one.",
        )
    return offer


@routes.post("/api/v1/offers/{id}/accept", allow=Permission.WORK_TAKE, answer=Accepted | Pending)
async def accept(call: Call) -> Accepted | Pending:
    """Take the work that is held out to you."""

    async def tell() -> Accepted | Pending:
        offer = await _own_offer(call)
        wish = AgentAsked(agent=offer.agent, verb="accept", work=offer.work, offer=offer.id)
        decision = await ask(call, wish, offer.conversation)
        if decision is None:
            return Pending()
        mine = AssignmentView(work=offer.work, conversation=offer.conversation)
        return Accepted(assignment=mine)

    return await once(call, Accepted, tell)


@routes.post(
    "/api/v1/offers/{id}/decline",
    allow=Permission.WORK_TAKE,
    body=Declining,
    answer=Done | Pending,
)
async def decline(call: Call) -> Done | Pending:
    """Let somebody else take it."""

    async def tell() -> Done | Pending:
        offer = await _own_offer(call)
        wish = AgentAsked(
            agent=offer.agent,
            verb="decline",
            work=offer.work,
            offer=offer.id,
            reason=call.body.reason.strip(),
        )
        return Done() if await ask(call, wish, offer.conversation) else Pending()

    return await once(call, Done, tell)


async def work_of(call: Call, conversation: Conversation) -> Work | None:
    """Its work; None too while its first messages gather, which only routing knows."""
    bundle = await call.house.store.read(http_rows.bundle, conversation.id)
    return bundle.work if bundle is not None else None


async def live_work(call: Call, conversation: Conversation) -> Work:
    work = await work_of(call, conversation)
    if work is None:
        raise Problem(
            "no_work",
            "This conversation waits for nobody now.",
            status=409,
            what_to_do="Reopen it, or write to the customer.",
        )
    return work


@routes.post(
    "/api/v1/conversations/{id}/take", allow=Permission.WORK_TAKE, answer=Accepted | Pending
)
async def take(call: Call) -> Accepted | Pending:
    """Take a conversation that waits, without an offer, also while its first messages still come
    in; a supervisor may take a colleague's.
    """
    conversation = await conversation_of(call)

    async def tell() -> Accepted | Pending:
        work = await work_of(call, conversation)
        decision = await take_over(call, conversation, work)
        work = work or await work_of(call, conversation)
        if work is None or (decision is None and work.agent != call.actor.login):
            return Pending()
        return Accepted(assignment=AssignmentView(work=work.id, conversation=conversation.id))

    return await once(call, Accepted, tell)


async def take_over(call: Call, conversation: Conversation, work: Work | None) -> Event | None:
    """Routing's decision on the wish to have it. Raises Problem when it refuses."""
    verb = "grab" if Permission.CONVERSATION_READ_ALL in call.actor.permissions else "take"
    wish = AgentAsked(agent=call.actor.login, verb=verb, work=work.id if work is not None else "")
    return await ask(call, wish, conversation.id)


@routes.post(
    "/api/v1/conversations/{id}/transfer",
    allow=Permission.WORK_TAKE,
    body=Transfer,
    answer=Done | Pending,
)
async def transfer(call: Call) -> Done | Pending:
    """Pass a conversation on to a queue or a colleague, with a note if you like."""
    conversation = await conversation_of(call)
    asked: Transfer = call.body
    if asked.force:
        _may_force(call, asked.to)

    async def tell() -> Done | Pending:
        work = await work_of(call, conversation)
        wish = _forced if asked.force else wish_of
        decision = await ask(call, wish(call, work, asked.to), conversation.id)
        if asked.note.strip():
            await _note(call, conversation.id, asked.note)
        return Done() if decision is not None else Pending()

    return await once(call, Done, tell)


async def _note(call: Call, conversation: str, text: str) -> None:
    """Word for whoever has it next; where it went on meanwhile, there."""
    note = WriteNote(desk=call.desk, conversation=conversation, text=text, by=call.actor.name)
    refused = await call.house.store.submit(note)
    if isinstance(refused, Refusal) and refused.code == "continued":
        await call.house.store.submit(replace(note, conversation=refused.extra["conversation"]))


def wish_of(call: Call, work: Work | None, target: str) -> AgentAsked:
    """One's own work is transferred; a supervisor assigns what is somebody else's or nobody's."""
    login = call.actor.login
    work_id, holder = (work.id, work.agent) if work is not None else ("", None)
    supervises = Permission.CONVERSATION_READ_ALL in call.actor.permissions
    if holder != login and supervises and target.startswith("agent:"):
        return AgentAsked(agent=login, verb="assign", work=work_id, target=target)
    owner = holder if supervises and holder else login
    return AgentAsked(agent=owner, verb="transfer", work=work_id, target=target)


def _may_force(call: Call, target: str) -> None:
    authorize(call.actor, Permission.CONVERSATION_READ_ALL)
    if not target.startswith("agent:"):
        raise Problem(
            "invalid_value",
            "Only a colleague can be given more than there is room for.",
            what_to_do="Leave `force` out: a queue takes it as it is.",
        )


def _forced(call: Call, work: Work | None, target: str) -> AgentAsked:
    """Whoever has it, if anybody: a supervisor gives it to a colleague, room or not."""
    work_id = work.id if work is not None else ""
    return AgentAsked(
        agent=call.actor.login, verb="assign", work=work_id, target=target, reason=FORCE
    )


@routes.post(
    "/api/v1/conversations/{id}/wrapup/end",
    allow=Permission.WORK_TAKE,
    answer=Done | Pending,
)
async def end_wrapup(call: Call) -> Done | Pending:
    """End the time after a conversation early."""
    return await _wrap_up(call, "wrapup_end")


@routes.post(
    "/api/v1/conversations/{id}/wrapup/extend",
    allow=Permission.WORK_TAKE,
    answer=Done | Pending,
)
async def extend_wrapup(call: Call) -> Done | Pending:
    """Ask for more time after a conversation, as often as its queue allows."""
    return await _wrap_up(call, "wrapup_extend")


async def _wrap_up(call: Call, verb: str) -> Done | Pending:
    conversation = await conversation_of(call)

    async def tell() -> Done | Pending:
        work = await live_work(call, conversation)
        wish = AgentAsked(agent=call.actor.login, verb=verb, work=work.id)
        return Done() if await ask(call, wish, conversation.id) else Pending()

    return await once(call, Done, tell)
