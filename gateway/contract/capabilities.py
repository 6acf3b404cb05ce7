"""What a channel can carry, as constant data; the core fits a message to it before sending."""

from enum import StrEnum

import msgspec

from gateway.domain.message import MessageKind, MessageState


class TextUnit(StrEnum):
    """How a channel counts the length of a text."""

    CHARACTERS = "characters"  # Unicode code points
    UTF16 = "utf16"
    BYTES = "bytes"  # UTF-8
    SMS = "sms"  # GSM-7 septets where they suffice, else UCS-2; `max_text` counts segments


class Doubt(StrEnum):
    """What to do when nobody knows whether a message went out."""

    RETRY = "retry"  # with the same key: the provider, or the reader, sees one
    FIND = "find"  # ask the provider, then retry if it is absent
    WAIT = "wait"  # for a report, then show it as unknown
    HOLD = "hold"  # unknown at once; a person decides


class AttachmentRule(msgspec.Struct, frozen=True, kw_only=True):
    """Media types by prefix (`image/`, `` for all) and how large one may be."""

    media_type: str
    max_bytes: int


class SendBudget(msgspec.Struct, frozen=True, kw_only=True):
    """At most `messages` within `per_ms` after the customer's last message."""

    messages: int
    per_ms: int


class ChoiceRule(msgspec.Struct, frozen=True, kw_only=True):
    """What may be offered to be tapped; more than that, or beside files, goes as numbered lines."""

    most: int
    max_label: int
    max_text: int  # of the words above, in the channel's own unit
    label_unit: TextUnit = TextUnit.CHARACTERS


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one channel."""

    kinds: frozenset[MessageKind] = frozenset({MessageKind.TEXT})
    reaches: frozenset[str] = frozenset()  # schemes of the addresses it writes to; empty: any
    max_text: int
    text_unit: TextUnit = TextUnit.CHARACTERS
    attachments: tuple[AttachmentRule, ...] = ()
    max_attachments: int = 0
    max_total_bytes: int | None = None
    captions: bool = True  # False: words and files go as messages of their own
    choices: ChoiceRule | None = None  # None: answers that are offered go as numbered lines
    formatting: str = "plain"  # plain | html | markdown
    threading: bool = False  # a reply may name the message it answers
    subjects: bool = False  # a message has a line that says what it is about
    reports: frozenset[MessageState] = frozenset()
    in_doubt: Doubt = Doubt.HOLD
    doubt_wait_ms: int = 0
    window_ms: int | None = None  # a reply may go only so long after the customer's last message
    person_window_ms: int | None = None  # one that a person wrote, where the account may do that
    budget: SendBudget | None = None
    answer_by_ms: int = 0  # so long what the customer's last message brought answers it, once
    max_delivery_bytes: int = 0  # what its provider may bring at once, if more than host.max_body
    gather_ms: int = 1_500  # how long the first message waits for its companions
    sends: bool = True  # False: committed is sent; the customer follows the stream
    retry_for_ms: int = 24 * 3_600_000
    send_timeout_ms: int = 30_000
    concurrency: int = 8  # sends at once per account
