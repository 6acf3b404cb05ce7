"""The model that drafts replies for agents: any endpoint that speaks OpenAI's chat completions."""

from collections.abc import Iterator, Sequence
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, IPvAnyNetwork, SecretStr

from config.faults import Problem
from config.part import Part
from config.units import Duration
from config.webhooks import address_problems
from gateway.domain.clock import SECOND_MS


def _base(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no web address; write it as https://models.example/v1")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("has a query, a fragment or a user; leave it out")
    return text.rstrip("/")


def _key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("is no key that a header carries; write letters, digits and signs")
    return key


class Drafts(Part):
    """One endpoint and model. Agents read what it writes, unless `knowledge.model` says else."""

    url: Annotated[str, AfterValidator(_base)] = Field(examples=["https://models.example/v1"])
    key: Annotated[SecretStr, AfterValidator(_key)] = SecretStr("")  # "" = it asks for none
    model: str = Field(min_length=1, max_length=200, examples=["small-chat"])
    # The console waits 30 s for any answer.
    timeout_ms: Duration = Field(
        default=20 * SECOND_MS, ge=SECOND_MS, le=25 * SECOND_MS, alias="timeout"
    )
    daily: int = Field(default=500, ge=1, le=1_000_000)  # requests of the whole desk
    most_in: int = Field(default=8_000, ge=500, le=100_000)  # characters that it is told
    most_out: int = Field(default=1_500, ge=100, le=10_000)  # characters of a draft
    most_tokens: int = Field(default=1_000, ge=50, le=20_000)  # that it may spend on an answer


def draft_problems(drafts: Drafts | None, networks: Sequence[IPvAnyNetwork]) -> Iterator[Problem]:
    """An endpoint that nobody may call."""
    if drafts is not None:
        yield from address_problems(("security", "drafts", "url"), drafts.url, networks)
