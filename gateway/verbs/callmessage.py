"""Calls on the timeline: the call itself, what was left on tape, and the calls that we made."""

from msgspec.structs import replace

from gateway.contract.inbound import CallEvent, InboundAttachment, InboundMessage
from gateway.domain.call import VOICE, Call
from gateway.domain.conversation import Conversation
from gateway.domain.events import MessageChanged, MessageWritten
from gateway.domain.message import Direction, Message, MessageKind, MessageState
from gateway.verbs import incoming
from gateway.verbs.change import Change
from gateway.verbs.leg import actor_of


def as_message(
    event: CallEvent, call: Call | None = None, kind: MessageKind = MessageKind.CALL
) -> InboundMessage:
    """The event as the timeline tells it."""
    return InboundMessage(
        key=f"{kind}:{event.call}",
        sender=call.customer if call is not None else event.sender,
        recipient=f"tel:{call.local}" if call is not None else event.recipient,
        kind=kind,
    )


def recorded(
    change: Change,
    account: str,
    channel: str,
    policy: incoming.Policy,
    call: Call,
    event: CallEvent,
) -> tuple[Call, str | None]:
    """The recording, and what was said in it, in either order: one message."""
    if event.recording_url is None:
        return call, None
    if call.voicemail is None:
        wrapped = replace(
            as_message(event, call, MessageKind.VOICEMAIL),
            text=event.transcript or "",
            attachments=(_recording(event),),
        )
        message = incoming.apply(
            change, account, channel, replace(policy, first_answer=""), wrapped
        )
        call = change.put(replace(call, voicemail=message.id))
        return call, message.id
    voicemail = change.get(Message, call.voicemail)
    if voicemail is not None and event.transcript and not voicemail.text:
        change.put(replace(voicemail, text=event.transcript))
        conversation = change.get(Conversation, voicemail.conversation)
        told = MessageChanged(message=voicemail.id, by=actor_of(conversation), account=account)
        change.record(told, actor_of(conversation), conversation)
    return call, None


def _recording(event: CallEvent) -> InboundAttachment:
    assert event.recording_url is not None
    name = event.recording_url.rpartition("/")[2]
    return InboundAttachment(
        media_type="audio/wav", filename=f"{name}.wav", url=event.recording_url
    )


def outgoing(change: Change, conversation: Conversation, agent: str, account: str, to: str) -> str:
    """A call that we make, as the timeline tells it; the id of its message.

    It answers nothing yet, so it counts as written by itself.
    """
    message, author = change.new_id(), f"agent:{agent}" if agent else "auto:callback"
    fact = change.record(
        MessageWritten(
            message=message,
            by=author,
            account=account,
            channel=VOICE,
            state=MessageState.DELIVERED,
            automatic=True,
        ),
        author,
        conversation,
    )
    change.put(
        Message(
            id=message,
            desk=change.desk.id,
            conversation=conversation.id,
            seq=fact.seq or 0,
            account=account,
            direction=Direction.OUT,
            kind=MessageKind.CALL,
            author=author,
            identity=to,
            local="",
            text="",
            state=MessageState.DELIVERED,
            reason="",
            detail="",
            provider_id=None,
            in_reply_to=None,
            automatic=True,
            verified=True,
            at=change.now,
            provider_at=None,
            key=None,
            body="{}",
        )
    )
    return message
