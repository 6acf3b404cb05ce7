"""A callback from the wish to the end, through the providers' door and the agents' API."""

from typing import Any

import pytest

from gateway.domain.call import Call
from gateway.domain.callback import Callback
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
