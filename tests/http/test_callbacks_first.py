"""Customer-first callbacks: dialled before an agent is there, as many as agents are expected."""

from typing import Any

import pytest

from gateway.domain.call import Call
from gateway.domain.callback import Callback
from tests.http.test_callbacks import CUSTOMER, SOON, moved, only
from tests.http.test_calls import accepted, answered, facts, present, queued, rows
from tests.http.twilio_phone import Caller, open_phone

FIRST = SOON.replace("{delay", "{customer_first: {enabled: true}, delay")
AT_THE_DESK = {"words": "One moment, please: a colleague will be with you"}


@pytest.fixture
async def phone(tmp_path):
    async with open_phone(tmp_path, more=FIRST) as opened:
        yield opened


async def wished(desk, twilio, sid: str = "CAcaller", number: str = CUSTOMER) -> None:
    """A caller in the queue presses the key and hangs up."""
    caller = await queued(twilio, sid, number)
    await caller.press("1")
    await caller.hang_up()

    async def ready() -> Any:
        return [c for c in await rows(desk, Callback) if c.number == number and c.state == "ready"]

    await desk.until(ready)


async def picked_up(twilio, desk, number: int = 0) -> tuple[Caller, dict[str, str]]:
    """The customer's telephone rings and is picked up; who they are is not known yet."""
    await desk.until(lambda: len(twilio.dialled) > number)
    sid, form = list(twilio.dialled.items())[number]
    await twilio.reported(form["StatusCallback"], sid, "ringing")
    return await Caller(twilio, sid, form["To"]).ask(form["Url"]), form


async def found(twilio, form: dict[str, str], sid: str, who: str) -> None:
    """Twilio has listened long enough to say who answered."""
    more = {"AnsweredBy": who, "MachineDetectionDuration": "2100", "CallStatus": "in-progress"}
    await twilio.tell(form["AsyncAmdStatusCallback"], CallSid=sid, **more)


def sid_of(caller: Caller) -> str:
    return caller.fields["CallSid"]


async def offers(agent) -> list[Any]:
    return (await agent("GET", "/api/v1/offers")).json["items"]


@pytest.mark.parametrize("who", ["human", "unknown"])
async def test_the_customer_comes_first(phone, who: str) -> None:
    """Nobody is dialled for nobody; who picks up hears words at once, and an agent comes."""
    desk, twilio = phone
    await wished(desk, twilio)
    assert twilio.dialled == {}, "no agent is expected to be free"
    emma = await present(desk)
    customer, form = await picked_up(twilio, desk)
    assert form["To"] == CUSTOMER
    assert form["MachineDetection"] == "DetectMessageEnd"
    assert AT_THE_DESK["words"] in customer.words
    await moved(desk, "ringing")
    assert await offers(emma) == [], "who answered is not known yet"
    await found(twilio, form, sid_of(customer), who)
    await accepted(desk, emma)
    await answered(desk, twilio, 1)
    await desk.until(lambda: twilio.commands(sid_of(customer)))
    await customer.ask(twilio.commands(sid_of(customer))[0]["Url"])
    callback = await moved(desk, "bridged")
    assert customer.room == callback.id
    await twilio.reported(form["StatusCallback"], sid_of(customer), "completed")
    callback = await moved(desk, "done")
    assert (callback.outcome, callback.tries) == ("answered", 1)


async def test_a_machine_hears_a_word_once(phone) -> None:
    """Words for whoever listens to it later; the next time it is only hung up."""
    desk, twilio = phone
    await wished(desk, twilio)
    emma = await present(desk)
    machine, form = await picked_up(twilio, desk)
    await found(twilio, form, sid_of(machine), "machine_end_beep")
    await desk.until(lambda: twilio.commands(sid_of(machine)))
    await machine.ask(twilio.commands(sid_of(machine))[0]["Url"])
    assert "could not reach you" in machine.words
    assert machine.twiml.find("Hangup") is not None
    await twilio.reported(form["StatusCallback"], sid_of(machine), "completed")
    again, form = await picked_up(twilio, desk, 1)
    callback = await only(desk)
    assert callback.tries == 2
    assert callback.word_left_at is not None
    await found(twilio, form, sid_of(again), "machine_end_silence")
    await desk.until(lambda: {"Status": "completed"} in twilio.commands(sid_of(again)))
    assert await offers(emma) == []


async def test_a_fax_is_no_number(phone) -> None:
    """It is over at once."""
    desk, twilio = phone
    await wished(desk, twilio)
    await present(desk)
    fax, form = await picked_up(twilio, desk)
    await found(twilio, form, sid_of(fax), "fax")
    await desk.until(lambda: {"Status": "completed"} in twilio.commands(sid_of(fax)))
    await twilio.reported(form["StatusCallback"], sid_of(fax), "completed")
    callback = await moved(desk, "refused")
    assert callback.outcome == "invalid"


async def test_nobody_came_and_agents_come_first_again(phone) -> None:
    """One who gives up is more than three in a hundred: for a day, nobody is dialled ahead."""
    desk, twilio = phone
    await wished(desk, twilio)
    emma = await present(desk)
    customer, form = await picked_up(twilio, desk)
    await found(twilio, form, sid_of(customer), "human")

    (offered,) = await desk.until(lambda: offers(emma))
    await twilio.reported(form["StatusCallback"], sid_of(customer), "completed")

    async def over() -> Any:
        return [c for c in await rows(desk, Call) if c.outcome == "abandoned" and c.callback]

    async def asked_anew() -> Any:
        return [each for each in await offers(emma) if each["id"] != offered["id"]]

    await desk.until(over)
    await desk.until(asked_anew)
    await accepted(desk, emma)
    await desk.until(lambda: len(twilio.dialled) == 2)
    form = list(twilio.dialled.values())[1]
    assert form["To"] == "client:emma", "the agent's telephone rings before the customer's"
    assert "MachineDetection" not in form


@pytest.mark.parametrize(("pacing", "dialled"), [("0.5", 1), ("1", 1), ("1.5", 2)])
async def test_as_many_as_agents_are_expected(tmp_path, pacing: str, dialled: int) -> None:
    """One agent: so many telephones for her, rounded up, the oldest wish among them."""
    first = FIRST.replace("enabled: true", f"enabled: true, pacing: {pacing}")
    async with open_phone(tmp_path, more=first) as (desk, twilio):
        await wished(desk, twilio)
        await wished(desk, twilio, "CAother", "+4915187654321")
        await present(desk)
        await desk.until(lambda: len(twilio.dialled) == dialled)
        for number in range(dialled):
            await picked_up(twilio, desk, number)

        async def ringing() -> bool:
            states = [c.state for c in await rows(desk, Callback)]
            return states.count("ringing") == dialled

        await desk.until(ringing)
        assert CUSTOMER in [form["To"] for form in twilio.dialled.values()]
        assert len(twilio.dialled) == dialled
        moved_on = [f.what for f in await facts(desk, "work.changed") if f.what == "deferred"]
        assert len(moved_on) == 2
