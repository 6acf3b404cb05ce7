"""What went wrong elsewhere: each of these was somebody's bug, and none of them may be ours."""

from datetime import datetime

from config.hours import Calendar as Hours
from routing.calendar import Calendar
from routing.turns import TurnMetric, open_turn
from tests.unit.routing.recorded import BERLIN, HOUR, MINUTE, SHANGHAI, answer, target

HOUR_MS = 3_600_000


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000


def test_business_minutes_use_the_offset_of_their_day() -> None:
    """Historic minutes with today's UTC offset: fivetran/dbt_zendesk 25."""
    winter = answer(
        "2026-01-14T08:30:00+01:00 customer_msg, 2026-01-14T09:30:00+01:00 agent_msg", "20 12:00"
    )
    summer = answer(
        "2026-07-15T08:30:00+02:00 customer_msg, 2026-07-15T09:30:00+02:00 agent_msg",
        "2026-07-16T12:00:00+02:00",
    )
    assert winter["frt_s"] == summer["frt_s"] == 30 * MINUTE


def test_nine_to_five_stays_so_after_the_clocks_change() -> None:
    """9-17 became 8-16, and a job that looks for the change did not mend it: Rocket.Chat 4898."""
    got = answer(
        "2026-03-27T16:30:00+01:00 customer_msg, 2026-03-30T09:30:00+02:00 agent_msg",
        "2026-03-30T12:00:00+02:00",
    )
    assert got["frt_s"] == HOUR
    assert got["replies_wall_s"] == [64 * HOUR]


def test_hours_are_wall_clock_hours_all_year() -> None:
    """Hours kept in UTC were an hour off half the year: Grafana OnCall 3261, azure-devops 8675."""
    calendar = Calendar.from_document(BERLIN)
    opens = [
        calendar.next_open(instant(text))
        for text in ("2026-01-14T00:00:00+01:00", "2026-07-15T00:00:00+02:00")
    ]
    assert opens == [instant("2026-01-14T09:00:00+01:00"), instant("2026-07-15T09:00:00+02:00")]


def test_a_shift_may_end_on_another_day() -> None:
    """Start and end on different days, seen from another zone: Rocket.Chat 30765, 32287."""
    nights = {"tz": "Asia/Shanghai", "weekly": {"sun": [["20:00", "04:00"]]}}
    got = answer(
        "2026-06-14T10:00:00Z customer_msg, 2026-06-14T22:00:00Z agent_msg",  # Sun 18 to Mon 06
        "2026-06-15T00:00:00Z",
        nights,
    )
    assert got["frt_s"] == 8 * HOUR


def test_a_hold_over_night_moves_due_by_open_time() -> None:
    """Hold added as wall time moved due by 16 h: erpnext 49414, helpdesk 2449."""
    got = answer(
        "09 16:00 customer_msg, 09 16:30 status pending, 10 09:30 status open",
        "10 10:00",
        targets={"resolution": 2 * HOUR},
    )
    assert got["resolution_due"] == "2026-06-10T09:00:00Z"


def test_a_hold_counts_when_it_ends_in_a_resolution() -> None:
    """Paused, then resolved directly: 42 days not deducted, zones of strings; helpdesk 3776."""
    got = answer(
        "2026-04-29T09:00:00+02:00 customer_msg, 2026-04-29T10:00:00+02:00 status pending,"
        "10 12:00 status resolved",
        "10 13:00",
    )
    assert got["active_resolution_s"] == HOUR
    assert got["first_resolution_s"] > 28 * 8 * HOUR
    due = answer("10 09:00 customer_msg", "10 10:00", targets={"frt": HOUR})["frt_due"]
    assert due == "2026-06-10T08:00:00Z"  # an instant, wherever it is read


def test_a_bots_resolution_does_not_stretch_the_first_response() -> None:
    """Back after a bot resolved it: five days instead of ten minutes in chatwoot 12058."""
    got = answer(
        "08 10:00 customer_msg, 08 10:01 bot_msg, 08 10:02 status resolved,"
        "12 10:00 customer_msg, 12 10:10 agent_msg",
        "12 11:00",
    )
    assert got["frt_s"] == 600
    assert got["replies_s"] == [120, 600]


def test_bots_do_not_answer() -> None:
    """Bot replies were counted: chatwoot 6409, 8477, 13312."""
    got = answer("10 10:00 customer_msg, 10 10:01 bot_msg", "10 11:00")
    assert (got["frt_s"], got["frt_waiting_s"]) == (None, HOUR)


def test_a_handoff_leaves_somebody_waiting() -> None:
    """After the handoff nobody was waiting any more: chatwoot 13417."""
    got = answer("10 10:00 customer_msg, 10 10:30 handoff", "10 11:00", frt_start="handoff")
    assert got["frt_waiting_s"] == 30 * MINUTE


def test_a_late_first_response_stays_late() -> None:
    """Hours were ignored in the breach, and an answer hid it: chatwoot 13392."""
    script = "10 16:30 customer_msg, 11 10:31 agent_msg"
    got = answer(script, "11 12:00", targets={"frt": 2 * HOUR})
    assert (got["frt_due"], got["frt_met"]) == ("2026-06-11T08:30:00Z", False)
    assert answer(script, "11 12:00", targets={"frt": 2 * HOUR + 60})["frt_met"] is True


def test_solving_without_a_reply_is_no_breach_and_nothing_is_rounded() -> None:
    """Breached when solved, replies at night filtered out, minutes rounded: dbt_zendesk 136, 142."""
    got = answer(
        "10 10:00 customer_msg, 10 10:30 status resolved", "10 17:00", targets={"frt": HOUR}
    )
    assert got["frt_met"] is True
    got = answer("10 16:59 customer_msg, 10 19:00 agent_msg", "10 20:00")
    assert got["replies_s"] == [60]
    got = answer(
        "2026-06-10T10:00:29+02:00 customer_msg, 2026-06-10T10:00:59+02:00 agent_msg", "10 20:00"
    )
    assert got["replies_s"] == [30]


def test_one_target_does_not_override_another() -> None:
    """The update target beat a longer first-response target: zammad 5177."""
    more = (target("10 09:30", "resolution", 600),)
    got = answer("10 09:00 customer_msg", "10 10:00", more=more, targets={"frt": 2 * HOUR})
    assert (got["frt_due"], got["frt_met"]) == ("2026-06-10T09:00:00Z", None)
    assert got["resolution_due"] == "2026-06-10T07:10:00Z"


def test_a_resolution_has_a_due_instant() -> None:
    """close_in_min was never set: zammad 2579."""
    got = answer("10 09:00 customer_msg", "10 10:00", targets={"resolution": 9 * HOUR})
    assert got["resolution_due"] == "2026-06-11T08:00:00Z"


def test_only_announced_days_are_holidays() -> None:
    """A casual feed adds days on which everybody works: zammad 390."""
    shop = Hours.model_validate({"weekly": {"mon-fri": "09:00-18:00"}, "public_holidays": "CN"})
    got = answer(
        "2026-09-30T17:00:00+08:00 customer_msg, 2026-10-10T10:00:00+08:00 agent_msg",
        "2026-10-10T12:00:00+08:00",
        shop.document("Asia/Shanghai"),
    )
    assert got["frt_s"] == (1 + 2 * 9 + 1) * HOUR  # Wed, Thu and Fri, the make-up Saturday
    valentine = answer("2026-06-21T09:00:00+08:00 customer_msg", "2026-06-22T10:00:00+08:00",
        shop.document("Asia/Shanghai"), targets={"frt": HOUR})  # fmt: skip
    assert valentine["frt_due"] == "2026-06-22T02:00:00Z"  # Father's Day is no holiday


def test_named_days_beat_the_week() -> None:
    """What people write themselves: a holiday is closed, a make-up Saturday is open."""
    holidays = SHANGHAI | {
        "holidays": ["2026-10-01"],
        "exceptions": {"2026-10-10": [["09:00", "18:00"]]},
    }
    got = answer(
        "2026-09-30T17:00:00+08:00 customer_msg, 2026-10-10T10:00:00+08:00 agent_msg",
        "2026-10-10T12:00:00+08:00",
        holidays,
    )
    assert got["frt_s"] == (1 + 9 + 5 * 9 + 1) * HOUR  # Wed, Fri, a week, the make-up Saturday


def test_nobody_is_reminded_at_midnight() -> None:
    """Reminders came at midnight and on holidays: zammad 4432."""
    shop = Calendar.from_document(SHANGHAI | {"holidays": ["2026-10-01", "2026-10-02"]})
    asked = instant("2026-09-30T17:30:00+08:00")
    turn = open_turn(TurnMetric.FIRST_RESPONSE, asked, shop, 2 * HOUR_MS, warn_before_ms=HOUR_MS)
    assert turn.warn_at == instant("2026-10-05T09:30:00+08:00")
    assert turn.due == instant("2026-10-05T10:30:00+08:00")


def test_pausing_on_a_holiday_pauses_nothing() -> None:
    """By design in Dynamics, and here: a closed day has no open time to take away."""
    closed = BERLIN | {"holidays": ["2026-06-11"]}
    got = answer(
        "10 16:00 customer_msg, 11 10:00 status pending, 11 15:00 status open",
        "12 10:00",
        closed,
        targets={"resolution": 2 * HOUR},
    )
    assert got["resolution_due"] == "2026-06-12T08:00:00Z"
