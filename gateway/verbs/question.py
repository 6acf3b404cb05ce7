"""Note what became of a conversation's first question."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from gateway.domain.conversation import Conversation, Status
from gateway.domain.outcome import Refusal
from gateway.domain.question import FirstQuestion, Outcome
from gateway.domain.scheduled import ReplyUnscheduled, Scheduled, ScheduledState
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.refusals import not_found


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A model's words that nobody was told, and why not: somebody decides about them."""

    author: str  # auto:<template>
    text: str
    reply: str  # JSON of the rest, as of any reply for later
    refused: Refusal


class NoteQuestion(msgspec.Struct, kw_only=True):
    """The first time counts: a question is looked at again only after a crash.

    What is kept for an agent stands among the replies for later, as one that could not go; of a
    conversation that is over by then nobody keeps anything.
    """

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    outcome: Outcome
    article: str = ""
    certain_percent: int = 0
    kept: Kept | None = None

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
        if self.kept is not None and conversation.status is not Status.RESOLVED:
            _keep(change, conversation, self.kept)
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


def _keep(change: Change, conversation: Conversation, kept: Kept) -> None:
    row = change.put(
        Scheduled(
            id=change.new_id(),
            desk=conversation.desk,
            conversation=conversation.id,
            identity=conversation.identity,
            author=kept.author,
            text=kept.text,
            reply=kept.reply,
            send_at=change.now,
            unless_answered=True,
            job="",
            by=kept.author,
            at=change.now,
            state=ScheduledState.REFUSED,
            reason=kept.refused.code,
            detail=kept.refused.detail,
        )
    )
    told = ReplyUnscheduled(
        scheduled=row.id, state=row.state, by=kept.author, reason=kept.refused.code
    )
    change.record(told, kept.author, conversation)
