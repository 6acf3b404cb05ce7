"""A time that is held for a customer, beside what they had asked for before and ask for meanwhile."""

from typing import Any

import pytest

from gateway.domain.callback import Callback, CallbackKind, CallbackState
from gateway.domain.clock import DAY_MS, MINUTE_MS
from gateway.domain.conversation import Conversation
from gateway.domain.outcome import Refusal
from gateway.verbs.callback import HOLD_MS, AskCallback, Slot, Window
from gateway.verbs.callbackmove import EndCallback, MeetDue, RescheduleCallback
from gateway.verbs.merge import MergeContacts
from tests.unit.verbs.paper import PaperDesk, accept, said

ONE, OTHER = "+4915110000001", "+4915110000002"
TEN, ELEVEN = (Slot(key=f"main:{hour}", capacity=1) for hour in (10, 11))
UNCHANGED = ("id", "state", "kind", "slot", "origin_at", "visible_at", "closes_at", "due", "wishes")


class Held:
    """Two customers of a desk."""

    def __init__(self) -> None:
        self.desk = PaperDesk()
        for address in (ONE, OTHER):
            self.desk.run(accept(said("hello", address, sender=f"tel:{address}")))
            self.desk.now += 1
        self.conversations = [each.id for each in self.desk.all(Conversation)]

    def ask(self, slot: Slot | None = None, *, hold: bool = False, who: int = 0) -> Any:
        """A wish: at once, or for a time tomorrow."""
        at = self.desk.now + (DAY_MS if slot is not None else 0)
        return self.desk.run(
            AskCallback(
                conversation=self.conversations[who],
                kind=CallbackKind.QUEUE if slot is None else CallbackKind.SCHEDULED,
                number=(ONE, OTHER)[who],
                account="phone",
                local="+1",
                window=Window(origin_at=at, visible_at=at, closes_at=at + DAY_MS),
                by="agent:emma",
                slot=slot,
                state=CallbackState.HELD if hold else CallbackState.PENDING,
            )
        )

    def due(self, callback: Callback) -> Callback:
        """Its time has come, if it has."""
        met: Callback = self.desk.run(MeetDue(callback=callback.id, allowed_at=self.desk.now))
        return met

    def confirm(self, callback: Callback) -> Any:
        """The customer wants the time that is held."""
        return self.desk.run(RescheduleCallback(callback=callback.id, by="agent:emma"))

    def move(self, callback: Callback, slot: Slot) -> Any:
        """The customer wants another time."""
        window = Window(
            origin_at=callback.origin_at, visible_at=callback.visible_at, closes_at=DAY_MS
        )
        return self.desk.run(
            RescheduleCallback(callback=callback.id, by="agent:emma", window=window, slot=slot)
        )

    def now(self, callback: Callback) -> Callback:
        """As it stands."""
        row: Callback = self.desk.tables[Callback][callback.id,]
        return row


def nothing(held: Held) -> Callback | None:
    """They had asked for nothing."""
    return None


def wanted_at_once(held: Held) -> Callback:
    """They wait to be called."""
    before: Callback = held.ask()
    return before


def ready(held: Held) -> Callback:
    """An agent may have it."""
    return held.due(held.ask())


def booked(held: Held) -> Callback:
    """They have a time already."""
    before: Callback = held.ask(ELEVEN)
    return before


BEFORE = [nothing, wanted_at_once, ready, booked]


@pytest.mark.parametrize("before", BEFORE, ids=lambda each: each.__name__)
def test_what_was_there_before_a_hold_outlives_it(before: Any) -> None:
    """For five minutes from when it is held; then it lapses, and all is as it was."""
    held = Held()
    had = before(held)
    held.desk.now += 10 * MINUTE_MS
    kept = held.ask(TEN, hold=True)
    assert (kept.state, kept.slot, kept.held_at) == ("held", TEN.key, held.desk.now)
    for wait, state in ((1_000, "held"), (HOLD_MS - 1_001, "held"), (1, "cancelled")):
        held.desk.now += wait
        assert held.due(kept).state == state
    assert (held.now(kept).outcome, held.now(kept).slot) == ("unconfirmed", None)
    if had is not None:
        assert [getattr(held.now(had), name) for name in UNCHANGED] == [
            getattr(had, name) for name in UNCHANGED
        ]


@pytest.mark.parametrize("before", BEFORE, ids=lambda each: each.__name__)
def test_what_is_confirmed_is_the_only_one(before: Any) -> None:
    """C1: whoever waited to be called is called at the time that they chose, and not twice."""
    held = Held()
    had = before(held)
    kept = held.ask(TEN, hold=True)
    held.desk.now += HOLD_MS - 1
    sure = held.confirm(kept)
    assert (sure.state, sure.kind, sure.slot) == ("pending", "scheduled", TEN.key)
    assert (sure.visible_at, sure.held_at, sure.live_of) == (kept.visible_at, None, ONE)
    assert sure.id == (kept if had is None else had).id
    live = [each for each in held.desk.all(Callback) if each.ended_at is None]
    assert [each.id for each in live] == [sure.id]
    held.desk.now += 1
    assert held.due(sure).state == "pending", "it lapses no more"
    assert isinstance(held.ask(ELEVEN, who=1), Callback), "a time that is left is free"


def test_a_wish_confirms_nothing_and_is_not_lost() -> None:
    """Who holds a time and says `call me` is called at once when they let the time pass."""
    held = Held()
    kept = held.ask(TEN, hold=True)
    held.desk.now += MINUTE_MS
    wish = held.ask()
    assert (wish.state, wish.slot, wish.visible_at) == ("pending", None, held.desk.now)
    assert held.now(kept).state == "held"
    held.desk.now += HOLD_MS - MINUTE_MS
    assert held.due(kept).state == "cancelled"
    assert held.due(wish).state == "ready"


def test_a_hold_takes_its_place_from_others() -> None:
    """Nobody else has it meanwhile; then it is free."""
    held = Held()
    kept = held.ask(TEN, hold=True)
    for hold in (True, False):
        refused = held.ask(TEN, hold=hold, who=1)
        assert refused.code == "slot_full"
    held.desk.now += HOLD_MS
    held.due(kept)
    assert held.ask(TEN, who=1).slot == TEN.key


def test_one_place_is_held_for_each() -> None:
    """Another time lets go of the first, with its own five minutes; so does a booking."""
    held = Held()
    first = held.ask(TEN, hold=True)
    held.desk.now += HOLD_MS - 1
    second = held.ask(ELEVEN, hold=True)
    assert (held.now(first).state, held.now(first).slot) == ("superseded", None)
    held.desk.now += HOLD_MS - 1
    assert held.due(second).state == "held"
    sure = held.ask(ELEVEN)
    assert (held.now(second).state, sure.state) == ("superseded", "pending")
    assert held.ask(ELEVEN, hold=True).id == sure.id, "it is booked already"


def test_who_holds_another_time_may_keep_the_one_they_have() -> None:
    """Their own place is not taken from them by themselves; by others it is."""
    held = Held()
    had, kept = booked(held), held.ask(TEN, hold=True)
    sure = held.move(kept, ELEVEN)
    assert (sure.id, sure.slot, held.now(kept).slot) == (had.id, ELEVEN.key, None)
    other = held.ask(TEN, hold=True, who=1)
    assert held.move(other, ELEVEN).code == "slot_full"


def test_who_is_being_called_confirms_afterwards() -> None:
    """The call goes on, and the time is kept as long as it is."""
    held = Held()
    had, kept = ready(held), held.ask(TEN, hold=True)
    row = held.now(had)
    held.desk.tables[Callback][had.id,] = type(row)(
        **{name: getattr(row, name) for name in row.__struct_fields__}
        | {"state": CallbackState.DIALING}
    )
    assert held.confirm(kept).code == "callback_in_progress"
    assert held.now(kept).state == "held"


def test_what_is_held_can_be_called_off() -> None:
    """Alone."""
    held = Held()
    had, kept = wanted_at_once(held), held.ask(TEN, hold=True)
    held.desk.run(EndCallback(callback=kept.id, by="agent:emma"))
    assert (held.now(kept).state, held.now(had).state) == ("cancelled", "pending")


def test_a_hold_goes_on_where_its_conversation_does() -> None:
    """Two customers prove to be one person: what is held there is confirmed here."""
    held = Held()
    had = held.ask(who=0)
    kept = held.ask(TEN, hold=True, who=1)
    people = [each.contact for each in held.desk.all(Conversation)]
    merged = held.desk.run(
        MergeContacts(desk="desk", contact=people[1], into=people[0], by="agent:emma")
    )
    assert not isinstance(merged, Refusal), merged
    assert held.now(kept).conversation == held.conversations[0]
    sure = held.confirm(kept)
    assert (sure.id, sure.number, sure.slot) == (had.id, OTHER, TEN.key)
