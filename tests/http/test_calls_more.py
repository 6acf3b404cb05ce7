"""Calls between people: handing on, asking a colleague, nobody there, and what is said aloud."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from gateway.domain.call import Call, Leg, WatchLeg
from gateway.domain.job import Job
from gateway.domain.work import AgentState, Work
from gateway.verbs.callwork import LoseLeg
from tests.http.test_calls import accepted, answered, facts, present, queued, rows
from tests.http.twilio_phone import Caller, open_phone


@pytest.fixture
async def phone(tmp_path):
    async with open_phone(tmp_path) as opened:
        yield opened


async def talking(desk, twilio):
    """A caller and emma in one room; the caller, emma and the conversation."""
    caller = await queued(twilio)
    emma = await present(desk)
    conversation = await accepted(desk, emma)
    await answered(desk, twilio)
    await caller.listen()
    assert caller.room
    return caller, emma, conversation


def leg_of(twilio, number: int) -> str:
    return list(twilio.dialled)[number]


async def test_a_blind_transfer(phone) -> None:
    """Who hands on leaves; the caller waits with music until the next one picks up."""
    desk, twilio = phone
    caller, emma, conversation = await talking(desk, twilio)
    sue = await present(desk, "sue")
    path = f"/api/v1/conversations/{conversation}/transfer"
    handed = await emma("POST", path, {"to": "agent:sue"})
    assert handed.status in (200, 202), handed.body
    await desk.until(lambda: {"Status": "completed"} in twilio.commands(leg_of(twilio, 0)))
    await caller.ask()
    assert caller.room is None
    assert "in the queue" in caller.words
    await accepted(desk, sue)
    await answered(desk, twilio, 1)
    await caller.listen()
    assert caller.room


async def test_a_warm_transfer(phone) -> None:
    """The colleague joins while the caller hears music; then who asked leaves, and they speak."""
    desk, twilio = phone
    caller, emma, conversation = await talking(desk, twilio)
    await present(desk, "sue")
    path = f"/api/v1/conversations/{conversation}"
    nobody = await emma("POST", f"{path}/call/consult", {"agent": "nobody"})
    assert nobody.status == 404
    asked = await emma("POST", f"{path}/call/consult", {"agent": "sue"})
    assert asked.json["held"] is True, asked.body
    await caller.ask()
    assert caller.room is None
    await answered(desk, twilio, 1)
    (call,) = await rows(desk, Call)
    assert call.held, "the colleagues speak alone"
    await emma("POST", f"{path}/transfer", {"to": "agent:sue"})
    await desk.until(lambda: {"Status": "completed"} in twilio.commands(leg_of(twilio, 0)))
    await caller.listen()
    assert caller.room, "nobody had to resume"

    async def hers() -> Any:
        return [w for w in await rows(desk, Work) if (w.agent, w.state) == ("sue", "assigned")]

    await desk.until(hers)
    assert len(twilio.dialled) == 2, "sue is not rung twice"


async def test_a_colleague_who_has_no_room_is_not_rung(phone) -> None:
    """Refused with the reason, and the caller goes on speaking; nor is one who is not there."""
    desk, twilio = phone
    caller, emma, conversation = await talking(desk, twilio)
    sue = await present(desk, "sue")
    await queued(twilio, "CAother", "+4915187654321")
    await accepted(desk, sue)
    path = f"/api/v1/conversations/{conversation}/call/consult"
    full = await emma("POST", path, {"agent": "sue"})
    assert (full.status, full.code) == (409, "no_capacity")
    away = await emma("POST", path, {"agent": "otto"})
    assert (away.status, away.code) == (409, "not_there")
    await caller.ask()
    assert caller.room, "nobody hears music"


async def test_a_consult_ends_with_the_telephone(phone) -> None:
    """It weighs on both while the colleague is in the call, and no longer."""
    desk, twilio = phone
    _, emma, conversation = await talking(desk, twilio)
    await present(desk, "sue")

    async def weighs(load: int) -> Any:
        return [a for a in await rows(desk, AgentState) if (a.login, a.load) == ("sue", load)]

    await emma("POST", f"/api/v1/conversations/{conversation}/call/consult", {"agent": "sue"})
    await desk.until(lambda: weighs(100))
    leg = await answered(desk, twilio, 1)
    await twilio.reported(twilio.dialled[leg]["StatusCallback"], leg, "completed")
    await desk.until(lambda: weighs(0))
    (work,) = [w for w in await rows(desk, Work) if w.live_of == conversation]
    assert (work.agent, work.state) == ("emma", "assigned")


async def test_nobody_is_asked_before_somebody_speaks(phone) -> None:
    """A caller who still waits cannot be discussed by telephone."""
    desk, twilio = phone
    await queued(twilio)
    emma = await present(desk)
    conversation = await accepted(desk, emma)
    path = f"/api/v1/conversations/{conversation}/call/consult"
    answer = await emma("POST", path, {"agent": "sue"})
    assert (answer.status, answer.code) == (409, "not_connected")


async def test_a_leg_of_which_nobody_tells_is_lost(phone) -> None:
    """After two minutes it has failed, and who did not pick up is asked no more."""
    desk, twilio = phone
    await queued(twilio)
    emma = await present(desk)
    await accepted(desk, emma)
    await desk.until(lambda: twilio.dialled)
    watches = [j for j in await rows(desk, Job) if '"watch"' in j.body]
    (leg,) = [each for each in await rows(desk, Leg) if each.agent]
    assert [msgspec.json.decode(j.body, type=WatchLeg).leg for j in watches] == [leg.id]
    assert watches[0].lane == f"leg:{leg.id}"
    await desk.store.submit(LoseLeg(leg=leg.id))
    (leg,) = [each for each in await rows(desk, Leg) if each.agent]
    assert leg.state == "failed"
    sue = await present(desk, "sue")
    await accepted(desk, sue)


async def test_a_leg_that_was_answered_is_not_lost(phone) -> None:
    """The watch finds somebody there, and leaves them alone."""
    desk, twilio = phone
    await talking(desk, twilio)
    (leg,) = [each for each in await rows(desk, Leg) if each.agent]
    await desk.store.submit(LoseLeg(leg=leg.id))
    assert (await rows(desk, Call))[0].state == "connected"
    (leg,) = [each for each in await rows(desk, Leg) if each.agent]
    assert leg.state == "answered"


async def test_the_wait_counts_who_is_there(phone) -> None:
    """Nobody signed in: no time is promised. One who is available: a time is."""
    desk, twilio = phone
    caller = await queued(twilio)
    assert "minute" not in caller.words
    await present(desk)
    assert "minute" in (await caller.listen()).words


async def test_words_instead_of_a_key(phone) -> None:
    """What is said chooses, as the key beside it would."""
    desk, twilio = phone
    caller = await Caller(twilio, "CAtalks", "+4915112345678").ask(CallStatus="ringing")
    gather = caller.twiml.find("Gather")
    assert gather.get("input") == "dtmf speech"
    await caller.ask(gather.get("action"), SpeechResult="我要中文服务")
    (call,) = await rows(desk, Call)
    assert (call.state, call.language, call.choice) == ("queued", "zh", "1")


async def test_a_call_joins_what_an_agent_has(phone) -> None:
    """Who calls while an agent has their chat is in the same conversation, with that agent."""
    desk, twilio = phone
    await desk.receive("m1", "hello", "+4915112345678")
    emma = await present(desk)
    conversation = await accepted(desk, emma)
    await queued(twilio)
    (call,) = await rows(desk, Call)
    assert call.conversation == conversation
    await desk.until(lambda: twilio.dialled)
    assert next(iter(twilio.dialled.values()))["To"] == "client:emma"
    assert not [w for w in await facts(desk, "work.changed") if w.what == "cancelled"]


async def test_when_nobody_is_there_one_leaves_word(tmp_path) -> None:
    """After hours the menu leads to the tone, and the caller hears when the desk opens."""
    far = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
    hours = f'hours: {{far: {{weekly: {{{far}: "09:00-18:00"}}}}}}\n'
    async with open_phone(tmp_path, more=hours, support="{hours: far}") as (desk, twilio):
        caller = await queued(twilio)
        assert caller.twiml.find("Record") is not None
        assert "09:00" in caller.words
        (call,) = await rows(desk, Call)
        assert (call.state, call.queued_at) == ("voicemail", None)
