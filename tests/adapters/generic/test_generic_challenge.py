"""A provider that asks by POST whether the address is ours, and is answered only if it is proved."""

from typing import Any

import msgspec
import pytest

from gateway.contract import RawReply, RawRequest, Unauthentic
from gateway.testing import RECEIVED_AT
from tests.adapters.generic.finch import TOKEN, build, sign, words

PROVED = {"body": "challenge", "query": None, "token_query": None, "token": None}
BY_TOKEN = PROVED | {"token_body": "token", "token": TOKEN, "reply_key": "challenge"}
ASKED = {"type": "url_verification", "challenge": "3eZbrw1a", "token": TOKEN}
JSON = {"content_type": "application/json"}


def posted(data: Any) -> RawRequest:
    body = data if isinstance(data, bytes) else msgspec.json.encode(data)
    return RawRequest(
        account="finch", method="POST", path="/in/finch", body=body, received_at=RECEIVED_AT
    )


# label, the settings, what is posted, what it is answered; None: it is a delivery like any other
QUESTIONS: list[tuple[str, Any, RawRequest, RawReply | type[Unauthentic] | None]] = [
    ("signed", PROVED, sign(posted(ASKED)), RawReply(body=b"3eZbrw1a")),
    ("not signed", PROVED, posted(ASKED), Unauthentic),
    ("with its token", BY_TOKEN, posted(ASKED), RawReply(body=b'{"challenge":"3eZbrw1a"}', **JSON)),
    ("with another", BY_TOKEN, posted(ASKED | {"token": "other"}), Unauthentic),
    ("without one", BY_TOKEN, posted({"challenge": "x"}), Unauthentic),
    ("no word to give back", PROVED, sign(posted({"challenge": "a\nb"})), Unauthentic),
    ("too long", PROVED, sign(posted({"challenge": "x" * 257})), Unauthentic),
    ("messages", PROVED, sign(posted({"messages": [words()]})), None),
    ("no JSON", PROVED, sign(posted(b"<x/>")), None),
    ("deeper than anybody asks", PROVED, sign(posted(b"[" * 9_000)), None),
    ("an empty token", BY_TOKEN | {"token": ""}, posted(ASKED | {"token": ""}), Unauthentic),
]


@pytest.mark.parametrize(
    ("label", "challenge", "raw", "expect"), QUESTIONS, ids=[row[0] for row in QUESTIONS]
)
def test_questions_by_post(label: str, challenge: Any, raw: RawRequest, expect: Any) -> None:
    """The word goes back to who is proved: by a token of its own, else as a delivery is."""
    adapter = build(challenge=challenge)
    if expect is Unauthentic:
        with pytest.raises(Unauthentic):
            adapter.receive(raw)
        return
    events, reply = adapter.receive(raw)
    assert (events == ()) is (expect is not None)
    assert reply == (expect or RawReply(body=b'{"ok":true}', **JSON))
