"""Signing in by a provider: OpenID Connect."""

from collections.abc import Iterator, Sequence
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, IPvAnyNetwork, SecretStr

from config.faults import Problem
from config.part import Part
from config.units import Duration, Words
from config.webhooks import address_problems
from gateway.domain.access import Role
from gateway.domain.clock import SECOND_MS

ANY_DOMAIN = "*"


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no web address; write it as https://id.example/realms/staff")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("has a query, a fragment or a user; leave it out")
    return text


class Oidc(Part):
    """One provider that vouches for people."""

    name: str = Field(min_length=1, max_length=40, examples=["Keycloak"])  # on the button
    issuer: Annotated[str, AfterValidator(_issuer)] = Field(examples=["https://id.example"])
    client_id: str = Field(min_length=1, examples=["parley"])
    client_secret: SecretStr = SecretStr("")  # "" = a public client: PKCE alone
    new_users: Role | None = None  # what whoever is not known here becomes; None = is refused
    domains: Words = ()  # of the addresses of new users
    timeout_ms: Duration = Field(
        default=10 * SECOND_MS, ge=SECOND_MS, le=30 * SECOND_MS, alias="timeout"
    )


def sign_in_problems(
    oidc: Oidc | None, networks: Sequence[IPvAnyNetwork], *, local: bool
) -> Iterator[Problem]:
    """A desk that nobody can enter, or anybody, or whose provider nobody may call."""
    here = ("security", "oidc")
    if oidc is None:
        if not local:
            what = "is off, and there is no other way in"
            yield Problem(
                ("security", "local_sign_in"), what, "name a provider in security.oidc", ()
            )
        return
    yield from address_problems((*here, "issuer"), oidc.issuer, networks)
    if oidc.new_users is not None and not oidc.domains:
        what = "takes in whoever has an account there"
        cure = f'name domains of addresses, or "{ANY_DOMAIN}" if the provider knows your own only'
        yield Problem((*here, "new_users"), what, cure, ((*here, "domains"),))
