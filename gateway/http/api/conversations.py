"""Conversations: lists, one of them, its timeline, its status, why it is where it is."""

from typing import Annotated, Literal

import msgspec
from sqlalchemy import Connection

from config.rulebook import Queue, Wrapup
from gateway.domain import call as phone
from gateway.domain.clock import rfc3339
from gateway.domain.conversation import Conversation, Identity, Verb
from gateway.domain.desk import Budget
from gateway.domain.ids import address_of, scheme_of
from gateway.domain.work import Work
from gateway.http.api.calls import CallView, call_view
from gateway.http.api.contacts import ContactWhole, contact_whole
from gateway.http.api.sight import conversation_of
from gateway.http.errors import Problem
from gateway.http.limits import Count
from gateway.http.policy import Permission, allowed, scope_of
from gateway.http.routes import MAX_PAGE, PAGE, Call, Routes
from gateway.http.shed import Weight
from gateway.http.writes import submit
from gateway.pipeline.accounts import Account
from gateway.store.queries import calls, http_people, http_rows, http_timeline
from gateway.stream import Whisper
from gateway.stream.basis import At, Shape, maybe_at
from gateway.stream.hub import conversation_topic
from gateway.stream.shapes import ConversationRow, Item, conversation_row, items, row_fields
from gateway.verbs import ways
from gateway.verbs.conversation import SetStatus
from routing.rows import WorkPhase, WorkState

routes = Routes("Conversations")

Limit = Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)]


class ListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which conversations, and from where on."""

    view: Literal["mine", "waiting", "all", "resolved"] = "all"
    queue: str = ""
    channel: str = ""
    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    cursor: str = ""
    limit: Limit = PAGE


class ConversationPage(Shape, frozen=True, kw_only=True):
    """A page of them, the last changed first."""

    items: tuple[ConversationRow, ...]
    next: str | None


class Door(Shape, frozen=True, kw_only=True):
    """A way to reach the customer, and whether it is open."""

    account: str
    channel: str
    identity: str
    address: str
    usable: bool
    why_not: str | None
    holds: bool  # what is written now waits for the customer's next message
    window_closes_at: At | None
    messages_left: int | None  # of the channel's budget; null where it has none


class WrapupView(Shape, frozen=True, kw_only=True):
    """The time after a conversation. extensions: how often its agent may still ask for more."""

    until: At | None
    extensions: int


class ConversationView(ConversationRow, frozen=True, kw_only=True):
    """A conversation with who it is with, how they can be reached, and what you may do."""

    contact: ContactWhole  # type: ignore[assignment]
    channels: tuple[Door, ...]
    calls: tuple[CallView, ...]  # the newest first
    wrapup: WrapupView | None
    can: dict[str, bool]


class TimelineQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Before or after a seq; without either, the newest."""

    before: Count | None = None
    after: Count | None = None
    limit: Limit = PAGE


class Timeline(Shape, frozen=True, kw_only=True):
    """A stretch of a conversation, the oldest first; `more` lies beyond it."""

    items: tuple[Item, ...]
    more: bool


class StatusBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do with it."""

    verb: Literal["hold", "wake", "snooze", "resolve", "reopen"]


class ReadBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to which seq you have read."""

    seq: Count


@routes.get(
    "/api/v1/conversations",
    allow=Permission.CONVERSATION_READ,
    query=ListQuery,
    answer=ConversationPage,
)
async def list_conversations(call: Call) -> ConversationPage:
    """Conversations you may see: yours, those that wait, all that are open, resolved ones."""
    asked: ListQuery = call.query
    accounts = None
    if asked.channel:
        accounts = tuple(
            a.id for a in call.house.accounts.values() if asked.channel in (a.channel, a.id)
        )
    wanted = http_rows.Wanted(
        view=asked.view,
        login=call.actor.login,
        queue=asked.queue,
        channel_accounts=accounts,
        words=asked.q.strip(),
    )
    try:
        found, more = await call.house.store.read(
            http_rows.listed, call.desk, scope_of(call.actor), wanted, asked.cursor, asked.limit
        )
    except http_rows.BadCursor as error:
        raise Problem("invalid_query", str(http_rows.BadCursor.__doc__)) from error
    channel_of = call.house.channel_of
    return ConversationPage(items=tuple(conversation_row(b, channel_of) for b in found), next=more)


async def row_of(call: Call, conversation: str) -> ConversationRow:
    """A conversation as its list has it now."""
    found = await call.house.store.read(http_rows.bundle, conversation)
    if found is None:
        raise Problem("not_found")
    return conversation_row(found, call.house.channel_of)


@routes.get(
    "/api/v1/conversations/{id}", allow=Permission.CONVERSATION_READ, answer=ConversationView
)
async def read_conversation(call: Call) -> ConversationView:
    """One conversation."""
    conversation = await conversation_of(call)
    bundle, person, history, heard, made = await call.house.store.read(_whole, call, conversation)
    if bundle is None or person is None:
        raise Problem("not_found")
    now = call.house.clock.now_ms()
    fields = row_fields(bundle, call.house.channel_of)
    fields["contact"] = contact_whole(call, person, history)
    return ConversationView(
        **fields,
        channels=tuple(
            door
            for identity in person.identities
            if (door := _door(call.house.accounts.get(identity.account), identity, heard, now))
        ),
        calls=tuple(call_view(each) for each in made),
        wrapup=_wrapup(call, bundle.work),
        can=_can(call),
    )


def _whole(
    connection: Connection, call: Call, conversation: Conversation
) -> tuple[
    http_rows.Bundle | None,
    http_people.Person | None,
    list[http_rows.Bundle],
    dict[str, Budget],
    list[phone.Call],
]:
    """It, whom it is with, that person's conversations, when each address last wrote, its calls."""
    bundle = http_rows.bundle(connection, conversation.id)
    person = http_people.person(connection, call.desk, conversation.contact, scope_of(call.actor))
    history = http_rows.bundles(connection, person.conversations) if person is not None else []
    addresses = person.identities if person is not None else ()
    names = [ways.name_of(identity.account, identity.urn) for identity in addresses]
    heard = http_rows.budgets(connection, call.desk, names)
    return bundle, person, history, heard, calls.of_conversation(connection, conversation.id)


def _wrapup(call: Call, work: Work | None) -> WrapupView | None:
    if work is None or work.state != WorkPhase.WRAPUP:
        return None
    state = msgspec.json.decode(work.body, type=WorkState)
    queue = call.house.dispatch.rulebook.queues.get(work.queue, Queue())
    policy = queue.wrapup.get(work.channel, Wrapup())  # a channel's own is never made longer
    left = policy.extensions - state.extensions if state.wrapup_until is not None else 0
    return WrapupView(until=maybe_at(state.wrapup_until), extensions=max(left, 0))


def _door(
    account: Account | None, identity: Identity, heard: dict[str, Budget], now: int
) -> Door | None:
    """Whether a reply may go to this address now, how long and how often still."""
    if account is None:
        return None
    limits = ways.limits_of(account.capabilities)
    last = heard.get(ways.name_of(account.id, identity.urn))
    closes_at, left = ways.meter(limits, last)
    shut = ways.shut(limits, last, now)
    return Door(
        account=account.id,
        channel=account.channel,
        identity=identity.urn,
        address=address_of(identity.urn) or scheme_of(identity.urn),
        usable=shut is None and not identity.opted_out,
        why_not="opted_out" if identity.opted_out else shut and shut.reason,
        holds=shut is not None and not identity.opted_out,
        window_closes_at=rfc3339(closes_at) if closes_at is not None else None,
        messages_left=left,
    )


_CAN = {
    "reply": Permission.MESSAGE_SEND,
    "note": Permission.NOTE_WRITE,
    "status": Permission.CONVERSATION_WRITE,
    "take": Permission.WORK_TAKE,
    "transfer": Permission.WORK_TAKE,
    "contact": Permission.CONTACT_WRITE,
    "merge": Permission.CONTACT_MERGE,
}


def _can(call: Call) -> dict[str, bool]:
    return {what: allowed(call.actor, permission) for what, permission in _CAN.items()}


@routes.get(
    "/api/v1/conversations/{id}/timeline",
    allow=Permission.CONVERSATION_READ,
    query=TimelineQuery,
    answer=Timeline,
    weight=Weight.HISTORY,
)
async def read_timeline(call: Call) -> Timeline:
    """Messages, notes and what happened between them."""
    conversation = await conversation_of(call)
    asked: TimelineQuery = call.query
    found = await call.house.store.read(
        http_timeline.timeline,
        call.desk,
        conversation.id,
        before=asked.before,
        after=asked.after,
        limit=asked.limit,
    )
    return Timeline(items=tuple(items(found, call.house.channel_of)), more=found.more)


async def _set_status(call: Call, verb: str) -> ConversationRow:
    conversation = await conversation_of(call)
    command = SetStatus(
        desk=call.desk, conversation=conversation.id, verb=Verb(verb), by=call.actor.name
    )
    await submit(call, command, Conversation)
    return await row_of(call, conversation.id)


@routes.post(
    "/api/v1/conversations/{id}/status",
    allow=Permission.CONVERSATION_WRITE,
    body=StatusBody,
    answer=ConversationRow,
)
async def set_status(call: Call) -> ConversationRow:
    """Hold, wake, snooze, resolve or reopen it."""
    return await _set_status(call, call.body.verb)


@routes.post(
    "/api/v1/conversations/{id}/hold",
    allow=Permission.CONVERSATION_WRITE,
    answer=ConversationRow,
)
async def hold(call: Call) -> ConversationRow:
    """Put it on hold: somebody else in the house must act first."""
    return await _set_status(call, "hold")


@routes.post(
    "/api/v1/conversations/{id}/resolve",
    allow=Permission.CONVERSATION_WRITE,
    answer=ConversationRow,
)
async def resolve(call: Call) -> ConversationRow:
    """It is done."""
    return await _set_status(call, "resolve")


@routes.post(
    "/api/v1/conversations/{id}/reopen",
    allow=Permission.CONVERSATION_WRITE,
    answer=ConversationRow,
)
async def reopen(call: Call) -> ConversationRow:
    """It is not done after all."""
    return await _set_status(call, "reopen")


@routes.post(
    "/api/v1/conversations/{id}/typing",
    allow=Permission.MESSAGE_SEND,
    weight=Weight.WHISPER,
)
async def typing(call: Call) -> None:
    """You are writing an answer."""
    conversation = await conversation_of(call)
    call.house.stream.whisper(
        Whisper(
            topic=conversation_topic(conversation.id),
            kind="typing",
            who=call.actor.name,
            name=call.actor.login,
        )
    )


@routes.post(
    "/api/v1/conversations/{id}/read",
    allow=Permission.CONVERSATION_READ,
    body=ReadBody,
    weight=Weight.WHISPER,
)
async def read_up_to(call: Call) -> None:
    """You have read up to a seq; a visitor in web chat sees it."""
    conversation = await conversation_of(call)
    seq = min(call.body.seq, conversation.seq)
    position = await call.house.store.read(http_timeline.position_of, conversation.id, seq)
    if position is not None and allowed(call.actor, Permission.MESSAGE_SEND):
        call.house.stream.whisper(
            Whisper(
                topic=conversation_topic(conversation.id),
                kind="read",
                who=call.actor.name,
                seq=position,
            )
        )
