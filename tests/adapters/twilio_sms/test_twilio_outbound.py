"""What we ask of Twilio, and what its answers mean."""

import base64
from functools import partial

import pytest

from adapters._shared.http import Answer
from adapters.twilio_sms import wire
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
from tests.adapters.shared import twilio_api as api
from tests.adapters.shared.outgoing import SILENCE, answer, file, served
from tests.adapters.twilio_sms.deliveries import CUSTOMER, NUMBER, SID, TOKEN, build

API = f"/2010-04-01/Accounts/{SID}"
STATUS_URL = "https://desk.example/in/sms?message=m-1"
BASIC = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()


message = partial(outgoing.message, recipient=f"tel:{CUSTOMER}")


# https://www.twilio.com/docs/messaging/api/message-resource
CREATED = {
    "account_sid": SID,
    "api_version": "2010-04-01",
    "body": "您好 😀",
    "date_created": "Sat, 21 Nov 2026 12:00:00 +0000",
    "date_sent": None,
    "date_updated": "Sat, 21 Nov 2026 12:00:00 +0000",
    "direction": "outbound-api",
    "error_code": None,
    "error_message": None,
    "from": NUMBER,
    "messaging_service_sid": None,
    "num_media": "0",
    "num_segments": "1",
    "price": None,
    "price_unit": "USD",
    "sid": "SM00000000000000000000000000000009",
    "status": "queued",
    "subresource_uris": {"media": f"{API}/Messages/SM00000000000000000000000000000009/Media.json"},
    "to": CUSTOMER,
    "uri": f"{API}/Messages/SM00000000000000000000000000000009.json",
}
GREEN = Accepted(provider_id="SM00000000000000000000000000000009")


def error(status: int, code: int, words: str) -> ProviderAnswer:
    return json_answer(
        status,
        {
            "code": code,
            "message": words,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        },
    )


def post(*form: tuple[str, str]) -> tuple[ExpectedRequest, ...]:
    return (
        ExpectedRequest(
            method="POST",
            path=f"{API}/Messages.json",
            headers=(
                ("Authorization", BASIC),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ),
            form=form,
        ),
    )


PLAIN = post(
    ("To", CUSTOMER), ("From", NUMBER), ("Body", "您好 😀"), ("StatusCallback", STATUS_URL)
)

OUTBOUND = [
    OutboundCase(label="text", message=message(), answers=(json_answer(201, CREATED),), expect_requests=PLAIN, expect=GREEN),
    OutboundCase(
        label="from the number the customer wrote to",
        message=message(sender="tel:+14155550199", text="a&b=c+d"),
        answers=(json_answer(201, CREATED),),
        expect_requests=post(("To", CUSTOMER), ("From", "+14155550199"), ("Body", "a&b=c+d"), ("StatusCallback", STATUS_URL)),
        expect=GREEN,
    ),
    OutboundCase(
        label="pictures without words",
        message=message(text="", attachments=(file(), file(url="https://desk.example/f/2"))),
        answers=(json_answer(201, CREATED),),
        expect_requests=post(
            ("To", CUSTOMER), ("From", NUMBER), ("MediaUrl", "https://desk.example/f/1"), ("MediaUrl", "https://desk.example/f/2"), ("StatusCallback", STATUS_URL)
        ),
        expect=GREEN,
    ),
    OutboundCase(label="a file nobody can fetch", message=message(attachments=(file(url=None),)), expect=Rejected),
    OutboundCase(
        label="WhatsApp",
        message=message(recipient="whatsapp:8613800138000", sender="whatsapp:14155550100"),
        answers=(json_answer(201, CREATED),),
        expect_requests=post(("To", "whatsapp:+8613800138000"), ("From", "whatsapp:+14155550100"), ("Body", "您好 😀"), ("StatusCallback", STATUS_URL)),
        expect=GREEN,
    ),
    OutboundCase(
        label="WhatsApp, from us first",
        message=message(recipient="whatsapp:8613800138000"),
        answers=(json_answer(201, CREATED),),
        expect_requests=post(("To", "whatsapp:+8613800138000"), ("From", f"whatsapp:{NUMBER}"), ("Body", "您好 😀"), ("StatusCallback", STATUS_URL)),
        expect=GREEN,
    ),
    OutboundCase(
        label="opted out",
        message=message(),
        answers=(error(400, 21610, "Attempt to send to unsubscribed recipient"),),
        expect_requests=PLAIN,
        expect=Rejected(reason=Reason.OPTED_OUT, code="21610", detail="HTTP 400, 21610: Attempt to send to unsubscribed recipient"),
    ),
]  # fmt: skip


def test_keeps_the_contract_outbound() -> None:
    """Every message of the table becomes the request it should, and no fault makes it green or doubled."""
    assert adapter_problems(build, (), OUTBOUND, secrets=(TOKEN,)) == []


FORMS = [each.form for case in OUTBOUND for each in case.expect_requests]


@pytest.mark.parametrize(
    "form", [*FORMS, [("To", CUSTOMER), ("MessagingServiceSid", "MG" + "0" * 32)]]
)
def test_what_is_sent_is_what_twilio_takes(form) -> None:
    """Every name and value is of Twilio's own description."""
    assert api.faults(form, api.CREATE_MESSAGE) == []
    assert dict(form).keys() >= api.MESSAGE_NEEDS
    doubled = [*form, ("To", CUSTOMER), ("Urgent", "yes")]
    assert api.faults(doubled, api.CREATE_MESSAGE) == ["Urgent", "To"]


OUTCOMES = [
    ("created", answer(201, CREATED), GREEN),
    ("created, but torn", Answer(status=201, body=b'{"sid": "SM0'), InDoubt(detail="HTTP 201 without the message's sid")),
    ("created without a sid", answer(201, {"sid": None}), InDoubt(detail="HTTP 201 without the message's sid")),
    ("created, sid is no text", answer(201, {"sid": 7}), InDoubt(detail="HTTP 201 without the message's sid")),
    ("invalid number", answer(400, {"code": 21211, "message": "no"}), Rejected(reason=Reason.INVALID_RECIPIENT, code="21211", detail="HTTP 400, 21211: no")),
    ("landline", answer(400, {"code": 21614, "message": "no"}), Rejected(reason=Reason.INVALID_RECIPIENT, code="21614", detail="HTTP 400, 21614: no")),
    ("bad media", answer(400, {"code": 21620, "message": "no"}), Rejected(reason=Reason.UNSUPPORTED, code="21620", detail="HTTP 400, 21620: no")),
    ("credentials", answer(401, {"code": 20003, "message": "Authenticate"}), Rejected(reason=Reason.CREDENTIALS, code="20003", detail="HTTP 401, 20003: Authenticate")),
    ("credentials, in no words", answer(401), Rejected(reason=Reason.CREDENTIALS, detail="HTTP 401")),
    ("no such account", answer(404, {"code": 20404, "message": "not found"}), Rejected(reason=Reason.CREDENTIALS, code="20404", detail="HTTP 404, 20404: not found")),
    ("a code nobody knows", answer(400, {"code": 1, "message": "?"}), Rejected(reason=Reason.OTHER, code="1", detail="HTTP 400, 1: ?")),
    ("a list", answer(400, []), Rejected(reason=Reason.OTHER, detail="HTTP 400")),
    ("too many requests", answer(429, {"code": 20429}, retry_after="30"), Deferred(reason=Reason.THROTTLED, detail="HTTP 429", retry_after_ms=30_000)),
    ("the number's queue is full", answer(400, {"code": 21611, "message": "full"}), Deferred(reason=Reason.THROTTLED, detail="HTTP 400, 21611: full")),
    ("maintenance", answer(503, {"code": 20503}), Deferred(reason=Reason.UNAVAILABLE, detail="HTTP 503")),
    ("broken", answer(500, {"code": 20500}), InDoubt(detail="HTTP 500")),
    ("gateway", answer(502), InDoubt(detail="HTTP 502")),
    *SILENCE,
]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "expected"), [r[1:] for r in OUTCOMES], ids=[r[0] for r in OUTCOMES]
)
def test_outcomes(reply, expected) -> None:
    """Each answer of Twilio means one thing to us."""
    assert wire.outcome(reply) == expected


SENDERS = [
    ("our first number", {"numbers": (NUMBER, "+14155550101")}, {}, ("From", NUMBER)),
    ("the service", {"messaging_service_sid": "MG1"}, {}, ("MessagingServiceSid", "MG1")),
    ("the service without numbers", {"messaging_service_sid": "MG1", "numbers": ()}, {}, ("MessagingServiceSid", "MG1")),
    ("the number written to, not the service", {"messaging_service_sid": "MG1"}, {"sender": f"tel:{NUMBER}"}, ("From", NUMBER)),
    ("a bare address", {}, {"sender": "+14155550101"}, ("From", "+14155550101")),
    ("the WhatsApp sender for WhatsApp", {"numbers": (NUMBER, "whatsapp:+14155550102")}, {"recipient": "whatsapp:8613800138000"}, ("From", "whatsapp:+14155550102")),
    ("the SMS sender for SMS", {"numbers": ("whatsapp:+14155550102", NUMBER)}, {}, ("From", NUMBER)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "changes", "pair"), [r[1:] for r in SENDERS], ids=[r[0] for r in SENDERS]
)
async def test_senders(fields, changes, pair) -> None:
    """The customer sees the number they wrote to; else the service chooses, else our first."""
    async with served(build, [json_answer(201, CREATED)], **fields) as (adapter, provider):
        await adapter.send(message(**changes), DedupKey("k"))
        assert pair in provider.requests[0].form()
        assert {name for name, _ in provider.requests[0].form()} & {
            "From",
            "MessagingServiceSid",
        } == {pair[0]}


async def test_without_a_public_address_no_reports_are_asked_for() -> None:
    """An account whose address is unknown asks Twilio to report to nobody."""
    async with served(build, [json_answer(201, CREATED)], public_url="") as (adapter, provider):
        await adapter.send(message(), DedupKey("k"))
        assert "StatusCallback" not in dict(provider.requests[0].form())


async def test_an_empty_token_sends_nothing() -> None:
    """A channel without its secret is closed in both directions."""
    async with served(build, [], auth_token="") as (adapter, provider):
        outcome = await adapter.send(message(), DedupKey("k"))
        health = await adapter.check()
        assert isinstance(outcome, Rejected)
        assert outcome.reason is Reason.CREDENTIALS
        assert not health.ok
        assert provider.requests == []


HEALTH = [
    ("active", json_answer(200, {"sid": SID, "status": "active"}), True, ""),
    ("suspended", json_answer(200, {"sid": SID, "status": "suspended"}), False, "the account is suspended"),
    ("credentials", error(401, 20003, "Authenticate"), False, "HTTP 401"),
    ("no such account", error(404, 20404, "not found"), False, "HTTP 404"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scripted", "ok", "detail"), [r[1:] for r in HEALTH], ids=[r[0] for r in HEALTH]
)
async def test_health(scripted, ok, detail) -> None:
    """An account is well when Twilio calls it active."""
    async with served(build, [scripted]) as (adapter, provider):
        health = await adapter.check()
        assert (health.ok, health.detail) == (ok, detail)
        assert provider.requests[0].path == f"{API}.json"
        assert provider.requests[0].header("authorization") == BASIC
