"""What the log tells of a span: who came, who was there, how long it took."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.domain import events as e
from gateway.pipeline.recording import Piece, Recording, Stand, recorded
from routing.inputs import AgentBack, AgentLost, AgentPresence
from routing.plan import AgentPlan, Plan, QueuePlan
from routing.staff import Hours

SINCE, UNTIL = 1_000, 2_000


def events(*told: tuple[int, e.Body] | tuple[int, e.Body, str]) -> Iterator[e.Event]:
    for position, (at, body, *conversation) in enumerate(told, 1):
        yield e.Event(
            desk="d",
            position=position,
            conversation=conversation[0] if conversation else "c",
            seq=None,
            kind=type(body).__struct_config__.tag,
            at=at,
            actor="system",
            cause=None,
            body=e.encode_body(body),
        )


def work(what: str, name: str = "w", **fields: Any) -> e.WorkChanged:
    return e.WorkChanged(work=name, what=what, queue="q", channel="chat", rulebook=4, **fields)


def held(what: str, agent: str = "a", name: str = "w") -> e.AssignmentChanged:
    return e.AssignmentChanged(work=name, agent=agent, what=what)


def offer(what: str, agent: str = "a") -> e.OfferChanged:
    return e.OfferChanged(offer="o", work="w", agent=agent, what=what)


def agent(presence: str, load: int = 0, name: str = "a") -> e.AgentChanged:
    return e.AgentChanged(agent=name, presence=presence, load=load)


def asks(verb: str, presence: str = "", **fields: Any) -> e.AgentAsked:
    return e.AgentAsked(agent="a", verb=verb, presence=presence, **fields)


def tape(*told: Any) -> Recording:
    return recorded(events(*told), SINCE, UNTIL)


def piece(**fields: Any) -> Piece:
    return Piece(work="w", conversation="c", channel="chat", queue="q", **fields)


def wrapup(what: str) -> e.WrapupChanged:
    return e.WrapupChanged(work="w", agent="a", what=what)


TAKEN = (
    (1_000, agent("available")),
    (1_100, work("waiting")),
    (1_100, held("started")),
    (1_100, agent("available", 50)),
)
AFTER = (*TAKEN, (1_200, held("ended")), (1_200, wrapup("started")))
FROM_A: dict[str, Any] = {"arrived_at": 1_100, "holder": "a", "taken_at": 1_100, "agent": "a"}


@pytest.mark.parametrize(
    ("label", "told", "expected"),
    [
        (
            "taken and done, after the span too",
            [(1_100, work("waiting")), (1_200, held("started")), (2_500, held("ended")), (2_600, work("done"))],
            piece(arrived_at=1_100, holder="a", taken_at=1_200, agent="a", ended_at=2_600, handling=[1_300]),
        ),
        (
            "resting is not handling",
            [(1_100, work("waiting")), (1_100, held("started")), (1_150, held("parked")), (1_250, held("resumed")), (1_260, held("ended"))],
            piece(arrived_at=1_100, holder="a", taken_at=1_100, agent="a", handling=[50, 100, 10]),
        ),
        (
            "a colleague who is asked changes nothing",
            [(1_100, work("waiting")), (1_100, held("started")), (1_150, held("consulted", "b")), (1_250, held("consult_ended", "b")), (1_260, held("ended"))],
            piece(arrived_at=1_100, holder="a", taken_at=1_100, agent="a", handling=[160]),
        ),
        (
            "another hand goes on",
            [(1_100, work("waiting")), (1_100, held("started")), (1_130, held("ended")), (1_130, work("waiting")), (1_400, held("started", "b")), (1_410, held("ended", "b"))],
            piece(arrived_at=1_100, holder="b", taken_at=1_100, agent="a", handling=[40]),
        ),
        (
            "in hands when the log ends: until the span ends, at least",
            [(1_100, work("waiting")), (1_100, held("started")), (1_700, agent("busy"))],
            piece(arrived_at=1_100, holder="a", taken_at=1_100, agent="a", handling=[900]),
        ),
        (
            "nobody had it",
            [(1_100, work("waiting")), (1_500, work("cancelled"))],
            piece(arrived_at=1_100, ended_at=1_500),
        ),
        (
            "in hands when the span begins: what is left counts",
            [(100, work("waiting")), (200, held("started")), (1_400, held("ended"))],
            piece(arrived_at=100, carried=True, holder="a", taken_at=200, agent="a", handling=[400]),
        ),
        (
            "resting when the span begins",
            [(100, work("waiting")), (200, held("started")), (300, held("parked")), (1_400, held("resumed")), (1_450, held("ended"))],
            piece(arrived_at=100, carried=True, holder="a", taken_at=200, agent="a", handling=[0, 400, 50]),
        ),
        (
            "waiting when the span begins",
            [(100, work("waiting")), (1_200, held("started")), (1_250, held("ended"))],
            piece(arrived_at=100, carried=True, taken_at=1_200, agent="a", handling=[50]),
        ),
        ("over before the span", [(100, work("waiting")), (200, work("done"))], None),
        (
            "in wrap-up when the span begins: nobody waits",
            [(100, work("waiting")), (200, held("started")), (300, held("ended")), (300, e.WrapupChanged(work="w", agent="a", what="started")), (1_100, work("done"))],
            None,
        ),
        ("came after the span", [(2_000, work("waiting"))], None),
        (
            "the agent ended the wrap-up",
            [(1_100, work("waiting")), (1_100, held("started")), (1_200, held("ended")), (1_200, e.WrapupChanged(work="w", agent="a", what="started")), (1_230, asks("wrapup_end", work="w"))],
            piece(arrived_at=1_100, holder="a", taken_at=1_100, agent="a", handling=[100], wrapup_ms=30),
        ),
        (
            "time ended the wrap-up",
            [*AFTER, (1_290, wrapup("ended"))],
            piece(**FROM_A, handling=[100]),
        ),
        (
            "who asked for more time needed all of it",
            [*AFTER, (1_220, wrapup("started")), (1_290, wrapup("ended"))],
            piece(**FROM_A, handling=[100], wrapup_ms=90),
        ),
        (
            "unless they said that they had done",
            [*AFTER, (1_220, wrapup("started")), (1_250, asks("wrapup_end", work="w")), (1_251, wrapup("ended"))],
            piece(**FROM_A, handling=[100], wrapup_ms=50),
        ),
        (
            "asked for more time, which is not over when the log ends",
            [*AFTER, (1_220, wrapup("started"))],
            piece(**FROM_A, handling=[100], wrapup_ms=800),
        ),
        (
            "kept for who is gone is not handling",
            [*TAKEN, (1_150, agent("offline")), (1_400, agent("busy")), (1_410, held("ended"))],
            piece(**FROM_A, handling=[60]),
        ),
        (
            "gone, of whom the log says nothing before",
            [(1_100, work("waiting")), (1_100, held("started")), (1_150, agent("offline")), (1_400, held("ended"))],
            piece(**FROM_A, handling=[50]),
        ),
        (
            "who else is gone changes nothing",
            [*TAKEN, (1_150, agent("offline", name="b")), (1_400, held("ended"))],
            piece(**FROM_A, handling=[300]),
        ),
        (
            "who had it before changes nothing by going",
            [*TAKEN, (1_150, held("ended")), (1_150, held("started", "b")), (1_200, agent("offline")), (1_400, held("ended", "b"))],
            piece(**FROM_A | {"holder": "b"}, handling=[300]),
        ),
        (
            "kept, and over before the span",
            [(90, agent("available")), (100, work("waiting")), (200, held("started")), (300, agent("offline")), (400, held("ended")), (400, work("done"))],
            None,
        ),
        (
            "others have it once its agent was gone too long",
            [*TAKEN, (1_150, agent("offline")), (1_200, held("ended")), (1_300, held("started", "b")), (1_400, agent("available")), (1_410, held("ended", "b"))],
            piece(**FROM_A | {"holder": "b"}, handling=[160]),
        ),
        (
            "a customer is silent, and back, while its agent is gone",
            [*TAKEN, (1_130, held("parked")), (1_150, agent("offline")), (1_200, held("resumed")), (1_400, agent("available")), (1_410, held("ended"))],
            piece(**FROM_A, handling=[30, 70, 10]),
        ),
        (
            "a customer falls silent while its agent is gone",
            [*TAKEN, (1_150, agent("offline")), (1_200, held("parked")), (1_400, agent("available")), (1_450, held("resumed")), (1_460, held("ended"))],
            piece(**FROM_A, handling=[50, 250, 10]),
        ),
        (
            "kept when the span begins",
            [(90, agent("available")), (100, work("waiting")), (200, held("started")), (300, agent("offline")), (1_400, agent("available")), (1_450, held("ended"))],
            piece(arrived_at=100, carried=True, holder="a", taken_at=200, agent="a", handling=[50]),
        ),
        (
            "kept from before the span to its end: how long it takes is not known",
            [(90, agent("available")), (100, work("waiting")), (200, held("started")), (300, agent("offline"))],
            piece(arrived_at=100, carried=True, holder="a", taken_at=200, agent="a"),
        ),
        (
            "kept when the span begins, then silent",
            [(90, agent("available")), (100, work("waiting")), (200, held("started")), (300, agent("offline")), (1_400, held("parked"))],
            piece(arrived_at=100, carried=True, holder="a", taken_at=200, agent="a", handling=[0, 600]),
        ),
        (
            "kept when the span begins, then others have it",
            [(90, agent("available")), (100, work("waiting")), (200, held("started")), (300, agent("offline")), (1_400, held("ended")), (1_400, held("started", "b")), (1_430, held("ended", "b"))],
            piece(arrived_at=100, carried=True, holder="a", taken_at=200, agent="a", handling=[30]),
        ),
    ],
)  # fmt: skip
def test_pieces(label: str, told: Any, expected: Piece | None) -> None:
    """One piece of work, whatever happened to it before, within and after the span."""
    assert tape(*told).pieces == ((expected,) if expected else ()), label


@pytest.mark.parametrize(
    ("label", "told", "expected"),
    [
        ("what agents say", [(1_100, asks("presence", "available"))], [AgentPresence(at=1_100, agent="a", presence="available")]),
        ("what they said before", [(100, asks("presence", "busy")), (100, agent("busy"))], [AgentPresence(at=1_000, agent="a", presence="busy")]),
        ("who was gone is gone", [(100, agent("available")), (200, agent("offline"))], []),
        ("who let offers pass was not there", [(1_100, agent("available")), (1_200, agent("not_responding"))],
         [AgentPresence(at=1_100, agent="a", presence="available"), AgentPresence(at=1_200, agent="a", presence="busy")]),
        ("load is no news", [(100, agent("available")), (1_200, agent("available", 50))], [AgentPresence(at=1_000, agent="a", presence="available")]),
        ("a socket lost and found", [(1_100, asks("lost")), (1_110, asks("back"))], [AgentLost(at=1_100, agent="a"), AgentBack(at=1_110, agent="a")]),
        ("who is lost goes by the grace of each rulebook", [(100, agent("available")), (1_100, asks("lost")), (1_130, agent("offline"))],
         [AgentPresence(at=1_000, agent="a", presence="available"), AgentLost(at=1_100, agent="a")]),
        ("a node's end loses everybody there", [(100, agent("available")), (100, agent("offline", name="b")), (1_100, e.NodeLost(node="n"))],
         [AgentPresence(at=1_000, agent="a", presence="available"), AgentLost(at=1_100, agent="a")]),
        ("nothing after the span", [(2_000, asks("presence", "available"))], []),
        ("other wishes are no presence", [(1_100, asks("accept", offer="o"))], []),
    ],
)  # fmt: skip
def test_presences(label: str, told: Any, expected: list[Any]) -> None:
    """What routing is to be told of agents: facts, without the policy of the day."""
    assert list(tape(*told).presences) == expected, label


def test_answers_are_the_agents_own_medians() -> None:
    """Of offers that were taken; who took none is as quick as the others; nobody: at once."""
    told = []
    for at, name, took in ((1_100, "a", 5), (1_200, "a", 7), (1_300, "a", 90), (1_400, "b", 20)):
        told += [(at, offer("created", name)), (at + took, offer("accepted", name))]
    told += [(1_500, offer("created")), (1_900, offer("expired"))]
    answer_ms = tape(*told).answer_ms()
    assert [answer_ms(name) for name in "abc"] == [7, 20, 7]
    assert tape().answer_ms()("a") == 0


def test_hours_as_they_were() -> None:
    """By the capacity of a plan; what was before the span stands when it begins.

    What is kept for who is gone is no work of theirs.
    """
    found = tape((100, agent("available", 50)), (1_500, agent("offline", 50)))
    assert found.stands[0] == Stand(at=1_000, agent="a", presence="available", load=50)
    agents = (AgentPlan(id="a", queues={"q": 1}),)
    plan = Plan(queues=(QueuePlan(id="q"),), agents=agents, default_queue="q")
    assert found.staff(plan).hours == {"a": Hours(500 * 100, 500 * 50)}


def test_the_versions_that_decided_are_named() -> None:
    """Those by which work came in within the span."""
    assert tape((1_100, work("waiting"))).versions == (4,)
