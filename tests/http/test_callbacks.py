"""A callback from the wish to the end, through the providers' door and the agents' API."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, ClassVar

import msgspec
import pytest
from msgspec.structs import replace

from gateway.domain.call import Call
from gateway.domain.callback import Callback
from gateway.domain.job import Job
from gateway.domain.work import Work
from gateway.verbs.change import Change, Lookup, View, by_key
from tests.http.test_calls import accepted, answered, facts, present, queued, rows
from tests.http.twilio_phone import NUMBER, Caller, open_phone

SOON = "callbacks: {delay: 0s, earliest: '00:00', latest: '24:00', retry: [0s], busy: 0s}\n"
CUSTOMER = "+4915112345678"


@pytest.fixture
async def phone(tmp_path):
    async with open_phone(tmp_path, more=SOON) as opened:
        yield opened


async def only(desk) -> Callback:
    (callback,) = await rows(desk, Callback)
    return callback


async def moved(desk, state: str) -> Callback:
    """The callback, once it is there."""

    async def there() -> Any:
        found = await rows(desk, Callback)
        return found and found[0].state == state

    await desk.until(there)
    return await only(desk)


async def wished(desk, twilio) -> Callback:
    """A caller in the queue presses the key and hangs up."""
    caller = await queued(twilio)
    await caller.press("1")
    await caller.hang_up()
    return await moved(desk, "ready")


async def begun(desk, twilio, login: str = "emma", number: int = 0) -> dict[str, str]:
    """An agent takes it and picks up; the form with which the customer is dialled."""
    agent = await present(desk, login)
    await accepted(desk, agent)
    await answered(desk, twilio, number)
    await desk.until(lambda: len(twilio.dialled) > number + 1)
    return list(twilio.dialled.values())[number + 1]


async def test_a_caller_keeps_the_place(phone) -> None:
    """A key in the queue, an agent first, then the customer: one room, named by the callback."""
    desk, twilio = phone
    callback = await wished(desk, twilio)
    (call,) = await rows(desk, Call)
    assert callback.origin_at == call.queued_at, "the place in the queue"
    form = await begun(desk, twilio)
    assert (form["To"], form["From"]) == (CUSTOMER, NUMBER)
    callback = await moved(desk, "dialing")
    assert callback.tries == 1, "the try is written before anybody is dialled"
    sid = list(twilio.dialled)[1]
    await twilio.reported(form["StatusCallback"], sid, "ringing")
    await moved(desk, "ringing")
    customer = Caller(twilio, sid, CUSTOMER)
    await customer.ask(form["Url"])
    assert customer.room == callback.id
    await moved(desk, "bridged")
    await twilio.reported(form["StatusCallback"], sid, "completed")
    callback = await moved(desk, "done")
    assert (callback.outcome, callback.live_of) == ("answered", None)
    states = [f.state for f in await facts(desk, "callback.changed")]
    assert list(dict.fromkeys(states)) == [
        *("pending", "ready", "offered", "dialing", "ringing", "bridged", "done")
    ]


class Hurry(msgspec.Struct):
    """The hour of a job has come."""

    failpoint: ClassVar[str] = "write"

    job: str

    def reads(self, _view: View) -> list[Lookup]:
        return [by_key(Job, self.job)]

    def decide(self, change: Change) -> None:
        job = change.get(Job, self.job)
        assert job is not None
        change.put(replace(job, due_at=change.now))


async def looked_after(desk) -> None:
    """Every leg of which nobody told has been looked after."""
    for job in await rows(desk, Job):
        if '"watch"' in job.body:
            await desk.store.submit(Hurry(job=job.id))


@pytest.mark.parametrize("known", [True, False])
async def test_a_dial_in_doubt_is_looked_up_before_another(phone, known: bool) -> None:
    """The answer that names the call is lost: the provider's list tells whether there is one."""
    desk, twilio = phone
    await wished(desk, twilio)
    emma = await present(desk)
    await accepted(desk, emma)
    await desk.until(lambda: twilio.dialled)
    twilio.nameless = True
    await answered(desk, twilio)
    await desk.until(lambda: len(twilio.dialled) == 2)
    await moved(desk, "dialing")
    sid = list(twilio.dialled)[1]
    made = {"sid": sid, "status": "busy", "direction": "outbound-api"}
    made["date_created"] = format_datetime(datetime.now(UTC))
    old = made | {"sid": "CAold", "date_created": "Mon, 16 Aug 2021 03:45:01 +0000"}
    twilio.known = [made, old] if known else [old]
    await looked_after(desk)
    callback = await moved(desk, "ready")
    assert (callback.outcome, callback.tries) == (("busy", 1) if known else ("carrier", 0))
    asked = [query for method, query in twilio.asked if method == "GET"]
    assert asked == [{"To": CUSTOMER, "From": NUMBER, "PageSize": "50"}]
    assert len(twilio.dialled) == 2, "nobody was dialled twice for one try"


async def test_who_does_not_pick_up_is_called_again(phone) -> None:
    """No answer: again after a while, with the age it had; after the last try it is over."""
    desk, twilio = phone
    first = await wished(desk, twilio)
    emma = await present(desk)
    for number in range(3):
        await accepted(desk, emma)
        await answered(desk, twilio, 2 * number)
        await desk.until(lambda n=number: len(twilio.dialled) > 2 * n + 1)
        sid, form = list(twilio.dialled.items())[2 * number + 1]
        await twilio.reported(form["StatusCallback"], sid, "no-answer")
        if number < 2:
            callback = await moved(desk, "ready")
            assert (callback.tries, callback.outcome) == (number + 1, "no_answer")
            assert callback.origin_at == first.origin_at
            await wrapped_up(desk, emma)
    callback = await moved(desk, "exhausted")
    assert (callback.tries, callback.live_of) == (3, None)


async def wrapped_up(desk, agent) -> None:
    """The agent says that the wrap-up is over."""

    async def ended():
        works = await rows(desk, Work)
        for work in works:
            if work.state == "wrapup":
                await agent("POST", f"/api/v1/conversations/{work.conversation}/wrapup/end", {})
        return all(work.state in ("waiting", "offered", "done", "cancelled") for work in works)

    await desk.until(ended)


async def test_a_number_that_cannot_be_called(phone) -> None:
    """What the provider refuses as no number is over at once."""
    desk, twilio = phone
    await wished(desk, twilio)
    emma = await present(desk)
    await accepted(desk, emma)
    await desk.until(lambda: twilio.dialled)
    twilio.answer_with = {"status": 400, "code": 21217, "message": "not a number"}
    await answered(desk, twilio)
    callback = await moved(desk, "refused")
    assert callback.outcome == "invalid"


async def test_an_agent_who_does_not_pick_up(phone) -> None:
    """Nobody has been dialled: it waits on in its old place, and the next agent makes it."""
    desk, twilio = phone
    await wished(desk, twilio)
    emma = await present(desk)
    await accepted(desk, emma)
    await desk.until(lambda: twilio.dialled)
    ((sid, form),) = twilio.dialled.items()
    await twilio.reported(form["StatusCallback"], sid, "no-answer")
    callback = await moved(desk, "ready")
    assert callback.tries == 0
    form = await begun(desk, twilio, "sue", 1)
    assert form["To"] == CUSTOMER


async def test_who_calls_in_meanwhile_is_not_called(phone) -> None:
    """The customer calls, speaks with somebody, and nobody calls them any more."""
    desk, twilio = phone
    before = await wished(desk, twilio)
    caller = await queued(twilio, "CAagain")
    emma = await present(desk)
    await accepted(desk, emma)
    await answered(desk, twilio)
    await caller.listen()
    assert caller.room
    callback = await moved(desk, "superseded")
    assert callback.id == before.id
    works = await rows(desk, Work)
    assert max(work.enqueued_at for work in works) == before.origin_at, "with the old place"


async def test_who_asks_again_keeps_the_older_place(phone) -> None:
    """A second wish is the same callback."""
    desk, twilio = phone
    before = await wished(desk, twilio)
    caller = await queued(twilio, "CAagain")
    await caller.press("1")
    await caller.hang_up()
    await desk.until(lambda: facts(desk, "callback.merged"))
    callback = await only(desk)
    assert (callback.id, callback.origin_at) == (before.id, before.origin_at)


async def test_who_hung_up_stays_in_line(tmp_path) -> None:
    """Until the telephone may ring, the place is kept and counted; who calls in has it again."""
    slow = SOON.replace("delay: 0s", "delay: 1h")
    async with open_phone(tmp_path, more=slow) as (desk, twilio):
        caller = await queued(twilio)
        await caller.press("1")
        await caller.hang_up()

        async def is_(state: str) -> Any:
            return [w for w in await rows(desk, Work) if w.state == state]

        (held,) = await desk.until(lambda: is_("callback_pending"))
        other = await queued(twilio, "CAother", "+4915187654321")
        await desk.until(lambda: is_("waiting"))
        assert "number 2 in the queue" in (await other.listen()).words
        emma = await present(desk)
        assert await accepted(desk, emma) != held.conversation, "nobody is asked to call yet"
        again = await queued(twilio, "CAagain")
        (back,) = await desk.until(lambda: is_("waiting"))
        assert (back.id, back.enqueued_at) == (held.id, held.enqueued_at)
        await again.hang_up()
        await desk.until(lambda: is_("callback_pending"))
        assert [c.state for c in await rows(desk, Callback)] == ["pending"]
        await offered_a_time(desk, back.conversation)
        (still,) = await is_("callback_pending")
        assert (still.id, still.enqueued_at) == (held.id, held.enqueued_at), "it was only held"


async def offered_a_time(desk, conversation: str) -> None:
    """An agent holds one for the customer, who does not want it."""
    sue = await desk.person("sue")
    at = (await sue("GET", "/api/v1/callbacks/slots")).json["items"][0]["at"]
    body = {"conversation": conversation, "number": CUSTOMER, "at": at, "hold": True}
    held = await sue("POST", "/api/v1/callbacks", body)
    assert held.status == 200, held.body
    await sue("POST", f"/api/v1/callbacks/{held.json['id']}/cancel", {})
    events = [f for f in await facts(desk, "callback.changed") if f.callback == held.json["id"]]
    assert [(f.state, f.held) for f in events] == [("held", True), ("cancelled", True)]
    await desk.conversation("later", "+492")  # by then all of that has been decided upon
