"""How one try to send can end. A closed union: every caller matches all four."""

from enum import StrEnum
from typing import Any

import msgspec


class Reason(StrEnum):
    """Why a message was not delivered, in our words."""

    INVALID_RECIPIENT = "invalid_recipient"
    OPTED_OUT = "opted_out"
    BLOCKED = "blocked"
    CONTENT_REFUSED = "content_refused"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    WINDOW_CLOSED = "window_closed"
    BUDGET_SPENT = "budget_spent"  # as many as the channel takes before the customer speaks again
    WITHDRAWN = "withdrawn"  # ours: its writer took it back while it was held
    CREDENTIALS = "credentials"
    OUT_OF_FUNDS = "out_of_funds"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    MAILBOX_FULL = "mailbox_full"
    EXPIRED = "expired"
    OTHER = "other"


class Accepted(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="accepted"):
    """The provider has it, and named it."""

    provider_id: str
    payload: str = ""  # JSON of what a later message about this one needs


class Deferred(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="deferred"):
    """Certainly not sent; worth another try."""

    reason: Reason
    detail: str
    retry_after_ms: int | None = None


class Rejected(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="rejected"):
    """Certainly not sent; trying again cannot help."""

    reason: Reason
    detail: str
    code: str = ""


class InDoubt(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="in_doubt"):
    """It may have been sent: the answer was lost."""

    detail: str
    final: bool = False  # the provider would not know the repeat, whatever it can do elsewhere


Outcome = Accepted | Deferred | Rejected | InDoubt


class Refusal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A command that changes nothing: what is wrong, and what to do now.

    `code` is a stable word for programs (`not_found`, `offer_gone`, `too_long`, ...), `status` the
    HTTP status that says the same, `detail` and `what_to_do` are sentences for people.
    """

    code: str
    detail: str
    what_to_do: str = ""
    status: int = 409
    extra: dict[str, Any] = {}
