"""What Instagram delivers, and what we ask of it."""

from functools import partial

import pytest

from adapters.instagram import InstagramAdapter
from adapters.instagram.settings import InstagramSettings
from gateway.contract import (
    Accepted,
    AccountId,
    InboundAttachment,
    MessageKind,
    OutboundMessage,
    RawRequest,
    Reason,
    Rejected,
)
from gateway.domain.clock import DAY_MS
from gateway.pipeline.fit import fit
from gateway.testing import (
    FakeProvider,
    OutboundCase,
    adapter_problems,
    json_answer,
)
from tests.adapters.shared.meta_messages import (
    CDN,
    HOME,
    PERSON,
    PERSONS,
    WORDS,
    Table,
    attached,
    echo,
    file,
    message,
    post,
)
from tests.adapters.shared.metas import NO_SECRETS, SECRETS, SETTINGS, VERIFY_TOKEN, error, payload
from tests.adapters.shared.metas import sign as signed
from tests.adapters.shared.outgoing import offering

TABLE = Table("instagram", "instagram")
PATH = "/v25.0/me/messages"
TEXT = post(PATH, {"text": WORDS})
TAKEN = json_answer(200, {"recipient_id": PERSON, "message_id": "m_1"})


def build(api_url: str, **changes) -> InstagramAdapter:
    fields = SETTINGS | {"account_id": HOME, "api_url": api_url} | changes
    return InstagramAdapter.build(AccountId("ig"), InstagramSettings(**fields))


STORY = [{"type": "story_mention", "payload": {"url": CDN + "story.mp4"}}]
POST = [{"type": "share", "payload": {"url": CDN + "post.jpg"}}]
HEART = [{"type": "like_heart"}]


def shown(name: str, media_type: str) -> tuple[InboundAttachment, ...]:
    return (InboundAttachment(media_type=media_type, url=CDN + name),)


# https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks
INBOUND = [
    *TABLE.rows(),
    TABLE.message("a mention in a story", {"attachments": STORY}, (TABLE.said(kind=MessageKind.MEDIA, attachments=shown("story.mp4", "video/mp4"), payload=payload({"attachments": STORY})),)),
    TABLE.message("a post", {"attachments": POST}, (TABLE.said(kind=MessageKind.MEDIA, attachments=shown("post.jpg", "image/jpeg"), payload=payload({"attachments": POST})),)),
    TABLE.message("a heart", {"attachments": HEART}, (TABLE.said(kind=MessageKind.STICKER, text="❤", payload=payload({"attachments": HEART})),)),
    TABLE.row("what was written in the app", echo(text="hi", is_self=False), ()),
]  # fmt: skip


def test_keeps_the_contract_inbound() -> None:
    """Every delivery of the table is read as Meta means it, and the rules of all adapters hold."""
    problems = adapter_problems(
        build,
        INBOUND,
        secrets=SECRETS,
        sign=signed,
        without_secret=lambda url: build(url, **NO_SECRETS),
    )
    assert problems == []


def test_the_handshake() -> None:
    """The console's check of the address is answered, and nothing comes of it."""
    path = f"/in/ig?hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=42"
    events, reply = build("http://x").receive(RawRequest(account="ig", method="GET", path=path))
    assert (events, reply.body, reply.content_type) == ((), b"42", "text/plain")


def said(**changes) -> OutboundMessage:
    return message("instagram", **changes)


def case(label: str, sent: OutboundMessage, *asked) -> OutboundCase:
    return OutboundCase(
        label=label,
        message=sent,
        answers=(TAKEN,) * len(asked),
        expect_requests=asked,
        expect=Accepted(provider_id="m_1"),
    )


OUTBOUND = [
    case("text", said(), TEXT),
    case("a reply", said(in_reply_to="m_0"), post(PATH, {"text": WORDS}, reply_to={"mid": "m_0"})),
    case(
        "what may be tapped",
        said(**offering("Yes")),
        post(
            PATH,
            {
                "text": WORDS,
                "quick_replies": [{"content_type": "text", "title": "Yes", "payload": "o-1"}],
            },
        ),
    ),
    case("a film", said(text="", attachments=(file("video/mp4"),)), post(PATH, attached("video"))),
    case(
        "a picture with words",
        said(attachments=(file("image/png"),)),
        post(PATH, attached("image")),
        TEXT,
    ),
    OutboundCase(
        label="the window is closed",
        message=said(),
        answers=(error(403, 10, "outside of allowed window", 2534022),),
        expect_requests=(TEXT,),
        expect=Rejected(
            reason=Reason.WINDOW_CLOSED,
            detail="HTTP 403, 10/2534022: outside of allowed window",
            code="10",
        ),
    ),
    OutboundCase(
        label="a file nobody can fetch",
        message=said(attachments=(file("image/png", url=None),)),
        expect=Rejected,
    ),
]


def test_keeps_the_contract_outbound() -> None:
    """Every message becomes the request it should, and no fault makes it green or doubled."""
    assert adapter_problems(build, (), OUTBOUND, secrets=SECRETS) == []


def test_people_may_answer_for_seven_days() -> None:
    """Where the account says that Meta allows it, their words are tagged."""
    tagged = OutboundCase(
        label="what a person wrote",
        message=said(),
        answers=(TAKEN,),
        expect_requests=(post(PATH, {"text": WORDS}, **PERSONS),),
        expect=Accepted(provider_id="m_1"),
    )
    allowed = partial(build, human_agent=True)
    assert adapter_problems(allowed, (), (tagged,), secrets=SECRETS) == []
    assert allowed("http://x").capabilities.person_window_ms == 7 * DAY_MS
    assert build("http://x").capabilities.person_window_ms is None


@pytest.mark.parametrize(
    ("sent", "fits"),
    [
        (said(text="x" * 1_000), True),
        (said(text="字" * 333), True),
        (said(text="字" * 334), False),
        (said(attachments=(file("application/pdf"),)), True),
        (said(attachments=(file("application/zip"),)), False),
        (said(attachments=(file("image/webp"),)), False),
    ],
)
def test_limits(sent: OutboundMessage, fits: bool) -> None:
    """What Instagram does not carry is refused before it is tried."""
    assert isinstance(fit(sent, InstagramAdapter.capabilities), OutboundMessage) is fits


async def test_check() -> None:
    """A token that Meta knows is well."""
    async with FakeProvider([json_answer(200, {"id": HOME})]) as provider:
        adapter = build(provider.url)
        assert (await adapter.check()).ok
        await adapter.stop()
        assert provider.requests[0].path == "/v25.0/me?fields=id"
