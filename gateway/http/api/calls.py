"""The telephone in an agent's hand: hold, hang up, and the browser as a telephone."""

from typing import Protocol, runtime_checkable

import msgspec

from gateway.domain import call as phone
from gateway.http.api.sight import conversation_of
from gateway.http.errors import Problem
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.writes import submit
from gateway.stream.shapes import Shape
from gateway.verbs.callwork import HangUpCall, HoldCall

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


class CallView(Shape, frozen=True, kw_only=True):
    """A call as it stands."""

    id: str
    state: str
    held: bool


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
    return _view(await submit(call, command, phone.Call))


@routes.post("/api/v1/conversations/{id}/call/hangup", allow=Permission.WORK_TAKE, answer=CallView)
async def hang_up(call: Call) -> CallView:
    """End the call for everybody."""
    conversation = await conversation_of(call)
    command = HangUpCall(conversation=conversation.id)
    return _view(await submit(call, command, phone.Call))


def _view(found: phone.Call) -> CallView:
    return CallView(id=found.id, state=found.state, held=found.held)


@routes.get("/api/v1/me/softphone", allow=Permission.WORK_TAKE, answer=SoftphoneToken)
async def softphone(call: Call) -> SoftphoneToken:
    """A token of the first account that lets browsers be telephones."""
    for account in call.house.accounts.values():
        adapter = account.adapter
        token = adapter.softphone(call.actor.login) if isinstance(adapter, Softphones) else ""
        if token:
            return SoftphoneToken(account=account.id, token=token)
    raise Problem("not_found", "No account lets a browser be a telephone.", status=404)
