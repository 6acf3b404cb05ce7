"""From a message on, a conversation becomes one of its own.

The new one is what the old one was: open, whoever has it, whoever waits. The old one is over. So
a person still has one open conversation, and a message stands in one conversation only.
"""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.conversation import Conversation, Status
from gateway.domain.events import ConversationOpened, ConversationStatus
from gateway.domain.mergeevents import ConversationSplit, MessageMoved
from gateway.domain.message import Attachment, Message
from gateway.domain.outcome import Refusal
from gateway.verbs import continuing, person
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.refusals import MOVED_ON, not_found

MOST_MOVED = 200  # messages at once: one transaction holds the desk's lock for them

NOT_OPEN = Refusal(
    code="not_open",
    detail="This conversation is over.",
    what_to_do="Reopen it first, if something of it is still to be done.",
)
FROM_THE_FIRST = Refusal(
    code="from_the_first",
    detail="From the first message on it is the whole conversation.",
    what_to_do="Choose a later message.",
    status=422,
)
TOO_MANY_MESSAGES = Refusal(
    code="too_many_messages",
    detail=f"More than {MOST_MOVED} messages would move at once.",
    what_to_do="Choose a later message.",
    status=422,
)


class SplitConversation(msgspec.Struct, kw_only=True):
    """Let these messages, the last of a conversation, be one of their own."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    first: str  # the message that was chosen
    messages: tuple[str, ...]  # from that one to the newest, in order; none: it is not there
    whole: bool  # no message stands before them
    seq: int  # of the conversation when they were looked up: nothing came since then
    channel: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversation and what it has at hand; the messages and their files."""
        yield by_key(Conversation, self.conversation)
        yield from continuing.reads(view, self.conversation)
        conversation = view.peek(Conversation, self.conversation)
        if conversation is not None:
            yield from person.reads(view, conversation.contact)
        for message in self.messages:
            yield by_key(Message, message)
            yield by_index(Attachment, "message", message)

    def decide(self, change: Change) -> Conversation | Refusal:
        """The new conversation."""
        old = change.get(Conversation, self.conversation)
        if old is None or old.desk != self.desk:
            return not_found("conversation", self.conversation)
        if old.continued_in is not None:
            return continuing.gone_on(old.continued_in)
        if old.status is Status.RESOLVED:
            return NOT_OPEN
        if (refusal := self._refused(change, old)) is not None:
            return refusal
        whose = person.of(change, old.contact)
        assert whose is not None, f"conversation {old.id} has no contact"
        new = replace(
            old,
            id=change.new_id(),
            subject="",
            seq=0,
            opened_at=change.now,
            updated_at=change.now,
        )
        over = replace(
            old, status=Status.RESOLVED, open_of=None, resolved_at=change.now, elsewhere=""
        )
        change.put(over)
        change.put(new)
        change.put(replace(whose, conversation=new.id))
        change.audit(self.by, "conversation.split", old.id, f"into {new.id}")
        self._tell(change, over, new)
        return change.get(Conversation, new.id) or new

    def _refused(self, change: Change, old: Conversation) -> Refusal | None:
        if not self.messages:
            return not_found("message", self.first)
        if self.whole:
            return FROM_THE_FIRST
        if len(self.messages) > MOST_MOVED:
            return TOO_MANY_MESSAGES
        if old.seq != self.seq:
            return MOVED_ON
        return continuing.on_the_phone(change, old)

    def _tell(self, change: Change, old: Conversation, new: Conversation) -> None:
        opened = ConversationOpened(
            contact=new.contact,
            status=new.status,
            by=self.by,
            account=new.account,
            channel=self.channel,
        )
        change.record(opened, self.by, new)
        for message in self.messages:
            self._move(change, message, old, new)
        continuing.take_along(change, old, new, self.by)
        split = ConversationSplit(conversation=old.id, into=new.id, by=self.by)
        change.record(split, self.by, new)
        change.record(split, self.by, old)
        change.record(ConversationStatus(status=old.status, by=self.by), self.by, old)

    def _move(self, change: Change, ident: str, old: Conversation, new: Conversation) -> None:
        message = change.get(Message, ident)
        assert message is not None, f"message {ident} is gone"
        fact = change.record(
            MessageMoved(message=ident, conversation=old.id, by=self.by), self.by, new
        )
        assert fact.seq is not None
        change.put(replace(message, conversation=new.id, seq=fact.seq))
        for file in change.by(Attachment, "message", ident):
            change.put(replace(file, conversation=new.id))
