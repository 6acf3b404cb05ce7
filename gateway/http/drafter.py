"""Drafts for agents: one at a time for each, so many at once, and every failure by name."""

import asyncio

from gateway.domain.clock import SECOND_MS
from gateway.http.errors import Problem
from gateway.pipeline.drafting import Chat
from gateway.pipeline.model import Limited, Model, Unwritten

MOST_AT_ONCE = 8  # on this node


class Drafter:
    """Asks for drafts, one at a time for each person: a new wish ends the one before."""

    def __init__(self, model: Model) -> None:
        self.settings = model.settings
        self._model = model
        self._writing: dict[str, asyncio.Task[str]] = {}

    def check(self) -> None:
        """Raise Problem when the model would not be asked now."""
        try:
            self._model.check()
        except Unwritten as why:
            raise _problem(why) from why
        if len(self._writing) >= MOST_AT_ONCE:
            raise Problem("draft_busy", headers={"Retry-After": "5"})

    async def draft(self, who: str, chats: tuple[Chat, ...]) -> str:
        """The model's words. Every failure is a Problem."""
        before = self._writing.pop(who, None)
        if before is not None:
            before.cancel()
        task = self._writing[who] = asyncio.create_task(self._model.write(chats))
        try:
            return await task
        except Unwritten as why:
            raise _problem(why) from why
        except asyncio.CancelledError:
            if self._writing.get(who) is task:
                raise  # the request itself was given up
            raise Problem("draft_replaced") from None
        finally:
            if self._writing.get(who) is task:
                del self._writing[who]


def _problem(why: Unwritten) -> Problem:
    if not isinstance(why, Limited):
        return Problem(why.code)
    wait_s = max(1, -(-why.wait_ms // SECOND_MS))
    return Problem(
        why.code,
        what_to_do=f"Write the reply yourself, or try again in {wait_s} s.",
        headers={"Retry-After": str(wait_s)},
    )
