"""Customers and agents who behave as they are told, around the real engine."""

from typing import Any

import pytest
from msgspec.structs import replace

from routing.inputs import AgentLost, AgentPresence, WorkArrived, WorkRekeyed
from routing.plan import (
    AcceptMode,
    AgentPlan,
    ChannelPlan,
    Do,
    OnLost,
    Overflow,
    Plan,
    QueuePlan,
    Wrapup,
    WrapupMode,
)
from routing.rehearsal import Customer, End, Fate, Kept, Rehearsal
from routing.staff import Hours, occupancy

SERVED, ABANDONED, WITHDRAWN, TURNED_AWAY = End
AUTO, MANUAL, _, RING_ALL = AcceptMode


def plan(agents: str = "a", mode: AcceptMode = AUTO, **queue: Any) -> Plan:
    live = queue.pop("live", False)
    channel = ChannelPlan(id="chat", accept_mode=mode, live=live, offer_timeout_ms=20)
    queues = (QueuePlan(id="q", **queue), QueuePlan(id="r"))
    staff = tuple(AgentPlan(id=name, queues={"q": 1}) for name in agents)
    return Plan(channels=(channel,), queues=queues, agents=staff, default_queue="q")


def customer(name: str, at: int, *handling: int, **fields: Any) -> Customer:
    arrival = WorkArrived(
        at=at,
        work=name,
        conversation=name,
        channel="chat",
        queue="q",
        priority=fields.pop("priority", 0),
    )
    return Customer(arrival=arrival, handling=handling or (100,), **fields)


def extensible(extensions: int, extend_ms: int) -> Wrapup:
    more = {"extensions": extensions, "extend_ms": extend_ms}
    return Wrapup(mode=WrapupMode.TIMED, ms=30, holds=True, **more)


def here(*agents: str) -> list[AgentPresence]:
    return [AgentPresence(at=1, agent=agent, presence="available") for agent in agents]


@pytest.mark.parametrize(
    ("label", "rules", "customers", "agents", "expected"),
    [
        (
            "an offer is taken after the agent's time",
            {"mode": MANUAL},
            [customer("c", 10)],
            "a",
            {"c": Fate(SERVED, "a", 17)},
        ),
        (
            "of several who are asked the quickest has it",
            {"agents": "abz", "mode": RING_ALL},
            [customer("c", 10)],
            "abz",
            {"c": Fate(SERVED, "b", 13)},
        ),
        (
            "nobody lets an offer run out",
            {"agents": "z", "mode": MANUAL},
            [customer("c", 10)],
            "z",
            {"c": Fate(SERVED, "z", 30)},
        ),
        (
            "who loses patience leaves, unless somebody has them",
            {},
            [customer("c", 10, leaves_at=500), customer("d", 11, leaves_at=60)],
            "a",
            {"c": Fate(SERVED, "a", 10), "d": Fate(ABANDONED, None, 60)},
        ),
        (
            "what is settled elsewhere is not given up",
            {},
            [customer("c", 10), customer("d", 11, leaves_at=60, leaves_as=WITHDRAWN)],
            "a",
            {"c": Fate(SERVED, "a", 10), "d": Fate(WITHDRAWN, None, 60)},
        ),
        (
            "who rests leaves room for others",
            {},
            [customer("c", 10, 20, 500, 20), customer("d", 11)],
            "a",
            {"c": Fate(SERVED, "a", 10), "d": Fate(SERVED, "a", 30)},
        ),
        (
            "a rule that closes turns away",
            {"overflow": (Overflow(when="wait_ms >= 40", do=Do.CLOSE),)},
            [customer("c", 10), customer("d", 11)],
            "a",
            {"c": Fate(SERVED, "a", 10), "d": Fate(TURNED_AWAY, None, 51)},
        ),
        (
            "who has left word gives up no more",
            {"overflow": (Overflow(when="wait_ms >= 40", do=Do.VOICEMAIL),), "live": True},
            [customer("c", 10), customer("d", 11, leaves_at=60)],
            "a",
            {"c": Fate(SERVED, "a", 10), "d": Fate(SERVED, "a", 110)},
        ),
        (
            "wrap-up takes the time that the agent takes",
            {"wrapup": {"chat": Wrapup(mode=WrapupMode.MANDATORY, holds=True)}},
            [customer("c", 10, 100, wrapup_ms=50), customer("d", 11)],
            "a",
            {"c": Fate(SERVED, "a", 10), "d": Fate(SERVED, "a", 160)},
        ),
        (
            "wrap-up of which nothing is known ends at once, or by its own time",
            {"wrapup": {"chat": Wrapup(mode=WrapupMode.TIMED, ms=30, holds=True)}},
            [customer("c", 10), customer("d", 11)],
            "a",
            {"c": Fate(SERVED, "a", 10), "d": Fate(SERVED, "a", 140)},
        ),
        (
            "who needs longer than there is time asks for more",
            {"wrapup": {"chat": extensible(1, 40)}},
            [customer("c", 10, 100, wrapup_ms=60), customer("d", 11)],
            "a",
            {"c": Fate(SERVED, "a", 10), "d": Fate(SERVED, "a", 170)},
        ),
        (
            "again, while they may",
            {"wrapup": {"chat": extensible(2, 15)}},
            [customer("c", 10, 100, wrapup_ms=100), customer("d", 11)],
            "a",
            {"c": Fate(SERVED, "a", 10), "d": Fate(SERVED, "a", 170)},
        ),
        (
            "and ends when time is up where they may not",
            {"wrapup": {"chat": extensible(0, 0)}},
            [customer("c", 10, 100, wrapup_ms=100), customer("d", 11)],
            "a",
            {"c": Fate(SERVED, "a", 10), "d": Fate(SERVED, "a", 140)},
        ),
        (
            "who has it from the first has it, however full",
            {"agents": "ab"},
            [
                customer("c", 2, 100, holder="b"),
                customer("d", 2, 100, holder="b"),
                customer("e", 10),
            ],
            "ab",
            {"c": Fate(SERVED, "b", 2), "d": Fate(SERVED, "b", 2), "e": Fate(SERVED, "a", 10)},
        ),
    ],
)
def test_who_and_when(label: str, rules: Any, customers: Any, agents: str, expected: Any) -> None:
    """Each as they are told; the rest follows from the plan."""
    answers = {"a": 7, "b": 3, "z": 50}
    run = Rehearsal(plan(**rules), customers, here(*agents), answers.__getitem__)
    assert run.run() == expected, label


def test_what_is_known_later_moves_only_who_still_waits() -> None:
    """A priority learnt at 50 overtakes; of who was served before, nothing is learnt."""
    known = WorkRekeyed(at=50, work="e", priority=9)
    customers = [
        customer("c", 10, known=WorkRekeyed(at=50, work="c", priority=9)),
        customer("d", 11),
        customer("e", 12, known=known),
    ]
    fates = Rehearsal(plan(), customers, here("a")).run()
    assert [fates[c].at for c in "ced"] == [10, 110, 210]


def test_what_was_put_back_goes_on_where_it_was_left() -> None:
    """40 of 100 ms were done when the agent was lost; the next one needs 60."""
    presences = [
        *here("a"),
        AgentLost(at=50, agent="a"),
        AgentPresence(at=200, agent="b", presence="available"),
    ]
    lost_at_once = replace(plan(agents="ab"), disconnect_grace_ms=0)
    customers = [customer("c", 10), customer("d", 20)]
    fates = Rehearsal(lost_at_once, customers, presences).run()
    assert fates == {"c": Fate(SERVED, "a", 10), "d": Fate(SERVED, "b", 260)}


LOST = [
    ("others get it at once", OnLost.REQUEUE, None, {"d": ("b", 120), "e": ("b", 220)}),
    ("it stays, and others get what is new", OnLost.KEEP, None, {"d": ("b", 60), "e": ("b", 160)}),
    ("others get it later", OnLost.REQUEUE_AFTER, None, {"d": ("b", 60), "e": ("b", 200)}),
    ("who is back has it", OnLost.REQUEUE_AFTER, 65, {"d": ("b", 60), "e": ("a", 110)}),
]


@pytest.mark.parametrize(
    ("label", "on_lost", "back_at", "expected"), LOST, ids=[r[0] for r in LOST]
)
def test_what_becomes_of_work_whose_agent_goes(
    label: str, on_lost: OnLost, back_at: int | None, expected: dict[str, tuple[str, int]]
) -> None:
    """The three ways of a channel on one day: from 50 on, and for 20 ms where it is a while."""
    presences = [
        *here("a"),
        AgentPresence(at=50, agent="a", presence="offline"),
        AgentPresence(at=60, agent="b", presence="available"),
    ]
    if back_at is not None:
        presences.append(AgentPresence(at=back_at, agent="a", presence="available"))
    desk = plan(agents="ab")
    (channel,) = desk.channels
    desk = replace(desk, channels=(replace(channel, on_lost=on_lost, requeue_after_ms=20),))
    customers = [customer("c", 10), customer("d", 20), customer("e", 61)]
    fates = Rehearsal(desk, customers, presences).run()
    assert fates.pop("c") == Fate(SERVED, "a", 10)
    assert {name: (fate.agent, fate.at) for name, fate in fates.items()} == expected, label


def seen_at(at: int, agent: str, presence: Any) -> AgentPresence:
    return AgentPresence(at=at, agent=agent, presence=presence)


AWAY = (*here("a"), seen_at(50, "a", "offline"))
FOR_A_WHILE = {"on_lost": OnLost.REQUEUE_AFTER, "requeue_after_ms": 20}
COMES_AND_GOES = ((200, "available"), (300, "offline"), (320, "available"))
RESTING = [
    (
        "it goes on when they are back, were it only as busy",
        {},
        [customer("c", 10), customer("d", 70)],
        [*AWAY, seen_at(200, "a", "busy"), seen_at(205, "a", "available")],
        ("a", 260),
    ),
    (
        "others go on where it was left",
        FOR_A_WHILE,
        [customer("c", 10), customer("d", 75)],
        [*AWAY, seen_at(65, "b", "available"), seen_at(100, "a", "busy")],
        ("b", 130),
    ),
    (
        "colleagues go on with theirs",
        {},
        [customer("c", 10), customer("e", 11), customer("d", 70)],
        [*here("b"), *AWAY],
        ("b", 111),
    ),
    (
        "a customer's silence goes on, whoever comes and goes in it",
        {},
        [customer("c", 10, 100, 200, 30), customer("d", 470)],
        [*AWAY, *(seen_at(at, "a", told) for at, told in COMES_AND_GOES)],
        ("a", 490),
    ),
    (
        "others do not go on at once with what is kept",
        {},
        [customer("c", 10), customer("d", 75)],
        [*AWAY, seen_at(65, "b", "available")],
        ("b", 75),
    ),
    (
        "a customer's silence goes on, and ends in vain",
        {},
        [customer("c", 10, 20, 100, 30), customer("d", 205)],
        [*AWAY, seen_at(200, "a", "available")],
        ("a", 230),
    ),
    (
        "a customer's silence goes on behind their return",
        {},
        [customer("c", 10, 20, 100, 30), customer("d", 140)],
        [*AWAY, seen_at(100, "a", "available")],
        ("a", 160),
    ),
    (
        "what was done when they went is over",
        {},
        [customer("c", 10, 40, 20, 30), customer("d", 105)],
        [*AWAY, seen_at(100, "a", "available")],
        ("a", 130),
    ),
    (
        "who is gone from the first has what is kept",
        {},
        [customer("c", 2, holder="a"), customer("d", 201)],
        [seen_at(200, "a", "available")],
        ("a", 300),
    ),
    (
        "of who is gone from the first, others have it as the channel says",
        FOR_A_WHILE,
        [customer("c", 2, holder="a"), customer("d", 30)],
        [*here("b")],
        ("b", 122),
    ),
    (
        "and of who is gone from the first, a customer's silence goes on",
        {},
        [customer("c", 2, 0, 100, 20, holder="a"), customer("d", 201)],
        [seen_at(200, "a", "available")],
        ("a", 220),
    ),
]


@pytest.mark.parametrize(
    ("label", "channel", "customers", "presences", "expected"), RESTING, ids=[r[0] for r in RESTING]
)
def test_what_is_kept_for_who_is_gone_rests(
    label: str, channel: Any, customers: Any, presences: Any, expected: tuple[str, int]
) -> None:
    """Where it is so: when the next customer has an agent tells how long the first took."""
    desk = plan(agents="ab")
    kept = replace(desk.channels[0], **{"on_lost": OnLost.KEEP} | channel)
    run = Rehearsal(replace(desk, channels=(kept,)), customers, presences, kept=Kept.RESTS)
    fate = run.run()["d"]
    assert (fate.agent, fate.at) == expected, label


def test_what_rests_is_no_hour_of_anybody() -> None:
    """There from 1 to 50, at work from 10 on; then gone, with work that is kept."""
    desk = plan()
    kept = replace(desk.channels[0], on_lost=OnLost.KEEP)
    run = Rehearsal(replace(desk, channels=(kept,)), [customer("c", 10)], AWAY, kept=Kept.RESTS)
    run.run(until=500)
    assert run.hours == {"a": Hours(49 * 100, 40 * 100)}


def test_hours_are_weighed_by_capacity() -> None:
    """There from 1 on, at work for 100 of 110 ms, until the span ends."""
    run = Rehearsal(plan(agents="ab"), [customer("c", 11)], here("a"))
    run.run(until=111)
    assert run.hours == {"a": Hours(110 * 100, 100 * 100), "b": Hours(0, 0)}
    assert occupancy(run.hours, "ab") == pytest.approx(100 / 110)
    assert occupancy(run.hours, "b") is None


def test_a_span_is_half_open() -> None:
    """What happens at its end does not happen in it."""
    assert Rehearsal(plan(), [customer("c", 10)], here("a")).run(until=10) == {}
    assert "c" in Rehearsal(plan(), [customer("c", 10)], here("a")).run(until=11)
