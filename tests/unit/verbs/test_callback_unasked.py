"""Who hung up before anybody answered is called back unasked: once a day, whatever they call."""

from typing import Any

from gateway.domain.callback import Callback, CallbackKind, CallbackState
from gateway.domain.clock import DAY_MS, HOUR_MS
from gateway.domain.conversation import Conversation
from gateway.domain.outcome import Refusal
from gateway.verbs.callback import AskCallback, Window
from gateway.verbs.callbackmove import EndCallback
from tests.unit.verbs.paper import PaperDesk, accept, said

NUMBER, OTHER = "+4915110000001", "+4915110000002"


def _abandoned(desk: PaperDesk, conversation: str, number: str) -> Any:
    return desk.run(
        AskCallback(
            conversation=conversation,
            kind=CallbackKind.ABANDONED,
            number=number,
            account="phone",
            local="+1",
            window=Window(origin_at=desk.now, visible_at=desk.now, closes_at=desk.now + DAY_MS),
            by="system",
        )
    )


def test_once_a_day_and_number() -> None:
    """Another conversation of the same telephone changes nothing; another telephone is another."""
    desk = PaperDesk()
    for address in (NUMBER, OTHER):
        desk.run(accept(said("hello", address, sender=f"tel:{address}")))
    first, second = (each.id for each in desk.all(Conversation))
    made = _abandoned(desk, first, NUMBER)
    assert isinstance(made, Callback)
    desk.run(EndCallback(callback=made.id, by="agent:emma"))
    assert desk.one(Callback).state is CallbackState.CANCELLED
    desk.now += HOUR_MS
    refused = _abandoned(desk, second, NUMBER)
    assert isinstance(refused, Refusal)
    assert refused.code == "called_lately"
    assert isinstance(_abandoned(desk, second, OTHER), Callback)
    desk.now += DAY_MS
    assert isinstance(_abandoned(desk, first, NUMBER), Callback)
