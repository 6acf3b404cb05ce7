"""Whose answer is awaited: what opens a turn, what closes it, what defers its breach."""

from random import Random

import pytest

from config.rulebook import Rulebook
from gateway.domain.ids import IdMaker
from gateway.domain.message import MessageState
from gateway.domain.work import Turn, Unanswered
from gateway.pipeline.aims import Aim
from gateway.pipeline.inforce import InForce
from gateway.pipeline.turns import Question, Reply, Turns
from tests.unit.domain.test_ids import Stopped

OPENED, WARN, DUE = 1_000, 1_800, 2_000
BOOK = {
    "sla": {"targets": [{"first_response": "1s", "next_response": "10ms"}]},
    "hours": {"shop": {"weekly": {"mon-sun": "09:00-18:00"}}},
    "queues": {"main": {}, "later": {"hours": "shop"}},
    "desk": {"default_queue": "main"},
}
PROMISED = InForce(3, Rulebook.model_validate(BOOK))
NOTHING = InForce(3, Rulebook.model_validate(BOOK | {"sla": {}}))
AIM = Aim(queue="main", channel="toy", account="toy", language="en", priority=0, vip=False)
DEFERS = {MessageState.QUEUED}
CLOSES = {MessageState.SENT, MessageState.DELIVERED, MessageState.READ}


class Talk:
    """One conversation's turns, and all that was told of them: what, when it was noticed."""

    def __init__(self, inforce: InForce = PROMISED, *, asked: bool = True) -> None:
        self.turns = Turns("desk", IdMaker(Stopped(OPENED), Random(1)), inforce)
        self.told: list[tuple[str, int]] = []
        self.dues: set[int | None] = set()
        self.rows: dict[str, Turn] = {}
        if asked:
            self.turns.open("c", "in-1", "first_response", OPENED, AIM)
            self._keep()

    def _keep(self, changes=()) -> "Talk":
        self.told += [(change.what, change.noticed_at) for change in changes]
        self.dues |= {change.due for change in changes}
        self.rows |= self.turns.touched
        self.turns.touched.clear()
        return self

    def written(self, at: int, message: str = "out-1", state: str = "queued") -> "Talk":
        return self._keep(list(self.turns.written(message, Reply("c", at, state, "emma"))))

    def settled(self, at: int, state: str, message: str = "out-1") -> "Talk":
        return self._keep(list(self.turns.settled(message, state, at, "c")))

    def resolved(self, at: int) -> "Talk":
        return self._keep(list(self.turns.resolved("c", at)))

    def tick(self, now: int) -> "Talk":
        told = self.turns.tick(now)
        assert {conversation for conversation, _ in told} <= {"c"}
        return self._keep([change for _, change in told])

    def again(self) -> "Talk":
        """The same talk after a restart: rows and pending replies are all there is."""
        other = Talk(asked=False)
        for row in self.rows.values():
            if row.open_of is not None:
                other.turns.restore(row)
        other.rows = dict(self.rows)
        return other

    @property
    def row(self) -> Turn:
        (row,) = self.rows.values()
        return row


def test_a_turn_opens_with_what_was_promised() -> None:
    """Its row says since when, by when, by which message and which rulebook."""
    talk = Talk()
    row = talk.row
    assert (row.opened_at, row.due, row.warn_at) == (OPENED, DUE, WARN)
    assert (row.message, row.metric, row.rulebook) == ("in-1", "first_response", 3)
    assert (row.conversation, row.open_of, row.closed_at) == ("c", "c", None)
    assert talk.turns.is_open("c")
    assert talk.turns.next_timer() == WARN


def test_warned_once_and_breached_once() -> None:
    """Each is told once, with the original due instant, however often time is looked at."""
    talk = Talk().tick(WARN - 1)
    assert talk.told == []
    talk.tick(WARN).tick(WARN + 1)
    assert talk.told == [("warned", WARN)]
    assert talk.turns.next_timer() == DUE + 1
    talk.tick(DUE).tick(DUE + 1).tick(DUE + 99)
    assert talk.told == [("warned", WARN), ("breached", DUE + 1)]
    assert talk.dues == {DUE}
    assert (talk.row.warned_at, talk.row.breached_at, talk.row.due) == (WARN, DUE, DUE)
    assert talk.turns.next_timer() is None


def test_what_is_noticed_late_keeps_its_instant() -> None:
    """An owner that slept tells both at once; the row has the instants as they should have been."""
    talk = Talk().tick(DUE + 5_000)
    assert talk.told == [("warned", DUE + 5_000), ("breached", DUE + 5_000)]
    assert (talk.row.warned_at, talk.row.breached_at) == (WARN, DUE)


def test_after_a_restart_nothing_is_told_twice() -> None:
    """What the row says was told is not told again; what was not, is, at the original instant."""
    warned = Talk().tick(WARN)
    again = warned.again()
    assert again.turns.next_timer() == DUE + 1
    assert again.tick(DUE + 7).told == [("breached", DUE + 7)]
    assert again.dues == {DUE}
    assert again.again().tick(DUE + 99).told == []
    fresh = Talk().again()
    assert fresh.turns.next_timer() == WARN
    assert fresh.tick(WARN).told == [("warned", WARN)]


@pytest.mark.parametrize("state", sorted(MessageState))
def test_how_far_a_reply_must_get(state: MessageState) -> None:
    """Sent, delivered and read close the turn, dated at the writing; nothing else does."""
    talk = Talk().written(1_200).settled(5_000, state)
    closed = state in CLOSES
    assert talk.turns.is_open("c") is not closed
    if closed:
        assert talk.told == [("met", 1_200)]
        assert (talk.row.closed_at, talk.row.closed_by) == (1_200, "out-1")
        assert (talk.row.open_of, talk.row.breached_at) == (None, None)


@pytest.mark.parametrize("state", sorted(set(MessageState) - CLOSES))
def test_only_a_queued_reply_defers(state: MessageState) -> None:
    """While a reply is on its way nobody is late; one that is stuck, lost or in doubt buys none."""
    talk = Talk().written(1_200, state=state).tick(DUE + 1)
    expected = [] if state in DEFERS else [("warned", DUE + 1), ("breached", DUE + 1)]
    assert talk.told == expected
    settled = Talk().written(1_200).settled(1_300, state).tick(DUE + 1)
    assert settled.told == expected


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_reply_that_fails_after_the_due_instant_breaches_at_once(state: str) -> None:
    """The breach was only deferred."""
    talk = Talk().written(1_200).tick(DUE + 10).settled(DUE + 20, state)
    assert talk.told == [("warned", DUE + 20), ("breached", DUE + 20)]
    assert talk.row.breached_at == DUE
    assert talk.turns.is_open("c")


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_reply_that_fails_before_gives_the_time_back(state: str) -> None:
    """The timers that passed while it was on its way go off after all."""
    talk = Talk().written(1_200).tick(WARN).settled(WARN + 10, state)
    assert talk.told == [("warned", WARN + 10)]
    assert talk.tick(DUE + 1).told[1:] == [("breached", DUE + 1)]


def test_another_reply_on_its_way_still_defers() -> None:
    """One of two failed: the other may yet be in time."""
    talk = Talk().written(1_200).written(1_300, "out-2").tick(DUE + 10)
    talk.settled(DUE + 20, "failed")
    assert talk.told == []
    talk.settled(DUE + 30, "sent", "out-2")
    assert talk.told == [("met", 1_300)]


def test_a_report_may_come_late() -> None:
    """Of a reply in doubt, or called failed, a report says at last that it arrived: in time."""
    for state in ("unknown", "failed"):
        talk = Talk().written(1_200).settled(DUE + 1, state).settled(DUE + 500, "delivered")
        assert talk.told[-1] == ("met", 1_200)
        assert talk.row.breached_at is None


@pytest.mark.parametrize("drained", [False, True], ids=["at once", "later"])
@pytest.mark.parametrize("state", ["failed", "held"])
def test_an_answer_that_failed_after_all(state: str, drained: bool) -> None:
    """The customer never got it, and waits since they asked: late, if it is late by now."""
    talk = Talk()
    talk._keep(list(talk.turns.written("out-1", Reply("c", 1_200, "queued", "emma"))))
    told = [change.what for change in talk.turns.settled("out-1", "sent", 1_300, "c")]
    assert told == ["met"]
    if drained:
        talk._keep()
        talk.turns.closed([talk.row])
    talk.settled(DUE + 7, state)
    assert talk.told == [("reopened", DUE + 7), ("warned", DUE + 7), ("breached", DUE + 7)]
    assert (talk.row.opened_at, talk.row.due, talk.row.breached_at) == (OPENED, DUE, DUE)
    assert (talk.row.open_of, talk.row.closed_at, talk.row.closed_by) == ("c", None, None)
    assert (talk.row.agent, talk.row.took_ms) == (None, None)
    assert talk.turns.is_open("c")
    talk.written(DUE + 50, "out-2").settled(DUE + 60, "sent", "out-2")
    assert (talk.row.closed_at, talk.row.closed_by) == (DUE + 50, "out-2")


def test_what_failed_after_all_may_yet_have_arrived() -> None:
    """The last report counts: the answer was in time."""
    talk = Talk().written(1_200).settled(1_300, "sent")
    talk.turns.closed([talk.row])
    talk.settled(1_400, "failed").settled(1_500, "delivered")
    assert [what for what, _ in talk.told] == ["met", "reopened", "met"]
    assert (talk.row.closed_at, talk.row.closed_by, talk.row.breached_at) == (1_200, "out-1", None)


@pytest.mark.parametrize(
    ("message", "waits"), [("out-9", False), ("out-1", True)], ids=["another message", "asked on"]
)
def test_what_opens_no_turn_again(message: str, waits: bool) -> None:
    """What did not close it, and where the customer waits in a newer one already."""
    talk = Talk().written(1_200).settled(1_300, "sent")
    over = talk.row
    if waits:
        talk.turns.open("c", "in-2", "next_response", 1_350, AIM)
    talk.turns.closed([over])
    before = list(talk.told)
    talk.settled(1_400, "failed", message)
    assert talk.told == before
    assert talk.rows[over.id].closed_by == "out-1"


def test_an_answer_at_the_due_instant_is_in_time() -> None:
    """One millisecond later it is not, and the row says since when it was late."""
    assert Talk().written(DUE, state="sent").told == [("met", DUE)]
    late = Talk().written(DUE + 1, state="sent")
    assert late.told == [("missed", DUE + 1)]
    assert (late.row.breached_at, late.row.closed_at) == (DUE, DUE + 1)


def test_late_and_answered() -> None:
    """Breached when it was due, missed when it was answered; the breach stays in the row."""
    talk = Talk().tick(DUE + 1).written(DUE + 50, state="sent")
    assert talk.told == [("warned", DUE + 1), ("breached", DUE + 1), ("missed", DUE + 50)]
    assert talk.row.breached_at == DUE


def test_resolved_closes() -> None:
    """Without another word; in time or late like any answer."""
    talk = Talk().resolved(1_500)
    assert talk.told == [("met", 1_500)]
    assert talk.row.closed_by == Unanswered.RESOLVED
    assert Talk().resolved(DUE + 5).told == [("missed", DUE + 5)]
    assert talk.resolved(1_600).told == [("met", 1_500)]
    assert not talk.turns.is_open("c")


def test_a_closed_turn_is_silent() -> None:
    """No timer of it goes off any more, and what settles later changes nothing."""
    talk = Talk().written(1_200, state="sent").tick(DUE + 1).settled(DUE + 2, "delivered")
    assert talk.told == [("met", 1_200)]
    assert talk.turns.next_timer() is None


def test_a_reply_to_the_last_turn_does_not_close_the_next() -> None:
    """Two replies are on their way; the first is sent, the customer asks on, the second is sent."""
    talk = Talk().written(1_200).written(1_300, "out-2").settled(1_400, "sent")
    talk.turns.open("c", "in-2", "next_response", 1_500, AIM)
    talk.settled(1_600, "sent", "out-2")
    assert talk.turns.is_open("c")
    assert talk.told == [("met", 1_200)]


def test_what_was_asked_before_the_answer_was_sent() -> None:
    """The turn closes; what came after the reply was written waits for an answer of its own."""
    talk = Talk().written(1_200)
    talk.turns.went_on("c", Question(1_300, 5, "in-2"))
    talk.turns.went_on("c", Question(1_350, 6, "in-3"))
    talk.written(1_400, "out-2").settled(1_500, "sent")
    closed, opened = talk.rows.values()
    assert (closed.closed_by, closed.took_ms) == ("out-1", 200)
    assert (opened.message, opened.opened_at, opened.metric) == ("in-2", 1_300, "next_response")
    assert talk.turns.due("c") == 1_310
    talk.settled(1_600, "sent", "out-2")  # written after both
    assert not talk.turns.is_open("c")
    assert list(talk.rows.values())[-1].closed_by == "out-2"


def test_a_reply_that_came_before_the_question_does_not_answer_it() -> None:
    """Of two replies on their way when the customer asks on, neither answers that."""
    talk = Talk().written(1_200).written(1_250, "out-2")
    talk.turns.went_on("c", Question(1_300, 5, "in-2"))
    talk.settled(1_400, "sent").settled(1_500, "sent", "out-2")
    assert talk.turns.is_open("c")
    assert [row.closed_by for row in talk.rows.values()] == ["out-1", None]
    assert list(talk.rows.values())[-1].message == "in-2"


def test_a_reply_to_nobody_is_no_answer() -> None:
    """Written while no turn was open, it closes none that opens before it is sent."""
    talk = Talk(asked=False).written(900)
    talk.turns.open("c", "in-1", "first_response", OPENED, AIM)
    assert talk.settled(1_100, "sent").told == []
    assert talk.turns.is_open("c")


def test_an_old_turns_timer_is_not_the_new_ones() -> None:
    """What was due of the closed turn says nothing of the one that is open."""
    talk = Talk().written(1_200, state="sent")
    talk.turns.open("c", "in-2", "next_response", 1_900, AIM)
    assert talk.turns.due("c") == 1_910
    talk.tick(1_905)
    assert talk.told == [("met", 1_200)]
    assert talk.turns.next_timer() == 1_908


def test_by_when_a_conversation_is_to_be_answered() -> None:
    """As promised when the turn opened; nothing where nobody waits."""
    talk = Talk()
    assert talk.turns.due("c") == DUE
    assert talk.resolved(1_500).turns.due("c") is None


def test_without_a_target_nothing_is_told() -> None:
    """The turn is kept, for who waits is who waits; but nobody is warned, late or praised."""
    talk = Talk(NOTHING)
    assert talk.turns.next_timer() is None
    talk.tick(10**12).written(10**12, state="sent")
    assert talk.told == []
    assert (talk.row.closed_at, talk.row.breached_at) == (10**12, None)


def test_restored_replies_close_and_defer_as_before() -> None:
    """A pending reply of the rows is as good as one that was seen being written."""
    queued, doubted = Talk().again(), Talk().again()
    queued.turns.restore_pending("out-1", Reply("c", 1_200, "queued", "emma"))
    doubted.turns.restore_pending("out-1", Reply("c", 1_200, "unknown", "emma"))
    assert queued.tick(DUE + 1).told == []
    assert doubted.tick(DUE + 1).told[-1] == ("breached", DUE + 1)
    for talk in (queued, doubted):
        assert talk.settled(DUE + 50, "sent").told[-1] == ("met", 1_200)


def test_conversations_do_not_touch_each_other() -> None:
    """A reply on its way in one defers nothing in another."""
    turns = Talk().turns
    turns.open("d", "in-9", "first_response", OPENED, AIM)
    list(turns.written("out-1", Reply("c", 1_200, "queued", "emma")))
    assert [(c, change.what) for c, change in turns.tick(DUE + 1)] == [
        ("d", "warned"),
        ("d", "breached"),
    ]
    assert turns.is_open("c")
