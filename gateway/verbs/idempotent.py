"""Do a write once, however often it is asked for."""

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from gateway.domain.access import Idempotency
from gateway.domain.clock import DAY_MS
from gateway.domain.outcome import Refusal
from gateway.verbs.change import Change, Command, Lookup, View, by_key

KEEP_MS = DAY_MS


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """The answer given the first time, as JSON of the command's value."""

    body: str


class Once(msgspec.Struct, kw_only=True):
    """Run a command under a key: the same key gives the first answer again for 24 hours."""

    failpoint: ClassVar[str] = "write"

    desk: str
    actor: str
    key: str
    fingerprint: str  # SHA-256 of method, path and body
    command: Command

    def reads(self, view: View) -> Iterable[Lookup]:
        """The answer given before, and what the command reads."""
        yield by_key(Idempotency, self.desk, self.actor, self.key)
        yield from self.command.reads(view)

    def decide(self, change: Change) -> Any:
        """The command's own answer, a Replayed one, or a refusal."""
        before = change.get(Idempotency, self.desk, self.actor, self.key)
        if before is not None and before.expires_at > change.now:
            if before.fingerprint != self.fingerprint:
                return Refusal(
                    code="idempotency_mismatch",
                    detail=f"Idempotency-Key {self.key} was used for another request.",
                    what_to_do="Use a new key for a new request.",
                    status=422,
                )
            return Replayed(body=before.body)
        value = self.command.decide(change)
        if isinstance(value, Refusal):
            return value
        change.put(
            Idempotency(
                desk=self.desk,
                actor=self.actor,
                key=self.key,
                fingerprint=self.fingerprint,
                status=200,
                body=msgspec.json.encode(value).decode(),
                expires_at=change.now + KEEP_MS,
            )
        )
        return value
