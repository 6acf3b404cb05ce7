"""The stand-in for calls and the whole demo node: one plays the caller, the desk answers."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import aiohttp
import pytest
import pytest_asyncio

from config.callbacks import Callbacks
from config.rulebook import Overflow
from gateway.domain.work import Work
from gateway.sandbox.people import PEOPLE
from gateway.sandbox.voice_twiml import BadTwiml, steps
from gateway.store.queries.rows import all_of, table_of
from gateway.verbs.work import ApplyRulebook
from tests.http.demo import api, open_demo, until

LI_LEI, HAN_MEIMEI, OLIVIA, TOM = PEOPLE
LOOPED = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="demo")
async def _demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SimpleNamespace]:
    """The demo node with its sandbox; emma answers in English."""
    async with open_demo(tmp_path_factory.mktemp("demo"), "emma") as demo:
        yield demo


async def act(demo, person, does: str, text: str = "") -> None:
    """What the page sends."""
    form = {"person": person.address, "does": does, "text": text}
    async with demo.client.post("/sandbox/api/calls", json=form) as response:
        assert response.status == 201, await response.text()


async def seen(demo, person):
    """What the page shows."""
    async with demo.client.get("/sandbox/api/calls", params={"person": person.address}) as response:
        assert response.status == 200
        return await response.json()


async def shown(demo, person, **wanted):
    """The telephone, once it shows this."""

    async def there():
        now = await seen(demo, person)
        assert not [each for each in now["heard"] if each["kind"] == "trouble"], now
        return now if wanted.items() <= now.items() else None

    return await until(there)


async def waiting(demo, person) -> None:
    """Call, choose English, hear of the queue."""
    await act(demo, person, "call")
    await shown(demo, person, wants="speech")
    await act(demo, person, "press", "2")
    await shown(demo, person, wants="keys")


async def call_of(demo, conversation: str) -> list[dict]:
    items = (await api(demo, "GET", f"/conversations/{conversation}/timeline"))["items"]
    return [item for item in items if item.get("kind") in ("call", "voicemail")]


@LOOPED
async def test_a_call_is_answered_held_and_ended(demo) -> None:
    """Menu, queue, the agent's browser, hold and resume, a score by a key, and both telephones are
    down."""
    await waiting(demo, OLIVIA)

    async def offered():
        return (await api(demo, "GET", "/offers"))["items"]

    offer = (await until(offered))[0]
    taken = await api(demo, "POST", f"/offers/{offer['id']}/accept", {})
    conversation = taken["assignment"]["conversation"]
    await shown(demo, OLIVIA, talks=True)
    assert len(await call_of(demo, conversation)) == 1
    await api(demo, "POST", f"/conversations/{conversation}/call/hold", {"held": True})
    held = await shown(demo, OLIVIA, talks=False)
    assert held["state"] == "in-progress"
    await api(demo, "POST", f"/conversations/{conversation}/call/hold", {"held": False})
    await shown(demo, OLIVIA, talks=True)
    await api(demo, "POST", f"/conversations/{conversation}/call/hangup", {})
    asked = await shown(demo, OLIVIA, talks=False, wants="keys")
    assert "give our service a score" in asked["heard"][-1]["text"]
    await act(demo, OLIVIA, "press", "4")
    await shown(demo, OLIVIA, state="completed")
    (survey,) = (await api(demo, "GET", f"/conversations/{conversation}/surveys"))["items"]
    assert (survey["score"], survey["by"], survey["agent"]) == (4, "keys", "emma")


async def free_again(demo) -> None:
    """The calls before are over, and so is the agent's wrap-up."""

    async def free() -> bool:
        works = await demo.parley.store.read(lambda c: all_of(c, Work, table_of(Work).select()))
        held = [work for work in works if work.agent is not None and work.ended_at is None]
        for work in held:
            if work.state == "wrapup":
                path = f"/api/v1/conversations/{work.conversation}/wrapup/end"
                async with demo.client.post(path, json={}):
                    pass
        return not held

    await until(free)


async def at_any_hour(demo, **more) -> None:
    """Callbacks at once, whatever the clock says."""
    dispatch = demo.parley.house.dispatch
    soon = Callbacks.model_validate({"delay": "0s", "earliest": "00:00", "latest": "24:00"} | more)
    book = dispatch.rulebook.model_copy(update={"callbacks": soon})
    await demo.parley.store.submit(ApplyRulebook(content=book.to_json(), by="test"))
    await until(lambda: dispatch.rulebook.callbacks == soon)


@LOOPED
async def test_a_callback_rings_the_customers_telephone(demo) -> None:
    """The key in the queue, the agent accepts, the customer's telephone rings and is answered."""
    await at_any_hour(demo)
    await free_again(demo)
    await api(demo, "PUT", "/me/presence", {"presence": "busy"})
    await waiting(demo, HAN_MEIMEI)
    await act(demo, HAN_MEIMEI, "press", "1")
    await shown(demo, HAN_MEIMEI, state="completed")

    async def offered():
        return (await api(demo, "GET", "/offers"))["items"]

    async def ready():
        found = (await api(demo, "GET", "/callbacks"))["items"]
        return [each for each in found if each["state"] == "ready"]

    (callback,) = await until(ready)
    assert callback["number"] == HAN_MEIMEI.phone
    await api(demo, "PUT", "/me/presence", {"presence": "available"})

    async def rings():
        for offer in await offered():
            await api(demo, "POST", f"/offers/{offer['id']}/accept", {})
        now = await seen(demo, HAN_MEIMEI)
        return now["called"] and now["state"] == "ringing"

    await until(rings)
    await act(demo, HAN_MEIMEI, "pick_up")
    await shown(demo, HAN_MEIMEI, talks=True)
    await act(demo, HAN_MEIMEI, "hang_up")

    async def done():
        path = "/callbacks?live=false"
        found = (await api(demo, "GET", path))["items"]
        return [each["state"] for each in found] == ["done"]

    await until(done)


async def wished(demo, person) -> None:
    """The key in the queue, while nobody is there; then emma is, and the telephone rings."""
    await free_again(demo)
    await api(demo, "PUT", "/me/presence", {"presence": "busy"})
    await waiting(demo, person)
    await act(demo, person, "press", "1")
    await shown(demo, person, state="completed")
    await api(demo, "PUT", "/me/presence", {"presence": "available"})
    await shown(demo, person, called=True, state="ringing")


@LOOPED
async def test_who_picks_up_is_told(demo) -> None:
    """Customers first: a person is met at once, a machine hears our word, a fax is no number."""
    await at_any_hour(demo, customer_first={"enabled": True})
    await wished(demo, OLIVIA)
    await act(demo, OLIVIA, "pick_up")
    await accepted(demo)
    await shown(demo, OLIVIA, talks=True)
    await act(demo, OLIVIA, "hang_up")
    await wished(demo, HAN_MEIMEI)
    await act(demo, HAN_MEIMEI, "machine")
    left = await shown(demo, HAN_MEIMEI, state="completed")
    assert "could not reach you" in left["heard"][-1]["text"]
    await wished(demo, TOM)
    await act(demo, TOM, "fax")
    await shown(demo, TOM, state="completed")

    async def refused():
        found = (await api(demo, "GET", "/callbacks?live=false"))["items"]
        return [each["number"] for each in found if each["state"] == "refused"]

    assert await until(refused) == [TOM.phone]


@LOOPED
async def test_the_document_that_is_walked(demo) -> None:
    """The page sees the TwiML, the verb it is at, and in which language something is said."""
    await act(demo, TOM, "call")
    menu = await shown(demo, TOM, wants="speech")
    verb = menu["twiml"][menu["place"]]
    assert verb.startswith("<Gather")
    assert "<Say" in verb
    said = [each for each in menu["heard"] if each["kind"] == "said"]
    assert {each["language"] for each in said} >= {"cmn-CN", "en-US"}
    assert all(each["text"] in verb for each in said)
    await act(demo, TOM, "hang_up")
    assert (await shown(demo, TOM, state="completed"))["twiml"] == []


async def live(demo, conversation: str) -> int:
    """How many calls of a conversation are not over, as the console has it."""
    calls = (await api(demo, "GET", f"/conversations/{conversation}"))["calls"]
    return sum(each["ended_at"] is None for each in calls)


async def switch(demo, fault: str, *, on: bool) -> None:
    """What the page sends."""
    form = {"channel": "voice", "fault": fault, "on": on}
    async with demo.client.post("/sandbox/api/faults", json=form) as response:
        assert response.status == 200, await response.text()
        assert (await response.json())["faults"]["voice"][fault] is on


async def accepted(demo) -> str:
    """Take the call that is offered; its conversation."""

    async def offered():
        return (await api(demo, "GET", "/offers"))["items"]

    offer = (await until(offered))[0]
    taken = await api(demo, "POST", f"/offers/{offer['id']}/accept", {})
    return taken["assignment"]["conversation"]


async def asked(demo, method: str, path: str, form=None) -> tuple[int, dict]:
    """What the provider's API answers to us."""
    env = demo.sandbox.environment()
    sid, token = env["DEMO_SMS_SID"], env["DEMO_SMS_TOKEN"]
    url = f"{env['DEMO_SMS_API']}/2010-04-01/Accounts/{sid}/{path}"
    login = {"Authorization": aiohttp.encode_basic_auth(sid, token)}
    async with demo.client.request(method, url, headers=login, data=form) as response:
        return response.status, await response.json()


async def dialled(demo) -> int:
    """How often the shop has called the agent."""
    return len((await asked(demo, "GET", "Calls.json?To=client:emma"))[1]["calls"])


@LOOPED
@pytest.mark.parametrize("fault", ["lost_answer", "double"])
async def test_a_call_in_spite_of(demo, fault: str) -> None:
    """The agent's telephone rings all the same, once, and both talk in one call."""
    await free_again(demo)
    await waiting(demo, TOM)
    before = await dialled(demo)
    await switch(demo, fault, on=True)
    conversation = await accepted(demo)
    await shown(demo, TOM, talks=True)
    await switch(demo, fault, on=False)
    assert await dialled(demo) == before + 1
    assert await live(demo, conversation) == 1
    await act(demo, TOM, "hang_up")
    await shown(demo, TOM, state="completed")


@LOOPED
@pytest.mark.parametrize(("fault", "status"), [("throttle", 429), ("fail", 503)])
async def test_no_call_is_made_while(demo, fault: str, status: int) -> None:
    """On means every time; off means never."""
    dial = {"To": "client:emma", "From": "+12", "Url": "http://127.0.0.1:9/"}
    await switch(demo, fault, on=True)
    assert [(await asked(demo, "POST", "Calls.json", dial))[0] for _ in range(2)] == [status] * 2
    await switch(demo, fault, on=False)
    assert (await asked(demo, "POST", "Calls.json", dial))[1]["code"] == 21210


@LOOPED
async def test_the_end_of_a_call_is_told_late(demo) -> None:
    """Until it is told nobody here knows of it; then the call is over."""
    await free_again(demo)
    await waiting(demo, TOM)
    conversation = await accepted(demo)
    await shown(demo, TOM, talks=True)
    await switch(demo, "late", on=True)
    await act(demo, TOM, "hang_up")
    await shown(demo, TOM, state="completed")
    assert await live(demo, conversation) == 1
    await switch(demo, "late", on=False)

    async def over():
        return await live(demo, conversation) == 0

    await until(over)


@LOOPED
async def test_a_voicemail_with_words(demo) -> None:
    """What is said after the tone is on the timeline, with a recording that can be heard."""
    await waiting(demo, TOM)
    await act(demo, TOM, "press", "2")
    await shown(demo, TOM, wants="recording")
    await act(demo, TOM, "speak", "my lamp arrived broken")
    await shown(demo, TOM, state="completed")

    async def written():
        rows = (await api(demo, "GET", "/conversations"))["items"]
        for row in rows:
            for item in await call_of(demo, row["id"]):
                if item["kind"] == "voicemail" and item["text"]:
                    return item
        return None

    item = await until(written)
    assert item["text"] == "my lamp arrived broken"
    assert item["attachments"][0]["media_type"] == "audio/wav"


async def nobody_waits_long(demo) -> None:
    """Whoever has waited a second is sent to the voicemail."""
    dispatch = demo.parley.house.dispatch
    rule = Overflow.model_validate({"when": "wait_ms >= 1s", "do": "voicemail"})
    queues = {
        name: queue.model_copy(update={"overflow": (rule,)})
        for name, queue in dispatch.rulebook.queues.items()
    }
    book = dispatch.rulebook.model_copy(update={"queues": queues})
    await demo.parley.store.submit(ApplyRulebook(content=book.to_json(), by="test"))
    await until(lambda: dispatch.rulebook.queues == queues)


@LOOPED
async def test_who_waits_too_long_leaves_word(demo) -> None:
    """A rule of overflow takes the caller from the music to the tone; somebody still answers it."""
    await api(demo, "PUT", "/me/presence", {"presence": "busy"})
    await nobody_waits_long(demo)
    await waiting(demo, LI_LEI)
    await shown(demo, LI_LEI, wants="recording")
    await act(demo, LI_LEI, "speak", "please write to me")
    await shown(demo, LI_LEI, state="completed")

    async def written():
        for row in (await api(demo, "GET", "/conversations"))["items"]:
            for item in await call_of(demo, row["id"]):
                if item["kind"] == "voicemail" and item["text"] == "please write to me":
                    return row
        return None

    row = await until(written)
    works = await demo.parley.store.read(lambda c: all_of(c, Work, table_of(Work).select()))
    assert [w.state for w in works if w.live_of == row["id"]] == ["waiting"]
    card = await api(demo, "GET", f"/conversations/{row['id']}/explain")
    overflows = [d["body"] for d in card["decisions"] if d["body"].get("what") == "overflowed"]
    assert [(each["action"], each["what"]) for each in overflows] == [("voicemail", "overflowed")]


@LOOPED
async def test_a_telephone_says_what_it_cannot_do(demo) -> None:
    """Keys without a call, and a second call over a first, are refused in words."""
    form = {"person": HAN_MEIMEI.address, "does": "press", "text": "1"}
    async with demo.client.post("/sandbox/api/calls", json=form) as response:
        assert response.status == 422
        assert "call the shop first" in (await response.json())["detail"]


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ("<Response><Hangup/></Response>", ""),
        ("<Response><Say voice='x'>a</Say></Response>", ""),
        ("<Response>", "12100"),
        ("<Reply/>", "12200"),
        ("<Response><Dance/></Response>", "may not hold <Dance>"),
        ("<Response><Say loudly='1'>a</Say></Response>", "no attribute loudly"),
        ("<Response><Say> </Say></Response>", "is empty"),
        ("<Response><Gather><Record/></Gather></Response>", "may not hold <Record>"),
    ],
)
def test_twiml_is_checked(document: str, wrong: str) -> None:
    """The stand-in stumbles where the provider would."""
    if not wrong:
        assert steps(document)
        return
    with pytest.raises(BadTwiml, match=wrong):
        steps(document)
