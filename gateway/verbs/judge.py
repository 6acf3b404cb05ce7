"""Correct what a conversation was taken for."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from gateway.domain.conversation import Conversation
from gateway.domain.events import ConversationCorrected, Event
from gateway.domain.outcome import Refusal
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.refusals import not_found


class Correct(msgspec.Struct, kw_only=True):
    """What an agent says of a conversation, as a fact; routing is the owner's to change."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    by: str  # agent:<login>
    category: str | None = None
    anger: int | None = None
    urgency: int | None = None

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversation."""
        yield by_key(Conversation, self.conversation)

    def decide(self, change: Change) -> Event | Refusal:
        """The fact, with its position."""
        conversation = change.get(Conversation, self.conversation)
        if conversation is None or conversation.desk != self.desk:
            return not_found("conversation", self.conversation)
        fact = ConversationCorrected(
            by=self.by, category=self.category, anger=self.anger, urgency=self.urgency
        )
        return change.record(fact, self.by, conversation)
