"""Conversations that become one, and one that becomes two: what moves, what stays, what is refused."""

from collections import Counter
from typing import Any

import pytest

from gateway.domain.access import AuditEntry
from gateway.domain.callback import Callback
from gateway.domain.clock import HOUR_MS
from gateway.domain.conversation import Contact, Conversation, Status, Verb
from gateway.domain.job import Job
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.domain.promise import Promise, PromiseChanged
from gateway.verbs.conversation import WriteNote
from gateway.verbs.merge import MergeConversations
from gateway.verbs.promise import MakePromise, Promised
from gateway.verbs.split import MOST_MOVED, SplitConversation
from gateway.verbs.work import Decide, Decided
from tests.unit.verbs.paper import PaperDesk, accept, said
from tests.unit.verbs.test_merge import (
    ANNA,
    BEN,
    ask_callback,
    conversation,
    merge,
    move,
    people,
    unmerge,
    where_lands,
    write,
)


def two_matters() -> tuple[PaperDesk, str, str]:
    """One customer: an old matter that is resolved, and a new one that is open."""
    desk = people(ANNA)
    old = conversation(desk, ANNA)
    move(desk, old, Verb.RESOLVE)
    desk.now += 9 * 86_400_000
    return desk, old.id, where_lands(desk, ANNA, "new")


def join(desk: PaperDesk, one: str, into: str) -> Any:
    """The first goes on in the second."""
    return desk.run(MergeConversations(desk="desk", conversation=one, into=into, by="agent:e"))


def of(desk: PaperDesk, ident: str) -> Conversation:
    """A conversation as it stands."""
    found: Conversation = desk.tables[Conversation][ident,]
    return found


def test_a_new_matter_goes_on_in_the_old_one() -> None:
    """The old one is opened again, and the customer goes on there."""
    desk, old, new = two_matters()
    answer = join(desk, new, old)
    person = desk.one(Contact)
    assert (answer.id, answer.status, answer.open_of) == (old, Status.OPEN, person.id)
    assert answer.resolved_at is None
    assert (of(desk, new).status, of(desk, new).continued_in) == (Status.RESOLVED, old)
    assert where_lands(desk, ANNA, "more") == old
    assert [(e.kind, e.conversation) for e in desk.events if "conv" in e.kind][-3:] == [
        ("conversation.joined", old),
        ("conversation.continued", new),
        ("conversation.status", old),
    ]
    (entry,) = desk.all(AuditEntry)
    assert (entry.action, entry.object, entry.detail) == ("conversation.merge", new, f"into {old}")


def test_what_is_over_goes_on_in_what_is_open() -> None:
    """Nothing is opened or closed: a pointer is set, and a mail to the old one finds the new."""
    desk, old, new = two_matters()
    assert join(desk, old, new).status is Status.OPEN
    assert (of(desk, old).continued_in, of(desk, new).open_of) == (new, desk.one(Contact).id)
    assert desk.kinds().count("conversation.status") == 1
    desk.run(accept(said("re", "re", ANNA, conversation=old)))
    assert desk.all(Message)[-1].conversation == new


def test_of_two_that_are_over_the_newest_is_reopened() -> None:
    """Whoever writes again soon goes on where the newest went on."""
    desk, old, new = two_matters()
    move(desk, of(desk, new), Verb.RESOLVE)
    join(desk, new, old)
    assert desk.one(Contact).conversation == old


JOINED = {
    "itself": (lambda old, new: (new, new), "same_conversation"),
    "not there": (lambda old, new: (new, "nope"), "not_found"),
    "nothing there": (lambda old, new: ("nope", new), "not_found"),
}


@pytest.mark.parametrize("label", JOINED)
def test_joins_that_are_refused(label: str) -> None:
    """A refusal says why and what to do, and changes nothing."""
    which, code = JOINED[label]
    desk, old, new = two_matters()
    before = len(desk.events)
    answer = join(desk, *which(old, new))
    assert isinstance(answer, Refusal)
    assert (answer.code, bool(answer.what_to_do), len(desk.events)) == (code, True, before)


def test_different_people_are_merged_first() -> None:
    """Two people's conversations stay apart until somebody says that they are one person."""
    desk = people(ANNA, BEN)
    one, two = conversation(desk, ANNA).id, conversation(desk, BEN).id
    refused = join(desk, one, two)
    assert (refused.code, set(refused.extra)) == ("other_person", {"contact", "into"})
    merge(desk, BEN, ANNA)
    assert join(desk, two, one).id == one  # it does so already


def test_round_about_changes_nothing() -> None:
    """What goes on in the other already, either way round."""
    desk, old, new = two_matters()
    join(desk, new, old)
    before = len(desk.events)
    assert join(desk, new, old).id == old
    assert join(desk, old, new).id == old
    assert len(desk.events) == before


# --- splitting ---


def words(desk: PaperDesk, ident: str) -> list[str]:
    """What was said in a conversation, in its order."""
    mine = [m for m in desk.all(Message) if m.conversation == ident]
    return [m.text for m in sorted(mine, key=lambda m: m.seq)]


def talked() -> tuple[PaperDesk, Conversation]:
    """A customer who came back with another matter."""
    desk = people(ANNA)
    where_lands(desk, ANNA, "more")
    write(desk, conversation(desk, ANNA), ANNA)
    desk.run(accept(said("and now something else", "else", ANNA)))
    return desk, conversation(desk, ANNA)


def split(desk: PaperDesk, which: Conversation, text: str, **fields: Any) -> Any:
    """From the first message with these words on."""
    mine = sorted((m for m in desk.all(Message) if m.conversation == which.id), key=lambda m: m.seq)
    first = next((m for m in mine if m.text == text), None)
    moved = [m.id for m in mine if first is not None and m.seq >= first.seq]
    values: dict[str, Any] = {
        "desk": "desk",
        "conversation": which.id,
        "first": first.id if first is not None else "nope",
        "messages": tuple(moved),
        "whole": len(moved) == len(mine),
        "seq": of(desk, which.id).seq if which.id != "nope" else 0,
        "channel": "sms",
        "by": "agent:e",
    }
    return desk.run(SplitConversation(**(values | fields)))


def test_from_a_message_on_it_is_a_conversation_of_its_own() -> None:
    """The messages stand there, in order, each told of; the old one is over, and nothing is lost."""
    desk, old = talked()
    before = Counter(m.id for m in desk.all(Message))
    new = split(desk, old, "and now something else")
    person = desk.one(Contact)
    assert (new.status, new.open_of, person.conversation) == (Status.OPEN, person.id, new.id)
    assert (of(desk, old.id).status, of(desk, old.id).open_of) == (Status.RESOLVED, None)
    assert words(desk, old.id) == [f"hello of {ANNA}", "again", "an answer"]
    assert words(desk, new.id) == ["and now something else"]
    assert Counter(m.id for m in desk.all(Message)) == before
    told = {(e.conversation, e.seq): e.kind for e in desk.events}
    moved = next(m for m in desk.all(Message) if m.conversation == new.id)
    assert told[new.id, moved.seq] == "message.moved"
    assert [(e.kind, e.conversation) for e in desk.events if "split" in e.kind] == [
        ("conversation.split", new.id),
        ("conversation.split", old.id),
    ]
    assert where_lands(desk, ANNA, "later") == new.id
    assert desk.all(AuditEntry)[-1].action == "conversation.split"


def in_line(desk: PaperDesk, *addresses: str) -> list[list[str]]:
    """What is to be sent to each of these addresses, one after another, in its order."""
    jobs = sorted(desk.all(Job), key=lambda job: job.seq)
    told = {m.id: m for m in desk.all(Message)}
    lanes = [{j.lane for j in jobs if told[j.key].identity == each} for each in addresses]
    assert all(len(lane) == 1 for lane in lanes)
    return [[told[j.key].id for j in jobs if j.lane == lane] for (lane,) in lanes]


def test_what_is_to_be_sent_keeps_its_order_over_a_split() -> None:
    """What stays was written before what moves; what is written then comes after both."""
    desk, old = talked()
    first = desk.all(Message)[-2].id
    moves = write(desk, old, ANNA)
    new = split(desk, old, "and now something else")
    later = write(desk, new, ANNA)
    assert in_line(desk, ANNA) == [[first, moves.id, later.id]]


def test_what_is_to_be_sent_keeps_its_order_over_a_merge() -> None:
    """What waits in the conversation that ends leaves before what is written where it goes on;
    and unmerged, each address has its own order still."""
    desk = people(ANNA, BEN)
    one, two = conversation(desk, ANNA), conversation(desk, BEN)
    to_ben = write(desk, two, BEN)
    merge(desk, BEN, ANNA)
    again, to_anna = write(desk, one, BEN), write(desk, one, ANNA)
    unmerge(desk, BEN)
    last = write(desk, conversation(desk, BEN), BEN)
    assert in_line(desk, BEN, ANNA) == [[to_ben.id, again.id, last.id], [to_anna.id]]


def test_what_stands_again_does_so_where_its_answer_stands() -> None:
    """It was split off while the desk's owner decided, who tells of it where it was until then."""
    desk = people(ANNA)
    desk.run(accept(said("something else", "else", ANNA)))
    old = conversation(desk, ANNA)
    what = Promised(owner="e", queue="", text="", due=desk.now + HOUR_MS, by="agent:e")
    made = desk.run(MakePromise(desk="desk", conversation=old.id, promised=what))
    answer = write(desk, old, ANNA)

    def noticed(each: str) -> None:
        told = PromiseChanged(
            promise=made.id, what=each, due=what.due, noticed_at=desk.now, kept_by=answer.id
        )
        decided = Decided(body=told, conversation=old.id, cause=None)
        desk.run(Decide(epoch=0, applied=0, rows=[], decisions=[decided]))

    noticed("kept")
    new = split(desk, old, "something else")
    noticed("reopened")
    stands = desk.one(Promise)
    assert (stands.state, stands.conversation) == ("open", new.id)


def test_an_account_that_is_away_holds_up_no_others() -> None:
    """What waits to be sent by one account is in nobody's way who writes by another."""
    desk, old = talked()
    write(desk, old, ANNA, account="sms2")
    assert sorted(job.lane for job in desk.all(Job)) == [
        f"to:desk:sms2:{ANNA}",
        f"to:desk:sms:{ANNA}",
    ]


def test_callbacks_go_along_and_notes_stay() -> None:
    """Who is to be called is called in what is open; colleagues' notes stay where they were."""
    desk, old = talked()
    ask_callback(desk, old, "+491")
    desk.run(WriteNote(desk="desk", conversation=old.id, text="hm", by="agent:e"))
    new = split(desk, old, "again")
    assert desk.one(Callback).conversation == new.id


SPLIT: dict[str, tuple[str, dict[str, Any], str]] = {
    "the first": (f"hello of {ANNA}", {}, "from_the_first"),
    "not of it": ("nothing like this", {}, "not_found"),
    "somebody wrote": ("again", {"seq": 1}, "moved_on"),
    "too many": ("again", {"messages": ("m",) * (MOST_MOVED + 1)}, "too_many_messages"),
    "not there": ("again", {"conversation": "nope"}, "not_found"),
}


@pytest.mark.parametrize("label", SPLIT)
def test_splits_that_are_refused(label: str) -> None:
    """A refusal says why and what to do, and changes nothing."""
    text, fields, code = SPLIT[label]
    desk, old = talked()
    before = len(desk.events)
    answer = split(desk, old, text, **fields)
    assert isinstance(answer, Refusal)
    assert (answer.code, bool(answer.what_to_do), len(desk.events)) == (code, True, before)


def test_what_is_over_is_not_split() -> None:
    """Nor what goes on elsewhere."""
    desk, old = talked()
    move(desk, old, Verb.RESOLVE)
    assert split(desk, old, "again").code == "not_open"
    desk = people(ANNA, BEN)
    where_lands(desk, BEN, "more")
    merge(desk, BEN, ANNA)
    assert split(desk, conversation(desk, BEN), "again").code == "continued"
