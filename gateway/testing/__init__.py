"""The public test kit for adapters, versioned with the contract.

def test_keeps_the_contract():
    options = {"secrets": (TOKEN,), "sign": sign, "without_secret": without_secret}
    assert adapter_problems(build, INBOUND, OUTBOUND, **options) == []
"""

from gateway.testing.cases import (
    RECEIVED_AT,
    Build,
    ExpectedRequest,
    Fault,
    InboundCase,
    OutboundCase,
    ProviderAnswer,
    Sign,
    json_answer,
)
from gateway.testing.kit import adapter_problems
from gateway.testing.provider import FakeProvider, RecordedRequest

__all__ = [
    "RECEIVED_AT",
    "Build",
    "ExpectedRequest",
    "FakeProvider",
    "Fault",
    "InboundCase",
    "OutboundCase",
    "ProviderAnswer",
    "RecordedRequest",
    "Sign",
    "adapter_problems",
    "json_answer",
]
