"""The real engine among customers and agents who behave as they are told to, in virtual time.

Everything happens one at a time, by time, then by rank, then by id. What is not told follows from
the plan: who is asked, when steps and overflow rules take hold, when queues open and close.
"""

import gc
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum, StrEnum
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, NamedTuple, TypeAlias

import msgspec

from routing import events as e
from routing import inputs as i
from routing.engine import Engine
from routing.plan import Do, Plan
from routing.rows import OFFLINE
from routing.staff import Hours, Staff

DRAIN_EVERY = 1_000  # inputs; else rows that nobody stores would pile up
LONGEST_MS = 366 * 86_400_000
"""Whoever has waited for so long after all that was told, will wait for ever."""


class Rank(IntEnum):
    """What comes first at equal times."""

    LOGIN = 0
    COMPLETE = 1  # a stretch with an agent, or of the customer's silence, is over
    ANSWER = 2
    WRAPPED_UP = 3
    STEP = 4  # and every other timer of the engine
    KNOWN = 5
    ARRIVE = 6
    LEAVE = 7


class End(StrEnum):
    """What ended a customer's waiting."""

    SERVED = "served"  # somebody had the work
    ABANDONED = "abandoned"  # the customer gave up
    WITHDRAWN = "withdrawn"  # it was settled without anybody having had it
    TURNED_AWAY = "turned_away"  # by a rule


class Kept(StrEnum):
    """What work does that stays with an agent who is gone."""

    GOES_ON = "goes_on"
    RESTS = "rests"  # until they are back, or somebody else has it


class Fate(NamedTuple):
    """What became of a customer, with whom, and when. Who still waits has none."""

    end: End
    agent: str | None
    at: int


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work, and how its customer and whoever has it behave."""

    arrival: i.WorkArrived
    handling: tuple[int, ...]  # ms in an agent's hands, of rest, in hands again, and so on
    leaves_at: int | None = None  # unless somebody has it by then
    leaves_as: End = End.ABANDONED
    holder: str | None = None  # who has it from the first
    wrapup_ms: int | None = None  # after which the agent says so; None: it takes its time
    known: i.WorkRekeyed | None = None  # what is known of it later, if nobody has it by then


Happening: TypeAlias = tuple[int, Rank, str, int]  # at, rank, whom it is about, which


class _Stretch(NamedTuple):
    """What goes on with a piece of work: its number, the place in `handling`, and until when."""

    number: int
    place: int
    until: int
    agent: str


class Rehearsal:
    """One run. `answer_ms`: after how long an agent takes an offer, at the latest at its end.

    `kept`: what work does that stays with an agent who is gone.
    """

    def __init__(
        self,
        plan: Plan,
        customers: Iterable[Customer],
        presences: Iterable[i.Input] = (),
        answer_ms: Callable[[str], int] = lambda _agent: 0,
        kept: Kept = Kept.GOES_ON,
    ) -> None:
        self.engine = Engine(plan, explain_agents=0)
        self.customers = {customer.arrival.work: customer for customer in customers}
        self.fates: dict[str, Fate] = {}
        self._presences = tuple(presences)
        self._answer_ms = answer_ms
        self._left_word: set[str] = set()
        self._numbers = count(1)
        self._stretches: dict[str, _Stretch] = {}
        self._left: dict[str, tuple[int, int]] = {}  # place and ms, of work that goes on later
        self._kept = kept
        self._gone: set[str] = set()  # agents with whom work rests
        if kept is Kept.RESTS:
            self._gone.update(agent.id for agent in plan.agents)  # until they come
        self._resting: dict[str, str] = {}  # work -> the agent for whom it is kept
        self._awaited: dict[str, str] = {}  # offer, or work in wrap-up -> the agent to speak
        self._wraps_until: dict[str, int] = {}  # when its agent will have done
        self._staff = Staff(plan)
        self._told = self._now = 0
        self._agenda = self._planned()

    def _planned(self) -> list[Happening]:
        agenda: list[Happening] = [
            (presence.at, Rank.LOGIN, getattr(presence, "agent", ""), number)
            for number, presence in enumerate(self._presences)
        ]
        for ident, customer in self.customers.items():
            agenda.append((customer.arrival.at, Rank.ARRIVE, ident, 0))
            if customer.leaves_at is not None:
                agenda.append((customer.leaves_at, Rank.LEAVE, ident, 0))
            if customer.known is not None:
                agenda.append((customer.known.at, Rank.KNOWN, ident, 0))
        heapify(agenda)
        return agenda

    def run(
        self, until: int | None = None, progress: Callable[[int], None] = lambda _at: None
    ) -> Mapping[str, Fate]:
        """Let everything happen that does before an instant; what became of each customer."""
        collecting = gc.isenabled()
        gc.disable()  # nothing here is cyclic but what lives to the end; looking for it is dear
        try:
            while self._next(until):
                if self._told % DRAIN_EVERY == 0:
                    self.engine.drain_touched()
                    progress(self._now)
        finally:
            if collecting:
                gc.enable()
        self._staff.close(self._now if until is None else until)
        return self.fates

    @property
    def hours(self) -> Mapping[str, Hours]:
        """How long each agent was there, and how much of that at work."""
        return self._staff.hours

    def _next(self, until: int | None) -> bool:
        """Let the next thing happen; False when there is none."""
        agenda, timer = self._agenda, self.engine.next_timer()
        first = agenda[0] if agenda else None
        if timer is not None and (first is None or (timer, Rank.STEP) < first[:2]):
            end = self._now + LONGEST_MS if until is None else until
            if timer >= end and (first is None or until is not None):
                return False
            if first is not None:
                self._now = timer
            self._tell(i.Tick(at=timer))
            return True
        if first is None or (until is not None and first[0] >= until):
            return False
        heappop(agenda)
        self._now = first[0]
        _HAPPENS[first[1]](self, *first)
        return True

    def _tell(self, request: i.Input) -> None:
        for event in self.engine.apply(request):
            hear = _HEARS.get(type(event))
            if hear is not None:
                hear(self, event)
        self._told += 1

    # --- what happens ---

    def _sign(self, _at: int, _rank: Rank, _ident: str, number: int) -> None:
        self._tell(self._presences[number])

    def _arrive(self, at: int, _rank: Rank, ident: str, _number: int) -> None:
        customer = self.customers[ident]
        arrival, holder = customer.arrival, customer.holder
        if holder is None:
            self._tell(arrival)
            return
        kept = holder in self._gone  # there for a moment, to have it and go
        if kept:
            self._tell(i.AgentPresence(at=at, agent=holder, presence="busy"))
        self._tell(msgspec.structs.replace(arrival, owner=holder, owner_until=at))
        self._tell(i.WorkGrabbed(at=at, work=ident, agent=holder, by="", force=True))
        if kept:
            self._tell(i.AgentPresence(at=at, agent=holder, presence="offline"))

    def _leave(self, at: int, _rank: Rank, ident: str, _number: int) -> None:
        end = self.customers[ident].leaves_as
        if ident not in self.fates and (end is not End.ABANDONED or ident not in self._left_word):
            self._tell(i.WorkCancelled(at=at, work=ident, reason=end))

    def _know(self, _at: int, _rank: Rank, ident: str, _number: int) -> None:
        known = self.customers[ident].known
        if ident not in self.fates and known is not None:
            self._tell(known)

    def _answer(self, at: int, _rank: Rank, offer: str, _number: int) -> None:
        agent = self._awaited.pop(offer, None)
        if agent is not None:
            self._tell(i.OfferAccepted(at=at, offer=offer, agent=agent))

    def _wrapped_up(self, at: int, _rank: Rank, ident: str, _number: int) -> None:
        agent = self._awaited.pop(ident, None)
        if agent is None:
            return
        if at < self._wraps_until[ident]:
            self._tell(i.WrapupExtended(at=at, work=ident, agent=agent))
        else:
            self._tell(i.WrapupEnded(at=at, work=ident, agent=agent))

    def _complete(self, at: int, _rank: Rank, ident: str, number: int) -> None:
        stretch = self._stretches.get(ident)
        if stretch is None or stretch.number != number:
            return  # the work was put back meanwhile
        handling, place = self.customers[ident].handling, stretch.place + 1
        if place >= len(handling):
            del self._stretches[ident]
            self._tell(i.WorkEnded(at=at, work=ident))
            return
        self._go_on(ident, at, place, handling[place], stretch.agent)
        rests = place % 2 == 1
        self._tell(i.WorkParked(at=at, work=ident) if rests else i.WorkUnparked(at=at, work=ident))

    def _go_on(self, ident: str, at: int, place: int, ms: int, agent: str) -> None:
        if place % 2 == 0 and ms and agent in self._gone:
            self._stretches.pop(ident, None)
            self._left[ident], self._resting[ident] = (place, ms), agent
            return
        number = next(self._numbers)
        self._stretches[ident] = _Stretch(number, place, at + ms, agent)
        heappush(self._agenda, (at + ms, Rank.COMPLETE, ident, number))

    # --- what the engine says ---

    def _begun(self, event: e.AssignmentStarted) -> None:
        ident = event.work
        if ident not in self.fates:
            self.fates[ident] = Fate(End.SERVED, event.agent, event.at)
        place, ms = self._left.pop(ident, (0, self.customers[ident].handling[0]))
        self._go_on(ident, event.at, place, ms, event.agent)

    def _put_back(self, event: e.AssignmentEnded) -> None:
        """Whoever gets it next goes on where it was left."""
        self._resting.pop(event.work, None)
        stretch = self._stretches.pop(event.work, None)
        if stretch is None:
            return  # it is over, or rested
        place, handling = stretch.place, self.customers[event.work].handling
        if place % 2 == 0:
            self._left[event.work] = (place, max(stretch.until - event.at, 0))
        elif place + 1 < len(handling):
            self._left[event.work] = (place + 1, handling[place + 1])
        else:
            self._left[event.work] = (place, 0)

    def _asked(self, event: e.OfferCreated) -> None:
        self._awaited[event.offer] = event.agent
        at = min(event.at + self._answer_ms(event.agent), event.expires_at)
        heappush(self._agenda, (at, Rank.ANSWER, event.offer, 0))

    def _unasked(self, event: e.OfferExpired | e.OfferRescinded) -> None:
        self._awaited.pop(event.offer, None)

    def _overflowed(self, event: e.WorkOverflowed) -> None:
        """Who leaves word does not stay on the line: the work waits on, and nobody gives up."""
        if event.do == Do.VOICEMAIL:
            self._left_word.add(event.work)

    def _cancelled(self, event: e.WorkCancelled) -> None:
        if event.work not in self.fates:
            end = End(event.reason) if event.reason in _ENDS else End.TURNED_AWAY
            self.fates[event.work] = Fate(end, None, event.at)

    def _wraps_up(self, event: e.WrapupStarted) -> None:
        """Whose time is over before they have done asks for more; the engine may refuse it."""
        ident, ms = event.work, self.customers[event.work].wrapup_ms
        if ms is None and event.until is not None:
            return  # the engine ends it
        done_at = self._wraps_until.setdefault(ident, event.at + (ms or 0))
        self._awaited[ident] = event.agent
        speaks_at = done_at if event.until is None else min(done_at, event.until)
        heappush(self._agenda, (speaks_at, Rank.WRAPPED_UP, ident, 0))

    def _changed(self, event: e.AgentChanged) -> None:
        gone = self._kept is Kept.RESTS and event.presence == OFFLINE
        self._staff.changed(event.agent, event.at, event.presence, 0 if gone else event.load)
        if gone and event.agent not in self._gone:
            self._gone.add(event.agent)
            self._rest(event.agent, event.at)
        elif not gone and event.agent in self._gone:
            self._gone.discard(event.agent)
            self._resume(event.agent, event.at)

    def _rest(self, agent: str, at: int) -> None:
        """What is kept for who is gone waits for them; a customer's own silence goes on."""
        for ident, stretch in list(self._stretches.items()):
            if stretch.agent == agent:
                self._go_on(ident, at, stretch.place, max(stretch.until - at, 0), agent)

    def _resume(self, agent: str, at: int) -> None:
        for ident in [work for work, whose in self._resting.items() if whose == agent]:
            del self._resting[ident]
            place, ms = self._left.pop(ident)
            self._go_on(ident, at, place, ms, agent)


_ENDS = frozenset(End)
_HAPPENS: dict[Rank, Callable[[Rehearsal, int, Rank, str, int], None]] = {
    Rank.LOGIN: Rehearsal._sign,
    Rank.COMPLETE: Rehearsal._complete,
    Rank.ANSWER: Rehearsal._answer,
    Rank.WRAPPED_UP: Rehearsal._wrapped_up,
    Rank.KNOWN: Rehearsal._know,
    Rank.ARRIVE: Rehearsal._arrive,
    Rank.LEAVE: Rehearsal._leave,
}
_HEARS: dict[type, Callable[[Rehearsal, Any], None]] = {
    e.AssignmentStarted: Rehearsal._begun,
    e.AssignmentEnded: Rehearsal._put_back,
    e.OfferCreated: Rehearsal._asked,
    e.OfferExpired: Rehearsal._unasked,
    e.OfferRescinded: Rehearsal._unasked,
    e.WorkOverflowed: Rehearsal._overflowed,
    e.WorkCancelled: Rehearsal._cancelled,
    e.WrapupStarted: Rehearsal._wraps_up,
    e.AgentChanged: Rehearsal._changed,
}
