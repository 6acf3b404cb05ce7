"""Callers say how it went by a key, once nobody speaks with them, before their call ends."""

import pytest

from gateway.domain.call import Call, Leg
from gateway.domain.clock import MINUTE_MS
from gateway.domain.job import Job
from gateway.domain.survey import Survey
from gateway.domain.work import Work
from tests.http.test_calls import accepted, answered, facts, present, queued, rows
from tests.http.twilio_phone import Caller, open_phone

ASK = "surveys: {ask: [{channels: [voice], queues: [support]}]}\n"
AGENT = "CA" + "0" * 32


@pytest.fixture
async def phone(tmp_path):
    async with open_phone(tmp_path, more=ASK) as opened:
        yield opened


async def spoken_with(desk, twilio, key: str = "2") -> tuple[Caller, str]:
    """A caller with whom emma speaks, and the conversation."""
    caller = await Caller(twilio, "CAcaller", "+4915112345678").ask(CallStatus="ringing")
    await caller.press(key)
    emma = await present(desk)
    conversation = await accepted(desk, emma)
    await answered(desk, twilio)
    await desk.until(lambda: twilio.commands("CAcaller"))
    assert (await caller.listen()).room
    return caller, conversation


async def agent_hangs_up(desk, twilio, conversation: str) -> None:
    await twilio.reported(f"/in/phone?leg={await leg_of(desk)}", AGENT, "completed")


async def leg_of(desk) -> str:
    (leg,) = [leg for leg in await rows(desk, Leg) if leg.agent == "emma"]
    return str(leg.id)


async def work_is_done(desk, twilio, conversation: str) -> None:
    emma = await desk.person("emma")
    assert (await emma("POST", f"/api/v1/conversations/{conversation}/resolve")).status == 200


async def button(desk, twilio, conversation: str) -> None:
    emma = await desk.person("emma")
    path = f"/api/v1/conversations/{conversation}/call/hangup"
    assert (await emma("POST", path, {})).status == 200


ENDS = [agent_hangs_up, work_is_done, button]


async def asked(desk, twilio, caller: Caller) -> Caller:
    """The caller's telephone is told to ask anew, and hears the question."""
    await desk.until(lambda: len(twilio.commands("CAcaller")) > 1)
    return await caller.ask(twilio.commands("CAcaller")[-1]["Url"])


@pytest.mark.parametrize("ends", ENDS)
async def test_a_key_is_a_score(phone, ends) -> None:
    """However the agent ends it: asked once, thanked, and the score is of who spoke with them."""
    desk, twilio = phone
    caller, conversation = await spoken_with(desk, twilio)
    await ends(desk, twilio, conversation)
    await asked(desk, twilio, caller)
    assert "Press 5 for very good" in caller.words
    await caller.press("4")
    assert "Thank you for telling us" in caller.words
    assert caller.twiml.find("Hangup") is not None
    (fact,) = await facts(desk, "survey.answered")
    assert (fact.score, fact.by, fact.agent, fact.queue) == (4, "keys", "emma", "support")
    await caller.hang_up()
    (call,) = await rows(desk, Call)
    assert (call.state, call.outcome) == ("ended", "answered")
    sue = await desk.person("sue")
    (shown,) = (await sue("GET", f"/api/v1/conversations/{conversation}/surveys")).json["items"]
    assert (shown["score"], shown["by"], shown["agent"], shown["channel"]) == (
        *(4, "keys", "emma", "voice"),
    )
    (figures,) = (await sue("GET", "/api/v1/reports/satisfaction?by=agent,channel")).json["items"]
    assert (figures["asked"], figures["answered"], figures["mean"]) == (1, 1, 4.0)


NO_SCORES = [("silence", ""), ("nought", "0"), ("six", "6"), ("a star", "*")]


@pytest.mark.parametrize(("label", "key"), NO_SCORES, ids=[row[0] for row in NO_SCORES])
async def test_anything_else_is_goodbye(phone, label: str, key: str) -> None:
    """Nobody is asked twice; it counts as asked and not answered."""
    desk, twilio = phone
    caller, conversation = await spoken_with(desk, twilio)
    await button(desk, twilio, conversation)
    await asked(desk, twilio, caller)
    await (caller.press(key) if key else caller.listen())
    assert "Thank you for calling" in caller.words
    assert caller.twiml.find("Hangup") is not None
    await caller.ask()
    assert caller.twiml.find("Gather") is None, "whoever asks again hears no question"
    assert await facts(desk, "survey.answered") == []
    (survey,) = await rows(desk, Survey)
    assert (survey.score, survey.live_of) == (None, None)


async def test_a_key_that_comes_twice_is_one_answer(phone) -> None:
    """A webhook that is delivered again, or late, scores nothing."""
    desk, twilio = phone
    caller, conversation = await spoken_with(desk, twilio)
    await button(desk, twilio, conversation)
    await asked(desk, twilio, caller)
    gather = caller.twiml.find("Gather")
    assert gather is not None
    action = gather.get("action", "")
    for key in ("5", "5", "1"):
        await caller.ask(action, Digits=key)
    assert [fact.score for fact in await facts(desk, "survey.answered")] == [5]


async def test_the_agent_is_free_while_the_caller_is_asked(phone) -> None:
    """And what they press afterwards does not cut the question short."""
    desk, twilio = phone
    caller, conversation = await spoken_with(desk, twilio)
    await agent_hangs_up(desk, twilio, conversation)
    await asked(desk, twilio, caller)

    async def free():
        return [w for w in await rows(desk, Work) if w.state != "assigned"]

    await desk.until(free)
    await work_is_done(desk, twilio, conversation)

    async def settled():
        return not [job for job in await rows(desk, Job) if job.lane.startswith("call:")]

    await desk.until(settled)
    assert {"Status": "completed"} not in twilio.commands("CAcaller")
    await button(desk, twilio, conversation)
    await desk.until(lambda: {"Status": "completed"} in twilio.commands("CAcaller"))


async def test_nobody_hangs_on_a_question(phone) -> None:
    """Whatever becomes of the question, the telephone is let go a minute later."""
    desk, twilio = phone
    caller, conversation = await spoken_with(desk, twilio)
    await button(desk, twilio, conversation)
    await asked(desk, twilio, caller)
    (survey,) = await rows(desk, Survey)
    later = [job for job in await rows(desk, Job) if job.lane.startswith("leg:")]
    (last,) = [job for job in later if '"drop"' in job.body]
    assert last.due_at == survey.asked_at + MINUTE_MS


async def test_a_customer_is_asked_once_in_so_long(phone) -> None:
    """The second call of a week ends as calls do."""
    desk, twilio = phone
    caller, conversation = await spoken_with(desk, twilio)
    await button(desk, twilio, conversation)
    await asked(desk, twilio, caller)
    await caller.press("5")
    await caller.hang_up()
    again = await queued(twilio, "CAagain")
    emma = await present(desk)
    conversation = await accepted(desk, emma)
    await answered(desk, twilio, 1)
    await again.listen()
    await button(desk, twilio, conversation)
    await desk.until(lambda: {"Status": "completed"} in twilio.commands("CAagain"))
    assert len(await rows(desk, Survey)) == 1


async def test_the_question_is_in_the_callers_script(phone) -> None:
    """Who wrote traditional Chinese before, and presses the key for Chinese, hears Taiwan's words."""
    desk, twilio = phone
    await desk.receive("k1", "請問我的訂單到哪裡了？", sender="+4915112345678")
    caller, conversation = await spoken_with(desk, twilio, "1")
    await button(desk, twilio, conversation)
    await asked(desk, twilio, caller)
    (said,) = caller.twiml.iter("Say")
    assert "請您為這次服務評分" in (said.text or "")
    assert said.get("language") == "cmn-TW"


NOT_ASKED = [
    ("nobody is", ""),
    ("of another queue", "surveys: {ask: [{channels: [voice], queues: [other]}]}\n"),
    ("on other channels", "surveys: {ask: [{channels: [sms]}]}\n"),
    ("switched off", "surveys: {ask: [{channels: [voice], enabled: false}, {}]}\n"),
]


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize(("label", "more"), NOT_ASKED, ids=[row[0] for row in NOT_ASKED])
async def test_who_is_not_asked_is_let_go(tmp_path, label: str, more: str, ends) -> None:
    """As before: the call ends for everybody."""
    async with open_phone(tmp_path, more=more) as (desk, twilio):
        _, conversation = await spoken_with(desk, twilio)
        await ends(desk, twilio, conversation)
        await desk.until(lambda: {"Status": "completed"} in twilio.commands("CAcaller"))
        assert await rows(desk, Survey) == []
