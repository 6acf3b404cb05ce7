"""Who has a conversation: told to a provider that keeps it too, and heard from it."""

import msgspec
from msgspec.structs import replace

from gateway.contract.inbound import PresenceEvent
from gateway.domain.conversation import (
    Conversation,
    Identity,
    IllegalTransition,
    Status,
    Verb,
    advance,
)
from gateway.domain.events import ConversationStatus
from gateway.domain.job import Holder, JobKind
from gateway.verbs import person, scheduled
from gateway.verbs.change import Change
from gateway.verbs.jobs import errand, send_lane

AT_PROVIDER = "channel:"  # begins the name of who did what was done there


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation has another holder: an agent, a queue, or nobody any more."""

    conversation: str
    agent: str = ""
    queue: str = ""
    over: bool = False


def tell(change: Change, handed: Handed, keepers: frozenset[str]) -> None:
    """Have the provider told, if it is a keeper, after all that is on its way to the customer."""
    conversation = change.get(Conversation, handed.conversation)
    if conversation is None or conversation.account not in keepers:
        return
    holder = Holder(
        recipient=conversation.identity,
        sender=conversation.local,
        agent=handed.agent,
        queue=handed.queue,
        over=handed.over,
    )
    lane = send_lane(change.desk.id, conversation.account, conversation.identity)
    change.put(
        errand(
            JobKind.SESSION,
            lane,
            holder,
            job=change.new_id(),
            desk=change.desk.id,
            seq=change.head,
            now=change.now,
            account=conversation.account,
        )
    )


def heard(change: Change, account: str, event: PresenceEvent) -> None:
    """A person at the provider took the conversation, which is then on hold; or ended it."""
    identity = change.get(Identity, change.desk.id, event.sender)
    contact = person.of(change, identity.contact) if identity is not None else None
    name = contact.conversation if contact is not None else None
    conversation = change.get(Conversation, name) if name is not None else None
    if conversation is None or (conversation.account, conversation.identity) != (
        account,
        event.sender,
    ):
        return
    try:
        status = advance(conversation.status, Verb.HOLD if event.elsewhere else Verb.RESOLVE)
    except IllegalTransition:
        return  # it is over already
    elsewhere = account if status is Status.ON_HOLD else ""
    if (status, elsewhere) == (conversation.status, conversation.elsewhere):
        return
    if status is Status.RESOLVED:
        conversation = replace(conversation, open_of=None, resolved_at=change.now)
    moved = change.put(replace(conversation, status=status, elsewhere=elsewhere))
    by = AT_PROVIDER + account
    change.record(ConversationStatus(status=status, by=by), by, moved)
    if status is Status.RESOLVED:
        scheduled.resolved(change, moved, by)
