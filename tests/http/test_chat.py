"""The visitors' door: who comes in, from which page, and that no word of theirs is lost."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
from urllib.parse import quote

import aiohttp
import msgspec
import pytest

from gateway.domain.conversation import Contact, Conversation, Identity
from gateway.domain.events import ContactMerged
from gateway.verbs.change import by_key
from tests.http.conftest import CONFIG, open_desk
from tests.unit.pipeline.clamd import FakeClamd

WAIT_S = 10.0
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
NAME = "Rechnung Ümläut.png"
KEY = b"0123456789abcdef0123456789abcdef"
PAGE = {"Origin": "https://shop.example"}


def visit(desk, account: str = "shop", headers: dict | None = None):
    """A socket of a page."""
    return desk.nobody.socket(f"/chat/{account}", headers=PAGE if headers is None else headers)


async def hello(ws, token: str | None = None, after: int = 0, **more) -> dict:
    """Say hello; the answer."""
    await ws.send_json({"type": "hello", "token": token, "after": after, "locale": "en"} | more)
    return await ws.receive_json(timeout=WAIT_S)


async def some(ws, kind: str, count: int = 1) -> list[dict]:
    """The next frames of a kind."""
    out: list[dict] = []
    while len(out) < count:
        frame = await ws.receive_json(timeout=WAIT_S)
        if frame["type"] == kind:
            out.append(frame)
    return out


async def say(ws, client_id: str, text: str, **more) -> dict:
    """Write; the acknowledgement, or the error."""
    await ws.send_json({"type": "message", "id": client_id, "text": text} | more)
    while True:
        frame = await ws.receive_json(timeout=WAIT_S)
        if frame["type"] in ("ack", "error") and frame.get("id") == client_id:
            return frame


def identity(desk, account: str = "shop", key: bytes = KEY, **claims) -> str:
    """What a shop's server would sign."""
    now = desk.house.clock.now_ms() // 1_000
    body = {
        "sub": "customer-42",
        "account": account,
        "iat": now,
        "exp": now + 600,
        "name": "Ms Reed",
    } | claims

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "k1"}).encode())
    signed = f"{head}.{part(json.dumps(body).encode())}"
    return f"{signed}.{part(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


async def conversation_of(desk, text: str) -> str:
    """The conversation in which somebody said this."""
    sue = await desk.person("sue")

    async def found() -> str | None:
        rows = (await sue("GET", "/api/v1/conversations")).json["items"]
        mine = [r for r in rows if r["preview"] and r["preview"]["text"] == text]
        return mine[0]["id"] if mine else None

    return str(await desk.until(found))


async def test_a_conversation(desk) -> None:
    """Hello, a message, an agent's answer, and what the other one does meanwhile."""
    sue = await desk.person("sue")
    async with visit(desk) as ws:
        welcome = await hello(ws)
        assert welcome["type"] == "welcome"
        assert welcome["desk"] == {"name": "Test desk", "open": True}
        assert welcome["agent"] is None
        assert len(welcome["token"]) >= 43
        assert welcome["limits"]["max_text"] == 4_000
        ack = await say(ws, "c-1", "Do you have this in red?")
        assert ack["type"] == "ack"
        own = (await some(ws, "message"))[0]
        assert (own["seq"], own["client_id"], own["direction"]) == (ack["seq"], "c-1", "in")
        assert own["author"] == {"name": "", "kind": "visitor"}
        conversation = await conversation_of(desk, "Do you have this in red?")
        await sue("PUT", "/api/v1/me/presence", {"presence": "available"})
        await sue("POST", f"/api/v1/conversations/{conversation}/take")
        assert (await some(ws, "agent"))[0]["name"] == "Sue"
        await sue("POST", f"/api/v1/conversations/{conversation}/typing")
        await some(ws, "typing")
        await sue("POST", f"/api/v1/conversations/{conversation}/read", {"seq": 2})
        assert (await some(ws, "read"))[0]["seq"] == ack["seq"]
        sent = await sue(
            "POST", f"/api/v1/conversations/{conversation}/reply", {"text": "In red and blue."}
        )
        assert sent.json["message"]["state"] == "sent", "committed is sent"
        answer = (await some(ws, "message"))[0]
        assert (answer["text"], answer["direction"]) == ("In red and blue.", "out")
        assert answer["author"] == {"name": "Sue", "kind": "agent"}
        assert answer["seq"] > own["seq"]
        await ws.send_json({"type": "ping"})
        await some(ws, "pong")


PAGES = [
    ("Taiwan's page", "zh-TW", "zh-TW"),
    ("the script by its name", "zh_Hant", "zh-TW"),
    ("the mainland's page", "zh-CN", "zh"),
    ("a page that says nothing", "", "zh"),
    ("no locale", "zh-TW\0<b>", "zh"),
]


@pytest.mark.parametrize(("_label", "locale", "language"), PAGES, ids=[row[0] for row in PAGES])
async def test_the_page_tells_the_script(desk, _label: str, locale: str, language: str) -> None:
    """In which the visitor is answered whose words tell none; what is no locale is not heard."""
    async with visit(desk) as ws:
        await hello(ws, locale=locale)
        await say(ws, "c-1", "我要找真人客服")
        conversation = await conversation_of(desk, "我要找真人客服")
    sue = await desk.person("sue")
    found = (await sue("GET", f"/api/v1/conversations/{conversation}")).json
    assert found["language"] == language


async def test_a_note_is_never_shown(desk) -> None:
    """What colleagues write to each other stays with them."""
    sue = await desk.person("sue")
    async with visit(desk) as ws:
        await hello(ws)
        await say(ws, "c-1", "hello")
        conversation = await conversation_of(desk, "hello")
        await sue(
            "POST", f"/api/v1/conversations/{conversation}/notes", {"text": "difficult customer"}
        )
        await sue("POST", f"/api/v1/conversations/{conversation}/reply", {"text": "Good day."})
        seen = []
        while not seen or seen[-1].get("text") != "Good day.":
            seen.append(await ws.receive_json(timeout=WAIT_S))
        assert "difficult" not in json.dumps(seen)


async def test_known_again(desk) -> None:
    """A visitor who comes back with the token is the same, and sees what was missed."""
    sue = await desk.person("sue")
    async with visit(desk) as ws:
        first = await hello(ws)
        ack = await say(ws, "c-1", "hello")
    conversation = await conversation_of(desk, "hello")
    for n in range(3):
        await sue("POST", f"/api/v1/conversations/{conversation}/reply", {"text": f"answer {n}"})
    async with visit(desk) as ws:
        again = await hello(ws, first["token"], ack["seq"])
        assert again["visitor"] == first["visitor"]
        assert "token" not in again
        missed = await some(ws, "message", 3)
        assert [m["text"] for m in missed] == ["answer 0", "answer 1", "answer 2"]
    async with visit(desk) as ws:
        await hello(ws, first["token"], 0)
        whole = await some(ws, "message", 4)
        assert [m["text"] for m in whole] == ["hello", "answer 0", "answer 1", "answer 2"]
        assert [m.get("client_id") for m in whole] == ["c-1", None, None, None]


async def test_a_new_conversation_goes_on(desk) -> None:
    """When the old conversation was resolved for good, the cursor still holds in the new one."""
    sue = await desk.person("sue")
    async with visit(desk) as ws:
        await hello(ws)
        for n in range(4):
            await say(ws, f"c-{n}", f"text {n}")
        conversation = await conversation_of(desk, "text 3")
        await sue("POST", f"/api/v1/conversations/{conversation}/resolve")
        await desk.store.submit(Closed(conversation=conversation))
        ack = await say(ws, "c-new", "something else")
        other = await conversation_of(desk, "something else")
        assert other != conversation
        own = await some(ws, "message")
        while own[-1]["text"] != "something else":
            own += await some(ws, "message")
        assert own[-1]["seq"] == ack["seq"]
        await sue("POST", f"/api/v1/conversations/{other}/reply", {"text": "Of course."})
        assert (await some(ws, "message"))[0]["text"] == "Of course."


class Closed:
    """Ages a resolved conversation, so that it is not opened again."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation

    def reads(self, view):
        yield by_key(Conversation, self.conversation)

    def decide(self, change):
        found = change.get(Conversation, self.conversation)
        change.put(msgspec.structs.replace(found, resolved_at=1))


async def test_sent_again_is_one(desk) -> None:
    """A message that is sent again, its acknowledgement lost, is the same message."""
    async with visit(desk) as ws:
        first = await hello(ws)
        one = await say(ws, "c-1", "yes")
        two = await say(ws, "c-2", "yes")
        again = await say(ws, "c-1", "yes")
    assert one["seq"] == again["seq"]
    assert two["seq"] > one["seq"], "a second yes is a message"
    async with visit(desk) as ws:
        await hello(ws, first["token"], 0)
        assert [m["client_id"] for m in await some(ws, "message", 2)] == ["c-1", "c-2"]


async def test_cut_at_random(desk) -> None:
    """P15: however the line is cut, each message is stored once and each answer seen once."""
    chance = random.Random(11)
    sue = await desk.person("sue")
    async with visit(desk) as ws:
        token = (await hello(ws))["token"]
        await say(ws, "c-0", "text 0")
    conversation = await conversation_of(desk, "text 0")
    seen: list[dict] = []
    acked = {"c-0"}
    answering = True

    async def answer() -> None:
        for n in range(30):
            path = f"/api/v1/conversations/{conversation}/reply"
            assert (await sue("POST", path, {"text": f"answer {n}"})).status == 202
            await asyncio.sleep(chance.random() * 0.02)

    async def sit() -> None:
        outbox = [f"c-{n}" for n in range(1, 20)]
        while answering or outbox or sum(m["direction"] == "out" for m in seen) < 30:
            async with visit(desk) as ws:
                await hello(ws, token, seen[-1]["seq"] if seen else 0)
                for _ in range(chance.randrange(1, 12)):
                    if outbox and chance.random() < 0.6:
                        await ws.send_json({"type": "message", "id": outbox[0], "text": outbox[0]})
                    try:
                        frame = await ws.receive_json(timeout=0.1)
                    except (TimeoutError, TypeError):
                        continue
                    if frame["type"] == "message":
                        seen.append(frame)
                    elif frame["type"] == "ack":
                        acked.add(frame["id"])
                        outbox = [c for c in outbox if c not in acked]
                ws._response.connection.transport.abort()

    sitting = asyncio.create_task(sit())
    await answer()
    answering = False
    async with asyncio.timeout(60):
        await sitting
    async with visit(desk) as ws:
        await hello(ws, token, 0)
        whole = await some(ws, "message", 50)
    assert [m["seq"] for m in seen] == sorted({m["seq"] for m in seen})
    assert {m["seq"] for m in seen} <= {m["seq"] for m in whole}
    assert [m["text"] for m in whole if m["direction"] == "out"] == [
        f"answer {n}" for n in range(30)
    ]
    assert [m["text"] for m in seen if m["direction"] == "out"] == [
        f"answer {n}" for n in range(30)
    ]
    mine = [m["client_id"] for m in whole if m["direction"] == "in"]
    assert sorted(mine) == sorted(f"c-{n}" for n in range(20))


async def test_two_tabs(desk) -> None:
    """What a visitor writes in one tab is seen in the other, from the first message on."""
    async with visit(desk) as one:
        token = (await hello(one))["token"]
        async with visit(desk) as two:
            await hello(two, token)
            await say(one, "c-1", "hello")
            assert (await some(two, "message"))[0]["client_id"] == "c-1"


async def test_an_idle_socket_keeps_no_task(desk) -> None:
    """What happens is shown by a task that ends with it: nothing of ours waits beside the reader."""
    ws = await visit(desk)
    await hello(ws)
    for number in range(3):
        await say(ws, f"m{number}", "Hello?")
        await some(ws, "message")
        tasks = [t for t in asyncio.all_tasks() if t.get_coro().__name__ == "_show_all"]
        async with asyncio.timeout(WAIT_S):
            await asyncio.gather(*tasks)
    other = await desk.person("sue")
    conversation = await conversation_of(desk, "Hello?")
    await other("POST", f"/api/v1/conversations/{conversation}/typing")
    await some(ws, "typing")


async def test_no_visitor_sees_another(desk) -> None:
    """A token opens one visitor's window at one account, and a guess opens none."""
    async with visit(desk) as ws:
        mine = await hello(ws)
        await say(ws, "c-1", "my secret")
    for account, token in (("shop", None), ("shop", "guess"), ("shop", "x" * 500)):
        async with visit(desk, account) as ws:
            welcome = await hello(ws, token)
            assert welcome["visitor"] != mine["visitor"]
            assert "token" in welcome, "a new one"
            await ws.send_json({"type": "ping"})
            assert (await ws.receive_json(timeout=WAIT_S))["type"] == "pong", "no history"
    vouched = identity(desk, "vip")
    async with visit(desk, "vip", {}) as ws:
        welcome = await hello(ws, mine["token"], identity=vouched)
        assert welcome["visitor"] != mine["visitor"]


ORIGINS = [
    ("the shop", {"Origin": "https://shop.example"}, 101),
    ("a part of the mall", {"Origin": "https://b.mall.example"}, 101),
    ("nobody's page", {}, 403),
    ("another site", {"Origin": "https://evil.example"}, 403),
    ("the shop in the clear", {"Origin": "http://shop.example"}, 403),
    ("a like name", {"Origin": "https://shop.example.evil.com"}, 403),
    ("nowhere", {"Origin": "null"}, 403),
]


async def test_origins(desk) -> None:
    """Only pages that the account names may open its chat: asked before the upgrade."""
    for label, headers, status in ORIGINS:
        try:
            async with visit(desk, headers=headers) as ws:
                assert (await hello(ws))["type"] == "welcome"
                found = 101
        except aiohttp.WSServerHandshakeError as refused:
            found = refused.status
        assert found == status, label
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with visit(desk, "vip"):
            pass
    assert refused.value.status == 403, "an account without origins is for our own pages"
    async with visit(desk, "vip", {"Origin": desk.url}) as ws, visit(desk, "vip", {}) as program:
        for socket in (ws, program):
            assert (await hello(socket, identity=identity(desk, "vip")))["type"] == "welcome"
    for name in ("hook", "nobody"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with visit(desk, name, {}):
                pass
        assert refused.value.status == 404
    plain = await desk.nobody("GET", "/chat/shop")
    assert (plain.status, plain.code) == (426, "upgrade_required")
    assert plain.headers["Upgrade"] == "websocket"


async def test_signed_identity(desk) -> None:
    """Whom the shop vouches for is the same person wherever they come from."""
    async with visit(desk) as ws:
        first = await hello(ws, identity=identity(desk))
        await say(ws, "c-1", "it is me")
    async with visit(desk) as ws:
        again = await hello(ws, identity=identity(desk))
        assert again["visitor"] == first["visitor"]
        assert (await some(ws, "message"))[0]["text"] == "it is me"
    conversation = await conversation_of(desk, "it is me")
    sue = await desk.person("sue")
    assert (await sue("GET", f"/api/v1/conversations/{conversation}")).json["contact"][
        "name"
    ] == "Ms Reed"
    async with visit(desk) as ws:
        anonymous = await hello(ws, first["token"])
        assert anonymous["visitor"] != first["visitor"], "a page that vouches no more shows nothing"
    async with visit(desk) as ws:
        other = await hello(ws, first["token"], identity=identity(desk, sub="customer-43"))
        assert other["visitor"] not in (first["visitor"], anonymous["visitor"])


FORGED = [
    ("another key", {"key": b"x" * 32}, {}),
    ("another account", {"account": "vip"}, {}),
    ("too old", {}, {"iat": 1, "exp": 2}),
    ("for ever", {}, {"exp": 99_999_999_999}),
]


async def test_forged_identity(desk) -> None:
    """A forged identity opens nothing, and is told so."""
    for label, how, claims in FORGED:
        async with visit(desk) as ws:
            refused = await hello(ws, identity=identity(desk, **how, **claims))
            assert (refused["type"], refused["code"]) == ("error", "identity_refused"), label
            assert (await ws.receive(timeout=WAIT_S)).data == 4401
    async with visit(desk, "vip", {}) as ws:
        assert (await hello(ws))["code"] == "identity_required"


BAD = [
    ("empty", {"type": "message", "id": "c-1", "text": "  "}, "empty"),
    ("too long", {"type": "message", "id": "c-1", "text": "x" * 4_001}, "text_too_long"),
    ("a strange id", {"type": "message", "id": "c:1", "text": "x"}, "bad_frame"),
    (
        "another's file",
        {"type": "message", "id": "c-1", "text": "x", "attachments": ["0" * 64]},
        "unknown_upload",
    ),
    ("hello again", {"type": "hello", "token": None, "after": 0}, "bad_frame"),
    ("nonsense", {"type": "dance"}, "bad_frame"),
]


async def test_bad_frames(desk) -> None:
    """A bad frame is refused in words and stores nothing; the socket stays open."""
    async with visit(desk) as ws:
        await hello(ws)
        for label, frame, code in BAD:
            await ws.send_json(frame)
            answer = await ws.receive_json(timeout=WAIT_S)
            assert (answer["type"], answer["code"]) == ("error", code), label
            assert answer["detail"], label
            assert answer["what_to_do"], label
        assert (await say(ws, "c-1", "fine"))["type"] == "ack"
    sue = await desk.person("ada")
    assert (await sue("GET", "/api/v1/dead")).json["items"] == []


async def test_files(desk) -> None:
    """A visitor's file reaches the agent, and an agent's the visitor, through the allowed page."""
    async with visit(desk) as ws:
        token = (await hello(ws))["token"]
        other = {}
        async with visit(desk) as second:
            other = {"Authorization": f"Visitor {(await hello(second))['token']}"} | PAGE
        owned = {"Authorization": f"Visitor {token}", "X-Filename": quote(NAME)}
        mine = owned | PAGE
        asked = await desk.nobody("OPTIONS", "/chat/shop/files", headers=PAGE)
        assert asked.status == 204
        assert asked.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
        up = await desk.nobody("POST", "/chat/shop/files", data=PNG, headers=mine)
        assert up.status == 201, up.body
        assert up.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert up.json["media_type"] == "image/png"
        await say(ws, "c-1", "", attachments=[up.json["sha256"]])
        url = (await some(ws, "message"))[0]["attachments"][0]["url"]
        got = await desk.nobody("GET", url, headers=mine)
        assert quote(NAME) in got.headers["Content-Disposition"]
        assert (got.status, got.body) == (200, PNG)
        assert got.headers["Content-Security-Policy"].startswith("sandbox")
        assert (await desk.nobody("GET", url, headers=other)).status == 404
        assert (await desk.nobody("GET", url, headers=PAGE)).status == 401
        assert (await desk.nobody("GET", url, headers=owned)).body == PNG, "a token is enough"
        nowhere = await desk.nobody("POST", "/chat/shop/files", data=PNG, headers=owned)
        assert (nowhere.status, nowhere.code) == (403, "wrong_origin")
        evil = mine | {"Origin": "https://evil.example"}
        refused = await desk.nobody("POST", "/chat/shop/files", data=PNG, headers=evil)
        assert refused.status == 403
        assert "Access-Control-Allow-Origin" not in refused.headers
        sue = await desk.person("sue")
        conversation = (await sue("GET", "/api/v1/conversations")).json["items"][0]["id"]
        items = (await sue("GET", f"/api/v1/conversations/{conversation}/timeline")).json["items"]
        attachment = next(i for i in items if i["type"] == "message")["attachments"][0]
        assert (attachment["filename"], attachment["size_bytes"]) == (NAME, len(PNG))
        assert (await sue("GET", attachment["url"])).body == PNG


async def test_limits(desk) -> None:
    """A visitor who floods is told to wait; others are not."""
    async with visit(desk) as ws:
        await hello(ws)
        codes = [(await say(ws, f"c-{n}", "x")).get("code", "ack") for n in range(42)]
        assert codes == ["ack"] * 40 + ["too_many_requests"] * 2
    async with visit(desk) as ws:
        await hello(ws)
        assert (await say(ws, "c-1", "x"))["type"] == "ack"


async def test_typing_reaches_the_agent(desk) -> None:
    """An agent who looks at the conversation sees that the visitor types."""
    sue = await desk.person("sue")
    async with visit(desk) as ws, sue.socket() as agent:
        await hello(ws)
        await say(ws, "c-1", "hello")
        conversation = await conversation_of(desk, "hello")
        await agent.send_json({"type": "hello", "after": None})
        await agent.send_json({"type": "watch", "conversation": conversation})
        await some(agent, "viewers")
        await ws.send_json({"type": "typing"})
        typing = (await some(agent, "typing"))[0]
        assert typing["conversation"] == conversation
        assert typing["who"]["kind"] == "contact"


async def test_restart(desk) -> None:
    """A node that stops says so to visitors too."""
    async with visit(desk) as ws:
        await hello(ws)
        stopping = asyncio.create_task(desk.runner.cleanup())
        assert (await ws.receive(timeout=WAIT_S)).data == 1012
        await stopping


async def test_no_socket_answers_as_a_webhook(desk) -> None:
    """The header by which the door names a visitor means nothing from outside."""
    body = json.dumps({"type": "message", "id": "1", "text": "x"}).encode()
    for method in ("POST", "GET"):
        answer = await desk.nobody(
            method, "/in/shop", data=body, headers={"X-Parley-Visitor": "webchat:1"}
        )
        assert answer.code == "unauthentic"


class SamePerson:
    """A supervisor finds that a visitor and a caller are one, and their talk goes on in one."""

    def __init__(self, visitor: str, number: str, conversation: str) -> None:
        self.visitor = visitor
        self.number = number
        self.conversation = conversation

    def reads(self, view):
        for urn in (self.visitor, self.number):
            yield by_key(Identity, "test", urn)
            identity = view.peek(Identity, "test", urn)
            if identity is not None:
                yield by_key(Contact, identity.contact)

    def decide(self, change):
        old = change.get(Contact, change.get(Identity, "test", self.visitor).contact)
        into = change.get(Contact, change.get(Identity, "test", self.number).contact)
        change.put(msgspec.structs.replace(old, merged_into=into.id))
        address = change.get(Identity, "test", self.visitor)
        change.put(msgspec.structs.replace(address, contact=into.id))
        change.put(msgspec.structs.replace(into, conversation=self.conversation))
        change.record(ContactMerged(contact=old.id, into=into.id, by="agent:sue"), "agent:sue")


async def test_visitors_of_two_chats_are_two_people(desk) -> None:
    """Their addresses name the account, whether somebody vouches for them or not."""
    async with visit(desk) as ws, visit(desk, "vip", {}) as other:
        vip = await hello(other, identity=identity(desk, "vip", sub="42"))
        assert vip["visitor"] == "vip/42"
        assert (await hello(ws))["visitor"].startswith("shop:")


async def test_a_merge_shows_nothing_of_other_channels(desk) -> None:
    """Whoever holds the visitor's token sees the chat alone, also when the person is known by more."""
    number = await desk.conversation("my card number is 42", sender="+4917")
    sue = await desk.person("sue")
    async with visit(desk) as ws:
        welcome = await hello(ws)
        await say(ws, "c-1", "hello")
        merge = SamePerson(f"webchat:{welcome['visitor']}", "tel:+4917", number)
        await desk.store.submit(merge)
        await sue("POST", f"/api/v1/conversations/{number}/reply", {"text": "by phone only"})
        picked = await sue(
            "POST",
            f"/api/v1/conversations/{number}/reply",
            {"text": "there", "account": "shop"},
        )
        assert picked.json["message"]["identity"] == f"webchat:{welcome['visitor']}"
        shown = {"account": "shop", "identity": f"webchat:{welcome['visitor']}"}
        here = await sue(
            "POST", f"/api/v1/conversations/{number}/reply", {"text": "in the chat"} | shown
        )
        assert here.status == 202, here.body
        seen = []
        while not seen or seen[-1].get("text") != "in the chat":
            seen.append(await ws.receive_json(timeout=WAIT_S))
    async with visit(desk) as ws:
        await hello(ws, welcome["token"], 0)
        await ws.send_json({"type": "ping"})
        while seen[-1]["type"] != "pong":
            seen.append(await ws.receive_json(timeout=WAIT_S))
    assert "card" not in json.dumps(seen)
    assert "by phone" not in json.dumps(seen)


async def test_a_file_that_is_looked_at_first(tmp_path) -> None:
    """A file the scanner has yet to see is shown as on its way, and comes without a reload."""
    async with FakeClamd() as scanner:
        config = CONFIG + f"security: {{scan: {{address: '{scanner.address}'}}}}\n"
        async with open_desk(tmp_path, config=config) as desk, visit(desk) as ws:
            mine = {"Authorization": f"Visitor {(await hello(ws))['token']}"} | PAGE
            up = await desk.nobody("POST", "/chat/shop/files", data=PNG, headers=mine)
            await say(ws, "c-1", "", attachments=[up.json["sha256"]])
            first, then = await some(ws, "message", 2)
            assert (first["id"], first["seq"]) == (then["id"], then["seq"])
            [before], [after] = first["attachments"], then["attachments"]
            assert (before["state"], before["url"]) == ("pending", None)
            assert after["state"] == "ready"
            assert (await desk.nobody("GET", after["url"], headers=mine)).body == PNG
