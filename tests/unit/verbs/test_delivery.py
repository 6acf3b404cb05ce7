"""How far a message got: reports in any order, tries that end badly, people who decide."""

from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from gateway.contract import DeliveryReport, Reason
from gateway.contract.capabilities import SendBudget
from gateway.domain.clock import DAY_MS
from gateway.domain.conversation import Conversation
from gateway.domain.delivery import EarlyReport
from gateway.domain.job import Attempt, Doubtful, Job, JobKind, JobState
from gateway.domain.message import RANK, Direction, Message, MessageBody, MessageState
from gateway.verbs.held import Tend, Withdraw
from gateway.verbs.message import File, Write
from gateway.verbs.resend import Arrived, Resend
from gateway.verbs.settle import Settle
from gateway.verbs.ways import Limits
from tests.unit.verbs.paper import PaperDesk, accept, claim, said, way
from tests.unit.verbs.test_commands import opened, write

SENT, DELIVERED, READ = MessageState.SENT, MessageState.DELIVERED, MessageState.READ
FAILED, UNKNOWN, HELD = MessageState.FAILED, MessageState.UNKNOWN, MessageState.HELD
LIMITS = Limits(window_ms=DAY_MS, budget=SendBudget(messages=2, per_ms=DAY_MS))


def sent(desk: PaperDesk) -> list[Message]:
    """Our messages, in the order of the conversation."""
    ours = (m for m in desk.all(Message) if m.direction is Direction.OUT)
    return sorted(ours, key=lambda m: m.seq)


DOUBT = msgspec.json.encode(Doubtful(since=0, ask=False)).decode()
OUTCOMES: dict[str, dict[str, Any]] = {
    "accepted": {"state": SENT},
    "rejected": {"state": FAILED, "reason": Reason.OTHER},
    "deferred": {"state": None, "job_state": JobState.READY},
    "unknown": {"state": UNKNOWN, "outcome": "in_doubt"},
    "awaited": {
        "state": None,
        "job_state": JobState.READY,
        "body": DOUBT,
        "outcome": "in_doubt",
    },
}


def settled(desk: PaperDesk, job: Job, attempt: str, outcome: str, name: str = "") -> None:
    """As the worker does after a try."""
    fields: dict[str, Any] = {"outcome": outcome, "detail": "why"} | OUTCOMES[outcome]
    if outcome == "accepted":
        fields["provider_id"] = name
    desk.run(Settle(job=job.id, attempt=attempt, **fields))


def tried(desk: PaperDesk, outcome: str, name: str = "") -> None:
    """The only send is tried."""
    (job,) = [j for j in desk.all(Job) if j.kind is JobKind.SEND]
    settled(desk, job, claim(desk, job), outcome, name)


def told(
    state: MessageState, name: str | None, key: str, message: str | None = None, **fields: Any
) -> DeliveryReport:
    """A report of the provider."""
    return DeliveryReport(
        key=f"report:{key}", state=state, provider_message=name, message=message, **fields
    )


# --- orders ---

STORY = {
    "answer": lambda desk: tried(desk, "accepted", "P1"),
    "sent": lambda desk: desk.run(accept(told(SENT, "P1", "sent"))),
    "delivered": lambda desk: desk.run(accept(told(DELIVERED, "P1", "delivered"))),
    "read": lambda desk: desk.run(accept(told(READ, "P1", "read"))),
    "again": lambda desk: desk.run(accept(told(DELIVERED, "P1", "delivered"))),
}


@pytest.mark.parametrize("order", list(permutations(STORY)), ids="-".join)
def test_reports_in_any_order(order: tuple[str, ...]) -> None:
    """Before the send's own answer, doubled, backwards: it ends as read, and no report is left."""
    desk, conversation = opened()
    desk.run(write(conversation))
    for part in order:
        STORY[part](desk)
    (message,) = sent(desk)
    assert (message.state, message.provider_id) == (READ, "P1")
    assert desk.all(EarlyReport) == []
    assert desk.all(Job) == []


def test_a_report_of_another_account_is_not_ours() -> None:
    """Whatever it names: our id, or a provider's id that happens to be the same."""
    desk, conversation = opened()
    message = desk.run(write(conversation))
    tried(desk, "accepted", "P1")
    desk.run(accept(told(READ, "P1", "x"), account="other"))
    desk.run(accept(told(READ, "P1", "y", message.id), account="other"))
    assert sent(desk)[0].state is SENT


@pytest.mark.parametrize("outcome", ["unknown", "awaited", "deferred"])
def test_a_report_tells_what_nobody_knew(outcome: str) -> None:
    """By our id: the provider has it, under this name; nothing is asked or tried any more."""
    desk, conversation = opened()
    message = desk.run(write(conversation))
    tried(desk, outcome)
    desk.run(accept(told(DELIVERED, "P1", "d", message.id)))
    assert (sent(desk)[0].state, sent(desk)[0].provider_id) == (DELIVERED, "P1")
    assert desk.all(Job) == []
    desk.run(accept(told(READ, "P1", "r")))
    assert sent(desk)[0].state is READ


@pytest.mark.parametrize("outcome", ["unknown", "awaited", "deferred"])
def test_a_report_that_is_quicker_than_the_answer(outcome: str) -> None:
    """What the provider has is not tried again, however the try ends."""
    desk, conversation = opened()
    message = desk.run(write(conversation))
    (job,) = desk.all(Job)
    attempt = claim(desk, job)
    desk.run(accept(told(DELIVERED, "P1", "d", message.id)))
    settled(desk, job, attempt, outcome)
    assert sent(desk)[0].state is DELIVERED
    assert desk.all(Job) == []


# --- people ---


@pytest.mark.parametrize("outcome", ["rejected", "unknown"])
@pytest.mark.parametrize("late_first", [True, False])
def test_what_goes_again_has_a_name_of_its_own(outcome: str, late_first: bool) -> None:
    """Reports of the old name are the old one's, whether they come before the new answer or after."""
    desk, conversation = opened()
    file = File(sha256="ab", media_type="image/png", filename="a.png", size_bytes=3)
    old = desk.run(write(conversation, files=(file,)))
    tried(desk, outcome)
    new = desk.run(Resend(desk="desk", message=old.id, by="agent:e"))
    assert (new.state, new.text, new.id != old.id) == ("queued", old.text, True)
    late = accept(told(FAILED, "P1", "late", old.id))
    if late_first:
        desk.run(late)
    tried(desk, "accepted", "P2")
    desk.run(accept(told(DELIVERED, "P2", "new")))
    if not late_first:
        desk.run(late)
    first, second = sent(desk)
    assert (first.state, second.state, second.provider_id) == (FAILED, DELIVERED, "P2")
    assert msgspec.json.decode(first.body, type=MessageBody).resent_as == second.id
    assert desk.run(Resend(desk="desk", message=old.id, by="agent:e")).code == "sent_again"


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_try_moves_no_conversation_up(outcome: str) -> None:
    """Lists are sorted by the last news; how a message fares on its way is none."""
    desk, conversation = opened()
    desk.run(write(conversation))
    before = desk.one(Conversation)
    desk.now += DAY_MS
    tried(desk, outcome)
    after = desk.one(Conversation)
    assert after.seq > before.seq
    assert after.updated_at == before.updated_at


def test_only_what_failed_or_is_unknown_goes_again() -> None:
    """All else is on its way, or there."""
    desk, conversation = opened()
    message = desk.run(write(conversation))
    assert desk.run(Resend(desk="desk", message=message.id, by="agent:e")).code == "not_failed"
    assert desk.run(Arrived(desk="desk", message=message.id, by="agent:e")).code == "not_unknown"


def test_where_the_provider_can_be_asked_it_is_asked_first() -> None:
    """It stays unknown meanwhile; pressed twice, it is asked once."""
    desk, conversation = opened()
    old = desk.run(write(conversation))
    tried(desk, "unknown")
    for _ in range(2):
        asked = desk.run(Resend(desk="desk", message=old.id, by="agent:e", finds=True))
        assert (asked.id, asked.state) == (old.id, UNKNOWN)
    (job,) = desk.all(Job)
    assert msgspec.json.decode(job.body, type=Doubtful) == Doubtful(since=old.at, ask=True)
    tried(desk, "accepted", "P1")
    assert sent(desk)[0].state is SENT


def test_a_person_says_that_it_arrived() -> None:
    """Nothing of it is asked any more, and the log says who said so."""
    desk, conversation = opened()
    old = desk.run(write(conversation))
    tried(desk, "unknown")
    desk.run(Resend(desk="desk", message=old.id, by="agent:e", finds=True))
    assert desk.run(Arrived(desk="desk", message=old.id, by="agent:e")).state is DELIVERED
    assert desk.all(Job) == []
    assert (desk.events[-1].kind, desk.events[-1].actor) == ("message.settled", "agent:e")


def test_what_goes_again_keeps_to_the_window() -> None:
    """Sending again after it closed is held like any other reply."""
    desk, conversation = opened()
    old = desk.run(write(conversation))
    tried(desk, "rejected")
    again = Resend(desk="desk", message=old.id, by="agent:e", limits=LIMITS)
    assert desk.run(again).state is HELD


# --- whatever happens ---


class Deliveries(RuleBasedStateMachine):
    """Replies, tries, reports, people and customers in any order: states only go forward."""

    def __init__(self) -> None:
        super().__init__()
        self.desk, self.conversation = opened()
        self.number = 0
        self.names: list[str] = []
        self.running: list[tuple[Job, str]] = []
        self.seen: dict[str, Message] = {}

    def _next(self) -> int:
        self.number += 1
        return self.number

    @rule(wait=st.sampled_from([0, DAY_MS, 7 * DAY_MS]))
    def customer_writes(self, wait: int) -> None:
        self.desk.now += wait
        message = accept(said("x", f"in-{self._next()}"), reopen_ms=10**12)
        message.way = replace(way(), limits=LIMITS)
        self.desk.run(message)

    @rule()
    def agent_writes(self) -> None:
        self.desk.run(self._write())

    def _write(self) -> Write:
        return write(self.conversation, limits=LIMITS)

    @rule(pick=st.integers(0, 9))
    def worker_claims(self, pick: int) -> None:
        ready = [
            j for j in self.desk.all(Job) if j.state is JobState.READY and j.kind is JobKind.SEND
        ]
        if ready:
            job = ready[pick % len(ready)]
            self.running.append((job, claim(self.desk, job)))

    @precondition(lambda self: self.running)
    @rule(outcome=st.sampled_from(sorted(OUTCOMES)))
    def try_ends(self, outcome: str) -> None:
        job, attempt = self.running.pop(0)
        name = f"P{self._next()}"
        if outcome == "accepted":
            self.names.append(name)
        settled(self.desk, job, attempt, outcome, name)

    @rule(
        state=st.sampled_from([SENT, DELIVERED, READ, FAILED]),
        pick=st.integers(0, 9),
        by=st.sampled_from(["name", "ours", "both", "early"]),
        account=st.sampled_from(["sms", "other"]),
    )
    def provider_reports(self, state: MessageState, pick: int, by: str, account: str) -> None:
        tried_ones = {a.key for a in self.desk.all(Attempt)}
        ours = [m for m in sent(self.desk) if m.id in tried_ones]
        name = self.names[pick % len(self.names)] if self.names and by != "early" else None
        message = ours[pick % len(ours)] if ours and by != "name" else None
        if message is not None and by == "both":
            name = message.provider_id
        if by == "early":
            message, name = None, f"P{self.number + 1}"
        about = message.id if message is not None else None
        report = told(state, name, f"r{self._next()}", about)
        before = sent(self.desk)
        for _ in range(2):
            self.desk.run(accept(report, account=account))
        if account == "other":
            assert sent(self.desk) == before

    @rule(pick=st.integers(0, 9), finds=st.booleans())
    def agent_sends_again(self, pick: int, finds: bool) -> None:
        message = sent(self.desk)[pick % len(sent(self.desk))] if sent(self.desk) else None
        if message is not None:
            self.desk.run(
                Resend(desk="desk", message=message.id, by="agent:e", limits=LIMITS, finds=finds)
            )

    @rule(pick=st.integers(0, 9), verb=st.sampled_from([Withdraw, Arrived]))
    def agent_decides(self, pick: int, verb: Any) -> None:
        ours = sent(self.desk)
        if ours:
            self.desk.run(verb(desk="desk", message=ours[pick % len(ours)].id, by="agent:e"))

    @rule()
    def watch_is_due(self) -> None:
        for job in self.desk.all(Job):
            if job.kind is JobKind.HELD and job.due_at <= self.desk.now:
                self.desk.run(Tend(job=job.id, attempt=claim(self.desk, job), message=job.key))

    @invariant()
    def states_only_go_forward(self) -> None:
        for message in sent(self.desk):
            before = self.seen.get(message.id, message)
            assert RANK[message.state] >= RANK[before.state]
            assert before.provider_id in (None, message.provider_id)
            self.seen[message.id] = message

    @invariant()
    def the_audit_is_clean(self) -> None:
        sends = {j.key for j in self.desk.all(Job) if j.kind is JobKind.SEND}
        watches = {j.key for j in self.desk.all(Job) if j.kind is JobKind.HELD}
        for message in sent(self.desk):
            if message.state is MessageState.QUEUED:
                assert message.id in sends
            if message.state is HELD:
                assert message.id in watches
                assert message.id not in sends
            if message.state in (DELIVERED, READ, FAILED):
                ready = {j.key for j in self.desk.all(Job) if j.state is JobState.READY}
                assert message.id not in ready
        names = [m.provider_id for m in sent(self.desk) if m.provider_id]
        assert len(names) == len(set(names))
        assert self.desk.one(Conversation).seq >= len(self.desk.all(Message))


TestDeliveries = Deliveries.TestCase
