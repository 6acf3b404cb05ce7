"""Tells routing which agents' pages are there: by their sockets on this node."""

import asyncio

import structlog

from gateway.domain.events import AgentAsked
from gateway.http.policy import Actor
from gateway.http.routes import Rooms
from gateway.store import StoreUnavailable

log = structlog.get_logger(__name__)


class Attendance:
    """Tells routing when an agent's last socket here is gone, and when one is back."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._lost: set[str] = set()

    def came(self, actor: Actor) -> None:
        """A socket opened."""
        timer = self._leaving.pop(actor.login, None)
        if timer is not None:
            timer.cancel()
        if actor.login in self._lost:
            self._lost.discard(actor.login)
            self._tell(actor, "back")

    def went(self, actor: Actor) -> None:
        """A socket closed; when it was the last one, routing is told after a moment."""
        sockets = self._rooms.sockets
        if sockets.of_login(actor.login) or sockets.draining:
            return
        patience_s = self._rooms.house.limits.lost_after_s
        timer = asyncio.get_running_loop().call_later(patience_s, self._gone, actor)
        self._leaving[actor.login] = timer

    def _gone(self, actor: Actor) -> None:
        self._leaving.pop(actor.login, None)
        if not self._rooms.sockets.of_login(actor.login):
            self._lost.add(actor.login)
            self._tell(actor, "lost")

    def _tell(self, actor: Actor, verb: str) -> None:
        self._rooms.sockets.soon(self._ask(actor, verb))

    async def _ask(self, actor: Actor, verb: str) -> None:
        dispatch = self._rooms.house.dispatch
        if actor.login not in dispatch.rulebook.agents:
            return
        try:
            await dispatch.ask(AgentAsked(agent=actor.login, verb=verb), actor.name)
        except StoreUnavailable as error:
            log.warning("routing was not told", login=actor.login, verb=verb, error=str(error))

    def close(self) -> None:
        """Tell no more: the node stops."""
        for timer in self._leaving.values():
            timer.cancel()
        self._leaving.clear()
