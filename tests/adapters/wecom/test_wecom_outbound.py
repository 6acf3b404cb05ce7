"""What we ask of WeCom, and what its answers mean."""

from functools import partial

import pytest

from adapters.wecom.settings import WecomSettings
from gateway.contract import (
    Accepted,
    DedupKey,
    Deferred,
    InDoubt,
    OutboundMessage,
    Reason,
    Rejected,
)
from gateway.testing import (
    ExpectedRequest,
    FakeProvider,
    OutboundCase,
    ProviderAnswer,
    adapter_problems,
    json_answer,
)
from tests.adapters.shared import outgoing
from tests.adapters.shared.outgoing import offering, running, served
from tests.adapters.wecom.deliveries import (
    ACCESS,
    AES_KEY,
    CORP_ID,
    CUSTOMER,
    KFID,
    SECRET,
    SECRETS,
    build,
    holding_a_token,
)

SEND = "/cgi-bin/kf/send_msg"
GET_TOKEN = f"/cgi-bin/gettoken?corpid={CORP_ID}&corpsecret={SECRET}"
OK = json_answer(200, {"errcode": 0, "errmsg": "ok", "msgid": "m-1"})
TOKEN = json_answer(200, {"errcode": 0, "errmsg": "ok", "access_token": "T-2", "expires_in": 7_200})
GREEN = Accepted(provider_id="m-1")


message = partial(outgoing.message, recipient=f"wecom:{CUSTOMER}", sender=f"wecom:{KFID}")


def error(code: int, words: str = "x") -> ProviderAnswer:
    return json_answer(200, {"errcode": code, "errmsg": words})


def asked(**changes: object) -> ExpectedRequest:
    body = {
        "touser": CUSTOMER,
        "open_kfid": KFID,
        "msgtype": "text",
        "text": {"content": "您好 😀"},
        "msgid": "m-1",
    }
    body = {name: value for name, value in (body | changes).items() if value}
    return ExpectedRequest(method="POST", path=f"{SEND}?access_token={ACCESS}", json=body)


def row(label: str, answer: ProviderAnswer, expect, said=None, request=None) -> OutboundCase:
    return OutboundCase(
        label=label,
        message=said or message(),
        answers=(answer,),
        expect_requests=(request or asked(),),
        expect=expect,
    )


# https://developer.work.weixin.qq.com/document/path/94669
STATES = "/cgi-bin/kf/service_state"
WHOSE = {"open_kfid": KFID, "external_userid": CUSTOMER}
MOVED = json_answer(200, {"errcode": 0, "errmsg": "ok", "msg_code": "M"})
SHUT = Rejected(reason=Reason.WINDOW_CLOSED, detail="95018: x", code="95018")


def session(state: int, **more: str) -> ProviderAnswer:
    return json_answer(200, {"errcode": 0, "errmsg": "ok", "service_state": state, **more})


def about(path: str, **more: int) -> ExpectedRequest:
    whole = f"{STATES}/{path}?access_token={ACCESS}"
    return ExpectedRequest(method="POST", path=whole, json=WHOSE | more)


ASKED_STATE = about("get")
MOVE = about("trans", service_state=1)


def in_session(label: str, answers, requests, expect) -> OutboundCase:
    """The session's state keeps the message: certainly not sent, so it may be tried again."""
    return OutboundCase(
        label=label,
        message=message(),
        answers=(error(95018), *answers),
        expect_requests=(asked(), *requests),
        expect=expect,
    )


def kept(label: str, state: int, why: str, reason: Reason, **more: str) -> OutboundCase:
    expect = Rejected(reason=reason, detail=f"95018: {why}", code="95018")
    return in_session(label, (session(state, **more),), (ASKED_STATE,), expect)


OUTBOUND = [
    row("taken", OK, GREEN),
    row("from the account the customer wrote to", OK, GREEN, message(sender="wecom:wk-other"), asked(open_kfid="wk-other")),
    row("from our only account", OK, GREEN, message(sender="")),
    row("an id that WeCom does not take", OK, GREEN, message(id="m/1"), asked(msgid="")),
    row("what may be tapped", OK, GREEN, message(**offering("满意")), asked(text="", msgtype="msgmenu", msgmenu={"head_content": "您好 😀", "list": [{"type": "click", "click": {"id": "o-1", "content": "满意"}}]})),
    row("no id", json_answer(200, {"errcode": 0}), InDoubt(detail="WeCom took it and gave no id")),
    row("five are sent", error(95001), Rejected(reason=Reason.BUDGET_SPENT, detail="95001: x", code="95001")),
    kept("a person in WeCom has the session", 3, "zhangsan has the session in WeCom", Reason.OTHER, servicer_userid="zhangsan"),
    kept("it waits in WeCom's pool", 2, "the session waits in WeCom's pool for a person", Reason.OTHER),
    kept("it is over", 4, "the session is over until the customer writes", Reason.WINDOW_CLOSED),
    in_session("it is new, and ours from now on", (session(0), MOVED, OK), (ASKED_STATE, MOVE, asked()), GREEN),
    in_session("it became ours meanwhile", (session(1), OK), (ASKED_STATE, asked()), GREEN),
    in_session("somebody was quicker", (session(0), error(95016)), (ASKED_STATE, MOVE), SHUT),
    in_session("WeCom does not say whose it is", (error(95000),), (ASKED_STATE,), SHUT),
    in_session("nor in words that we know", (session(7),), (ASKED_STATE,), SHUT),
    row("the session is over", error(95013), Rejected(reason=Reason.WINDOW_CLOSED, detail="95013: x", code="95013")),
    row("no such customer", error(40096), Rejected(reason=Reason.INVALID_RECIPIENT, detail="40096: x", code="40096")),
    row("too often", error(45009), Deferred(reason=Reason.THROTTLED, detail="45009: x", retry_after_ms=60_000)),
    row("busy", error(-1), Deferred(reason=Reason.UNAVAILABLE, detail="-1: x", retry_after_ms=5_000)),
    row("a code nobody knows", error(99_999), Rejected(reason=Reason.OTHER, detail="99999: x", code="99999")),
]  # fmt: skip


def test_keeps_the_contract_outbound() -> None:
    """Every message of the table is worded as WeCom wants it, and the rules of all adapters hold."""
    problems = adapter_problems(holding_a_token, outbound=OUTBOUND, secrets=SECRETS)
    assert problems == []


async def sent(adapter, said: OutboundMessage):
    async with running(adapter):
        return await adapter.send(said, DedupKey("k"))


async def test_a_token_is_asked_for_and_renewed_once() -> None:
    """The first message asks for the token; when WeCom knows it no longer, once more."""
    async with FakeProvider([TOKEN, error(42001), TOKEN, OK]) as provider:
        assert await sent(build(provider.url), message()) == GREEN
        paths = [request.path for request in provider.requests]
        assert paths == [GET_TOKEN, f"{SEND}?access_token=T-2"] * 2


async def test_without_a_token_nothing_is_sent() -> None:
    """A secret that WeCom does not know is said so, without its words."""
    async with FakeProvider([error(40001, "invalid credential")]) as provider:
        outcome = await sent(build(provider.url), message())
        assert outcome == Rejected(
            reason=Reason.CREDENTIALS,
            detail="no access token: 40001: invalid credential",
            code="40001",
        )


NOTHING_TO_SEND_WITH = [
    ({"secret": ""}, {}, Reason.CREDENTIALS),
    ({"open_kfid": ""}, {"sender": ""}, Reason.UNSUPPORTED),
]


@pytest.mark.parametrize(("fields", "changes", "reason"), NOTHING_TO_SEND_WITH)
async def test_nothing_to_send_with(fields, changes, reason) -> None:
    """Without a secret, or without an account to send from, nobody is asked."""
    async with FakeProvider() as provider:
        outcome = await sent(build(provider.url, **fields), message(**changes))
        assert isinstance(outcome, Rejected)
        assert outcome.reason is reason
        assert provider.requests == []


async def test_health() -> None:
    """An account is well when WeCom gives it a token, and the advice names what to look at."""
    async with served(build, [TOKEN, error(60020, "not allow to access from your ip")]) as (
        adapter,
        _provider,
    ):
        well, ill = await adapter.check(), await adapter.check()
        assert well.ok
        assert not ill.ok
        assert "60020" in ill.detail
        assert "trusted addresses" in ill.what_to_do
    assert not (await build(secret="").check()).ok


BASE = {"corp_id": "ww1", "secret": "s3cret-1", "token": "s3cret-2", "encoding_aes_key": AES_KEY}

BAD = [
    ({"encoding_aes_key": "s3cret-short"}, "43 characters|no base64"),
    ({"corp_id": ""}, "at least 1 character"),
    ({"open_kfid": "wk/../x"}, "should match pattern"),
    ({"api_url": "ftp://x"}, "should match pattern"),
    ({"colour": "red"}, "Extra inputs"),
]


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_bad_settings(changes: dict, words: str) -> None:
    """What cannot work is refused, and neither settings nor errors show a secret."""
    with pytest.raises(ValueError, match=words) as caught:
        WecomSettings(**(BASE | changes))
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(WecomSettings(**BASE))
