"""Callbacks that agents make, that customers write for, that are booked, and that nobody asked for."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.callback import Callback, CallbackKind, CallbackState
from gateway.domain.job import Job
from gateway.domain.message import Message
from gateway.domain.work import Work
from gateway.verbs.callback import AskCallback, Window
from tests.http.test_callbacks import CUSTOMER, SOON, begun, moved, queued
from tests.http.test_calls import accepted, facts, present, rows
from tests.http.twilio_phone import NUMBER, open_phone

BOOKED = SOON.replace("{delay", "{slots: {share: 50, handling: 15m}, delay")
NUMBER_OF_SHOP = "+4930901820"


@pytest.fixture
async def phone(tmp_path):
    async with open_phone(tmp_path, more=BOOKED) as opened:
        yield opened


async def made(desk, agent, **fields: Any) -> Any:
    """A callback by the API."""
    conversation = fields.pop("conversation", None) or await desk.conversation()
    body = {"conversation": conversation, "number": NUMBER_OF_SHOP} | fields
    return await agent("POST", "/api/v1/callbacks", body)


async def test_an_agent_has_a_customer_called(phone) -> None:
    """Made, listed, and the customer is dialled from the account's own number."""
    desk, twilio = phone
    sue = await desk.person("sue")
    answer = await made(desk, sue, note="about the parcel")
    assert answer.status == 200, answer.body
    assert (answer.json["kind"], answer.json["note"]) == ("queue", "about the parcel")
    listed = await sue("GET", "/api/v1/callbacks")
    assert [each["id"] for each in listed.json["items"]] == [answer.json["id"]]
    await moved(desk, "ready")
    form = await begun(desk, twilio)
    assert (form["To"], form["From"]) == (NUMBER_OF_SHOP, NUMBER)


async def test_who_may_not_see_a_conversation_sees_no_callback(phone) -> None:
    """A colleague of another queue."""
    desk, _ = phone
    sue, otto = await desk.person("sue"), await desk.person("otto")
    ident = (await made(desk, sue)).json["id"]
    assert (await otto("GET", "/api/v1/callbacks")).json["items"] == []
    assert (await otto("POST", f"/api/v1/callbacks/{ident}/cancel", {})).status == 404
    assert (await sue("POST", f"/api/v1/callbacks/{ident}/cancel", {})).json["state"] == "cancelled"
    assert (await sue("GET", "/api/v1/callbacks")).json["items"] == []
    gone = await sue("POST", f"/api/v1/callbacks/{ident}/cancel", {})
    assert (gone.status, gone.code) == (409, "callback_over")


async def test_what_is_no_number_is_refused(phone) -> None:
    """With what to write instead."""
    desk, _ = phone
    sue = await desk.person("sue")
    answer = await made(desk, sue, number="twelve")
    assert (answer.status, answer.code) == (422, "invalid_number")


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "Europe"])
async def test_a_zone_that_is_none_is_refused(phone, zone: str) -> None:
    """At the door, with a time or without: nothing is taken that could never be made."""
    desk, _ = phone
    sue = await desk.person("sue")
    asked = [
        await made(desk, sue, zone=zone),
        await made(desk, sue, zone=zone, at="2026-11-23T09:30"),
        await sue("GET", f"/api/v1/callbacks/slots?zone={zone}"),
    ]
    assert [(each.status, each.code) for each in asked] == [(422, "invalid_zone")] * 3
    assert "Asia/Shanghai" in asked[0].json["what_to_do"]
    assert await rows(desk, Callback) == []


async def test_a_zone_that_the_clocks_have_lost_stops_nobody(phone) -> None:
    """It was one when the customer named it: the number tells the hours, the desk's clock a time."""
    desk, twilio = phone
    sue = await desk.person("sue")
    now = desk.store.clock.now_ms()
    asked = AskCallback(
        conversation=await desk.conversation(),
        kind=CallbackKind.QUEUE,
        number=CUSTOMER,
        account="phone",
        local=NUMBER,
        window=Window(origin_at=now, visible_at=now, closes_at=now + 3_600_000),
        by="agent:sue",
        queue="support",
        zone="Mars/Base",
    )
    callback = await desk.store.submit(asked)
    await moved(desk, "ready")
    at = (await sue("GET", "/api/v1/callbacks/slots")).json["items"][3]["at"]
    later = await sue("POST", f"/api/v1/callbacks/{callback.id}/reschedule", {"at": at})
    assert (later.status, later.json["at"]) == (200, f"{at}[UTC]"), later.body
    soon = await sue("POST", f"/api/v1/callbacks/{callback.id}/reschedule", {})
    assert soon.status == 200, soon.body
    form = await begun(desk, twilio)
    assert form["To"] == CUSTOMER


def clock_time(instant: str, zone: str = "UTC") -> str:
    """How a wall clock reads then."""
    there = datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))
    return there.strftime("%Y-%m-%dT%H:%M")


async def test_a_time_is_booked_once(phone) -> None:
    """One fits: the second is told to choose another, and a cancelled one is free again."""
    desk, _ = phone
    sue = await desk.person("sue")
    free = (await sue("GET", "/api/v1/callbacks/slots")).json["items"]
    assert free[0]["free"] == 1, "two agents, half of their time, one call each"
    at = free[3]["at"]
    assert at == clock_time(free[3]["start"]), "as a booking names it: the desk's clock"
    first = await made(desk, sue, at=at)
    assert first.status == 200, first.body
    assert (first.json["kind"], first.json["at"]) == ("scheduled", f"{at}[UTC]")
    left = (await sue("GET", "/api/v1/callbacks/slots")).json["items"]
    assert free[3]["start"] not in [each["start"] for each in left]
    other = await desk.conversation(sender="+492")
    again = await made(desk, sue, at=at, conversation=other, number=CUSTOMER)
    assert (again.status, again.code) == (409, "slot_full")
    await sue("POST", f"/api/v1/callbacks/{first.json['id']}/cancel", {})
    again = await made(desk, sue, at=at, conversation=other, number=CUSTOMER)
    assert again.status == 200, again.body
    later = clock_time(free[5]["start"])
    moved_to = await sue("POST", f"/api/v1/callbacks/{again.json['id']}/reschedule", {"at": later})
    assert moved_to.json["at"] == f"{later}[UTC]", moved_to.body
    starts = [s["start"] for s in (await sue("GET", "/api/v1/callbacks/slots")).json["items"]]
    assert free[3]["start"] in starts


async def test_a_time_is_kept_until_it_is_confirmed(phone) -> None:
    """Held, then wanted."""
    desk, _ = phone
    sue = await desk.person("sue")
    free = (await sue("GET", "/api/v1/callbacks/slots")).json["items"]
    held = await made(desk, sue, at=clock_time(free[2]["start"]), hold=True)
    assert held.json["state"] == "held"
    confirmed = await sue("POST", f"/api/v1/callbacks/{held.json['id']}/confirm", {})
    assert (confirmed.json["state"], confirmed.json["at"]) == ("pending", held.json["at"])
    again = await sue("POST", f"/api/v1/callbacks/{held.json['id']}/confirm", {})
    assert again.code == "not_held"


async def test_a_time_that_is_held_leaves_the_callback_before_it(phone) -> None:
    """Both are listed; when the customer wants it, the first is made then."""
    desk, _ = phone
    sue = await desk.person("sue")
    conversation = await desk.conversation()
    first = await made(desk, sue, conversation=conversation)
    free = (await sue("GET", "/api/v1/callbacks/slots")).json["items"]
    for slot in free[2:4]:
        held = await made(desk, sue, conversation=conversation, at=slot["at"], hold=True)
        listed = (await sue("GET", "/api/v1/callbacks")).json["items"]
        assert [each["id"] for each in listed] == [held.json["id"], first.json["id"]]
    sure = await sue("POST", f"/api/v1/callbacks/{held.json['id']}/confirm", {})
    assert (sure.json["id"], sure.json["at"]) == (first.json["id"], held.json["at"])
    listed = (await sue("GET", "/api/v1/callbacks")).json["items"]
    assert [(each["id"], each["kind"]) for each in listed] == [(first.json["id"], "scheduled")]


@pytest.mark.parametrize("more", [{}, {"mine": True}], ids=["no time", "an agent's own"])
async def test_what_takes_no_place_is_not_held(phone, more: dict[str, Any]) -> None:
    """There is nothing to keep for five minutes."""
    desk, _ = phone
    sue = await desk.person("sue")
    answer = await made(desk, sue, hold=True, **more)
    assert (answer.status, answer.code) == (422, "nothing_to_hold")
    assert (await sue("GET", "/api/v1/callbacks")).json["items"] == []


@pytest.mark.parametrize(
    ("days", "minute", "said"),
    [(1, 7, "every 15 minutes"), (-1, 0, "next 14 days"), (40, 0, "next 14 days")],
    ids=["between two slots", "the past", "too far"],
)
async def test_a_time_that_cannot_be_booked(phone, days: int, minute: int, said: str) -> None:
    """The refusal says which could."""
    desk, _ = phone
    sue = await desk.person("sue")
    now = datetime.now(ZoneInfo("UTC")) + timedelta(days=days)
    answer = await made(desk, sue, at=now.strftime(f"%Y-%m-%dT%H:{minute:02d}"))
    assert (answer.status, answer.code) == (422, "no_slot")
    assert said in answer.json["detail"]


async def test_who_writes_for_a_call_is_called(phone) -> None:
    """A keyword and a number in any text: it is promised in writing, and done."""
    desk, twilio = phone
    await desk.receive("m1", f"Please call me back at {CUSTOMER}")
    callback = await moved(desk, "ready")
    assert callback.number == CUSTOMER

    async def promised():
        return [m for m in await rows(desk, Message) if m.author == "auto:callback_promised"]

    (message,) = await desk.until(promised)
    assert CUSTOMER in message.text
    form = await begun(desk, twilio)
    assert form["To"] == CUSTOMER


async def test_who_gives_no_number_is_asked_for_one(phone) -> None:
    """The hook's customers have no telephone that we know."""
    desk, _ = phone
    await desk.receive("m1", "call me please", "mailto:a@b.example")

    async def asked():
        return [m for m in await rows(desk, Message) if m.author == "auto:callback_number"]

    await desk.until(asked)
    assert await rows(desk, Callback) == []


async def test_who_gave_up_is_called_only_where_that_is_wanted(tmp_path) -> None:
    """Off by default; when it is on, once."""
    for wanted in (False, True):
        more = SOON
        if wanted:
            more = SOON.replace(
                "{delay", "{abandoned: {enabled: true, min_wait: 0s, cooldown: 0s}, delay"
            )
        async with open_phone(tmp_path / str(wanted), more=more) as (desk, twilio):
            caller = await queued(twilio)
            await caller.hang_up()
            if wanted:
                callback = await moved(desk, "ready")
                assert callback.kind == "abandoned"
            else:
                await desk.until(lambda d=desk: no_jobs(d))
                assert await rows(desk, Callback) == []


async def no_jobs(desk) -> bool:
    """Whether every wish has been looked at."""
    ended = [f for f in await facts(desk, "call.changed") if f.state == "ended"]
    return bool(ended) and not any(j.kind == "callback" for j in await rows(desk, Job))


async def test_the_time_to_call_is_over(phone) -> None:
    """Nobody had time: it ends, and the customer is told in writing."""
    desk, _ = phone
    conversation = await desk.conversation(sender="+4915100000000")
    now = desk.store.clock.now_ms()
    await desk.store.submit(
        AskCallback(
            conversation=conversation,
            kind=CallbackKind.QUEUE,
            number=CUSTOMER,
            account="phone",
            local=NUMBER,
            window=Window(origin_at=now, visible_at=now, closes_at=now + 1_000),
            by="system",
            queue="support",
        )
    )
    callback = await moved(desk, "expired")
    assert callback.state is CallbackState.EXPIRED

    async def told():
        return [m for m in await rows(desk, Message) if m.author == "auto:callback_expired"]

    await desk.until(told)


async def test_an_agents_own_callback_waits_for_them(phone) -> None:
    """A colleague is free; it waits for who promised it."""
    desk, _ = phone
    conversation = await desk.conversation()
    sue = await desk.person("sue")
    answer = await made(desk, sue, conversation=conversation, mine=True)
    assert (answer.json["kind"], answer.json["owner"]) == ("agent_owned", "sue")

    async def pinned():
        return [w for w in await rows(desk, Work) if w.state == "waiting" and w.channel == "voice"]

    await moved(desk, "ready")
    await desk.until(pinned)
    emma = await present(desk)
    assert (await emma("GET", "/api/v1/offers")).json["items"] == []
    await present(desk, "sue")
    assert await accepted(desk, sue) == conversation


@pytest.mark.parametrize("booked", [False, True], ids=["as soon as possible", "at a time"])
async def test_an_agent_makes_a_live_callback_their_own(phone, booked: bool) -> None:
    """It keeps its age and waits for them, though others are free; a booked place is free again."""
    desk, _ = phone
    sue = await desk.person("sue")
    at = (await sue("GET", "/api/v1/callbacks/slots")).json["items"][3]["at"]
    first = (await made(desk, sue, at=at if booked else "")).json
    conversation = first["conversation"]
    if not booked:
        await moved(desk, "ready")
        await desk.until(lambda: voice_work(desk, "waiting"))
    answer = (await made(desk, sue, conversation=conversation, mine=True)).json
    assert (answer["id"], answer["kind"], answer["owner"]) == (first["id"], "agent_owned", "sue")
    assert answer["origin_at"] <= first["origin_at"]
    starts = (await sue("GET", "/api/v1/callbacks/slots")).json["items"]
    assert at in [each["at"] for each in starts]
    await moved(desk, "ready")
    await desk.until(lambda: voice_work(desk, "waiting"))
    emma = await present(desk)
    assert (await emma("GET", "/api/v1/offers")).json["items"] == []
    await present(desk, "sue")
    assert await accepted(desk, sue) == conversation


async def voice_work(desk, state: str) -> list[Work]:
    """What is to be spoken about, and stands so."""
    return [w for w in await rows(desk, Work) if (w.channel, w.state) == ("voice", state)]


async def test_nobody_else_makes_an_agents_own_callback(tmp_path) -> None:
    """With `own_then: expire` it ends where its agent has not come, and the customer is told."""
    own = BOOKED.replace("{slots", "{own_then: expire, own_wait: 0s, slots")
    async with open_phone(tmp_path, more=own) as (desk, twilio):
        await present(desk)
        await made(desk, await desk.person("sue"), mine=True)
        callback = await moved(desk, "expired")
        assert callback.outcome == "owner_away"

        async def told():
            return [m for m in await rows(desk, Message) if m.author == "auto:callback_expired"]

        async def over():
            voice = [w for w in await rows(desk, Work) if w.channel == "voice"]
            return all(work.state == "cancelled" for work in voice)

        await desk.until(told)
        await desk.until(over)
        assert twilio.dialled == {}


async def test_a_report_of_callbacks(phone) -> None:
    """Asked for twice, called, spoken with: kept, reached, and half of the wishes doubled."""
    desk, twilio = phone
    sue = await desk.person("sue")
    conversation = (await made(desk, sue)).json["conversation"]
    await made(desk, sue, conversation=conversation)
    await moved(desk, "ready")
    form = await begun(desk, twilio)
    sid = list(twilio.dialled)[1]
    await twilio.reported(form["StatusCallback"], sid, "in-progress")
    await moved(desk, "bridged")
    await twilio.reported(form["StatusCallback"], sid, "completed")
    await moved(desk, "done")
    answer = await sue("GET", "/api/v1/reports/callbacks?by=queue,kind")
    assert answer.status == 200, answer.body
    (row,) = answer.json["items"]
    assert row["group"] == {"queue": "support", "kind": "queue"}
    assert (row["ended"], row["kept"], row["reached"], row["attempts_mean"]) == (1, 1, 1, 1)
    assert (row["duplicates"], row["promise_error_p50_ms"]) == (0.5, None)
    refused = await sue("GET", "/api/v1/reports/callbacks?by=mood")
    assert (refused.status, refused.code) == (400, "invalid_query")
