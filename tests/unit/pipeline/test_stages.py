"""What a desk says by itself while somebody is silent: when, how often, and when not."""

from pathlib import Path
from typing import Any

import pytest

from gateway.contract import PresenceEvent, Reason, Rejected
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from gateway.domain.conversation import Verb
from gateway.domain.job import JobKind
from gateway.domain.promise import PromiseState
from gateway.pipeline.automatic import SPOKEN, UNWANTED
from gateway.verbs.conversation import SetStatus
from gateway.verbs.promise import EndPromise, MakePromise, Promised
from gateway.verbs.work import ApplyRulebook
from tests.unit.pipeline.desk import BOOK, Desk, opened
from tests.unit.pipeline.toy import Toy, said

STAGES: dict[str, Any] = {
    "still_waiting": {"after": "2m", "times": 2, "every": "5m"},
    "agent_silent": {"after": "3m"},
    "out_of_hours": {},
    "transferred": {},
    "customer_silent": {"after": "1h", "times": 2},
    "closed_silent": {"after": "2h"},
    "resolved": {},
}
QUIET_MS = 30 * SECOND_MS
AUTOMATIC = "SELECT author FROM message WHERE automatic AND direction='out' ORDER BY rowid"
WORDS = "SELECT text FROM message WHERE automatic AND direction='out' ORDER BY rowid DESC LIMIT 1"
STATUS = "SELECT status FROM conversation"


def book(automatic: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    """A rulebook with all stages."""
    desk = {"default_queue": "main", "name": "Dawnlight", "timezone": "Asia/Shanghai"}
    wanted = {"automatic": STAGES if automatic is None else automatic}
    return BOOK | {"templates": wanted, "desk": desk, "sla": {}} | parts


def chat() -> Toy:
    """A channel on which committed is sent."""
    return Toy(sends=False)


async def say(desk: Desk) -> list[str]:
    """Let what is due be said; what became of each."""
    outcomes = []
    while (claimed := await desk.claim(JobKind.AUTO_REPLY)) is not None:
        settle = await desk.automatic.answer(claimed)
        await desk.store.submit(settle)
        outcomes.append(settle.detail or settle.outcome)
    await desk.decide()
    return outcomes


async def wait(desk: Desk, ms: int) -> list[str]:
    """Time passes; the stages that were said in all."""
    await desk.wait(ms)
    await say(desk)
    return await stages(desk)


async def stages(desk: Desk) -> list[str]:
    return [author.removeprefix("auto:") for (author,) in await desk.rows(AUTOMATIC)]


async def asked(desk: Desk, key: str = "1", **fields: Any) -> str:
    """A customer writes, and the owner has seen it."""
    conversation = await desk.ask_in("Hello", key, **fields)
    await desk.decide()
    return conversation


async def answered(desk: Desk, conversation: str, **fields: Any) -> Any:
    message = await desk.reply(conversation, **fields)
    await desk.decide()
    return message


async def taken(desk: Desk, conversation: str, agent: str = "emma") -> None:
    """An agent has the conversation."""
    await desk.asks(agent, "presence", presence="available")
    await desk.asks(agent, "take", on=conversation)


async def moved(desk: Desk, conversation: str, verb: Verb, by: str = "agent:emma") -> None:
    command = SetStatus(desk="desk", conversation=conversation, verb=verb, by=by)
    await desk.store.submit(command)
    await desk.decide()


# --- still waiting ---


async def test_who_waits_hears_so_as_often_as_the_rulebook_says(tmp_path: Path) -> None:
    """After a time, then at intervals, and no more; the words say which stage they are."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await asked(desk)
        assert await wait(desk, 2 * MINUTE_MS - 1) == []
        assert await wait(desk, 1) == ["still_waiting"]
        assert await wait(desk, 5 * MINUTE_MS - 1) == ["still_waiting"]
        assert await wait(desk, 1) == ["still_waiting"] * 2
        assert await wait(desk, DAY_MS) == ["still_waiting"] * 2


async def test_it_stops_no_clock(tmp_path: Path) -> None:
    """The first response is a person's: the turn stays open and is late in its time."""
    async with opened(tmp_path, book=book(sla=BOOK["sla"]), toy=chat()) as desk:
        conversation = await asked(desk)
        assert await wait(desk, 2 * MINUTE_MS) == ["still_waiting"]
        assert await desk.one("SELECT closed_at, agent FROM turn") == (None, None)
        assert await desk.whats("turn.changed") == ["warned", "breached"]
        await answered(desk, conversation)
        assert await desk.one("SELECT took_ms, agent FROM turn") == (2 * MINUTE_MS, "emma")


async def test_by_when_is_said_while_that_is_to_come(tmp_path: Path) -> None:
    """The due instant is named in the desk's zone; one that has passed is not."""
    target = {"targets": [{"first_response": "3m"}]}
    async with opened(tmp_path, book=book(sla=target), toy=chat()) as desk:
        await asked(desk)
        await wait(desk, 2 * MINUTE_MS)
        assert "will answer by" in await desk.one(WORDS)
        await wait(desk, 5 * MINUTE_MS)
        assert "We are working on your question. " in await desk.one(WORDS)


async def test_the_wait_counts_by_the_hours_of_the_queue(tmp_path: Path) -> None:
    """Nobody is told in the night that they still wait."""
    hours = {"day": {"weekly": {"mon-sun": "09:00-17:00"}}}
    document = book(hours=hours, queues={"main": {"hours": "day"}})
    async with opened(tmp_path, book=document, toy=chat()) as desk:  # 22:13 in Shanghai
        await asked(desk)
        assert await say(desk) == ["written"]
        assert await stages(desk) == ["out_of_hours"]
        opening = 10 * HOUR_MS + 46 * MINUTE_MS + 40 * SECOND_MS
        assert await wait(desk, opening + 2 * MINUTE_MS - 1) == ["out_of_hours"]
        assert await wait(desk, 1) == ["out_of_hours", "still_waiting"]


# --- agent silent ---


async def test_an_agent_who_is_silent_is_excused(tmp_path: Path) -> None:
    """Once, counted from when they took it; who has it is no longer said to be waited for."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await desk.wait(MINUTE_MS)
        await taken(desk, conversation)
        assert await wait(desk, 3 * MINUTE_MS - 1) == []
        assert await wait(desk, 1) == ["agent_silent"]
        assert await wait(desk, DAY_MS) == ["agent_silent"]


async def test_an_answer_is_an_end_of_waiting(tmp_path: Path) -> None:
    """Not a word more of it; the customer's next words begin anew."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await taken(desk, conversation)
        await desk.wait(MINUTE_MS)
        await answered(desk, conversation)
        assert await wait(desk, 59 * MINUTE_MS) == []
        await asked(desk, "2")
        assert await wait(desk, 3 * MINUTE_MS) == ["agent_silent"]


async def test_an_answer_that_failed_was_none(tmp_path: Path) -> None:
    """The customer waits on, and hears so."""
    async with opened(tmp_path, book=book()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await desk.send(Rejected(reason=Reason.INVALID_RECIPIENT, detail="nobody"))
        await desk.decide()
        assert await wait(desk, 3 * MINUTE_MS) in (["still_waiting"], ["agent_silent"])


# --- customer silent ---


async def test_a_silent_customer_is_asked_and_then_let_go(tmp_path: Path) -> None:
    """Twice by the hour, then a kind end two hours later; it is resolved, once."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        assert await wait(desk, HOUR_MS) == ["customer_silent"]
        assert "we keep this conversation open until" in await desk.one(WORDS)
        assert await wait(desk, HOUR_MS) == ["customer_silent"] * 2
        assert await wait(desk, 2 * HOUR_MS - 1) == ["customer_silent"] * 2
        assert await desk.one(STATUS) == "open"
        assert await wait(desk, 1) == ["customer_silent"] * 2 + ["closed_silent"]
        assert await desk.one(STATUS) == "resolved"
        assert (await desk.last("conversation.status")).by == "auto:closed_silent"
        assert await wait(desk, 30 * DAY_MS) == ["customer_silent"] * 2 + ["closed_silent"]


async def test_a_word_of_the_customer_is_a_new_turn(tmp_path: Path) -> None:
    """Nothing is closed over their head; after the next answer it is counted anew."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await wait(desk, HOUR_MS)
        await wait(desk, HOUR_MS)
        await asked(desk, "2")
        await answered(desk, conversation)
        assert await wait(desk, HOUR_MS) == ["customer_silent"] * 3
        assert await desk.one(STATUS) == "open"


async def test_who_is_promised_something_is_not_silent(tmp_path: Path) -> None:
    """We owe them an answer: nobody asks, nobody closes, until it is kept or taken back."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        due = desk.clock.now + 8 * HOUR_MS
        what = Promised(owner="emma", queue="main", text="it", due=due, by="agent:emma")
        made = await desk.store.submit(
            MakePromise(desk="desk", conversation=conversation, promised=what)
        )
        assert await wait(desk, 5 * HOUR_MS) == []
        withdrawn = EndPromise(
            desk="desk", promise=made.id, state=PromiseState.WITHDRAWN, reason="r", by="agent:emma"
        )
        await desk.store.submit(withdrawn)
        assert await wait(desk, 0) == ["customer_silent"]


@pytest.mark.parametrize("verb", [Verb.SNOOZE, Verb.HOLD])
async def test_what_rests_with_us_is_nobodys_silence(tmp_path: Path, verb: Verb) -> None:
    """Held or snoozed, the customer is not asked; woken, their time begins."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await moved(desk, conversation, verb)
        assert await wait(desk, DAY_MS) == []
        await moved(desk, conversation, Verb.WAKE)
        assert await wait(desk, HOUR_MS - 1) == []
        assert await wait(desk, 1) == ["customer_silent"]


async def test_who_never_asked_is_not_reminded(tmp_path: Path) -> None:
    """What we begin is no question of theirs."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await moved(desk, conversation, Verb.RESOLVE)
        await say(desk)
        await moved(desk, conversation, Verb.REOPEN)
        await answered(desk, conversation, words="We have news.")
        assert await wait(desk, 10 * DAY_MS) == []


# --- closed hours, handed over, resolved ---

NIGHT = {"hours": {"night": {"weekly": {"mon-sun": "02:00-03:00"}}}}


async def test_closed_hours_are_told_in_each_turn(tmp_path: Path) -> None:
    """Once for each, with the next opening in the desk's zone; the first by the first answer."""
    wanted = STAGES | {"acknowledged": {}}
    document = book(wanted, **NIGHT, queues={"main": {"hours": "night"}})
    async with opened(tmp_path, book=document, toy=chat()) as desk:
        conversation = await asked(desk, sender_name="Ms Reed")
        assert await say(desk) == ["written"]
        await asked(desk, "2")
        assert await say(desk) == [], "the same turn"
        await answered(desk, conversation)
        await asked(desk, "3")
        assert await say(desk) == ["written"]
        words = await desk.one(WORDS)
        assert "opens again" in words
        assert "2:00" in words
        assert "(UTC+8)" in words
        assert await stages(desk) == ["out_of_hours"] * 2


async def test_in_the_customers_language(tmp_path: Path) -> None:
    """As what they wrote."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await desk.ask_in("你好，我的包裹在哪里")
        await desk.decide()
        await wait(desk, 2 * MINUTE_MS)
        assert "让您久等了" in await desk.one(WORDS)


async def test_who_is_handed_over_is_told(tmp_path: Path) -> None:
    """Once a turn, however far it goes."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await taken(desk, conversation)
        await desk.wait(MINUTE_MS)
        await desk.asks("emma", "transfer", on=conversation, target="queue:other")
        assert await say(desk) == ["written"]
        await desk.asks("lin", "presence", presence="available")
        await desk.asks("lin", "take", on=conversation)
        await desk.asks("lin", "transfer", on=conversation, target="queue:main")
        assert await wait(desk, QUIET_MS) == ["transferred"]


async def test_a_hand_over_keeps_quiet_behind_words(tmp_path: Path) -> None:
    """Who has just been spoken to hears it a little later; from whom took over, not at all."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await taken(desk, conversation)
        await desk.wait(QUIET_MS - 1)
        await desk.asks("emma", "transfer", on=conversation, target="queue:other")
        assert await say(desk) == []
        assert await wait(desk, 1) == ["transferred"]
        await asked(desk, "2")
        await desk.asks("lin", "presence", presence="available")
        await desk.asks("lin", "take", on=conversation)
        await desk.asks("lin", "transfer", on=conversation, target="queue:main")
        await answered(desk, conversation)
        assert await wait(desk, MINUTE_MS) == ["transferred"]


async def test_who_is_helped_is_thanked(tmp_path: Path) -> None:
    """When a person resolves what was answered: into a conversation that stays resolved."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation, then="resolve")
        assert await wait(desk, QUIET_MS) == ["resolved"]
        assert await desk.one(STATUS) == "resolved"
        assert await wait(desk, DAY_MS) == ["resolved"]


@pytest.mark.parametrize(
    ("why", "reply", "by"),
    [
        ("nobody answered", False, "agent:emma"),
        ("no person resolved it", True, "auto:overflow"),
    ],
)
async def test_what_is_not_settled_is_not_called_so(
    tmp_path: Path, why: str, reply: bool, by: str
) -> None:
    """A question that was closed without an answer is no reason for thanks."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        if reply:
            await answered(desk, conversation)
        await moved(desk, conversation, Verb.RESOLVE, by=by)
        assert await wait(desk, DAY_MS) == [], why


async def test_what_is_opened_again_is_not_settled(tmp_path: Path) -> None:
    """The customer writes before it is said: it is not said."""
    async with opened(tmp_path, book=book(STAGES | {"resolved": {"after": "5m"}}), toy=chat()) as d:
        conversation = await asked(d)
        await answered(d, conversation, then="resolve")
        await d.wait(MINUTE_MS)
        await asked(d, "2")
        assert await wait(d, MINUTE_MS) == []
        assert await d.one(STATUS) == "open"


# --- never ---


async def test_quiet_after_a_persons_words(tmp_path: Path) -> None:
    """A customer who writes on is not interrupted."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await asked(desk)
        await desk.wait(2 * MINUTE_MS - 1)
        await asked(desk, "2")
        assert await wait(desk, QUIET_MS - 1) == []
        assert await wait(desk, 1) == ["still_waiting"]


@pytest.mark.parametrize("who", ["customer", "agent"])
async def test_not_when_somebody_was_quicker_than_the_job(tmp_path: Path, who: str) -> None:
    """It was decided, and somebody spoke before it was written."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await desk.wait(2 * MINUTE_MS)
        if who == "agent":
            await desk.reply(conversation)
        else:
            await desk.ask_in("and", "2")
        assert await say(desk) == [SPOKEN]
        assert await stages(desk) == []


async def test_nobody_is_closed_while_they_write(tmp_path: Path) -> None:
    """The end that was decided does not come over words that came in before it."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        for _ in range(2):
            await wait(desk, HOUR_MS)
        await desk.wait(2 * HOUR_MS)
        await desk.ask_in("one more thing", "2")
        assert await say(desk) == [SPOKEN]
        assert await desk.one(STATUS) == "open"


async def test_never_to_a_machine(tmp_path: Path) -> None:
    """What a machine began is not gone on with; what it breaks into neither, until a person writes."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await desk.hear(said("I am away", "1", automatic=True))
        assert await wait(desk, DAY_MS) == []
        conversation = await asked(desk, "2")
        await desk.hear(said("I am away", "3", automatic=True))
        assert await wait(desk, DAY_MS) == []
        await answered(desk, conversation)
        assert await wait(desk, DAY_MS) == []
        await asked(desk, "4")
        await wait(desk, HOUR_MS)
        assert await stages(desk) != []


async def test_a_machine_that_was_quicker_than_the_job_is_not_answered(tmp_path: Path) -> None:
    """As of the instant at which it is written."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await asked(desk)
        await desk.wait(2 * MINUTE_MS)
        await desk.hear(said("I am away", "2", automatic=True))
        assert await say(desk) == [SPOKEN]


async def test_no_more_in_a_day_than_in_a_turn(tmp_path: Path) -> None:
    """Where a machine could answer back, an address gets each stage so often a day, not a turn."""
    async with opened(tmp_path, book=book()) as desk:
        for turn in range(4):
            conversation = await asked(desk, f"{turn}")
            await wait(desk, 2 * MINUTE_MS)
            await answered(desk, conversation)
            while await desk.claim() is not None:
                pass
        assert await stages(desk) == ["still_waiting"] * 2


async def test_not_to_who_wants_no_more(tmp_path: Path) -> None:
    """An address that opted out hears nothing; the conversation is closed in silence."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        stop = PresenceEvent(key="p:1", what="opted_out", sender="tel:+491", recipient="tel:+1")
        await desk.hear(stop)
        await wait(desk, HOUR_MS)
        await wait(desk, HOUR_MS)
        assert await wait(desk, 3 * HOUR_MS) == []
        assert await desk.one(STATUS) == "resolved"


async def test_not_what_the_rulebook_no_longer_wants(tmp_path: Path) -> None:
    """The version in force when it is said decides; nothing is closed that should not be."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        for _ in range(2):
            await wait(desk, HOUR_MS)
        await desk.wait(2 * HOUR_MS)
        calm = desk.first.model_copy(update={"templates": type(desk.first.templates)()})
        await desk.store.submit(ApplyRulebook(content=calm.to_json(), by="admin"))
        await desk.decide()
        assert await say(desk) == [UNWANTED]
        assert await desk.one(STATUS) == "open"


# --- for whom ---


@pytest.mark.parametrize(
    ("label", "rule", "after_ms"),
    [
        ("another channel", {"after": "2m", "channels": ["sms"]}, None),
        ("another queue", {"after": "2m", "queues": ["other"]}, None),
        ("this queue", {"after": "2m", "queues": ["main"]}, 2 * MINUTE_MS),
        ("off", {"after": "2m", "enabled": False}, None),
        (
            "this queue otherwise",
            {"after": "9m", "instead": [{"after": "1m", "queues": ["main"]}]},
            MINUTE_MS,
        ),
        (
            "this queue not at all",
            {"after": "9m", "instead": [{"enabled": False, "queues": ["main"]}]},
            None,
        ),
        (
            "another queue otherwise",
            {"after": "9m", "instead": [{"after": "1m", "queues": ["other"]}]},
            9 * MINUTE_MS,
        ),
    ],
)
async def test_by_channel_and_queue(
    tmp_path: Path, label: str, rule: dict[str, Any], after_ms: int | None
) -> None:
    """The first of `instead` that holds goes before what stands beside it."""
    async with opened(tmp_path, book=book({"still_waiting": rule}), toy=chat()) as desk:
        await asked(desk)
        if after_ms is None:
            assert await wait(desk, DAY_MS) == [], label
        else:
            assert await wait(desk, after_ms - 1) == []
            assert await wait(desk, 1) == ["still_waiting"], label


async def test_in_other_words(tmp_path: Path) -> None:
    """The stage keeps its name whatever template says it."""
    rule = {"still_waiting": {"after": "2m", "template": "holding"}}
    async with opened(tmp_path, book=book(rule), toy=chat()) as desk:
        await asked(desk)
        assert await wait(desk, 2 * MINUTE_MS) == ["still_waiting"]
        assert "Thank you for waiting" in await desk.one(WORDS)


# --- another owner ---


@pytest.mark.parametrize("known", [True, False], ids=["after the words", "before the words"])
async def test_a_new_owner_says_it_once(tmp_path: Path, known: bool) -> None:
    """What fell due while nobody decided is said once, and what was said is not said again."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await asked(desk)
        if known:
            await wait(desk, 2 * MINUTE_MS)
        clock = desk.clock
    clock.now += 3 * MINUTE_MS
    async with opened(tmp_path, clock=clock, book=book(), toy=chat()) as desk:
        await desk.decide()
        await say(desk)
        assert await stages(desk) == ["still_waiting"]
        assert await wait(desk, 5 * MINUTE_MS) == ["still_waiting"] * 2
        assert await wait(desk, DAY_MS) == ["still_waiting"] * 2


async def test_decided_and_died_before_it_was_said(tmp_path: Path) -> None:
    """The job stands with the decision; a process that dies between words and settling says once."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await asked(desk)
        await desk.wait(2 * MINUTE_MS)
        clock = desk.clock
    async with opened(tmp_path, clock=clock, book=book(), toy=chat()) as desk:
        await desk.decide()
        claimed = await desk.claim(JobKind.AUTO_REPLY)
        assert claimed is not None
        await desk.automatic.answer(claimed)
        again = await desk.automatic.answer(claimed)
        await desk.store.submit(again)
        assert await desk.claim(JobKind.AUTO_REPLY) is None
        assert await stages(desk) == ["still_waiting"]


async def test_died_between_the_closing_and_its_settling(tmp_path: Path) -> None:
    """The words and the end are one: a customer who came back meanwhile is not closed again."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        for _ in range(2):
            await wait(desk, HOUR_MS)
        await desk.wait(2 * HOUR_MS)
        claimed = await desk.claim(JobKind.AUTO_REPLY)
        assert claimed is not None
        await desk.automatic.answer(claimed)
        assert await desk.one(STATUS) == "resolved"
        await asked(desk, "2")
        assert (await desk.automatic.answer(claimed)).detail == SPOKEN
        assert await desk.one(STATUS) == "open"
