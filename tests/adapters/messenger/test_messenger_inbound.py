"""What Messenger delivers, and what it is to us."""

from adapters.messenger import MessengerAdapter
from adapters.messenger.settings import MessengerSettings
from gateway.contract import AccountId, RawRequest
from gateway.domain.message import MessageState
from gateway.testing import adapter_problems
from tests.adapters.shared.meta_messages import HOME, Table, echo
from tests.adapters.shared.metas import NO_SECRETS, SECRETS, SETTINGS, VERIFY_TOKEN, sign

TABLE = Table("page", "messenger")


def build(api_url: str, **changes) -> MessengerAdapter:
    fields = SETTINGS | {"page_id": HOME, "api_url": api_url} | changes
    return MessengerAdapter.build(AccountId("fb"), MessengerSettings(**fields))


INBOUND = [
    *TABLE.rows(),
    TABLE.row(
        "the echo of a message of ours",
        echo(text="hi", metadata="m-1"),
        (TABLE.report(MessageState.SENT, message="m-1"),),
    ),
]


def test_keeps_the_contract_inbound() -> None:
    """Every delivery of the table is read as Meta means it, and the rules of all adapters hold."""
    problems = adapter_problems(
        build,
        INBOUND,
        secrets=SECRETS,
        sign=sign,
        without_secret=lambda url: build(url, **NO_SECRETS),
    )
    assert problems == []


def test_the_handshake() -> None:
    """The console's check of the address is answered, and nothing comes of it."""
    path = f"/in/fb?hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=42"
    events, reply = build("http://x").receive(RawRequest(account="fb", method="GET", path=path))
    assert (events, reply.body, reply.content_type) == ((), b"42", "text/plain")
