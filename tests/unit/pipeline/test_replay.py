"""What was recorded, once more: by the rulebook of the day, and by others."""

from typing import Any

from config import Rulebook
from gateway.pipeline.inforce import InForce
from gateway.pipeline.recording import recorded
from gateway.pipeline.replay import Replay, Run
from gateway.pipeline.resent import About
from tests.unit.pipeline.test_recording import agent, events, held, work, wrapup

SINCE, UNTIL = 1_000_000, 2_000_000


def desk(on_lost: str = "keep", **queue: Any) -> InForce:
    """Two agents, to whom everything is given at once; `b` never comes unless it is told."""
    channel = {"weight": 100, "accept": "auto", "on_lost": on_lost}
    document = {
        "desk": {"name": "d", "default_queue": "q", "channels": {"chat": channel}},
        "queues": {"q": queue},
        "agents": {"a": {"queues": ["q"]}, "b": {"queues": ["q"]}},
    }
    return InForce(1, Rulebook.model_validate(document), ("chat",))


def day(*told: Any) -> Replay:
    return Replay(recorded(events(*told), SINCE, UNTIL), About({}, {}, {}), within_ms=20_000)


def taken(run: Run) -> dict[str, tuple[str | None, int]]:
    """Who had each piece, and when."""
    fates = {name: seen.fate for name, seen in run.seen.items()}
    return {name: (fate.agent, fate.at) for name, fate in fates.items() if fate is not None}


GONE_FOR_A_WHILE = (
    (1_000_000, agent("available")),
    (1_100_000, work("waiting")),
    (1_100_000, held("started")),
    (1_100_000, agent("available", 100)),
    (1_150_000, agent("offline", 100)),
    (1_160_000, work("waiting", "x")),
    (1_400_000, agent("available", 100)),
    (1_450_000, held("ended")),
    (1_450_000, work("done")),
    (1_450_000, held("started", name="x")),
    (1_500_000, held("ended", name="x")),
    (1_500_000, work("done", "x")),
    (1_500_000, agent("available")),
)


def test_a_desk_that_keeps_work_does_again_what_was_recorded() -> None:
    """Nobody works at it while its agent is gone: what comes after waits as it did."""
    lived, now = day(*GONE_FOR_A_WHILE), desk()
    again, was = lived.under(now), lived.as_recorded(now)
    assert taken(again) == {"w": ("a", 1_100_000), "x": ("a", 1_450_000)}
    assert (again.seen, again.hours) == (was.seen, was.hours)


def test_a_desk_that_does_not_keep_it_has_others_take_it_up() -> None:
    """50 of 100 s were done: `b` needs the other 50, and then has who came meanwhile."""
    lived = day(
        *GONE_FOR_A_WHILE[:5],
        (1_155_000, agent("available", name="b")),
        *GONE_FOR_A_WHILE[5:],
    )
    assert taken(lived.under(desk("requeue")))["x"] == ("b", 1_205_000)
    assert taken(lived.under(desk()))["x"] == ("b", 1_160_000)


def test_what_was_kept_all_the_while_takes_others_as_long_as_such_work_takes() -> None:
    """Nobody knows how long it would have taken `a`: `b` needs the median, 80 s, before the next."""
    lived = day(
        (100_000, agent("available")),
        (110_000, work("waiting", "k")),
        (110_000, held("started", name="k")),
        (120_000, agent("offline", 100)),
        (1_000_000, agent("available", name="b")),
        (1_010_000, work("waiting")),
        (1_010_000, held("started", "b")),
        (1_090_000, held("ended", "b")),
        (1_090_000, work("done")),
    )
    assert taken(lived.under(desk())) == {"w": ("b", 1_010_000)}
    assert taken(lived.under(desk("requeue"))) == {"w": ("b", 1_080_000)}


def test_what_waits_when_the_span_begins_is_nobodys() -> None:
    """Who took it later has it later, and is free until then."""
    lived = day(
        (900_000, work("waiting")),
        (1_000_000, agent("busy")),
        (1_100_000, agent("available")),
        (1_100_000, held("started")),
        (1_100_000, agent("available", 100)),
        (1_150_000, work("waiting", "x")),
        (1_200_000, held("ended")),
        (1_200_000, work("done")),
        (1_200_000, held("started", name="x")),
        (1_300_000, held("ended", name="x")),
        (1_300_000, work("done", "x")),
    )
    assert taken(lived.under(desk())) == {"x": ("a", 1_200_000)}


def test_wrap_up_that_was_extended_is_so_again() -> None:
    """30 s, and 40 more; where nobody may ask for more it is over when time is up."""
    lived = day(
        (1_000_000, agent("available")),
        (1_100_000, work("waiting")),
        (1_100_000, held("started")),
        (1_150_000, work("waiting", "x")),
        (1_200_000, held("ended")),
        (1_200_000, wrapup("started")),
        (1_210_000, wrapup("started")),
        (1_270_000, wrapup("ended")),
        (1_270_000, work("done")),
        (1_270_000, held("started", name="x")),
        (1_300_000, held("ended", name="x")),
        (1_300_000, work("done", "x")),
    )
    timed = {"mode": "timed", "time": "30s", "holds": True}
    more = desk(wrapup={"chat": timed | {"extensions": 1, "extend": "40s"}})
    assert taken(lived.under(more))["x"] == ("a", 1_270_000)
    assert taken(lived.under(desk(wrapup={"chat": timed})))["x"] == ("a", 1_230_000)
