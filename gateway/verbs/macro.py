"""Do several things in one transaction, and put back what can be put back."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.conversation import Conversation, Status, Verb
from gateway.domain.events import Event
from gateway.domain.judgement import Judgement
from gateway.domain.macro import MacroRan
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.verbs import person, usage
from gateway.verbs.change import Change, Command, Lookup, View, by_key
from gateway.verbs.contact import EditContact
from gateway.verbs.conversation import SetStatus
from gateway.verbs.judge import Correct
from gateway.verbs.refusals import not_found
from gateway.verbs.work import Ask

# By where a macro left it and where it stood before: what puts it back. Pending comes of a reply
# alone, and a reply is not taken back.
BACK: dict[tuple[Status, Status], tuple[Verb, ...]] = {
    (Status.RESOLVED, Status.OPEN): (Verb.REOPEN,),
    (Status.RESOLVED, Status.ON_HOLD): (Verb.REOPEN, Verb.HOLD),
    (Status.RESOLVED, Status.SNOOZED): (Verb.REOPEN, Verb.SNOOZE),
    (Status.ON_HOLD, Status.OPEN): (Verb.WAKE,),
    (Status.ON_HOLD, Status.SNOOZED): (Verb.SNOOZE,),
    (Status.SNOOZED, Status.OPEN): (Verb.WAKE,),
    (Status.SNOOZED, Status.ON_HOLD): (Verb.HOLD,),
    (Status.OPEN, Status.ON_HOLD): (Verb.HOLD,),
    (Status.OPEN, Status.SNOOZED): (Verb.SNOOZE,),
}

GONE_ON = Refusal(
    code="changed_since",
    detail="Something has happened in this conversation since.",
    what_to_do="Look at it, then change what has to be changed.",
    status=409,
)


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: where the log tells of it, how it stood before, and what was said."""

    position: int
    before: MacroRan
    message: Message | None = None


class RunMacro(msgspec.Struct, kw_only=True):
    """All of it or nothing. `steps` are commands with the numbers that people see them under."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    macro: str
    by: str
    steps: tuple[tuple[int, Command], ...]
    used: usage.Named

    def reads(self, view: View) -> Iterable[Lookup]:
        """What each reads, and how it stands before."""
        yield by_key(Conversation, self.conversation)
        yield by_key(Judgement, self.conversation)
        yield usage.lookup(self.desk, self.used)
        conversation = view.peek(Conversation, self.conversation)
        if conversation is not None:
            yield from person.reads(view, conversation.contact)
        for _, step in self.steps:
            yield from step.reads(view)

    def decide(self, change: Change) -> Ran | Refusal:
        """What came of it; or why one of them cannot be done, so that none is."""
        conversation = change.get(Conversation, self.conversation)
        if conversation is None or conversation.desk != self.desk:
            return not_found("conversation", self.conversation)
        before = self._before(change, conversation)
        message = None
        for number, step in self.steps:
            answer = step.decide(change)
            if isinstance(answer, Refusal):
                return numbered(answer, number)
            if isinstance(answer, Message):
                message = answer
            if isinstance(step, Ask) and isinstance(answer, Event):
                before = replace(before, asked=answer.position)
        usage.count(change, self.desk, self.used, self.by)
        now = change.get(Conversation, self.conversation)
        assert now is not None
        if (now.status, conversation.status) not in BACK:
            before = replace(before, status=None)
        fact = change.record(before, self.by, conversation)
        return Ran(position=fact.position, before=before, message=message)

    def _before(self, change: Change, conversation: Conversation) -> MacroRan:
        """How it stands, of what the steps will change."""
        before = MacroRan(macro=self.macro, by=self.by, status=conversation.status)
        judged = change.get(Judgement, self.conversation)
        contact = person.of(change, conversation.contact)
        for _, step in self.steps:
            if isinstance(step, Correct) and judged is not None and judged.category:
                category = judged.category if step.category is not None else None
                urgency = judged.urgency if step.urgency is not None else None
                before = replace(before, category=category, urgency=urgency)
            elif isinstance(step, EditContact) and contact is not None:
                before = replace(before, vip=contact.vip)
            elif isinstance(step, Ask):
                before = replace(before, target=step.body.target)
        return before


def numbered(refusal: Refusal, number: int) -> Refusal:
    """The refusal of one of several, which says of which."""
    return replace(
        refusal,
        detail=f"Action {number}: {refusal.detail}",
        extra={**refusal.extra, "action": number},
    )


class PutBack(msgspec.Struct, kw_only=True):
    """Put back what a macro changed, as long as the conversation stands where it was looked at."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    ran: MacroRan
    seq: int  # of the newest event that was looked at
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The conversation, whom it is with, and what is open with them."""
        yield by_key(Conversation, self.conversation)
        yield from self._status(Verb.REOPEN).reads(view)

    def decide(self, change: Change) -> Conversation | Refusal:
        """The conversation as it stands again."""
        conversation = change.get(Conversation, self.conversation)
        if conversation is None or conversation.desk != self.desk:
            return not_found("conversation", self.conversation)
        if conversation.seq != self.seq:
            return GONE_ON
        for command in self._commands(conversation):
            answer = command.decide(change)
            if isinstance(answer, Refusal):
                return answer
        return change.get(Conversation, self.conversation) or conversation

    def _commands(self, conversation: Conversation) -> Iterable[Command]:
        ran = self.ran
        if ran.status is not None:
            yield from map(self._status, BACK.get((conversation.status, Status(ran.status)), ()))
        if ran.category is not None or ran.urgency is not None:
            yield Correct(
                desk=self.desk,
                conversation=self.conversation,
                by=self.by,
                category=ran.category,
                urgency=ran.urgency,
            )
        if ran.vip is not None:
            yield EditContact(desk=self.desk, contact=conversation.contact, by=self.by, vip=ran.vip)

    def _status(self, verb: Verb) -> SetStatus:
        return SetStatus(desk=self.desk, conversation=self.conversation, verb=verb, by=self.by)
