"""Playing the customer over the page's HTTP: threads, texts, faults, and what is new."""

import asyncio
import base64
import io
from collections.abc import Callable
from typing import Any

import aiohttp
import aiosmtplib
import pytest

from gateway.domain.clock import SystemClock
from gateway.sandbox import letters
from gateway.sandbox.demo import Sandbox
from gateway.sandbox.letters import Draft, File

from .conftest import Node, ParleyTexts

LI, LI_PHONE = "li.lei@example.com", "+8613800138001"
REPLY_ADDRESS = "support+c7.mac@shop.example"
AT_MS = 1_795_251_600_000

Client = aiohttp.ClientSession


async def get(client: Client, path: str, **query: str) -> Any:
    async with client.get(f"/sandbox/api/{path}", params=query) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def post(client: Client, path: str, body: Any, status: int = 201) -> Any:
    async with client.post(f"/sandbox/api/{path}", json=body) as response:
        assert response.status == status, await response.text()
        return await response.json(content_type=None)


async def threads(client: Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await get(client, "mail", address=LI))["items"]
    return items


async def answered_by_parley(sandbox: Sandbox, question: str, **changes: Any) -> None:
    """A reply as Parley sends it: in the thread, from the shop, answers to a reply address."""
    draft = {
        "sender": REPLY_ADDRESS,
        "sender_name": "晨光小店",
        "recipient": LI,
        "subject": "Re: 杯盖",
        "text": "您好，今天给您寄出。",
        "references": (question,),
    }
    raw = letters.compose(Draft(**{**draft, **changes}), message_id="<a@parley>", at_ms=AT_MS)
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.mail.smtp_port, start_tls=False)
    async with client:
        await client.sendmail("support@shop.example", [LI], raw)


# --- mail --------------------------------------------------------------------------------------


async def test_a_conversation_by_mail_stays_in_one_thread(
    web_client: Client, sandbox: Sandbox
) -> None:
    """Question, answer and answer to the answer; the last goes to the reply address."""
    asked = await post(
        web_client, "mail", {"from": LI, "name": "李雷", "subject": "杯盖", "text": "裂了。"}
    )
    assert (asked["state"], asked["recipient"]) == ("sent", "support@shop.example")
    await answered_by_parley(sandbox, asked["id"])
    (thread,) = await threads(web_client)
    assert [(m["own"], m["state"]) for m in thread["mails"]] == [(True, "sent"), (False, "arrived")]
    answer = thread["mails"][1]
    again = await post(
        web_client,
        "mail",
        {"from": LI, "subject": "Re: 杯盖", "text": "谢谢", "answers": answer["id"]},
    )
    assert again["recipient"] == REPLY_ADDRESS
    assert again["references"] == [asked["id"], answer["id"]]
    (thread,) = await threads(web_client)
    assert [m["text"] for m in thread["mails"]] == ["裂了。", "您好，今天给您寄出。", "谢谢"]
    assert thread["subject"] == "杯盖"


async def test_reply_to_is_where_answers_go(web_client: Client, sandbox: Sandbox) -> None:
    """A customer's program answers to Reply-To when there is one."""
    asked = await post(web_client, "mail", {"from": LI, "subject": "a", "text": "b"})
    draft = Draft(sender="support@shop.example", recipient=LI, text="x", references=(asked["id"],))
    raw = letters.compose(draft, message_id="<a@parley>", at_ms=AT_MS)
    await sandbox.mail.deliver(b"Reply-To: Shop <" + REPLY_ADDRESS.encode() + b">\r\n" + raw, to=LI)
    written = await post(web_client, "mail", {"from": LI, "text": "c", "answers": "<a@parley>"})
    assert written["recipient"] == REPLY_ADDRESS


async def test_unrelated_mails_stand_apart_newest_first(web_client: Client) -> None:
    """Equal subjects join nothing; references do."""
    for text in ("one", "two"):
        await post(web_client, "mail", {"from": LI, "subject": "same", "text": text})
    assert [t["mails"][0]["text"] for t in await threads(web_client)] == ["two", "one"]
    assert (await get(web_client, "mail", address="nobody@example.com"))["items"] == []


async def test_a_file_goes_out_and_another_comes_back(web_client: Client, sandbox: Sandbox) -> None:
    """Enclosures travel both ways; what came is downloaded, never shown in our origin."""
    file = {
        "filename": "裂缝.jpg",
        "media_type": "image/jpeg",
        "base64": base64.b64encode(b"\xff\xd8jpeg").decode(),
    }
    asked = await post(web_client, "mail", {"from": LI, "subject": "a", "text": "b", "file": file})
    assert asked["files"] == [{"filename": "裂缝.jpg", "media_type": "image/jpeg", "size_bytes": 6}]
    answer = File(
        filename="说明.html", media_type="text/html", content=b"<script>alert(1)</script>"
    )
    await answered_by_parley(sandbox, asked["id"], files=(answer,))
    (thread,) = await threads(web_client)
    came = thread["mails"][1]
    assert came["files"][0]["filename"] == "说明.html"
    path = f"/sandbox/api/mail/{came['number']}/files/0"
    async with web_client.get(path) as response:
        assert await response.read() == answer.content
        assert response.headers["Content-Disposition"].startswith("attachment; ")
        assert response.content_type == "application/octet-stream"
        assert "sandbox" in response.headers["Content-Security-Policy"]
    for absent in (f"/sandbox/api/mail/{came['number']}/files/1", "/sandbox/api/mail/999/files/0"):
        async with web_client.get(absent) as response:
            assert response.status == 404


STATES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "automatic": (lambda raw: b"Auto-Submitted: auto-replied\r\n" + raw, "automatic"),
    "by a person": (lambda raw: b"Auto-Submitted: no\r\n" + raw, "arrived"),
}


@pytest.mark.parametrize(("change", "state"), STATES.values(), ids=STATES)
async def test_the_state_of_a_mail_that_came(
    web_client: Client, sandbox: Sandbox, change: Callable[[bytes], bytes], state: str
) -> None:
    """Automatic mails and repeated ones are told from the rest."""
    draft = Draft(sender=REPLY_ADDRESS, recipient=LI, text="x")
    raw = change(letters.compose(draft, message_id="<a@parley>", at_ms=AT_MS))
    await sandbox.mail.deliver(raw, to=LI)
    await sandbox.mail.deliver(raw, to=LI)
    (thread,) = await threads(web_client)
    assert [mail["state"] for mail in thread["mails"]] == [state, "again"]


async def test_a_mail_that_cannot_be_sent_says_so(web_client: Client, sandbox: Sandbox) -> None:
    """When the mail server is gone the mail stands there as failed, with the reason."""
    await sandbox.mail.stop()
    written = await post(web_client, "mail", {"from": LI, "text": "x"})
    assert written["state"] == "failed"
    assert written["detail"]


# --- texts -------------------------------------------------------------------------------------


async def test_a_conversation_by_text(
    web_client: Client, sandbox: Sandbox, node: Node, parley_texts: ParleyTexts
) -> None:
    """A text reaches the node as a signed webhook; the answer is on the telephone, delivered."""
    sent = await post(web_client, "sms", {"from": LI_PHONE, "text": "到哪了？"})
    assert sent == {"state": "received"}
    assert (node.webhooks[0]["From"], node.webhooks[0]["Body"]) == (LI_PHONE, "到哪了？")
    assert await parley_texts.send(LI_PHONE, "在杭州。") == 201
    await sandbox.twilio.settled()
    said = (await get(web_client, "sms", number=LI_PHONE))["items"]
    assert [(t["own"], t["text"], t["state"]) for t in said] == [
        (True, "到哪了？", "received"),
        (False, "在杭州。", "delivered"),
    ]
    assert [hook.get("MessageStatus") for hook in node.webhooks[1:]] == [
        "queued",
        "sent",
        "delivered",
    ]
    assert (await get(web_client, "sms", number="+12025550147"))["items"] == []


ANSWERS = {200: "received", 204: "received", 403: "refused", 500: "refused"}


@pytest.mark.parametrize(("status", "state"), ANSWERS.items(), ids=map(str, ANSWERS))
async def test_what_parley_answers_is_the_texts_state(
    web_client: Client, node: Node, status: int, state: str
) -> None:
    """The customer sees whether Parley has taken the text."""
    node.status = status
    assert await post(web_client, "sms", {"from": LI_PHONE, "text": "x"}) == {"state": state}
    (text,) = (await get(web_client, "sms", number=LI_PHONE))["items"]
    assert text["state"] == state


async def test_a_node_that_is_gone_leaves_the_text_unanswered(
    tmp_path: Any, unused_tcp_port: int
) -> None:
    """Nobody takes the webhook: the text stands there as unanswered."""
    alone = Sandbox(
        data=tmp_path, public_url=f"http://127.0.0.1:{unused_tcp_port}", clock=SystemClock()
    )
    await alone.start()
    assert await alone.play.text(LI_PHONE, "x") == "unanswered"
    await alone.stop()


async def test_a_picture_goes_by_text(web_client: Client, node: Node) -> None:
    """A picture is announced with its address, at the stand-in itself."""
    picture = {"media_type": "image/png", "base64": base64.b64encode(b"\x89PNG").decode()}
    await post(web_client, "sms", {"from": LI_PHONE, "picture": picture})
    assert node.webhooks[0]["NumMedia"] == "1"
    assert node.webhooks[0]["MediaUrl0"].startswith("http://127.0.0.1:")


# --- faults ------------------------------------------------------------------------------------

SMS_FAULTS = {"throttle": 429, "fail": 503, "lost_answer": 0}


@pytest.mark.parametrize(("fault", "status"), SMS_FAULTS.items(), ids=SMS_FAULTS)
async def test_sms_faults_hold_until_they_are_switched_off(
    web_client: Client, parley_texts: ParleyTexts, fault: str, status: int
) -> None:
    """On means every time; off means never."""
    switch = {"channel": "sms", "fault": fault}
    state = await post(web_client, "faults", {**switch, "on": True}, 200)
    assert state["faults"]["sms"][fault] is True
    assert [await parley_texts.send(LI_PHONE, "x") for _ in range(3)] == [status] * 3
    state = await post(web_client, "faults", {**switch, "on": False}, 200)
    assert state["faults"]["sms"][fault] is False
    assert await parley_texts.send(LI_PHONE, "x") == 201


async def test_webhooks_come_twice_on_demand(web_client: Client, node: Node) -> None:
    """Doubled means the same delivery, byte for byte."""
    await post(web_client, "faults", {"channel": "sms", "fault": "double", "on": True}, 200)
    await post(web_client, "sms", {"from": LI_PHONE, "text": "x"})
    assert len(node.webhooks) == 2
    assert node.webhooks[0] == node.webhooks[1]


async def test_webhooks_come_late_on_demand(web_client: Client, node: Node) -> None:
    """A text waits, and says so, until the fault is switched off; then all come in their order."""
    switch = {"channel": "sms", "fault": "late"}
    await post(web_client, "faults", {**switch, "on": True}, 200)
    for text in "ab":
        answer = await post(web_client, "sms", {"from": LI_PHONE, "text": text})
        assert answer["state"] == "waiting"
    assert node.webhooks == []
    await post(web_client, "faults", {**switch, "on": False}, 200)
    assert [each["Body"] for each in node.webhooks] == ["a", "b"]
    thread = (await get(web_client, "sms", number=LI_PHONE))["items"]
    assert [each["state"] for each in thread] == ["received", "received"]


async def test_mail_faults_are_switched_by_the_page(web_client: Client, sandbox: Sandbox) -> None:
    """A fault of the page befalls everybody; the page shows what is on."""
    await post(web_client, "faults", {"channel": "mail", "fault": "reject", "on": True}, 200)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await answered_by_parley(sandbox, "<q@example.com>")
    state = await get(web_client, "state")
    assert [name for name, on in state["faults"]["mail"].items() if on] == ["reject"]
    await post(web_client, "faults", {"channel": "mail", "fault": "reject", "on": False}, 200)
    await answered_by_parley(sandbox, "<q@example.com>")


# --- what is refused ---------------------------------------------------------------------------

REFUSED: dict[str, tuple[str, Any, str]] = {
    "no address": ("mail", {"from": "li", "text": "x"}, "no mail address"),
    "address with a line end": ("mail", {"from": "a@b.example\nBcc: c@d", "text": "x"}, "address"),
    "address beyond ascii": ("mail", {"from": "li@例子.example", "text": "x"}, "no mail address"),
    "the shop itself": ("mail", {"from": "boss@shop.example", "text": "x"}, "the shop's own"),
    "empty mail": ("mail", {"from": LI, "text": "  "}, "empty"),
    "answer to nothing": ("mail", {"from": LI, "text": "x", "answers": "<gone@x>"}, "gone"),
    "unknown field": ("mail", {"from": LI, "text": "x", "cc": "y"}, "unknown field"),
    "odd media type": (
        "mail",
        {"from": LI, "text": "x", "file": {"filename": "a", "media_type": "a\r\nb", "base64": ""}},
        "media_type",
    ),
    "no base64": (
        "mail",
        {"from": LI, "text": "x", "file": {"filename": "a", "media_type": "a/b", "base64": "?"}},
        "media_type",
    ),
    "file that is no base64": (
        "mail",
        {
            "from": LI,
            "text": "x",
            "file": {"filename": "a", "media_type": "image/png", "base64": "?"},
        },
        "base64",
    ),
    "no number": ("sms", {"from": "13800138001", "text": "x"}, "no number"),
    "empty text": ("sms", {"from": LI_PHONE, "text": " "}, "empty"),
    "unknown fault": ("faults", {"channel": "mail", "fault": "fire", "on": True}, "no fault"),
    "unknown channel": ("faults", {"channel": "fax", "fault": "reject", "on": True}, "no fault"),
}


@pytest.mark.parametrize(("path", "body", "says"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_done_is_said(
    web_client: Client, path: str, body: Any, says: str
) -> None:
    """A refusal is a problem document that says what to change."""
    problem = await post(web_client, path, body, 422)
    assert says in problem["detail"]
    assert problem["status"] == 422


async def test_only_our_own_pages_write(web_client: Client) -> None:
    """A form of another site has neither our header nor our content type."""
    body = '{"from":"li.lei@example.com","text":"x"}'
    async with web_client.post(
        "/sandbox/api/mail", data=body, headers={"Content-Type": "text/plain"}
    ) as response:
        assert response.status == 422
    json = {"Content-Type": "application/json", "X-Parley": ""}
    async with web_client.post("/sandbox/api/mail", data=body, headers=json) as response:
        assert response.status == 422
    assert await threads(web_client) == []


async def test_a_body_that_is_too_large_is_refused(web_client: Client) -> None:
    """Whatever the node's own limit says."""
    body = io.BytesIO(b'{"from":"li.lei@example.com","text":"%s"}' % (b"x" * 9_000_000))
    headers = {"Content-Type": "application/json"}
    async with web_client.post("/sandbox/api/mail", data=body, headers=headers) as response:
        assert response.status == 422
        assert "larger" in (await response.json(content_type=None))["detail"]


# --- what is new -------------------------------------------------------------------------------


async def test_changes_are_told_at_once(
    web_client: Client, sandbox: Sandbox, parley_texts: ParleyTexts
) -> None:
    """Mails, texts and their delivery ring; a page that follows hears each of them."""
    async with web_client.get("/sandbox/api/events") as response:
        assert response.content_type == "text/event-stream"
        await response.content.readuntil(b"data: 0\n\n")
        for change in (
            answered_by_parley(sandbox, "<q@example.com>"),
            post(web_client, "sms", {"from": LI_PHONE, "text": "x"}),
            parley_texts.send(LI_PHONE, "y"),
        ):
            await change
            await response.content.readuntil(b"data: ")
        while True:
            said = (await get(web_client, "sms", number=LI_PHONE))["items"]
            if said[-1]["state"] == "delivered":
                break
            await response.content.readuntil(b"data: ")


async def test_followers_do_not_hold_up_the_end(
    web_client: Client, sandbox: Sandbox, node: Node
) -> None:
    """A node that stops lets go of the pages that follow, at once."""
    async with web_client.get("/sandbox/api/events") as response:
        await response.content.readuntil(b"\n\n")
        async with asyncio.timeout(5):
            await node.server.close()
            await response.content.read()
