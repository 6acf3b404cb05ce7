"""What was promised to customers: what keeps it, what breaks it, what is told and when."""

from pathlib import Path
from typing import Any

import pytest

from config.rulebook import Rule
from gateway.contract import DeliveryReport
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from gateway.domain.conversation import Conversation, Verb
from gateway.domain.job import JobKind
from gateway.domain.message import MessageState
from gateway.domain.outcome import Accepted, Reason, Refusal, Rejected
from gateway.domain.promise import Promise, PromiseChanged, PromiseState
from gateway.pipeline.promisereport import promise_figures
from gateway.pipeline.report import Question
from gateway.verbs.contact import EditContact
from gateway.verbs.conversation import SetStatus
from gateway.verbs.merge import MergeContacts, UnmergeContact
from gateway.verbs.message import Write
from gateway.verbs.promise import EndPromise, MakePromise, Promised
from gateway.verbs.work import ApplyRulebook, Decide, Decided
from tests.unit.pipeline.desk import BOOK, START_MS, Desk, opened
from tests.unit.pipeline.toy import Toy, said
from tests.unit.verbs.paper import PaperDesk, accept

SPAN = 8 * HOUR_MS
DUE = START_MS + SPAN
WARN = DUE - HOUR_MS
BREAKS = DUE + DAY_MS
SENT = Accepted(provider_id="p1")
REFUSED = Rejected(reason=Reason.INVALID_RECIPIENT, detail="nobody lives there")
ROW = "SELECT state, warned_at, late_at, kept_by, ended_at FROM promise"


def promised(due: int = DUE, **fields: Any) -> Promised:
    given = {"owner": "emma", "queue": "main", "text": "an answer", "by": "agent:emma"}
    return Promised(due=due, **(given | fields))


async def make(desk: Desk, conversation: str, due: int = DUE) -> Any:
    command = MakePromise(desk="desk", conversation=conversation, promised=promised(due))
    made = await desk.store.submit(command)
    await desk.decide()
    return made


async def end(desk: Desk, promise: str, state: PromiseState) -> Any:
    command = EndPromise(desk="desk", promise=promise, state=state, reason="r", by="agent:lin")
    ended = await desk.store.submit(command)
    await desk.decide()
    return ended


async def waits(desk: Desk) -> str:
    """A customer was answered, and waits for what was promised."""
    conversation = await desk.ask_in()
    await make(desk, conversation)
    return conversation


async def resolve(desk: Desk, conversation: str) -> None:
    command = SetStatus(desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:emma")
    await desk.store.submit(command)
    await desk.decide()


async def test_a_promise_is_written_and_told(desk: Desk) -> None:
    """Its row says who promised what until when; the fact holds ids and instants alone."""
    conversation = await waits(desk)
    (fact,) = await desk.log("promise.made")
    body = await desk.last("promise.made")
    assert (fact.conversation, fact.actor, body.due, body.owner) == (
        conversation,
        "agent:emma",
        DUE,
        "emma",
    )
    assert "an answer" not in fact.body
    assert await desk.one("SELECT text, made_at FROM promise") == ("an answer", START_MS)
    assert await desk.one(ROW) == ("open", None, None, None, None)


async def test_warned_once_late_once_broken_once(desk: Desk) -> None:
    """Each at its instant and never again, with the due instant that was promised."""
    await waits(desk)
    await desk.wait(WARN - START_MS - 1)
    assert await desk.whats("promise.changed") == []
    await desk.wait(1)
    assert await desk.whats("promise.changed") == ["warned"]
    await desk.wait(HOUR_MS)
    assert await desk.whats("promise.changed") == ["warned"], "at its instant it is still kept"
    await desk.wait(1)
    await desk.wait(5 * MINUTE_MS)
    assert await desk.whats("promise.changed") == ["warned", "late"]
    assert (await desk.one(ROW))[0] == "late"
    await desk.wait(DAY_MS)
    await desk.wait(DAY_MS)
    assert await desk.whats("promise.changed") == ["warned", "late", "broken"]
    assert {body.due for body in await desk.told("promise.changed")} == {DUE}
    assert (await desk.one(ROW))[0] == "broken"


@pytest.mark.parametrize(
    ("after_ms", "state", "told", "late"),
    [
        pytest.param(HOUR_MS, "kept", ["kept"], None, id="in time"),
        pytest.param(SPAN, "kept", ["warned", "kept"], None, id="in the last millisecond"),
        pytest.param(SPAN + 1, "kept", ["warned", "late", "kept"], DUE, id="late"),
        pytest.param(4 * MINUTE_MS, "open", [], None, id="in the same breath"),
    ],
)
async def test_the_next_reply_keeps_it(desk: Desk, after_ms, state, told, late) -> None:
    """Dated when it was written; what follows the promise in the same breath is no answer."""
    conversation = await waits(desk)
    await desk.wait(after_ms)
    message = await desk.reply(conversation)
    await desk.send(SENT)
    await desk.decide()
    assert await desk.whats("promise.changed") == told
    found = await desk.one("SELECT state, late_at, kept_by, ended_at FROM promise")
    at = START_MS + after_ms
    assert found == (state, late, message.id if told else None, at if told else None)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"author": "auto:waiting", "automatic": True}, "a machine says it"),
        ({"author": "agent:bot"}, "a log-in that counts as a machine"),
    ],
)
async def test_machines_keep_no_promise(tmp_path: Path, fields: Any, why: str) -> None:
    """Only what a person writes is an answer."""
    book = BOOK | {"agents": BOOK["agents"] | {"bot": {}}, "sla": {"bots": ["bot"]}}
    async with opened(tmp_path, book=book) as desk:
        conversation = await waits(desk)
        await desk.wait(HOUR_MS)
        await desk.reply(conversation, **fields)
        await desk.send(SENT)
        await desk.decide()
        assert await desk.whats("promise.changed") == [], why


async def test_a_reply_on_its_way_defers(desk: Desk) -> None:
    """Written in time and sent an hour late it kept the promise; nobody was told otherwise."""
    conversation = await waits(desk)
    await desk.wait(HOUR_MS)
    await desk.reply(conversation)
    await desk.wait(SPAN)
    assert await desk.whats("promise.changed") == []
    await desk.send(SENT)
    await desk.decide()
    assert await desk.whats("promise.changed") == ["kept"]
    assert await desk.one("SELECT late_at FROM promise") is None


async def test_a_reply_that_fails_keeps_nothing(desk: Desk) -> None:
    """What it had deferred is told at once, with the instants that were meant."""
    conversation = await waits(desk)
    await desk.wait(HOUR_MS)
    await desk.reply(conversation)
    await desk.wait(SPAN)
    await desk.send(REFUSED)
    await desk.decide()
    assert await desk.whats("promise.changed") == ["warned", "late"]


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_report_takes_back_what_was_kept(desk: Desk, restarts: bool) -> None:
    """Sent, and told a day later to have failed: the customer still waits for it."""
    conversation = await waits(desk)
    await desk.wait(HOUR_MS)
    await desk.reply(conversation)
    await desk.send(SENT)
    await desk.decide()
    if restarts:
        desk.dispatch = desk.new_dispatch()
    failed = DeliveryReport(
        key="report:1",
        state=MessageState.FAILED,
        provider_message="p1",
        reason=Reason.UNAVAILABLE,
    )
    await desk.hear(failed)
    await desk.decide()
    assert await desk.whats("promise.changed") == ["kept", "reopened"]
    assert await desk.one(ROW) == ("open", None, None, None, None)
    await desk.wait(SPAN)
    assert (await desk.one(ROW))[0] == "late"
    if restarts:
        desk.dispatch = desk.new_dispatch()
    arrived = DeliveryReport(
        key="report:2", state=MessageState.DELIVERED, provider_message="p1", reason=None
    )
    await desk.hear(arrived)
    await desk.decide()
    assert await desk.whats("promise.changed") == ["kept", "reopened", "warned", "late", "kept"]
    assert (await desk.one(ROW))[2] is None, "it was not late after all"


@pytest.mark.parametrize("arrives", ["before", "after"])
@pytest.mark.parametrize("restarts", [False, True])
async def test_what_came_after_an_answer_that_failed_keeps_it(
    desk: Desk, arrives: str, restarts: bool
) -> None:
    """Answered twice, told that the first failed: the second is an answer, whoever decides, and
    whether it was sent by then or is still to be."""
    conversation = await waits(desk)
    await desk.wait(HOUR_MS)
    await desk.reply(conversation)
    await desk.send(SENT)
    await desk.decide()
    await desk.wait(MINUTE_MS)
    await desk.reply(conversation, "once more")
    if arrives == "before":
        await desk.send(Accepted(provider_id="p2"))
    await desk.decide()
    failed = DeliveryReport(
        key="report:1",
        state=MessageState.FAILED,
        provider_message="p1",
        reason=Reason.UNAVAILABLE,
    )
    await desk.hear(failed)
    await desk.decide()
    if restarts:
        desk.dispatch = desk.new_dispatch()
    if arrives == "after":
        await desk.send(Accepted(provider_id="p2"))
    await desk.decide()
    assert await desk.whats("promise.changed") == ["kept", "reopened", "kept"]
    assert (await desk.one(ROW))[0] == "kept"


async def test_the_reply_that_promises_keeps_nothing(desk: Desk) -> None:
    """It is written with its promise in one transaction; another that follows later keeps it."""
    conversation = await desk.ask_in()
    await desk.decide()
    await write(desk, conversation, promised())
    await desk.send(SENT)
    await desk.decide()
    (row,) = await desk.rows("SELECT state, message FROM promise")
    assert row == ("open", await desk.one("SELECT id FROM message WHERE direction = 'out'"))
    assert [e.kind for e in await desk.log()].index("message.written") < [
        e.kind for e in await desk.log()
    ].index("promise.made")
    await desk.wait(HOUR_MS)
    await desk.reply(conversation)
    await desk.send(SENT)
    await desk.decide()
    assert await desk.one("SELECT state FROM promise") == "kept"


async def write(desk: Desk, conversation: str, what: Promised, **fields: Any) -> Any:
    command = Write(
        desk="desk",
        conversation=conversation,
        author="agent:emma",
        text="by noon",
        account="toy",
        channel="toy",
        identity="tel:+491",
        promised=what,
        **fields,
    )
    answer = await desk.store.submit(command)
    await desk.decide()
    return answer


@pytest.mark.parametrize(
    ("due", "then", "code"),
    [
        (START_MS, Verb.REPLY, "promise_past"),
        (START_MS + 367 * DAY_MS, Verb.REPLY, "promise_too_far"),
        (DUE, Verb.RESOLVE, "promise_resolved"),
    ],
)
async def test_a_reply_may_not_promise_that(desk: Desk, due: int, then: Verb, code: str) -> None:
    """Then nothing is written: neither the words nor the promise."""
    conversation = await desk.ask_in()
    answer = await write(desk, conversation, promised(due), then=then)
    assert isinstance(answer, Refusal)
    assert answer.code == code
    assert await desk.rows("SELECT id FROM message WHERE direction = 'out'") == []
    assert await desk.rows("SELECT id FROM promise") == []


async def test_nobody_promises_without_end(desk: Desk) -> None:
    """At most twenty stand in one conversation; in a resolved one none."""
    conversation = await desk.ask_in()
    for _ in range(20):
        assert isinstance(await make(desk, conversation), Promise)
    refused = await make(desk, conversation)
    assert (refused.code, refused.status) == ("too_many_promises", 409)
    await resolve(desk, conversation)
    assert (await make(desk, conversation)).code == "promise_resolved"
    assert await desk.one("SELECT count(*) FROM promise WHERE state = 'broken'") == 20


async def test_a_conversation_that_ends_without_breaks_it(desk: Desk) -> None:
    """Resolved with nothing said; a reply on its way is an answer still."""
    conversation = await waits(desk)
    await desk.wait(HOUR_MS)
    await resolve(desk, conversation)
    assert await desk.whats("promise.changed") == ["broken"]


async def test_who_answers_and_resolves_keeps_it(desk: Desk) -> None:
    """The words go out a moment after the conversation ended."""
    conversation = await waits(desk)
    await desk.wait(HOUR_MS)
    await desk.reply(conversation, then="resolve")
    await desk.decide()
    assert await desk.whats("promise.changed") == ["kept"]


@pytest.mark.parametrize("state", [PromiseState.KEPT, PromiseState.WITHDRAWN])
async def test_what_a_person_ended_is_ended(desk: Desk, state: PromiseState) -> None:
    """The row says who and why; nothing more is told of it, and it is not ended twice."""
    await waits(desk)
    promise = await desk.one("SELECT id FROM promise")
    ended = await end(desk, promise, state)
    assert (ended.state, ended.ended_by, ended.reason) == (state, "agent:lin", "r")
    await desk.wait(9 * DAY_MS)
    assert await desk.told("promise.changed") == []
    assert (await end(desk, promise, state)).code == "promise_over"
    assert (await end(desk, "nobody", state)).code == "not_found"


def test_who_is_quicker_than_the_clock_wins() -> None:
    """Withdrawn in the instant in which it is noticed to be late: it stands as withdrawn."""
    paper = PaperDesk()
    paper.run(accept(said("hello", "1")))
    (conversation,) = paper.all(Conversation)
    made = paper.run(MakePromise(desk="desk", conversation=conversation.id, promised=promised()))
    paper.run(
        EndPromise(
            desk="desk", promise=made.id, state=PromiseState.WITHDRAWN, reason="r", by="agent:lin"
        )
    )
    told = PromiseChanged(promise=made.id, what="late", due=DUE, noticed_at=DUE + 1)
    decided = Decided(body=told, conversation=conversation.id, cause=None)
    paper.run(Decide(epoch=0, applied=0, rows=[], decisions=[decided]))
    assert [promise.state for promise in paper.all(Promise)] == [PromiseState.WITHDRAWN]
    assert "promise.changed" not in [event.kind for event in paper.events]


@pytest.mark.parametrize("at", [WARN - 1, WARN, DUE + 1, BREAKS + 1])
async def test_after_a_restart_nothing_is_told_twice(desk: Desk, at: int) -> None:
    """What was told stands in the row; what was not is told once, by a new owner."""
    await waits(desk)
    await desk.wait(at - START_MS)
    desk.dispatch = desk.new_dispatch()
    await desk.wait(0)
    desk.dispatch = desk.new_dispatch()
    await desk.wait(BREAKS + 1 - at)
    assert await desk.whats("promise.changed") == ["warned", "late", "broken"]


async def test_a_reply_on_its_way_is_known_after_a_restart(desk: Desk) -> None:
    """It defers what is due for the new owner too, and keeps the promise once it is sent."""
    conversation = await waits(desk)
    await desk.wait(HOUR_MS)
    await desk.reply(conversation)
    await desk.decide()
    desk.dispatch = desk.new_dispatch()
    await desk.wait(SPAN)
    assert await desk.whats("promise.changed") == []
    await desk.send(SENT)
    await desk.decide()
    assert await desk.whats("promise.changed") == ["kept"]


async def test_the_warning_comes_in_open_hours(tmp_path: Path) -> None:
    """Promised on Friday for Monday at nine: who opens at nine is warned on Friday."""
    hours = {"shop": {"weekly": {"mon-fri": "09:00-18:00"}}}
    book = BOOK | {
        "hours": hours,
        "queues": {"main": {"hours": "shop"}},
        "desk": {"default_queue": "main", "timezone": "UTC"},
    }
    async with opened(tmp_path, book=book) as desk:
        friday = 1_789_740_000_000  # 2026-09-18T14:00Z
        desk.clock.now = friday
        conversation = await desk.ask_in()
        await make(desk, conversation, friday + 67 * HOUR_MS)  # Monday, 09:00
        await desk.wait(3 * HOUR_MS - 1)
        assert await desk.whats("promise.changed") == []
        await desk.wait(1)
        assert await desk.whats("promise.changed") == ["warned"]


EXCUSES = BOOK | {
    "templates": {"automatic": {"promise_late": {}}},
    "desk": {"default_queue": "main", "name": "Dawnlight", "timezone": "UTC"},
}
TELL = DUE - 10 * MINUTE_MS
SAID = "SELECT author, automatic FROM message WHERE direction = 'out'"


async def said_late(desk: Desk) -> str:
    """Do the automatic reply that is due; what became of it."""
    claimed = await desk.claim(JobKind.AUTO_REPLY)
    assert claimed is not None, "none is due"
    settle = await desk.automatic.answer(claimed)
    await desk.store.submit(settle)
    return settle.detail or settle.outcome


async def test_who_is_blocked_is_told_nothing(tmp_path: Path) -> None:
    """Nor that a promise to them is late."""
    async with opened(tmp_path, book=EXCUSES) as desk:
        await waits(desk)
        contact = await desk.one("SELECT id FROM contact")
        block = EditContact(desk="desk", contact=contact, by="agent:emma", blocked=True)
        await desk.store.submit(block)
        await desk.wait(TELL - START_MS)
        assert await said_late(desk) == "the customer is blocked"
        assert await desk.rows(SAID) == []


async def test_the_customer_is_told_before_it_is_late(tmp_path: Path) -> None:
    """Once, a while before, that it needs until the grace is over; that keeps no promise."""
    async with opened(tmp_path, book=EXCUSES) as desk:
        await waits(desk)
        await desk.wait(TELL - START_MS - 1)
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        await desk.wait(1)
        desk.dispatch = desk.new_dispatch()
        await desk.wait(1)
        assert await said_late(desk) == "written"
        assert await desk.rows(SAID) == [("auto:promise_late", True)]
        ((words,),) = await desk.rows("SELECT text FROM message WHERE direction = 'out'")
        assert "needs more time. You will have it by 22:14 tomorrow (UTC+0)." in words
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        await desk.send(SENT)
        await desk.wait(DAY_MS + 2 * HOUR_MS)
        assert await desk.whats("promise.changed") == ["warned", "told", "late", "broken"]


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        ("answered", "the promise does not stand any more"),
        ("machine", "a machine is at the other end"),
        ("resolved", "the promise does not stand any more"),
    ],
)
async def test_whom_nobody_tells(tmp_path: Path, happens: str, why: str) -> None:
    """Who has the answer by then, and machines, hear nothing."""
    async with opened(tmp_path, book=EXCUSES) as desk:
        conversation = await waits(desk)
        if happens == "machine":
            await desk.hear(said("I am away", "2", automatic=True))
        await desk.wait(TELL - START_MS)
        if happens == "answered":
            await desk.reply(conversation)
            await desk.send(SENT)
            await desk.decide()
        if happens == "resolved":
            await resolve(desk, conversation)
        assert await said_late(desk) == why
        assert [author for author, _ in await desk.rows(SAID) if author.startswith("auto")] == []


async def test_an_answer_on_its_way_needs_no_excuse(tmp_path: Path) -> None:
    """Who is answered hears nothing of delays; nor do those of a desk that has no words for it."""
    async with opened(tmp_path, book=EXCUSES) as desk:
        conversation = await waits(desk)
        await desk.wait(HOUR_MS)
        await desk.reply(conversation)
        await desk.wait(SPAN)
        assert await desk.claim(JobKind.AUTO_REPLY) is None


async def test_told_where_the_conversation_goes_on(tmp_path: Path) -> None:
    """Merged between the instant and the words: the customer hears of it in the other."""
    async with opened(tmp_path, book=EXCUSES) as desk:
        elder = await desk.ask_in("Hello", "2", sender="tel:+492")
        await desk.decide()
        await desk.wait(1)
        younger = await waits(desk)
        await desk.wait(TELL - START_MS)
        one, into = [
            await desk.one(f"SELECT contact FROM conversation WHERE id = '{each}'")
            for each in (younger, elder)
        ]
        merged = MergeContacts(desk="desk", contact=one, into=into, by="agent:emma")
        await desk.store.submit(merged)
        await desk.decide()
        assert await said_late(desk) == "written"
        words = "SELECT conversation FROM message WHERE author = 'auto:promise_late'"
        assert await desk.rows(words) == [(elder,)]


async def test_told_to_whom_it_was_promised(tmp_path: Path) -> None:
    """Parted again before it is late: who hears of it is whose address it was promised to."""
    async with opened(tmp_path, book=EXCUSES) as desk:
        elder = await desk.ask_in("Hello", "2", sender="tel:+492")
        await desk.decide()
        await desk.wait(1)
        younger = await desk.ask_in("Hello", "3", sender="tel:+493")
        one, into = [
            await desk.one(f"SELECT contact FROM conversation WHERE id = '{each}'")
            for each in (younger, elder)
        ]
        merged = MergeContacts(desk="desk", contact=one, into=into, by="agent:emma")
        await desk.store.submit(merged)
        made = await make(desk, elder)
        assert made.identity == "tel:+493", "who wrote last"
        await desk.store.submit(UnmergeContact(desk="desk", contact=one, by="agent:emma"))
        await desk.wait(TELL - START_MS)
        assert {event.conversation for event in await desk.log("promise.changed")} == {younger}
        assert await said_late(desk) == "written"
        words = "SELECT conversation, identity FROM message WHERE author = 'auto:promise_late'"
        assert await desk.rows(words) == [(younger, "tel:+493")]


async def test_words_that_go_by_themselves_promise_too(tmp_path: Path) -> None:
    """The promise is written with them; nobody owns it by name, and somebody keeps it."""
    wanted = {"acknowledged": {"template": "enquiry_checking"}}
    book = EXCUSES | {"templates": {"automatic": wanted}}
    async with opened(tmp_path, book=book) as desk:
        conversation = await desk.ask_in()
        assert await said_late(desk) == "written"
        await desk.decide()
        row = await desk.one("SELECT owner, by, due - made_at, message FROM promise")
        message = await desk.one("SELECT id FROM message WHERE direction = 'out'")
        due = DAY_MS + 40 * SECOND_MS  # as it is told: by the end of a minute
        assert row == ("", "auto:enquiry_checking", due, message)
        await desk.send(SENT)
        await desk.wait(HOUR_MS)
        await desk.reply(conversation)
        await desk.send(SENT)
        await desk.decide()
        assert await desk.one("SELECT state FROM promise") == "kept"


async def test_what_came_of_promises(desk: Desk) -> None:
    """Kept in time, late, not at all; what was withdrawn is in no share."""
    rows = [
        kept(1, DUE - 1),
        kept(2, DUE),
        kept(3, DUE + HOUR_MS, late_at=DUE),
        kept(4, DUE, ended_by="agent:lin", owner="lin"),
        kept(5, BREAKS, state=PromiseState.BROKEN, late_at=DUE),
        kept(6, DUE, state=PromiseState.WITHDRAWN, ended_by="agent:lin"),
        kept(7, DUE + 30 * DAY_MS),
        promise_row(8),
    ]
    await desk.decide()
    epoch, applied = await desk.one("SELECT epoch, applied FROM desk")
    decide = Decide(epoch=epoch, applied=applied, rows=rows, decisions=[])
    assert isinstance(await desk.store.submit(decide), int)
    until = DUE + 9 * DAY_MS
    asked = Question(desk="desk", since=START_MS, until=until, by=(), zone="UTC")
    (row,) = await desk.store.read(promise_figures, asked)
    assert (row.ended, row.kept, row.late, row.broken, row.withdrawn) == (6, 3, 1, 1, 1)
    assert (row.by_hand, row.kept_share) == (1, 0.6)
    assert (row.late_p50_ms, row.late_p90_ms) == (HOUR_MS, HOUR_MS)
    by_owner = Question(desk="desk", since=START_MS, until=until, by=("owner",), zone="UTC")
    found = await desk.store.read(promise_figures, by_owner)
    assert [(r.group["owner"], r.ended) for r in found] == [("emma", 5), ("lin", 1)]


def promise_row(number: int, **fields: Any) -> Promise:
    usual = {"desk": "desk", "conversation": "c", "owner": "emma", "queue": "main", "text": ""}
    usual |= {
        "identity": "tel:+491",
        "due": DUE,
        "made_at": START_MS,
        "by": "agent:emma",
        "message": None,
    }
    return Promise(**({"id": f"p{number}"} | usual | fields))


def kept(number: int, ended_at: int, **fields: Any) -> Promise:
    return promise_row(number, **({"state": PromiseState.KEPT, "ended_at": ended_at} | fields))


async def test_what_presses_outranks_the_queue(desk: Desk) -> None:
    """Work that waits gets the highest rank and the promise's instant; what is done comes back."""
    conversation = await waits(desk)
    await desk.hear(said("me too", "2", sender="tel:+492"))
    await desk.decide()
    await desk.wait(WARN - START_MS)
    priorities = dict(await desk.rows("SELECT conversation, priority FROM work"))
    assert priorities.pop(conversation) == 100
    assert list(priorities.values()) == [0]


async def test_no_rule_takes_the_rank_of_what_presses(tmp_path: Path) -> None:
    """Neither another rulebook nor what the customer wants now."""
    by_words = {"when": {"wants": ["person"]}, "queue": "main", "priority": 20}
    async with opened(tmp_path, book=BOOK | {"rules": [by_words]}) as desk:
        await waits(desk)
        await desk.wait(WARN - START_MS)
        await desk.hear(said("I want to talk to a human", "2"))
        await desk.decide()
        assert await desk.one("SELECT priority FROM work") == 100
        rules = (Rule(queue="other", priority=10),)
        book = desk.first.model_copy(update={"rules": rules})
        await desk.store.submit(ApplyRulebook(content=book.to_json(), by="admin"))
        await desk.decide()
        assert await desk.one("SELECT queue, priority FROM work") == ("other", 100)


async def test_a_promise_brings_back_what_was_done(desk: Desk) -> None:
    """Nobody has the conversation any more; when the promise presses, somebody is asked to."""
    conversation = await desk.ask_in()
    await desk.decide()
    await desk.reply(conversation)  # without anybody's taking it: the waiting ends
    await desk.send(SENT)
    await desk.decide()
    await make(desk, conversation)
    await desk.store.submit(
        SetStatus(desk="desk", conversation=conversation, verb=Verb.HOLD, by="agent:emma")
    )
    await desk.decide()
    live = "SELECT state, priority FROM work WHERE live_of IS NOT NULL"
    assert await desk.rows(live) == []
    await desk.wait(WARN - START_MS)
    assert await desk.rows(live) == [("waiting", 100)]


async def test_a_toy_of_another_rulebook(tmp_path: Path) -> None:
    """What the rulebook says of warnings and grace is what happens."""
    book = BOOK | {"promises": {"warn_before": "10m", "grace": "1h", "same_breath": "0s"}}
    async with opened(tmp_path, book=book, toy=Toy()) as desk:
        await waits(desk)
        await desk.wait(SPAN - 10 * MINUTE_MS - 1)
        assert await desk.whats("promise.changed") == []
        await desk.wait(1)
        assert await desk.whats("promise.changed") == ["warned"]
        await desk.wait(70 * MINUTE_MS + 1)
        assert await desk.whats("promise.changed") == ["warned", "late", "broken"]


async def test_sent_while_nobody_decided(desk: Desk) -> None:
    """Sent after the last owner looked, and before the next one did: it keeps the promise."""
    conversation = await waits(desk)
    await desk.wait(HOUR_MS)
    await desk.reply(conversation)
    await desk.decide()
    await desk.send(SENT)
    desk.dispatch = desk.new_dispatch()
    await desk.wait(DAY_MS)
    assert await desk.whats("promise.changed") == ["kept"]
