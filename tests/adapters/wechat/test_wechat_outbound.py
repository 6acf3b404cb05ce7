"""What we ask of WeChat, and what its answers mean."""

import asyncio
from functools import partial
from urllib.parse import urlsplit

import pytest

from adapters.wechat import WechatAdapter, wire
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
    FakeProvider,
    Fault,
    OutboundCase,
    ProviderAnswer,
    adapter_problems,
    json_answer,
)
from tests.adapters.shared import outgoing
from tests.adapters.shared.outgoing import SILENCE, answer, offering, running, served
from tests.adapters.wechat.deliveries import (
    ACCESS,
    APP_ID,
    APP_SECRET,
    OPENID,
    SECRETS,
    build,
    holding_a_token,
    query_of,
    settings,
)

SEND = "/cgi-bin/message/custom/send"
OK = json_answer(200, {"errcode": 0, "errmsg": "ok"})
STALE = json_answer(200, {"errcode": 40001, "errmsg": "invalid credential rid: 1"})
EXPIRED = json_answer(200, {"errcode": 42001, "errmsg": "access_token expired rid: 1"})


message = partial(outgoing.message, recipient=f"wechat:{OPENID}")


def error(code: int, words: str = "x") -> ProviderAnswer:
    return json_answer(200, {"errcode": code, "errmsg": words})


def token(value: str) -> ProviderAnswer:
    return json_answer(200, {"access_token": value, "expires_in": 7_200})


ASKED = ExpectedRequest(
    method="POST",
    path=f"{SEND}?access_token={ACCESS}",
    json={"touser": OPENID, "msgtype": "text", "text": {"content": "您好 😀"}},
)
LISTED = [{"id": "o-1", "content": "满意"}, {"id": "o-2", "content": "不满意"}]
MENU = ExpectedRequest(
    method="POST",
    path=f"{SEND}?access_token={ACCESS}",
    json={
        "touser": OPENID,
        "msgtype": "msgmenu",
        "msgmenu": {"head_content": "您好 😀", "list": LISTED, "tail_content": ""},
    },
)
GREEN = Accepted(provider_id="m-1")


def row(label: str, answer: ProviderAnswer, expect) -> OutboundCase:
    return OutboundCase(
        label=label,
        message=message(),
        answers=(answer,),
        expect_requests=(ASKED,),
        expect=expect,
    )


OUTBOUND = [
    row("taken", OK, GREEN),
    OutboundCase(label="what may be tapped", message=message(**offering("满意", "不满意")), answers=(OK,), expect_requests=(MENU,), expect=GREEN),
    row("the window is closed", error(45015, "out of time"), Rejected(reason=Reason.WINDOW_CLOSED, detail="45015: out of time", code="45015")),
    row("five are sent", error(45047), Rejected(reason=Reason.BUDGET_SPENT, detail="45047: x", code="45047")),
    row("no such customer", error(40003), Rejected(reason=Reason.INVALID_RECIPIENT, detail="40003: x", code="40003")),
    row("does not follow", error(43004), Rejected(reason=Reason.OPTED_OUT, detail="43004: x", code="43004")),
    row("too long", error(45002), Rejected(reason=Reason.TOO_LARGE, detail="45002: x", code="45002")),
    row("too often in a minute", error(45011), Deferred(reason=Reason.THROTTLED, detail="45011: x", retry_after_ms=60_000)),
    row("busy", error(-1), Deferred(reason=Reason.UNAVAILABLE, detail="-1: x", retry_after_ms=5_000)),
    row("a code nobody knows", error(99_999), Rejected(reason=Reason.OTHER, detail="99999: x", code="99999")),
]  # fmt: skip


def test_keeps_the_contract_outbound() -> None:
    """Every message of the table is worded as WeChat wants it, and the rules of all adapters hold."""
    problems = adapter_problems(holding_a_token, outbound=OUTBOUND, secrets=SECRETS)
    assert problems == []


OUTCOMES = [
    ("no code", answer(200, {"errmsg": "ok"}), InDoubt(detail="HTTP 200 without an error code")),
    ("a code in words", answer(200, {"errcode": "0"}), InDoubt(detail="HTTP 200 without an error code")),
    ("a list", answer(200, []), InDoubt(detail="HTTP 200 without an error code")),
    ("zero with a refusal", answer(403, {"errcode": 0}), Rejected(reason=Reason.OTHER, detail="HTTP 403")),
    ("refused by a proxy", answer(403, []), Rejected(reason=Reason.OTHER, detail="HTTP 403")),
    *SILENCE,
]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "expected"), [r[1:] for r in OUTCOMES], ids=[r[0] for r in OUTCOMES]
)
def test_outcomes(reply, expected) -> None:
    """Each answer of WeChat means one thing to us; none is green without its word."""
    assert wire.outcome(reply, message()) == expected


async def sent(adapter, provider, *, times: int = 1):
    async with running(adapter):
        sends = (adapter.send(message(), DedupKey(f"k{n}")) for n in range(times))
        outcomes = await asyncio.gather(*sends)
    return outcomes, [urlsplit(r.path).path for r in provider.requests]


async def test_the_token_is_asked_for_once() -> None:
    """Eight sends at once share one request for the access token, and keep it."""
    async with FakeProvider([token("T-1"), *[OK] * 8]) as provider:
        outcomes, paths = await sent(build(provider.url), provider, times=8)
        assert outcomes == [GREEN] * 8
        assert paths == ["/cgi-bin/stable_token", *[SEND] * 8]
        assert provider.requests[0].json() == {
            "grant_type": "client_credential",
            "appid": APP_ID,
            "secret": APP_SECRET,
            "force_refresh": False,
        }


@pytest.mark.parametrize("refusal", [STALE, EXPIRED], ids=["40001", "42001"])
async def test_a_stale_token_is_renewed_once(refusal: ProviderAnswer) -> None:
    """A token that WeChat knows no longer is renewed, and the message goes out by the new one."""
    async with FakeProvider([refusal, token("T-2"), OK]) as provider:
        outcomes, paths = await sent(holding_a_token(provider.url), provider)
        assert outcomes == [GREEN]
        assert paths == [SEND, "/cgi-bin/stable_token", SEND]
        assert query_of(provider.requests[2].path) == {"access_token": ["T-2"]}


async def test_a_token_that_stays_stale() -> None:
    """It is tried twice and no more."""
    async with FakeProvider([STALE, token("T-2"), STALE]) as provider:
        outcomes, paths = await sent(holding_a_token(provider.url), provider)
        assert outcomes == [
            Rejected(
                reason=Reason.CREDENTIALS, detail="40001: invalid credential rid: 1", code="40001"
            )
        ]
        assert len(paths) == 3


async def test_a_lost_answer_is_not_tried_again() -> None:
    """Only a refusal to look at the message is followed by a second try."""
    async with FakeProvider([STALE, token("T-2"), ProviderAnswer(fault=Fault.SWALLOW)]) as provider:
        outcomes, _ = await sent(holding_a_token(provider.url), provider)
        assert isinstance(outcomes[0], InDoubt)
        assert provider.unscripted == 0


NO_TOKEN = [
    ("lost", ProviderAnswer(fault=Fault.SWALLOW), Deferred, Reason.UNAVAILABLE),
    ("broken", ProviderAnswer(status=500), Deferred, Reason.UNAVAILABLE),
    ("too often", ProviderAnswer(status=429), Deferred, Reason.THROTTLED),
    ("busy", error(-1), Deferred, Reason.UNAVAILABLE),
    ("babble", ProviderAnswer(body=b"<html>"), Deferred, Reason.UNAVAILABLE),
    ("zero and no token", error(0), Deferred, Reason.UNAVAILABLE),
    ("no such secret", error(40125), Rejected, Reason.CREDENTIALS),
    ("not on the list", error(40164), Rejected, Reason.CREDENTIALS),
]


@pytest.mark.parametrize(
    ("scripted", "kind", "reason"), [r[1:] for r in NO_TOKEN], ids=[r[0] for r in NO_TOKEN]
)
async def test_without_a_token_nothing_is_in_doubt(scripted, kind, reason) -> None:
    """A message whose token could not be had is certainly not sent."""
    async with FakeProvider([scripted]) as provider:
        outcomes, paths = await sent(build(provider.url), provider)
        assert type(outcomes[0]) is kind
        assert outcomes[0].reason is reason
        assert paths == ["/cgi-bin/stable_token"]


async def test_a_cancelled_send_leaves_the_token_to_others() -> None:
    """Who waits with another's request for the token is not cancelled with it."""
    held = ProviderAnswer(
        fault=Fault.HOLD, body=token("T-1").body, headers=(("Content-Type", "application/json"),)
    )
    async with served(build, [held, OK]) as (adapter, provider):
        first = asyncio.ensure_future(adapter.send(message(), DedupKey("k1")))
        await provider.arrived(1)
        second = asyncio.ensure_future(adapter.send(message(), DedupKey("k2")))
        first.cancel()
        await asyncio.wait([first])
        provider.release()
        assert await second == GREEN
        assert first.cancelled()
        assert len(provider.requests) == 2


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at_ms = 1_000

    def now_ms(self) -> int:
        return self.at_ms

    def monotonic_ms(self) -> int:
        return self.at_ms


@pytest.mark.parametrize(("expires_in_s", "lasts_s"), [(7_200, 6_900), (400, 200), (0, 0)])
async def test_a_token_is_renewed_before_it_ends(expires_in_s: int, lasts_s: int) -> None:
    """Five minutes before, or at half of a short life."""
    clock = Hand()
    async with FakeProvider([token("T-2"), OK]) as provider:
        adapter = WechatAdapter(settings(api_url=provider.url), clock)
        adapter.tokens.keep("T-1", expires_in_s)
        await adapter.start()
        clock.at_ms += lasts_s * 1_000 - 1
        if lasts_s:
            assert await adapter.tokens.get() == "T-1"
        clock.at_ms += 1
        assert await adapter.tokens.get() == "T-2"
        await adapter.stop()
        assert len(provider.requests) == 1


async def test_stopping_ends_the_asking() -> None:
    """An adapter that is stopped while it asks for a token leaves nothing behind."""
    async with served(build, [ProviderAnswer(fault=Fault.HOLD)]) as (adapter, provider):
        asking = asyncio.ensure_future(adapter.tokens.renew())
        await provider.arrived(1)
    await asyncio.wait([asking])
    assert asking.cancelled()


async def test_an_empty_secret_sends_nothing() -> None:
    """A channel without its secret is closed in both directions."""
    async with FakeProvider() as provider:
        adapter = build(provider.url, app_secret="")
        outcomes, paths = await sent(adapter, provider)
        assert outcomes[0].reason is Reason.CREDENTIALS
        assert not (await adapter.check()).ok
        assert paths == []


async def test_health() -> None:
    """An account is well when WeChat gives it a token, and the advice names what to look at."""
    async with served(build, [token("T-1"), error(40164, "invalid ip")]) as (adapter, _provider):
        well, ill = await adapter.check(), await adapter.check()
        assert well.ok
        assert not ill.ok
        assert "40164: invalid ip" in ill.detail
        assert "IP list" in ill.what_to_do
