"""What we ask of the Cloud API, and fetching what customers send."""

from functools import partial

import pytest
from pydantic import ValidationError

from adapters._shared.fetch import FetchRefused
from adapters.whatsapp import WhatsappAdapter
from adapters.whatsapp.settings import WhatsappSettings
from gateway.contract import (
    Accepted,
    ApprovedTemplate,
    Deferred,
    FetchesMedia,
    KnownTemplate,
    OutboundMessage,
    Reason,
    Rejected,
    TemplateButton,
)
from gateway.pipeline.fit import fit
from gateway.testing import (
    ExpectedRequest,
    FakeProvider,
    OutboundCase,
    ProviderAnswer,
    adapter_problems,
    json_answer,
)
from tests.adapters.shared import outgoing
from tests.adapters.shared.metas import ACCESS_TOKEN, SECRETS, SETTINGS, error
from tests.adapters.shared.outgoing import offering, served
from tests.adapters.whatsapp.deliveries import CUSTOMER, NUMBER_ID, OURS, build

PATH = f"/v25.0/{NUMBER_ID}/messages"
BEARER = ("Authorization", f"Bearer {ACCESS_TOKEN}")

# https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
TAKEN = json_answer(
    200,
    {
        "messaging_product": "whatsapp",
        "contacts": [{"input": CUSTOMER, "wa_id": CUSTOMER}],
        "messages": [{"id": OURS}],
    },
)
GREEN = Accepted(provider_id=OURS)


message = partial(outgoing.message, recipient=f"whatsapp:{CUSTOMER}")
file = partial(outgoing.file, filename="a.bin")


def post(**body) -> tuple[ExpectedRequest, ...]:
    basis = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": CUSTOMER,
        "biz_opaque_callback_data": "m-1",
    }
    json = {name: value for name, value in (basis | body).items() if value is not None}
    return (ExpectedRequest(method="POST", path=PATH, headers=(BEARER,), json=json),)


def template(name: str, *components: dict) -> tuple[ExpectedRequest, ...]:
    """https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates"""
    said = {"name": name, "language": {"code": "en"}, "components": list(components)}
    return post(type="template", template=said)


def button(kind: str, index: int, type_: str, value: str) -> dict:
    parameters = [{"type": type_, type_: value}]
    return {"type": "button", "sub_type": kind, "index": str(index), "parameters": parameters}


BUTTONS = (
    TemplateButton(index=0, kind="quick_reply", value="yes"),
    TemplateButton(index=1, kind="url", value="o/7"),
    TemplateButton(index=2, kind="copy_code", value="SPRING"),
)


def listed(opens: str, *labels: str, text: str = "您好 😀") -> tuple[ExpectedRequest, ...]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages"""
    rows = [{"id": f"o-{n}", "title": label} for n, label in enumerate(labels, start=1)]
    action = {"button": opens, "sections": [{"rows": rows}]}
    return post(
        type="interactive", interactive={"type": "list", "body": {"text": text}, "action": action}
    )


PLAIN = post(type="text", text={"body": "您好 😀"})
LINK = {"link": "https://desk.example/f/1"}


def taken(label: str, sent: OutboundMessage, asked: tuple[ExpectedRequest, ...]) -> OutboundCase:
    return OutboundCase(
        label=label, message=sent, answers=(TAKEN,), expect_requests=asked, expect=GREEN
    )


def told(label: str, scripted: ProviderAnswer, expect: object) -> OutboundCase:
    return OutboundCase(
        label=label,
        message=message(),
        answers=(scripted,),
        expect_requests=PLAIN,
        expect=expect,
    )


def refused(label: str, sent: OutboundMessage) -> OutboundCase:
    return OutboundCase(label=label, message=sent, expect=Rejected)


OUTBOUND = [
    taken("text", message(), PLAIN),
    taken("a reply", message(in_reply_to="wamid.1"), post(type="text", text={"body": "您好 😀"}, context={"message_id": "wamid.1"})),
    taken("a template without values", message(template=ApprovedTemplate(name="come_back", language="zh_CN")), post(type="template", template={"name": "come_back", "language": {"code": "zh_CN"}})),
    taken("a template with values", message(template=ApprovedTemplate(name="come_back", language="en_US", parameters=("Ada", "7"))), post(type="template", template={"name": "come_back", "language": {"code": "en_US"}, "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "7"}]}]})),
    taken("a template by the names of its values, below a picture", message(attachments=(file("image/png"),), template=ApprovedTemplate(name="parcel", language="en", parameters=("Ada", "7"), names=("who", "days"))), template("parcel", {"type": "header", "parameters": [{"type": "image", "image": LINK}]}, {"type": "body", "parameters": [{"type": "text", "text": "Ada", "parameter_name": "who"}, {"type": "text", "text": "7", "parameter_name": "days"}]})),
    taken("a template below a document", message(text="x" * 1_025, attachments=(file("application/pdf", filename="发票.pdf"),), template=ApprovedTemplate(name="invoice", language="en")), template("invoice", {"type": "header", "parameters": [{"type": "document", "document": LINK | {"filename": "发票.pdf"}}]})),
    taken("a template below a film", message(attachments=(file("video/mp4"),), template=ApprovedTemplate(name="film", language="en")), template("film", {"type": "header", "parameters": [{"type": "video", "video": LINK}]})),
    taken("a template with words above and buttons below", message(template=ApprovedTemplate(name="offer", language="en", header="Ada", buttons=BUTTONS)), template("offer", {"type": "header", "parameters": [{"type": "text", "text": "Ada"}]}, button("quick_reply", 0, "payload", "yes"), button("url", 1, "text", "o/7"), button("copy_code", 2, "coupon_code", "SPRING"))),
    refused("a template below what nobody can fetch", message(attachments=(file("image/png", url=None),), template=ApprovedTemplate(name="parcel", language="en"))),
    taken("three buttons", message(**offering("是", "不是", "x" * 20)), post(type="interactive", interactive={"type": "button", "body": {"text": "您好 😀"}, "action": {"buttons": [{"type": "reply", "reply": {"id": "o-1", "title": "是"}}, {"type": "reply", "reply": {"id": "o-2", "title": "不是"}}, {"type": "reply", "reply": {"id": "o-3", "title": "x" * 20}}]}})),
    taken("a list of four", message(language="zh", **offering("a", "b", "c", "d")), listed("请选择", "a", "b", "c", "d")),
    taken("a list of what is too long for a button", message(language="fr", **offering("x" * 21)), listed("Choose", "x" * 21)),
    taken("a list below many words", message(text="x" * 1_025, language="zh-CN", **offering("a")), listed("请选择", "a", text="x" * 1_025)),
    taken("to somebody without a number", message(recipient="whatsapp:US.1234"), post(to=None, recipient="US.1234", type="text", text={"body": "您好 😀"})),
    taken("a picture with words", message(attachments=(file("image/png"),)), post(type="image", image=LINK | {"caption": "您好 😀"})),
    taken("a document", message(text="", attachments=(file("application/pdf", filename="发票.pdf"),)), post(type="document", document=LINK | {"filename": "发票.pdf"})),
    taken("a picture of another type", message(text="", attachments=(file("image/gif"),)), post(type="document", document=LINK | {"filename": "a.bin"})),
    taken("a sound", message(text="", attachments=(file("audio/ogg; codecs=opus"),)), post(type="audio", audio=LINK)),
    taken("a sticker", message(text="", attachments=(file("image/webp"),)), post(type="sticker", sticker=LINK)),
    refused("a file nobody can fetch", message(attachments=(file("image/png", url=None),))),
    refused("words with a sound", message(attachments=(file("audio/ogg"),))),
    refused("more words than a caption holds", message(text="x" * 1_025, attachments=(file("image/png"),))),
    told("the window is closed", error(400, 131047, "Re-engagement message"), Rejected(reason=Reason.WINDOW_CLOSED, detail="HTTP 400, 131047: Re-engagement message", code="131047")),
    told("the token expired", error(401, 190, "Session has expired"), Rejected(reason=Reason.CREDENTIALS, detail="HTTP 401, 190: Session has expired", code="190")),
    told("Meta repeats the token", error(401, 190, f"Malformed access token {ACCESS_TOKEN}"), Rejected(reason=Reason.CREDENTIALS, detail="HTTP 401, 190: Malformed access token (token)", code="190")),
    told("too fast", error(400, 130429, "Rate limit hit"), Deferred(reason=Reason.THROTTLED, detail="HTTP 400, 130429: Rate limit hit")),
]  # fmt: skip


def test_keeps_the_contract_outbound() -> None:
    """Every message becomes the request it should, and no fault makes it green or doubled."""
    assert adapter_problems(build, (), OUTBOUND, secrets=SECRETS) == []


@pytest.mark.parametrize(
    ("sent", "fits"),
    [
        (message(text="x" * 4_096), True),
        (message(text="x" * 4_097), False),
        (message(attachments=(file("image/jpeg", size_bytes=5 * 1024 * 1024),)), True),
        (message(attachments=(file("image/jpeg", size_bytes=5 * 1024 * 1024 + 1),)), False),
        (message(attachments=(file("application/zip", size_bytes=50_000_000),)), True),
        (message(attachments=(file("image/png"), file("image/png"))), False),
    ],
)
def test_limits(sent: OutboundMessage, fits: bool) -> None:
    """What WhatsApp does not carry is refused before it is tried."""
    assert isinstance(fit(sent, WhatsappAdapter.capabilities), OutboundMessage) is fits


async def test_check() -> None:
    """The number that Meta knows by this token is well."""
    async with FakeProvider([json_answer(200, {"id": NUMBER_ID})]) as provider:
        adapter = build(provider.url)
        assert (await adapter.check()).ok
        await adapter.stop()
        assert provider.requests[0].path == f"/v25.0/{NUMBER_ID}?fields=id"


async def test_fetch_media() -> None:
    """Meta is asked where a file is, and then for the file, both with the token."""
    async with FakeProvider() as provider:
        where = json_answer(200, {"url": f"{provider.url}/media?mid=7", "id": "7"})
        provider.script(where, ProviderAnswer(body=b"png" * 50_000))
        adapter = build(provider.url)
        assert isinstance(adapter, FetchesMedia)
        await adapter.start()
        chunks = [chunk async for chunk in adapter.fetch(None, "7")]
        await adapter.stop()
        assert b"".join(chunks) == b"png" * 50_000
        assert [r.path for r in provider.requests] == ["/v25.0/7", "/media?mid=7"]
        assert {r.header("authorization") for r in provider.requests} == {BEARER[1]}


ELSEWHERE = [
    ("no id", None, json_answer(200, {"url": "https://lookaside.fbsbx.com/x"})),
    ("a path for an id", "../me", json_answer(200, {"url": "https://lookaside.fbsbx.com/x"})),
    ("home", "7", json_answer(200, {"url": "http://192.0.2.1/x"})),
    ("loopback", "7", json_answer(200, {"url": "https://127.0.0.1/x"})),
    ("Meta's name in the wrong place", "7", json_answer(200, {"url": "http://lookaside.fbsbx.com/x"})),
    ("no URL", "7", json_answer(200, {"url": "http://[x"})),
    ("nothing", "7", json_answer(200, {})),
    ("gone", "7", error(404, 100, "no such file", 33)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "scripted"), [r[1:] for r in ELSEWHERE], ids=[r[0] for r in ELSEWHERE]
)
async def test_fetch_elsewhere(name: str | None, scripted: ProviderAnswer) -> None:
    """What leads home, nowhere, or to another is not fetched."""
    async with served(build, [scripted]) as (adapter, _provider):
        with pytest.raises(FetchRefused):
            [chunk async for chunk in adapter.fetch(None, name)]


BASE = SETTINGS | {"phone_number_id": NUMBER_ID}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phone_number_id": "+15550783881"}, "should match pattern"),
        ({"phone_number_id": "../me"}, "should match pattern"),
        ({"api_url": "ftp://x"}, "should match pattern"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_bad_settings(changes: dict, words: str) -> None:
    """What cannot work is refused."""
    with pytest.raises(ValidationError, match=words):
        WhatsappSettings(**(BASE | changes))


def test_an_id_without_quotes() -> None:
    """YAML reads an id without quotes as a number."""
    assert (
        WhatsappSettings(**(BASE | {"phone_number_id": 106540352242922})).phone_number_id
        == NUMBER_ID
    )


def test_secrets_are_not_shown() -> None:
    """Settings may be printed."""
    shown = repr(WhatsappSettings(**BASE))
    assert not any(secret in shown for secret in SECRETS)


def test_an_account_names_the_template_that_asks_for_a_word() -> None:
    """Without one, it has none."""
    assert build("https://x").nudge() is None
    named = {"name": "come_back", "language": "zh_CN", "parameters": ["Ada"], "text": "您好"}
    asking = ApprovedTemplate(name="come_back", language="zh_CN", parameters=("Ada",), text="您好")
    assert build("https://x", nudge=named).nudge() == asking


def test_an_account_names_the_templates_that_agents_may_choose() -> None:
    """By name, language, words and what stands above them; a header nobody knows is refused."""
    assert build("https://x").templates() == ()
    named = {"name": "parcel", "language": "en", "text": "Dear {{1}}", "header": "image"}
    known = KnownTemplate(name="parcel", language="en", text="Dear {{1}}", header="image")
    assert build("https://x", templates=[named]).templates() == (known,)
    with pytest.raises(ValidationError, match="header"):
        WhatsappSettings(**(BASE | {"templates": [named | {"header": "hologram"}]}))
