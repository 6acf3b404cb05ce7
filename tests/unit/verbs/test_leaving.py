"""An agent leaves a call: who was on it with them waits for another, or has been asked already."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.domain.call import Call, CallState, Leg, LegState, Party
from gateway.domain.work import Work
from gateway.verbs.callwork import LeaveCall
from tests.unit.verbs.paper import START_MS, PaperDesk

CALL = Call(
    **dict.fromkeys(("id", "conversation", "live_of", "message"), "c"),
    **dict.fromkeys(("choice", "outcome"), ""),
    **dict.fromkeys(("voicemail", "callback", "ended_at"), None),
    **dict.fromkeys(("started_at", "queued_at", "connected_at"), START_MS),
    desk="desk",
    account="phone",
    direction="in",
    customer="tel:+491",
    local="tel:+1",
    language="en",
    state=CallState.CONNECTED,
    step=1,
    held=False,
    customer_first=False,
)
CUSTOMER = Leg(
    **dict.fromkeys(("id", "provider_id"), "customer"),
    **dict.fromkeys(("agent", "machine", "reason"), ""),
    **dict.fromkeys(("started_at", "answered_at"), START_MS),
    desk="desk",
    call="c",
    account="phone",
    party=Party.CUSTOMER,
    address="tel:+491",
    state=LegState.ANSWERED,
    dismissed=False,
    ended_at=None,
)
EMMA = replace(CUSTOMER, id="emma", party=Party.AGENT, agent="emma", address="client:emma")
WAITING = Work(
    **dict.fromkeys(("id", "conversation", "live_of"), "c"),
    **dict.fromkeys(("agent", "ended_at"), None),
    desk="desk",
    state="waiting",
    queue="main",
    channel="sms",
    priority=0,
    enqueued_at=START_MS,
    why="",
    body="{}",
)

LEFT = [
    ("they wait for another", CallState.CONNECTED, CallState.QUEUED),
    ("they are asked how it went", CallState.SURVEY, CallState.SURVEY),
    ("they have answered", CallState.SCORED, CallState.SCORED),
    ("they hear goodbye", CallState.FAREWELL, CallState.FAREWELL),
]


@pytest.mark.parametrize(("label", "before", "after"), LEFT, ids=[row[0] for row in LEFT])
def test_what_they_write_meanwhile_is_no_waiting(
    label: str, before: CallState, after: CallState
) -> None:
    """There is work again in the conversation: a call that is nearly over is not about it."""
    desk = PaperDesk()
    rows: list[Any] = [replace(CALL, state=before), CUSTOMER, EMMA, WAITING]
    for row in rows:
        desk.tables[type(row)][(row.id,)] = row
    desk.run(LeaveCall(conversation="c", agent="emma", surveyed=True))
    assert desk.one(Call).state is after, label
    dismissed = [leg.id for leg in desk.all(Leg) if leg.dismissed]
    assert dismissed == ["emma"], "who hears something is not hung up on for it"
