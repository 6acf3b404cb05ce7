"""Callers and response clocks: from when somebody waits on the telephone, and until when."""

from pathlib import Path
from random import Random
from typing import Any, ClassVar

import msgspec
import pytest

from config.rulebook import Rulebook
from gateway.domain.call import VOICE
from gateway.domain.callevents import CallbackChanged, CallChanged
from gateway.domain.clock import DAY_MS, HOUR_MS
from gateway.domain.conversation import Conversation
from gateway.domain.events import Body, Event, MessageReceived, encode_body
from gateway.domain.ids import IdMaker
from gateway.domain.message import MessageKind
from gateway.domain.work import Turn
from gateway.pipeline.clocks import Clocks
from gateway.pipeline.inforce import Case, InForce
from gateway.store.queries.deciding import Standing
from gateway.verbs.change import Change, Lookup, View, by_key
from tests.unit.domain.test_ids import Stopped
from tests.unit.pipeline.desk import START_MS, opened
from tests.unit.pipeline.toy import Toy, said

TARGETS = [
    {"when": {"channel": "voice"}, "first_response": "20s", "next_response": "30s"},
    {"first_response": "1h"},
]
CASE = Case(
    conversation="c",
    account="shop",
    channel="webchat",
    language="en",
    vip=False,
    status="open",
    text="",
    last_agent=None,
)


class Line:
    """One conversation, told of by the log: calls and words."""

    def __init__(self, case: Case = CASE, **sla: Any) -> None:
        book = {"sla": {"targets": TARGETS} | sla, "queues": {"main": {}}}
        inforce = InForce(1, Rulebook.model_validate(book | {"desk": {"default_queue": "main"}}))
        standing = Standing(applied=0, works=(), offers=(), agents=(), turns=(), pending=())
        self.case, self._seq = case, 0
        self.clocks = Clocks(
            inforce, standing, "d", IdMaker(Stopped(1), Random(1)), lambda c: inforce.aim(c, None)
        )
        self.rows: dict[str, Turn] = {}
        self.told: list[tuple[str, int | None]] = []
        self.clocks.opened("c", case, 0)

    def _event(self, at: int, body: Body) -> Event:
        self._seq += 1
        return Event(
            desk="d",
            position=self._seq,
            conversation="c",
            seq=self._seq,
            kind=str(body.__struct_config__.tag),
            at=at,
            actor="system",
            cause=None,
            body=encode_body(body),
        )

    def _keep(self, told: Any) -> "Line":
        self.told += [(change.what, change.due) for _, change in told]
        for row in self.clocks.drain():
            if isinstance(row, Turn):
                self.rows[row.id] = row
        return self

    def call(self, at: int, state: str, *, ours: bool = False, **fields: Any) -> "Line":
        """The call moves on."""
        body = CallChanged(**({"call": "k", "state": state} | fields))
        return self._keep(self.clocks.called(self._event(at, body), body, self.case, ours=ours))

    def hears(self, at: int, message: str = "m1") -> "Line":
        """The customer writes, or leaves word."""
        body = MessageReceived(message=message, identity="i", account="shop", channel="webchat")
        self.clocks.received(self._event(at, body), body, self.case)
        return self._keep(())

    def tick(self, at: int) -> "Line":
        """Time passes."""
        return self._keep(self.clocks.tick(at))

    @property
    def row(self) -> Turn:
        """The newest turn."""
        return list(self.rows.values())[-1]

    @property
    def over(self) -> tuple[int | None, str | None, str | None]:
        """When the newest turn closed, by what, and whose answer it was."""
        return self.row.closed_at, self.row.closed_by, self.row.agent


# --- the beginning ---


def test_a_caller_waits_from_when_they_enter_the_queue() -> None:
    """Not while it rings or the menu speaks; under the telephone's targets, and told when late."""
    line = Line().call(1_000, "ringing").call(2_000, "menu")
    assert line.rows == {}
    line.call(3_000, "queued")
    row = line.row
    assert (row.opened_at, row.metric, row.channel) == (3_000, "first_response", "voice")
    assert (row.message, row.target_ms, row.due) == ("call:k", 20_000, 23_000)
    line.tick(23_001)
    assert line.told[-1] == ("breached", 23_000)


def test_a_call_back_opens_none() -> None:
    """We have called: nobody has asked anything. Afterwards their questions are next responses."""
    line = Line().call(1_000, "queued", ours=True).call(5_000, "connected", agent="emma")
    assert line.rows == {}
    assert line.call(60_000, "ended", outcome="answered").hears(70_000).row.metric == (
        "next_response"
    )


def test_machines_that_have_it_first() -> None:
    """With frt_start handoff a caller's first response counts from when people have the call."""
    assert Line(frt_start="handoff").call(3_000, "queued").row.metric == "before_handoff"


# --- the end ---


def test_it_closes_when_somebody_is_on_the_telephone() -> None:
    """Dated when they picked up, for whoever did; a telephone that rings answers nobody."""
    line = Line().call(3_000, "queued")
    line.call(9_000, "queued", leg="l", leg_state="ringing", agent="emma")
    assert line.row.closed_at is None
    line.call(11_000, "connected", agent="emma")
    assert line.over == (11_000, "call:k", "emma")
    assert (line.row.took_ms, line.told[-1]) == (8_000, ("met", 23_000))
    line.call(99_000, "ended", outcome="answered")
    assert line.over == (11_000, "call:k", "emma")


def test_whoever_is_handed_on_waits_again() -> None:
    """Back in the queue a caller has a next response coming."""
    line = Line().call(3_000, "queued").call(5_000, "connected", agent="emma")
    row = line.call(60_000, "queued").row
    assert (row.metric, row.opened_at, row.due) == ("next_response", 60_000, 90_000)
    assert line.call(70_000, "connected", agent="lin").over == (70_000, "call:k", "lin")


GONE: list[tuple[str, str, str]] = [
    ("who hangs up", "abandoned", "abandoned"),
    ("who asks to be called", "callback", "callback"),
    ("who is handed on and hangs up then", "answered", "abandoned"),
]


@pytest.mark.parametrize(("label", "outcome", "why"), GONE, ids=[case[0] for case in GONE])
def test_a_caller_who_is_gone_waits_no_more(label: str, outcome: str, why: str) -> None:
    """The turn ends with the call, and nobody has answered it."""
    line = Line().call(3_000, "queued").call(9_000, "ended", outcome=outcome)
    assert line.over == (9_000, why, None), label
    assert not line.clocks.is_open("c")


# --- calls beside words ---


def test_a_call_answers_what_was_written() -> None:
    """Who had written and is spoken with waits no more."""
    line = Line().hears(1_000).call(3_000, "queued").call(5_000, "connected", agent="emma")
    assert line.over == (5_000, "call:k", "emma")
    assert line.row.opened_at == 1_000
    assert len(line.rows) == 1


@pytest.mark.parametrize("first", [True, False], ids=["wrote before", "writes on the line"])
def test_who_wrote_waits_on(first: bool) -> None:
    """A call in vain does not answer words, those left as voicemail among them."""
    line = Line()
    if first:
        line.hears(1_000).call(3_000, "queued")
    else:
        line.call(1_000, "queued").hears(3_000)
    line.call(9_000, "ended", outcome="abandoned" if first else "voicemail")
    assert (line.row.message, line.row.opened_at, line.row.closed_at) == ("m1", 1_000, None)


class Told(msgspec.Struct, kw_only=True):
    """A call or a callback moved on, as the telephone's own commands tell it."""

    failpoint: ClassVar[str] = "write"

    conversation: str
    body: Body

    def reads(self, view: View) -> tuple[Lookup, ...]:
        """Whose call it is."""
        return (by_key(Conversation, self.conversation),)

    def decide(self, change: Change) -> None:
        """The fact."""
        change.record(self.body, "system", change.get(Conversation, self.conversation))


def a_call(state: str, outcome: str = "") -> CallChanged:
    return CallChanged(call="k", state=state, outcome=outcome)


def a_callback(state: str, tries: int = 0) -> CallbackChanged:
    return CallbackChanged(
        callback="b",
        callback_kind="queue",
        state=state,
        queue="main",
        owner="",
        origin_at=START_MS,
        visible_at=START_MS,
        closes_at=START_MS + DAY_MS,
        tries=tries,
        call="k" if tries else "",
    )


async def test_words_are_somebodys_work_after_a_call_in_vain(tmp_path: Path) -> None:
    """Who wrote, called, and gave up on the line is still to be answered."""
    async with opened(tmp_path) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        for body in (a_call("queued"), a_call("ended", "abandoned")):
            await desk.store.submit(Told(conversation=conversation, body=body))
            await desk.decide()
        rows = await desk.rows("SELECT state FROM work ORDER BY id")
        assert rows == [("cancelled",), ("waiting",)]
        assert await desk.one("SELECT closed_at FROM turn") is None


LIVE = "SELECT channel, state FROM work WHERE live_of IS NOT NULL"
NOBODY_PICKED_UP = (
    a_callback("offered"),
    a_call("queued"),
    a_callback("dialing", 1),
    a_call("ended"),
)

IN_VAIN: list[tuple[str, tuple[Body, ...]]] = [
    ("called in vain, and to be called again", (*NOBODY_PICKED_UP, a_callback("retry_wait", 1))),
    ("called in vain for the last time", (*NOBODY_PICKED_UP, a_callback("exhausted", 1))),
    ("called off before anybody called", (a_callback("cancelled"),)),
    ("the time to call is over", (a_callback("expired"),)),
]


@pytest.mark.parametrize(("label", "bodies"), IN_VAIN, ids=[case[0] for case in IN_VAIN])
async def test_a_question_is_answered_where_it_was_written(
    label: str, bodies: tuple[Body, ...], tmp_path: Path
) -> None:
    """After a callback in vain too, though the customer has telephoned since they wrote."""
    async with opened(tmp_path, toy=Toy(), phone=Toy(channel=VOICE)) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        await desk.hear(said("", "2", kind=MessageKind.CALL), account="phone")
        assert await desk.one("SELECT account FROM conversation") == "phone"
        for body in (a_callback("pending"), a_callback("ready")):
            await desk.store.submit(Told(conversation=conversation, body=body))
            await desk.decide()
        assert await desk.one(LIVE) == (VOICE, "waiting"), "somebody is to call"
        if len(bodies) > 1:
            await desk.asks("emma", "presence", presence="available")
            await desk.asks("emma", "accept", offer=await desk.one("SELECT id FROM offer"))
            assert await desk.one(LIVE) == (VOICE, "assigned")
        for body in bodies:
            await desk.store.submit(Told(conversation=conversation, body=body))
            await desk.decide()
        if len(bodies) > 1:
            await desk.asks("emma", "presence", presence="busy")
            await desk.wait(HOUR_MS)  # in which the wrap-up ends
        assert await desk.one(LIVE) == ("toy", "waiting"), label
        assert await desk.one("SELECT closed_at FROM turn") is None
