"""What a delivery report changes: how far one of our messages got."""

from collections.abc import Iterable

from msgspec.structs import replace

from gateway.contract.inbound import DeliveryReport
from gateway.domain.conversation import Conversation, Identity
from gateway.domain.delivery import EarlyReport
from gateway.domain.events import IdentityChanged, MessageChanged, MessageSettled
from gateway.domain.job import Job, JobKind, JobState
from gateway.domain.message import Direction, Message, MessageState, later
from gateway.verbs.change import Change, Lookup, View, by_index, by_key

SYSTEM = "system"
WAITING = "waiting"  # what `message.changed` says of a message that must wait for its provider


def reads(view: View, desk: str, account: str, event: DeliveryReport) -> Iterable[Lookup]:
    """The message it tells of, by our id or the provider's, and that message's job."""
    if event.message is not None:
        yield by_key(Message, event.message)
    if event.provider_message is not None:
        yield by_index(Message, "provider", account, event.provider_message)
    if event.recipient is not None:
        yield by_key(Identity, desk, event.recipient)
    message = find(view, account, event)
    if message is not None:
        yield by_key(Conversation, message.conversation)
        yield by_key(Identity, desk, message.identity)
        yield by_index(Job, "key", JobKind.SEND, message.id)


def find(view: View, account: str, event: DeliveryReport) -> Message | None:
    """The message of ours a report tells of; None while nobody knows it. Of a customer's message
    there is nothing to tell: its id is known to others too, and proves nothing about us."""
    if event.message is not None:
        own = view.peek(Message, event.message)
        if own is not None and own.account == account and own.direction is Direction.OUT:
            return own
    if event.provider_message is None:
        return None
    found = view.peek_by(Message, "provider", account, event.provider_message)
    return next((each for each in found if each.direction is Direction.OUT), None)


def apply(change: Change, account: str, event: DeliveryReport) -> str | None:
    """Settle the message, or keep the report until its message is known; the message's id."""
    if event.opted_out and event.recipient is not None:
        set_opted_out(change, event.recipient, True)
    message = find(change.view, account, event)
    if message is None:
        _keep(change, account, event)
        return None
    if message.state is MessageState.HELD:
        return message.id  # of a try that is over: it goes anew, when its customer has written
    if event.opted_out:
        set_opted_out(change, message.identity, True)
    named = event.provider_message if message.provider_id is None else None
    settle(change, message, event.state, event.reason or "", detail_of(event), named)
    for job in change.by(Job, "key", JobKind.SEND, message.id):
        if job.state is JobState.READY:  # the provider has it: there is nothing left to try
            change.delete(job)
    return message.id


def detail_of(event: DeliveryReport) -> str:
    """What the provider says of it, in a line."""
    return " ".join(part for part in (event.code, event.detail) if part)


def _keep(change: Change, account: str, event: DeliveryReport) -> None:
    if event.provider_message is None:
        return
    change.put(
        EarlyReport(
            account=account,
            provider_message=event.provider_message,
            key=event.key,
            desk=change.desk.id,
            state=event.state,
            reason=event.reason or "",
            detail=detail_of(event),
            at=change.now,
        )
    )


def settle(
    change: Change,
    message: Message,
    state: MessageState,
    reason: str,
    detail: str,
    provider_id: str | None = None,
    *,
    by: str = SYSTEM,
) -> Message:
    """Move a message to the further of its state and this one, and tell of it."""
    further = later(message.state, state)
    provider_id = provider_id or message.provider_id
    if further is message.state and provider_id == message.provider_id:
        return message
    moved = further is not message.state
    failed = further in (MessageState.FAILED, MessageState.UNKNOWN)
    settled = change.put(
        replace(
            message,
            state=further,
            provider_id=provider_id,
            reason=(reason if moved else message.reason) if failed else "",
            detail=(detail if moved else message.detail) if failed else "",
        )
    )
    if moved:
        change.record(
            MessageSettled(
                message=message.id, state=further, provider_id=provider_id, reason=settled.reason
            ),
            by,
            change.get(Conversation, message.conversation),
        )
    return settled


def put_off(change: Change, message: Message, reason: str, detail: str) -> Message:
    """Say why a message has not gone yet, or why nobody knows; its job says when it goes on."""
    waits = change.put(replace(message, reason=reason, detail=detail))
    change.record(
        MessageChanged(message=message.id, by=SYSTEM, account=message.account, state=WAITING),
        SYSTEM,
        change.get(Conversation, message.conversation),
    )
    return waits


def set_opted_out(change: Change, urn: str, opted_out: bool) -> None:
    """Remember whether an address wants messages."""
    identity = change.get(Identity, change.desk.id, urn)
    if identity is None or identity.opted_out == opted_out:
        return
    change.put(replace(identity, opted_out=opted_out))
    change.record(
        IdentityChanged(identity=urn, opted_out=opted_out, by=f"contact:{identity.contact}"),
        f"contact:{identity.contact}",
    )
