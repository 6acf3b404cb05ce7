"""What we ask of Messenger, and what its answers mean."""

from functools import partial

import pytest

from adapters._shared.fetch import FetchRefused
from adapters.messenger import MessengerAdapter
from gateway.contract import (
    Accepted,
    Deferred,
    FetchesMedia,
    InDoubt,
    OutboundMessage,
    Reason,
    Rejected,
)
from gateway.domain.clock import DAY_MS
from gateway.pipeline.fit import fit
from gateway.testing import (
    FakeProvider,
    OutboundCase,
    ProviderAnswer,
    adapter_problems,
    json_answer,
)
from gateway.verbs.ways import limits_of, machine_limits_of
from tests.adapters.messenger.test_messenger_inbound import build
from tests.adapters.shared.meta_messages import (
    HOME,
    PERSON,
    PERSONS,
    WORDS,
    attached,
    file,
    message,
    post,
)
from tests.adapters.shared.metas import SECRETS, error
from tests.adapters.shared.outgoing import offering

PATH = f"/v25.0/{HOME}/messages"
OURS = {"metadata": "m-1"}
TEXT = post(PATH, {"text": WORDS} | OURS)
# https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies
QUICK = {
    "quick_replies": [
        {"content_type": "text", "title": "是", "payload": "o-1"},
        {"content_type": "text", "title": "不是", "payload": "o-2"},
    ]
}


def taken(mid: str) -> ProviderAnswer:
    return json_answer(200, {"recipient_id": PERSON, "message_id": mid})


def said(**changes) -> OutboundMessage:
    return message("messenger", **changes)


def told(label: str, scripted: ProviderAnswer, expect: object) -> OutboundCase:
    return OutboundCase(
        label=label, message=said(), answers=(scripted,), expect_requests=(TEXT,), expect=expect
    )


def one(label: str, sent: OutboundMessage, asked) -> OutboundCase:
    return OutboundCase(
        label=label,
        message=sent,
        answers=(taken("m_1"),),
        expect_requests=(asked,),
        expect=Accepted(provider_id="m_1"),
    )


PICTURE = said(attachments=(file("image/png"),))
BOTH = (post(PATH, attached("image")), TEXT)

OUTBOUND = [
    told("text", taken("m_1"), Accepted(provider_id="m_1")),
    one("a reply", said(in_reply_to="m_0"), post(PATH, {"text": WORDS} | OURS, reply_to={"mid": "m_0"})),
    one("what may be tapped", said(**offering("是", "不是")), post(PATH, {"text": WORDS} | OURS | QUICK)),
    one("a picture", said(text="", attachments=(file("image/png"),)), post(PATH, attached("image") | OURS)),
    one("a document", said(text="", attachments=(file("application/pdf"),)), post(PATH, attached("file") | OURS)),
    OutboundCase(
        label="a picture with words",
        message=PICTURE,
        answers=(taken("m_1"), taken("m_2")),
        expect_requests=BOTH,
        expect=Accepted(provider_id="m_2"),
    ),
    OutboundCase(
        label="a picture that is refused takes its words with it",
        message=PICTURE,
        answers=(error(400, 100, "too large", 2018109),),
        expect_requests=BOTH[:1],
        expect=Rejected(reason=Reason.TOO_LARGE, detail="HTTP 400, 100/2018109: too large", code="100"),
    ),
    OutboundCase(
        label="the picture went out, its words did not",
        message=PICTURE,
        answers=(taken("m_1"), error(400, 613, "too fast")),
        expect_requests=BOTH,
        expect=InDoubt(detail="the file went out, but not the words: HTTP 400, 613: too fast"),
    ),
    OutboundCase(label="a file nobody can fetch", message=said(attachments=(file("image/png", url=None),)), expect=Rejected),
    told("the window is closed", error(400, 10, "outside of allowed window", 2018278), Rejected(reason=Reason.WINDOW_CLOSED, detail="HTTP 400, 10/2018278: outside of allowed window", code="10")),
    told("nobody there", error(400, 100, "No matching user found", 2018001), Rejected(reason=Reason.INVALID_RECIPIENT, detail="HTTP 400, 100/2018001: No matching user found", code="100")),
    told("too fast", error(400, 613, "Calls to this API have exceeded the rate limit"), Deferred(reason=Reason.THROTTLED, detail="HTTP 400, 613: Calls to this API have exceeded the rate limit")),
    told("perhaps", error(400, 1, "Received invalid JSON reply", 1357046), InDoubt(detail="HTTP 400, 1/1357046: Received invalid JSON reply")),
]  # fmt: skip


def test_keeps_the_contract_outbound() -> None:
    """Every message becomes the request it should, and no fault makes it green or doubled."""
    assert adapter_problems(build, (), OUTBOUND, secrets=SECRETS) == []


BY_HUMANS = [
    one("what a person wrote", said(), post(PATH, {"text": WORDS} | OURS, **PERSONS)),
    one("what goes by itself", said(automatic=True), TEXT),
]


def test_people_may_answer_for_seven_days() -> None:
    """Where the account says that Meta allows it: their words are tagged, a machine's are not."""
    assert adapter_problems(partial(build, human_agent=True), (), BY_HUMANS, secrets=SECRETS) == []
    windows = [build("http://x", human_agent=yes).capabilities for yes in (False, True)]
    assert [limits_of(can).window_ms for can in windows] == [DAY_MS, 7 * DAY_MS]
    assert {machine_limits_of(can).window_ms for can in windows} == {DAY_MS}


@pytest.mark.parametrize(
    ("sent", "fits"),
    [
        (said(text="字" * 2_000), True),
        (said(text="x" * 2_001), False),
        (said(attachments=(file("image/png", size_bytes=9_000_000),)), False),
        (said(attachments=(file("video/mp4", size_bytes=9_000_000),)), True),
    ],
)
def test_limits(sent: OutboundMessage, fits: bool) -> None:
    """What Messenger does not carry is refused before it is tried."""
    assert isinstance(fit(sent, MessengerAdapter.capabilities), OutboundMessage) is fits


async def test_check() -> None:
    """The Page that Meta knows by this token is well."""
    async with FakeProvider([json_answer(200, {"id": HOME})]) as provider:
        adapter = build(provider.url)
        assert (await adapter.check()).ok
        await adapter.stop()
        assert provider.requests[0].path == f"/v25.0/{HOME}?fields=id"


async def test_fetch_media() -> None:
    """A customer's file lies in the open: it is fetched without the token."""
    async with FakeProvider([ProviderAnswer(body=b"png" * 50_000)]) as provider:
        adapter = build(provider.url)
        assert isinstance(adapter, FetchesMedia)
        chunks = [chunk async for chunk in adapter.fetch(f"{provider.url}/a.png", None)]
        assert b"".join(chunks) == b"png" * 50_000
        assert provider.requests[0].header("authorization") is None


@pytest.mark.parametrize("url", [None, "", "http://192.0.2.1/x", "https://127.0.0.1/x"])
async def test_fetch_elsewhere(url: str | None) -> None:
    """What leads home, or nowhere, is not fetched."""
    with pytest.raises(FetchRefused):
        [chunk async for chunk in build("https://graph.facebook.com").fetch(url, None)]
