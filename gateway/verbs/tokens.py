"""A program's key was used."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.access import ApiToken
from gateway.verbs.change import Change, Lookup, View, by_key


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
