"""Write, settle, status, notes, access, leases: what each command changes and refuses."""

from itertools import product
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.contract import PresenceEvent
from gateway.domain.access import ApiToken, AuditEntry, Role, Session, User
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.conversation import (
    TRANSITIONS,
    Contact,
    Conversation,
    Identity,
    IllegalTransition,
    Status,
    Verb,
    advance,
)
from gateway.domain.desk import Budget, Rulebook
from gateway.domain.events import AgentChanged
from gateway.domain.job import Attempt, Job, JobState
from gateway.domain.message import Message, MessageState, Note
from gateway.domain.outcome import Refusal
from gateway.verbs.access import (
    AddUser,
    CloseSession,
    EditUser,
    MintVisitor,
    OpenSession,
    TakeInvite,
    TouchVisitor,
)
from gateway.verbs.conversation import SetStatus, WriteNote
from gateway.verbs.dead import DiscardDead, RetryDead
from gateway.verbs.idempotent import Once, Replayed
from gateway.verbs.merge import MergeContacts, MergeConversations, UnmergeContact
from gateway.verbs.message import Cap, File, Write
from gateway.verbs.settle import LANE_PATIENCE_MS, Settle
from gateway.verbs.split import SplitConversation
from gateway.verbs.tokens import MakeToken, RevokeToken
from gateway.verbs.work import ApplyRulebook, Decide, Decided, DropLease, PauseSending, TakeLease
from tests.store.toys import Put, job
from tests.unit.verbs import test_savedwords as savings
from tests.unit.verbs.paper import PaperDesk, accept, said
from tests.unit.verbs.test_accept import settle


@pytest.mark.parametrize(("status", "verb"), list(product(Status, Verb)))
def test_every_pair(status: Status, verb: Verb) -> None:
    """A pair is either in the table or refused; there is no third way."""
    if (status, verb) in TRANSITIONS:
        assert advance(status, verb) is TRANSITIONS[status, verb]
    else:
        with pytest.raises(IllegalTransition):
            advance(status, verb)


def opened(**fields: Any) -> tuple[PaperDesk, str]:
    desk = PaperDesk()
    desk.run(accept(said("hello", "1"), **fields))
    return desk, desk.one(Conversation).id


def write(conversation: str, text: str = "an answer", **fields: Any) -> Write:
    values: dict[str, Any] = {
        "desk": "desk",
        "conversation": conversation,
        "author": "agent:e",
        "text": text,
        "account": "sms",
        "channel": "sms",
        "identity": "tel:+491",
    }
    return Write(**(values | fields))


def outbound(desk: PaperDesk) -> Any:
    return next(m for m in desk.all(Message) if m.direction == "out")


def test_a_reply_is_a_message_a_job_and_a_fact() -> None:
    """Sending is a job of its own, in the lane of the recipient; so is each file."""
    desk, conversation = opened()
    message = desk.run(
        write(
            conversation,
            files=(File(sha256="ab", media_type="image/png", filename="a.png", size_bytes=3),),
        )
    )
    looks, job = sorted(desk.all(Job), key=lambda each: each.kind)
    assert (message.state, job.key, job.lane) == ("queued", message.id, "to:desk:sms:tel:+491")
    assert (looks.kind, looks.lane) == ("fetch_media", f"file:{looks.key}")
    assert desk.kinds()[-1] == "message.written"
    assert message.seq == desk.events[-1].seq


def test_committed_is_sent_where_the_channel_follows_the_stream() -> None:
    """Web chat has no send job."""
    desk, conversation = opened()
    assert desk.run(write(conversation, sends=False)).state == "sent"
    assert desk.all(Job) == []


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no such conversation": ({"conversation": "nope"}, "not_found"),
    "somebody else's address": ({"identity": "tel:+4999"}, "unknown_recipient"),
}


@pytest.mark.parametrize("label", REFUSED)
def test_replies_that_are_refused(label: str) -> None:
    """A refusal says why and what to do, and changes nothing."""
    fields, code = REFUSED[label]
    desk, conversation = opened()
    before = len(desk.events)
    answer = desk.run(write(**({"conversation": conversation} | fields)))
    assert isinstance(answer, Refusal)
    assert answer.code == code
    assert answer.what_to_do
    assert len(desk.events) == before


def test_nothing_is_written_to_who_opted_out() -> None:
    """The address asked for no more messages."""
    desk, conversation = opened()
    desk.run(accept(PresenceEvent(key="p:1", what="opted_out", sender="tel:+491")))
    assert desk.run(write(conversation)).code == "opted_out"


def test_one_key_one_message() -> None:
    """Writing twice under a key gives the first message again."""
    desk, conversation = opened()
    first = desk.run(write(conversation, key="k"))
    assert desk.run(write(conversation, "other", key="k")).id == first.id
    assert len(desk.all(Job)) == 1


@pytest.mark.parametrize(
    ("then", "status", "facts"),
    [
        (Verb.REPLY, Status.OPEN, 0),
        (Verb.SEND_AND_WAIT, Status.PENDING, 1),
        (Verb.RESOLVE, Status.RESOLVED, 1),
    ],
)
def test_what_follows_a_reply(then: Verb, status: Status, facts: int) -> None:
    """Send, send and wait, send and resolve."""
    desk, conversation = opened()
    desk.run(write(conversation, then=then))
    assert desk.one(Conversation).status is status
    assert desk.kinds().count("conversation.status") == facts
    assert (desk.one(Conversation).open_of is None) is (status is Status.RESOLVED)


def test_a_resolved_conversation_takes_no_reply() -> None:
    """Reopen it, then write."""
    desk, conversation = opened()
    desk.run(write(conversation, then=Verb.RESOLVE))
    assert desk.run(write(conversation)).code == "resolved"


def test_automatic_messages_have_a_cap() -> None:
    """At most so many within a time; then none until it is over."""
    desk, conversation = opened()
    cap = Cap(name="auto:tel:+491", most=1, per_ms=DAY_MS)
    auto = {"author": "auto:x", "automatic": True, "caps": (cap,)}
    assert isinstance(desk.run(write(conversation, **auto)), Message)
    desk.now += DAY_MS - 1
    assert desk.run(write(conversation, **auto)).code == "too_many_automatic"
    desk.now += 1
    assert isinstance(desk.run(write(conversation, **auto)), Message)
    assert desk.one(Budget).used == 1


def test_a_job_that_blocks_its_lane_too_long_fails() -> None:
    """After ten minutes with others behind it: failed when certain, unknown when in doubt."""
    for outcome, state in (("deferred", "failed"), ("in_doubt", "unknown")):
        desk, conversation = opened()
        desk.run(write(conversation))
        desk.run(write(conversation, "the next"))
        desk.now += LANE_PATIENCE_MS
        later = {"job_state": JobState.READY, "due_at": desk.now + MINUTE_MS, "state": None}
        settle(desk, outcome=outcome, **later)
        assert outbound(desk).state == state
        assert len(desk.all(Job)) == 1


def test_a_pause_tries_nobodys_patience() -> None:
    """What waited while sending was paused has its ten minutes from when it goes on."""
    desk, conversation = opened()
    desk.run(write(conversation))
    desk.run(write(conversation, "the next"))
    desk.run(PauseSending(paused=True, by="ops"))
    desk.now += LANE_PATIENCE_MS
    desk.run(PauseSending(paused=False, by="ops"))
    later = {"job_state": JobState.READY, "due_at": desk.now + MINUTE_MS, "state": None}
    settle(desk, outcome="deferred", **later)
    assert outbound(desk).state == "queued"


def test_patience_is_endless_when_nobody_waits_behind() -> None:
    """A lone message is tried as long as its channel says."""
    desk, conversation = opened()
    desk.run(write(conversation))
    desk.now += LANE_PATIENCE_MS
    settle(desk, outcome="deferred", job_state=JobState.READY, due_at=desk.now + 1, state=None)
    assert desk.one(Job).state is JobState.READY


def test_a_late_settlement_changes_nothing() -> None:
    """An attempt is settled once; a job claimed anew keeps its newer truth."""
    desk, conversation = opened()
    desk.run(write(conversation))
    settle(desk, outcome="deferred", job_state=JobState.READY, due_at=1, state=None)
    settle(desk, outcome="accepted", provider_id="P2")
    again = Settle(job="x", attempt="a1", outcome="rejected", detail="", state=MessageState.FAILED)
    desk.run(again)
    assert outbound(desk).state == "sent"
    assert {a.outcome for a in desk.all(Attempt)} == {"deferred", "accepted"}


def test_notes() -> None:
    """A note has its place in the conversation."""
    desk, conversation = opened()
    note = desk.run(WriteNote(desk="desk", conversation=conversation, text="vip", by="agent:e"))
    assert note.seq == desk.one(Conversation).seq
    assert desk.one(Note).text == "vip"


def test_once() -> None:
    """The same key gives the first answer again; with another body it is refused; later it is free."""
    desk, conversation = opened()

    def once(fingerprint: str = "f") -> Any:
        return desk.run(
            Once(
                desk="desk",
                actor="e",
                key="k",
                fingerprint=fingerprint,
                command=write(conversation),
            )
        )

    assert isinstance(once(), Message)
    assert isinstance(once(), Replayed)
    assert once("other").code == "idempotency_mismatch"
    desk.now += DAY_MS
    assert isinstance(once(), Message)


# --- people ---


def user(desk: PaperDesk, **fields: Any) -> Any:
    values: dict[str, Any] = {
        "desk": "desk",
        "login": "emma",
        "name": "Emma",
        "role": Role.AGENT,
        "locale": "en",
        "by": "system",
    }
    return desk.run(AddUser(**(values | fields)))


def session(desk: PaperDesk, hash_: str = "h", **fields: Any) -> Any:
    return desk.run(
        OpenSession(desk="desk", login="emma", hash=hash_, address="::1", agent="test", **fields)
    )


def test_invitations() -> None:
    """Good once, for 72 hours."""
    desk = PaperDesk()
    user(desk, invite_hash="i")
    assert user(desk).code == "login_taken"
    taken = desk.run(TakeInvite(invite_hash="i", password_hash="p"))
    assert (taken.password_hash, taken.invite_hash) == ("p", "")
    assert desk.run(TakeInvite(invite_hash="i", password_hash="q")).code == "invite_gone"
    assert desk.run(TakeInvite(invite_hash="", password_hash="q")).code == "invite_gone"


def test_an_invitation_grows_old() -> None:
    """After 72 hours it opens nothing."""
    desk = PaperDesk()
    user(desk, invite_hash="i")
    desk.now += 72 * HOUR_MS
    assert desk.run(TakeInvite(invite_hash="i", password_hash="p")).code == "invite_gone"


def test_sessions_end_with_a_role_or_a_person() -> None:
    """Another role, another password, or disabling, ends all sessions."""
    for change in ({"role": Role.ADMIN}, {"disabled": True}, {"password_hash": "x"}):
        desk = PaperDesk()
        user(desk)
        session(desk)
        desk.run(EditUser(desk="desk", login="emma", by="admin", **change))
        assert desk.all(Session) == []
    assert session(desk, "h2").hash == "h2"
    desk.run(EditUser(desk="desk", login="emma", by="admin", disabled=True))
    assert session(desk, "h3").code == "signed_out"


def test_no_code_works_twice() -> None:
    """A TOTP step is used once."""
    desk = PaperDesk()
    user(desk)
    session(desk, "h1", totp_step=5)
    assert session(desk, "h2", totp_step=5).code == "totp_used"
    assert session(desk, "h3", totp_step=6).hash == "h3"
    assert desk.one(User).totp_step == 6


def test_tokens() -> None:
    """A token is revoked once and for all; every deed is in the audit log, densely."""
    desk = PaperDesk()
    make = MakeToken(
        id="abcd1234", desk="desk", hash="h", name="crm", scopes=("a",), login="emma", by="cli:root"
    )
    desk.run(make)
    assert desk.run(make).code == "token_taken"
    for _ in range(2):
        desk.run(RevokeToken(desk="desk", id="abcd1234", by="agent:emma"))
    assert desk.one(ApiToken).revoked_at == desk.now
    entries = desk.all(AuditEntry)
    assert [(e.seq, e.actor) for e in entries] == [(1, "cli:root"), (2, "agent:emma")]
    assert entries[0].detail == "crm for emma: a"


def test_visitors_slide() -> None:
    """A visitor's thirty days begin anew with each visit, and end."""
    desk = PaperDesk()
    desk.run(MintVisitor(desk="desk", hash="v", account="chat", urn="webchat:1"))
    desk.now += 29 * DAY_MS
    assert desk.run(TouchVisitor(hash="v")).expires_at == desk.now + 30 * DAY_MS
    desk.now += 30 * DAY_MS
    assert desk.run(TouchVisitor(hash="v")) is None


def test_closing_a_session_twice() -> None:
    """The second time nothing happens."""
    desk = PaperDesk()
    user(desk)
    session(desk)
    for _ in range(2):
        desk.run(CloseSession(hash="h", by="agent:emma"))
    assert [e.action for e in desk.all(AuditEntry)] == ["user.add", "session.open", "session.close"]


# --- deciding ---


def test_the_lease() -> None:
    """One owner at a time; every new owner a new epoch; an old epoch decides nothing."""
    desk = PaperDesk()
    assert desk.run(TakeLease(node="a", lease_ms=1_000)) == 1
    assert desk.run(TakeLease(node="b", lease_ms=1_000)) is None
    assert desk.run(TakeLease(node="a", lease_ms=1_000)) == 1
    desk.now += 1_000
    assert desk.run(TakeLease(node="b", lease_ms=1_000)) == 2
    stale = desk.run(Decide(epoch=1, applied=0, rows=[], decisions=[]))
    assert stale.code == "fenced"
    desk.run(DropLease(node="a"))
    assert desk.desk.owner == "b"
    desk.run(DropLease(node="b"))
    assert desk.run(TakeLease(node="a", lease_ms=1_000)) == 3


def test_decisions_commit_with_applied() -> None:
    """Rows, decisions with their cause, and how far the facts are applied."""
    desk, _ = opened()
    epoch = desk.run(TakeLease(node="a", lease_ms=1_000))
    body = AgentChanged(agent="emma", presence="available", load=0)
    decided = [Decided(body=body, conversation=None, cause=2)]
    desk.run(Decide(epoch=epoch, applied=2, rows=[], decisions=decided))
    assert (desk.desk.applied, desk.events[-1].cause, desk.events[-1].actor) == (2, 2, "system")


def test_rulebooks() -> None:
    """Versions count up; two people applying at once are told."""
    desk = PaperDesk()
    assert desk.run(ApplyRulebook(content="{}", by="ops", expected=0)) == 1
    assert desk.run(ApplyRulebook(content="{}", by="ops", expected=0)).code == "rulebook_changed"
    assert desk.run(ApplyRulebook(content="{}", by="ops")) == 2
    assert len(desk.all(Rulebook)) == 2


def test_a_rulebook_that_was_looked_over_before_words_were_saved() -> None:
    """Is not put in force: what it says by itself may be gone."""
    desk = PaperDesk()
    assert desk.run(ApplyRulebook(content="{}", by="ops", words=0)) == 1
    assert desk.run(savings.save("Hello.")).version == 1
    assert desk.run(ApplyRulebook(content="{}", by="ops", words=0)).code == "words_changed"
    assert desk.run(ApplyRulebook(content="{}", by="ops", words=1)) == 2


def test_dead_letters() -> None:
    """Unknown ones are refused by name."""
    desk = PaperDesk()
    assert desk.run(RetryDead(id="x", by="ops")).code == "not_found"
    assert desk.run(DiscardDead(id="x", by="ops")).code == "not_found"


def test_a_dead_job_starts_anew() -> None:
    """Nothing of its earlier tries counts: it is tried as a new one is."""
    desk = PaperDesk()
    desk.run(Put(rows=(job("j", state=JobState.DEAD, attempts=9),)))
    desk.now += DAY_MS
    again = desk.run(RetryDead(id="j", by="ops"))
    assert (again.state, again.attempts) == (JobState.READY, 0)
    assert again.created_at == again.due_at == desk.now
    assert desk.run(RetryDead(id="j", by="ops")).code == "not_found"


class ConversationLife(RuleBasedStateMachine):
    """Whatever people and customers do, a person has at most one open conversation."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = PaperDesk()
        self.number = 0

    @rule(
        customer=st.sampled_from(["tel:+1", "tel:+2", "tel:+3"]),
        wait=st.sampled_from([0, DAY_MS, 9 * DAY_MS]),
    )
    def customer_writes(self, customer: str, wait: int) -> None:
        """A message comes."""
        self.desk.now += wait
        self.number += 1
        self.desk.run(accept(said("x", str(self.number), customer)))

    @rule(
        verb=st.sampled_from([Verb.HOLD, Verb.WAKE, Verb.RESOLVE, Verb.REOPEN]),
        pick=st.integers(0, 9),
    )
    def agent_acts(self, verb: Verb, pick: int) -> None:
        """An agent moves a conversation, or is refused."""
        conversations = self.desk.all(Conversation)
        if conversations:
            chosen = conversations[pick % len(conversations)]
            self.desk.run(SetStatus(desk="desk", conversation=chosen.id, verb=verb, by="agent:e"))

    @rule(one=st.integers(0, 9), into=st.integers(0, 9))
    def agent_merges(self, one: int, into: int) -> None:
        """An agent says that two are one, or is refused."""
        people = self.desk.all(Contact)
        if people:
            contact, other = people[one % len(people)].id, people[into % len(people)].id
            self.desk.run(MergeContacts(desk="desk", contact=contact, into=other, by="agent:e"))

    @rule(one=st.integers(0, 9))
    def agent_unmerges(self, one: int) -> None:
        """And that they are not."""
        people = self.desk.all(Contact)
        if people:
            contact = people[one % len(people)].id
            self.desk.run(UnmergeContact(desk="desk", contact=contact, by="agent:e"))

    @rule(one=st.integers(0, 9), into=st.integers(0, 9))
    def agent_joins(self, one: int, into: int) -> None:
        """One conversation is to go on in another."""
        known = self.desk.all(Conversation)
        if known:
            ending, other = known[one % len(known)].id, known[into % len(known)].id
            self.desk.run(
                MergeConversations(desk="desk", conversation=ending, into=other, by="agent:e")
            )

    @rule(pick=st.integers(0, 99))
    def agent_splits(self, pick: int) -> None:
        """From some message on."""
        said = self.desk.all(Message)
        if said:
            first = said[pick % len(said)]
            mine = sorted(
                (m for m in said if m.conversation == first.conversation), key=lambda m: m.seq
            )
            self.desk.run(
                SplitConversation(
                    desk="desk",
                    conversation=first.conversation,
                    first=first.id,
                    messages=tuple(m.id for m in mine if m.seq >= first.seq),
                    whole=mine[0] == first,
                    seq=self.desk.tables[Conversation][first.conversation,].seq,  # type: ignore[attr-defined]
                    channel="sms",
                    by="agent:e",
                )
            )

    @invariant()
    def every_message_is_told_of(self) -> None:
        """Where it stands, at its number; none is lost, and none stands twice."""
        told = {(e.conversation, e.seq) for e in self.desk.events}
        places = [(m.conversation, m.seq) for m in self.desk.all(Message)]
        assert told.issuperset(places)
        assert len(places) == len(set(places)) == self.number

    def person(self, contact: str) -> Contact:
        """Who a contact is in the end; a circle would have no end."""
        for _ in self.desk.all(Contact):
            found: Contact = self.desk.tables[Contact][contact,]
            if found.merged_into is None:
                return found
            contact = found.merged_into
        raise AssertionError(f"{contact} is merged in a circle")

    @invariant()
    def open_conversations_are_of_people(self) -> None:
        """What is open is so for who its contact is, who goes on there with the next message."""
        for conversation in self.desk.all(Conversation):
            person = self.person(conversation.contact)
            assert conversation.open_of in (None, person.id)
            if conversation.open_of is not None:
                assert person.conversation == conversation.id

    @invariant()
    def what_goes_on_is_over(self) -> None:
        """And goes on in a conversation of the same person, in the end in one that does not."""
        for conversation in self.desk.all(Conversation):
            into = conversation
            for _ in self.desk.all(Conversation):
                if into.continued_in is None:
                    break
                assert into.status is Status.RESOLVED
                into = self.desk.tables[Conversation][into.continued_in,]
            assert into.continued_in is None
            assert self.person(into.contact) == self.person(conversation.contact)

    @invariant()
    def replies_go_to_who_it_is(self) -> None:
        """Not to whom they were merged with once."""
        for conversation in self.desk.all(Conversation):
            identity = self.desk.tables[Identity]["desk", conversation.identity]
            assert self.person(identity.contact) == self.person(conversation.contact)

    @invariant()
    def one_open_conversation_a_contact(self) -> None:
        """And `open_of` says so exactly while it is not resolved."""
        open_of = [c.open_of for c in self.desk.all(Conversation) if c.open_of is not None]
        assert len(open_of) == len(set(open_of))
        for conversation in self.desk.all(Conversation):
            assert (conversation.open_of is None) is (conversation.status is Status.RESOLVED)

    @invariant()
    def sequences_are_dense(self) -> None:
        """Each conversation's events are numbered without gaps."""
        for conversation in self.desk.all(Conversation):
            seqs = [e.seq for e in self.desk.events if e.conversation == conversation.id]
            assert seqs == list(range(1, conversation.seq + 1))


TestConversationLife = ConversationLife.TestCase
