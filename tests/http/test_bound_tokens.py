"""A token that is bound to accounts: what ran over these alone is all that there is for it."""

import pytest

from tests.http.conftest import CONFIG, ENGINES, open_desk, stored
from tests.http.hook import SIGNATURE, delivery, sign
from tests.http.test_live import sse

SCOPES = (
    *("conversation:read:all", "message:send", "conversation:write"),
    *("contact:read", "stream:read", "channel:read"),
)


@pytest.fixture(params=ENGINES)
async def desk(request, tmp_path):
    """A desk with a second account of the same provider, on one engine or the other."""
    hook = "  hook: {adapter: hook}\n"
    config = CONFIG.replace(hook, hook + hook.replace("hook:", "second:"))
    async with open_desk(tmp_path, config=stored(config, request)) as opened:
        yield opened


async def bound(desk, *accounts: str):
    """A program of the administrator's that is bound to accounts."""
    ada = await desk.person("ada")
    asked = {"name": "bot", "scopes": SCOPES, "accounts": accounts}
    made = await ada("POST", "/api/v1/tokens", asked)
    assert made.status == 201, made.body
    assert made.json["token"]["accounts"] == sorted(accounts)
    return type(ada)(desk, {"Authorization": f"Bearer {made.json['secret']}"})


async def by_second(desk, text: str, sender: str) -> None:
    """A customer writes to the second account."""
    body = delivery(f"{sender}-{text}", text, sender)
    taken = await desk.nobody("POST", "/in/second", data=body, headers={SIGNATURE: sign(body)})
    assert taken.status == 200


async def three(desk) -> tuple[str, str, str]:
    """A conversation by the first account, one by the second, and one that ran over both."""
    first = await desk.conversation("first alone", "+491")
    both = await desk.conversation("first of both", "+493")
    await by_second(desk, "second alone", "+492")
    await by_second(desk, "second of both", "+493")
    sue = await desk.person("sue")
    rows = (await sue("GET", "/api/v1/conversations")).json["items"]
    (second,) = [row["id"] for row in rows if row["preview"]["text"] == "second alone"]
    return first, second, both


async def test_what_is_there(desk) -> None:
    """Lists, search, contacts and single conversations agree; one that ran elsewhere too is out."""
    first, second, both = await three(desk)
    for accounts, seen in (
        (("hook",), {first}),
        (("second",), {second}),
        (("hook", "second"), {first, second, both}),
        (("shop",), set()),
    ):
        bot = await bound(desk, *accounts)
        listed = (await bot("GET", "/api/v1/conversations")).json["items"]
        assert {row["id"] for row in listed} == seen, accounts
        for each in (first, second, both):
            found = await bot("GET", f"/api/v1/conversations/{each}/timeline")
            assert found.status == (200 if each in seen else 404), (accounts, each)
        people = (await bot("GET", "/api/v1/contacts")).json["items"]
        assert len(people) == len(seen), accounts


async def test_what_is_sent(desk) -> None:
    """It answers by its own accounts, and by no other."""
    first, _second, both = await three(desk)
    bot = await bound(desk, "hook")
    sent = await bot("POST", f"/api/v1/conversations/{first}/reply", {"text": "hello"})
    assert (sent.status, sent.json["message"]["account"]) == (202, "hook")
    elsewhere = {"text": "hello", "account": "second"}
    other = await bot("POST", f"/api/v1/conversations/{first}/reply", elsewhere)
    assert (other.status, other.code) == (403, "forbidden")
    way = {"account": "second", "identity": "tel:+491"}
    message = sent.json["message"]["id"]
    again = await bot("POST", f"/api/v1/messages/{message}/reroute", way)
    assert (again.status, again.code) == (403, "forbidden")
    gone = await bot("POST", f"/api/v1/conversations/{both}/reply", {"text": "hello"})
    assert gone.status == 404
    assert [message.account for message in desk.hook.sent if message.account != "hook"] == []


async def test_what_is_heard(desk) -> None:
    """The stream tells of its own conversations only; the agents' socket is none of its business."""
    first, _second, _both = await three(desk)
    sue, bot = await desk.person("sue"), await bound(desk, "hook")
    log = await sse(desk, sue, "/api/v1/stream?after=0", desk.store.head())
    mine = [event["id"] for _, event in log if event.get("subject") == f"conversations/{first}"]
    assert mine
    heard = await sse(desk, bot, "/api/v1/stream?after=0", len(mine))
    assert [event["id"] for _, event in heard] == mine
    assert any("words" in event["data"] for _, event in heard)
    live = await bot("GET", "/api/v1/live")
    assert (live.status, live.code) == (403, "forbidden")


async def test_what_it_cannot_be_given(desk) -> None:
    """What is of the whole desk goes with no account, and an account must be there."""
    ada = await desk.person("ada")
    for scopes, accounts, code in (
        (["user:manage", "message:send"], ["hook"], "of_the_whole_desk"),
        (["work:take"], ["hook"], "of_the_whole_desk"),
        (["message:send"], ["nowhere"], "invalid_value"),
    ):
        asked = {"name": "bot", "scopes": scopes, "accounts": accounts}
        answer = await ada("POST", "/api/v1/tokens", asked)
        assert (answer.status, answer.code) == (422, code)
