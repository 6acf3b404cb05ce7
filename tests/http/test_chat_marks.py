"""What a visitor's browser has and what was read there: the delivery report of web chat."""

import msgspec
import pytest

from gateway.domain.conversation import Conversation
from gateway.store.queries import http_chat
from gateway.verbs.change import by_key
from tests.http.conftest import CONFIG, ENGINES, open_desk, stored
from tests.http.test_chat import SamePerson, conversation_of, hello, say, some, visit


@pytest.fixture(params=ENGINES, name="desk")
async def _desk(request: pytest.FixtureRequest, tmp_path):
    async with open_desk(tmp_path, config=stored(CONFIG, request)) as opened:
        yield opened


async def answered(desk, ws, asked: str, *answers: str) -> tuple[str, list[int]]:
    """A visitor asks, an agent answers: the conversation, and where in the log the answers are."""
    await say(ws, f"c-{hash(asked) % 1_000_000}", asked)
    conversation = await conversation_of(desk, asked)
    sue = await desk.person("sue")
    places = []
    for text in answers:
        await sue("POST", f"/api/v1/conversations/{conversation}/reply", {"text": text})
        frame = {}
        while frame.get("text") != text:
            (frame,) = await some(ws, "message")
        places.append(frame["seq"])
    return conversation, places


async def mark(ws, kind: str, seq: int) -> None:
    """The browser tells how far it is, and waits until the desk has taken it in."""
    await ws.send_json({"type": kind, "seq": seq})
    await ws.send_json({"type": "ping"})
    await some(ws, "pong")


async def states(desk, conversation: str) -> dict[str, str]:
    """How far each of our messages got, as an agent sees it."""
    sue = await desk.person("sue")
    items = (await sue("GET", f"/api/v1/conversations/{conversation}/timeline")).json["items"]
    return {i["text"]: i["state"] for i in items if i.get("direction") == "out"}


async def test_delivered_then_read(desk) -> None:
    """Sent at commit, delivered when the browser says so, read when it was looked at."""
    async with visit(desk) as ws:
        await hello(ws)
        conversation, (first, second, third) = await answered(desk, ws, "hello", "a", "b", "c")
        assert await states(desk, conversation) == {"a": "sent", "b": "sent", "c": "sent"}
        await mark(ws, "delivered", second)
        assert await states(desk, conversation) == {"a": "delivered", "b": "delivered", "c": "sent"}
        await mark(ws, "read", first)
        assert await states(desk, conversation) == {"a": "read", "b": "delivered", "c": "sent"}
        await mark(ws, "read", third)
        assert await states(desk, conversation) == {"a": "read", "b": "read", "c": "read"}


async def test_told_twice_commits_once(desk) -> None:
    """A mark that changes nothing writes nothing: the same, an older one, one of another socket."""
    async with visit(desk) as ws:
        token = (await hello(ws))["token"]
        _, (first, second) = await answered(desk, ws, "hello", "a", "b")
        await mark(ws, "read", second)
        head = desk.store.head()
        for kind, seq in (("read", second), ("delivered", second), ("read", first), ("read", 0)):
            await mark(ws, kind, seq)
        async with visit(desk) as again:
            await hello(again, token, second)
            await mark(again, "read", second)
            await mark(again, "delivered", second)
        assert desk.store.head() == head


async def test_nobody_has_read_what_was_not_shown(desk) -> None:
    """A mark beyond all that was shown covers no word that comes later."""
    async with visit(desk) as ws:
        await hello(ws)
        conversation, _ = await answered(desk, ws, "hello", "a")
        await mark(ws, "read", 2**40)
        sue = await desk.person("sue")
        await sue("POST", f"/api/v1/conversations/{conversation}/reply", {"text": "b"})
        (frame,) = await some(ws, "message")
        assert await states(desk, conversation) == {"a": "read", "b": "sent"}
        await mark(ws, "read", frame["seq"])
        assert await states(desk, conversation) == {"a": "read", "b": "read"}


async def test_a_mark_spans_conversations(desk) -> None:
    """`seq` is a place in the log: one mark covers the conversation before this one too."""
    sue = await desk.person("sue")
    async with visit(desk) as ws:
        await hello(ws)
        old, _ = await answered(desk, ws, "first", "a")
        await sue("POST", f"/api/v1/conversations/{old}/resolve")
        await desk.store.submit(LongAgo(conversation=old))
        new, (last,) = await answered(desk, ws, "second", "b")
        assert new != old
        await mark(ws, "read", last)
        assert await states(desk, old) == {"a": "read"}
        assert await states(desk, new) == {"b": "read"}


async def test_a_mark_is_of_the_visitor_alone(desk) -> None:
    """Another visitor's mark moves nothing, however far it reaches."""
    async with visit(desk) as ws, visit(desk) as other:
        await hello(ws)
        conversation, (place,) = await answered(desk, ws, "mine", "a")
        await hello(other, after=place)
        await answered(desk, other, "theirs", "b")
        await mark(other, "read", 2**40)
        assert await states(desk, conversation) == {"a": "sent"}


async def test_a_mark_is_of_the_chat_alone(desk) -> None:
    """Who is known by a telephone too has read in the chat what stood in the chat."""
    number = await desk.conversation("by phone", sender="+4917")
    sue = await desk.person("sue")
    async with visit(desk) as ws:
        urn = f"webchat:{(await hello(ws))['visitor']}"
        await say(ws, "c-1", "hello")
        await desk.store.submit(SamePerson(urn, "tel:+4917", number))
        address, here = (
            f"/api/v1/conversations/{number}/reply",
            {"account": "shop", "identity": urn},
        )
        await sue("POST", address, {"text": "to the phone"})
        await desk.until(lambda: desk.hook.sent)
        await sue("POST", address, {"text": "in the chat"} | here)
        frame = {}
        while frame.get("text") != "in the chat":
            (frame,) = await some(ws, "message")
        await mark(ws, "read", frame["seq"])

        async def told() -> bool:
            return await states(desk, number) == {"to the phone": "sent", "in the chat": "read"}

        await desk.until(told)


async def test_what_was_read_is_not_looked_at_again(desk) -> None:
    """Of a long conversation only what came past the last mark is read."""
    async with visit(desk) as ws:
        welcome = await hello(ws)
        _, (first, second, third) = await answered(desk, ws, "hello", "a", "b", "c")
        urn = f"webchat:{welcome['visitor']}"
        found = await desk.store.read(http_chat.unread, "test", urn, first, second)
        assert [each.position for each in found] == [second]
        assert await desk.store.read(http_chat.unread, "test", urn, third, third) == []


class LongAgo:
    """Ages a resolved conversation, so that it is not opened again."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation

    def reads(self, view):
        yield by_key(Conversation, self.conversation)

    def decide(self, change):
        found = change.get(Conversation, self.conversation)
        change.put(msgspec.structs.replace(found, resolved_at=1))
