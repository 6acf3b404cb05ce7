"""The public test kit for adapters, versioned with the contract.

def test_keeps_the_contract():
    assert adapter_problems(build, INBOUND, OUTBOUND, secrets=(TOKEN,), sign=sign) == []
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
