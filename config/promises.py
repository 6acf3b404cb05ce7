"""Promises to customers: when who made one is warned, and when it counts as broken."""

from pydantic import Field

from config.part import Part
from config.units import Duration


class Promises(Part):
    """Everything about promises."""

    warn_before_ms: Duration = Field(default=3_600_000, alias="warn_before")  # in open hours
    tell_before_ms: Duration = Field(default=600_000, alias="tell_before")  # the customer; 0: never
    grace_ms: Duration = Field(default=86_400_000, alias="grace")  # late until then, broken after
    same_breath_ms: Duration = Field(default=300_000, alias="same_breath")  # keeps nothing yet
