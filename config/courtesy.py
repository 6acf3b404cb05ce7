"""How strict the courtesy check is with what agents write: by rule, by channel, and own words."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from config.part import Part
from config.units import listed

Strict = Literal["off", "hint", "warn", "block"]
Strictness = dict[str, Strict]
"""Rule -> how much its findings matter."""

OwnWord = Annotated[str, Field(min_length=1, max_length=100)]
OwnWords = Annotated[tuple[OwnWord, ...], BeforeValidator(listed), Field(max_length=1_000)]


class Unsaid(Part):
    """Words that this desk does not use, by the language that they stand in."""

    zh: OwnWords = ()  # in Chinese
    en: OwnWords = ()  # in English


class Courtesy(Part):
    """A rule that is not named matters as the check itself says; a channel's word goes first."""

    levels: Strictness = Field(default={})  # by rule, on every channel
    channels: dict[str, Strictness] = Field(default={})  # by channel and rule
    words: Unsaid = Unsaid()
