"""Response-time reports over rows that stand in the tables."""

from typing import Any

import pytest

from config.rulebook import Rulebook
from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.work import Resolution, Turn
from gateway.pipeline.inforce import InForce
from gateway.pipeline.report import InvalidQuestion, Question, Row, question_of, responses, shares
from gateway.verbs.work import Decide
from tests.unit.pipeline.desk import START_MS, Desk

NOW = START_MS + 10 * DAY_MS
AIM = {
    "queue": "main",
    "channel": "sms",
    "account": "sms",
    "language": "en",
    "priority": 0,
    "vip": False,
}
UNNOTICED = dict.fromkeys(("warn_at", "warned_at", "breached_at"))


def turn(number: int, opened_at: int, took: int | None, agent: str | None, **fields: Any) -> Turn:
    """A turn with a target of a minute, answered after a while or not at all."""
    closed_at = None if took is None else opened_at + took
    usual = {
        "id": f"t{number}",
        "desk": "desk",
        "conversation": f"c{number}",
        "open_of": f"c{number}" if took is None else None,
        "metric": "first_response",
        "opened_at": opened_at,
        "message": "m",
        "hours": '[[0,""]]',
        "target_ms": MINUTE_MS,
        "due": opened_at + MINUTE_MS,
        "closed_at": closed_at,
        "closed_by": None if took is None else "m2",
        "agent": agent,
        "took_ms": took,
        "rulebook": 1,
    }
    late = took is not None and took > MINUTE_MS
    breached = {"breached_at": opened_at + MINUTE_MS} if late else {}
    return Turn(**(AIM | UNNOTICED | usual | breached | fields))


def resolution(number: int, opened_at: int, took: int | None, **fields: Any) -> Resolution:
    """A resolution with a target of an hour, half of it spent in a pause."""
    usual = {
        "conversation": f"c{number}",
        "desk": "desk",
        "opened_at": opened_at,
        "answered_at": None,
        "pauses": "[]",
        "hours": '[[0,""]]',
        "target_ms": HOUR_MS,
        "due": opened_at + HOUR_MS,
        "resolved_at": None if took is None else opened_at + took,
        "agent": None if took is None else "emma",
        "first_ms": took,
        "total_ms": took,
        "active_ms": None if took is None else took // 2,
        "rulebook": 1,
    }
    return Resolution(**(AIM | UNNOTICED | usual | fields))


async def put(desk: Desk, *rows: Turn | Resolution) -> None:
    """The rows stand in the tables."""
    await desk.decide()
    epoch, applied = await desk.one("SELECT epoch, applied FROM desk")
    decide = Decide(epoch=epoch, applied=applied, rows=list(rows), decisions=[])
    assert isinstance(await desk.store.submit(decide), int)


async def ask(desk: Desk, by: str, since: int = START_MS, until: int = NOW) -> list[Row]:
    """The report."""
    named = tuple(filter(None, by.split(",")))
    question = Question(desk="desk", since=since, until=until, by=named, zone="Asia/Shanghai")
    return await desk.store.read(responses, question)


async def test_percentiles_by_nearest_rank(desk: Desk) -> None:
    """One to ten seconds; those outside of the span do not count."""
    await put(
        desk,
        *(turn(n, START_MS + n, n * 1_000, "emma") for n in range(1, 11)),
        turn(50, START_MS - HOUR_MS, 60_000, "emma"),
        turn(51, NOW - 5_000, 5_000, "emma"),
    )
    (row,) = await ask(desk, "")
    assert (row.metric, row.count, row.mean_ms, row.max_ms) == ("first_response", 10, 5_500, 10_000)
    assert (row.p50_ms, row.p75_ms, row.p90_ms, row.p95_ms, row.p99_ms) == (
        *(5_000, 8_000, 9_000),
        *(10_000, 10_000),
    )
    assert (row.group, row.within_target, row.relative_error) == ({}, 1.0, 0)


async def test_nobody_answered(desk: Desk) -> None:
    """Nothing at all is no row; somebody who waits too long is one, without figures."""
    assert await ask(desk, "queue") == []
    await put(desk, turn(1, START_MS, None, None), turn(2, NOW - 1_000, None, None))
    (row,) = await ask(desk, "queue")
    assert (row.group, row.count, row.p50_ms, row.mean_ms) == ({"queue": "main"}, 0, None, None)
    assert (row.within_target, row.open_and_late) == (None, 1)


async def test_late_when_the_span_ended(desk: Desk) -> None:
    """A report of last week says the same next week: who waited then, though answered since."""
    await put(desk, turn(1, START_MS, 5 * HOUR_MS, "emma"))
    (then,) = await ask(desk, "", until=START_MS + HOUR_MS)
    assert (then.count, then.open_and_late) == (0, 1)
    (now,) = await ask(desk, "")
    assert (now.count, now.open_and_late, now.within_target) == (1, 0, 0.0)


async def test_by_whoever_answered_and_by_the_day_of_the_answer(desk: Desk) -> None:
    """The replier's, and in Shanghai it was tomorrow already; the one who waits is nobody's."""
    await put(
        desk,
        turn(1, START_MS, 60_000, "emma"),  # Monday 14:13 UTC, 22:13 there
        turn(2, START_MS + HOUR_MS, 3 * HOUR_MS, "lin"),  # ends at 02:13 on Tuesday
        turn(3, START_MS, None, None),
    )
    rows = await ask(desk, "agent,day")
    assert [(row.group, row.count, row.open_and_late) for row in rows] == [
        ({"agent": "", "day": "2026-10-01"}, 0, 1),
        ({"agent": "emma", "day": "2026-09-21"}, 1, 0),
        ({"agent": "lin", "day": "2026-09-22"}, 1, 0),
    ]


async def test_by_queue_channel_and_priority(desk: Desk) -> None:
    """Each combination that there is; metrics in their order."""
    await put(
        desk,
        turn(1, START_MS, 1_000, "emma", metric="next_response"),
        turn(2, START_MS, 2_000, "emma"),
        turn(3, START_MS, 3_000, "emma", channel="email", priority=5),
        turn(4, START_MS, 4_000, "emma", metric="before_handoff"),
    )
    rows = await ask(desk, "channel,priority")
    assert [(row.group["channel"], row.group["priority"], row.metric) for row in rows] == [
        ("email", "5", "first_response"),
        ("sms", "0", "first_response"),
        ("sms", "0", "next_response"),
    ]


async def test_resolved_without_a_word_stands_beside(desk: Desk) -> None:
    """It is no response: no duration, no breach, but a count of its own."""
    await put(
        desk,
        turn(1, START_MS, 1_000, "emma"),
        turn(2, START_MS, 90_000, None, closed_by="resolved"),
    )
    (row,) = await ask(desk, "")
    assert (row.count, row.within_target, row.resolved_without_reply) == (1, 1.0, 1)


async def test_callers_whom_nobody_answered_stand_beside(desk: Desk) -> None:
    """Who hung up, who wanted to be called, whom the provider's own people took, each by
    themselves; late answers are breaches."""
    await put(
        desk,
        turn(1, START_MS, 9_000, "emma", channel="voice", closed_by="call:k1"),
        turn(2, START_MS, 90_000, None, channel="voice", closed_by="abandoned"),
        turn(3, START_MS, 90_000, None, channel="voice", closed_by="callback"),
        turn(4, START_MS, 90_000, "lin", channel="voice", closed_by="call:k2", breached_at=1),
        turn(5, START_MS, 90_000, None, channel="voice", closed_by="elsewhere"),
    )
    (row,) = await ask(desk, "channel")
    assert (row.group, row.count, row.breached, row.within_target) == (
        {"channel": "voice"},
        2,
        1,
        0.5,
    )
    assert (row.abandoned, row.asked_for_callback, row.resolved_without_reply) == (1, 1, 0)
    assert row.taken_elsewhere == 1


async def test_three_figures_of_resolutions(desk: Desk) -> None:
    """The promise is of the time without pauses; who is still late counts there."""
    late = START_MS + HOUR_MS
    await put(
        desk,
        resolution(1, START_MS, HOUR_MS),
        resolution(2, START_MS, 3 * HOUR_MS, breached_at=late),
        resolution(3, START_MS, None),
        resolution(4, START_MS, None, due=None),  # paused
    )
    rows = {row.metric: row for row in await ask(desk, "")}
    assert list(rows) == ["first_resolution", "total_resolution", "active_resolution"]
    assert (rows["total_resolution"].max_ms, rows["total_resolution"].within_target) == (
        3 * HOUR_MS,
        None,
    )
    active = rows["active_resolution"]
    assert (active.max_ms, active.within_target, active.open_and_late) == (90 * MINUTE_MS, 0.5, 1)


# --- what can be asked ---

BOOK = Rulebook.model_validate({"desk": {"timezone": "Asia/Shanghai"}})


def test_a_question_as_people_write_it() -> None:
    """Without anything the last seven days, in the desk's zone; never beyond now."""
    asked = question_of("desk", None, None, "queue, day", None, BOOK, NOW)
    assert (asked.since, asked.until) == (NOW - 7 * DAY_MS, NOW)
    assert (asked.by, asked.zone) == (("queue", "day"), "Asia/Shanghai")
    asked = question_of(
        "desk", "2026-09-01T00:00:00+08:00", "2099-01-01T00:00:00Z", "", "UTC", BOOK, NOW
    )
    assert (asked.until, asked.by) == (NOW, ())


@pytest.mark.parametrize(
    ("label", "args", "words"),
    [
        ("a grouping", (None, None, "mood", None), "by: write some of queue, channel"),
        ("twice", (None, None, "day,day", None), "each once"),
        ("a zone", (None, None, "", "Moon"), "'Moon' is no time zone"),
        ("a path for a zone", (None, None, "", "../x"), "'../x' is no time zone"),
        ("no offset", ("2026-09-01T00:00:00", None, "", None), "has no offset"),
        (
            "no instant",
            ("yesterday", None, "", None),
            "from, to: 'yesterday' is no time; write it as 2026-01-02T09:00:00Z$",
        ),
        ("backwards", ("2027-01-01T00:00:00Z", None, "", None), "must be before"),
    ],
)
def test_what_cannot_be_asked(label: str, args: tuple, words: str) -> None:
    """It says what to write instead."""
    with pytest.raises(InvalidQuestion, match=words):
        question_of("desk", *args, BOOK, NOW)


# --- rolling shares ---

DAYTIME = {"weekly": {"mon-sun": "08:00-23:00"}, "tz": "Asia/Shanghai"}
MARKET = {"within": "3m", "hours": "day", "over": "24h", "least_percent": 75}
MORNING = START_MS + 12 * HOUR_MS  # 10:13 in Shanghai


async def share(desk: Desk, *rows: Turn, **fields: Any) -> Any:
    """The marketplace's share an hour after the morning."""
    book = {"hours": {"day": DAYTIME}, "sla": {"shares": {"market": MARKET | fields}}}
    await put(desk, *rows)
    inforce = InForce(1, Rulebook.model_validate(book))
    (row,) = await desk.store.read(shares, "desk", inforce, MORNING + HOUR_MS)
    return row


async def test_the_marketplace_counts_by_the_wall_clock(desk: Desk) -> None:
    """Within three minutes, of those who asked in daytime; who may yet be answered is left out."""
    row = await share(
        desk,
        turn(1, MORNING, 180_000, "emma"),
        turn(2, MORNING, 180_001, "emma", took_ms=1),  # open time does not matter
        turn(3, MORNING, None, None),
        turn(4, MORNING + HOUR_MS - 60_000, None, None),  # has two minutes left
        turn(5, MORNING, 60_000, None, closed_by="resolved"),
        turn(6, START_MS + 3 * HOUR_MS, 60_000, "emma"),  # at one in the morning
        turn(7, MORNING - 25 * HOUR_MS, 60_000, "emma"),  # the day before
        turn(8, MORNING, 2 * HOUR_MS, "emma"),  # not answered by then
    )
    assert (row.asked, row.answered, row.value, row.holds) == (5, 1, 0.2, False)


async def test_whom_the_provider_took_is_left_out_of_a_share(desk: Desk) -> None:
    """Unless they had waited too long for us by then."""
    row = await share(
        desk,
        turn(1, MORNING, 60_000, None, closed_by="elsewhere"),
        turn(2, MORNING, 180_001, None, closed_by="elsewhere"),
        turn(3, MORNING, 60_000, "emma"),
    )
    assert (row.asked, row.answered) == (2, 1)


async def test_a_share_of_a_channel(desk: Desk) -> None:
    """Only those whom it is for; nobody asked is no failure."""
    sms = turn(1, MORNING, 1_000, "emma")
    row = await share(desk, sms, when={"channel": "sms"})
    assert (row.value, row.least, row.holds) == (1.0, 0.75, True)
    row = await share(desk, sms, when={"channel": "email"})
    assert (row.asked, row.value, row.holds) == (0, None, True)
