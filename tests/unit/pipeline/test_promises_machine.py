"""Promises through any order of replies, reports, ends and restarts: what never happens.

Beside the owner that lives on, a fresh one is made of the rows before every step, as after a
restart; both must say the same.
"""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from config.rulebook import Rulebook
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.events import Event
from gateway.domain.message import UNTOLD, MessageState
from gateway.domain.promise import (
    ENDED,
    Promise,
    PromiseChanged,
    PromiseMade,
    PromiseState,
    stood,
    taken,
)
from gateway.pipeline.inforce import InForce
from gateway.pipeline.promises import Promises, times_of
from gateway.store.queries.promises import Answer
from gateway.verbs.promise import moved

START_MS = 1_790_000_000_000
WORDS = {"templates": {"automatic": {"promise_late": {}}}}
BOOKS = [
    InForce(1, Rulebook.model_validate(WORDS)),
    InForce(2, Rulebook.model_validate({"promises": {"grace": "2h", "warn_before": "5m"}})),
    InForce(3, Rulebook.model_validate(WORDS | {"promises": {"same_breath": "0s"}})),
]
PLACES = ("a", "b")
STATES = sorted(MessageState)
ONCE = ("warned", "told", "broken")


class World(RuleBasedStateMachine):
    """Two customers to whom things are promised."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START_MS
        self.book = BOOKS[0]
        self.owner = Promises("desk", self.book)
        self.rows: dict[str, Promise] = {}
        self.replies: dict[str, Answer] = {}
        self.written = 0  # of them, those that are over too
        self.by_hand: set[str] = set()
        self.told: list[PromiseChanged] = []
        self.ends = False  # a conversation does
        self.merged = False  # what is said in a is said in b from then on

    # --- what both owners are asked ---

    def _restarted(self) -> Promises:
        """An owner that knows what the tables have, and nothing else."""
        fresh = Promises("desk", self.book)
        live = [row for row in self.rows.values() if row.state not in ENDED]
        pending = [
            answer
            for answer in self.replies.values()
            if any(answer.at > p.made_at and stood(p, answer.conversation, answer.at) for p in live)
        ]
        fresh.restore(live, pending)
        return fresh

    def _ask(self, question) -> None:
        fresh = self._restarted()
        told, again = question(self.owner), question(fresh)
        assert Counter(map(repr, told)) == Counter(map(repr, again)), "a restart changes nothing"
        for conversation, change in told:
            row = self.rows[change.promise]
            assert row.conversation == conversation
            self._never(row, change)
            self.rows[change.promise] = moved(row, change)
            self.told.append(change)
        self.owner.committed()

    def _never(self, row: Promise, change: PromiseChanged) -> None:
        times = times_of(row, self.book)
        assert change.promise not in self.by_hand, "what a person ended is ended"
        assert change.due == row.due, "the instant is the one that was promised"
        match change.what:
            case "warned":
                assert times.warn_at <= change.noticed_at
            case "told":
                assert change.noticed_at <= row.due, "who knows already is told nothing"
            case "late":
                assert change.noticed_at > row.due
            case "broken":
                assert self.ends or change.noticed_at > times.breaks_at
            case "kept":
                assert change.noticed_at > times.counts_at
                assert row.state not in ENDED
            case "reopened":
                assert row.kept_by == change.kept_by
                assert self.replies[change.kept_by].state in UNTOLD

    # --- what happens ---

    @rule(span=st.sampled_from((1_000, MINUTE_MS, HOUR_MS, DAY_MS, 3 * DAY_MS)))
    def time_passes(self, span: int) -> None:
        self.now += span
        self._ask(lambda owner: owner.tick(self.now))

    def _open(self, place: str) -> str:
        return "b" if self.merged else place

    @precondition(lambda self: not self.merged)
    @rule(later_ms=st.sampled_from((0, 1, MINUTE_MS)))
    def they_become_one(self, later_ms: int) -> None:
        """What was said before answers what was promised there, and nothing of the other's."""
        self.now += later_ms
        self.merged = True
        self.owner.went_over("a", "b", self.now, self.now)
        for name, row in self.rows.items():
            if row.conversation == "a" and row.state not in ENDED:
                self.rows[name] = taken(row, "b", self.now, self.now)

    @rule(place=st.sampled_from(PLACES), span=st.sampled_from((MINUTE_MS, HOUR_MS, DAY_MS)))
    def somebody_promises(self, place: str, span: int) -> None:
        place = self._open(place)
        name = f"p{len(self.rows)}"
        due = self.now + span
        body = PromiseMade(promise=name, due=due, owner="emma", queue="", by="agent:emma")
        event = Event(
            desk="desk",
            position=1,
            conversation=place,
            seq=1,
            kind="promise.made",
            at=self.now,
            actor="agent:emma",
            cause=None,
            body="",
        )
        self.owner.made(event, body)
        self.rows[name] = Promise(
            id=name,
            desk="desk",
            conversation=place,
            identity="",
            owner="emma",
            queue="",
            text="",
            due=due,
            made_at=self.now,
            by="agent:emma",
            message=None,
        )

    @rule(place=st.sampled_from(PLACES), state=st.sampled_from(STATES))
    def somebody_answers(self, place: str, state: MessageState) -> None:
        self.written += 1
        self.now += 1
        answer = Answer(self._open(place), f"m{self.written}", self.now, state)
        self.replies[answer.message] = answer
        self._ask(lambda owner: owner.written(answer))

    @precondition(lambda self: self.replies)
    @rule(data=st.data(), state=st.sampled_from(STATES))
    def a_report_comes(self, data: st.DataObject, state: MessageState) -> None:
        message = data.draw(st.sampled_from(sorted(self.replies)))
        kept = [row for row in self.rows.values() if row.kept_by == message]
        before = self.replies[message]
        home = self._open(before.conversation)

        def settled(owner: Promises) -> list:
            if state in UNTOLD:
                owner.kept(kept, self.replies.values())
            return owner.settled(before._replace(at=self.now, state=state), home)

        fresh_must_know = self._restarted()
        self.replies[message] = before._replace(state=state)
        told, again = settled(self.owner), settled(fresh_must_know)
        assert Counter(map(repr, told)) == Counter(map(repr, again))
        for _, change in told:
            row = self.rows[change.promise]
            self._never(row, change)
            if row.conversation != home:
                row = taken(row, home, self.now)
            self.rows[change.promise] = moved(row, change)
            self.told.append(change)
        self.owner.committed()

    @rule(place=st.sampled_from(PLACES))
    def somebody_telephones(self, place: str) -> None:
        place = self._open(place)
        self.now += 1
        self._ask(lambda owner: owner.spoken_with(place, "c1", self.now))

    @rule(place=st.sampled_from(PLACES))
    def it_is_resolved(self, place: str) -> None:
        place = self._open(place)
        self.ends = True
        self._ask(lambda owner: owner.resolved(place, self.now))
        self.ends = False
        live = [r for r in self.rows.values() if r.state not in ENDED and r.conversation == place]
        assert live == [], "nothing stands where nobody looks"
        for message, answer in list(self.replies.items()):  # of what is over nothing is reopened
            if self._open(answer.conversation) == place:
                del self.replies[message]
        for name, row in self.rows.items():
            if self._open(row.conversation) == place and row.kept_by is not None:
                self.rows[name] = replace(row, kept_by="over")

    @precondition(lambda self: any(r.state not in ENDED for r in self.rows.values()))
    @rule(data=st.data(), state=st.sampled_from((PromiseState.KEPT, PromiseState.WITHDRAWN)))
    def somebody_ends_it(self, data: st.DataObject, state: PromiseState) -> None:
        live = sorted(name for name, row in self.rows.items() if row.state not in ENDED)
        name = data.draw(st.sampled_from(live))
        self.rows[name] = replace(
            self.rows[name], state=state, ended_by="agent:lin", ended_at=self.now
        )
        self.by_hand.add(name)
        self.owner.ended(name)

    @rule(book=st.sampled_from(BOOKS))
    def another_rulebook(self, book: InForce) -> None:
        self.book = book
        self.owner.use(book)

    @rule()
    def the_owner_dies(self) -> None:
        self.owner = self._restarted()

    # --- what never happens ---

    @invariant()
    def each_is_told_once(self) -> None:
        counted = Counter((change.promise, change.what) for change in self.told)
        assert all(counted[name, what] <= 1 for name in self.rows for what in ONCE)

    @invariant()
    def both_know_the_same(self) -> None:
        for place in PLACES:
            known = {p.id: p.state for p in self.owner.live(place)}
            rows = [r for r in self.rows.values() if r.conversation == place]
            assert known == {r.id: r.state for r in rows if r.state not in ENDED}

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """After a look at the clock nothing stands as if its time had not passed."""
        for row in self.rows.values():
            awaited = any(
                stood(row, a.conversation, a.at)
                and a.state is MessageState.QUEUED
                and a.at > times_of(row, self.book).counts_at
                for a in self.replies.values()
            )
            if row.state in ENDED or awaited:
                continue
            at = self.owner.next_timer()
            assert at is not None, "what stands has a timer"

    @invariant()
    def what_kept_it_arrived(self) -> None:
        for row in self.rows.values():
            if row.state is PromiseState.KEPT and row.kept_by in self.replies:
                assert self.replies[row.kept_by].state not in UNTOLD
                assert (row.late_at is None) == ((row.ended_at or 0) <= row.due)


World.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestPromises = World.TestCase
