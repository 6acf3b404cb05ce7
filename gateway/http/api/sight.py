"""How a handler gets at a conversation: only if whoever asks may see it."""

from msgspec.structs import replace

from gateway.domain.conversation import Conversation
from gateway.http.errors import Problem
from gateway.http.policy import Permission, authorize
from gateway.http.routes import Call
from gateway.store.queries import http_rows
from gateway.store.queries.http_scope import accounts_of


async def conversation_of(call: Call, name: str = "id") -> Conversation:
    """The conversation that the path names. Raises Problem 404 when it is out of sight."""
    return await seen(call, call.param(name))


async def seen(call: Call, conversation_id: str) -> Conversation:
    """The conversation of this id. Raises Problem 404 when it is out of sight."""
    found = await call.house.store.read(http_rows.seen_conversation, call.desk, conversation_id)
    if found is None:
        raise Problem("not_found", f"There is no conversation {conversation_id}.")
    conversation, who = found
    if call.actor.accounts:
        over = await call.house.store.read(accounts_of, [conversation_id])
        who = replace(who, accounts=over[conversation_id])
    authorize(call.actor, Permission.CONVERSATION_READ, who)
    return conversation


def own_account(call: Call, account: str | None) -> None:
    """A program that is bound to accounts sends by no other."""
    mine = call.actor.accounts
    if mine and account is not None and account not in mine:
        raise Problem("forbidden", f"This token may not send by {account}.")
