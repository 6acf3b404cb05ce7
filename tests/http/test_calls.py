"""A call from its first ring to its end, through the providers' door and the agents' API."""

from typing import Any

import pytest

from gateway.domain.call import Call, Leg
from gateway.domain.events import decode_body
from gateway.domain.message import Message
from gateway.domain.work import Turn, Work
from gateway.store.queries.rows import all_of, table_of
from gateway.verbs.callwork import LeaveCall
from tests.http.twilio_phone import Caller, open_phone


@pytest.fixture
async def phone(tmp_path):
    async with open_phone(tmp_path) as opened:
        yield opened


async def rows(desk, kind: type[Any]) -> list[Any]:
    return await desk.store.read(lambda c: all_of(c, kind, table_of(kind).select()))


async def facts(desk, kind: str) -> list[Any]:
    events = await desk.store.follow(0, 1_000)
    return [decode_body(event) for event in events if event.kind == kind]


async def queued(twilio, sid: str = "CAcaller", number: str = "+4915112345678") -> Caller:
    """A caller who chose English and waits."""
    caller = await Caller(twilio, sid, number).ask(CallStatus="ringing")
    return await caller.press("2")


async def present(desk, login: str = "emma"):
    agent = await desk.person(login)
    answer = await agent("PUT", "/api/v1/me/presence", {"presence": "available"})
    assert answer.status == 200, answer.body
    return agent


async def accepted(desk, agent) -> str:
    """The agent takes what is offered; the conversation."""

    async def offered():
        return (await agent("GET", "/api/v1/offers")).json["items"]

    offer = (await desk.until(offered))[0]
    answer = await agent("POST", f"/api/v1/offers/{offer['id']}/accept", {})
    assert answer.status == 200, answer.body
    return str(answer.json["assignment"]["conversation"])


async def answered(desk, twilio, number: int = 0) -> str:
    """The telephone that we dial is picked up; its leg."""
    await desk.until(lambda: len(twilio.dialled) > number)
    sid, form = list(twilio.dialled.items())[number]
    answer = await twilio.tell(
        form["Url"], CallSid=sid, CallStatus="in-progress", From=form["From"], To=form["To"]
    )
    assert b"<Conference" in answer.body
    return sid


async def test_a_call_from_ring_to_end(phone) -> None:
    """Greeting and menu, the queue, an agent's browser, one room for both, and the end."""
    desk, twilio = phone
    caller = await Caller(twilio, "CAcaller", "+4915112345678").ask(CallStatus="ringing")
    assert "Test desk" in caller.words
    assert "中文服务请按 1" in caller.words
    await caller.press("2")
    assert "number 1 in the queue" in caller.words
    emma = await present(desk)
    conversation = await accepted(desk, emma)
    await desk.until(lambda: twilio.dialled)
    (form,) = twilio.dialled.values()
    assert form["To"] == "client:emma"
    assert "number 1" in (await caller.listen()).words, "nobody is there yet: music goes on"
    await answered(desk, twilio)
    await desk.until(lambda: twilio.commands("CAcaller"))
    await caller.ask(twilio.commands("CAcaller")[0]["Url"])
    (call,) = await rows(desk, Call)
    assert caller.room == call.id
    assert call.state == "connected"
    timeline = await emma("GET", f"/api/v1/conversations/{conversation}/timeline")
    assert timeline.status == 200
    assert any(item.get("kind") == "call" for item in timeline.json["items"]), timeline.json
    held = await emma("POST", f"/api/v1/conversations/{conversation}/call/hold", {"held": True})
    assert held.json["held"] is True, held.body
    await caller.ask()
    assert caller.room is None
    assert "One moment" in caller.words
    await emma("POST", f"/api/v1/conversations/{conversation}/call/hold", {"held": False})
    await caller.listen()
    assert caller.room == call.id
    assert (await emma("GET", "/api/v1/me/softphone")).json["account"] == "phone"
    await emma("POST", f"/api/v1/conversations/{conversation}/call/hangup", {})
    await desk.until(lambda: {"Status": "completed"} in twilio.commands("CAcaller"))
    await caller.hang_up()

    async def wrapping_up():
        return [w for w in await facts(desk, "wrapup.changed") if w.what == "started"]

    await desk.until(wrapping_up)
    (call,) = await rows(desk, Call)
    assert (call.state, call.outcome, call.live_of) == ("ended", "answered", None)
    (turn,) = await rows(desk, Turn)
    assert (turn.channel, turn.closed_by, turn.agent) == ("voice", f"call:{call.id}", "emma")
    assert turn.closed_at - turn.opened_at == call.connected_at - call.queued_at
    states = [(f.state, f.leg_state) for f in await facts(desk, "call.changed") if not f.leg]
    assert list(dict.fromkeys(s for s, _ in states)) == ["ringing", "queued", "connected", "ended"]
    await desk.until(lambda: {"Status": "completed"} in twilio.commands("CA" + "0" * 32))


async def test_doubled_and_late_webhooks_change_nothing(phone) -> None:
    """The end before the beginning is a missed call; the beginning after it hears goodbye."""
    desk, twilio = phone
    caller = Caller(twilio, "CAodd", "+491511")
    await caller.hang_up()
    await caller.hang_up()
    await caller.ask(CallStatus="ringing")
    assert caller.twiml.find("Hangup") is not None
    (call,) = await rows(desk, Call)
    assert (call.state, call.outcome) == ("ended", "abandoned")
    assert len(await rows(desk, Leg)) == 1


async def test_who_gives_up_is_nobodys_work(phone) -> None:
    """A caller who hangs up in the queue leaves no work behind."""
    desk, twilio = phone
    caller = await queued(twilio)

    async def told(what: str):
        return [w for w in await facts(desk, "work.changed") if w.what == what]

    await desk.until(lambda: told("waiting"))
    await caller.hang_up()
    await desk.until(lambda: told("cancelled"))
    (turn,) = await rows(desk, Turn)
    assert (turn.closed_by, turn.agent) == ("abandoned", None)


async def test_an_agent_who_does_not_pick_up(phone) -> None:
    """The caller waits on, in the same place, and that agent is asked no more."""
    desk, twilio = phone
    caller = await queued(twilio)
    emma = await present(desk)
    await accepted(desk, emma)
    await desk.until(lambda: twilio.dialled)
    ((sid, form),) = twilio.dialled.items()
    await twilio.reported(form["StatusCallback"], sid, "no-answer")
    sue = await present(desk, "sue")
    await accepted(desk, sue)
    assert "number 1" in (await caller.listen()).words
    await answered(desk, twilio, 1)
    await caller.listen()
    assert caller.room


async def test_a_forged_call_is_refused(phone) -> None:
    """Without Twilio's signature nothing is taken."""
    desk, _ = phone
    answer = await desk.nobody("POST", "/in/phone", data={"CallSid": "CA1"})
    assert answer.status == 403
    assert await rows(desk, Call) == []


RECORDING = {"RecordingUrl": "https://api.twilio.com/R/RE1", "RecordingSid": "RE1"}
WRITTEN = RECORDING | {"TranscriptionSid": "TR1", "TranscriptionText": "my parcel is lost"}


@pytest.mark.parametrize("transcript_first", [False, True])
async def test_a_voicemail_is_one_message(phone, transcript_first: bool) -> None:
    """The recording and its words come in either order."""
    desk, twilio = phone
    caller = await queued(twilio)
    await caller.press("2")
    record = caller.twiml.find("Record")
    assert record is not None
    if transcript_first:
        await twilio.tell(record.get("transcribeCallback", ""), CallSid="CAcaller", **WRITTEN)
    await caller.ask(record.get("action", ""), **RECORDING)
    assert "We have your message" in caller.words
    if not transcript_first:
        await twilio.tell(record.get("transcribeCallback", ""), CallSid="CAcaller", **WRITTEN)
    await caller.hang_up()
    messages = [m for m in await rows(desk, Message) if m.kind == "voicemail"]
    assert [m.text for m in messages] == ["my parcel is lost"]
    (call,) = await rows(desk, Call)
    assert call.outcome == "voicemail"


async def test_a_callback_is_asked_for(phone) -> None:
    """The caller hears goodbye, the wish is a fact, and the work keeps its place: after keys that
    mean nothing, too.
    """
    desk, twilio = phone
    caller = await queued(twilio)
    await caller.press("9")
    await caller.press("9")
    await caller.press("1")
    assert "call you back" in caller.words
    await caller.hang_up()
    (fact,) = await facts(desk, "callback.asked")
    assert fact.identity == "tel:+4915112345678"
    (call,) = await rows(desk, Call)
    assert call.outcome == "callback"
    assert all(w.what != "cancelled" for w in await facts(desk, "work.changed"))


async def test_who_rings_again_during_the_wrap_up(tmp_path) -> None:
    """The same agent, who had them, before one who has been idle for longer."""
    async with open_phone(tmp_path, support="{sticky: soft}") as (desk, twilio):
        emma = await present(desk)
        caller = await queued(twilio)
        conversation = await accepted(desk, emma)
        await answered(desk, twilio)
        await caller.listen()
        sue = await present(desk, "sue")
        await caller.hang_up()

        async def wrapping_up():
            return [w for w in await rows(desk, Work) if w.state == "wrapup"]

        await desk.until(wrapping_up)
        again = await queued(twilio, "CAagain")
        await desk.store.submit(LeaveCall(conversation=conversation, agent="emma"))
        assert (await again.listen()).twiml.find("Hangup") is None, "that she left is long over"
        assert await accepted(desk, emma) == conversation
        assert (await sue("GET", "/api/v1/offers")).json["items"] == []
