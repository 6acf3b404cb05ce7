"""Consult, conference and warm transfer: a second agent joins, and it weighs on both."""

import random

import pytest

from routing.inputs import AgentConsulted, ConsultLeft, WorkTransferred
from routing.rows import WorkPhase
from tests.unit.routing.compare import Watched
from tests.unit.routing.scene import Scene, agent, plan
from tests.unit.routing.worlds import AGENTS, Day, plan_of


def consulting() -> Scene:
    """Ann has a call and has asked Ben in; Cy is there too."""
    scene = Scene(plan(agent("ann"), agent("ben"), agent("cy")))
    scene.arrive(10, "call", "voice")
    scene.tell(20, "offer_accepted", offer="call.1", agent="ann")
    assert scene.tell(30, "agent_consulted", work="call", agent="ann", guest="ben") == [
        "ann asks ben into call"
    ]
    return scene


def loads(scene: Scene) -> list[int]:
    return [scene.load(ident) for ident in ("ann", "ben", "cy")]


def test_it_weighs_on_both() -> None:
    """Until the colleague has left; whose it is does not change."""
    scene = consulting()
    assert loads(scene) == [100, 100, 0]
    assert scene.work("call").agent == "ann"
    scene.arrive(40, "other", "voice")
    assert scene.work("other").offers_made == 1
    assert loads(scene) == [100, 100, 100], "who is asked gets nothing else"
    assert scene.tell(50, "consult_left", work="call", agent="ben") == ["ben is out of call: left"]
    assert loads(scene) == [100, 0, 100]


def test_a_warm_transfer() -> None:
    """The colleague has it at once, with the weight that was there; the old agent is free."""
    scene = consulting()
    assert scene.tell(40, "work_transferred", work="call", agent="ann", to_agent="ben") == [
        "ann leaves call: transferred",
        "ben gets call",
    ]
    assert loads(scene) == [0, 100, 0]
    assert (scene.work("call").agent, scene.work("call").guests) == ("ben", ())


def test_a_conference() -> None:
    """Two are asked; who takes it over keeps the other in it, and its end frees all."""
    scene = consulting()
    scene.tell(31, "agent_consulted", work="call", agent="ann", guest="cy")
    assert loads(scene) == [100, 100, 100]
    scene.tell(40, "work_transferred", work="call", agent="ann", to_agent="ben")
    assert scene.work("call").guests == ("cy",)
    assert scene.tell(50, "work_ended", work="call", agent="ben") == [
        "cy is out of call: ended",
        "ben leaves call: ended",
        "call done by ben",
    ]
    assert loads(scene) == [0, 0, 0]


@pytest.mark.parametrize(
    ("label", "tag", "fields", "reason"),
    [
        ("blind to another", "work_transferred", {"agent": "ann", "to_agent": "cy"}, "transferred"),
        ("to the queue", "work_transferred", {"agent": "ann", "to_queue": "q"}, "transferred"),
        ("called off", "work_cancelled", {"reason": "abandoned"}, "abandoned"),
        ("parked", "work_parked", {}, "parked"),
        ("taken by force", "work_grabbed", {"agent": "cy", "by": "sue", "force": True}, "assigned"),
    ],
)
def test_what_ends_a_consult(label: str, tag: str, fields: dict, reason: str) -> None:
    """Whoever has it no longer has nobody in it either."""
    scene = consulting()
    said = scene.tell(40, tag, work="call", **fields)
    assert f"ben is out of call: {reason}" in said, label
    assert scene.load("ben") == 0


def test_the_colleague_goes() -> None:
    """Offline: out of it, and the caller stays with whose it is."""
    scene = consulting()
    assert scene.tell(40, "agent_presence", agent="ben", presence="offline") == [
        "ben is out of call: offline"
    ]
    assert scene.work("call").agent == "ann"


@pytest.mark.parametrize(
    ("label", "fields", "why"),
    [
        ("oneself", {"agent": "ann", "guest": "ann"}, "wrong_state"),
        ("twice", {"agent": "ann", "guest": "ben"}, "wrong_state"),
        ("for somebody else", {"agent": "ben", "guest": "cy"}, "not_yours"),
        ("nobody known", {"agent": "ann", "guest": "dan"}, "unknown_agent"),
        ("who is away", {"agent": "ann", "guest": "eve"}, "not_there"),
        ("at capacity", {"agent": "ann", "guest": "cy"}, "no_capacity"),
    ],
)
def test_who_cannot_be_asked(label: str, fields: dict, why: str) -> None:
    """Refused with the reason, and nothing changes."""
    desk = plan(*(agent(each) for each in ("ann", "ben", "cy", "eve")))
    scene = Scene(desk, "ann", "ben", "cy")
    scene.arrive(10, "call", "voice")
    scene.tell(20, "offer_accepted", offer="call.1", agent="ann")
    scene.tell(30, "agent_consulted", work="call", agent="ann", guest="ben")
    scene.arrive(31, "chat", "chat")
    assert scene.load("cy") == 25
    assert scene.tell(40, "agent_consulted", work="call", **fields) == [f"refused: {why}"], label
    assert scene.work("call").guests == ("ben",)


@pytest.mark.parametrize("seed", range(4))
def test_random_days(seed: int) -> None:
    """Loads are what is held, owned or joined in; a restart changes nothing."""
    rng = random.Random(seed)
    first = plan_of(rng)
    desk, day = Watched(first), Day(first)
    asked = 0
    for _ in range(300):
        had = [w for w in desk.engine.snapshot().works if w.phase is WorkPhase.ASSIGNED]
        if rng.random() < 0.4 and had:
            work, guest = rng.choice(had), rng.choice(AGENTS)
            name = {"at": day.at, "work": work.id}
            wish = rng.random()
            if wish < 0.6:
                request = AgentConsulted(**name, agent=work.agent or "", guest=guest)
            elif wish < 0.8:
                request = WorkTransferred(**name, agent=work.agent or "", to_agent=guest)
            else:
                request = ConsultLeft(**name, agent=guest)
        else:
            request = day.next(rng, desk.engine)
        decided = desk.apply(request)
        day.note(decided)
        asked += any(type(event).__name__ == "ConsultStarted" for event in decided)
    assert asked > 0
