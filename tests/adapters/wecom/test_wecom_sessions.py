"""Where a session of WeCom goes when a conversation changes hands, and where it is left alone."""

import pytest

from gateway.contract import (
    Accepted,
    Deferred,
    Holder,
    InDoubt,
    KeepsSessions,
    Outcome,
    Reason,
    Rejected,
)
from gateway.testing import ProviderAnswer, json_answer
from tests.adapters.shared.outgoing import served
from tests.adapters.wecom.deliveries import ACCESS, CUSTOMER, KFID, build, holding_a_token

# https://developer.work.weixin.qq.com/document/path/94669
GET = f"/cgi-bin/kf/service_state/get?access_token={ACCESS}"
TRANS = f"/cgi-bin/kf/service_state/trans?access_token={ACCESS}"
MOVED = json_answer(200, {"errcode": 0, "errmsg": "ok", "msg_code": "M"})
WHOSE = {"open_kfid": KFID, "external_userid": CUSTOMER}
STAFF = {"servicers": {"emma": "EmmaWang", "lin": "lin_li"}, "pools": ("wecom",)}


def session(state: int, servicer: str = "") -> ProviderAnswer:
    said = {"errcode": 0, "errmsg": "ok", "service_state": state}
    return json_answer(200, said | ({"servicer_userid": servicer} if servicer else {}))


def error(code: int) -> ProviderAnswer:
    return json_answer(200, {"errcode": code, "errmsg": "x"})


def to(**changes) -> Holder:
    return Holder(recipient=f"wecom:{CUSTOMER}", sender=KFID, **changes)


def at(state: int) -> Accepted:
    return Accepted(provider_id=f"service_state:{state}")


SAME = Accepted(provider_id="unmoved")
OURS, POOL, EMMA, OVER = (
    {"service_state": 1},
    {"service_state": 2},
    {"service_state": 3, "servicer_userid": "EmmaWang"},
    {"service_state": 4},
)
ZOE, AT_EMMA = to(agent="zoe"), to(agent="emma")
ENDED, WAITS_THERE, WAITS_HERE = to(over=True), to(queue="wecom"), to(queue="main")

# label, who has it now, the session as it was, where it is moved (None: nowhere), what came of it
MOVES = [
    ("an agent takes a new one", ZOE, session(0), OURS, at(1)),
    ("we have it already", ZOE, session(1), None, SAME),
    ("an agent who answers in WeCom", AT_EMMA, session(1), EMMA, at(3)),
    ("she has it already", AT_EMMA, session(3, "EmmaWang"), None, SAME),
    ("handed on by a colleague in WeCom", AT_EMMA, session(3, "lin_li"), EMMA, at(3)),
    ("out of the pool", AT_EMMA, session(2), EMMA, at(3)),
    ("WeCom gives none back to us", ZOE, session(3, "EmmaWang"), None, SAME),
    ("it waits for WeCom's people", WAITS_THERE, session(1), POOL, at(2)),
    ("it waits there already", WAITS_THERE, session(2), None, SAME),
    ("over", ENDED, session(1), OVER, at(4)),
    ("over before anybody took it", ENDED, session(0), OVER, at(4)),
    ("over while our own person has it", ENDED, session(3, "EmmaWang"), OVER, at(4)),
    ("a stranger in WeCom has it", ENDED, session(3, "zhangsan"), None, SAME),
    ("nor is it taken from one", AT_EMMA, session(3, "zhangsan"), None, SAME),
    ("over already", ENDED, session(4), None, SAME),
    ("nothing begins in what is over", ZOE, session(4), None, SAME),
    ("a state that we do not know", ENDED, session(9), None, SAME),
]  # fmt: skip


@pytest.mark.parametrize(("holder", "was", "move", "outcome"), [row[1:] for row in MOVES], ids=[row[0] for row in MOVES])  # fmt: skip
async def test_a_session_follows_its_conversation(
    holder: Holder, was: ProviderAnswer, move: dict | None, outcome: Outcome
) -> None:
    """It is asked for where it stands, and moved where WeCom lets it and nobody else has it."""
    async with served(
        lambda url: holding_a_token(url, **STAFF), [was, *([MOVED] if move else [])]
    ) as (
        adapter,
        provider,
    ):
        assert isinstance(adapter, KeepsSessions)
        assert await adapter.hand(holder) == outcome
        asked = [(r.path, r.json()) for r in provider.requests]
        moved = [(TRANS, WHOSE | move)] if move is not None else []
        assert asked == [(GET, WHOSE), *moved]


async def test_who_waits_here_needs_nothing_there() -> None:
    """A queue of ours is nothing to WeCom, nor is its pool left to itself where nobody uses it."""
    async with served(holding_a_token, []) as (adapter, provider):
        assert await adapter.hand(WAITS_HERE) == SAME
        assert await adapter.hand(WAITS_THERE) == SAME
        assert provider.requests == []
    async with served(holding_a_token, [session(2)]) as (adapter, _provider):
        assert await adapter.hand(ENDED) == SAME


REFUSED = [
    ("no such servicer", (session(0), error(95014)), Rejected(reason=Reason.INVALID_RECIPIENT, detail="95014: x", code="95014")),
    ("somebody was quicker", (session(0), error(95016)), Rejected(reason=Reason.OTHER, detail="95016: x", code="95016")),
    ("too often", (error(45009),), Deferred(reason=Reason.THROTTLED, detail="45009: x", retry_after_ms=60_000)),
    ("nothing that we can read", (json_answer(200, {}),), InDoubt(detail="HTTP 200 without an error code")),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "outcome"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])  # fmt: skip
async def test_what_wecom_refuses(answers: tuple[ProviderAnswer, ...], outcome: Outcome) -> None:
    """Its words and its number; what may help later is worth another try."""
    async with served(lambda url: holding_a_token(url, **STAFF), answers) as (adapter, _provider):
        assert await adapter.hand(AT_EMMA) == outcome


async def test_without_a_secret_nobody_is_asked() -> None:
    """Nor without an account to ask about."""
    for fields, holder in (({"secret": ""}, ZOE), ({"open_kfid": ""}, Holder(recipient="wecom:x", agent="zoe"))):  # fmt: skip
        outcome = await build(**fields).hand(holder)
        assert isinstance(outcome, Rejected)
        assert outcome.reason is Reason.CREDENTIALS
