"""Programs' keys: made, used, revoked."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.access import ApiToken
from gateway.domain.clock import DAY_MS
from gateway.domain.events import AccessChanged
from gateway.domain.outcome import Refusal
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.refusals import not_found


class MakeToken(msgspec.Struct, kw_only=True):
    """A program's key; it is shown once, and only its hash is kept."""

    failpoint: ClassVar[str] = "write"

    id: str  # the 8 characters that name it in the token itself
    desk: str
    hash: str
    name: str
    scopes: tuple[str, ...]
    login: str
    by: str
    networks: tuple[str, ...] = ()  # it may be used from; none: from anywhere
    accounts: tuple[str, ...] = ()  # whose conversations it is for; none: of all
    expires_in_ms: int = 90 * DAY_MS

    def reads(self, view: View) -> Iterable[Lookup]:
        """Whether the id is taken."""
        yield by_key(ApiToken, self.id)

    def decide(self, change: Change) -> ApiToken | Refusal:
        """The token's row."""
        if change.get(ApiToken, self.id) is not None:
            return Refusal(code="token_taken", detail="Make another.", status=409)
        given = f"{self.name} for {self.login}: {' '.join(self.scopes)}"
        if self.networks:
            given += f"; from {' '.join(self.networks)}"
        if self.accounts:
            given += f"; of {' '.join(self.accounts)}"
        change.audit(self.by, "token.make", self.id, given)
        return change.put(
            ApiToken(
                id=self.id,
                desk=self.desk,
                hash=self.hash,
                name=self.name,
                scopes=msgspec.json.encode(sorted(self.scopes)).decode(),
                networks=msgspec.json.encode(self.networks).decode(),
                accounts=msgspec.json.encode(sorted(self.accounts)).decode(),
                login=self.login,
                created_at=change.now,
                expires_at=change.now + self.expires_in_ms,
                used_at=None,
                revoked_at=None,
            )
        )


class RevokeToken(msgspec.Struct, kw_only=True):
    """A program's key no longer opens anything."""

    failpoint: ClassVar[str] = "write"

    desk: str
    id: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The token."""
        yield by_key(ApiToken, self.id)

    def decide(self, change: Change) -> ApiToken | Refusal:
        """The token's row; revoking twice is fine."""
        token = change.get(ApiToken, self.id)
        if token is None or token.desk != self.desk:
            return not_found("token", self.id)
        if token.revoked_at is not None:
            return token
        change.record(AccessChanged(login=token.login, token=self.id), self.by)
        change.audit(self.by, "token.revoke", self.id, token.name)
        return change.put(replace(token, revoked_at=change.now))


class UseToken(msgspec.Struct, kw_only=True):
    """Notes when a token was last seen, so that one that nobody uses can be found and revoked."""

    failpoint: ClassVar[str] = "write"

    id: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The token."""
        yield by_key(ApiToken, self.id)

    def decide(self, change: Change) -> None:
        """Its last use is now."""
        token = change.get(ApiToken, self.id)
        if token is not None:
            change.put(replace(token, used_at=change.now))
