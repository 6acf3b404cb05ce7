"""Merging contacts and taking it back: whose new messages are, what goes on where."""

from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.domain.access import AuditEntry
from gateway.domain.call import Call, CallState
from gateway.domain.callback import Callback, CallbackKind
from gateway.domain.clock import DAY_MS, HOUR_MS
from gateway.domain.conversation import Contact, Conversation, Identity, Status, Verb
from gateway.domain.job import Job, JobKind
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.domain.promise import Promise
from gateway.verbs.callback import AskCallback, Window
from gateway.verbs.change import Lookup, View
from gateway.verbs.contact import EditContact
from gateway.verbs.conversation import SetStatus, WriteNote
from gateway.verbs.held import Reroute
from gateway.verbs.merge import MOST_STEPS, MergeContacts, MergeConversations, UnmergeContact
from gateway.verbs.message import Write
from gateway.verbs.promise import MakePromise, Promised
from gateway.verbs.ways import Limits
from tests.unit.verbs.paper import PaperDesk, accept, said, way

ANNA, BEN = "tel:+491", "tel:+492"


def people(*addresses: str) -> PaperDesk:
    """A desk to which each of these has written, an hour apart."""
    desk = PaperDesk()
    for number, address in enumerate(addresses):
        desk.run(accept(said(f"hello of {address}", f"first-{number}", address)))
        desk.now += HOUR_MS
    return desk


def contact(desk: PaperDesk, address: str) -> Contact:
    """Whose address it is, merged or not."""
    found: Contact = desk.tables[Contact][desk.tables[Identity]["desk", address].contact,]
    return found


def conversation(desk: PaperDesk, address: str) -> Conversation:
    """The first one of whose address it is."""
    mine = [c for c in desk.all(Conversation) if c.contact == contact(desk, address).id]
    found: Conversation = min(mine, key=lambda c: c.opened_at)
    return found


def merge(desk: PaperDesk, one: str, into: str) -> Any:
    """The first is the same person as the second."""
    return desk.run(
        MergeContacts(
            desk="desk", contact=contact(desk, one).id, into=contact(desk, into).id, by="agent:e"
        )
    )


def unmerge(desk: PaperDesk, one: str) -> Any:
    """After all they are not."""
    return desk.run(UnmergeContact(desk="desk", contact=contact(desk, one).id, by="agent:e"))


def move(desk: PaperDesk, which: Conversation, verb: Verb) -> Any:
    """An agent moves a conversation along."""
    return desk.run(SetStatus(desk="desk", conversation=which.id, verb=verb, by="agent:e"))


def write(
    desk: PaperDesk, where: Conversation, identity: str, account: str = "sms", **fields: Any
) -> Any:
    """An agent writes to an address."""
    return desk.run(
        Write(
            desk="desk",
            conversation=where.id,
            author="agent:e",
            text="an answer",
            account=account,
            channel="sms",
            identity=identity,
            **fields,
        )
    )


def where_lands(desk: PaperDesk, address: str, key: str) -> str:
    """The conversation that a new message of an address joins or opens."""
    desk.run(accept(said("again", key, address)))
    return str(desk.all(Message)[-1].conversation)


# --- merging ---


def test_a_merge_is_a_pointer() -> None:
    """Rows stay whose they were; the log and the audit log tell of it in one transaction."""
    desk = people(ANNA, BEN)
    answer = merge(desk, BEN, ANNA)
    assert answer.id == contact(desk, ANNA).id
    assert contact(desk, BEN).merged_into == answer.id
    (told,) = desk.bodies("contact.merged")
    assert (told.contact, told.into, told.by) == (contact(desk, BEN).id, answer.id, "agent:e")
    (entry,) = desk.all(AuditEntry)
    assert (entry.action, entry.object) == ("contact.merge", contact(desk, BEN).id)
    assert entry.detail == f"into {answer.id}"


@pytest.mark.parametrize(("one", "into"), [(BEN, ANNA), (ANNA, BEN)], ids=["younger", "older"])
def test_the_younger_conversation_goes_on_in_the_elder(one: str, into: str) -> None:
    """Whichever contact stays: one is open, of who they are now, and both are told of it."""
    desk = people(ANNA, BEN)
    merge(desk, one, into)
    elder, younger = conversation(desk, ANNA), conversation(desk, BEN)
    stays = contact(desk, into)
    assert (elder.status, elder.open_of, stays.conversation) == (Status.OPEN, stays.id, elder.id)
    assert (younger.status, younger.open_of, younger.continued_in) == ("resolved", None, elder.id)
    assert younger.resolved_at == desk.now
    told = [(e.kind, e.conversation) for e in desk.events[-3:]]
    assert told == [
        ("conversation.joined", elder.id),
        ("conversation.continued", younger.id),
        ("contact.merged", elder.id),
    ]
    assert desk.bodies("conversation.joined")[0].conversation == younger.id


@pytest.mark.parametrize("address", [ANNA, BEN])
def test_new_messages_of_either_land_in_what_goes_on(address: str) -> None:
    """And what the customer wrote last is where a reply goes."""
    desk = people(ANNA, BEN)
    merge(desk, ANNA, BEN)
    elder = conversation(desk, ANNA)
    assert elder.identity == BEN  # Ben wrote last
    assert where_lands(desk, address, "new") == elder.id
    assert conversation(desk, ANNA).identity == address
    assert len(desk.all(Conversation)) == 2
    assert not isinstance(write(desk, elder, ANNA), Refusal)
    assert not isinstance(write(desk, elder, BEN), Refusal)


@pytest.mark.parametrize(
    ("elder", "younger", "after"),
    [
        (None, None, Status.OPEN),
        (Verb.HOLD, None, Status.OPEN),
        (None, Verb.HOLD, Status.OPEN),
        (Verb.HOLD, Verb.SNOOZE, Status.ON_HOLD),
    ],
)
def test_what_goes_on_waits_where_either_did(
    elder: Verb | None, younger: Verb | None, after: Status
) -> None:
    """A customer who waits is not put on hold by a merge."""
    desk = people(ANNA, BEN)
    for address, verb in ((ANNA, elder), (BEN, younger)):
        if verb is not None:
            move(desk, conversation(desk, address), verb)
    merge(desk, BEN, ANNA)
    assert conversation(desk, ANNA).status is after


def test_what_one_alone_has_open_is_theirs_together() -> None:
    """The merged one's open conversation is where who they are goes on, and the only one."""
    desk = people(ANNA, BEN)
    move(desk, conversation(desk, ANNA), Verb.RESOLVE)
    merge(desk, BEN, ANNA)
    own = conversation(desk, BEN)
    assert (own.open_of, own.continued_in) == (contact(desk, ANNA).id, None)
    assert where_lands(desk, ANNA, "new") == own.id
    refused = move(desk, conversation(desk, ANNA), Verb.REOPEN)
    assert (refused.code, refused.extra) == ("another_open", {"conversation": own.id})


def test_the_newest_of_both_is_reopened() -> None:
    """Where nothing is open, a message reopens what was the newest of either."""
    desk = people(ANNA, BEN)
    for address in (ANNA, BEN):
        move(desk, conversation(desk, address), Verb.RESOLVE)
    merge(desk, BEN, ANNA)
    assert where_lands(desk, ANNA, "new") == conversation(desk, BEN).id
    assert conversation(desk, BEN).open_of == contact(desk, ANNA).id


def test_merges_follow_to_who_somebody_is() -> None:
    """Merging what is merged merges who they are; again, and round about, changes nothing."""
    desk = people("tel:+1", "tel:+2", "tel:+3", "tel:+4")
    merge(desk, "tel:+1", "tel:+2")
    merge(desk, "tel:+3", "tel:+4")
    assert merge(desk, "tel:+1", "tel:+3").id == contact(desk, "tel:+4").id
    assert contact(desk, "tel:+2").merged_into == contact(desk, "tel:+4").id
    before = len(desk.events)
    assert merge(desk, "tel:+4", "tel:+1").id == contact(desk, "tel:+4").id
    assert len(desk.events) == before
    assert {where_lands(desk, f"tel:+{n}", f"new-{n}") for n in (1, 2, 3, 4)} == {
        conversation(desk, "tel:+1").id
    }


def test_two_merges_at_once_make_no_circle() -> None:
    """Two agents, each the other way, in one batch: the second finds them one already."""
    desk = people(ANNA, BEN)
    one, two = contact(desk, ANNA).id, contact(desk, BEN).id
    first, second = desk.run(
        MergeContacts(desk="desk", contact=one, into=two, by="agent:e"),
        MergeContacts(desk="desk", contact=two, into=one, by="agent:s"),
    )
    assert (first.id, second.id) == (two, two)
    assert contact(desk, BEN).merged_into is None
    assert desk.kinds().count("contact.merged") == 1


def _blocked(desk: PaperDesk) -> None:
    desk.run(EditContact(desk="desk", contact=contact(desk, BEN).id, by="agent:e", blocked=True))


def _on_the_phone(desk: PaperDesk) -> None:
    younger = conversation(desk, BEN).id
    call = Call(
        id="call", desk="desk", conversation=younger, live_of=younger, message="m",
        voicemail=None, account="voice", direction="in", customer=BEN, local="+1", language="",
        choice="", state=CallState.QUEUED, step=0, held=False, outcome="", callback=None,
        customer_first=False, started_at=desk.now, queued_at=None, connected_at=None,
        ended_at=None,
    )  # fmt: skip
    desk.tables[Call]["call",] = call


def ask_callback(
    desk: PaperDesk,
    which: Conversation,
    number: str,
    kind: CallbackKind = CallbackKind.QUEUE,
) -> Callback:
    """The customer of a conversation wants to be called in an hour."""
    made: Callback = desk.run(
        AskCallback(
            conversation=which.id,
            kind=kind,
            number=number,
            account="voice",
            local="+1",
            window=Window(
                origin_at=desk.now,
                visible_at=desk.now + HOUR_MS,
                closes_at=desk.now + DAY_MS,
            ),
            by="agent:e",
        )
    )
    return made


def _two_callbacks(desk: PaperDesk) -> None:
    for number, address in (("+491", ANNA), ("+492", BEN)):
        ask_callback(desk, conversation(desk, address), number)


REFUSED: dict[str, Any] = {
    "one is blocked": (_blocked, "one_blocked"),
    "on the telephone": (_on_the_phone, "on_the_phone"),
    "two callbacks": (_two_callbacks, "two_callbacks"),
}


@pytest.mark.parametrize("label", REFUSED)
def test_merges_that_are_refused(label: str) -> None:
    """A refusal says why and what to do, and changes nothing."""
    prepare, code = REFUSED[label]
    desk = people(ANNA, BEN)
    prepare(desk)
    before = len(desk.events)
    answer = merge(desk, BEN, ANNA)
    assert isinstance(answer, Refusal)
    assert (answer.code, bool(answer.what_to_do)) == (code, True)
    assert len(desk.events) == before
    assert contact(desk, BEN).merged_into is None


@pytest.mark.parametrize(
    ("one", "into", "code"),
    [("nobody", ANNA, "not_found"), (ANNA, "nobody", "not_found"), (ANNA, ANNA, "same_contact")],
)
def test_nobody_and_oneself(one: str, into: str, code: str) -> None:
    """What is not there, and what is already so by its nature."""
    desk = people(ANNA)
    ids = {ANNA: contact(desk, ANNA).id, "nobody": "nobody"}
    answer = desk.run(MergeContacts(desk="desk", contact=ids[one], into=ids[into], by="agent:e"))
    assert answer.code == code


def test_merges_behind_one_another_end() -> None:
    """Every message takes all the steps: there may be a few, not any number."""
    numbers = [f"tel:+{n}" for n in range(MOST_STEPS + 2)]
    desk = people(*numbers)
    answers = [merge(desk, one, into) for one, into in pairwise(numbers)]
    assert [getattr(a, "code", "") for a in answers] == [""] * MOST_STEPS + ["too_many_merges"]


def test_a_callback_goes_along() -> None:
    """Who waits to be called in what ends is called in what goes on, once."""
    desk = people(ANNA, BEN)
    made = ask_callback(desk, conversation(desk, BEN), "+492")
    merge(desk, BEN, ANNA)
    (kept,) = desk.all(Callback)
    assert (kept.id, kept.conversation, kept.live_of) == (
        made.id,
        conversation(desk, ANNA).id,
        "+492",
    )
    assert desk.bodies("callback.changed")[-1].callback == made.id


def test_what_waits_and_what_is_sent_stays_once() -> None:
    """A queued reply keeps its job; a held one leaves when either address writes."""
    desk = people(ANNA, BEN)
    younger = conversation(desk, BEN)
    sent = write(desk, younger, BEN)
    desk.now += DAY_MS
    held = write(desk, younger, BEN, limits=Limits(window_ms=HOUR_MS))
    assert held.state == "held"
    merge(desk, BEN, ANNA)
    jobs = {job.key: job.kind for job in desk.all(Job)}
    assert jobs == {sent.id: JobKind.SEND, held.id: JobKind.HELD}
    desk.run(accept(said("here I am", "new", ANNA)))
    assert desk.tables[Message][held.id,].state == "queued"
    assert sorted(job.kind for job in desk.all(Job)) == ["send", "send"]


def test_a_held_reply_goes_by_any_address_of_theirs() -> None:
    """The contacts are one person; a stranger's address stays a stranger's."""
    desk = people(ANNA, BEN, "tel:+493")
    merge(desk, BEN, ANNA)
    desk.now += DAY_MS
    held = write(desk, conversation(desk, ANNA), ANNA, limits=Limits(window_ms=HOUR_MS))

    def reroute(identity: str) -> Any:
        verb = Reroute(desk="desk", message=held.id, by="agent:e", identity=identity, way=way())
        return desk.run(verb)

    assert reroute("tel:+493").code == "unknown_recipient"
    assert reroute("tel:+499").code == "unknown_recipient"
    assert (reroute(BEN).state, held.state) == ("queued", "held")


def test_who_is_edited_is_who_they_are_in_the_end() -> None:
    """Blocked by the id they had before, they are blocked."""
    desk = people(ANNA, BEN)
    merge(desk, BEN, ANNA)
    _blocked(desk)
    assert (contact(desk, ANNA).blocked, contact(desk, BEN).blocked) == (True, False)
    assert desk.all(AuditEntry)[-1].object == contact(desk, ANNA).id


def test_nothing_is_said_in_what_goes_on_elsewhere() -> None:
    """Whoever still looks at it is told where it went."""
    desk = people(ANNA, BEN)
    merge(desk, BEN, ANNA)
    younger, elder = conversation(desk, BEN), conversation(desk, ANNA)
    promised = Promised(owner="e", queue="", text="soon", due=desk.now + 1, by="agent:e")
    here = {"desk": "desk", "conversation": younger.id}
    for refused in (
        write(desk, younger, BEN),
        *(move(desk, younger, verb) for verb in Verb),
        desk.run(WriteNote(**here, text="hm", by="agent:e")),
        desk.run(MakePromise(**here, promised=promised)),
    ):
        assert (refused.code, refused.extra) == ("continued", {"conversation": elder.id})


def test_conversations_that_go_on_in_ever_elder_ones_are_few() -> None:
    """As contacts are: a message that names the first of them takes all the steps."""
    desk = people(*(f"tel:+{n}" for n in range(MOST_STEPS + 2)))
    stays = f"tel:+{MOST_STEPS + 1}"
    *elder, eldest = [f"tel:+{n}" for n in reversed(range(MOST_STEPS + 1))]
    assert all(isinstance(merge(desk, one, stays), Contact) for one in elder)
    refused = merge(desk, eldest, stays)
    assert (refused.code, bool(refused.what_to_do)) == ("too_many_merges", True)
    assert contact(desk, eldest).merged_into is None
    move(desk, conversation(desk, elder[-1]), Verb.RESOLVE)
    assert isinstance(merge(desk, eldest, stays), Contact)  # nothing goes on then


# --- taking it back ---


@pytest.mark.parametrize("what", ["contacts", "conversations"])
def test_a_merge_reads_nothing_that_was_long_over(what: str) -> None:
    """It holds the desk's lock, however often its customers came back."""
    desk = people(ANNA, BEN)
    ends, stays = contact(desk, BEN), contact(desk, ANNA)
    verb: MergeContacts | MergeConversations = MergeContacts(
        desk="desk", contact=ends.id, into=stays.id, by="agent:e"
    )
    if what == "conversations":
        one, two = conversation(desk, BEN).id, conversation(desk, ANNA).id
        verb = MergeConversations(desk="desk", conversation=one, into=two, by="agent:e")
    view, seen = View(), set[Lookup]()
    while wanted := {each for each in verb.reads(view) if not view.knows(each)}:
        seen |= wanted
        for lookup in wanted:
            view.load(lookup, desk.found(lookup))
    assert Conversation in {each.row for each in seen}
    assert not [each for each in seen if (each.row, each.by) == (Conversation, "contact")]


@pytest.mark.parametrize(("one", "into"), [(BEN, ANNA), (ANNA, BEN)], ids=["younger", "older"])
def test_unmerged_both_go_on_by_themselves(one: str, into: str) -> None:
    """New messages go where they would have gone; what was written meanwhile stays there."""
    desk = people(ANNA, BEN)
    merge(desk, one, into)
    where_lands(desk, BEN, "meanwhile")
    unmerge(desk, one)
    assert [c.merged_into for c in desk.all(Contact)] == [None, None]
    elder, younger = conversation(desk, ANNA), conversation(desk, BEN)
    assert (elder.open_of, elder.continued_in) == (contact(desk, ANNA).id, None)
    assert (younger.status, younger.continued_in) == (Status.OPEN, None)
    assert (younger.open_of, younger.resolved_at) == (contact(desk, BEN).id, None)
    assert where_lands(desk, ANNA, "a") == elder.id
    assert where_lands(desk, BEN, "b") == younger.id
    assert [e.action for e in desk.all(AuditEntry)] == ["contact.merge", "contact.unmerge"]
    assert desk.bodies("contact.unmerged")[0].into == contact(desk, into).id


def test_unmerged_what_was_over_stays_so() -> None:
    """Only what went on in the other's conversation is looked at again."""
    desk = people(ANNA, BEN)
    move(desk, conversation(desk, BEN), Verb.RESOLVE)
    merge(desk, BEN, ANNA)
    unmerge(desk, BEN)
    assert conversation(desk, BEN).status is Status.RESOLVED
    assert conversation(desk, ANNA).status is Status.OPEN


def test_unmerged_no_reply_goes_to_the_other() -> None:
    """The address where a reply goes is again one of who the conversation is with."""
    desk = people(ANNA, BEN)
    merge(desk, BEN, ANNA)
    elder = conversation(desk, ANNA)
    assert elder.identity == BEN
    unmerge(desk, BEN)
    assert conversation(desk, ANNA).identity == ANNA
    assert write(desk, elder, BEN).code == "unknown_recipient"
    assert not isinstance(write(desk, elder, ANNA), Refusal)


def test_unmerged_a_held_reply_waits_for_whom_it_is_to() -> None:
    """Not for a word of the other, to whom it would then go."""
    desk = people(ANNA, BEN)
    merge(desk, BEN, ANNA)
    desk.now += DAY_MS
    held = write(desk, conversation(desk, ANNA), BEN, limits=Limits(window_ms=HOUR_MS))
    unmerge(desk, BEN)
    desk.run(accept(said("hm", "a", ANNA)))
    assert desk.tables[Message][held.id,].state == "held"
    desk.run(accept(said("hm", "b", BEN)))
    assert desk.tables[Message][held.id,].state == "queued"


def test_of_many_one_is_unmerged_with_whom_they_brought() -> None:
    """Those merged into them before go along; the others stay together."""
    desk = people("tel:+1", "tel:+2", "tel:+3", "tel:+4")
    for one, into in (("tel:+1", "tel:+2"), ("tel:+2", "tel:+4"), ("tel:+3", "tel:+4")):
        merge(desk, one, into)
    unmerge(desk, "tel:+2")
    assert contact(desk, "tel:+1").merged_into == contact(desk, "tel:+2").id
    lands = [where_lands(desk, f"tel:+{n}", f"new-{n}") for n in (1, 2, 3, 4)]
    assert lands[0] == lands[1]
    assert lands[2] == lands[3]
    assert lands[0] != lands[2]


def promise(desk: PaperDesk, which: Conversation) -> Promise:
    """An agent promises the customer of a conversation something until tomorrow."""
    what = Promised(owner="e", queue="", text="soon", due=desk.now + DAY_MS, by="agent:e")
    made: Promise = desk.run(MakePromise(desk="desk", conversation=which.id, promised=what))
    return made


@pytest.mark.parametrize(("one", "into"), [(BEN, ANNA), (ANNA, BEN)], ids=["younger", "older"])
@pytest.mark.parametrize("over", [False, True], ids=["open", "over"])
def test_unmerged_promises_go_home(one: str, into: str, *, over: bool) -> None:
    """To whose address they were made, before the merge or meanwhile, where somebody looks."""
    desk = people(ANNA, BEN)
    hers, his = conversation(desk, ANNA), conversation(desk, BEN)
    if over:
        where = desk.run(
            Write(
                desk="desk",
                conversation=his.id,
                author="agent:e",
                text="bye",
                account="sms",
                channel="sms",
                identity=BEN,
                then=Verb.RESOLVE,
            )
        )
        assert not isinstance(where, Refusal)
    before = promise(desk, hers)
    merge(desk, one, into)
    where_lands(desk, BEN, "meanwhile")
    meanwhile = promise(desk, conversation(desk, ANNA))
    assert (before.identity, meanwhile.identity) == (ANNA, BEN)
    unmerge(desk, one)
    at = {p.id: p.conversation for p in desk.all(Promise)}
    assert at == {before.id: hers.id, meanwhile.id: his.id}
    assert conversation(desk, BEN).status is Status.OPEN
    (moved,) = desk.bodies("promise.moved")
    assert (moved.promise, moved.conversation) == (meanwhile.id, hers.id)
    assert his.id in desk.bodies("contact.unmerged")[0].opened


@pytest.mark.parametrize(
    ("kind", "goes"),
    [(CallbackKind.SCHEDULED, True), (CallbackKind.AGENT_OWNED, True), (CallbackKind.QUEUE, False)],
)
def test_unmerged_callbacks_go_home(kind: CallbackKind, *, goes: bool) -> None:
    """Whose number is called; not those that keep a place, which stay where the place is."""
    desk = people(ANNA, BEN)
    ask_callback(desk, conversation(desk, BEN), "+492", kind)
    merge(desk, BEN, ANNA)
    unmerge(desk, BEN)
    (kept,) = desk.all(Callback)
    assert kept.conversation == conversation(desk, BEN if goes else ANNA).id


def test_what_was_never_merged_is_not_unmerged() -> None:
    """Nor what is not there."""
    desk = people(ANNA)
    assert unmerge(desk, ANNA).code == "not_merged"
    missing = desk.run(UnmergeContact(desk="desk", contact="nobody", by="agent:e"))
    assert missing.code == "not_found"


def test_another_desk_s_contact_is_none() -> None:
    """Neither of the two, and not to be unmerged either."""
    desk = people(ANNA, BEN)
    theirs = contact(desk, BEN)
    desk.tables[Contact][theirs.id,] = replace(theirs, desk="other")
    assert merge(desk, BEN, ANNA).code == "not_found"
    assert merge(desk, ANNA, BEN).code == "not_found"
    assert unmerge(desk, BEN).code == "not_found"
