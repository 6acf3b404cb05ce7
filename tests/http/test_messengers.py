"""Every messenger of the sandbox from a customer's first message to what became of the answer.

The whole demo node runs, with config/default; the stand-ins check and sign as the providers do.
"""

import base64
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
import pytest_asyncio

from gateway.sandbox.chats import NAMES
from gateway.sandbox.people import PEOPLE
from gateway.sandbox.phone import Picture
from gateway.sandbox.providers.said import Tap
from tests.http.demo import api, open_demo, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

LI_LEI, HAN_MEIMEI, OLIVIA, TOM = PEOPLE
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

# What Parley shows of an answer once the customer has looked at it, as far as the provider tells.
SEEN = {
    "whatsapp": "read",
    "messenger": "delivered",
    "instagram": "read",
    "telegram": "sent",
    "line": "sent",
    "wechat": "sent",
    "wecom": "sent",
    "generic": "read",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="demo")
async def _demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SimpleNamespace]:
    """The demo node with its sandbox, and a supervisor who is there."""
    async with open_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


async def conversation_of(demo, text: str) -> str:
    """The conversation in which somebody wrote this last."""

    async def found():
        rows = (await api(demo, "GET", "/conversations"))["items"]
        mine = [r for r in rows if r["preview"] and text in r["preview"]["text"]]
        return mine[0]["id"] if mine else None

    return await until(found)


async def state_of(demo, conversation: str, text: str) -> str:
    items = (await api(demo, "GET", f"/conversations/{conversation}/timeline"))["items"]
    return next(i["state"] for i in items if i["type"] == "message" and i["text"] == text)


@pytest.mark.parametrize("name", NAMES)
async def test_from_first_message_to_report(demo, name: str) -> None:
    """A message in makes a conversation; the reply is on the customer's telephone; its report
    comes home."""
    asked, answered = f"Is the lamp in stock? {name}", f"Yes, three of them. {name}"
    said = await demo.chats.say(name, OLIVIA, asked)
    assert said.state == "received"
    conversation = await conversation_of(demo, asked)
    await api(demo, "POST", f"/conversations/{conversation}/reply", {"text": answered})

    def shown():
        return [s for s in demo.chats.threads(OLIVIA)[name] if s.text == answered]

    assert len(await until(shown)) == 1
    await demo.chats.boxes[name].settled()
    demo.chats.seen(OLIVIA)
    await demo.chats.boxes[name].settled()

    async def reported():
        return await state_of(demo, conversation, answered) == SEEN[name]

    await until(reported)


CHOICES = [{"id": "yes", "label": "是，谢谢"}, {"id": "no-7", "label": "No"}]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "generic"])
async def test_what_is_offered_is_tapped(demo, name: str) -> None:
    """The choices stand on the customer's telephone as the provider words them; the tap comes home
    with the label as its text, and the id."""
    asked, answered = f"Where is it? {name}", f"Shall we call you? {name}"
    await demo.chats.say(name, OLIVIA, asked)
    conversation = await conversation_of(demo, asked)
    reply = {"text": answered, "choices": CHOICES}
    path = f"/conversations/{conversation}"
    written = (await api(demo, "POST", f"{path}/reply", reply))["message"]
    assert (written["kind"], written["text"], written["choices"]) == (
        "interactive",
        answered,
        CHOICES,
    )

    def shown():
        return [s for s in demo.chats.threads(OLIVIA)[name] if s.text == answered]

    (said,) = await until(shown)
    assert [choice.label for choice in said.choices] == ["是，谢谢", "No"]
    tapped = Tap(message=said.id, choice=said.choices[1].id)
    assert (await demo.chats.tap(name, OLIVIA, tapped)).state == "received"

    async def home():
        items = (await api(demo, "GET", f"{path}/timeline"))["items"]
        return [i for i in items if i["type"] == "message" and i.get("choice")]

    (tap,) = [i for i in await until(home) if i["text"] == "No"]
    assert (tap["kind"], tap["choice"], tap["direction"]) == ("interactive", "no-7", "in")
    with pytest.raises(KeyError):
        await demo.chats.tap(name, OLIVIA, Tap(message=said.id, choice="maybe"))


async def test_a_template_goes_when_the_window_has_closed(demo) -> None:
    """By its name, language and values; what it lacks is said before it is tried."""
    asked = "Is it on its way?"
    await demo.chats.say("whatsapp", OLIVIA, asked)
    path = f"/conversations/{await conversation_of(demo, asked)}/reply"
    assert demo.chats.set_fault("whatsapp", "window", on=True)
    try:
        chosen = {"name": "parcel_on_its_way", "language": "en_US", "parameters": ["Olivia"]}
        headers = {"X-Parley": "1", "Idempotency-Key": "t-1"}
        async with demo.client.post(
            f"/api/v1{path}", json={"approved": chosen}, headers=headers
        ) as answer:
            refused = await answer.json()
            assert (answer.status, refused["missing"]) == (422, ["2"]), refused
        chosen["parameters"] = ["Olivia", "A-7"]
        written = (await api(demo, "POST", path, {"approved": chosen}))["message"]
        words = "Dear Olivia, order A-7 is on its way. Answer here any time."
        assert (written["text"], written["approved"]) == (words, "parcel_on_its_way")
        assert written["state"] == "queued"

        def shown():
            return [s for s in demo.chats.threads(OLIVIA)["whatsapp"] if s.text == words]

        assert len(await until(shown)) == 1
    finally:
        demo.chats.set_fault("whatsapp", "window", on=False)


@pytest.mark.parametrize("name", NAMES)
async def test_a_picture_is_announced(demo, name: str) -> None:
    """A picture comes as the provider words it, and is no riddle to Parley."""
    picture = Picture(media_type="image/png", base64=base64.b64encode(PNG).decode())
    said = await demo.chats.say(name, TOM, "", picture)
    assert said.state == "received"

    async def there():
        rows = (await api(demo, "GET", "/conversations"))["items"]
        for row in rows:
            path = f"/conversations/{row['id']}/timeline"
            for item in (await api(demo, "GET", path))["items"]:
                if (item["type"], item.get("channel"), item.get("kind")) == (
                    "message",
                    name,
                    "media",
                ):
                    return item["attachments"]
        return None

    (file,) = await until(there)
    assert file["media_type"].startswith("image/")


# What Parley says of an answer that the provider refuses.
REFUSALS = {
    ("whatsapp", "blocked"): "invalid_recipient",
    ("whatsapp", "window"): "window_closed",
    ("messenger", "blocked"): "blocked",
    ("instagram", "window"): "window_closed",
    ("telegram", "blocked"): "blocked",
    ("generic", "blocked"): "blocked",
    ("wechat", "window"): "window_closed",
    ("wecom", "window"): "window_closed",
}


@pytest.mark.parametrize(("name", "fault"), REFUSALS)
async def test_refusals_in_the_providers_words(demo, name: str, fault: str) -> None:
    """Parley understands the real error body, and says why."""
    asked, answered = f"And the apron? {name} {fault}", f"Two. {name} {fault}"
    await demo.chats.say(name, OLIVIA, asked)
    conversation = await conversation_of(demo, asked)
    assert demo.chats.set_fault(name, fault, on=True)
    try:
        await api(demo, "POST", f"/conversations/{conversation}/reply", {"text": answered})

        async def refused():
            path = f"/conversations/{conversation}/timeline"
            items = (await api(demo, "GET", path))["items"]
            mine = [i for i in items if i["type"] == "message" and i["text"] == answered]
            return mine and mine[0]["state"] in ("failed", "held") and mine[0]["reason"]

        assert await until(refused) == REFUSALS[name, fault]
    finally:
        demo.chats.set_fault(name, fault, on=False)


@pytest.mark.parametrize("name", NAMES)
async def test_webhooks_that_come_late_and_twice(demo, name: str) -> None:
    """What waited comes when it may, in its order; and what comes twice is one message."""
    words = [f"Is it {when} yet? {name}" for when in ("six", "seven")]
    assert demo.chats.set_fault(name, "late", on=True)
    for text in words:
        assert (await demo.chats.say(name, TOM, text)).state == "waiting"
    if name != "wecom":  # which is also asked once a minute, whatever it tells
        rows = (await api(demo, "GET", "/conversations"))["items"]
        assert not [row for row in rows if row["preview"]["text"] in words]
    assert demo.chats.set_fault(name, "double", on=True)
    assert demo.chats.set_fault(name, "late", on=False)
    try:
        conversation = await conversation_of(demo, words[-1])
        await demo.chats.boxes[name].settled()
        items = (await api(demo, "GET", f"/conversations/{conversation}/timeline"))["items"]
        assert [i["text"] for i in items if i["type"] == "message" and i["text"] in words] == words
    finally:
        demo.chats.set_fault(name, "double", on=False)


async def test_the_menu_of_an_official_account(demo) -> None:
    """It stands on the telephone by itself; a click comes as a message in the entry's name and is
    answered at once, a page that is opened is no message."""
    box = demo.chats.boxes["wechat"]
    menu = await until(lambda: demo.chats.menus()["wechat"])
    assert [(each.name, [e.name for e in each.entries]) for each in menu] == [
        ("自助服务", ["营业时间", "怎样退换货"]),
        ("逛逛小店", []),
        ("人工客服", []),
    ]
    before = len((await api(demo, "GET", "/conversations"))["items"])
    assert await demo.chats.press("wechat", LI_LEI, "2") == "received"
    assert len((await api(demo, "GET", "/conversations"))["items"]) == before
    assert await demo.chats.press("wechat", LI_LEI, "1.1") == "received"
    own, answer = box.thread(LI_LEI)[:2]
    assert (own.text, own.own, answer.own) == ("营业时间", True, False)
    assert answer.text.startswith("在线客服每天 8:00 至 23:00")
    path = f"/conversations/{await conversation_of(demo, '营业时间')}/timeline"
    items = (await api(demo, "GET", path))["items"]
    (said,) = [i for i in items if i["type"] == "message" and i["text"] == "营业时间"]
    assert (said["kind"], said["direction"]) == ("interactive", "in")
    with pytest.raises(KeyError):
        await demo.chats.press("line", LI_LEI, "1")


async def test_line_quotes_what_either_said(demo) -> None:
    """With the token that LINE gave along; it takes no other."""
    asked = "Is the cup blue?"
    await demo.chats.say("line", HAN_MEIMEI, asked)
    path = f"/conversations/{await conversation_of(demo, asked)}"
    timeline = (await api(demo, "GET", f"{path}/timeline"))["items"]
    answered = next(i["id"] for i in timeline if i["type"] == "message" and i["text"] == asked)
    for words in ("It is.", "Light blue."):
        reply = {"text": words, "in_reply_to": answered}
        answered = (await api(demo, "POST", f"{path}/reply", reply))["message"]["id"]

        async def sent():
            return await state_of(demo, path.rpartition("/")[2], words) == "sent"  # noqa: B023

        await until(sent)
    items = (await api(demo, "GET", f"{path}/timeline"))["items"]
    quotes = [i["quote"]["text"] for i in items if i["type"] == "message" and i.get("quote")]
    assert quotes == [asked, "It is."]


async def test_a_session_follows_its_conversation_at_wecom(demo) -> None:
    """With us while an agent has it, over when it is resolved, new when the customer writes again;
    whom one of WeCom's people serves is on hold here, and resolved when they are done."""
    for row in (await api(demo, "GET", "/conversations"))["items"]:
        if row["status"] != "resolved":  # so that the agent has room
            await api(demo, "POST", f"/conversations/{row['id']}/resolve")
    box = demo.chats.boxes["wecom"]
    box.sessions.clear()
    asked = "Do you polish the lamp?"
    await demo.chats.say("wecom", HAN_MEIMEI, asked)
    address = box.address_of(HAN_MEIMEI)
    path = f"/conversations/{await conversation_of(demo, asked)}"

    async def is_with(*session):
        await until(lambda: box.sessions.get(address) == session)

    async def status(wanted: str):
        async def reached():
            return (await api(demo, "GET", path))["status"] == wanted

        await until(reached)

    async def taken():
        async with demo.client.post(f"/api/v1{path}/take") as answer:
            return answer.status < 300

    await until(taken)
    await is_with(1, "")
    await api(demo, "POST", f"{path}/reply", {"text": "We do.", "then": "resolve"})
    await is_with(4, "")
    assert demo.chats.threads(HAN_MEIMEI)["wecom"][-1].text == "We do."
    await demo.chats.say("wecom", HAN_MEIMEI, "And the brass?")
    assert address not in box.sessions
    await status("open")
    await box.serve(HAN_MEIMEI, 1)
    await status("on_hold")
    await box.serve(HAN_MEIMEI, 3)
    await status("resolved")
    assert box.sessions[address] == (4, "")


async def test_health_of_every_account(demo) -> None:
    """Parley's own question to each provider is answered."""
    async with demo.client.get("/api/v1/channels") as response:
        found = await response.json()
    assert {each["account"] for each in found["items"]} >= set(NAMES)
    for each in found["items"]:
        assert each["ok"], each
