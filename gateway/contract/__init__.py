"""All that an integrator imports to write an adapter. Versioned: see CONTRACT_VERSION."""

from gateway.contract.adapter import (
    CONTRACT_VERSION,
    Adapter,
    Answers,
    FetchesMedia,
    Finds,
    Inlet,
    Polls,
)
from gateway.contract.capabilities import (
    AttachmentRule,
    Capabilities,
    Doubt,
    SendBudget,
    TextUnit,
)
from gateway.contract.errors import ContractError, MediaRefused, Unauthentic
from gateway.contract.health import Health
from gateway.contract.inbound import (
    CallEvent,
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    PresenceEvent,
    RawReply,
    RawRequest,
    Unreadable,
)
from gateway.contract.outbound import MailThread, OutboundAttachment, OutboundMessage
from gateway.contract.settings import AccountSettings, ProviderSettings
from gateway.domain.ids import AccountId, DedupKey
from gateway.domain.message import FileReason, Location, MailParts, MessageKind
from gateway.domain.outcome import Accepted, Deferred, InDoubt, Outcome, Reason, Rejected

__all__ = [
    "CONTRACT_VERSION",
    "Accepted",
    "AccountId",
    "AccountSettings",
    "Adapter",
    "Answers",
    "AttachmentRule",
    "CallEvent",
    "Capabilities",
    "ContractError",
    "DedupKey",
    "Deferred",
    "DeliveryReport",
    "Doubt",
    "FetchesMedia",
    "FileReason",
    "Finds",
    "Health",
    "InDoubt",
    "InboundAttachment",
    "InboundEvent",
    "InboundMessage",
    "Inlet",
    "Location",
    "MailParts",
    "MailThread",
    "MediaRefused",
    "MessageKind",
    "OutboundAttachment",
    "OutboundMessage",
    "Outcome",
    "Polls",
    "PresenceEvent",
    "ProviderSettings",
    "RawReply",
    "RawRequest",
    "Reason",
    "Rejected",
    "SendBudget",
    "TextUnit",
    "Unauthentic",
    "Unreadable",
]
