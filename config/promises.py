"""Promises to customers: when who made one is warned, and when it counts as broken."""

from pydantic import Field

from config.part import Part
from config.units import Duration


class Promises(Part):
    """Everything about promises."""

    # The owner is warned, in open hours; never earlier than in the last quarter of the time.
    warn_before_ms: Duration = Field(default=3_600_000, alias="warn_before")
    # The customer, by `promise_late`; 0s: never.
    tell_before_ms: Duration = Field(default=600_000, alias="tell_before")
    grace_ms: Duration = Field(default=86_400_000, alias="grace")  # late until then, broken after
    # No answer so soon keeps it.
    same_breath_ms: Duration = Field(default=300_000, alias="same_breath")
