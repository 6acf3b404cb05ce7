"""Two contacts are one person, or after all are not.

A merge is a pointer: rows stay whose they were, and who looks follows it. So it can be undone.
"""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.callback import Callback
from gateway.domain.conversation import Contact, Conversation, Identity, Status
from gateway.domain.events import ConversationStatus
from gateway.domain.job import Job, JobState
from gateway.domain.mergeevents import ContactMerged, ContactUnmerged
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.domain.promise import Promise
from gateway.verbs import continuing, onward, person, scheduled
from gateway.verbs.change import Change, Lookup, View, by_index, by_key
from gateway.verbs.jobs import held_lane
from gateway.verbs.refusals import not_found

MOST_STEPS = 5  # from a contact to who they are: every message of theirs takes them all

SAME_CONTACT = Refusal(
    code="same_contact",
    detail="This is the contact itself.",
    what_to_do="Choose another contact to merge it into.",
    status=422,
)
ONE_BLOCKED = Refusal(
    code="one_blocked",
    detail="One of the two is blocked and the other is not.",
    what_to_do="Block both or none, then merge.",
)
TOO_MANY_MERGES = Refusal(
    code="too_many_merges",
    detail=f"More than {MOST_STEPS} merges would stand behind one another.",
    what_to_do="Undo the older ones, then merge each into the one that stays.",
)
SAME_CONVERSATION = Refusal(
    code="same_conversation",
    detail="This is the conversation itself.",
    what_to_do="Choose another conversation to go on in.",
    status=422,
)
OTHER_PERSON = Refusal(
    code="other_person",
    detail="The two conversations are with different people.",
    what_to_do="If they are one person, merge the contacts first; else leave them apart.",
)
NOT_MERGED = Refusal(
    code="not_merged",
    detail="This contact is merged into no other.",
    what_to_do="Look at it again: a colleague may have undone the merge.",
)


class MergeContacts(msgspec.Struct, kw_only=True):
    """A contact is the same person as another, and goes by that one from now on."""

    failpoint: ClassVar[str] = "write"

    desk: str
    contact: str
    into: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """Who both are in the end, who was merged into them, what is open and went on there."""
        for ident in (self.contact, self.into):
            found = yield from person.reads(view, ident)
            if found is None:
                continue
            yield from person.reads_merged(view, found.id)
            yield by_index(Conversation, "open_of", found.id)
            for each in view.peek_by(Conversation, "open_of", found.id):
                yield from _reads_before(view, each.id)
                yield from continuing.reads(view, each.id)
            if found.conversation is not None:
                yield by_key(Conversation, found.conversation)

    def decide(self, change: Change) -> Contact | Refusal:
        """Who both are now. What is merged already stays so."""
        if self.contact == self.into:
            return SAME_CONTACT
        merged, kept = person.of(change, self.contact), person.of(change, self.into)
        for ident, found in ((self.contact, merged), (self.into, kept)):
            if found is None or found.desk != self.desk:
                return not_found("contact", ident)
        assert merged is not None
        assert kept is not None
        if merged.id == kept.id:
            return kept
        if merged.blocked != kept.blocked:
            return ONE_BLOCKED
        if _steps(change, merged.id) > MOST_STEPS:
            return TOO_MANY_MERGES
        both = [c for each in (merged, kept) for c in change.by(Conversation, "open_of", each.id)]
        both.sort(key=_age)
        if len(both) > 1 and (refusal := _in_the_way(change, both[1], both[0])):
            return refusal
        return self._merge(change, merged, kept, both)

    def _merge(
        self, change: Change, merged: Contact, kept: Contact, both: list[Conversation]
    ) -> Contact:
        """The older of what is open goes on, the younger goes on in it."""
        change.put(replace(merged, merged_into=kept.id))
        change.audit(self.by, "contact.merge", merged.id, f"into {kept.id}")
        for younger in both[1:]:
            continuing.go_on(change, younger, both[0], kept, self.by)
        newest = _newest(change, merged, kept)
        standing = change.get(Conversation, both[0].id) if both else None
        if standing is not None:
            newest = standing.id
            change.put(replace(standing, open_of=kept.id))
        told = ContactMerged(contact=merged.id, into=kept.id, by=self.by)
        change.record(told, self.by, standing)
        return change.put(replace(kept, conversation=newest))


def _steps(change: Change, contact: str) -> int:
    merged = change.by(Contact, "merged", contact)
    return 1 + max((_steps(change, each.id) for each in merged), default=0)


def _age(conversation: Conversation) -> tuple[int, str]:
    return conversation.opened_at, conversation.id


def _newest(change: Change, *contacts: Contact) -> str | None:
    known = (change.get(Conversation, c.conversation) for c in contacts if c.conversation)
    newest = max((each for each in known if each is not None), key=_age, default=None)
    return newest.id if newest is not None else None


class UnmergeContact(msgspec.Struct, kw_only=True):
    """A contact is not who it was merged into: both have what they had, and go on by themselves.

    What went on in the other's is open again, so that somebody looks at it, and so is what has to
    be looked after of what they were promised. What either wrote meanwhile stays where it was
    written.
    """

    failpoint: ClassVar[str] = "write"

    desk: str
    contact: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """All who are the same person, what is theirs, and what waits for them."""
        found = yield from person.reads(view, self.contact)
        if found is not None:
            yield from _reads_all(view, self.desk, found.id)

    def decide(self, change: Change) -> Contact | Refusal:
        """The contact, who is somebody again."""
        contact = change.get(Contact, self.contact)
        if contact is None or contact.desk != self.desk:
            return not_found("contact", self.contact)
        if contact.merged_into is None:
            return NOT_MERGED
        whole = person.of(change, self.contact)
        assert whole is not None
        leaving = frozenset(person.family(change, contact.id))
        staying = frozenset(person.family(change, whole.id)) - leaving
        change.put(replace(contact, merged_into=None))
        change.audit(self.by, "contact.unmerge", contact.id, f"from {contact.merged_into}")
        stood = change.by(Conversation, "open_of", whole.id)
        opened: list[str] = []
        sides = ((whole.id, staying), (contact.id, leaving))
        for root, side in sides:
            newest = _come_apart(change, self.desk, root, side)
            if newest is not None:
                opened.append(_open_again(change, newest, root, self.by))
        for (root, side), (_, others) in (sides, sides[::-1]):
            home = _come_home(change, root, side, others, self.by)
            if home is not None and home.status is Status.RESOLVED:
                opened.append(_open_again(change, home, root, self.by))
        told = ContactUnmerged(
            contact=contact.id, into=contact.merged_into, by=self.by, opened=tuple(opened)
        )
        change.record(told, self.by, stood[0] if stood else None)
        return change.get(Contact, contact.id) or contact


def _reads_all(view: View, desk: str, contact: str) -> Iterable[Lookup]:
    yield by_index(Contact, "merged", contact)
    yield by_index(Identity, "contact", contact)
    yield by_index(Conversation, "contact", contact)
    yield by_index(Conversation, "open_of", contact)
    yield by_index(Job, "lane", held_lane(contact))
    for conversation in view.peek_by(Conversation, "contact", contact):
        yield by_index(Promise, "conversation", conversation.id)
        yield by_index(Callback, "conversation", conversation.id)
        yield from scheduled.reads_live(view, conversation.id)
        if conversation.continued_in is not None:
            yield by_key(Conversation, conversation.continued_in)
    for job in view.peek_by(Job, "lane", held_lane(contact)):
        yield by_key(Message, job.key)
        message = view.peek(Message, job.key)
        if message is not None:
            yield by_key(Identity, desk, message.identity)
    for merged in view.peek_by(Contact, "merged", contact):
        yield from _reads_all(view, desk, merged.id)


def _come_apart(change: Change, desk: str, root: str, side: frozenset[str]) -> Conversation | None:
    """One side's conversations are its own again: none goes on in the other's, none replies to
    the other's address, and new messages find the side's own newest.

    That one, where it went on in one of the other's until now.
    """
    persons = sorted(side)
    addresses = [i for each in persons for i in change.by(Identity, "contact", each)]
    addresses.sort(key=lambda identity: (identity.seen_at, identity.urn), reverse=True)
    theirs = [c for each in persons for c in change.by(Conversation, "contact", each)]
    own = [_own_again(change, each, root, side, addresses) for each in theirs]
    for job in [job for each in persons for job in change.by(Job, "lane", held_lane(each))]:
        _wait_for_whom(change, desk, job, side)
    newest = max(own, key=lambda c: (c.open_of is not None, *_age(c)), default=None)
    contact = change.get(Contact, root)
    if contact is not None:
        change.put(replace(contact, conversation=newest.id if newest is not None else None))
    cut = {before.id for before in theirs if before.continued_in is not None}
    ended_here = newest is not None and newest.id in cut and newest.continued_in is None
    return newest if ended_here else None


def _come_home(
    change: Change, root: str, side: frozenset[str], others: frozenset[str], by: str
) -> Conversation | None:
    """The conversation where one side looks after what stood in the other's; None: nothing did."""
    contact = change.get(Contact, root)
    home = onward.of(change, contact.conversation) if contact and contact.conversation else None
    if home is None:
        return None
    addresses = frozenset(i.urn for each in side for i in change.by(Identity, "contact", each))
    theirs = [c.id for each in sorted(others) for c in change.by(Conversation, "contact", each)]
    return home if continuing.take_home(change, theirs, home, addresses, by) else None


def _open_again(change: Change, conversation: Conversation, whose: str, by: str) -> str:
    status = Status.OPEN
    opened = replace(conversation, status=status, open_of=whose, resolved_at=None)
    change.put(opened)
    change.record(ConversationStatus(status=status, by=by), by, opened)
    return opened.id


def _own_again(
    change: Change,
    conversation: Conversation,
    root: str,
    side: frozenset[str],
    addresses: list[Identity],
) -> Conversation:
    into = (
        change.get(Conversation, conversation.continued_in) if conversation.continued_in else None
    )
    own = replace(conversation, open_of=root if conversation.open_of is not None else None)
    if into is not None and into.contact not in side:
        own = replace(own, continued_in=None)
    if addresses and own.identity not in {identity.urn for identity in addresses}:
        place = addresses[0]
        own = replace(own, account=place.account, identity=place.urn, local="")
    return change.put(own) if own != conversation else own


def _wait_for_whom(change: Change, desk: str, job: Job, side: frozenset[str]) -> None:
    """A reply that waits for somebody's word waits for who it is written to."""
    message = change.get(Message, job.key)
    identity = change.get(Identity, desk, message.identity) if message is not None else None
    if identity is None or identity.contact in side or job.state is not JobState.READY:
        return
    change.delete(job)
    change.put(replace(job, id=change.new_id(), lane=held_lane(identity.contact)))


class MergeConversations(msgspec.Struct, kw_only=True):
    """A conversation goes on in another of the same person, which is opened where it was over."""

    failpoint: ClassVar[str] = "write"

    desk: str
    conversation: str
    into: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """Both, where they go on, whom they are with, and what the first has at hand."""
        for ident in (self.conversation, self.into):
            found = yield from onward.reads(view, ident)
            if found is not None:
                yield from _reads_before(view, found.id)
                yield from continuing.reads(view, found.id)
                yield from person.reads(view, found.contact)

    def decide(self, change: Change) -> Conversation | Refusal:
        """The conversation that goes on."""
        ending, into = (onward.of(change, each) for each in (self.conversation, self.into))
        for ident, found in ((self.conversation, ending), (self.into, into)):
            if found is None or found.desk != self.desk:
                return not_found("conversation", ident)
        assert ending is not None
        assert into is not None
        if self.conversation == self.into:
            return SAME_CONVERSATION
        if ending.id == into.id:
            return into
        if ending.id != self.conversation:
            return continuing.gone_on(ending.id)
        whose, theirs = person.of(change, ending.contact), person.of(change, into.contact)
        if whose is None or whose != theirs:
            extra = {"contact": ending.contact, "into": into.contact}
            return replace(OTHER_PERSON, extra=extra)
        if (refusal := _in_the_way(change, ending, into)) is not None:
            return refusal
        change.audit(self.by, "conversation.merge", ending.id, f"into {into.id}")
        into = continuing.go_on(change, ending, into, whose, self.by)
        if into.open_of is not None or whose.conversation == ending.id:
            change.put(replace(whose, conversation=into.id))
        return into


def _in_the_way(change: Change, ending: Conversation, into: Conversation) -> Refusal | None:
    if _goes_on(change, ending.id) > MOST_STEPS:
        return TOO_MANY_MERGES
    return continuing.in_the_way(change, ending, into)


def _reads_before(view: View, conversation: str) -> Iterable[Lookup]:
    yield by_index(Conversation, "before", conversation)
    for each in view.peek_by(Conversation, "before", conversation):
        yield from _reads_before(view, each.id)


def _goes_on(change: Change, conversation: str) -> int:
    """How many steps it is from the furthest conversation that goes on in this one, and one."""
    before = change.by(Conversation, "before", conversation)
    return 1 + max((_goes_on(change, each.id) for each in before), default=0)
