"""The desk's owner at work: fact by fact, and as time passes. Pure; no I/O, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from gateway.domain import events as e
from gateway.domain.rows import Row
from gateway.pipeline.course import Course
from gateway.pipeline.facts import HANDLERS
from gateway.pipeline.inforce import Case, InForce
from gateway.pipeline.wanting import wanted
from gateway.store.queries.missing import Missed
from gateway.verbs.work import Decided
from routing import events as r
from routing import inputs
from routing.rows import IN_LINE, WorkState

NOWHERE: Mapping[str, str] = MappingProxyType({})


class Decider:
    """Drives the course of things by the log and the clock."""

    def __init__(self, course: Course) -> None:
        self._course = course

    @property
    def applied(self) -> int:
        """The position of the newest fact that was applied."""
        return self._course.applied

    def wants(self, events: Sequence[e.Event]) -> set[str]:
        """Conversations of which it must know more before it applies these events."""
        return self.wants_at(max(event.at for event in events)) | wanted(events, self._goes_on)

    def _goes_on(self, conversation: str) -> bool:
        """Whether its customer waits already, for somebody who has it."""
        course = self._course
        held = course.judging.held(course.ledger.live(conversation))
        if not held or not course.clocks.goes_on(conversation):
            return False
        return not course.stages.may_hand_off(conversation)

    def wants_at(self, now: int) -> set[str]:
        """Conversations that are to be work by now, and those whose lateness may escalate them."""
        course = self._course
        late = course.clocks.due_by(now) if course.inforce.rules.minds_breaches else set()
        return course.arrivals.due(now) | course.promises.due_by(now) | late

    def unread(self) -> tuple[str, ...]:
        """Conversations that were not judged by the model yet and may be now."""
        return self._course.judging.unread()

    def read(self, now: int, cases: Mapping[str, Case]) -> None:
        """Judge them; a conversation that is no more needs nobody."""
        course = self._course
        course.now, course.cases = now, cases
        course.judging.forget(set(self.unread()).difference(cases))
        for case in cases.values():
            course.judge(case, now, None)

    def missed(self, missed: Missed) -> None:
        """Replies that are told to have failed, in the facts that come next."""
        self._course.clocks.closed(missed.turns)
        self._course.promises.kept(missed.promises, missed.answers)

    def unserved(self, conversations: Iterable[str], now: int) -> None:
        """Customers who waited unseen when the last owner went."""
        course = self._course
        for conversation in (*conversations, *course.lines.callbacks.all_ready()):
            if course.ledger.live(conversation) is None:
                course.arrivals.add(now, conversation, course.applied)

    def apply(
        self, event: e.Event, cases: Mapping[str, Case], homes: Mapping[str, str] = NOWHERE
    ) -> None:
        """Make of one fact what follows from it. Decisions of our own are passed over.

        homes: where the customers of replies that are told to have failed wait now.
        """
        course = self._course
        assert event.position == course.applied + 1, "facts are applied in order, without gaps"
        course.applied = event.position
        handle = HANDLERS.get(event.kind)
        if handle is None:
            return
        course.now = event.at
        course.cases, course.homes = cases, homes
        handle(course, event, e.decode_body(event))
        course.advance(event.at)
        course.dial_ahead(event.at)

    def tick(self, now: int, cases: Mapping[str, Case]) -> None:
        """Let happen what is due by now. A conversation that is no more needs nobody."""
        course = self._course
        course.now = now
        course.cases = cases
        for gone in course.arrivals.due(now).difference(cases):
            course.arrivals.forget(gone)
        course.advance(now)
        course.do(None, inputs.Tick(at=now))
        course.dial_ahead(now)

    def next_timer(self) -> int | None:
        """When to tick next, ms UTC."""
        course = self._course
        engine, lines = course.engine.next_timer(), course.lines.next_at
        said = course.promises.next_timer(), course.stages.next_timer()
        times = (engine, course.clocks.next_timer(), course.arrivals.next_at(), lines, *said)
        return min((at for at in times if at is not None), default=None)

    def drain(self) -> tuple[list[Row], list[Decided]]:
        """Rows and decisions since the last call, to be committed together."""
        course = self._course
        course.ledger.take(course.engine, course.now)
        for row in (*course.clocks.drain(), *course.stages.drain()):
            course.ledger.put(row)
        course.judging.committed()
        course.promises.committed()
        return course.ledger.drain()

    def in_line(self) -> list[str]:
        """Conversations whose work another rulebook may send elsewhere."""
        return [w.conversation for w in self._course.ledger.works.values() if w.phase in IN_LINE]

    def use(self, inforce: InForce, at: int, cause: int, cases: Mapping[str, Case]) -> None:
        """Another rulebook is in force: live offers stand, waiting work keeps its age."""
        course = self._course
        moved = course.judging.rerouted(
            cases.values(), course.inforce, inforce, course.ledger.live, at
        )
        rekeyed = tuple(course.ranked(conversation, each) for conversation, each in moved)
        for case in cases.values():
            judged = course.judging.renamed(case, course.inforce, inforce, at)
            if judged is not None:
                course.ledger.judge(judged)
        course.inforce = inforce
        course.decide_turns(course.clocks.use(inforce, at), cause)
        course.promises.use(inforce)
        course.stages.use(inforce)
        course.do(cause, inputs.PlanChanged(at=at, plan=inforce.plan, rekeyed=rekeyed))

    def explain(self, conversation: str) -> tuple[WorkState, r.Why | None] | None:
        """Where the live work of a conversation stands and why, as of now."""
        course = self._course
        work = course.ledger.live(conversation)
        return (work, course.engine.explain(work.id)) if work is not None else None
