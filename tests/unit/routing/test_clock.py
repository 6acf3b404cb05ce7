"""Response-time arithmetic over recorded conversations."""

import pytest

from routing.clock import METRICS, run_cases
from tests.unit.routing.recorded import (
    ALWAYS,
    BERLIN,
    HOUR,
    MINUTE,
    NEVER,
    answer,
    happen,
    stamp,
    target,
)


@pytest.mark.parametrize(
    ("label", "script", "now", "expected"),
    [
        (
            "answered",
            "10 10:00 customer_msg, 10 10:10 agent_msg",
            "10 11:00",
            {
                "frt_s": 600,
                "frt_waiting_s": None,
                "replies_s": [600],
                "replies_outcome": ["replied"],
            },
        ),
        (
            "still waiting",
            "10 10:00 customer_msg",
            "10 10:10",
            {
                "frt_s": None,
                "frt_waiting_s": 600,
                "replies_s": [600],
                "replies_outcome": ["waiting"],
            },
        ),
        (
            "the oldest unanswered message counts",
            "10 10:00 customer_msg, 10 10:09 customer_msg, 10 10:10 agent_msg",
            "10 11:00",
            {"frt_s": 600, "replies_s": [600]},
        ),
        (
            "two turns",
            "10 10:00 customer_msg, 10 10:10 agent_msg, 10 10:20 customer_msg, 10 10:21 agent_msg",
            "10 11:00",
            {"frt_s": 600, "replies_s": [600, 60]},
        ),
        (
            "two answers to one question",
            "10 10:00 customer_msg, 10 10:10 agent_msg, 10 10:15 agent_msg",
            "10 11:00",
            {"frt_s": 600, "replies_s": [600]},
        ),
        (
            "we wrote first",
            "10 10:00 agent_msg, 10 12:00 customer_msg, 10 12:05 agent_msg",
            "10 13:00",
            {"frt_s": None, "frt_due": None, "frt_met": None, "replies_s": [300]},
        ),
        (
            "a campaign is not a first word of ours",
            "10 10:00 campaign_msg, 10 12:00 customer_msg, 10 12:05 agent_msg",
            "10 13:00",
            {"frt_s": 300, "replies_s": [300]},
        ),
        (
            "machines, notes and hearts answer nothing",
            (
                "10 10:00 customer_msg, 10 10:01 auto_msg, 10 10:02 bot_msg, 10 10:03 agent_note,"
                "10 10:04 reaction, 10 10:05 campaign_msg, 10 10:10 agent_msg"
            ),
            "10 11:00",
            {"frt_s": 600, "replies_s": [600]},
        ),
        (
            "nothing happened",
            "10 10:00 agent_note",
            "10 11:00",
            dict.fromkeys(METRICS) | {"replies_s": [], "replies_wall_s": [], "replies_outcome": []},
        ),
        (
            "at night only the wall clock runs",
            "10 16:30 customer_msg, 11 09:30 agent_msg",
            "11 10:00",
            {"frt_s": HOUR, "replies_s": [HOUR], "replies_wall_s": [17 * HOUR]},
        ),
        (
            "what is yet to come has not happened",
            "10 10:00 customer_msg, 10 12:00 agent_msg",
            "10 10:30",
            {"frt_s": None, "frt_waiting_s": 30 * MINUTE},
        ),
        (
            "equal times keep the order of the list",
            "10 10:00 customer_msg, 10 10:00 agent_msg",
            "10 10:00",
            {"frt_s": 0, "replies_outcome": ["replied"]},
        ),
    ],
)
def test_turns(label: str, script: str, now: str, expected: dict) -> None:
    """A turn opens at the oldest unanswered message and closes at the next human reply."""
    got = answer(script, now)
    assert {name: got[name] for name in expected} == expected, label


@pytest.mark.parametrize(
    ("label", "script", "policy", "expected"),
    [
        (
            "bots may count",
            "10 10:00 customer_msg, 10 10:02 bot_msg, 10 10:10 agent_msg",
            {"bot_counts": True},
            {"frt_s": 120, "replies_s": [120]},
        ),
        (
            "from the handoff",
            "10 10:00 customer_msg, 10 10:02 bot_msg, 10 10:30 handoff, 10 10:35 agent_msg",
            {"frt_start": "handoff"},
            {"frt_s": 300, "replies_s": [300]},
        ),
        (
            "handed over before the question",
            "10 10:00 handoff, 10 10:10 customer_msg, 10 10:35 agent_msg",
            {"frt_start": "handoff"},
            {"frt_s": 25 * MINUTE},
        ),
        (
            "a handoff does not matter from the first message on",
            "10 10:00 customer_msg, 10 10:30 handoff, 10 10:35 agent_msg",
            {},
            {"frt_s": 35 * MINUTE},
        ),
        (
            "resolved without a word",
            "10 10:00 customer_msg, 10 11:00 status resolved",
            {"targets": {"frt": 2 * HOUR}},
            {
                "frt_s": None,
                "frt_waiting_s": None,
                "frt_met": True,
                "replies_outcome": ["resolved_without_reply"],
            },
        ),
        (
            "a resolution need not count as an answer",
            "10 10:00 customer_msg, 10 11:00 status resolved",
            {"resolve_fulfils_reply": False},
            {"frt_waiting_s": 2 * HOUR, "replies_outcome": ["waiting"]},
        ),
        (
            "a first response stays the first",
            (
                "10 09:00 customer_msg, 10 09:10 agent_msg, 10 09:20 status resolved,"
                "10 10:00 customer_msg, 10 10:01 agent_msg"
            ),
            {},
            {"frt_s": 600, "replies_s": [600, 60]},
        ),
        (
            "unless it starts anew on reopening",
            (
                "10 09:00 customer_msg, 10 09:10 agent_msg, 10 09:20 status resolved,"
                "10 10:00 customer_msg, 10 10:01 agent_msg"
            ),
            {"frt_restart_on_reopen": True},
            {"frt_s": 60, "replies_s": [600, 60]},
        ),
        (
            "and so does one that nobody ever gave",
            (
                "08 09:00 customer_msg, 08 09:20 status resolved,"
                "10 10:00 customer_msg, 10 10:10 agent_msg"
            ),
            {"frt_restart_on_reopen": True, "resolve_fulfils_reply": False},
            {"frt_s": 600, "replies_s": [600]},
        ),
    ],
)
def test_policies(label: str, script: str, policy: dict, expected: dict) -> None:
    """What counts is said by the policy, at noon of the day."""
    got = answer(script, "10 12:00", **policy)
    assert {name: got[name] for name in expected} == expected, label


@pytest.mark.parametrize(
    ("label", "script", "now", "target_s", "due", "met"),
    [
        ("in time to the second", "10 09:00 customer_msg, 10 17:00 agent_msg", "11 12:00", 8 * HOUR, "2026-06-10T15:00:00Z", True),
        ("a night late", "10 09:00 customer_msg, 11 09:00 agent_msg", "11 12:00", 8 * HOUR, "2026-06-10T15:00:00Z", False),
        ("not decided yet", "10 09:00 customer_msg", "10 10:00", 8 * HOUR, "2026-06-10T15:00:00Z", None),
        ("late though open", "10 09:00 customer_msg", "11 10:00", 8 * HOUR, "2026-06-10T15:00:00Z", False),
        ("nothing was promised", "10 09:00 customer_msg, 10 10:00 agent_msg", "11 12:00", None, None, None),
    ],
)  # fmt: skip
def test_first_response_due(
    label: str, script: str, now: str, target_s: int | None, due: str | None, met: bool | None
) -> None:
    """A reply at the due instant is in time."""
    got = answer(script, now, targets={"frt": target_s})
    assert (got["frt_due"], got["frt_met"]) == (due, met), label


@pytest.mark.parametrize(
    ("label", "script", "now", "expected"),
    [
        (
            "resolved at once",
            "10 09:00 customer_msg, 10 10:00 status resolved",
            "12 12:00",
            {"first_resolution_s": HOUR, "total_resolution_s": HOUR, "active_resolution_s": HOUR},
        ),
        (
            "closing what is resolved is no second resolution",
            "10 09:00 customer_msg, 10 10:00 status resolved, 10 12:00 status closed",
            "12 12:00",
            {"first_resolution_s": HOUR, "total_resolution_s": HOUR, "active_resolution_s": HOUR},
        ),
        (
            "reopened and not resolved again",
            "10 09:00 customer_msg, 10 10:00 status resolved, 10 11:00 customer_msg",
            "10 12:00",
            {"first_resolution_s": HOUR, "total_resolution_s": None, "active_resolution_s": None},
        ),
        (
            "time with the customer is not ours",
            (
                "10 09:00 customer_msg, 10 10:00 status pending, 10 12:00 customer_msg,"
                "10 12:30 status snoozed, 10 13:00 status open, 10 14:00 status resolved"
            ),
            "10 16:00",
            {
                "total_resolution_s": 5 * HOUR,
                "active_resolution_s": 2.5 * HOUR,
                "requester_wait_s": 2.5 * HOUR,
                "agent_work_s": 2.5 * HOUR,
            },
        ),
        (
            "on hold the requester waits and nobody works",
            "10 09:00 customer_msg, 10 10:00 status on_hold, 10 12:00 status open",
            "10 13:00",
            {"requester_wait_s": 4 * HOUR, "agent_work_s": 2 * HOUR},
        ),
        (
            "a customer does not end a hold",
            "10 09:00 customer_msg, 10 10:00 status on_hold, 10 11:00 customer_msg",
            "10 13:00",
            {"requester_wait_s": 4 * HOUR, "agent_work_s": HOUR},
        ),
    ],
)
def test_resolutions_and_statuses(label: str, script: str, now: str, expected: dict) -> None:
    """Three numbers for one resolution, two for where the time went."""
    got = answer(script, now)
    assert {name: got[name] for name in expected} == expected, label


@pytest.mark.parametrize(
    ("label", "script", "more", "expected"),
    [
        ("plain", "10 09:00 customer_msg", (), "2026-06-10T11:00:00Z"),
        (
            "a pause moves it",
            "10 09:00 customer_msg, 10 10:00 status pending, 10 12:00 status open",
            (),
            "2026-06-10T13:00:00Z",
        ),
        (
            "a pause over night moves it by its open hours",
            "09 16:00 customer_msg, 09 16:30 status pending, 10 09:30 status open",
            (),
            "2026-06-10T11:00:00Z",
        ),
        ("while it pauses there is none", "10 09:00 customer_msg, 10 10:00 status pending", (), None),
        (
            "unless it was reached before",
            "09 09:00 customer_msg, 10 09:00 status pending",
            (),
            "2026-06-09T11:00:00Z",
        ),
        ("another target", "10 09:00 customer_msg", (target("10 09:30", "resolution", HOUR),), "2026-06-10T08:00:00Z"),
        (
            "another calendar from noon on",
            "10 09:00 customer_msg",
            ({"t": stamp("10 10:00"), "type": "calendar", "calendar": NEVER},),
            None,
        ),
    ],
)  # fmt: skip
def test_resolution_due(
    label: str, script: str, more: tuple[dict, ...], expected: str | None
) -> None:
    """Four open hours without pauses, each second under what was in force."""
    assert answer(script, "10 12:00", more=more, targets={"resolution": 4 * HOUR})["resolution_due"] == expected, label  # fmt: skip


def test_a_calendar_counts_from_its_event_on() -> None:
    """A transfer to the night desk at five does not open the hours before."""
    more = ({"t": stamp("10 17:00"), "type": "calendar", "calendar": ALWAYS},)
    got = answer("10 16:00 customer_msg", "10 20:00", more=more)
    assert got["frt_waiting_s"] == 4 * HOUR
    got = answer("09 16:00 customer_msg", "10 20:00", more=more)
    assert got["frt_waiting_s"] == (1 + 8 + 3) * HOUR


@pytest.mark.parametrize(
    ("label", "horizon", "expected"), [("far", 30, "2026-06-15T07:01:00Z"), ("near", 1, None)]
)
def test_no_further_than_the_horizon(label: str, horizon: int, expected: str | None) -> None:
    """A case may say how far it wants to look."""
    case = {
        "id": "c",
        "calendar": BERLIN,
        "policy": {"targets": {"frt": 60}},
        "events": happen("12 18:00 customer_msg"),
        "now": stamp("12 19:00"),
        "horizon_days": horizon,
        "ask": ["frt_due"],
    }
    assert run_cases({"cases": [case]}) == {"results": {"c": {"frt_due": expected}}}, label


def test_no_opening_no_due() -> None:
    """A calendar that never opens again promises nothing."""
    got = answer("10 09:00 customer_msg", "10 10:00", NEVER, targets={"frt": 60, "resolution": 60})
    assert (got["frt_due"], got["resolution_due"], got["frt_met"]) == (None, None, None)


@pytest.mark.parametrize(
    ("label", "case", "expected"),
    [
        ("no id", {"calendar": BERLIN, "now": stamp("10 09:00")}, "missing required field `id`"),
        ("no metric", {"id": "c", "calendar": BERLIN, "now": stamp("10 09:00"), "ask": ["x"]}, "there is no metric 'x'"),
        ("no offset", {"id": "c", "calendar": BERLIN, "now": "2026-06-10T09:00:00"}, "has no offset"),
        ("no zone", {"id": "c", "calendar": {"tz": "Moon"}, "now": stamp("10 09:00")}, "there is no zone 'Moon'"),
        ("no type", {"id": "c", "calendar": BERLIN, "now": stamp("10 09:00"), "events": [{"t": stamp("10 08:00"), "type": "custmer_msg"}]}, "case c: there is no type of event 'custmer_msg'; write customer_msg"),
        ("whose", {"id": "c", "calendar": {"tz": "Moon"}, "now": stamp("10 09:00")}, "case c: "),
        ("no day", {"id": "c", "calendar": {"tz": "UTC", "weekly": {"mno": [["09:00", "17:00"]]}}, "now": stamp("10 09:00")}, "case c: there is no day 'mno' of the week; write mon, tue"),
        ("a calendar's slip", {"id": "c", "calendar": {"tz": "UTC", "weekley": {}}, "now": stamp("10 09:00")}, r"case c: there is no 'weekley'; write 'weekly' - at `\$.calendar`"),
        ("a policy's slip", {"id": "c", "calendar": BERLIN, "policy": {"target": {}}, "now": stamp("10 09:00")}, "write 'targets'"),
        ("an event's slip", {"id": "c", "calendar": BERLIN, "now": stamp("10 09:00"), "events": [{"t": stamp("10 08:00"), "type": "target", "second": 5}]}, r"there is no 'second'; write 'seconds' - at `\$.events\[0\]`"),
        ("no status", {"id": "c", "calendar": BERLIN, "now": stamp("10 09:00"), "events": [{"t": stamp("10 08:00"), "type": "status", "to": "lost"}]}, "Invalid enum value"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(label: str, case: dict, expected: str) -> None:
    """A ValueError with the place of the fault."""
    with pytest.raises(ValueError, match=expected):
        run_cases({"cases": [case]})


def test_each_case_has_an_id_of_its_own() -> None:
    """Else one of two answers would be lost."""
    case = {"id": "c", "calendar": BERLIN, "now": stamp("10 09:00")}
    with pytest.raises(ValueError, match="case c is there 2 times; give each its own id"):
        run_cases({"cases": [case, case | {"now": stamp("10 10:00")}]})


def test_a_document_without_cases_is_refused() -> None:
    """No answers are no answer."""
    with pytest.raises(ValueError, match="there are no cases"):
        run_cases({"case": []})


def test_what_else_a_case_says_is_its_writers() -> None:
    """Titles and right answers stand beside ours."""
    case = {"id": "c", "calendar": BERLIN | {"name": "shop"}, "now": stamp("10 09:00"), "ask": []}
    told = run_cases({"cases": [case | {"title": "x", "expect": {}}], "schema_version": 1})
    assert told["results"].keys() == {"c"}
