"""Where the rules of another rulebook send recorded work, and what is promised there. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from gateway.domain.access import BY_HAND
from gateway.domain.judgement import Judgement
from gateway.domain.work import Turn
from gateway.pipeline.inforce import Case, InForce, case_of
from gateway.pipeline.judging import escalated
from gateway.pipeline.recording import Piece
from gateway.store.queries.deciding import Known
from routing.inputs import WorkRekeyed
from routing.rows import WorkState
from routing.turns import TurnMetric

PROMISED = (TurnMetric.FIRST_RESPONSE, TurnMetric.NEXT_RESPONSE)


class About(NamedTuple):
    """What the tables say of recorded work."""

    works: Mapping[str, WorkState]
    known: Mapping[str, Known]  # by conversation; those that were erased are not there
    turns: Mapping[str, tuple[Turn, ...]]  # by conversation, in order

    def turn(self, piece: Piece) -> Turn | None:
        """What its customer waited for when it came."""
        at = piece.arrived_at
        for turn in self.turns.get(piece.conversation, ()):
            if turn.opened_at <= at and (turn.closed_at is None or turn.closed_at >= at):
                return turn if turn.metric in PROMISED else None
        return None


class Place(NamedTuple):
    """Where the rules send a piece of work, and what it is taken for: how it is grouped."""

    queue: str
    channel: str
    account: str = ""
    language: str = ""
    priority: int = 0
    category: str = ""
    vip: bool = False


class Sent(NamedTuple):
    """What routing is told of a piece of work."""

    place: Place
    needs: Mapping[str, int]
    due: int | None = None  # by when its customer is to be answered
    late: WorkRekeyed | None = None  # what the rules make of it once it is late


def sent(piece: Piece, about: About, inforce: InForce) -> Sent:
    """Ask the rules anew. Work whose words are erased goes where it went."""
    known, work = about.known.get(piece.conversation), about.works.get(piece.work)
    if known is None:
        there = piece.queue in inforce.rulebook.queues
        queue = piece.queue if there else inforce.rulebook.desk.default_queue
        priority = work.priority if work is not None else 0
        place = Place(queue, piece.channel, priority=priority)
        return Sent(place, work.needs if work is not None else {})
    case = case_of(known, piece.channel, piece.arrived_at)
    judged = judged_under(case, inforce)
    routed = inforce.route(case, judged)
    place = Place(
        queue=routed.queue,
        channel=piece.channel,
        account=case.account,
        language=judged.language or case.language,
        priority=routed.priority,
        category=judged.category,
        vip=case.vip,
    )
    due = _due(about.turn(piece), case, routed.queue, judged, inforce)
    late = _late(piece, case, inforce, due) if due is not None else None
    return Sent(place, routed.needs, due, late)


def judged_under(case: Case, inforce: InForce, *, breached: bool = False) -> Judgement:
    """What a rulebook takes a case for: as it was judged at last, but its rules are asked anew."""
    judged = case.judgement or Judgement(conversation=case.conversation, desk="")
    judged = replace(judged, boost=0, moved="", escalated="[]")
    if not judged.by.startswith(BY_HAND):
        rule = inforce.rules.naming(inforce.facts(case, judged, breached=breached))
        if rule is not None:
            judged = replace(judged, category=rule.category)
    return escalated(judged, inforce, inforce.facts(case, judged, breached=breached))[0]


def _due(
    turn: Turn | None, case: Case, queue: str, judged: Judgement, inforce: InForce
) -> int | None:
    if turn is None:
        return None
    goal = inforce.goal(turn.metric, inforce.aim(case, queue, judged))
    if goal.target_ms is None:
        return None
    return inforce.calendar(goal.hours).due(turn.opened_at, goal.target_ms)


def _late(piece: Piece, case: Case, inforce: InForce, due: int) -> WorkRekeyed | None:
    if due < piece.arrived_at or not inforce.rules.minds_breaches:
        return None
    routed = inforce.route(case, judged_under(case, inforce, breached=True))
    return WorkRekeyed(
        at=due,
        work=piece.work,
        queue=routed.queue,
        priority=routed.priority,
        needs=routed.needs,
    )
