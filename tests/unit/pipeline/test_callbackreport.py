"""What is said of callbacks that are over, from rows that stand in the tables."""

from typing import Any

from gateway.domain.call import Call, CallState
from gateway.domain.callback import Callback, CallbackKind, CallbackState
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.pipeline.callbackreport import CallbackRow, callback_figures
from gateway.pipeline.report import Question
from gateway.verbs.work import Decide
from tests.unit.pipeline.desk import START_MS, Desk

NOW = START_MS + 10 * DAY_MS


def callback(number: int, state: CallbackState = CallbackState.DONE, **fields: Any) -> Callback:
    """One that was asked for at the start, promised within the hour, and is over a day later."""
    usual = {
        "id": f"b{number}",
        "desk": "desk",
        "live_of": None,
        "conversation": f"c{number}",
        "kind": CallbackKind.QUEUE,
        "state": state,
        "number": f"+4915100000{number:03}",
        "queue": "main",
        "slot": None,
        "held_at": None,
        "origin_at": START_MS,
        "visible_at": START_MS,
        "closes_at": START_MS + DAY_MS,
        "due": START_MS + HOUR_MS,
        "wishes": 1,
        "dialled_at": None,
        "reached_at": None,
        "word_left_at": None,
        "tries": 0,
        "call": None,
        "created_at": START_MS,
        "ended_at": START_MS + DAY_MS,
    }
    empty = dict.fromkeys(("account", "local", "owner", "note", "zone", "local_time", "outcome"))
    return Callback(**(dict.fromkeys(empty, "") | {"by": "system"} | usual | fields))


def called(number: int, after: int, tries: int = 1, **fields: Any) -> Callback:
    """One whose telephone rang so long after it was asked for, and who was spoken with."""
    at = START_MS + after
    return callback(number, tries=tries, **({"dialled_at": at, "reached_at": at} | fields))


async def ask(desk: Desk, *rows: Callback | Call, by: tuple[str, ...] = ()) -> list[CallbackRow]:
    """The report, with these in the table."""
    await desk.decide()
    epoch, applied = await desk.one("SELECT epoch, applied FROM desk")
    decide = Decide(epoch=epoch, applied=applied, rows=list(rows), decisions=[])
    assert isinstance(await desk.store.submit(decide), int)
    question = Question(desk="desk", since=START_MS, until=NOW, by=by, zone="Asia/Shanghai")
    return await desk.store.read(callback_figures, question)


async def test_nothing_is_no_row(desk: Desk) -> None:
    """Neither what is still to be called nor what ended outside of the span counts."""
    live = callback(1, CallbackState.READY, live_of="+49", ended_at=None)
    held = callback(3, CallbackState.CANCELLED, held_at=START_MS)
    assert await ask(desk, live, held, callback(2, ended_at=NOW)) == []


async def test_what_was_promised_and_kept(desk: Desk) -> None:
    """The telephone rang in time, or it did not; who took the wish back was promised nothing."""
    (row,) = await ask(
        desk,
        called(1, MINUTE_MS),
        called(2, HOUR_MS),
        called(3, HOUR_MS + 1),
        callback(4, CallbackState.EXPIRED),
        callback(5, CallbackState.CANCELLED),
        callback(6, CallbackState.SUPERSEDED),
    )
    assert (row.ended, row.promised, row.kept) == (6, 4, 0.5)
    assert row.states == {"cancelled": 1, "done": 3, "expired": 1, "superseded": 1}


async def test_whom_it_took_how_many_tries_to_reach(desk: Desk) -> None:
    """Of those who were dialled; whoever asked twice is one person and two wishes."""
    (row,) = await ask(
        desk,
        called(1, 0, tries=2, wishes=3),
        called(2, 0, tries=4, state=CallbackState.EXHAUSTED, reached_at=None),
        callback(3, CallbackState.EXPIRED),
    )
    assert (row.dialled, row.reached, row.attempts_mean) == (2, 0.5, 3.0)
    assert row.duplicates == 2 / 5


async def test_how_far_off_booked_times_were(desk: Desk) -> None:
    """Early counts as late does; who was promised no time has none to be missed."""
    booked = {"local_time": "2026-01-02T09:00[UTC]"}
    (row,) = await ask(
        desk,
        *(called(n, n * MINUTE_MS, **booked) for n in range(1, 10)),
        called(10, -10 * MINUTE_MS, **booked),
        called(11, 5 * HOUR_MS),
    )
    assert row.booked == 10
    assert row.promise_error_p50_ms == 5 * MINUTE_MS
    assert row.promise_error_p90_ms == 9 * MINUTE_MS


async def test_groups(desk: Desk) -> None:
    """By queue and by the day on which it ended, where the report's people live."""
    rows = await ask(
        desk,
        callback(1, queue="main"),
        callback(2, queue="main", ended_at=START_MS + 2 * DAY_MS),
        callback(3, queue="vip"),
        by=("queue", "day"),
    )
    assert [(row.group["queue"], row.ended) for row in rows] == [
        ("main", 1),
        ("main", 1),
        ("vip", 1),
    ]
    assert rows[0].group["day"] < rows[1].group["day"]
    assert rows[2].kept == 0.0


def first(number: int, callback: str, outcome: str, queued_at: int | None = START_MS) -> Call:
    """A call in which the customer was dialled before an agent was there."""
    empty = dict.fromkeys(("local", "language", "choice"), "")
    return Call(
        **empty,
        id=f"k{number}",
        desk="desk",
        conversation="c1",
        live_of=None,
        message="m",
        voicemail=None,
        account="phone",
        direction="out",
        customer="tel:+49",
        state=CallState.ENDED,
        step=0,
        held=False,
        outcome=outcome,
        callback=callback,
        customer_first=True,
        started_at=START_MS,
        queued_at=queued_at,
        connected_at=None,
        ended_at=START_MS,
    )


async def test_for_whom_nobody_came(desk: Desk) -> None:
    """Of those who picked up before an agent was there; a telephone that rang in vain is none."""
    (row,) = await ask(
        desk,
        called(1, MINUTE_MS),
        first(1, "b1", "abandoned"),
        first(2, "b1", "answered"),
        first(3, "b1", "unreached", queued_at=None),
        first(4, "b9", "abandoned"),
    )
    assert (row.picked_up_first, row.answered_abandoned) == (2, 0.5)
