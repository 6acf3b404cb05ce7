"""Silences through any order of words, hands and restarts: what is never said.

Beside the owner that lives on, a fresh one is made of the rows before every step, as after a
restart; both must say the same.
"""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from config.rulebook import Rulebook
from gateway.domain.clock import HOUR_MS, MINUTE_MS
from gateway.domain.conversation import Status
from gateway.domain.events import Event, MessageReceived
from gateway.domain.job import StageDue
from gateway.domain.message import ON_ITS_WAY, TOLD, MessageState
from gateway.domain.silence import Silence, Stage
from gateway.pipeline.inforce import InForce
from gateway.pipeline.stages import Stages

START_MS = 1_790_000_000_000
QUIET_MS = 30_000
WANTED = {
    "still_waiting": {"after": "2m", "times": 2, "every": "5m"},
    "agent_silent": {"after": "3m", "times": 2},
    "out_of_hours": {},
    "handoff": {},
    "transferred": {},
    "customer_silent": {"after": "10m", "times": 3, "instead": [{"after": "1m", "queues": ["b"]}]},
    "closed_silent": {"after": "20m"},
    "resolved": {"after": "1m"},
}
QUEUES = {"a": {"hours": "day"}, "b": {}}
HOURS = {"day": {"weekly": {"mon-sun": "08:00-20:00"}}}


def book(version: int, automatic: dict, quiet: str) -> InForce:
    templates = {"automatic": automatic, "quiet": quiet}
    desk = {"default_queue": "a"}
    document = {"templates": templates, "queues": QUEUES, "hours": HOURS, "desk": desk}
    return InForce(version, Rulebook.model_validate(document))


BOOKS = [book(1, WANTED, "30s"), book(2, {}, "30s"), book(3, WANTED, "5m")]
MOST = {Stage(name): rule.get("times", 1) for name, rule in WANTED.items()}
ONE_WORD = (Stage.HANDOFF, Stage.OUT_OF_HOURS)  # by a stage or by the first answer
PLACES = ("x", "y")
WRITTEN = (MessageState.QUEUED, MessageState.SENT, MessageState.HELD)
REPORTED = (
    *(MessageState.QUEUED, MessageState.SENT, MessageState.DELIVERED),
    *(MessageState.FAILED, MessageState.UNKNOWN, MessageState.HELD),
)
CUSTOMERS = (Stage.CUSTOMER_SILENT, Stage.CLOSED_SILENT)
DESKS = (Stage.STILL_WAITING, Stage.AGENT_SILENT, Stage.HANDOFF)


class World(RuleBasedStateMachine):
    """Two conversations in which people speak and fall silent."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START_MS
        self.book = BOOKS[0]
        self.rows: dict[str, Silence] = {}
        self.paused_at: int | None = None
        self.owner = self._fresh()
        self.seq = 0
        self.said: list[StageDue] = []
        self.spoken: dict[str, int] = {}  # when somebody spoke last
        self.last: dict[str, str] = {}  # who: customer | desk | machine | provider
        self.over: set[str] = set()
        self.answers: dict[str, dict[str, MessageState]] = {}  # to a customer's newest words
        self.told: dict[tuple[str, Stage], int] = {}  # by turn: what was said, by whomever, when
        self.silent: dict[str, int] = {}  # since when a customer is, but for pauses

    def _fresh(self) -> Stages:
        fresh = Stages("desk", self.book, lambda _: None, lambda _: False, lambda *_: True)
        live = [row for row in self.rows.values() if row.live_of is not None]
        fresh.restore(live, paused=self.paused_at is not None)
        return fresh

    def _ask(self, question) -> None:
        """The living owner and a fresh one; then the fresh one's rows must be the same."""
        fresh = self._fresh()
        told, again = question(self.owner), question(fresh)
        assert Counter(map(repr, told or ())) == Counter(map(repr, again or ()))
        rows = {row.conversation: row for row in self.owner.drain()}
        assert rows == {row.conversation: row for row in fresh.drain()}
        self.rows |= rows
        for plea in told or ():
            self._never(plea)
            self.said.append(plea)

    def _never(self, plea: StageDue) -> None:
        place, stage = plea.conversation, plea.stage
        assert self.paused_at is None, "nothing during a pause"
        assert self.book.has_stages, "nothing that the rulebook does not want"
        assert self.last[place] != "machine", "nothing to machines"
        quiet = self.book.rulebook.templates.quiet_ms
        if stage not in (Stage.OUT_OF_HOURS, Stage.HANDOFF):
            assert self.now >= self.spoken[place] + quiet, "nothing after a person's words"
        if stage in CUSTOMERS:
            assert self.last[place] == "desk", "who has spoken, or has no answer, is not silent"
            assert self.now >= self.silent[place] + MINUTE_MS, "a pause is nobody's silence"
        if stage in DESKS:
            assert self.last[place] == "customer", "who has answered is not silent"
        if stage is Stage.RESOLVED:
            assert self.last[place] != "customer", "who got no answer is not thanked"
        if stage in ONE_WORD:
            assert (plea.turn, stage) not in self.told, "what was said is not said again"
            self.told[plea.turn, stage] = self.now
        if stage is Stage.TRANSFERRED and self.last[place] == "customer":
            assert (plea.turn, Stage.HANDOFF) not in self.told, "a person comes, whoever it is"
        assert (stage is Stage.RESOLVED) == (place in self.over), "over is over"

    def _event(self, place: str, kind: str) -> Event:
        self.seq += 1
        return Event(
            desk="desk",
            position=self.seq,
            conversation=place,
            seq=self.seq,
            kind=kind,
            at=self.now,
            actor="",
            cause=None,
            body="",
        )

    # --- what happens ---

    @rule(span=st.sampled_from((1_000, QUIET_MS, MINUTE_MS, 5 * MINUTE_MS, HOUR_MS, 9 * HOUR_MS)))
    def time_passes(self, span: int) -> None:
        self.now += span
        self._ask(lambda owner: owner.tick(self.now))

    @rule(place=st.sampled_from(PLACES), queue=st.sampled_from(("a", "b")))
    def a_customer_writes(self, place: str, queue: str) -> None:
        event = self._event(place, "message.received")
        body = MessageReceived(message=f"m{self.seq}", identity="i", account="toy", channel="toy")
        if place in self.over:
            self._ask(lambda o: o.status(place, Status.OPEN, "contact:c", self.now))
            self.over.discard(place)
        self._ask(lambda owner: owner.asked(event, body, queue, ""))
        self.spoken[place], self.last[place] = self.now, "customer"
        self.answers[place] = {}

    @rule(
        place=st.sampled_from(PLACES), words=st.sampled_from(("人工", "您好", "还是没收到", "谢谢"))
    )
    def a_customer_asks_for_more(self, place: str, words: str) -> None:
        if self.last.get(place) == "customer" and place not in self.over:
            self._ask(lambda owner: owner.unanswered(place, (words,), self.now))

    @rule(
        place=st.sampled_from(PLACES),
        author=st.sampled_from(("auto:knowledge_answer", "auto:handoff", "auto:out_of_hours")),
    )
    def something_is_said_by_itself(self, place: str, author: str) -> None:
        row = self.owner.live(place)
        self._ask(lambda owner: owner.told(place, author))
        if row is not None and author != "auto:knowledge_answer":
            self.told[row.message, Stage(author.removeprefix("auto:"))] = self.now

    @rule(place=st.sampled_from(PLACES))
    def a_machine_writes(self, place: str) -> None:
        self._ask(lambda owner: owner.hushed(place))
        self.last[place] = "machine"

    @rule(place=st.sampled_from(PLACES), state=st.sampled_from(WRITTEN))
    def an_agent_answers(self, place: str, state: MessageState) -> None:
        if place in self.over:
            return
        event, name = self._event(place, "message.written"), f"m{self.seq}"
        self._ask(lambda owner: owner.answered(event, name, state))
        self.spoken[place] = self.now
        self._got_so_far(place, name, state)

    @rule(place=st.sampled_from(PLACES), which=st.integers(0, 2), state=st.sampled_from(REPORTED))
    def it_is_told_how_far_an_answer_got(self, place: str, which: int, state: MessageState) -> None:
        names = list(self.answers.get(place, ()))[-3:]
        if names:
            name = names[which % len(names)]
            self._ask(lambda owner: owner.settled(name, state, self.now))
            self._got_so_far(place, name, state)

    def _got_so_far(self, place: str, name: str, state: MessageState) -> None:
        """One that is on its way may yet come; else one that came is enough."""
        answers = self.answers.setdefault(place, {})
        known, answers[name] = answers.get(name), state
        if self.last.get(place) == "machine":
            return
        before, states = self.last.get(place), set(answers.values())
        who = "provider" if states & ON_ITS_WAY else "desk" if states & TOLD else "customer"
        self.last[place] = who
        again = state in TOLD and known not in TOLD
        if who == "desk" and (again or before != "desk"):
            self.silent[place] = self.now

    @rule()
    def sending_is_paused(self) -> None:
        if self.paused_at is None:
            self._ask(lambda owner: owner.paused())
            self.paused_at = self.now

    @rule()
    def sending_goes_on(self) -> None:
        if (since := self.paused_at) is not None:
            self._ask(lambda owner: owner.resumed(since, self.now))
            self.paused_at = None
            for place, at in self.silent.items():
                self.silent[place] = at + self.now - max(at, since)
            self._ask(lambda owner: owner.tick(self.now))

    @rule(
        place=st.sampled_from(PLACES),
        queue=st.sampled_from(("a", "b")),
        agent=st.sampled_from(("", "emma", "lin")),
        gives=st.booleans(),
    )
    def it_changes_hands(self, place: str, queue: str, agent: str, gives: bool) -> None:
        self._ask(lambda owner: owner.stands(place, queue, agent, self.now))
        if gives:
            self._ask(lambda owner: owner.handed_over(place, self.now))

    @rule(
        place=st.sampled_from(PLACES),
        status=st.sampled_from((Status.OPEN, Status.PENDING, Status.SNOOZED, Status.ON_HOLD)),
    )
    def it_is_moved(self, place: str, status: Status) -> None:
        if place not in self.over:
            self._ask(lambda owner: owner.status(place, status, "agent:emma", self.now))

    @rule(place=st.sampled_from(PLACES), by=st.sampled_from(("agent:emma", "auto:overflow")))
    def it_is_resolved(self, place: str, by: str) -> None:
        if place in self.last and place not in self.over:
            self.over.add(place)
            self._ask(lambda owner: owner.status(place, Status.RESOLVED, by, self.now))

    @rule(
        which=st.sampled_from(BOOKS),
    )
    def another_rulebook(self, which: InForce) -> None:
        self.book = which
        self.owner.use(which)

    @rule()
    def the_owner_dies(self) -> None:
        self.owner = self._fresh()

    # --- what never happens ---

    @invariant()
    def each_so_often_a_turn(self) -> None:
        counted = Counter((plea.turn, plea.stage) for plea in self.said)
        for (_, stage), number in counted.items():
            assert number <= MOST[stage]
        keys = Counter((plea.turn, plea.stage, plea.number) for plea in self.said)
        assert not keys or max(keys.values()) == 1, "no key twice"

    @invariant()
    def both_know_the_same(self) -> None:
        for place in PLACES:
            row = self.rows.get(place)
            standing = row if row is not None and row.live_of is not None else None
            assert self.owner.live(place) == standing


World.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestStages = World.TestCase
