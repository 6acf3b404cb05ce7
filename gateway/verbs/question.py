"""Note what became of a conversation's first question."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from gateway.domain.conversation import Conversation
from gateway.domain.outcome import Refusal
from gateway.domain.question import FirstQuestion, Outcome
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.refusals import not_found


class NoteQuestion(msgspec.Struct, kw_only=True):
    """The first time counts: a question is looked at again only after a crash."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    outcome: Outcome
    article: str = ""
    certain_percent: int = 0

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversation, and what was noted."""
        yield by_key(Conversation, self.conversation)
        yield by_key(FirstQuestion, self.conversation)

    def decide(self, change: Change) -> FirstQuestion | Refusal:
        """The question as it is noted."""
        conversation = change.get(Conversation, self.conversation)
        if conversation is None or conversation.desk != self.desk:
            return not_found("conversation", self.conversation)
        before = change.get(FirstQuestion, self.conversation)
        if before is not None:
            return before
        return change.put(
            FirstQuestion(
                conversation=self.conversation,
                desk=self.desk,
                outcome=self.outcome,
                article=self.article,
                certain_percent=self.certain_percent,
                at=change.now,
            )
        )
