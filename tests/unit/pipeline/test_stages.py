"""What a desk says by itself while somebody is silent: when, how often, and when not."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.contract import (
    Accepted,
    DeliveryReport,
    Doubt,
    InDoubt,
    PresenceEvent,
    Reason,
    Rejected,
)
from gateway.domain.call import VOICE
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from gateway.domain.conversation import Verb
from gateway.domain.job import JobKind
from gateway.domain.message import MessageKind, MessageState
from gateway.domain.promise import PromiseState
from gateway.pipeline.automatic import RESTS, SPOKEN, UNWANTED, Automatic
from gateway.verbs.contact import EditContact
from gateway.verbs.conversation import SetStatus, WriteNote
from gateway.verbs.promise import EndPromise, MakePromise, Promised
from gateway.verbs.work import ApplyRulebook, PauseSending
from tests.unit.pipeline.desk import BOOK, SURVEYS, Desk, opened
from tests.unit.pipeline.test_merging import FAILED, SENT, merge, two
from tests.unit.pipeline.toy import Toy, said

ARRIVED = DeliveryReport(key="report:9", state=MessageState.DELIVERED, provider_message="p1")
IN_DOUBT = InDoubt(detail="cut off")
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
        assert "has not been forgotten. " in await desk.one(WORDS)


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


async def test_a_call_in_vain_is_no_answer(tmp_path: Path) -> None:
    """Who wrote, called and gave up on the line waits on, and hears so where they wrote."""
    async with opened(tmp_path, book=book(), toy=chat(), phone=Toy(channel=VOICE)) as desk:
        await asked(desk)
        await desk.wait(MINUTE_MS)
        await desk.hear(said("", "2", kind=MessageKind.CALL), account="phone")
        await desk.decide()
        assert await wait(desk, MINUTE_MS) == ["still_waiting"]
        assert await desk.rows("SELECT account FROM message WHERE automatic") == [("toy",)]


async def test_an_answer_that_failed_was_none(tmp_path: Path) -> None:
    """The customer waits on, and hears so."""
    async with opened(tmp_path, book=book()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await desk.send(Rejected(reason=Reason.INVALID_RECIPIENT, detail="nobody"))
        await desk.decide()
        assert await wait(desk, 3 * MINUTE_MS) in (["still_waiting"], ["agent_silent"])


REPORTS: list[tuple[str, tuple[Any, ...], str]] = [
    ("it is sent, fails, and arrived after all", (SENT, FAILED, ARRIVED), "customer"),
    ("nobody knows, and it arrived", (IN_DOUBT, ARRIVED), "customer"),
    ("it is sent, and failed", (SENT, FAILED), "desk"),
    ("nobody knows", (IN_DOUBT,), "desk"),
    ("it is on its way", (), "provider"),
]


@pytest.mark.parametrize("owner", ["same", "another"])
@pytest.mark.parametrize("case", REPORTS, ids=[label for label, _, _ in REPORTS])
async def test_reports_say_whose_word_is_awaited(
    tmp_path: Path, case: tuple[str, tuple[Any, ...], str], owner: str
) -> None:
    """Nobody who has an answer hears that there is none; the customer's time begins then."""
    _, told, whose = case
    async with opened(tmp_path, book=book(), toy=Toy(in_doubt=Doubt.HOLD)) as desk:
        conversation = await asked(desk)
        await taken(desk, conversation)
        message = await answered(desk, conversation)
        for what in told:
            await desk.wait(MINUTE_MS)
            if isinstance(what, DeliveryReport):
                await desk.hear(replace(what, message=message.id))
            else:
                await desk.send(what)
            if owner == "another":
                desk.dispatch = desk.new_dispatch()
            await desk.decide()
        assert await desk.one("SELECT whose FROM silence") == whose
        later = await wait(desk, 59 * MINUTE_MS)
        assert later == (["agent_silent"] if whose == "desk" else [])
        if whose == "customer":
            assert await wait(desk, MINUTE_MS) == ["customer_silent"]


async def test_one_answer_of_two_is_an_answer(tmp_path: Path) -> None:
    """Whichever of them failed, and whenever."""
    async with opened(tmp_path, book=book()) as desk:
        conversation = await asked(desk)
        await taken(desk, conversation)
        await answered(desk, conversation)
        await answered(desk, conversation, words="And this")
        await desk.send(SENT)
        await desk.decide()
        assert await desk.one("SELECT whose FROM silence") == "provider"
        await desk.send(Rejected(reason=Reason.CONTENT_REFUSED, detail="no"))
        assert await wait(desk, 10 * MINUTE_MS) == []
        await desk.hear(FAILED)
        assert await wait(desk, 10 * MINUTE_MS) == ["agent_silent"]


async def test_an_answer_answers_no_later_words(tmp_path: Path) -> None:
    """Of which nobody knew whether it arrived, and the customer wrote again: they wait on."""
    async with opened(tmp_path, book=book(), toy=Toy(in_doubt=Doubt.HOLD)) as desk:
        conversation = await asked(desk)
        await taken(desk, conversation)
        message = await answered(desk, conversation)
        await desk.send(IN_DOUBT)
        await asked(desk, "2")
        await desk.hear(replace(ARRIVED, message=message.id))
        assert await wait(desk, 10 * MINUTE_MS) == ["agent_silent"]


async def test_who_waits_goes_over_with_the_answer_on_its_way(tmp_path: Path) -> None:
    """It is told where they wait now."""
    async with opened(tmp_path, book=book()) as desk:
        elder, younger = await two(desk)
        await answered(desk, younger)
        await merge(desk, younger)
        awaited = "SELECT conversation, whose FROM silence WHERE live_of IS NOT NULL"
        assert await desk.rows(awaited) == [(elder, "desk")], "who asked there waits longer"
        await answered(desk, elder)
        await desk.send(SENT)
        await desk.send(Accepted(provider_id="p2"))
        await desk.decide()
        assert await desk.rows(awaited) == [(elder, "customer")]


# --- customer silent ---


async def test_who_has_no_answer_yet_is_not_silent(tmp_path: Path) -> None:
    """Its provider is away for hours: the customer's time begins when it is sent."""
    async with opened(tmp_path, book=book()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        for _ in range(6):
            assert await wait(desk, HOUR_MS) == []
        await desk.send(SENT)
        assert await wait(desk, HOUR_MS - 1) == []
        assert await wait(desk, 1) == ["customer_silent"]
        assert await desk.one(STATUS) == "open"


async def pause(desk: Desk, paused: bool) -> None:
    await desk.store.submit(PauseSending(paused=paused, by="agent:emma"))


@pytest.mark.parametrize("owner", ["same", "before the pause ends", "after it"])
async def test_a_pause_is_nobodys_silence(tmp_path: Path, owner: str) -> None:
    """What fell due in it is not said in one burst after it: the customer's time goes on there."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        assert await wait(desk, HOUR_MS) == ["customer_silent"]
        await desk.wait(HOUR_MS // 2)
        await pause(desk, True)
        for _ in range(6):
            assert await wait(desk, HOUR_MS) == ["customer_silent"]
        if owner == "before the pause ends":
            desk.dispatch = desk.new_dispatch()
            await desk.decide()
        await pause(desk, False)
        if owner == "after it":
            desk.dispatch = desk.new_dispatch()
        assert await wait(desk, HOUR_MS // 2 - 1) == ["customer_silent"]
        assert await wait(desk, 1) == ["customer_silent"] * 2
        assert await wait(desk, 2 * HOUR_MS - 1) == ["customer_silent"] * 2
        assert await desk.one(STATUS) == "open"
        assert await wait(desk, 1) == ["customer_silent"] * 2 + ["closed_silent"]


async def test_a_pause_before_the_first_reminder_counts_for_nobody(tmp_path: Path) -> None:
    """Half an hour before it, half an hour after it."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await desk.wait(HOUR_MS // 2)
        await pause(desk, True)
        await desk.wait(6 * HOUR_MS)
        await pause(desk, False)
        assert await wait(desk, HOUR_MS // 2 - 1) == []
        assert await wait(desk, 1) == ["customer_silent"]


async def test_who_waited_through_a_pause_hears_it_once(tmp_path: Path) -> None:
    """They have waited all the time; the owner sleeps meanwhile."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await asked(desk)
        await pause(desk, True)
        assert await wait(desk, 6 * HOUR_MS) == []
        assert (await desk.decide() or 0) > desk.clock.now
        await pause(desk, False)
        assert await wait(desk, 0) == ["still_waiting"]
        assert await wait(desk, 5 * MINUTE_MS - 1) == ["still_waiting"]


async def test_what_a_pause_kept_names_no_instant_that_has_passed(tmp_path: Path) -> None:
    """It was decided before, and is said after."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await desk.wait(HOUR_MS)
        await pause(desk, True)
        await wait(desk, 6 * HOUR_MS)
        await pause(desk, False)
        assert await wait(desk, 0) == ["customer_silent"]
        assert "open until" not in await desk.one(WORDS)


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


@pytest.mark.parametrize("owner", ["same", "another"])
async def test_each_answer_gives_its_customer_as_long_again(tmp_path: Path, owner: str) -> None:
    """Who has just been written to is not called silent, and not let go."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:

        async def answer() -> None:
            await answered(desk, conversation)
            if owner == "another":
                desk.dispatch = desk.new_dispatch()

        conversation = await asked(desk)
        await answer()
        await wait(desk, HOUR_MS - MINUTE_MS)
        await answer()
        assert await wait(desk, HOUR_MS - 1) == []
        assert await wait(desk, 1) == ["customer_silent"]
        await wait(desk, HOUR_MS - MINUTE_MS)
        await answer()
        assert await wait(desk, HOUR_MS - 1) == ["customer_silent"]
        assert await wait(desk, 1) == ["customer_silent"] * 2
        await wait(desk, 2 * HOUR_MS - MINUTE_MS)
        await answer()
        await wait(desk, 2 * HOUR_MS - 1)
        assert await desk.one(STATUS) == "open"
        assert await wait(desk, 1) == ["customer_silent"] * 2 + ["closed_silent"]


async def test_an_answer_counts_from_when_it_is_sent(tmp_path: Path) -> None:
    """Where words take their time the second answer does, too; that it arrived is no third one."""
    async with opened(tmp_path, book=book()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await desk.send(SENT)
        await wait(desk, 30 * MINUTE_MS)
        await answered(desk, conversation, words="And this")
        await desk.wait(20 * MINUTE_MS)
        await desk.send(Accepted(provider_id="p2"))
        await wait(desk, 30 * MINUTE_MS)
        await desk.hear(ARRIVED)
        assert await wait(desk, 30 * MINUTE_MS - 1) == []
        assert await wait(desk, 1) == ["customer_silent"]


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


SET_ASIDE = [
    ("once answered", Verb.HOLD, []),
    ("and we wrote", Verb.HOLD, ["we write", "again"]),
    ("and they wrote, and it stays so", Verb.HOLD, ["they write", "we write"]),
    ("snoozed", Verb.SNOOZE, []),
    ("snoozed, and we wrote", Verb.SNOOZE, ["we write", "again"]),
]


@pytest.mark.parametrize(
    ("verb", "then"), [s[1:] for s in SET_ASIDE], ids=[s[0] for s in SET_ASIDE]
)
async def test_what_rests_with_us_is_nobodys_silence(
    tmp_path: Path, verb: Verb, then: list[str]
) -> None:
    """Held or snoozed, the customer is not asked; woken, their time begins."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await moved(desk, conversation, verb)
        for what in then:
            if what == "they write":
                await asked(desk, "2")
            elif what == "we write":
                await answered(desk, conversation, words="Not yet")
            else:
                await moved(desk, conversation, verb)
        assert await desk.one(STATUS) == ("on_hold" if verb is Verb.HOLD else "snoozed")
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


@pytest.mark.parametrize(
    ("queues", "said_at_night"), [([], ["acknowledged"]), (["other"], ["out_of_hours"])]
)
async def test_a_first_answer_that_is_not_given_tells_nobody_of_the_hours(
    tmp_path: Path, queues: list[str], said_at_night: list[str]
) -> None:
    """It is for other queues: that we are closed is said all the same, and once."""
    wanted = {"acknowledged": {"queues": queues}, "out_of_hours": {}}
    if not queues:
        wanted["out_of_hours"] = {"queues": ["other"]}
    document = book(wanted, **NIGHT, queues={"main": {"hours": "night"}, "other": {}})
    async with opened(tmp_path, book=document, toy=chat()) as desk:
        await asked(desk)
        await say(desk)
        assert await stages(desk) == said_at_night


async def test_who_writes_on_after_closing_hears_of_the_hours(tmp_path: Path) -> None:
    """They asked while somebody was there, and ask again when nobody is: that is said, and once."""
    hours = {"day": {"weekly": {"mon-sun": "09:00-22:14"}}}  # it is 22:13 in Shanghai
    document = book({"out_of_hours": {}}, hours=hours, queues={"main": {"hours": "day"}})
    async with opened(tmp_path, book=document, toy=chat()) as desk:
        await asked(desk)
        assert await wait(desk, 10 * MINUTE_MS) == []
        for key in "23":
            await asked(desk, key)
            await say(desk)
            assert await stages(desk) == ["out_of_hours"]


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


async def test_who_is_handed_over_hears_nothing_else_then(tmp_path: Path) -> None:
    """However long they have waited: from then on they wait for the next one."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await taken(desk, conversation)
        assert await wait(desk, 3 * MINUTE_MS) == ["agent_silent"]
        await desk.wait(MINUTE_MS)
        await desk.asks("emma", "transfer", on=conversation, target="queue:other")
        assert await say(desk) == ["written"]
        assert await stages(desk) == ["agent_silent", "transferred"]
        assert await wait(desk, 2 * MINUTE_MS - 1) == ["agent_silent", "transferred"]
        assert await wait(desk, 1) == ["agent_silent", "transferred", "still_waiting"]


async def test_a_hand_over_is_told_before_anything_else(tmp_path: Path) -> None:
    """Where its words wait longer than those of a silence, they come first all the same."""
    document = book(STAGES | {"transferred": {"after": "4m"}})
    async with opened(tmp_path, book=document, toy=chat()) as desk:
        conversation = await asked(desk)
        await taken(desk, conversation)
        await desk.asks("emma", "transfer", on=conversation, target="queue:other")
        assert await wait(desk, 4 * MINUTE_MS) == ["transferred"]
        assert await wait(desk, QUIET_MS) == ["transferred", "still_waiting"]


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


async def test_who_got_no_answer_is_not_thanked(tmp_path: Path) -> None:
    """It resolved the conversation, and then did not arrive."""
    async with opened(tmp_path, book=book()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation, then="resolve")
        await desk.send(Rejected(reason=Reason.INVALID_RECIPIENT, detail="nobody"))
        assert await wait(desk, HOUR_MS) == []


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
        assert await say(desk) == [SPOKEN.detail]
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
        assert await say(desk) == [SPOKEN.detail]
        assert await desk.one(STATUS) == "open"


async def test_an_end_that_an_agent_forestalled_comes_later(tmp_path: Path) -> None:
    """They wrote between its being decided and its being said: the customer has as long again."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        for _ in range(2):
            await wait(desk, HOUR_MS)
        await desk.wait(2 * HOUR_MS)
        await desk.reply(conversation, words="Are you still there?")
        assert await say(desk) == [SPOKEN.detail]
        await wait(desk, 2 * HOUR_MS - 1)
        assert await desk.one(STATUS) == "open"
        assert await wait(desk, 1) == ["customer_silent"] * 2 + ["closed_silent"]
        assert await desk.one(STATUS) == "resolved"


async def test_resolved_opened_again_and_resolved_for_good(tmp_path: Path) -> None:
    """Whoever was not told the first time is told then, once, and is not reminded in between."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        await moved(desk, conversation, Verb.RESOLVE)
        await moved(desk, conversation, Verb.REOPEN)
        assert await wait(desk, DAY_MS) == []
        await answered(desk, conversation, words="One more thing.")
        await moved(desk, conversation, Verb.RESOLVE)
        assert await wait(desk, DAY_MS) == ["resolved"]
        await moved(desk, conversation, Verb.REOPEN)
        await moved(desk, conversation, Verb.RESOLVE)
        assert await wait(desk, DAY_MS) == ["resolved"]


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


async def test_never_to_who_is_blocked(tmp_path: Path) -> None:
    """Whenever that came."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        contact = await desk.one("SELECT id FROM contact")
        block = EditContact(desk="desk", contact=contact, by="agent:emma", blocked=True)
        await desk.store.submit(block)
        assert await wait(desk, DAY_MS) == []


async def test_a_machine_that_was_quicker_than_the_job_is_not_answered(tmp_path: Path) -> None:
    """As of the instant at which it is written."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        await asked(desk)
        await desk.wait(2 * MINUTE_MS)
        await desk.hear(said("I am away", "2", automatic=True))
        assert await say(desk) == [SPOKEN.detail]


@pytest.mark.parametrize(
    ("by", "account", "said_in_all"), [("text", "tel:+491", 4), ("mail", "mailto:ann@x.example", 1)]
)
async def test_as_often_in_each_turn_as_the_rulebook_says(
    tmp_path: Path, by: str, account: str, said_in_all: int
) -> None:
    """The second turn of a day is as the first; by mail, once a day to an address."""
    async with opened(tmp_path, book=book()) as desk:
        for turn in range(2):
            conversation = await asked(desk, f"{turn}", sender=account)
            await wait(desk, 2 * MINUTE_MS)
            await wait(desk, 5 * MINUTE_MS)
            await answered(desk, conversation)
            while await desk.claim() is not None:
                pass
        assert await stages(desk) == ["still_waiting"] * said_in_all, by


async def test_a_mail_each_day_though_the_last_was_a_little_late(tmp_path: Path) -> None:
    """What is to come a day after the last is not refused for the seconds that one took."""
    daily = {"customer_silent": {"after": "24h", "times": 2}}
    async with opened(tmp_path, book=book(daily)) as desk:
        conversation = await asked(desk, sender="mailto:ann@x.example")
        await answered(desk, conversation)
        await desk.send(SENT)
        await desk.decide()
        await desk.wait(DAY_MS)
        await desk.wait(SECOND_MS)
        assert await say(desk) == ["written"]
        await desk.wait(DAY_MS - SECOND_MS)
        assert await say(desk) == ["written"]


class Meddled:
    """A store before whose ends of conversations something else happens, once."""

    def __init__(self, store: Any, meddle: Callable[[], Awaitable[Any]]) -> None:
        self._store = store
        self._meddle: Callable[[], Awaitable[Any]] | None = meddle

    async def submit(self, command: Any) -> Any:
        """As the store, a moment later."""
        if isinstance(command, SetStatus) and self._meddle is not None:
            meddle, self._meddle = self._meddle, None
            await meddle()
        return await self._store.submit(command)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("who", ["the customer", "a colleague", "nobody"])
async def test_a_wordless_end_comes_over_no_words(tmp_path: Path, who: str) -> None:
    """Its words are refused, and somebody speaks just then: it stays open."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        stop = PresenceEvent(key="p:1", what="opted_out", sender="tel:+491", recipient="tel:+1")
        await desk.hear(stop)
        for _ in range(2):
            await wait(desk, HOUR_MS)
        await desk.wait(2 * HOUR_MS)

        async def speaks() -> None:
            if who == "the customer":
                await desk.ask_in("one more thing", "2")
            elif who == "a colleague":
                note = WriteNote(desk="desk", conversation=conversation, text="n", by="agent:lin")
                await desk.store.submit(note)

        desk.automatic = Automatic(
            *(Meddled(desk.store, speaks), desk.accounts, desk.own_words, SURVEYS, desk.answering),
            lambda: desk.dispatch.inforce,
        )
        (what,) = await say(desk)
        assert (what == SPOKEN.detail) is (who == "the customer")
        assert await desk.one(STATUS) == ("open" if who == "the customer" else "resolved")


@pytest.mark.parametrize("verb", [Verb.SNOOZE, Verb.HOLD])
async def test_what_was_set_aside_is_not_closed(tmp_path: Path, verb: Verb) -> None:
    """It was decided, and somebody was quicker."""
    async with opened(tmp_path, book=book(), toy=chat()) as desk:
        conversation = await asked(desk)
        await answered(desk, conversation)
        for _ in range(2):
            await wait(desk, HOUR_MS)
        await desk.wait(2 * HOUR_MS)
        await moved(desk, conversation, verb)
        assert await say(desk) == [RESTS.detail]
        assert await desk.one(STATUS) != "resolved"


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
        assert await say(desk) == [UNWANTED.detail]
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
        assert (await desk.automatic.answer(claimed)).detail == SPOKEN.detail
        assert await desk.one(STATUS) == "open"
