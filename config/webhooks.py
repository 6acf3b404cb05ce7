"""Integrators' endpoints that are told of events, by the Standard Webhooks scheme."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork, SecretStr

from config.faults import Path, Problem
from config.part import Part
from config.units import Duration, listed
from gateway.domain.clock import SECOND_MS
from gateway.domain.events import KINDS
from gateway.domain.netaddr import is_public

PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)  # as the scheme asks
MOST_SECRETS = 5
EVERYTHING = "*"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no web address; write it as https://shop.example/hooks")
    if parts.fragment or parts.username or parts.password:
        raise ValueError("has a fragment or a user; leave it out")
    return text


def _secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(PREFIX) or len(key) not in SECRET_BYTES:
        raise ValueError(
            f"is no secret of the scheme; write {PREFIX} and what `openssl rand -base64 32` says"
        )
    return secret


def _pattern(pattern: str) -> str:
    if pattern == EVERYTHING or pattern in KINDS:
        return pattern
    before, dot, star = pattern.rpartition(".")
    if (dot, star) == (".", "*") and any(kind.startswith(f"{before}.") for kind in KINDS):
        return pattern
    raise ValueError(f"{pattern!r} is no kind of event; write one like message.received, message.*")


Secrets = Annotated[
    tuple[Annotated[SecretStr, AfterValidator(_secret)], ...],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    Field(min_length=1, max_length=MOST_SECRETS),
]
"""One secret, or several while they are exchanged: each signs."""

Patterns = Annotated[
    tuple[Annotated[str, AfterValidator(_pattern)], ...],
    BeforeValidator(listed),
    Field(min_length=1),
]
"""Kinds of events; `message.*` and `*` too."""


class Webhook(Part):
    """One endpoint."""

    url: Annotated[str, AfterValidator(_address)] = Field(examples=["https://shop.example/hooks"])
    secret: Secrets = Field(examples=[f"{PREFIX}{'A' * 32}"])
    events: Patterns = (EVERYTHING,)
    words: bool = False  # with customers' words; else ids only
    timeout_ms: Duration = Field(
        default=15 * SECOND_MS, ge=SECOND_MS, le=30 * SECOND_MS, alias="timeout"
    )


def webhook_problems(
    webhooks: Mapping[str, Webhook], networks: Sequence[IPvAnyNetwork]
) -> Iterator[Problem]:
    """Addresses that nobody may call. A name is looked at again whenever it is resolved."""
    for name, webhook in webhooks.items():
        if not _NAME.fullmatch(name):
            cure = "use letters, digits, _ and - inside"
            yield Problem(("webhooks", name), "is no name", cure, ())
        yield from address_problems(("webhooks", name, "url"), webhook.url, networks)


def address_problems(path: Path, url: str, networks: Sequence[IPvAnyNetwork]) -> Iterator[Problem]:
    """An address that nobody may call."""
    parts = urlsplit(url)
    host, rests = parts.hostname or "", (path, ("security", "allow_networks"))
    if parts.scheme == "http" and not networks:
        cure = "use https, or name its network in allow_networks"
        yield Problem(path, "is not https", cure, rests)
        return
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    named = any(address in network for network in networks)
    if not named and (parts.scheme == "http" or not is_public(host)):
        cure = "add its network to security.allow_networks, or name another"
        yield Problem(path, f"{host} may not be called", cure, rests)
