"""The telephone in an agent's hand: hold, hang up, and the browser as a telephone."""

from typing import Protocol, runtime_checkable

import msgspec

from gateway.domain import call as phone
from gateway.domain.clock import rfc3339
from gateway.domain.events import AgentAsked
from gateway.http.api.sight import conversation_of
from gateway.http.errors import Problem
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.writes import ask, submit
from gateway.stream.basis import At, Shape, maybe_at
from gateway.verbs.callwork import ConsultAgent, HangUpCall, HoldCall

routes = Routes("Calls")


@runtime_checkable
class Softphones(Protocol):
    """Optional power of an account: browsers may be telephones."""

    def softphone(self, login: str) -> str:
        """A token for this login's browser; "" when no key is set."""
        ...


class Holding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the customer hears music."""

    held: bool


class Consulting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The log-in of whom to ask."""

    agent: str


class CallView(Shape, frozen=True, kw_only=True):
    """A call as it stands."""

    id: str
    message: str  # that tells of it on the timeline
    state: str
    outcome: str  # of an ended one: answered, abandoned, voicemail, callback, unreached
    held: bool
    started_at: At
    connected_at: At | None
    ended_at: At | None


class SoftphoneToken(Shape, frozen=True, kw_only=True):
    """With this the provider's library makes a browser your telephone, for an hour."""

    account: str
    token: str


@routes.post(
    "/api/v1/conversations/{id}/call/hold",
    allow=Permission.WORK_TAKE,
    body=Holding,
    answer=CallView,
)
async def hold(call: Call) -> CallView:
    """Let the customer hear music, or speak again."""
    conversation = await conversation_of(call)
    command = HoldCall(conversation=conversation.id, held=call.body.held)
    return call_view(await submit(call, command, phone.Call))


@routes.post(
    "/api/v1/conversations/{id}/call/consult",
    allow=Permission.WORK_TAKE,
    body=Consulting,
    answer=CallView,
)
async def consult(call: Call) -> CallView:
    """Ring a colleague who has room, while the customer hears music.

    The work weighs on both; a transfer to them hands it over at once, and ends your part.
    """
    conversation = await conversation_of(call)
    if call.body.agent not in call.house.dispatch.rulebook.agents:
        raise Problem("not_found", "There is no such agent.", status=404)
    held = await submit(call, ConsultAgent(conversation=conversation.id), phone.Call)
    target = f"agent:{call.body.agent}"
    wish = AgentAsked(agent=call.actor.login, verb="consult", target=target)
    try:
        await ask(call, wish, conversation.id)
    except Problem:
        await submit(call, HoldCall(conversation=conversation.id, held=False), phone.Call)
        raise
    return call_view(held)


@routes.post("/api/v1/conversations/{id}/call/hangup", allow=Permission.WORK_TAKE, answer=CallView)
async def hang_up(call: Call) -> CallView:
    """End the call for everybody; its customer is asked how it went before, where that is wanted.

    Pressed once more, it is over for them, too.
    """
    conversation = await conversation_of(call)
    surveyed = call.house.dispatch.inforce.surveys_callers
    command = HangUpCall(conversation=conversation.id, surveyed=surveyed)
    return call_view(await submit(call, command, phone.Call))


def call_view(found: phone.Call) -> CallView:
    """A call as people are shown it."""
    return CallView(
        id=found.id,
        message=found.message,
        state=found.state,
        outcome=found.outcome,
        held=found.held,
        started_at=rfc3339(found.started_at),
        connected_at=maybe_at(found.connected_at),
        ended_at=maybe_at(found.ended_at),
    )


@routes.get("/api/v1/me/softphone", allow=Permission.WORK_TAKE, answer=SoftphoneToken)
async def softphone(call: Call) -> SoftphoneToken:
    """A token of the first account that lets browsers be telephones."""
    for account in call.house.accounts.values():
        adapter = account.adapter
        token = adapter.softphone(call.actor.login) if isinstance(adapter, Softphones) else ""
        if token:
            return SoftphoneToken(account=account.id, token=token)
    raise Problem("not_found", "No account lets a browser be a telephone.", status=404)
