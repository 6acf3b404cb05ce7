"""What we ask of LINE, and what its answers mean."""

from functools import partial

import pytest

from adapters._shared.fetch import FetchRefused
from adapters._shared.http import Answer
from adapters.line.settings import API_URL
from adapters.line.wire import outbound
from gateway.contract import (
    Accepted,
    DedupKey,
    Deferred,
    Doubt,
    InDoubt,
    OutboundMessage,
    Reason,
    Rejected,
)
from gateway.testing import (
    ExpectedRequest,
    FakeProvider,
    Fault,
    OutboundCase,
    ProviderAnswer,
    adapter_problems,
    json_answer,
)
from tests.adapters.line.webhooks import BOT, FRIENDS, SECRET, TOKEN, USER, build
from tests.adapters.shared import outgoing
from tests.adapters.shared.outgoing import ADDRESS, SILENCE, answer, file, offering, served

KEY = "019aa5d2-7a3c-7def-8123-456789abcdef"
PUSH = "/v2/bot/message/push"


message = partial(outgoing.message, id=KEY, recipient=f"line:{USER}", sender=BOT)


# https://developers.line.biz/en/reference/messaging-api/#send-push-message-response
SENT = {"sentMessages": [{"id": "461230966842064897", "quoteToken": "IStG5h1Tz7b"}]}
TAKEN = json_answer(200, SENT, x_line_request_id="123e4567")
GREEN = Accepted(
    provider_id="461230966842064897", payload='{"message":{"quoteToken":"IStG5h1Tz7b"}}'
)
WORDS = {"type": "text", "text": "您好 😀"}
PICTURE = {"type": "image", "originalContentUrl": ADDRESS, "previewImageUrl": ADDRESS}


def push(*objects: dict, to: str = USER) -> tuple[ExpectedRequest, ...]:
    headers = (
        ("Authorization", f"Bearer {TOKEN}"),
        ("Content-Type", "application/json"),
        ("X-Line-Retry-Key", KEY),
    )
    wanted = {"to": to, "messages": list(objects)}
    return (ExpectedRequest(method="POST", path=PUSH, headers=headers, json=wanted),)


def row(label: str, sending: OutboundMessage, *objects: dict, answer=TAKEN, expect=GREEN, to=USER) -> OutboundCase:  # fmt: skip
    requests = push(*objects, to=to)
    return OutboundCase(
        label=label,
        message=sending,
        answers=(answer,),
        expect_requests=requests,
        expect=expect,
        key=DedupKey(KEY),
    )


OUTBOUND = [
    row("text", message(), WORDS),
    row("answering what was said", message(in_reply_to="1", answered='{"message": {"quoteToken": "q3Plxr4AgKd"}}'), WORDS | {"quoteToken": "q3Plxr4AgKd"}),
    row("answering what has no token", message(in_reply_to="1", answered='{"replyToken": "r"}'), WORDS),
    row("into the group where the customer wrote", message(sender=FRIENDS), WORDS, to=FRIENDS),
    row("pictures with words", message(attachments=(file(), file(media_type="image/jpeg"))), PICTURE, PICTURE, WORDS),
    row("a picture too large for its preview", message(text="", attachments=(file(size_bytes=1_000_001),)), {"type": "text", "text": f"a.png\n{ADDRESS}"}),
    row("a picture for a stand-in beside us", message(text="", attachments=(file(url="http://127.0.0.1:8080/f/1"),)), {"type": "image", "originalContentUrl": "http://127.0.0.1:8080/f/1", "previewImageUrl": "http://127.0.0.1:8080/f/1"}),
    row("a document", message(attachments=(file(media_type="application/pdf", filename="发票.pdf"),)), {"type": "text", "text": f"发票.pdf\n{ADDRESS}"}, WORDS),
    row("known already", message(), WORDS, answer=json_answer(409, {"message": "The retry key is already accepted"} | SENT)),
    row("nobody there", message(), WORDS, answer=json_answer(400, {"message": "Failed to send messages"}), expect=Rejected(reason=Reason.INVALID_RECIPIENT, code="400", detail="HTTP 400: Failed to send messages")),
    row("what may be tapped", message(**offering("发票 & 收据")), WORDS | {"quickReply": {"items": [{"type": "action", "action": {"type": "postback", "label": "发票 & 收据", "data": "choice=o-1&label=%E5%8F%91%E7%A5%A8+%26+%E6%94%B6%E6%8D%AE", "displayText": "发票 & 收据"}}]}}),
    OutboundCase(label="a file nobody can fetch", message=message(attachments=(file(url=None),)), expect=Rejected),
    OutboundCase(label="a file at an address that LINE refuses", message=message(attachments=(file(url="http://desk.example/f/1"),)), expect=Rejected),
    OutboundCase(label="a file at an address that only looks like this machine's", message=message(attachments=(file(url="http://127.0.0.1.example/f/1"),)), expect=Rejected),
    OutboundCase(label="too many files", message=message(attachments=(file(),) * 5), expect=Rejected),
    OutboundCase(label="too many words", message=message(text="😀" * 2_501), expect=Rejected),
    OutboundCase(label="nothing", message=message(text=""), expect=Rejected),
]  # fmt: skip


def test_keeps_the_contract_outbound() -> None:
    """Every message of the table becomes the request it should, and no fault makes it green or doubled."""
    assert adapter_problems(build, (), OUTBOUND, secrets=(TOKEN, SECRET)) == []


FRESH = message(heard='{"replyToken": "r-1", "message": {"quoteToken": "q"}}')
REPLY = "/v2/bot/message/reply"
BY_TOKEN = ExpectedRequest(
    method="POST", path=REPLY, json={"replyToken": "r-1", "messages": [WORDS]}
)
SPENT = json_answer(400, {"message": "Invalid reply token"})
NOBODY = json_answer(400, {"message": "Failed to send messages"})
REPLIES = [
    OutboundCase(label="by the reply token", message=FRESH, answers=(TAKEN,), expect_requests=(BY_TOKEN,), expect=GREEN),
    OutboundCase(label="then by push", message=FRESH, answers=(SPENT, TAKEN), expect_requests=(BY_TOKEN, *push(WORDS)), expect=GREEN, key=DedupKey(KEY)),
    OutboundCase(label="refused otherwise", message=FRESH, answers=(NOBODY,), expect_requests=(BY_TOKEN,), expect=Rejected),
    OutboundCase(label="lost", message=FRESH, answers=(json_answer(500, {}),), expect_requests=(BY_TOKEN,), expect=InDoubt(detail="HTTP 500", final=True)),
    OutboundCase(label="a message that brought none", message=message(heard="?"), answers=(TAKEN,), expect_requests=push(WORDS), expect=GREEN, key=DedupKey(KEY)),
]  # fmt: skip


def test_a_fresh_message_is_answered_by_its_reply_token() -> None:
    """Free of charge; what is lost then nobody repeats, for LINE would not know the repeat."""
    assert adapter_problems(build, (), REPLIES, secrets=(TOKEN, SECRET)) == []
    assert build("http://x").capabilities.answer_by_ms == 0
    assert build("http://x", reply_tokens=True).capabilities.answer_by_ms == 50_000


def rejected(reason: Reason, status: int, words: str) -> tuple[str, Answer, Rejected]:
    detail = f"HTTP {status}: {words}"
    expect = Rejected(reason=reason, code=str(status), detail=detail)
    return words, answer(status, {"message": words}), expect


DETAILS = {
    "message": "The request body has 1 error(s)",
    "details": [
        {"message": "Length must be between 0 and 5000", "property": "messages[0].text"},
        None,
    ],
}

OUTCOMES = [
    ("taken", answer(200, SENT), GREEN),
    ("taken, and not to be quoted", answer(200, {"sentMessages": [{"id": "1"}]}), Accepted(provider_id="1")),
    ("taken, of old", answer(200, {}, x_line_request_id="r-1"), Accepted(provider_id="r-1")),
    ("taken, but torn", Answer(status=200, body=b'{"sentMess'), InDoubt(detail="HTTP 200 without the message's id")),
    ("taken, in odd shapes", answer(200, {"sentMessages": [7]}), InDoubt(detail="HTTP 200 without the message's id")),
    ("known already", answer(409, SENT), GREEN),
    ("known already, by its request", answer(409, {"message": "The retry key is already accepted"}, x_line_accepted_request_id="r-1"), Accepted(provider_id="r-1")),
    rejected(Reason.INVALID_RECIPIENT, 400, "The property, 'to', in the request body is invalid (line: -, column: -)"),
    rejected(Reason.CREDENTIALS, 401, "Authentication failed. Confirm that the access token in the authorization header is valid."),
    rejected(Reason.CREDENTIALS, 403, "Access to this API is not available for your account"),
    rejected(Reason.TOO_LARGE, 413, "Request Entity Too Large"),
    rejected(Reason.OTHER, 400, "Something new"),
    rejected(Reason.OUT_OF_FUNDS, 429, "You have reached your monthly limit."),
    ("details", answer(400, DETAILS), Rejected(reason=Reason.TOO_LARGE, code="400", detail="HTTP 400: The request body has 1 error(s); messages[0].text Length must be between 0 and 5000")),
    ("refused in no words", answer(400), Rejected(reason=Reason.OTHER, code="400", detail="HTTP 400")),
    ("too fast", answer(429, {"message": "The API rate limit has been exceeded. Try again later."}), Deferred(reason=Reason.THROTTLED, detail="HTTP 429")),
    ("broken", answer(500, {"message": "Internal server error"}), InDoubt(detail="HTTP 500")),
    *SILENCE,
]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "expected"), [r[1:] for r in OUTCOMES], ids=[r[0] for r in OUTCOMES]
)
def test_outcomes(reply, expected) -> None:
    """Each answer of LINE means one thing to us."""
    assert outbound.outcome(reply) == expected


async def test_what_was_in_doubt_is_tried_again_with_the_same_key() -> None:
    """The first answer is lost, the second says that the key is known: one message, and green."""
    known = json_answer(409, {"message": "The retry key is already accepted"} | SENT)
    async with served(build, [ProviderAnswer(fault=Fault.SWALLOW), known]) as (adapter, provider):
        tries = [await adapter.send(message(), DedupKey("m-1")) for _ in range(2)]
    assert isinstance(tries[0], InDoubt)
    assert tries[1] == GREEN
    assert adapter.capabilities.in_doubt is Doubt.RETRY
    keys = {request.header("x-line-retry-key") for request in provider.requests}
    assert keys == {outbound.retry_key("ln", "m-1")}


def test_retry_keys() -> None:
    """A UUID is its own key; whatever else makes one, another for another account."""
    assert outbound.retry_key("ln", KEY) == KEY
    assert outbound.retry_key("ln", "m-1") != outbound.retry_key("other", "m-1")
    assert len(outbound.retry_key("ln", "m-1")) == 36


async def test_an_empty_token_sends_nothing() -> None:
    """A channel without its token or its secret is closed, and says so without asking."""
    async with served(build, [], channel_access_token="") as (adapter, provider):
        outcome = await adapter.send(message(), DedupKey("k"))
        healths = [await adapter.check(), await build(provider.url, channel_secret="").check()]
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.CREDENTIALS
    assert [health.detail for health in healths] == [
        "channel_access_token is empty",
        "channel_secret is empty, so every webhook is refused",
    ]
    assert provider.requests == []


HEALTH = [
    ("well", json_answer(200, {"userId": BOT, "displayName": "Shop"}), True, ""),
    ("wrong token", json_answer(401, {"message": "Authentication failed"}), False, "HTTP 401"),
]


@pytest.mark.parametrize(
    ("scripted", "ok", "detail"), [r[1:] for r in HEALTH], ids=[r[0] for r in HEALTH]
)
async def test_health(scripted, ok, detail) -> None:
    """An account is well when LINE says who it is."""
    async with served(build, [scripted]) as (adapter, provider):
        health = await adapter.check()
    assert (health.ok, health.detail) == (ok, detail)
    assert provider.requests[0].path == "/v2/bot/info"


async def test_a_customers_file_is_fetched() -> None:
    """A message's id becomes its content, asked for with the channel's token."""
    async with FakeProvider([ProviderAnswer(body=b"jpeg")]) as provider:
        adapter = build(provider.url)
        got = b"".join([chunk async for chunk in adapter.fetch(None, "4445/7")])
    assert got == b"jpeg"
    (request,) = provider.requests
    assert request.path == "/v2/bot/message/4445%2F7/content"
    assert request.header("authorization") == f"Bearer {TOKEN}"


def test_nothing_to_fetch_is_refused() -> None:
    """A message that names neither address nor id has no file."""
    with pytest.raises(FetchRefused):
        build(API_URL).fetch(None, None)
