"""Files from the customer to the agent and back: fetched, looked at, shown small, sent by address."""

import asyncio
import io
from collections.abc import AsyncIterator
from urllib.parse import urlencode, urlsplit

import pytest
from PIL import Image

from gateway.testing import FakeProvider, ProviderAnswer
from tests.adapters.twilio_sms.deliveries import (
    CUSTOMER,
    NUMBER,
    PUBLIC,
    SID,
    TOKEN,
    signature,
)
from tests.http.conftest import CONFIG, Desk, open_desk

SMS = f"""
  sms:
    adapter: twilio_sms
    account_sid: {SID}
    auth_token: {TOKEN}
    numbers: ["{NUMBER}"]
    public_url: {PUBLIC}
    api_url: API
"""
OURS = "SM" + "2" * 32


def picture(width: int = 1_200, height: int = 800, form: str = "JPEG", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, form, **more)
    return out.getvalue()


@pytest.fixture
async def twilio() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        yield provider


@pytest.fixture
async def desk(tmp_path, twilio: FakeProvider) -> AsyncIterator[Desk]:
    config = (CONFIG + SMS).replace("API", twilio.url)
    async with open_desk(tmp_path, config=config) as opened:
        await opened.house.accounts["sms"].adapter.start()
        yield opened


async def mms(desk: Desk, url: str, told: str = "image/jpeg", sid: str = "SM" + "1" * 32) -> None:
    """A customer's MMS comes by webhook."""
    fields = {
        "MessageSid": sid,
        "AccountSid": SID,
        "From": CUSTOMER,
        "To": NUMBER,
        "Body": "see",
        "NumMedia": "1",
        "MediaUrl0": url,
        "MediaContentType0": told,
    }
    headers = {
        "X-Twilio-Signature": signature("/in/sms", fields),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = await desk.nobody("POST", "/in/sms", data=urlencode(fields), headers=headers)
    assert answer.status == 200, answer.body


async def shown(desk: Desk, state: str) -> dict:
    """The attachment as the timeline has it, once it is so far."""
    sue = await desk.person("sue")

    async def found() -> dict | None:
        rows = (await sue("GET", "/api/v1/conversations")).json["items"]
        for row in rows:
            page = await sue("GET", f"/api/v1/conversations/{row['id']}/timeline")
            for item in page.json["items"]:
                for file in item.get("attachments", ()):
                    if file["state"] == state:
                        return {"conversation": row["id"], **file}
        return None

    return await desk.until(found, 20.0)


async def test_the_whole_way(desk: Desk, twilio: FakeProvider) -> None:
    """A picture comes by MMS and is seen small; the agent's own goes out by an address of ours."""
    original = picture()
    twilio.script(ProviderAnswer(body=original))
    async with (await desk.person("sue")).socket() as live:
        await live.send_json({"type": "hello", "after": None})
        await mms(desk, f"{twilio.url}/Media/ME1")
        file = await shown(desk, "ready")
        kinds = []
        while "message.changed" not in kinds:
            frame = await asyncio.wait_for(live.receive_json(), 10)
            kinds.append(frame.get("kind"))
        assert frame["message"]["attachments"][0]["thumbnail_url"], "no reload is needed"
    assert twilio.requests[0].header("authorization"), "with the account's credentials"
    assert (file["media_type"], file["size_bytes"]) == ("image/jpeg", len(original))
    assert twilio.url not in str(file), "where the provider keeps it reaches no browser"
    sue = await desk.person("sue")
    assert (await sue("GET", file["url"])).body == original
    small = await sue("GET", file["thumbnail_url"])
    assert small.headers["Content-Type"] == "image/webp"
    with Image.open(io.BytesIO(small.body)) as seen:
        assert seen.size == (480, 320)
    otto = await desk.person("otto")
    assert (await otto("GET", file["thumbnail_url"])).status == 404

    mine = picture(300, 200)
    head = {"X-Filename": "answer.jpg", "Content-Type": "image/jpeg"}
    up = await sue("POST", "/api/v1/uploads", data=mine, headers=head)
    twilio.script(ProviderAnswer(status=201, body=f'{{"sid": "{OURS}"}}'.encode()))
    body = {"text": "here", "attachments": [up.json["sha256"]]}
    sent = await sue("POST", f"/api/v1/conversations/{file['conversation']}/reply", body)
    assert sent.status == 202, sent.body
    await desk.until(lambda: len(twilio.requests) > 1, 10.0)
    address = dict(twilio.requests[1].form())["MediaUrl"]
    assert address.startswith(f"{PUBLIC}/media/")
    got = await desk.nobody("GET", urlsplit(address).path)
    assert got.body == mine
    assert got.headers["Content-Type"] == "image/jpeg"
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert got.headers["X-Content-Type-Options"] == "nosniff"


NONSENSE = [
    ("a status without its message", {"MessageStatus": "delivered"}, "no MessageSid"),
    ("a status nobody knows", {"MessageSid": OURS, "MessageStatus": "huh"}, "unknown status"),
    ("of no kind that we know", {"Foo": "bar"}, "no MessageSid"),
]


@pytest.mark.parametrize(
    ("fields", "why"), [row[1:] for row in NONSENSE], ids=[row[0] for row in NONSENSE]
)
async def test_signed_nonsense_waits_for_a_person(desk, fields, why) -> None:
    """It is answered as what is committed, and a dead letter tells of it."""
    headers = {"X-Twilio-Signature": signature("/in/sms", fields)}
    answer = await desk.nobody("POST", "/in/sms", data=fields, headers=headers)
    assert answer.status == 200
    olga = await desk.person("olga")
    [letter] = (await olga("GET", "/api/v1/dead")).json["items"]
    assert (letter["account"], letter["type"]) == ("sms", "unreadable")
    assert why in letter["detail"]
