"""Values that no database takes are refused in words, on both engines; none is our own mistake."""

from random import Random

import pytest

from tests.http.conftest import CONFIG, ENGINES, Desk, open_desk, stored
from tests.http.test_chat import hello, say, visit

LONG = "9" * 40  # of no database's numbers


@pytest.fixture(params=ENGINES)
async def desk(request, tmp_path):
    """A node on one engine or the other."""
    async with open_desk(tmp_path, config=stored(CONFIG, request)) as opened:
        yield opened


READ = [
    f"/api/v1/conversations/CONVERSATION/timeline?before={LONG}",
    f"/api/v1/conversations/CONVERSATION/timeline?after=-{LONG}",
    "/api/v1/conversations/CONVERSATION/timeline?after=-1",
    "/api/v1/conversations?cursor=WzE4NDQ2NzQ0MDczNzA5NTUxNjE1LCJ4Il0",  # [2^64-1,"x"]
    "/api/v1/conversations?cursor=WzEsIlx1MDAwMCJd",  # [1,"\u0000"]
    "/api/v1/conversations?q=%00",
    "/api/v1/conversations/%00",
    "/api/v1/contacts?cursor=%00",
    "/api/v1/contacts/a%00b",
    "/api/v1/attachments/%00",
    f"/api/v1/audit?cursor={LONG}",
    f"/api/v1/rulebook/history?cursor={LONG}",
    f"/api/v1/search?q=hello&cursor={LONG}",
    f"/api/v1/stream?after={LONG}",
]
WRITTEN = [
    ("POST", "/api/v1/conversations/CONVERSATION/read", f'{{"seq": {LONG}}}'),
    ("POST", "/api/v1/conversations/CONVERSATION/notes", r'{"text": "a\u0000b"}'),
    ("POST", "/api/v1/conversations/CONVERSATION/reply", r'{"text": "x", "account": "\u0000"}'),
    ("POST", "/api/v1/rulebook/rollback", f'{{"version": {LONG}}}'),
    ("POST", "/api/v1/rulebook/rollback", f'{{"version": 1, "expected": {LONG}}}'),
    ("POST", "/api/v1/session", r'{"login": "em\u0000ma", "password": "x"}'),
    ("POST", "/api/v1/webhooks/x/replay", f'{{"after": {LONG}}}'),
]


async def test_what_no_database_takes(desk: Desk) -> None:
    """Numbers past all bounds and NUL characters are the asker's mistake, wherever they stand."""
    conversation = await desk.conversation("hello")
    ada = await desk.person("ada")
    for path in READ:
        answer = await ada("GET", path.replace("CONVERSATION", conversation))
        assert 400 <= answer.status < 500, (path, answer.status, answer.body)
        assert answer.json["what_to_do"], path
    for method, path, body in WRITTEN:
        answer = await ada(
            method,
            path.replace("CONVERSATION", conversation),
            data=body,
            headers={"Content-Type": "application/json"},
        )
        assert 400 <= answer.status < 500, (path, answer.status, answer.body)
        assert answer.json["what_to_do"], path
    for last in (LONG, "9" * 5_000, "٣", "²", "nonsense"):
        answer = await ada("GET", "/api/v1/stream", headers={"Last-Event-ID": last})
        assert (answer.status, answer.code) == (400, "invalid_query")
    escaped = await ada(
        "POST",
        f"/api/v1/conversations/{conversation}/notes",
        data=r'{"text": "the sign \\u0000"}',
        headers={"Content-Type": "application/json"},
    )
    assert escaped.json["text"] == r"the sign \u0000"


async def test_what_no_database_takes_of_a_visitor(desk: Desk) -> None:
    """A frame with such a number is refused, and the socket goes on; NUL in words does no harm."""
    async with visit(desk) as ws:
        await hello(ws)
        for seq in ("-1", "9" * 27, LONG, "9" * 5_000):
            await ws.send_str(f'{{"type": "read", "seq": {seq}}}')
            answer = await ws.receive_json()
            assert (answer["type"], answer["code"]) == ("error", "bad_frame")
        await ws.send_str(f'{{"type": "read", "seq": {2**53 - 1}}}')
        assert (await say(ws, "c-1", "a\0b"))["type"] == "ack"
    ada = await desk.person("ada")
    (found,) = (await ada("GET", "/api/v1/conversations")).json["items"]
    said = (await ada("GET", f"/api/v1/conversations/{found['id']}/timeline")).json["items"]
    assert [item["text"] for item in said if item["type"] == "message"] == ["a\ufffdb"]


async def test_a_delivery_whose_names_no_database_takes(desk: Desk) -> None:
    """It is kept and thanked, and waits for a person; the rest of it goes in."""
    long = Random(1).randbytes(5_000).hex()  # of which no index page holds even the compressed
    for key, sender in (("m\0", "+491"), ("m2", "+49\0"), (long, "+491"), ("m6", long)):
        answer = await desk.receive(key, "hello", sender)
        assert (answer.status, answer.body) == (200, b"thanks")
    for key, more in (
        ("m4", {"sent_at": 10**30}),
        ("m5", {"files": [{"type": "text/plain", "name": "a", "size": 10**30}]}),
    ):
        assert (await desk.receive(key, "hello", **more)).status == 200
    assert (await desk.receive("m3", "a\0b", "+492")).status == 200
    ada = await desk.person("ada")
    dead = (await ada("GET", "/api/v1/dead")).json["items"]
    assert sorted(item["detail"] for item in dead) == [
        "a file's size is no number that can be kept",
        "its key holds a NUL character",
        "its key is longer than 1000 bytes",
        "its sender holds a NUL character",
        "its sender is longer than 1000 bytes",
        "its sent_at is no number that can be kept",
    ]
    assert len((await ada("GET", "/api/v1/conversations")).json["items"]) == 1
