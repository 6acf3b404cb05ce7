"""Rows of an adapter's tables: deliveries and messages, and what should come of them."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from gateway.contract import (
    Adapter,
    DedupKey,
    OutboundMessage,
    RawReply,
    RawRequest,
)

# Makes an adapter that calls its provider at this `api_url`; who has no provider ignores it.
Build = Callable[[str], Adapter]

# Signs a delivery as the provider would, so that garbage reaches what lies behind the signature.
Sign = Callable[[RawRequest], RawRequest]

RECEIVED_AT = 1_795_221_000_000  # 2026-11-21


class InboundCase(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery. `expect` is a tuple of events, or `Unauthentic`, or `Unreadable`.

    In the tuple, and in its place, the type `Unreadable` stands for one with any words.
    """

    label: str
    expect: Any
    method: str = "POST"
    path: str = "/in/test"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    received_at: int = RECEIVED_AT
    reply: RawReply | None = None  # compared when given

    def raw(self) -> RawRequest:
        """The delivery as the adapter gets it."""
        return RawRequest(
            account="test",
            method=self.method,
            path=self.path,
            headers=self.headers,
            body=self.body,
            received_at=self.received_at,
        )


class Fault(StrEnum):
    """How a stand-in for a provider misbehaves after it has read a request whole."""

    NONE = "none"
    SWALLOW = "swallow"  # acts, closes, and never answers
    CUT_FIRST_BYTE = "cut_first_byte"  # one byte of the answer, then the end
    CUT_BODY = "cut_body"  # half of the body, then the end
    HOLD = "hold"  # answers only when released


class ProviderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One scripted answer."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    fault: Fault = Fault.NONE


def json_answer(status: int, data: Any, **headers: str) -> ProviderAnswer:
    """An answer with a JSON body; `retry_after="7"` is the header Retry-After."""
    named = tuple((name.replace("_", "-").title(), value) for name, value in headers.items())
    return ProviderAnswer(
        status=status,
        headers=(("Content-Type", "application/json"), *named),
        body=msgspec.json.encode(data),
    )


class ExpectedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request of the adapter. What is None is not compared; of headers only those given are."""

    method: str
    path: str  # with the raw query
    headers: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] | None = None
    json: Any = None
    body: bytes | None = None


class OutboundCase(msgspec.Struct, frozen=True, kw_only=True):
    """One message, the provider's answers, and what must come of it.

    `expect` is an outcome, or the type of one where words do not matter. `answers` are given in
    order; one that is not asked for is a fault of the adapter, as is a request too many.
    """

    label: str
    message: OutboundMessage
    expect: Any
    answers: tuple[ProviderAnswer, ...] = ()
    expect_requests: tuple[ExpectedRequest, ...] = ()
    key: DedupKey = DedupKey("send:test")
