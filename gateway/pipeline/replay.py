"""A recorded span of time under a rulebook: the very engine, the same customers and agents. Pure.

What is assumed of people is said in docs/OPERATING.md; the rules of it stand here. Customers come
when they came. Who gave up had so much patience and no more; who was served, or turned away by a
rule, is taken to wait as long as it needs. Agents are there when they were there, take offers after
their usual time, and need as long as the work needed then.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from gateway.domain.work import Turn, Unanswered
from gateway.pipeline.inforce import InForce
from gateway.pipeline.recording import Piece, Recording
from gateway.pipeline.resent import About, Place, Sent, sent
from routing.figures import nearest_rank
from routing.inputs import WorkArrived
from routing.plan import MANUAL, PULL, Plan
from routing.rehearsal import Customer, End, Fate, Kept, Rehearsal
from routing.staff import Hours

UNANSWERED = frozenset(Unanswered)
GAVE_UP = "abandoned"
BY_RULE = "overflow"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one run made of a piece of work. `fate` None: it waited when the span ended."""

    place: Place
    fate: Fate | None
    wait_ms: int | None  # None: it was settled, or turned away, before anybody was needed
    in_service: bool | None  # somebody had it in time; None: cannot be said
    breached: bool | None  # None: nothing was promised, or the customer left before


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A whole span under one rulebook."""

    plan: Plan
    seen: Mapping[str, Seen]
    hours: Mapping[str, Hours]


class Replay:
    """One recording, to be run under any rulebook. `within_ms`: in time, where nothing is said."""

    def __init__(self, recording: Recording, about: About, within_ms: int) -> None:
        self._recording = recording
        self._about = about
        self._within_ms = within_ms
        self._handling = _Handling(recording.pieces)
        self._reply_ms = _reply_ms(recording, about)

    @property
    def arrivals(self) -> list[Piece]:
        """What came within the span, in order: what figures are made of."""
        return [piece for piece in self._recording.pieces if not piece.carried]

    @property
    def channels(self) -> tuple[str, ...]:
        """All that work came by."""
        return tuple(dict.fromkeys(piece.channel for piece in self._recording.pieces))

    def under(self, inforce: InForce, progress: Callable[[int], None] = lambda _at: None) -> Run:
        """Run it under a rulebook."""
        recording, plan = self._recording, handed_out(inforce.plan)
        told = {p.work: sent(p, self._about, inforce) for p in recording.pieces}
        rehearsal = Rehearsal(
            plan,
            (self._customer(piece, told[piece.work], plan) for piece in recording.pieces),
            recording.presences,
            recording.answer_ms(),
            Kept.RESTS,
        )
        fates = rehearsal.run(recording.until, progress)
        seen = {p.work: self._seen(p, told[p.work], fates.get(p.work)) for p in self.arrivals}
        return Run(plan=plan, seen=seen, hours=rehearsal.hours)

    def as_recorded(self, inforce: InForce) -> Run:
        """What happened. `inforce` says how work is grouped and when it is in time."""
        seen = {}
        for piece in self.arrivals:
            told, fate = sent(piece, self._about, inforce), self._recorded_fate(piece)
            found = self._seen(piece, told, fate)
            turn = self._about.turn(piece)
            if turn is not None and found.breached is not None:
                found = replace(found, breached=self._was_broken(turn))
            seen[piece.work] = found
        hours = self._recording.staff(inforce.plan).hours
        return Run(plan=inforce.plan, seen=seen, hours=hours)

    # --- how people behave ---

    def _customer(self, piece: Piece, told: Sent, plan: Plan) -> Customer:
        at = max(piece.arrived_at, self._recording.since)
        work = self._about.works.get(piece.work)
        leaves_at, leaves_as = self._patience(piece)
        return Customer(
            arrival=WorkArrived(
                at=at,
                work=piece.work,
                conversation=piece.work,  # one that lasts longer now keeps no later one out
                channel=piece.channel,
                queue=told.place.queue,
                priority=told.place.priority,
                needs=told.needs,
                enqueued_at=min(at, work.origin_at if work is not None else piece.arrived_at),
                deadline=told.due,
                last_agent=work.last_agent if work is not None else None,
            ),
            handling=self._handling.of(piece, plan),
            leaves_at=leaves_at,
            leaves_as=leaves_as,
            holder=piece.holder if piece.carried else None,
            wrapup_ms=piece.wrapup_ms,
            known=told.late,
        )

    def _patience(self, piece: Piece) -> tuple[int | None, End]:
        """When its customer leaves unless somebody has it: known only of those whom nobody had."""
        if piece.taken_at is not None or piece.ended_at is None:
            return None, End.ABANDONED
        work = self._about.works.get(piece.work)
        reason = work.ended_reason if work is not None else GAVE_UP
        if reason == BY_RULE:
            return None, End.ABANDONED
        return piece.ended_at, End.ABANDONED if reason == GAVE_UP else End.WITHDRAWN

    # --- what came of it ---

    def _was_broken(self, turn: Turn) -> bool:
        """Whether a promise was broken, though maybe nobody has noticed yet."""
        still_open = turn.closed_at is None and turn.due is not None
        return turn.breached_at is not None or (
            still_open and (turn.due or 0) < self._recording.until
        )

    def _recorded_fate(self, piece: Piece) -> Fate | None:
        until = self._recording.until
        if piece.taken_at is not None:
            taken = Fate(End.SERVED, piece.agent, piece.taken_at)
            return taken if piece.taken_at < until else None
        if piece.ended_at is None or piece.ended_at >= until:
            return None
        left_at, end = self._patience(piece)
        return Fate(end if left_at is not None else End.TURNED_AWAY, None, piece.ended_at)

    def _seen(self, piece: Piece, told: Sent, fate: Fate | None) -> Seen:
        until, due = self._recording.until, told.due
        settled = fate is not None and fate.end in (End.WITHDRAWN, End.TURNED_AWAY)
        ended_at = until if fate is None else fate.at
        in_time = due if due is not None else piece.arrived_at + self._within_ms
        answered_at = ended_at
        if fate is not None and fate.end is End.SERVED:
            answered_at += self._reply_ms(piece)
        return Seen(
            place=told.place,
            fate=fate,
            wait_ms=None if settled else max(ended_at - piece.arrived_at, 0),
            in_service=None if settled else _kept(fate, ended_at, in_time),
            breached=None if settled or due is None else _broken(fate, answered_at, due),
        )


def _kept(fate: Fate | None, at: int, by: int) -> bool | None:
    """Whether a time was kept; None where nobody can say: who left, or still waited, before."""
    if at > by:
        return False
    return True if fate is not None and fate.end is End.SERVED else None


def _broken(fate: Fate | None, at: int, by: int) -> bool | None:
    kept = _kept(fate, at, by)
    return None if kept is None else not kept


def handed_out(plan: Plan) -> Plan:
    """Work that agents take from a list is offered: nobody knows what they would have taken."""

    def offered(mode: str) -> bool:
        return mode != PULL

    return replace(
        plan,
        channels=tuple(
            c if offered(c.accept_mode) else replace(c, accept_mode=MANUAL) for c in plan.channels
        ),
        queues=tuple(
            q if q.accept_mode is None or offered(q.accept_mode) else replace(q, accept_mode=MANUAL)
            for q in plan.queues
        ),
        agents=tuple(
            replace(a, accept={c: m if offered(m) else MANUAL for c, m in a.accept.items()})
            for a in plan.agents
        ),
    )


class _Handling:
    """How long work is in hands: as it was; where nobody had it, the median of its channel."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        held: dict[str, list[int]] = {}
        for piece in pieces:
            if piece.handling and not piece.carried:
                held.setdefault(piece.channel, []).append(sum(piece.handling[::2]))
        everywhere = sorted(ms for all_ms in held.values() for ms in all_ms)
        self._usual = nearest_rank(everywhere, 50)
        self._medians = {c: nearest_rank(sorted(all_ms), 50) for c, all_ms in held.items()}

    def of(self, piece: Piece, plan: Plan) -> tuple[int, ...]:
        """In hands, resting, in hands, and so on."""
        if piece.handling:
            return tuple(piece.handling)
        usual = self._medians.get(piece.channel) or self._usual
        return (usual if usual is not None else plan.queues[0].handle_ms,)


def _reply_ms(recording: Recording, about: About) -> Callable[[Piece], int]:
    """How long after somebody had a piece the first reply came; the median where none did."""
    known: dict[str, int] = {}
    for piece in recording.pieces:
        for turn in about.turns.get(piece.conversation, ()):
            answered = turn.closed_at is not None and turn.closed_by not in UNANSWERED
            if (
                answered
                and piece.taken_at is not None
                and turn.opened_at <= piece.arrived_at <= (turn.closed_at or 0)
            ):
                known[piece.work] = max((turn.closed_at or 0) - piece.taken_at, 0)
    usual = nearest_rank(sorted(known.values()), 50) or 0
    return lambda piece: known.get(piece.work, usual)
