"""The nudge: where a window has closed, one message that the provider approved asks for a word."""

import msgspec

from gateway.domain.conversation import Conversation
from gateway.domain.desk import Budget
from gateway.domain.events import MessageWritten
from gateway.domain.ids import scheme_of
from gateway.domain.message import (
    ApprovedTemplate,
    Direction,
    Message,
    MessageBody,
    MessageKind,
    MessageState,
)
from gateway.verbs import ways
from gateway.verbs.change import Change, Lookup, by_key
from gateway.verbs.jobs import send_job

AUTHOR = "auto:nudge"


def lookup(desk: str, account: str, identity: str) -> Lookup:
    """The row that tells when an address was last nudged."""
    return by_key(Budget, desk, _name(account, identity))


def _name(account: str, identity: str) -> str:
    return f"nudged:{account}:{identity}"


def nudge(
    change: Change, template: ApprovedTemplate, conversation: Conversation, held: Message
) -> None:
    """Send it once until the customer writes again, however much is held meanwhile."""
    desk, name = change.desk.id, _name(held.account, held.identity)
    nudged = change.get(Budget, desk, name)
    heard = change.get(Budget, desk, ways.name_of(held.account, held.identity))
    if nudged is not None and nudged.since > (heard.since if heard is not None else 0):
        return
    change.put(Budget(desk=desk, name=name, since=change.now, used=1))
    message_id = change.new_id()
    fact = change.record(
        MessageWritten(
            message=message_id,
            by=AUTHOR,
            account=held.account,
            channel=scheme_of(held.identity),
            state=MessageState.QUEUED,
            automatic=True,
        ),
        AUTHOR,
        conversation,
    )
    assert fact.seq is not None
    body = MessageBody(approved=template)
    message = Message(
        id=message_id,
        desk=desk,
        conversation=conversation.id,
        seq=fact.seq,
        account=held.account,
        direction=Direction.OUT,
        kind=MessageKind.INTERACTIVE,
        author=AUTHOR,
        identity=held.identity,
        local=held.local,
        text=template.text or template.name,
        state=MessageState.QUEUED,
        reason="",
        detail="",
        provider_id=None,
        in_reply_to=None,
        automatic=True,
        verified=True,
        at=change.now,
        provider_at=None,
        key=None,
        body=msgspec.json.encode(body).decode(),
    )
    change.put(send_job(change, change.put(message), due_at=change.now))
