"""Tells routing which agents' pages are there: by their sockets on this node."""

import asyncio

import structlog

from gateway.domain.events import AgentAsked, Event, decode_body
from gateway.domain.work import AgentState
from gateway.http.policy import Actor
from gateway.http.routes import Rooms
from gateway.store import StoreUnavailable
from gateway.store.queries.http_rows import one

log = structlog.get_logger(__name__)


class Attendance:
    """Tells routing when an agent's last socket here is gone, and when one is there.

    Nobody here knows whom routing has given up: they may have been lost on another node, or with
    this one before it started anew. So whoever comes is told of, and everybody after a node's end.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._here: dict[str, Actor] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        on_kind = rooms.house.stream.on_kind
        on_kind |= {"node.lost": self._roll_call, "agent.asked": self._called_lost}

    def came(self, actor: Actor) -> None:
        """A socket opened; one that follows on another is nothing new."""
        timer = self._leaving.pop(actor.login, None)
        if timer is not None:
            timer.cancel()
        elif actor.login not in self._here:
            self._tell(actor, "back")
        self._here[actor.login] = actor

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
            self._here.pop(actor.login, None)
            self._tell(actor, "lost")

    def _roll_call(self, _event: Event) -> None:
        """A node's end costs every agent their place: those whose pages are here have not gone."""
        for actor in self._here.values():
            self._tell(actor, "back")

    def _called_lost(self, event: Event) -> None:
        """Another node misses somebody whose page has come over to this one."""
        asked = decode_body(event)
        if isinstance(asked, AgentAsked) and asked.verb == "lost" and asked.agent in self._here:
            self._tell(self._here[asked.agent], "back")

    def _tell(self, actor: Actor, verb: str) -> None:
        self._rooms.sockets.soon(self._ask(actor, verb))

    async def _ask(self, actor: Actor, verb: str) -> None:
        house = self._rooms.house
        if actor.login not in house.dispatch.rulebook.agents:
            return
        try:
            if verb == "back":
                state = await house.store.read(one, AgentState, house.store.desk, actor.login)
                if state is None or state.presence == "offline":
                    return  # they were not there before: they say themselves that they are
            await house.dispatch.ask(AgentAsked(agent=actor.login, verb=verb), actor.name)
        except StoreUnavailable as error:
            log.warning("routing was not told", login=actor.login, verb=verb, error=str(error))

    def close(self) -> None:
        """Tell no more: the node stops."""
        for timer in self._leaving.values():
            timer.cancel()
        self._leaving.clear()
