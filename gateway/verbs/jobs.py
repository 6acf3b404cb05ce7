"""The jobs of a message: the one that sends it, and the one that watches over it while it waits.

And a conversation's: the one that answers it by itself. And errands, which are about themselves.
"""

import msgspec

from gateway.domain.clock import DAY_MS
from gateway.domain.conversation import Conversation
from gateway.domain.job import FirstAnswer, Job, JobKind, Patience
from gateway.domain.message import Message
from gateway.verbs.change import Change

HOLD_MS = 7 * DAY_MS  # how long a held reply waits unless the rulebook says otherwise
WARN_MS = DAY_MS  # before it expires; at most half of its time


def held_lane(contact: str) -> str:
    """The lane of all that waits for a customer: how accepting their message finds it."""
    return f"held:{contact}"


def send_lane(desk: str, account: str, identity: str) -> str:
    """The lane of all that an account sends to one address, whichever conversation it stands in:
    those are merged and split, and what was written first leaves first all the same. An account
    that is away holds up no other's."""
    return f"to:{desk}:{account}:{identity}"


def send_job(change: Change, message: Message, due_at: int) -> Job:
    """The job that sends a message."""
    lane = send_lane(message.desk, message.account, message.identity)
    return _job(change, message, JobKind.SEND, lane, due_at)


def held_job(change: Change, message: Message, contact: str, hold_ms: int) -> Job:
    """The job that warns before a held reply expires, and lets it expire."""
    until = change.now + hold_ms
    warn_at = until - min(WARN_MS, hold_ms // 2)
    job = _job(change, message, JobKind.HELD, held_lane(contact), warn_at)
    body = msgspec.json.encode(Patience(until=until)).decode()
    return msgspec.structs.replace(job, body=body)


def answer_job(change: Change, conversation: Conversation, template: str, due_at: int) -> Job:
    """A job that answers by itself, later; its key makes it once per conversation and template."""
    plea = FirstAnswer(conversation=conversation.id, template=template)
    return Job(
        id=change.new_id(),
        desk=change.desk.id,
        kind=JobKind.AUTO_REPLY,
        lane=f"auto:{conversation.id}",
        seq=change.head,
        due_at=due_at,
        created_at=change.now,
        key=f"{conversation.id}:{template}",
        account=conversation.account,
        body=msgspec.json.encode(plea).decode(),
    )


def errand(
    kind: JobKind,
    lane: str,
    what: msgspec.Struct,
    *,
    job: str,
    desk: str,
    seq: int,
    now: int,
    due_at: int | None = None,
    account: str = "",
) -> Job:
    """A job that does what its body says; at once, unless it is due later."""
    return Job(
        id=job,
        desk=desk,
        kind=kind,
        lane=lane,
        seq=seq,
        due_at=now if due_at is None else due_at,
        created_at=now,
        key=job,
        account=account,
        body=msgspec.json.encode(what).decode(),
    )


def _job(change: Change, message: Message, kind: JobKind, lane: str, due_at: int) -> Job:
    return Job(
        id=change.new_id(),
        desk=message.desk,
        kind=kind,
        lane=lane,
        seq=change.head,
        due_at=due_at,
        created_at=change.now,
        key=message.id,
        account=message.account,
    )
