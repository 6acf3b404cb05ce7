"""Move a conversation along, write notes on it."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.conversation import (
    Conversation,
    IllegalTransition,
    Status,
    Verb,
    advance,
)
from gateway.domain.events import ConversationStatus, NoteWritten
from gateway.domain.message import Note
from gateway.domain.outcome import Refusal
from gateway.verbs import continuing, person, scheduled
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.refusals import MOVED_ON, not_found


class SetStatus(msgspec.Struct, kw_only=True):
    """Hold, snooze, wake, resolve or reopen a conversation."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    verb: Verb
    by: str  # agent:<login>
    unmoved: int | None = None  # nothing has happened since this event of the conversation

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversation, and whether its contact has another one open."""
        yield by_key(Conversation, self.conversation)
        conversation = view.peek(Conversation, self.conversation)
        if conversation is not None:
            contact = yield from person.reads(view, conversation.contact)
            if contact is not None:
                yield by_index(Conversation, "open_of", contact.id)
        if self.verb is Verb.RESOLVE:
            yield from scheduled.reads_live(view, self.conversation)

    def decide(self, change: Change) -> Conversation | Refusal:
        """The conversation in its new status; doing it twice is fine."""
        conversation = change.get(Conversation, self.conversation)
        if conversation is None or conversation.desk != self.desk:
            return not_found("conversation", self.conversation)
        if conversation.continued_in is not None:
            return continuing.gone_on(conversation.continued_in)
        if self.unmoved is not None and conversation.seq != self.unmoved:
            return MOVED_ON
        try:
            status = advance(conversation.status, self.verb)
        except IllegalTransition:
            return Refusal(
                code="illegal_status",
                detail=f"A conversation that is {conversation.status} cannot {self.verb}.",
                what_to_do="Look at it again: a colleague may have moved it.",
            )
        if status is conversation.status:
            return conversation
        resolved = status is Status.RESOLVED
        contact = person.of(change, conversation.contact)
        assert contact is not None, f"conversation {conversation.id} has no contact"
        others = change.by(Conversation, "open_of", contact.id)
        if not resolved and any(other.id != conversation.id for other in others):
            return Refusal(
                code="another_open",
                detail="This customer has another conversation open.",
                what_to_do="Go on in that one.",
                extra={"conversation": others[0].id},
            )
        moved = change.put(
            replace(
                conversation,
                status=status,
                open_of=None if resolved else contact.id,
                resolved_at=change.now if resolved else None,
                elsewhere="",
            )
        )
        if not resolved and contact.conversation != moved.id:
            change.put(replace(contact, conversation=moved.id))  # where the customer goes on
        change.record(ConversationStatus(status=status, by=self.by), self.by, moved)
        if resolved:
            scheduled.resolved(change, moved, self.by)
        return change.get(Conversation, moved.id) or moved


class WriteNote(msgspec.Struct, kw_only=True):
    """Words for colleagues; no customer ever sees them."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    text: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversation."""
        yield by_key(Conversation, self.conversation)

    def decide(self, change: Change) -> Note | Refusal:
        """The note as it stands."""
        conversation = change.get(Conversation, self.conversation)
        if conversation is None or conversation.desk != self.desk:
            return not_found("conversation", self.conversation)
        if conversation.continued_in is not None:
            return continuing.gone_on(conversation.continued_in)
        note_id = change.new_id()
        fact = change.record(NoteWritten(note=note_id, by=self.by), self.by, conversation)
        assert fact.seq is not None
        return change.put(
            Note(
                id=note_id,
                desk=self.desk,
                conversation=self.conversation,
                seq=fact.seq,
                author=self.by,
                text=self.text,
                at=change.now,
            )
        )
