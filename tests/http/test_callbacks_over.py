"""Callbacks that are needed no more, or by somebody else: answered, resolved, promised anew."""

import pytest

from gateway.domain.callback import Callback
from gateway.domain.conversation import Conversation
from gateway.domain.job import Job
from gateway.domain.work import Work
from tests.http.test_callbacks import CUSTOMER, SOON, begun, moved, queued
from tests.http.test_calls import present, rows
from tests.http.twilio_phone import open_phone


@pytest.fixture
async def phone(tmp_path):
    async with open_phone(tmp_path, more=SOON) as opened:
        yield opened


def gave_up(cooldown: str) -> str:
    """Who gives up is called, after a while."""
    wanted = f"{{abandoned: {{enabled: true, min_wait: 0s, cooldown: {cooldown}}}, delay"
    return SOON.replace("{delay", wanted)


@pytest.mark.parametrize(("cooldown", "state"), [("0s", "ready"), ("1h", "pending")])
async def test_who_gave_up_and_is_answered_is_not_called(tmp_path, cooldown, state) -> None:
    """Any two-way contact ends it; a word of ours alone does not."""
    async with open_phone(tmp_path, more=gave_up(cooldown)) as (desk, twilio):
        caller = await queued(twilio)
        await caller.hang_up()
        callback = await moved(desk, state)
        assert callback.kind == "abandoned"
        path = f"/api/v1/conversations/{callback.conversation}"
        sue = await desk.person("sue")
        first = await desk.receive("m1", "No matter, I write.", CUSTOMER)
        assert first.status == 200
        [conversation] = await rows(desk, Conversation)
        assert conversation.id == callback.conversation
        said = await sue("POST", f"{path}/reply", {"text": "Your parcel comes today."})
        assert said.status == 202, said.body
        over = await moved(desk, "superseded")
        assert (over.outcome, over.live_of) == ("spoken_with", None)

        async def in_writing() -> bool:
            live = [w for w in await rows(desk, Work) if w.ended_at is None]
            return [(w.agent, w.channel) for w in live] in ([], [("sue", "hook")])

        await desk.until(in_writing)
        assert twilio.dialled == {}


async def test_who_gave_up_and_has_not_written_is_called(tmp_path) -> None:
    """An apology of ours is no contact of theirs."""
    async with open_phone(tmp_path, more=gave_up("1h")) as (desk, twilio):
        caller = await queued(twilio)
        await desk.receive("m0", "Hello?", CUSTOMER)
        sue = await desk.person("sue")
        [conversation] = await rows(desk, Conversation)
        path = f"/api/v1/conversations/{conversation.id}"
        await sue("POST", f"{path}/reply", {"text": "One moment."})
        await caller.hang_up()
        await moved(desk, "pending")
        said = await sue("POST", f"{path}/reply", {"text": "Sorry that we missed you."})
        assert said.status == 202, said.body
        await present(desk)  # decided after that
        [callback] = await rows(desk, Callback)
        assert callback.state == "pending"
        assert not any('"answered"' in job.body for job in await rows(desk, Job))


async def test_a_callback_that_is_ready_opens_its_conversation_again(phone) -> None:
    """Resolved meanwhile: who calls the customer sees it, and has it when it is done."""
    desk, twilio = phone
    await desk.receive("m1", f"Please call me back at {CUSTOMER}")
    callback = await moved(desk, "ready")
    path = f"/api/v1/conversations/{callback.conversation}"
    sue = await desk.person("sue")
    assert (await sue("POST", f"{path}/resolve")).status == 200

    async def waits() -> bool:
        items = (await sue("GET", "/api/v1/conversations?view=waiting")).json["items"]
        return [(i["id"], i["status"], i["work"]["channel"]) for i in items] == [
            (callback.conversation, "open", "voice")
        ]

    await desk.until(waits)
    form = await begun(desk, twilio)
    assert form["To"] == CUSTOMER


async def test_a_callback_for_later_leaves_its_conversation_resolved(tmp_path) -> None:
    """Nobody is to be called yet."""
    later = SOON.replace("delay: 0s", "delay: 1h")
    async with open_phone(tmp_path, more=later) as (desk, twilio):
        caller = await queued(twilio)
        await caller.press("1")
        await caller.hang_up()
        callback = await moved(desk, "pending")
        path = f"/api/v1/conversations/{callback.conversation}"
        sue = await desk.person("sue")
        assert (await sue("POST", f"{path}/resolve")).status == 200
        await present(desk)  # decided after that

        async def looked_at() -> bool:
            due = [j for j in await rows(desk, Job) if '"due"' in j.body]
            return all(j.due_at > desk.store.clock.now_ms() for j in due)

        await desk.until(looked_at)
        assert (await sue("GET", path)).json["status"] == "resolved"
