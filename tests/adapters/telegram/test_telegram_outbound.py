"""What we ask of Telegram, and what its answers mean."""

from functools import partial
from pathlib import Path

import pytest

from adapters._shared.fetch import FetchRefused
from adapters._shared.http import Answer
from adapters.telegram.wire import outbound
from gateway.contract import (
    Accepted,
    DedupKey,
    Deferred,
    InDoubt,
    Reason,
    Rejected,
)
from gateway.testing import (
    ExpectedRequest,
    OutboundCase,
    ProviderAnswer,
    adapter_problems,
    json_answer,
)
from tests.adapters.shared import outgoing
from tests.adapters.shared.outgoing import SILENCE, answer, file, offering, served
from tests.adapters.telegram.updates import BOT, GROUP, PRIVATE, SECRET, TOKEN, build

API = f"/bot{TOKEN}"


message = partial(outgoing.message, recipient="telegram:3527065", sender="110201543")


def sent(chat: dict = PRIVATE, number: int = 133) -> dict:
    result = {"message_id": number, "from": BOT, "chat": chat, "date": 1493843399, "text": "x"}
    return {"ok": True, "result": result}


TAKEN = json_answer(200, sent())
GREEN = Accepted(provider_id="133")
ANSWERED = {"message_id": 85, "allow_sending_without_reply": True}


def error(number: int, words: str, **parameters) -> dict:
    answer = {"ok": False, "error_code": number, "description": words}
    return answer | ({"parameters": parameters} if parameters else {})


def call(method: str, **fields) -> tuple[ExpectedRequest, ...]:
    wanted = {"chat_id": 3527065} | fields
    headers = (("Content-Type", "application/json"),)
    return (ExpectedRequest(method="POST", path=f"{API}/{method}", headers=headers, json=wanted),)


OUTBOUND = [
    OutboundCase(label="text", message=message(), answers=(TAKEN,), expect_requests=call("sendMessage", text="您好 😀"), expect=GREEN),
    OutboundCase(label="answering", message=message(in_reply_to="85"), answers=(TAKEN,), expect_requests=call("sendMessage", text="您好 😀", reply_parameters=ANSWERED), expect=GREEN),
    OutboundCase(label="what may be tapped", message=message(**offering("是", "不是")), answers=(TAKEN,), expect_requests=call("sendMessage", text="您好 😀", reply_markup={"inline_keyboard": [[{"text": "是", "callback_data": "o-1"}], [{"text": "不是", "callback_data": "o-2"}]]}), expect=GREEN),
    OutboundCase(
        label="into the group where the customer wrote",
        message=message(sender="-1001234567890", in_reply_to="-1001234567890:85"),
        answers=(json_answer(200, sent(GROUP)),),
        expect_requests=call("sendMessage", chat_id=-1001234567890, text="您好 😀", reply_parameters=ANSWERED),
        expect=Accepted(provider_id="-1001234567890:133"),
    ),
    OutboundCase(label="a picture with words", message=message(attachments=(file(),)), answers=(TAKEN,), expect_requests=call("sendPhoto", caption="您好 😀", photo="https://desk.example/f/1"), expect=GREEN),
    OutboundCase(label="a document without words", message=message(text="", attachments=(file(media_type="application/pdf"),)), answers=(TAKEN,), expect_requests=call("sendDocument", document="https://desk.example/f/1"), expect=GREEN),
    OutboundCase(label="too many words beside a file", message=message(text="x" * 1_025, attachments=(file(),)), expect=Rejected),
    OutboundCase(label="two files", message=message(attachments=(file(), file())), expect=Rejected),
    OutboundCase(label="to nobody", message=message(recipient="telegram:ada"), expect=Rejected),
    OutboundCase(label="a file that is gone", message=message(attachments=(file(url=None, path=Path("no/such/file")),)), expect=Rejected),
    OutboundCase(
        label="blocked by the customer",
        message=message(),
        answers=(json_answer(403, error(403, "Forbidden: bot was blocked by the user")),),
        expect_requests=call("sendMessage", text="您好 😀"),
        expect=Rejected(reason=Reason.BLOCKED, code="403", detail="HTTP 403: Forbidden: bot was blocked by the user"),
    ),
    OutboundCase(
        label="too fast",
        message=message(),
        answers=(json_answer(429, error(429, "Too Many Requests: retry after 30", retry_after=30)),),
        expect_requests=call("sendMessage", text="您好 😀"),
        expect=Deferred(reason=Reason.THROTTLED, detail="HTTP 429", retry_after_ms=30_000),
    ),
]  # fmt: skip


def test_keeps_the_contract_outbound() -> None:
    """Every message of the table becomes the request it should, and no fault makes it green or doubled."""
    assert adapter_problems(build, (), OUTBOUND, secrets=(TOKEN, SECRET)) == []


def rejected(reason: Reason, number: int, words: str) -> tuple[str, Answer, Rejected]:
    detail = f"HTTP {number}: {words}"
    expect = Rejected(reason=reason, code=str(number), detail=detail)
    return words, answer(number, error(number, words)), expect


OUTCOMES = [
    ("taken", answer(200, sent()), GREEN),
    ("taken, but torn", Answer(status=200, body=b'{"ok":true,"resu'), InDoubt(detail="HTTP 200 without the message's number")),
    ("taken without a number", answer(200, {"ok": True, "result": {}}), InDoubt(detail="HTTP 200 without the message's number")),
    ("taken, no chat told", answer(200, {"ok": True, "result": {"message_id": 133}}), GREEN),
    ("refused beneath a 200", answer(200, error(400, "Bad Request: chat not found")), Rejected(reason=Reason.INVALID_RECIPIENT, code="400", detail="HTTP 400: Bad Request: chat not found")),
    ("broken beneath a 200", answer(200, error(500, "Internal Server Error")), InDoubt(detail="error 500")),
    ("too fast beneath a 200", answer(200, error(429, "Too Many Requests", retry_after=5)), Deferred(reason=Reason.THROTTLED, detail="HTTP 429", retry_after_ms=5_000)),
    rejected(Reason.INVALID_RECIPIENT, 403, "Forbidden: user is deactivated"),
    rejected(Reason.WINDOW_CLOSED, 403, "Forbidden: bot can't initiate conversation with a user"),
    rejected(Reason.BLOCKED, 403, "Forbidden: bot was kicked from the supergroup chat"),
    rejected(Reason.BLOCKED, 403, "Forbidden: something new"),
    rejected(Reason.INVALID_RECIPIENT, 400, "Bad Request: chat not found"),
    rejected(Reason.INVALID_RECIPIENT, 400, "Bad Request: group chat was upgraded to a supergroup chat"),
    rejected(Reason.TOO_LARGE, 400, "Bad Request: message is too long"),
    rejected(Reason.TOO_LARGE, 413, "Request Entity Too Large"),
    rejected(Reason.UNSUPPORTED, 400, "Bad Request: failed to get HTTP URL content"),
    rejected(Reason.CREDENTIALS, 401, "Unauthorized"),
    rejected(Reason.CREDENTIALS, 404, "Not Found"),
    rejected(Reason.OTHER, 400, "Bad Request: something new"),
    ("refused in no words", answer(400), Rejected(reason=Reason.OTHER, code="400", detail="HTTP 400")),
    ("too fast, as the header says", answer(429, retry_after="7"), Deferred(reason=Reason.THROTTLED, detail="HTTP 429", retry_after_ms=7_000)),
    ("broken", answer(502), InDoubt(detail="HTTP 502")),
    *SILENCE,
]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "expected"), [r[1:] for r in OUTCOMES], ids=[r[0] for r in OUTCOMES]
)
def test_outcomes(reply, expected) -> None:
    """Each answer of Telegram means one thing to us."""
    assert outbound.outcome(reply) == expected


async def test_a_file_goes_up_with_its_name(tmp_path: Path) -> None:
    """What has no public address is uploaded: its bytes, its name, the words as its caption."""
    path = tmp_path / "0000"
    path.write_bytes(b"\x89PNG...")
    sending = message(attachments=(file(url=None, path=path, filename='发"票\r\n.png'),))
    async with served(build, [TAKEN]) as (adapter, provider):
        outcome = await adapter.send(sending, DedupKey("k"))
    assert outcome == GREEN
    (request,) = provider.requests
    assert request.path == f"{API}/sendPhoto"
    assert (request.header("content-type") or "").startswith("multipart/form-data")
    assert b"\x89PNG..." in request.body
    assert "您好 😀".encode() in request.body
    assert (
        b'filename="%E5%8F%91%E7%A5%A8.png"' in request.body or "发票.png".encode() in request.body
    )


async def test_an_empty_token_sends_nothing() -> None:
    """A channel without its token is closed."""
    async with served(build, [], bot_token="") as (adapter, provider):
        outcome = await adapter.send(message(), DedupKey("k"))
        health = await adapter.check()
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.CREDENTIALS
    assert not health.ok
    assert provider.requests == []


def webhook(url: str) -> ProviderAnswer:
    return json_answer(200, {"ok": True, "result": {"url": url, "pending_update_count": 0}})


WRONG = json_answer(401, error(401, "Unauthorized"))
HEALTH = [
    ("webhook", {}, webhook("https://desk.example/in/tg"), True, ""),
    ("no webhook", {}, webhook(""), False, "the bot has no webhook"),
    ("no secret", {"secret_token": ""}, webhook("https://desk.example/in/tg"), False, "secret_token is empty, so every webhook is refused"),
    ("polled", {"mode": "poll"}, webhook(""), True, ""),
    ("polled beside a webhook", {"mode": "poll"}, webhook("https://elsewhere.example"), False, "the bot has a webhook, so it cannot be polled"),
    ("wrong token", {}, WRONG, False, "HTTP 401: Unauthorized"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "scripted", "ok", "detail"), [r[1:] for r in HEALTH], ids=[r[0] for r in HEALTH]
)
async def test_health(changes, scripted, ok, detail) -> None:
    """A bot is well when Telegram knows it, and delivers as the mode needs it."""
    async with served(build, [scripted], **changes) as (adapter, provider):
        health = await adapter.check()
    assert (health.ok, health.detail) == (ok, detail)
    assert provider.requests[0].path == f"{API}/getWebhookInfo"


async def test_a_customers_file_is_fetched() -> None:
    """A file_id becomes a path, and the path the bytes."""
    where = json_answer(
        200, {"ok": True, "result": {"file_id": "A/g", "file_path": "photos/1.jpg"}}
    )
    async with served(build, [where, ProviderAnswer(body=b"jpeg")]) as (adapter, provider):
        got = b"".join([chunk async for chunk in adapter.fetch(None, "A/g")])
    assert got == b"jpeg"
    paths = [request.path for request in provider.requests]
    assert paths == [f"{API}/getFile?file_id=A%2Fg", f"/file/bot{TOKEN}/photos/1.jpg"]


async def test_a_file_that_is_gone_is_refused() -> None:
    """Telegram keeps no file for ever."""
    async with served(build, [json_answer(400, error(400, "Bad Request: invalid file_id"))]) as (
        adapter,
        _provider,
    ):
        with pytest.raises(FetchRefused):
            _ = [chunk async for chunk in adapter.fetch(None, "x")]
