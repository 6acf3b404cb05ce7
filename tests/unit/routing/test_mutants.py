"""Bugs planted in the engine: the twin, the invariants or the restart must notice each of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from routing import (
    answers,
    assignments,
    dispatch,
    engine,
    idle,
    index,
    keys,
    offers,
    overflow,
    presence,
    restore,
    returns,
    waiting,
)
from routing.index import Index
from routing.inputs import WorkParked
from routing.lines import Line
from routing.plan import OrderMode
from routing.records import Agent, Work
from routing.timers import Timer, Timers
from routing.world import World
from tests.unit.routing.compare import live_a_calm_day, live_a_day, live_a_thin_day

DAYS = 60
INPUTS = 150


@dataclass
class Mutant:
    """Replaces one function by a wrong one that is given the right one."""

    label: str
    owner: Any
    name: Any
    wrong: Callable[[Callable[..., Any]], Callable[..., Any]]
    since: int = 0  # a day on which it shows soon


def nothing(_: Callable[..., Any]) -> Callable[..., None]:
    return lambda *args, **kwargs: None


def without_clearing(*kinds: Timer) -> Callable[..., Any]:
    def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
        def clear(timers: Timers, kind: Timer, owner: str) -> None:
            if kind not in kinds:
                right(timers, kind, owner)

        return clear

    return wrong


def youngest_first(right: Callable[..., Any]) -> Callable[..., Any]:
    def order_key(queue: Any, steps: Any, work: Work) -> Any:
        if queue.order_mode is OrderMode.STRICT:
            return -work.priority, -work.enqueued_at
        return right(queue, steps, work)

    return order_key


def age_lost(right: Callable[..., Any]) -> Callable[..., Any]:
    def enter(world: World, work: Work, reason: str) -> None:
        if reason == "expired":
            work.enqueued_at = world.now
        right(world, work, reason)

    return enter


def forgetful(*fields: str) -> Callable[..., Any]:
    def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
        def row(state: Any) -> Any:
            return _without(right(state), fields)

        return row

    return wrong


def _without(row: Any, fields: tuple[str, ...]) -> Any:
    values = {name: getattr(row, name) for name in row.__struct_fields__}
    return type(row)(**values | {name: type(values[name])() for name in fields})


def idle_time_stands_still(right: Callable[..., Any]) -> Callable[..., Any]:
    def freed(world: World, agent: Agent) -> None:
        since = agent.free_since
        right(world, agent)
        agent.free_since = since

    return freed


def seat_kept(right: Callable[..., Any]) -> Callable[..., Any]:
    def withdraw(self: Index, work: Work) -> None:
        seat = work.seat
        right(self, work)
        work.seat = seat if work.pin is None else None

    return withdraw


def rank_ignored(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda queues, signature: None if right(queues, signature) is None else 1


def room_without(part: str) -> Callable[..., Any]:
    def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
        def room(agent: Agent, channel: Any) -> bool:
            if part == "caps":
                caps, agent.caps = agent.caps, {}
                answer = right(agent, channel)
                agent.caps = caps
                return bool(answer)
            exclusive, agent.exclusive = agent.exclusive, 0
            answer = right(agent, channel)
            agent.exclusive = exclusive
            return bool(answer)

        return room

    return wrong


def forgiving(_: Callable[..., Any]) -> Callable[..., Any]:
    def forgive(world: World, agent: Agent) -> None:
        for work in list(agent.shunned_by.values()):
            returns.readmit(world, work, agent)

    return forgive


def pin_ignored(_: Callable[..., Any]) -> Callable[..., Any]:
    def await_return(world: World, work: Work) -> None:
        assert work.returns_at is not None
        world.timers.set(Timer.RETURN, work.id, work.returns_at)

    return await_return


def weighs_on(right: Callable[..., Any]) -> Callable[..., Any]:
    def park(world: World, request: Any) -> None:
        right(world, request)
        work = world.works.get(request.work)
        if work is not None and work.agent is not None and work.id not in work.agent.held:
            world.hold(work.agent, work)

    return park


MUTANTS = [
    Mutant("excluded agents are asked", World, "exclude", nothing),
    Mutant("a freed agent is not looked at", World, "freed", lambda right: World.changed),
    Mutant("idle time stands still", World, "freed", idle_time_stands_still),
    Mutant("seats are kept", Index, "withdraw", seat_kept),
    Mutant("ranks are ignored", index, "_rank", rank_ignored, 2),
    Mutant("the youngest first", waiting, "order_key", youngest_first, 2),
    Mutant("an expired offer costs its age", answers.waiting, "enter", age_lost),
    Mutant("dropped agents never return to the idle heap", Index, "park", nothing),
    Mutant("loads that fall go unnoticed", idle, "_enter_anew", nothing, 5),
    Mutant("greatest shares are not noted", idle, "_note_share", nothing, 15),
    Mutant("an accept leaves other offers", answers, "rescind_all", nothing, 83),
    Mutant("offer timers are not cleared", Timers, "clear", without_clearing(Timer.OFFER)),
    Mutant("step timers are not cleared", Timers, "clear_waits", nothing),
    Mutant("wrap-up timers are not cleared", Timers, "clear", without_clearing(Timer.WRAPUP), 3),
    Mutant("grace timers are not cleared", Timers, "clear", without_clearing(Timer.GRACE)),
    Mutant("channel caps are ignored", Agent, "room", room_without("caps"), 22),
    Mutant("exclusive work is not", Agent, "room", room_without("exclusive"), 2),
    Mutant("offers stay with the lost", presence, "_take_back_offers", nothing),
    Mutant("who is back loses what was kept for them", presence, "_keep_on", nothing, 29),
    Mutant("rows forget until when it is kept", restore, "work_row", forgetful("leaves_at"), 19),
    Mutant("what was kept is kept for ever", presence, "leave_due", nothing),
    Mutant("what has gone on is still given out", assignments, "stay", nothing),
    Mutant("an agent who returns stays excluded", presence, "forgive", nothing, 2),
    Mutant("who passed it on comes back at once", presence, "forgive", forgiving, 35),
    Mutant("a giver waits alone", returns, "look", nothing, 5),
    Mutant("leaving a giver alone is not noticed", returns, "doubt", nothing, 3),
    Mutant(
        "who declined is left alone with it", returns, "_forlorn", lambda _: lambda *_: False, 3
    ),
    Mutant("what is kept for one goes back to another", returns, "await_return", pin_ignored),
    Mutant("a giver waits for ever", returns, "return_due", nothing, 2),
    Mutant("rows forget who passed it on", restore, "work_row", forgetful("giver"), 2),
    Mutant("nobody is asked again", answers, "_ask_all_again", nothing, 4),
    Mutant("not responding is not noticed", answers, "not_responding", nothing),
    Mutant("parked work weighs", engine.HANDLERS, WorkParked, weighs_on),
    Mutant("pins outlive their agent", waiting, "release_pins", nothing, 312),
    Mutant("lateness goes unnoticed", waiting, "late_instant", lambda right: lambda *_: None),
    Mutant("rows forget the second chance", restore, "work_row", forgetful("reprieved"), 48),
    Mutant("rows forget the number of offers", restore, "work_row", forgetful("offers_made")),
    Mutant("rows forget idle time", restore, "agent_row", forgetful("free_since")),
    Mutant("rows forget unanswered offers", restore, "agent_row", forgetful("rona"), 6),
    Mutant("offers are not stored", World, "touch_offer", nothing),
    Mutant("offers weigh nothing", offers.World, "hold", nothing),
    Mutant("simultaneous changes wait", dispatch, "_match", nothing),
    Mutant("queues never close", Line, "is_open", lambda _: lambda self, now: True),
    Mutant("overflow overflows again", restore, "work_row", forgetful("overflowed"), 1),
    Mutant("nobody is preferred", Index, "_preferred", lambda _: lambda *args: iter(()), 34),
    Mutant("everybody sees everything", Index, "seen_ms", lambda _: lambda *args: 10**6, 3),
    Mutant("rules do not count agents", waiting, "understaffed", nothing, 39),
    Mutant("rings ring once", dispatch, "RING_ALL", lambda _: object(), 2),
    Mutant("nobody is stuck to", waiting, "stick", nothing),
    Mutant("overflow rules are not looked at", overflow, "_look", nothing),
    Mutant("steps never come", waiting, "step_due", nothing),
    Mutant("no step is skipped", waiting, "_nobody", lambda _: lambda *args: False, 7),
    Mutant("suspended work weighs", Agent, "load", lambda _: property(lambda a: a.firm + a.soft)),
    Mutant("who was asked in stays on", assignments, "see_all_off", nothing),
    Mutant("late is early", keys, "LATE", lambda _: -1, 42),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.label)
def test_a_planted_bug_is_noticed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """No wrong engine gets through two months."""
    if isinstance(mutant.owner, dict):
        monkeypatch.setitem(mutant.owner, mutant.name, mutant.wrong(mutant.owner[mutant.name]))
    else:
        right = getattr(mutant.owner, mutant.name)
        monkeypatch.setattr(mutant.owner, mutant.name, mutant.wrong(right))
    with pytest.raises(Exception):  # noqa: B017 - a crash is a way to be noticed too
        for seed in range(mutant.since, mutant.since + DAYS):
            live_a_day(seed, INPUTS)
            live_a_calm_day(seed, INPUTS)
            live_a_thin_day(seed, INPUTS)
