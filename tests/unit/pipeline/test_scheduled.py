"""What is written for later: it goes once, at its time, to the right person, or is kept."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from config.rulebook import Rulebook
from gateway.contract import AttachmentRule, PresenceEvent
from gateway.domain.access import Role
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Conversation, Status, Verb
from gateway.domain.job import JobKind
from gateway.domain.message import MessageKind
from gateway.domain.outcome import Refusal
from gateway.domain.scheduled import Scheduled, ScheduledState
from gateway.pipeline.crew import STUMBLES, stumbled
from gateway.pipeline.media import KEPT_S
from gateway.pipeline.scheduled import Departures, packed
from gateway.pipeline.writing import Reply
from gateway.store.queries.http_rows import one
from gateway.store.queries.proof import proofs
from gateway.store.queries.rows import all_of, table_of
from gateway.verbs.access import AddUser, EditUser
from gateway.verbs.contact import EditContact
from gateway.verbs.conversation import SetStatus
from gateway.verbs.merge import MergeContacts, UnmergeContact
from gateway.verbs.message import File
from gateway.verbs.scheduling import (
    FURTHEST_MS,
    MOST_LIVE,
    SOONEST_MS,
    Reschedule,
    Schedule,
    Unschedule,
    Wish,
)
from gateway.verbs.split import SplitConversation
from gateway.verbs.work import ApplyRulebook, PauseSending
from tests.store.toys import Put
from tests.unit.pipeline.desk import BOOK, START_MS, Desk, hushed, opened
from tests.unit.pipeline.test_media import aged
from tests.unit.pipeline.toy import Toy, said

SAID = "SELECT text, author FROM message WHERE direction='out' ORDER BY rowid"
STANDS = "SELECT state, reason FROM scheduled ORDER BY rowid"
JOBS = "SELECT count(*) FROM job WHERE kind='scheduled'"


@pytest.fixture
async def desk(tmp_path: Path):
    """A desk of two people and two channels; whatever happened, the store keeps its promises."""
    async with opened(tmp_path, toy=Toy(), sms=Toy(channel="sms")) as made:
        for login in ("emma", "lin"):
            await made.store.submit(
                AddUser(desk="desk", login=login, name=login, role=Role.AGENT, locale="en", by="t")
            )
        yield made
        broken = [
            found
            for found in await made.store.read(lambda c: list(proofs(c, "desk", made.store.files)))
            if not found.holds
        ]
        assert broken == []


async def wish(
    desk: Desk, where: str, words: str, *, ms: int, follows: bool, **fields: Any
) -> Wish:
    reply = desk.words(where, words, **fields)
    write = await desk.outbound.prepare(reply)
    assert not isinstance(write, Refusal), write
    return Wish(
        author=reply.author,
        text=reply.text,
        reply=packed(reply),
        send_at=desk.clock.now_ms() + ms,
        unless_answered=follows,
        write=write,
    )


async def schedule(
    desk: Desk,
    where: str,
    words: str = "Later",
    *,
    ms: int = HOUR_MS,
    follows: bool = False,
    **fields: Any,
) -> Any:
    """Emma writes for later."""
    wanted = await wish(desk, where, words, ms=ms, follows=follows, **fields)
    identity = fields.get("identity", "")
    return await desk.store.submit(
        Schedule(desk="desk", conversation=where, identity=identity, wish=wanted, by="agent:emma")
    )


async def waits(desk: Desk, where: str, words: str = "Later", **fields: Any) -> Scheduled:
    """The same; it waits."""
    row = await schedule(desk, where, words, **fields)
    assert isinstance(row, Scheduled), row
    return row


async def go(desk: Desk) -> bool:
    """Let the next one go that is due; False when none is."""
    claimed = await desk.claim(JobKind.SCHEDULED)
    if claimed is None:
        return False
    await desk.store.submit(await desk.departures.leave(claimed))
    return True


async def due(desk: Desk, ms: int = HOUR_MS) -> None:
    """The time comes."""
    desk.clock.now += ms
    assert await go(desk)


async def status(desk: Desk, where: str, verb: Verb) -> None:
    answer = await desk.store.submit(
        SetStatus(desk="desk", conversation=where, verb=verb, by="agent:emma")
    )
    assert not isinstance(answer, Refusal), answer


async def row_of(desk: Desk, ident: str) -> Any:
    query = "SELECT conversation, state, reason, text, author, version FROM scheduled WHERE id=:i"
    return await desk.one(query, i=ident)


async def test_it_goes_at_its_time_and_holds_up_nothing(desk: Desk) -> None:
    """What is said meanwhile leaves at once; of two that wait the first due goes first."""
    where = await desk.ask_in()
    await waits(desk, where, "second", ms=2 * HOUR_MS)
    await waits(desk, where, "first", ms=HOUR_MS)
    assert not await go(desk)
    await desk.reply(where, "now")
    await desk.send()
    assert [message.text for message in desk.toys["toy"].sent] == ["now"]
    await due(desk, HOUR_MS)
    assert not await go(desk)
    await due(desk, HOUR_MS)
    assert [text for text, _ in await desk.rows(SAID)] == ["now", "first", "second"]
    assert await desk.rows(STANDS) == [("sent", "")] * 2
    told = await desk.told("reply.unscheduled")
    said_ids = [row[0] for row in await desk.rows("SELECT id FROM message WHERE text='first'")]
    assert (told[0].state, told[0].message, told[0].by) == ("sent", said_ids[0], "system")


FOLLOWS = [
    ("a word on the same channel", "toy", {}, True, ("cancelled", "answered")),
    ("a word on another channel", "sms", {}, True, ("cancelled", "answered")),
    ("a call", "sms", {"kind": MessageKind.CALL}, True, ("cancelled", "answered")),
    ("a machine", "toy", {"automatic": True}, True, ("waiting", "")),
    ("a word, and it goes in any case", "toy", {}, False, ("waiting", "")),
]


@pytest.mark.parametrize(
    ("account", "fields", "follows", "stands"),
    [row[1:] for row in FOLLOWS],
    ids=[row[0] for row in FOLLOWS],
)
async def test_the_customer_writes(desk: Desk, account, fields, follows, stands) -> None:
    """A follow-up ends in the moment in which the customer writes; nothing else does."""
    where = await desk.ask_in()
    await waits(desk, where, follows=follows)
    await desk.hear(said("Here I am", "2", **fields), account=account)
    assert await desk.rows(STANDS) == [stands]
    assert await desk.one(JOBS) == (stands[0] == "waiting")


async def test_it_ends_with_the_conversation(desk: Desk) -> None:
    """A follow-up asks after nothing that is over; what goes in any case is kept, and says why."""
    where = await desk.ask_in()
    await waits(desk, where, "still there?", follows=True)
    kept = await waits(desk, where, "in any case")
    await status(desk, where, Verb.RESOLVE)
    assert await desk.rows(STANDS) == [("cancelled", "resolved"), ("waiting", "")]
    await due(desk)
    assert await desk.rows(SAID) == []
    assert (await row_of(desk, kept.id))[1:4] == ("refused", "resolved", "in any case")
    await status(desk, where, Verb.REOPEN)
    again = await wish(desk, where, "in any case", ms=MINUTE_MS, follows=False)
    answer = await desk.store.submit(
        Reschedule(desk="desk", scheduled=kept.id, version=1, wish=again, by="agent:emma")
    )
    assert (answer.state, answer.reason, answer.version) == (ScheduledState.WAITING, "", 2)
    await due(desk, MINUTE_MS)
    assert await desk.rows(SAID) == [("in any case", "agent:emma")]


async def test_it_ends_at_the_provider(desk: Desk) -> None:
    """A person there answered, and ended it: nobody follows up here."""
    await waits(desk, await desk.ask_in(), follows=True)
    for key, elsewhere in (("presence:1", True), ("presence:2", False)):
        seen = PresenceEvent(key=key, what="seen", sender="tel:+491", elsewhere=elsewhere)
        await desk.hear(seen)
    assert await desk.rows(STANDS) == [("cancelled", "resolved")]


async def test_one_that_resolves_ends_the_others_and_not_itself(desk: Desk) -> None:
    """It went; the follow-ups behind it have nothing to ask any more."""
    where = await desk.ask_in()
    await waits(desk, where, "bye", then="resolve", follows=True)
    await waits(desk, where, "still there?", ms=2 * HOUR_MS, follows=True)
    await due(desk)
    assert await desk.rows(STANDS) == [("sent", ""), ("cancelled", "resolved")]
    assert [body.state for body in await desk.told("reply.unscheduled")] == ["cancelled", "sent"]


Trouble = Callable[[Desk, str], Awaitable[Any]]


async def _disabled(desk: Desk, _: str) -> None:
    await desk.store.submit(EditUser(desk="desk", login="emma", by="agent:ada", disabled=True))


async def _blocked(desk: Desk, where: str) -> None:
    who = await desk.one("SELECT contact FROM conversation WHERE id=:w", w=where)
    await desk.store.submit(EditContact(desk="desk", contact=who, by="agent:ada", blocked=True))


async def _opted_out(desk: Desk, _: str) -> None:
    await desk.hear(PresenceEvent(key="presence:1", what="opted_out", sender="tel:+491"))


async def _no_account(desk: Desk, _: str) -> None:
    desk.accounts.pop("toy")


async def _stricter(desk: Desk, _: str) -> None:
    book = BOOK | {"courtesy": {"levels": {"brush_off": "block"}}}
    content = Rulebook.model_validate(book).to_json()
    await desk.store.submit(ApplyRulebook(content=content, by="admin"))
    await desk.decide()


TROUBLES = [
    ("its writer has left", _disabled, "author_disabled"),
    ("its customer is blocked", _blocked, "customer_blocked"),
    ("its customer wants nothing more", _opted_out, "opted_out"),
    ("its account is gone", _no_account, "unknown_account"),
    ("the desk is stricter about words", _stricter, "courtesy"),
]


@pytest.mark.parametrize(
    ("trouble", "code"), [row[1:] for row in TROUBLES], ids=[row[0] for row in TROUBLES]
)
async def test_what_cannot_go_is_kept(desk: Desk, trouble: Trouble, code: str) -> None:
    """Nothing is said; its words stand there with the reason until somebody decides about them."""
    where = await desk.ask_in()
    row = await waits(desk, where, "Hello, that is not my job.")
    await trouble(desk, where)
    await due(desk)
    assert await desk.rows(SAID) == []
    found = await row_of(desk, row.id)
    assert found[1:4] == ("refused", code, "Hello, that is not my job.")
    assert await desk.one("SELECT ended_at FROM scheduled") is None
    assert not await go(desk)


async def test_a_closed_window_holds_it_as_any_reply(tmp_path: Path) -> None:
    """It is written at its time, and waits for its customer as what was written then would."""
    async with opened(tmp_path, toy=Toy(window_ms=HOUR_MS)) as desk:
        await desk.store.submit(
            AddUser(desk="desk", login="emma", name="E", role=Role.AGENT, locale="en", by="t")
        )
        where = await desk.ask_in()
        await waits(desk, where, ms=2 * HOUR_MS)
        await due(desk, 2 * HOUR_MS)
        assert await desk.one("SELECT state FROM message WHERE direction='out'") == "held"
        await desk.ask_in("I am here", "2")
        assert await desk.one("SELECT state FROM message WHERE direction='out'") == "queued"


async def test_once_whenever_the_process_dies(desk: Desk) -> None:
    """Before it is written it goes at the next start; after that it has gone."""
    where = await desk.ask_in()
    await waits(desk, where)
    desk.clock.now += HOUR_MS
    claimed = await desk.claim(JobKind.SCHEDULED)
    assert claimed is not None
    desk.store.forsake(claimed)  # the process died here
    desk.clock.now += 3 * MINUTE_MS
    (again,) = await desk.store.reclaim()
    first, second = await desk.departures.leave(again), await desk.departures.leave(again)
    assert (await desk.store.submit(first)).state is ScheduledState.SENT
    assert await desk.store.submit(second) is None  # the answer to the first was lost
    assert await desk.rows(SAID) == [("Later", "agent:emma")]
    assert await desk.rows("SELECT kind FROM job") == [("send",)]


async def test_whoever_changes_it_while_it_leaves(desk: Desk) -> None:
    """The turn that was under way is over; it goes once, at the new time, in the new words."""
    where = await desk.ask_in()
    row = await waits(desk, where)
    desk.clock.now += HOUR_MS
    claimed = await desk.claim(JobKind.SCHEDULED)
    assert claimed is not None
    leave = await desk.departures.leave(claimed)
    other = await wish(desk, where, "Other words", ms=HOUR_MS, follows=False, author="agent:lin")
    command = Reschedule(desk="desk", scheduled=row.id, version=1, wish=other, by="agent:lin")
    assert (await desk.store.submit(command)).version == 2
    assert await desk.store.submit(leave) is None
    assert await desk.rows(SAID) == []
    second = await desk.store.submit(command)
    assert (second.code, second.extra["by"]) == ("changed_meanwhile", "agent:lin")
    await due(desk)
    assert await desk.rows(SAID) == [("Other words", "agent:lin")]
    for late in (command, Unschedule(desk="desk", scheduled=row.id, by="agent:emma")):
        assert (await desk.store.submit(late)).code == "scheduled_over"


async def test_called_off(desk: Desk) -> None:
    """It never goes, even if its turn has begun; twice is fine."""
    where = await desk.ask_in()
    row = await waits(desk, where)
    desk.clock.now += HOUR_MS
    claimed = await desk.claim(JobKind.SCHEDULED)
    assert claimed is not None
    leave = await desk.departures.leave(claimed)
    off = Unschedule(desk="desk", scheduled=row.id, by="agent:lin")
    assert (await desk.store.submit(off)).ended_by == "agent:lin"
    assert (await desk.store.submit(off)).state is ScheduledState.CANCELLED
    assert await desk.store.submit(leave) is None
    assert await desk.rows(SAID) == []
    assert await desk.one(JOBS) == 0


async def test_sent_now(desk: Desk) -> None:
    """In the name of who sends it; where it cannot go they are told, and it waits on."""
    where = await desk.ask_in()
    row = await waits(desk, where, follows=True)
    await _blocked(desk, where)
    leave = await desk.departures.leaving(row, author="agent:lin", by="agent:lin")
    assert (await desk.store.submit(leave)).code == "customer_blocked"
    assert await desk.rows(STANDS) == [("waiting", "")]
    await _blocked_no_more(desk, where)
    gone = await desk.store.submit(leave)
    assert (gone.state, gone.author, gone.ended_by) == ("sent", "agent:lin", "agent:lin")
    assert (await desk.store.submit(leave)).code == "scheduled_over"
    assert await desk.rows(SAID) == [("Later", "agent:lin")]
    assert await desk.one(JOBS) == 0


async def _blocked_no_more(desk: Desk, where: str) -> None:
    who = await desk.one("SELECT contact FROM conversation WHERE id=:w", w=where)
    await desk.store.submit(EditContact(desk="desk", contact=who, by="agent:ada", blocked=False))


async def test_a_pause_holds_it(desk: Desk) -> None:
    """While the desk's sending is paused nothing becomes a message; then it goes."""
    where = await desk.ask_in()
    await waits(desk, where)
    await desk.store.submit(PauseSending(paused=True, by="agent:ada"))
    desk.clock.now += HOUR_MS
    assert not await go(desk)
    await desk.store.submit(PauseSending(paused=False, by="agent:ada"))
    assert await go(desk)
    assert await desk.rows(SAID) == [("Later", "agent:emma")]


REFUSED = [
    ("at once", {"ms": SOONEST_MS - 1}, "send_at_past"),
    ("in the past", {"ms": -DAY_MS}, "send_at_past"),
    ("too far", {"ms": FURTHEST_MS + 1}, "send_at_too_far"),
]


@pytest.mark.parametrize(
    ("fields", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_what_cannot_wait(desk: Desk, fields: Any, code: str) -> None:
    """Each is refused by its name, and nothing waits."""
    where = await desk.ask_in()
    assert (await schedule(desk, where, **fields)).code == code
    assert await desk.rows(STANDS) == []
    for edge in (SOONEST_MS, FURTHEST_MS):
        await waits(desk, where, ms=edge)


async def test_what_could_not_even_go_now(desk: Desk) -> None:
    """The writer hears it at once: so many wait, nothing is said there any more, or to them."""
    where = await desk.ask_in()
    for _ in range(MOST_LIVE):
        await waits(desk, where)
    assert (await schedule(desk, where)).code == "too_many_scheduled"
    await _opted_out(desk, where)
    assert (await schedule(desk, where)).code == "opted_out"
    await status(desk, where, Verb.RESOLVE)
    assert (await schedule(desk, where)).code == "resolved"


async def two(desk: Desk) -> tuple[str, str]:
    """Conversations of two people."""
    elder = await desk.ask_in("Hello", "1", sender="tel:+491")
    desk.clock.now += MINUTE_MS
    younger = await desk.ask_in("Hello", "2", sender="tel:+492")
    return elder, younger


async def merged(desk: Desk, younger: str) -> str:
    """The one who wrote later is who wrote before; their contact."""
    other = await desk.one("SELECT contact FROM conversation WHERE id=:y", y=younger)
    into = await desk.one("SELECT id FROM contact WHERE id<>:o", o=other)
    await desk.store.submit(MergeContacts(desk="desk", contact=other, into=into, by="agent:emma"))
    return str(other)


async def test_it_goes_along_and_home_again(desk: Desk) -> None:
    """Merged, it waits where the conversation goes on; parted again, each has what was theirs, so
    that nobody is told what was meant for the other."""
    elder, younger = await two(desk)
    mine = await waits(desk, younger, "for the younger")
    theirs = await waits(desk, elder, "for the elder", ms=2 * HOUR_MS)
    contact = await merged(desk, younger)
    assert (await row_of(desk, mine.id))[:2] == (elder, "waiting")
    await desk.store.submit(UnmergeContact(desk="desk", contact=contact, by="agent:emma"))
    assert (await row_of(desk, mine.id))[:2] == (younger, "waiting")
    assert (await row_of(desk, theirs.id))[:2] == (elder, "waiting")
    await due(desk, HOUR_MS)
    await due(desk, HOUR_MS)
    where = "SELECT identity, text FROM message WHERE direction='out' ORDER BY rowid"
    assert await desk.rows(where) == [
        ("tel:+492", "for the younger"),
        ("tel:+491", "for the elder"),
    ]


async def test_a_merge_that_brings_the_answer(desk: Desk) -> None:
    """Whoever has answered in the other conversation since is not followed up in this one."""
    elder, younger = await two(desk)
    await waits(desk, younger, follows=True)
    desk.clock.now += MINUTE_MS
    await desk.ask_in("Found it", "3", sender="tel:+491")
    assert await desk.rows(STANDS) == [("waiting", "")]
    await merged(desk, younger)
    assert await desk.rows(STANDS) == [("cancelled", "answered")]
    assert elder


async def test_a_split_takes_it_along(desk: Desk) -> None:
    """It waits in the conversation that goes on, and a word there ends a follow-up."""
    where = await desk.ask_in()
    await desk.ask_in("And another thing", "2")
    await waits(desk, where, follows=True)
    first = await desk.one("SELECT id FROM message WHERE text='And another thing'")
    split = await desk.store.submit(
        SplitConversation(
            desk="desk",
            conversation=where,
            first=first,
            messages=(first,),
            whole=False,
            seq=await desk.one("SELECT seq FROM conversation WHERE id=:w", w=where),
            channel="toy",
            by="agent:emma",
        )
    )
    assert await desk.one("SELECT conversation FROM scheduled") == split.id
    await desk.ask_in("Still me", "3")
    assert await desk.rows(STANDS) == [("cancelled", "answered")]


async def test_its_files_are_kept(desk: Desk) -> None:
    """What waits names its files as a message would; once it is called off they are nobody's."""
    where = await desk.ask_in()
    sha256 = desk.store.files.put(b"%PDF-1.7 a bill")
    bill = File(sha256=sha256, media_type="application/pdf", filename="bill.pdf", size_bytes=15)
    anything = (AttachmentRule(media_type="", max_bytes=1_000),)
    desk.toys["toy"].capabilities = Toy(attachments=anything, max_attachments=1).capabilities
    row = await waits(desk, where, attachments=(bill,))
    assert await swept(desk) == 0
    await desk.store.submit(Unschedule(desk="desk", scheduled=row.id, by="agent:emma"))
    assert await swept(desk) == 1


async def swept(desk: Desk) -> int:
    """What is taken from the disk when all on it has grown old."""
    old_s = desk.clock.now_ms() / 1_000 - KEPT_S - 1
    for sha256 in desk.store.files.all():
        aged(desk.store.files.path(sha256), old_s)
    return await desk.media.sweep()


async def test_sent_now_while_two_are_parted(desk: Desk) -> None:
    """What was about to be said in the other's conversation is said in none."""
    elder, younger = await two(desk)
    row = await waits(desk, younger, "for the younger")
    contact = await merged(desk, younger)
    (there,) = [each for each in await desk.store.read(live_of, elder) if each.id == row.id]
    leave = await desk.departures.leaving(there, author="agent:lin", by="agent:lin")
    await desk.store.submit(UnmergeContact(desk="desk", contact=contact, by="agent:emma"))
    assert (await desk.store.submit(leave)).code == "changed_meanwhile"
    assert await desk.rows(SAID) == []


def live_of(connection: Any, conversation: str) -> list[Scheduled]:
    return all_of(
        connection,
        Scheduled,
        table_of(Scheduled).select().where(table_of(Scheduled).c.conversation == conversation),
    )


UNSEEN: list[tuple[str, type[Any], dict[str, Any], tuple[str, str]]] = [
    ("they wrote", Conversation, {"inbound_at": START_MS + 1}, ("cancelled", "answered")),
    ("it is over", Conversation, {"status": Status.RESOLVED}, ("cancelled", "resolved")),
    ("it is another's", Scheduled, {"identity": "tel:+492"}, ("refused", "unknown_recipient")),
]


@pytest.mark.parametrize(
    ("kind", "fields", "stands"), [row[1:] for row in UNSEEN], ids=[row[0] for row in UNSEEN]
)
async def test_what_was_missed_is_seen_at_its_time(desk: Desk, kind, fields, stands) -> None:
    """However it came that nobody ended it in time: it is asked once more before it is said."""
    where, _ = await two(desk)
    desk.clock.now = START_MS
    row = await waits(desk, where, follows=True)
    ident = row.id if kind is Scheduled else where
    meant = await desk.store.read(one, kind, ident)
    await desk.store.submit(Put(rows=(replace(meant, **fields),)))
    await due(desk)
    assert await desk.rows(STANDS) == [stands]
    assert await desk.rows(SAID) == []
    if kind is Conversation:  # as it was, for the store's promises
        now = await desk.store.read(one, kind, ident)
        await desk.store.submit(Put(rows=(replace(now, status=Status.OPEN),)))


class Broken:
    """Our own mistake."""

    async def prepare(self, reply: Reply) -> Any:
        raise RuntimeError(reply.text)


async def test_our_own_mistake_loses_no_words(desk: Desk) -> None:
    """It is tried again as any job is, and after the last try it is kept with the reason."""
    where = await desk.ask_in()
    await waits(desk, where)
    desk.clock.now += HOUR_MS
    departures = Departures(desk.store, Broken(), desk.accounts, lambda: desk.dispatch.inforce)
    for _ in range(STUMBLES - 1):
        claimed = await desk.claim(JobKind.SCHEDULED)
        assert claimed is not None
        with pytest.raises(RuntimeError) as raised:
            await departures.leave(claimed)
        await desk.store.submit(stumbled(claimed, raised.value, desk.clock.now_ms()))
        desk.clock.now += MINUTE_MS
    claimed = await desk.claim(JobKind.SCHEDULED)
    assert claimed is not None
    with hushed():
        await desk.store.submit(await departures.leave(claimed))
    assert await desk.rows(STANDS) == [("refused", "internal")]


async def test_sent_now_it_resolves(desk: Desk) -> None:
    """It was sent, and so it is told: what it ends is not itself."""
    where = await desk.ask_in()
    row = await waits(desk, where, "bye", then="resolve", follows=True)
    leave = await desk.departures.leaving(row, author="agent:lin", by="agent:lin")
    assert (await desk.store.submit(leave)).state is ScheduledState.SENT
    assert [body.state for body in await desk.told("reply.unscheduled")] == ["sent"]
