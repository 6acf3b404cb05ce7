"""How far a visitor of web chat is: the delivery report of that channel."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.access import Visitor
from gateway.domain.conversation import Conversation
from gateway.domain.message import Message, MessageState
from gateway.verbs import report
from gateway.verbs.change import Change, Lookup, View, by_key


class MarkChat(msgspec.Struct, kw_only=True):
    """Answers have come to a visitor's browser, or were read there.

    Of these messages only the visitor's own are moved, and none of them back.
    """

    failpoint: ClassVar[str] = "write"

    visitor: str  # hash of the token
    seq: int  # up to where in the log all was read
    read: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()

    def reads(self, view: View) -> Iterable[Lookup]:
        """The visitor, the messages, and where they stand."""
        yield by_key(Visitor, self.visitor)
        for message_id in (*self.read, *self.delivered):
            yield by_key(Message, message_id)
            message = view.peek(Message, message_id)
            if message is not None:
                yield by_key(Conversation, message.conversation)

    def decide(self, change: Change) -> int:
        """How far the visitor has read; it never goes back."""
        visitor = change.get(Visitor, self.visitor)
        if visitor is None:
            return 0
        for message_id in self.read:
            _settle(change, visitor, message_id, MessageState.READ)
        for message_id in self.delivered:
            _settle(change, visitor, message_id, MessageState.DELIVERED)
        if self.read and self.seq > visitor.read_seq:
            change.put(replace(visitor, read_seq=self.seq))
        return max(self.seq, visitor.read_seq)


def _settle(change: Change, visitor: Visitor, message_id: str, state: MessageState) -> None:
    message = change.get(Message, message_id)
    if message is None or (message.desk, message.identity) != (visitor.desk, visitor.urn):
        return
    report.settle(change, message, state, "", "")  # the visitor's own words are RECEIVED for ever
