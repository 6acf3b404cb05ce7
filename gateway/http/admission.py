"""Whether somebody who came in some time ago may still listen."""

from collections.abc import Iterable

from gateway.domain.clock import Clock
from gateway.domain.events import Event
from gateway.http.auth import Auth
from gateway.http.policy import Actor

RECHECK_MS = 60_000  # how long access that ran out by itself still reads
CHANGED = "access.changed"


class Admission:
    """One follower's. `actor` is who they were when last looked up."""

    def __init__(self, auth: Auth, clock: Clock, actor: Actor) -> None:
        self._auth = auth
        self._clock = clock
        self._checked_at = clock.monotonic_ms()
        self.actor = actor

    async def holds(self, events: Iterable[Event] = ()) -> bool:
        """Looked up anew where the log says that access changed, and now and then."""
        now = self._clock.monotonic_ms()
        changed = any(event.kind == CHANGED for event in events)
        if not changed and now - self._checked_at < RECHECK_MS:
            return True
        return await self.look()

    async def look(self) -> bool:
        """Look it up."""
        self._checked_at = self._clock.monotonic_ms()
        found = await self._auth.again(self.actor)
        if found is None:
            return False
        self.actor = found
        return True
