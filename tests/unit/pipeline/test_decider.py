"""What the desk's owner makes of each fact: work, offers, refusals; on a real store."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.contract import DeliveryReport, Rejected
from gateway.domain.callback import Callback, CallbackKind
from gateway.domain.clock import HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Verb
from gateway.domain.events import AssignmentChanged, RequestRefused
from gateway.domain.job import JobKind
from gateway.domain.message import MessageState
from gateway.domain.outcome import Accepted, InDoubt, Reason
from gateway.verbs.callback import AskCallback, Window
from gateway.verbs.conversation import SetStatus
from gateway.verbs.work import ApplyRulebook, LoseNode
from tests.unit.pipeline.desk import BOOK, START_MS, Desk, opened
from tests.unit.pipeline.toy import Toy, said

MINE = "SELECT state, agent FROM work WHERE live_of IS NOT NULL"


async def assigned(desk: Desk, *, agent: str = "emma") -> str:
    """A conversation in an agent's hands."""
    await desk.asks(agent, "presence", presence="available")
    conversation = await desk.ask_in()
    await desk.decide()
    offer = await desk.one("SELECT id FROM offer WHERE state = 'live'")
    await desk.asks(agent, "accept", offer=offer)
    assert await desk.one(MINE) == ("assigned", agent)
    return conversation


async def set_status(desk: Desk, conversation: str, verb: Verb, by: str = "agent:emma") -> None:
    """An agent moves a conversation."""
    await desk.store.submit(SetStatus(desk="desk", conversation=conversation, verb=verb, by=by))
    await desk.decide()


# --- new work ---


async def test_a_message_is_work_at_once_where_nothing_gathers(desk: Desk) -> None:
    """One piece of work, in the queue that the rules say, caused by the message's fact."""
    conversation = await desk.ask_in()
    await desk.decide()
    assert await desk.one("SELECT conversation, state, queue, channel FROM work") == (
        conversation,
        "waiting",
        "main",
        "toy",
    )
    (received,) = await desk.log("message.received")
    (waiting,) = await desk.log("work.changed")
    assert (waiting.cause, waiting.conversation) == (received.position, conversation)
    body = await desk.last("work.changed")
    assert (body.what, body.queue, body.channel, body.language, body.rulebook) == (
        "waiting",
        "main",
        "toy",
        "en",
        1,
    )


async def test_a_conversation_has_one_piece_of_work(desk: Desk) -> None:
    """More words, in one delivery or later, make no second one."""
    await desk.hear(said("one", "1"), said("two", "2"))
    await desk.decide()
    await desk.hear(said("three", "3"))
    await desk.decide()
    assert await desk.one("SELECT count(*) FROM work") == 1
    assert await desk.one("SELECT count(*) FROM turn") == 1
    await desk.hear(said("me too", "4", sender="tel:+492"))
    await desk.decide()
    assert await desk.one("SELECT count(*) FROM work") == 2


async def test_what_gathers_is_work_later(tmp_path: Path) -> None:
    """Not before the account's time is over, dated at its end; the turn runs from the message."""
    async with opened(tmp_path, toy=Toy(gather_ms=1_500)) as desk:
        await desk.ask_in()
        assert await desk.decide() == START_MS + 1_500
        await desk.wait(1_499)
        assert await desk.rows("SELECT id FROM work") == []
        assert await desk.one("SELECT opened_at FROM turn") == START_MS
        await desk.wait(1)
        assert await desk.one("SELECT enqueued_at FROM work") == START_MS + 1_500


async def test_an_answer_while_it_gathers_needs_nobody(tmp_path: Path) -> None:
    """Who was answered before the work was born is not offered to anybody."""
    async with opened(tmp_path, toy=Toy(gather_ms=1_500)) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.reply(conversation)
        await desk.wait(5_000)
        assert await desk.rows("SELECT id FROM work") == []


@pytest.mark.parametrize("verb", ["take", "grab"])
async def test_who_takes_what_gathers_has_it(tmp_path: Path, verb: str) -> None:
    """It is work at once, and once; what the customer goes on to write is theirs too."""
    async with opened(tmp_path, toy=Toy(gather_ms=1_500)) as desk:
        await desk.asks("emma", "presence", presence="available")
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.wait(400)
        await desk.asks("emma", verb, on=conversation)
        assert await desk.rows(MINE) == [("assigned", "emma")]
        assert await desk.one("SELECT enqueued_at FROM work") == START_MS + 400
        await desk.hear(said("and a picture", "2"))
        await desk.wait(5_000)
        assert await desk.rows(MINE) == [("assigned", "emma")]
        assert await desk.one("SELECT count(*) FROM work") == 1


@pytest.mark.parametrize("verb", ["take", "assign"])
async def test_what_gathers_may_be_theirs_before_they_have_it(tmp_path: Path, verb: str) -> None:
    """A queue that assigns by itself gives it to the same agent: that is no refusal."""
    book = BOOK | {"queues": {"main": {"accept": "auto"}}}
    async with opened(tmp_path, book=book, toy=Toy(gather_ms=1_500)) as desk:
        await desk.asks("emma", "presence", presence="available")
        conversation = await desk.ask_in()
        await desk.decide()
        by = "emma" if verb == "take" else "sue"
        came = await desk.asks(by, verb, on=conversation, target="agent:emma")
        assert [b.agent for b in came if isinstance(b, AssignmentChanged)] == ["emma"]
        assert not any(isinstance(body, RequestRefused) for body in came)
        assert await desk.rows(MINE) == [("assigned", "emma")]


async def test_who_may_not_take_what_gathers_is_told_why(tmp_path: Path) -> None:
    """An agent who is not there gets the reason, and the customer waits as they would have."""
    async with opened(tmp_path, toy=Toy(gather_ms=1_500)) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        *_, refused = await desk.asks("emma", "take", on=conversation)
        assert (refused.code, refused.agent) == ("not_there", "emma")
        assert await desk.rows(MINE) == [("waiting", None)]


async def test_what_gathers_is_nobody_s_to_pass_on(tmp_path: Path) -> None:
    """It waits, and is not theirs: that is what they are told, and not that nobody waits."""
    async with opened(tmp_path, toy=Toy(gather_ms=1_500)) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        *_, refused = await desk.asks("emma", "transfer", on=conversation, target="queue:other")
        assert refused.code == "wrong_state"
        assert await desk.rows(MINE) == [("waiting", None)]


async def test_what_gathers_may_be_theirs_and_be_passed_on(tmp_path: Path) -> None:
    """A queue that assigns by itself gives it to who passes it on: then it goes."""
    book = BOOK | {"queues": {"main": {"accept": "auto"}, "other": {}}}
    async with opened(tmp_path, book=book, toy=Toy(gather_ms=1_500)) as desk:
        await desk.asks("emma", "presence", presence="available")
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.asks("emma", "transfer", on=conversation, target="queue:other")
        assert await desk.one("SELECT queue FROM work WHERE live_of IS NOT NULL") == "other"


async def test_taking_what_needs_nobody_hurries_nothing(desk: Desk) -> None:
    """Where nothing gathers there is nothing to take."""
    conversation = await desk.ask_in()
    await desk.decide()
    await set_status(desk, conversation, Verb.RESOLVE)
    await desk.decide()
    [refused] = await desk.asks("emma", "take", on=conversation)
    assert refused.code == "unknown_work"


async def test_machines_are_nobodys_work(desk: Desk) -> None:
    """An automatic message opens no turn and makes no work."""
    await desk.ask_in()
    await desk.decide()
    await desk.asks("emma", "presence", presence="available")
    await desk.hear(said("out of office", "2", sender="mailto:robot@x", automatic=True))
    await desk.decide()
    assert await desk.one("SELECT count(*) FROM work") == 1
    assert await desk.one("SELECT count(*) FROM turn") == 1


async def test_the_metric_of_a_turn(desk: Desk) -> None:
    """The first answer first, later ones by the other promise."""
    conversation = await desk.ask_in()
    await desk.decide()
    await desk.reply(conversation)
    await desk.send()
    await desk.decide()
    await desk.ask_in("more", "2")
    await desk.decide()
    assert await desk.rows("SELECT metric, due - opened_at FROM turn ORDER BY rowid") == [
        ("first_response", 60_000),
        ("next_response", 120_000),
    ]


async def test_a_turn_opens_in_the_batch_that_closed_the_last(tmp_path: Path) -> None:
    """Answered and asked again before the owner looked: the second question is waited for too."""
    async with opened(tmp_path, toy=Toy(sends=False)) as desk:
        conversation = await assigned(desk)
        await desk.reply(conversation)
        await desk.ask_in("and now?", "2")
        await desk.decide()
        assert await desk.rows("SELECT metric, open_of IS NULL FROM turn ORDER BY rowid") == [
            ("first_response", 1),
            ("next_response", 0),
        ]


async def test_who_was_promised_the_earliest_answer_is_offered_first(tmp_path: Path) -> None:
    """In a queue by deadline the deadline is the turn's: not who came first, but who is due."""
    targets = [
        {"when": {"language": ["zh"]}, "first_response": "1m"},
        {"first_response": "10m"},
    ]
    queues = {"main": {"order": "edf"}}
    async with opened(
        tmp_path, book=BOOK | {"queues": queues, "sla": {"targets": targets}}
    ) as desk:
        await desk.hear(said("Hello", "1", sender="tel:+491"))
        await desk.wait(30_000)
        await desk.hear(said("你好", "2", sender="tel:+862"))
        await desk.decide()
        await desk.asks("emma", "presence", presence="available")
        first = (await desk.log("offer.changed"))[0].conversation
        asked = await desk.one("SELECT identity FROM conversation WHERE id=:id", id=first)
        assert asked == "tel:+862"


# --- answers ---


async def test_whoever_answers_what_nobody_has_has_it(desk: Desk) -> None:
    """An agent who is there and writes, has the work."""
    await desk.asks("emma", "presence", presence="busy")
    conversation = await desk.ask_in()
    await desk.decide()
    await desk.reply(conversation)
    await desk.decide()
    assert await desk.one(MINE) == ("assigned", "emma")


async def test_an_answer_takes_an_offer_from_a_colleague(desk: Desk) -> None:
    """The offer is rescinded; the work is the writer's."""
    await desk.asks("lin", "presence", presence="available")
    await desk.asks("emma", "presence", presence="busy")
    conversation = await desk.ask_in()
    await desk.decide()
    await desk.reply(conversation)
    await desk.decide()
    assert await desk.one(MINE) == ("assigned", "emma")
    assert await desk.whats("offer.changed") == ["created", "rescinded"]


@pytest.mark.parametrize("author", ["agent:nobody", "agent:emma", "token:crm"])
async def test_an_answer_by_who_cannot_hold_work_ends_the_waiting(desk: Desk, author: str) -> None:
    """Unknown to routing, signed out, or no person of ours: nobody need answer any more."""
    conversation = await desk.ask_in()
    await desk.decide()
    await desk.reply(conversation, author=author)
    await desk.decide()
    assert await desk.one("SELECT state FROM work") == "cancelled"
    assert await desk.told("request.refused") == []


async def test_what_came_due_before_a_refused_answer_is_told(desk: Desk) -> None:
    """An offer expired a moment before the owner saw the answer: the log says so."""
    await desk.asks("lin", "presence", presence="available")
    conversation = await desk.ask_in()
    await desk.decide()
    desk.clock.now += 20_001
    await desk.reply(conversation, author="token:crm")
    await desk.decide()
    assert await desk.whats("offer.changed") == ["created", "expired"]
    assert (await desk.told("agent.changed"))[-1].presence == "not_responding"


async def test_automatic_words_answer_nobody(desk: Desk) -> None:
    """The turn stays open and the work stays."""
    conversation = await desk.ask_in()
    await desk.decide()
    await desk.reply(conversation, author="auto:acknowledged", automatic=True)
    await desk.send()
    await desk.decide()
    assert await desk.one(MINE) == ("waiting", None)
    assert await desk.one("SELECT closed_at FROM turn") is None


@pytest.mark.parametrize(
    "outcome",
    [Rejected(reason=Reason.BLOCKED, detail="no"), InDoubt(detail="cut off")],
    ids=["failed", "unknown"],
)
async def test_a_reply_that_did_not_arrive_gives_the_work_back(desk: Desk, outcome: Any) -> None:
    """Work that an answer had cancelled waits again, for the customer does."""
    conversation = await desk.ask_in()
    await desk.decide()
    await desk.reply(conversation, author="token:crm")
    await desk.decide()
    assert await desk.rows(MINE) == []
    await desk.send(outcome)
    await desk.decide()
    assert await desk.one(MINE) == ("waiting", None)
    assert await desk.one("SELECT closed_at FROM turn") is None


async def test_a_reply_that_its_provider_took_and_lost(desk: Desk) -> None:
    """Twilio takes it and reports minutes later that it failed: the customer waits, and somebody is
    to look again, even when another node decides by then."""
    conversation = await desk.ask_in()
    await desk.decide()
    reply = await desk.reply(conversation, author="token:crm")
    await desk.send()
    await desk.decide()
    assert await desk.rows(MINE) == []
    assert await desk.one("SELECT closed_by FROM turn") == reply.id
    failed = DeliveryReport(
        key="report:1",
        state=MessageState.FAILED,
        provider_message=f"P-{reply.id}",
        reason=Reason.UNAVAILABLE,
    )
    await desk.hear(failed)
    desk.dispatch = desk.new_dispatch()
    await desk.decide()
    assert await desk.one(MINE) == ("waiting", None)
    assert await desk.one("SELECT closed_at, closed_by, open_of FROM turn") == (
        None,
        None,
        conversation,
    )
    assert "reopened" in await desk.whats("turn.changed")


async def test_what_failed_in_a_resolved_conversation_opens_no_turn(desk: Desk) -> None:
    """Nobody waits there; the message says that it failed."""
    conversation = await desk.ask_in()
    await desk.decide()
    reply = await desk.reply(conversation, then="resolve")
    await desk.send()
    await desk.decide()
    failed = DeliveryReport(
        key="report:1", state=MessageState.FAILED, provider_message=f"P-{reply.id}"
    )
    await desk.hear(failed)
    await desk.decide()
    assert await desk.rows("SELECT 1 FROM turn WHERE closed_at IS NULL") == []


async def test_a_reply_that_was_sent_while_nobody_decided(desk: Desk) -> None:
    """Sent after the last owner looked, and before the next one did: it closes the turn."""
    conversation = await desk.ask_in()
    await desk.decide()
    await desk.reply(conversation)
    await desk.decide()
    await desk.send(Accepted(provider_id="P-1"))
    desk.dispatch = desk.new_dispatch()
    await desk.wait(5 * MINUTE_MS)
    assert await desk.whats("turn.changed") == ["met"]
    assert await desk.rows("SELECT id FROM turn WHERE closed_at IS NULL") == []


async def test_a_reply_that_did_not_arrive_wakes_parked_work(desk: Desk) -> None:
    """Sent and waiting for the customer, who never got it: it weighs on its agent again."""
    conversation = await assigned(desk)
    await desk.reply(conversation, then="wait")
    await desk.decide()
    assert await desk.one(MINE) == ("parked", "emma")
    await desk.send(Rejected(reason=Reason.BLOCKED, detail="no"))
    await desk.decide()
    assert await desk.one(MINE) == ("assigned", "emma")


# --- statuses: what becomes of assigned and of waiting work ---

MOVES = [
    ("pending", Verb.SEND_AND_WAIT, "parked", "cancelled"),
    ("snoozed", Verb.SNOOZE, "parked", "cancelled"),
    ("resolved", Verb.RESOLVE, "done", "cancelled"),
    ("on hold", Verb.HOLD, "assigned", "waiting"),
]


@pytest.mark.parametrize(("label", "verb", "mine", "nobodys"), MOVES, ids=[m[0] for m in MOVES])
async def test_work_follows_its_conversation(
    desk: Desk, label: str, verb: Verb, mine: str, nobodys: str
) -> None:
    """Parked while it waits for the customer, over when it is resolved."""
    waiting = await desk.ask_in("Hello", "9", sender="tel:+499")
    await desk.decide()
    await set_status(desk, waiting, verb)
    assert await desk.one("SELECT state FROM work") == nobodys
    if nobodys == "waiting":
        return
    held = await assigned(desk)
    await set_status(desk, held, verb)
    assert await desk.one("SELECT state FROM work WHERE conversation=:c", c=held) == mine


async def test_a_customer_who_comes_back_wakes_parked_work(desk: Desk) -> None:
    """Pending parks, open unparks, with the same agent."""
    conversation = await assigned(desk)
    await set_status(desk, conversation, Verb.SEND_AND_WAIT)
    assert await desk.one(MINE) == ("parked", "emma")
    await desk.ask_in("I am back", "2")
    await desk.decide()
    assert await desk.one(MINE) == ("assigned", "emma")
    assert await desk.one("SELECT count(*) FROM work") == 1
    assert (await desk.whats("assignment.changed")) == ["started", "parked", "resumed"]


async def test_resolved_closes_the_turn(desk: Desk) -> None:
    """And what gathers is forgotten."""
    conversation = await desk.ask_in()
    await desk.decide()
    await set_status(desk, conversation, Verb.RESOLVE)
    assert await desk.one("SELECT closed_by, open_of FROM turn") == ("resolved", None)
    assert await desk.whats("turn.changed") == ["met"]


@pytest.mark.parametrize("by", ["agent:emma", "token:0Ab9"])
async def test_reopened_by_hand_is_work_again(desk: Desk, by: str) -> None:
    """Whoever opens it wants somebody to look, a program too."""
    conversation = await desk.ask_in()
    await desk.decide()
    await set_status(desk, conversation, Verb.RESOLVE)
    await set_status(desk, conversation, Verb.REOPEN, by)
    assert await desk.rows(MINE) == [("waiting", None)]
    assert await desk.one("SELECT count(*) FROM turn WHERE open_of IS NOT NULL") == 0


async def test_reopened_by_its_customer_it_gathers_first(tmp_path: Path) -> None:
    """The first words after a while have companions too."""
    async with opened(tmp_path, toy=Toy(gather_ms=1_500)) as desk:
        conversation = await desk.ask_in()
        await desk.wait(2_000)
        await set_status(desk, conversation, Verb.RESOLVE)
        assert await desk.ask_in("again", "2") == conversation
        await desk.wait(1_499)
        assert await desk.rows(MINE) == []
        await desk.wait(1)
        assert await desk.rows(MINE) == [("waiting", None)]


WRAPUP = BOOK | {
    "queues": {
        "main": {"wrapup": {"toy": {"mode": "timed", "time": "30s"}}, "offer_timeout": "20s"}
    }
}


async def test_who_writes_during_the_wrapup_is_new_work(tmp_path: Path) -> None:
    """Once the wrap-up is over, and not before; one who did not write makes none."""
    async with opened(tmp_path, book=WRAPUP) as desk:
        conversation = await assigned(desk)
        await set_status(desk, conversation, Verb.RESOLVE)
        assert await desk.one(MINE) == ("wrapup", "emma")
        await desk.ask_in("one more thing", "2")
        await desk.wait(29_999)
        assert await desk.one("SELECT count(*) FROM work") == 1
        await desk.wait(1)
        assert await desk.rows("SELECT state FROM work ORDER BY rowid") == [("done",), ("offered",)]
        assert await desk.whats("wrapup.changed") == ["started", "ended"]


async def test_resolving_wakes_no_callback_for_later(desk: Desk) -> None:
    """Only who is to be called now needs an open conversation."""
    conversation, later = await desk.ask_in(), desk.clock.now_ms() + HOUR_MS
    ask = AskCallback(
        conversation=conversation,
        kind=CallbackKind.QUEUE,
        number="+4915110000001",
        account="phone",
        local="+1",
        window=Window(origin_at=later, visible_at=later, closes_at=later + HOUR_MS),
        by="system",
        queue="main",
    )
    assert isinstance(await desk.store.submit(ask), Callback)
    await desk.decide()
    resolve = SetStatus(desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:emma")
    await desk.store.submit(resolve)
    await desk.decide()
    assert await desk.claim(JobKind.CALLBACK) is None


async def test_resolved_during_the_wrapup(tmp_path: Path) -> None:
    """The wrap-up goes on, and nobody is told that something could not be done."""
    async with opened(tmp_path, book=WRAPUP) as desk:
        conversation = await assigned(desk)
        await desk.asks("emma", "done", on=conversation)
        await set_status(desk, conversation, Verb.RESOLVE)
        assert await desk.one(MINE) == ("wrapup", "emma")
        assert await desk.told("request.refused") == []
        await desk.wait(30_000)
        assert await desk.one("SELECT state FROM work") == "done"


async def test_nobody_is_forgotten_when_time_was_lost(tmp_path: Path) -> None:
    """A wrap-up and another's gathering end in one late tick: both customers are seen."""
    async with opened(tmp_path, book=WRAPUP, toy=Toy(), slow=Toy(gather_ms=40_000)) as desk:
        conversation = await assigned(desk)
        await set_status(desk, conversation, Verb.RESOLVE)
        await desk.ask_in("one more thing", "2")
        await desk.hear(said("me too", "3", sender="tel:+492"), account="slow")
        await desk.decide()
        await desk.wait(60_000)
        assert await desk.one("SELECT count(*) FROM work WHERE live_of IS NOT NULL") == 2


# --- what agents ask: each wish, and the decisions it causes on assigned work of emma's ---

OF_EMMA = {
    "done": ({}, {"assignment.changed:ended", "work.changed:done"}),
    "transfer": (
        {"target": "queue:other"},
        {"assignment.changed:ended", "work.changed:waiting"},
    ),
    "lost": ({}, set()),
    "presence": ({"presence": "busy"}, {"agent.changed:busy"}),
}


@pytest.mark.parametrize("verb", OF_EMMA)
async def test_what_an_agent_asks(desk: Desk, verb: str) -> None:
    """The wish's decisions are caused by it; a work that is not named is the conversation's."""
    fields, expected = OF_EMMA[verb]
    conversation = await assigned(desk)
    bodies = await desk.asks("emma", verb, on=conversation, **fields)
    said_of = {
        f"{body.__struct_config__.tag}:{getattr(body, 'what', None) or body.presence}"
        for body in bodies
    }
    assert expected <= said_of
    assert not any("refused" in what for what in said_of)


async def test_grab_and_assign(desk: Desk) -> None:
    """An agent takes what waits, and only that; a supervisor takes a colleague's too, and gives it
    to another, by force past capacity."""
    for agent in ("emma", "lin"):
        await desk.asks(agent, "presence", presence="busy")
    conversation = await desk.ask_in()
    await desk.decide()
    await desk.asks("emma", "take", on=conversation)
    assert await desk.one(MINE) == ("assigned", "emma")
    (refused,) = await desk.asks("lin", "take", on=conversation)
    assert (refused.code, refused.why) == ("taken", "A colleague was faster and has it now.")
    await desk.asks("lin", "grab", on=conversation)
    assert await desk.one(MINE) == ("assigned", "lin")
    await desk.asks("boss", "assign", on=conversation, target="agent:emma")
    assert await desk.one(MINE) == ("assigned", "emma")
    await desk.asks("boss", "assign", on=conversation, target="agent:lin")
    assert await desk.one(MINE) == ("assigned", "lin")
    await desk.asks("lin", "presence", presence="offline")
    await desk.asks("boss", "assign", on=conversation, target="agent:emma", reason="force")
    assert await desk.one(MINE) == ("assigned", "emma")
    assert await desk.told("agent.over_capacity") == [], "there was room"


async def test_what_was_forced_beyond_the_room_is_told(tmp_path: Path) -> None:
    """The log says of whom, and of which conversation, so that its card and timeline do."""
    agents = {"emma": {"queues": ["main"], "capacity": 40}}
    async with opened(tmp_path, book=BOOK | {"agents": agents}) as desk:
        await desk.asks("emma", "presence", presence="busy")
        for number in ("1", "2"):
            conversation = await desk.ask_in(key=number, sender=f"tel:+49{number}")
            await desk.decide()
            wish = {"target": "agent:emma", "reason": "force"}
            await desk.asks("boss", "assign", on=conversation, **wish)
        (event,) = await desk.log("agent.over_capacity")
        body = await desk.last("agent.over_capacity")
        assert (event.conversation, body.agent) == (conversation, "emma")
        assert (body.load, body.capacity) == (66, 40)
        assert body.work == await desk.one("SELECT max(id) FROM work")


async def test_wrapup_is_ended_and_extended(tmp_path: Path) -> None:
    """More time where the queue allows it, else a refusal; and an early end."""
    async with opened(tmp_path, book=WRAPUP) as desk:
        conversation = await assigned(desk)
        await desk.asks("emma", "done", on=conversation)
        (refused,) = await desk.asks("emma", "wrapup_extend", on=conversation)
        assert refused.code == "no_more_extensions"
        await desk.asks("emma", "wrapup_end", on=conversation)
        assert await desk.whats("wrapup.changed") == ["started", "ended"]
        # Nobody had answered: the customer waits anew.
        assert await desk.rows("SELECT state FROM work ORDER BY rowid") == [("done",), ("offered",)]


# verb, what is said with it, the refusal's code
REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("dance", {}, "unknown_verb"),
    ("transfer", {"target": "queue:"}, "unknown_target"),
    ("transfer", {"target": "lin"}, "unknown_target"),
    ("transfer", {"target": "queue:nowhere"}, "unknown_queue"),
    ("transfer", {"target": "agent:nobody"}, "unknown_agent"),
    ("transfer", {"target": "agent:lin"}, "not_there"),
    ("assign", {"target": "queue:main"}, "unknown_target"),
    ("presence", {"presence": "asleep"}, "unknown_target"),
    ("accept", {"offer": "gone"}, "offer_gone"),
    ("decline", {"offer": "gone"}, "offer_gone"),
    ("done", {"work": "nothing"}, "unknown_work"),
    ("grab", {}, "wrong_state"),
]


@pytest.mark.parametrize(
    ("verb", "fields", "code"), REFUSED, ids=[f"{r[0]}-{r[2]}" for r in REFUSED]
)
async def test_what_cannot_be_done_is_refused_in_words(
    desk: Desk, verb: str, fields: dict[str, str], code: str
) -> None:
    """A stable word for programs, a sentence for the agent, and nothing changes."""
    conversation = await assigned(desk)
    (refused,) = await desk.asks("emma", verb, on=conversation, **fields)
    assert (refused.code, refused.agent) == (code, "emma")
    assert refused.why.endswith(".")
    assert refused.why != "This cannot be done now."
    assert await desk.one(MINE) == ("assigned", "emma")


async def test_a_colleagues_work_is_not_ended(desk: Desk) -> None:
    """Refused, and it says whose it is not."""
    conversation = await assigned(desk)
    await desk.asks("lin", "presence", presence="available")
    (refused,) = await desk.asks("lin", "done", on=conversation)
    assert refused.code == "not_yours"


# --- nodes and rulebooks ---


async def test_a_lost_node_gives_its_agents_the_grace_to_come_back(desk: Desk) -> None:
    """Who comes back keeps their work; who does not, loses it when the grace is over."""
    await assigned(desk)
    await desk.store.submit(LoseNode(node="n1"))
    await desk.decide()
    await desk.wait(29_999)
    assert await desk.one(MINE) == ("assigned", "emma")
    await desk.asks("emma", "back")
    await desk.wait(60_000)
    assert await desk.one(MINE) == ("assigned", "emma")
    await desk.store.submit(LoseNode(node="n1"))
    await desk.decide()
    await desk.wait(30_001)
    assert await desk.one(MINE) == ("waiting", None)
    assert (await desk.told("agent.changed"))[-1].presence == "offline"


async def test_the_grace_runs_from_the_first_loss(desk: Desk) -> None:
    """A node that dies again while its agents are missing gives them no more time."""
    await assigned(desk)
    for _ in range(2):
        await desk.store.submit(LoseNode(node="n1"))
        await desk.wait(20_000)
    assert await desk.one(MINE) == ("waiting", None)
    assert await desk.told("request.refused") == []


async def test_another_rulebook_is_in_force_from_its_fact_on(desk: Desk) -> None:
    """Waiting work keeps its age; what comes later is decided, and marked, by the new version."""
    await desk.ask_in()
    await desk.decide()
    await desk.asks("emma", "presence", presence="available")
    book = desk.first.model_copy(update={"agents": {}})
    await desk.store.submit(ApplyRulebook(content=book.to_json(), by="admin"))
    await desk.decide()
    assert desk.dispatch.inforce.version == 2
    assert desk.dispatch.rulebook.agents == {}
    work = await desk.one("SELECT state, enqueued_at FROM work")
    assert work == ("waiting", START_MS)
    await desk.hear(said("Hello", "2", sender="tel:+492"))
    await desk.decide()
    assert (await desk.last("work.changed")).rulebook == 2
    assert await desk.rows("SELECT rulebook FROM turn ORDER BY rowid") == [(1,), (2,)]


async def test_the_category_of_the_rule_is_told(tmp_path: Path) -> None:
    """Where the rules say what it is about, the decision says so."""
    rules = [{"when": {"text_has": ["refund"]}, "queue": "other", "category": "after_sales"}]
    async with opened(tmp_path, book=BOOK | {"rules": rules}) as desk:
        await desk.ask_in("A refund, please")
        await desk.decide()
        body = await desk.last("work.changed")
        assert (body.queue, body.category) == ("other", "after_sales")


async def test_why_is_kept_with_the_work(desk: Desk) -> None:
    """The explanation of the last offer stands in the row, and is given on request."""
    conversation = await assigned(desk)
    assert '"rule"' in await desk.one("SELECT why FROM work")
    desk.dispatch = desk.new_dispatch()
    await set_status(desk, conversation, Verb.SEND_AND_WAIT)
    assert '"rule"' in await desk.one("SELECT why FROM work WHERE state='parked'")
    told = desk.dispatch.explain(conversation)
    assert told is not None
    assert told["work"]["agent"] == "emma"
    assert desk.dispatch.explain("nothing") is None


# --- starting again ---


async def scene(desk: Desk, *, forget: bool) -> tuple[list[Any], list[Any]]:
    """A busy half hour; `forget`: the owner starts from the tables before every step."""

    async def then(ms: int = 0) -> None:
        if forget:
            desk.dispatch = desk.new_dispatch()
        await desk.wait(ms)

    for agent in ("emma", "lin"):
        await desk.asks(agent, "presence", presence="available")
    for number in range(4):
        await desk.hear(said("Hello", f"{number}", sender=f"tel:+49{number}"))
        await then(1_000)
    for offer, agent in await desk.rows(
        "SELECT id, agent FROM offer WHERE state='live' ORDER BY created_at, agent"
    ):
        await desk.asks(agent, "accept", offer=offer)
        await then(2_000)
    mine = await desk.rows(
        "SELECT conversation, agent FROM work WHERE state='assigned' ORDER BY enqueued_at"
    )
    for place, (conversation, agent) in enumerate(mine):
        await desk.reply(conversation, author=f"agent:{agent}", then="wait" if place else "")
        await then(20_000)
    await desk.send(Rejected(reason=Reason.BLOCKED, detail="no"))
    await then(1_000)
    await desk.send()
    await then(40_000)
    await desk.asks("lin", "lost")
    for pause in (1_000, 31_000, 100_000, 300_000):
        await then(pause)
    names = {
        row[0]: f"c{place}"
        for place, row in enumerate(
            await desk.rows("SELECT id FROM conversation ORDER BY opened_at")
        )
    }
    told = [
        (
            event.at,
            event.kind,
            names.get(event.conversation or ""),
            getattr(body, "what", ""),
            getattr(body, "agent", ""),
            getattr(body, "presence", ""),
            getattr(body, "load", ""),
        )
        for event, body in zip(await desk.log(), await _bodies(desk), strict=True)
    ]
    work = await desk.rows(
        "SELECT state, agent, queue, enqueued_at FROM work ORDER BY enqueued_at, state"
    )
    turns = await desk.rows(
        "SELECT metric, opened_at, due, warned_at, breached_at, closed_at FROM turn ORDER BY rowid"
    )
    return told, work + turns


async def _bodies(desk: Desk) -> list[Any]:
    kinds = {event.kind for event in await desk.log()}
    of_kind = {kind: iter(await desk.told(kind)) for kind in kinds}
    return [next(of_kind[event.kind]) for event in await desk.log()]


async def test_who_starts_again_decides_the_same(tmp_path: Path) -> None:
    """An owner rebuilt from rows before every step tells the same as one that went on."""
    scenes = []
    for name, forget in (("on", False), ("again", True)):
        (tmp_path / name).mkdir()
        async with opened(tmp_path / name, toy=Toy(gather_ms=500)) as desk:
            scenes.append(await scene(desk, forget=forget))
    went_on, again = scenes
    assert again[1] == went_on[1]
    assert again[0] == went_on[0]
    whats = {row[3] for row in went_on[0]}
    assert whats >= {"created", "accepted", "expired", "started", "parked", "warned", "breached"}


async def test_a_customer_who_waits_unseen_is_seen_by_the_next_owner(tmp_path: Path) -> None:
    """The last owner went while a first message gathered: the turn is there, the work is not."""
    async with opened(tmp_path, toy=Toy(gather_ms=1_500)) as desk:
        await desk.ask_in()
        await desk.decide()
        desk.dispatch = desk.new_dispatch()
        await desk.decide()
        assert await desk.rows(MINE) == [("waiting", None)]


async def test_a_step_of_the_clock_moves_offers_along(desk: Desk) -> None:
    """An hour that the clock jumps is no hour that an agent let pass."""
    await desk.asks("emma", "presence", presence="available")
    await desk.ask_in()
    await desk.decide()
    before = await desk.one("SELECT expires_at FROM offer")
    desk.clock.skew_ms += 3_600_000
    await desk.asks("emma", "presence", presence="available")
    await desk.decide()
    assert await desk.one("SELECT state, expires_at FROM offer") == ("live", before + 3_600_000)


@pytest.mark.parametrize(("minutes", "pinned"), [(30, "emma"), (90, None)])
async def test_who_had_the_customer_before(
    tmp_path: Path, minutes: int, pinned: str | None
) -> None:
    """In a new conversation of theirs, their last agent is asked first, as long as remembered."""
    main = {"offer_timeout": "20s", "sticky": "hard", "sticky_window": "1h"}
    desk_wide = {"default_queue": "main", "reopen_days": 0}
    book = BOOK | {"queues": {"main": main}, "desk": desk_wide}
    async with opened(tmp_path, book=book) as desk:
        first = await assigned(desk)
        await set_status(desk, first, Verb.RESOLVE)
        await desk.asks("emma", "presence", presence="offline")
        await desk.wait(minutes * MINUTE_MS)
        assert await desk.ask_in("me again", "2") != first
        await desk.decide()
        work = await desk.one("SELECT body FROM work WHERE live_of IS NOT NULL")
        assert msgspec.json.decode(work)["pin"] == pinned
