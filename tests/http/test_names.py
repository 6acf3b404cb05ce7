"""The desk's name where customers read it, in each language, and where agents do."""

import pytest

from tests.http.conftest import CONFIG, open_desk
from tests.http.test_chat import hello, visit
from tests.http.twilio_phone import Caller, open_phone

NAMED = "name: 晨光 Dawnlight, names: {zh-CN: 晨光小店, en: Dawnlight}"
OURS = CONFIG.replace("name: Test desk", NAMED)
ASKED = [("en", "Where is it?", "Dawnlight"), ("zh-CN", "什么时候发货？", "晨光小店")]


@pytest.fixture
async def desk(tmp_path):
    async with open_desk(tmp_path, config=OURS) as opened:
        yield opened


@pytest.mark.parametrize(("locale", "asked", "name"), ASKED)
async def test_customers_read_it_in_their_language(
    desk, locale: str, asked: str, name: str
) -> None:
    """In the widget, in templates, and as who writes; agents see the desk's whole name."""
    async with visit(desk) as ws:
        assert (await hello(ws, locale=locale))["desk"]["name"] == name
    sue = await desk.person("sue")
    assert (await sue("GET", "/api/v1/session")).json["desk"]["name"] == "晨光 Dawnlight"
    conversation = await desk.conversation(asked)
    path = "/api/v1/templates/callback_number/render"
    for body in ({"conversation": conversation}, {"locale": locale}):
        said = (await sue("POST", path, body | {"channel": "sms"})).json["text"]
        assert name in said
        assert "晨光 Dawnlight" not in said
    reply = {"text": "It has left. 已发出。"}
    sent = await sue("POST", f"/api/v1/conversations/{conversation}/reply", reply)
    assert sent.status in (200, 201, 202), sent.body
    hook = desk.hook
    await desk.until(lambda: hook.sent)
    assert hook.sent[0].sender_name == name


async def test_words_are_looked_over_with_the_name_of_their_language(desk) -> None:
    """What an editor sees is what a customer would."""
    sue = await desk.person("sue")
    for locale, _, name in ASKED:
        words = {"": "{{ desk_name }}: ok, 好的。"}
        variables = [{"name": "desk_name", "type": "line", "example": "x"}]
        draft = {"purpose": "to greet", "variables": variables, "words": words}
        shown = await sue("POST", f"/api/v1/wordings/ours/{locale}/check", draft)
        assert shown.json["shown"][0]["text"] == f"{name}: ok, 好的。"


async def test_callers_hear_it_in_their_language(tmp_path, monkeypatch) -> None:
    """Both languages greet before one is chosen, each with its own name."""
    monkeypatch.setattr("tests.http.twilio_phone.CONFIG", OURS)
    async with open_phone(tmp_path) as (_, twilio):
        caller = await Caller(twilio, "CAcaller", "+4915112345678").ask(CallStatus="ringing")
        assert "Dawnlight" in caller.words
        assert "晨光小店" in caller.words
        assert "晨光 Dawnlight" not in caller.words
