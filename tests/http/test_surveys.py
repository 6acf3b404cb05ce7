"""Surveys through the doors: the window's stars, the page behind a link, what people read of it."""

import json
import re
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gateway.domain.conversation import Conversation
from gateway.domain.language import locale_of
from gateway.domain.survey import Survey
from gateway.store.queries import deciding
from gateway.store.queries.proof import PROMISES, proofs
from gateway.verbs.change import by_key
from gateway.verbs.work import ApplyRulebook
from tests.http.conftest import CONFIG, ENGINES, open_desk, stored
from tests.http.test_calls import facts, rows
from tests.http.test_chat import conversation_of, hello, say, some, visit

ASK = {"after": "0s", "dimensions": ["solution", "speed"]}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(params=ENGINES, name="desk")
async def _desk(request: pytest.FixtureRequest, tmp_path):
    async with open_desk(tmp_path, config=stored(CONFIG, request)) as opened:
        row = await opened.house.store.read(deciding.rulebook, opened.house.store.desk)
        content = json.loads(row.content)
        content["templates"]["quiet"] = "0s"
        content["surveys"] |= {
            "ask": [ASK | {"channels": ["hook"], "by": "link"}, ASK],
            "again_after": "0s",
        }
        await opened.house.store.submit(ApplyRulebook(content=json.dumps(content), by="test"))
        await opened.until(lambda: opened.house.dispatch.rulebook.surveys.ask)
        opened.hook.capabilities = replace(opened.hook.capabilities, max_text=1_000)
        yield opened


async def helped(desk, conversation: str) -> None:
    """Answered and resolved by sue."""
    sue = await desk.person("sue")
    path = f"/api/v1/conversations/{conversation}"
    sent = await sue("POST", f"{path}/reply", {"text": "Here it is."})
    assert sent.status == 202, sent.body
    assert (await sue("POST", f"{path}/resolve")).status == 200


async def asked(desk, ws) -> dict[str, Any]:
    """A visitor was helped: the message that asks them."""
    await hello(ws)
    await say(ws, "c-1", "where is my parcel?")
    await helped(desk, await conversation_of(desk, "where is my parcel?"))
    while True:
        (frame,) = await some(ws, "message")
        if "survey" in frame:
            return frame


async def test_stars_in_the_window(desk) -> None:
    """Asked in the window, answered, corrected; beside the conversation and in the figures."""
    async with visit(desk) as ws:
        survey = (await asked(desk, ws))["survey"]
        assert (survey["dimensions"], survey["score"]) == (["solution", "speed"], None)
        answer = {"type": "score", "survey": survey["id"], "score": 4}
        await ws.send_json(answer | {"scores": {"speed": 2}, "comment": "slow"})
        (frame,) = await some(ws, "scored")
        assert (frame["survey"]["score"], frame["survey"]["scores"]) == (4, {"speed": 2})
        await ws.send_json(answer | {"score": 5})
        (frame,) = await some(ws, "scored")
        assert (frame["survey"]["score"], frame["survey"]["comment"]) == (5, "")
    sue = await desk.person("sue")
    (fact, again) = await facts(desk, "survey.answered")
    assert (fact.score, fact.by, fact.agent, again.again) == (4, "window", "sue", True)
    (conversation,) = await rows(desk, Conversation)
    assert conversation.status == "resolved"
    path = f"/api/v1/conversations/{conversation.id}"
    shown = (await sue("GET", f"{path}/surveys")).json["items"]
    assert [(s["score"], s["by"], s["agent"]) for s in shown] == [(5, "window", "sue")]
    timeline = (await sue("GET", f"{path}/timeline")).json["items"]
    assert [i["kind"] for i in timeline if i["type"] == "event"].count("survey.answered") == 2
    figures = (await sue("GET", "/api/v1/reports/satisfaction?by=agent,channel")).json["items"]
    assert figures == [
        {
            "asked": 1,
            "answered": 1,
            "mean": 5.0,
            "good_share": 1.0,
            "group": {"agent": "sue", "channel": "webchat"},
            "dimensions": {},
            "before": None,
        }
    ]


async def test_what_the_window_may_not_say(desk) -> None:
    """Out of range, not asked, somebody else's: refused by name, and nothing recorded."""
    async with visit(desk) as ws, visit(desk) as other:
        survey = (await asked(desk, ws))["survey"]["id"]
        await hello(other)
        for socket, frame, code in (
            (ws, {"score": 0}, "survey_score"),
            (ws, {"score": 6}, "survey_score"),
            (ws, {"score": 5, "scores": {"price": 5}}, "survey_score"),
            (other, {"score": 1}, "not_found"),
        ):
            await socket.send_json({"type": "score", "survey": survey} | frame)
            (error,) = await some(socket, "error")
            assert (error["code"], error["id"]) == (code, survey)
        for frame in ({"score": "5"}, {"score": 5, "survey": "\0"}, {"score": 5.5}):
            await ws.send_json({"type": "score", "survey": survey} | frame)
            (error,) = await some(ws, "error")
            assert error["code"] == "bad_frame"
        assert await facts(desk, "survey.answered") == []


async def test_a_visitor_comes_back_to_what_they_said(desk) -> None:
    """The window reads it with the message, however often it is opened."""
    async with visit(desk) as ws:
        token = (await hello(ws))["token"]
        await say(ws, "c-1", "hello there")
        await helped(desk, await conversation_of(desk, "hello there"))
        while "survey" not in (frame := (await some(ws, "message"))[0]):
            pass
        score = {"type": "score", "survey": frame["survey"]["id"], "score": 3}
        await ws.send_json(score)
        await some(ws, "scored")
    async with visit(desk) as ws:
        await hello(ws, token)
        while "survey" not in (frame := (await some(ws, "message"))[0]):
            pass
        assert frame["survey"]["score"] == 3


async def linked(desk) -> str:
    """A customer was asked by a link: its path."""
    conversation = await desk.conversation("is it in stock?")
    await helped(desk, conversation)

    def found() -> str | None:
        said = (re.search(r"/survey/\S+", one.text) for one in desk.hook.sent)
        return next((match[0] for match in said if match), None)

    return str(await desk.until(found))


async def test_the_page_behind_the_link(desk) -> None:
    """Looked at as often as one likes it records nothing; sent, it does; sent again, it corrects."""
    path = await linked(desk)
    for _ in range(3):
        page = await desk.nobody("GET", path)
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert page.headers["Cache-Control"] == "no-store"
        assert "script" not in page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert b" checked" not in page.body
    assert (await desk.nobody("HEAD", path)).status == 200
    assert await facts(desk, "survey.answered") == []
    sent = await desk.nobody(
        "POST", path, data=b"score=4&speed=2&price=5&comment=%3Cb%3E&score=5", headers=FORM
    )
    assert (sent.status, b"Thank you" in sent.body) == (200, True)
    (survey,) = await rows(desk, Survey)
    assert (survey.score, survey.scores, survey.comment) == (5, '{"speed":2}', "<b>")
    page = await desk.nobody("GET", path)
    assert b'value="5" checked' in page.body
    assert b"&lt;b&gt;</textarea>" in page.body
    await desk.nobody("POST", path, data=b"score=1", headers=FORM)
    assert [b.score for b in await facts(desk, "survey.answered")] == [5, 1]


async def test_a_number_by_message(desk) -> None:
    """On either engine: recorded once however often it is delivered, and nothing is opened."""
    await linked(desk)
    for _ in range(2):
        assert (await desk.receive("k5", "5")).status == 200
    assert (await desk.receive("k6", "４分")).status == 200
    told = [(b.score, b.by, b.again) for b in await facts(desk, "survey.answered")]
    assert told == [(5, "number", False), (4, "number", True)]
    (conversation,) = await rows(desk, Conversation)
    assert conversation.status == "resolved"
    assert [p.broken for p in await desk.house.store.read(_proved, desk)] == [0] * len(PROMISES)
    assert (await desk.receive("k7", "it drips again")).status == 200
    (conversation,) = await rows(desk, Conversation)
    assert conversation.status == "open"


def _proved(connection, desk):
    store = desk.house.store
    return list(proofs(connection, store.desk, store.files))


SPOKEN = [
    ("simplified", "请问这款台灯有现货吗？", "zh-CN", "响应速度"),
    ("traditional", "請問這款檯燈有現貨嗎？", "zh-TW", "回應速度"),
    ("neither", "你好", "zh-CN", "响应速度"),
]


@pytest.mark.parametrize(("label", "text", "locale", "words"), SPOKEN, ids=[s[0] for s in SPOKEN])
async def test_the_page_speaks_as_its_customer_does(desk, label, text, locale, words) -> None:
    """Who wrote in Chinese reads Chinese, in their script, whatever their browser says."""
    conversation = await desk.conversation(text)
    await helped(desk, conversation)
    await desk.until(lambda: any("/survey/" in one.text for one in desk.hook.sent))
    said = next(one.text for one in desk.hook.sent if "/survey/" in one.text)
    path = re.search(r"/survey/[0-9a-f.-]+", said)
    assert path is not None
    page = await desk.nobody("GET", path[0], headers={"Accept-Language": "en"})
    assert f'<html lang="{locale}">' in page.body.decode()
    assert words in page.body.decode()
    asked = next(one.text for one in desk.hook.sent if "/survey/" in one.text)
    assert locale_of(asked) == {"zh-CN": "zh"}.get(locale, locale), asked


NO_ANSWERS = [
    ("nothing chosen", b"comment=hello", 422),
    ("out of range", b"score=6", 422),
    ("nonsense", b"score=five", 422),
    ("empty", b"", 422),
    ("too many fields", b"&".join(b"a%d=1" % n for n in range(99)), 400),
    ("too large", b"comment=" + b"x" * 20_000, 413),
]


@pytest.mark.parametrize(("label", "body", "status"), NO_ANSWERS, ids=[n[0] for n in NO_ANSWERS])
async def test_what_the_page_does_not_take(desk, label, body, status) -> None:
    """The form comes again, or the request is refused; nothing is recorded."""
    path = await linked(desk)
    assert (await desk.nobody("POST", path, data=body, headers=FORM)).status == status, label
    assert await facts(desk, "survey.answered") == []


async def test_addresses_that_open_nothing(desk) -> None:
    """Forged: 404, in the browser's language. After its time: 410, and nothing is recorded."""
    path = await linked(desk)
    forged = path[:-1] + ("0" if path[-1] != "0" else "1")
    for method, body in (("GET", None), ("POST", b"score=5")):
        answer = await desk.nobody(
            method, forged, data=body, headers=FORM | {"Accept-Language": "zh-CN"}
        )
        assert (answer.status, "链接".encode() in answer.body) == (404, True)
    await desk.house.store.submit(Past(survey=(await rows(desk, Survey))[0].id))
    for method, body in (("GET", None), ("POST", b"score=5")):
        late = await desk.nobody(method, path, data=body, headers=FORM)
        assert (late.status, b"has passed" in late.body) == (410, True)
    assert await facts(desk, "survey.answered") == []


class Past(msgspec.Struct, kw_only=True):
    """The time of a survey has passed."""

    survey: str

    def reads(self, view):
        yield by_key(Survey, self.survey)

    def decide(self, change) -> None:
        change.put(replace(change.get(Survey, self.survey), until=1))
