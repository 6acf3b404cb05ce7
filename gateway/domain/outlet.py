"""Outlets: integrators' endpoints that are told of events, and how far each has come."""

from enum import StrEnum

import msgspec

from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

JOBS = "webhook:"  # before an outlet's name: the lane and the account of its jobs

# How long to wait at most after the first try, the second ...; the last stands for all that follow.
SCHEDULE_MS = (
    5 * SECOND_MS,
    30 * SECOND_MS,
    2 * MINUTE_MS,
    10 * MINUTE_MS,
    30 * MINUTE_MS,
    1 * HOUR_MS,
    2 * HOUR_MS,
    4 * HOUR_MS,
    8 * HOUR_MS,
)
GIVE_UP_MS = 3 * DAY_MS  # after the first try of an event; its last try is then


class OutletState(StrEnum):
    """Where an outlet stands."""

    ACTIVE = "active"  # events go out as they are committed
    RETRYING = "retrying"  # one failed; its job comes first, the rest waits
    DISABLED = "disabled"  # until somebody enables it


class Outlet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: how far an endpoint has been told. It commits with what it covers."""

    desk: str
    name: str
    cursor: int  # position up to which everything was taken, or was not wanted
    state: OutletState
    since: int  # when it came into this state
    why: str  # what failed last, or who disabled it; "" when all is well
    failures: int  # tries in a row
    success_at: int | None


class Untold(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The body of an outlet's job: the event that it was not told of yet."""

    outlet: str
    position: int


def job_account(name: str) -> str:
    """What the jobs of an outlet have for an account and a lane."""
    return JOBS + name
