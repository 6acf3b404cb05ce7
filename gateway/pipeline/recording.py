"""What the log tells of a span of time: who came, who was there, and how long it took. Pure.

Work that came before the span and is live when it begins is carried over: in somebody's hands or
still waiting. What is told after the span only completes what came within it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from gateway.domain import events as e
from gateway.pipeline.saying import ASKED
from routing import inputs
from routing.figures import nearest_rank
from routing.plan import Plan
from routing.rows import BUSY, NOT_RESPONDING, OFFLINE
from routing.staff import Staff

TOLD_EVERY = 1_000  # events: how often it is told how far it is
PRESENCES = ("presence", "lost", "back")  # what agents say of themselves; policy is no part of it


class Piece(msgspec.Struct, kw_only=True):
    """One piece of work as it was: when it came, who had it first, how long it was in hands."""

    work: str
    conversation: str
    channel: str
    queue: str
    arrived_at: int
    carried: bool = False  # came before the span
    holder: str | None = None  # who has it now; of carried work: had it when the span began
    taken_at: int | None = None
    agent: str | None = None  # who had it first
    ended_at: int | None = None
    handling: list[int] = []  # ms in hands, of rest, in hands, and so on
    wrapup_ms: int | None = None  # where the agent ended it, or asked for more time
    since: int | None = None  # the start of a stretch that is not over

    def hold(self, at: int, agent: str) -> None:
        """Somebody has it."""
        if self.taken_at is None:
            self.taken_at, self.agent = at, agent
        if not self.carried:
            self.holder = agent
        if len(self.handling) % 2 == 0:
            self.handling.append(0)
        self.since = at

    def change(self, at: int) -> None:
        """The customer is silent, or back."""
        self.let_go(at)
        self.handling.append(0)
        self.since = at

    def let_go(self, at: int) -> None:
        """A stretch is over."""
        if self.since is not None:
            self.handling[-1] += max(at - self.since, 0)
        self.since = None

    def carry(self, at: int) -> None:
        """The span begins: what was before it does not count."""
        self.carried = True
        resting = self.since is not None and len(self.handling) % 2 == 0
        if self.since is None:
            self.handling, self.holder = [], None
        else:
            self.handling, self.since = [0, 0] if resting else [0], at

    def carry_kept(self, agent: str) -> None:
        """The span begins while its agent is gone: it is kept for them, and rests."""
        self.handling, self.holder = [0], agent

    def untouched(self) -> None:
        """The span ends, and its agent is gone still: how long it would have taken is not known."""
        if self.handling == [0]:
            self.handling = []


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as routing saw them, from an instant on."""

    at: int
    agent: str
    presence: str
    load: int


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A span of a desk's time, half open, ms UTC."""

    since: int
    until: int
    pieces: tuple[Piece, ...]
    presences: tuple[inputs.Input, ...]
    stands: tuple[Stand, ...]
    answers: Mapping[str, tuple[int, ...]]  # agent -> how long each offer took to be taken
    versions: tuple[int, ...]  # of the rulebook, by which was decided

    def answer_ms(self) -> Callable[[str], int]:
        """How long an agent takes over an offer: the median, else everybody's, else nothing."""
        usual = _median(ms for all_ms in self.answers.values() for ms in all_ms)
        own = {agent: _median(all_ms) for agent, all_ms in self.answers.items()}
        return lambda agent: own.get(agent, usual)

    def staff(self, plan: Plan) -> Staff:
        """How long agents were there and at work, by the capacity that a plan gives them."""
        staff = Staff(plan)
        for stand in self.stands:
            load = 0 if stand.presence == OFFLINE else stand.load  # what is kept for them rests
            staff.changed(stand.agent, stand.at, stand.presence, load)
        staff.close(self.until)
        return staff


def _median(all_ms: Iterable[int]) -> int:
    return nearest_rank(sorted(all_ms), 50) or 0


class Recorder:
    """Takes the events of `KINDS` in order; then `recording` is what they come to."""

    def __init__(self, since: int, until: int) -> None:
        self._since, self._until = since, until
        self._pieces: dict[str, Piece] = {}
        self._presences: list[inputs.Input] = []
        self._stands: list[Stand] = []
        self._presence: dict[str, Stand] = {}
        self._lost: set[str] = set()  # who has the grace to come back, or goes without a word
        self._offered: dict[str, int] = {}  # offer -> when
        self._answers: dict[str, list[int]] = {}
        self._wrapups: dict[str, int] = {}  # work -> since when
        self._extended: set[str] = set()  # work whose agent asked for more time
        self._hands: dict[str, dict[str, Piece]] = {}  # agent -> what they have, by work
        self._kept: dict[str, str] = {}  # work that rests -> its agent, who is gone
        self._versions: dict[int, None] = {}
        self._begun = False
        self._at = 0

    def take(self, event: e.Event) -> None:
        """The next event."""
        if not self._begun and event.at >= self._since:
            self._begin()
        self._at = event.at
        _TAKES[event.kind](self, event, e.decode_body(event))

    def recording(self) -> Recording:
        """What was told. Work that is in hands still was so until the span ended, at least."""
        if not self._begun:
            self._begin()
        until = max(self._at, self._until)
        for piece in self._pieces.values():
            piece.let_go(until)
        for work in self._kept:
            self._pieces[work].untouched()
        for work in self._extended:
            self._needed(work, until)
        return Recording(
            since=self._since,
            until=self._until,
            pieces=tuple(self._pieces.values()),
            presences=tuple(self._presences),
            stands=tuple(self._stands),
            answers={agent: tuple(all_ms) for agent, all_ms in self._answers.items()},
            versions=tuple(self._versions),
        )

    def _begin(self) -> None:
        """Everything stands as it does when the span begins."""
        self._begun = True
        for work in self._wrapups:  # nobody waits for these any more
            self._pieces.pop(work, None)
        for piece in self._pieces.values():
            piece.carry(self._since)
        for work, agent in self._kept.items():
            self._pieces[work].carry_kept(agent)
        for stand in self._presence.values():
            self._stands.append(msgspec.structs.replace(stand, at=self._since))
            if stand.presence != OFFLINE:
                self._say(stand.agent, self._since, stand.presence)

    def _say(self, agent: str, at: int, presence: str) -> None:
        """Who let offers pass was not there, whatever their presence said: busy."""
        said: Any = BUSY.value if presence == NOT_RESPONDING else presence
        self._presences.append(inputs.AgentPresence(at=at, agent=agent, presence=said))

    def _within(self, at: int) -> bool:
        return self._since <= at < self._until

    # --- work ---

    def _work(self, event: e.Event, body: e.WorkChanged) -> None:
        piece = self._pieces.get(body.work)
        if piece is None:
            if body.what == "waiting" and event.at < self._until:
                self._pieces[body.work] = Piece(
                    work=body.work,
                    conversation=event.conversation or "",
                    channel=body.channel,
                    queue=body.queue,
                    arrived_at=event.at,
                )
            if self._within(event.at) and body.rulebook:
                self._versions[body.rulebook] = None
        elif body.what in ("cancelled", "done"):
            if self._begun:
                piece.ended_at = event.at
            else:
                del self._pieces[body.work]

    def _assignment(self, event: e.Event, body: e.AssignmentChanged) -> None:
        piece = self._pieces.get(body.work)
        if piece is None:
            return
        match body.what:
            case "started":
                piece.hold(event.at, body.agent)
                self._hands.setdefault(body.agent, {})[body.work] = piece
            case "ended":
                piece.let_go(event.at)
                self._hands.get(body.agent, {}).pop(body.work, None)
                self._kept.pop(body.work, None)
            case "parked" | "resumed":
                piece.change(event.at)
                self._kept.pop(body.work, None)
                stand = self._presence.get(body.agent)
                if stand is not None and stand.presence == OFFLINE:
                    self._keep(piece, event.at, body.agent)

    def _keep(self, piece: Piece, at: int, agent: str) -> None:
        """Nobody works at what is kept for who is gone; a customer's own silence goes on."""
        if len(piece.handling) % 2 == 1:
            piece.let_go(at)
            self._kept[piece.work] = agent

    def _offer(self, event: e.Event, body: e.OfferChanged) -> None:
        if body.what == "created":
            self._offered[body.offer] = event.at
            return
        created_at = self._offered.pop(body.offer, None)
        if body.what == "accepted" and created_at is not None and self._within(event.at):
            self._answers.setdefault(body.agent, []).append(max(event.at - created_at, 0))

    def _wrapup(self, event: e.Event, body: e.WrapupChanged) -> None:
        if body.what == "started":
            if body.work in self._wrapups:
                self._extended.add(body.work)
            self._wrapups.setdefault(body.work, event.at)
            return
        if body.work in self._extended:
            self._needed(body.work, event.at)
        self._wrapups.pop(body.work, None)

    def _needed(self, work: str, at: int) -> None:
        """Who asked for more time needed all of it, unless they said that they had done."""
        piece = self._pieces.get(work)
        if piece is not None and piece.wrapup_ms is None:
            piece.wrapup_ms = max(at - self._wrapups[work], 0)

    # --- agents ---

    def _changed(self, event: e.Event, body: e.AgentChanged) -> None:
        """What agents did not say themselves, the desk found out: not responding, gone."""
        stand = Stand(at=event.at, agent=body.agent, presence=body.presence, load=body.load)
        before = self._presence.get(body.agent)
        self._presence[body.agent] = stand
        was_gone = before is not None and before.presence == OFFLINE
        if was_gone != (body.presence == OFFLINE):
            self._left_or_back(event, body)
        if not self._within(event.at):
            return
        self._stands.append(stand)
        gone = body.presence == OFFLINE and body.agent in self._lost  # by the grace of its rulebook
        if (before.presence if before else OFFLINE) != body.presence and not gone:
            self._say(body.agent, event.at, body.presence)

    def _left_or_back(self, event: e.Event, body: e.AgentChanged) -> None:
        """What is kept for an agent rests from then, or goes on."""
        for work, piece in self._hands.get(body.agent, {}).items():
            if body.presence == OFFLINE:
                self._keep(piece, event.at, body.agent)
            elif self._kept.pop(work, None) is not None:
                piece.since = event.at

    def _asked(self, event: e.Event, body: e.AgentAsked) -> None:
        if body.verb == "wrapup_end" and body.work in self._wrapups:
            piece = self._pieces.get(body.work)
            if piece is not None:
                piece.wrapup_ms = max(event.at - self._wrapups[body.work], 0)
        elif body.verb in PRESENCES:
            request = ASKED[body.verb](event.at, body)
            if body.verb == "lost":
                self._lost.add(body.agent)
            else:
                self._lost.discard(body.agent)
            if request is not None and self._within(event.at):
                self._presences.append(request)

    def _node_lost(self, event: e.Event, _body: e.NodeLost) -> None:
        there = [s.agent for s in self._presence.values() if s.presence != OFFLINE]
        self._lost.update(there)
        if self._within(event.at):
            self._presences += (inputs.AgentLost(at=event.at, agent=agent) for agent in there)


_TAKES: dict[str, Callable[[Recorder, e.Event, Any], None]] = {
    "work.changed": Recorder._work,
    "assignment.changed": Recorder._assignment,
    "offer.changed": Recorder._offer,
    "wrapup.changed": Recorder._wrapup,
    "agent.changed": Recorder._changed,
    "agent.asked": Recorder._asked,
    "node.lost": Recorder._node_lost,
}


def recorded(
    events: Iterable[e.Event],
    since: int,
    until: int,
    progress: Callable[[int], None] = lambda _position: None,
) -> Recording:
    """What these events tell of a span; `progress` hears how far it has come."""
    recorder = Recorder(since, until)
    for number, event in enumerate(events):
        recorder.take(event)
        if number % TOLD_EVERY == 0:
            progress(event.position)
    return recorder.recording()
