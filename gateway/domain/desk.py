"""The desk: lock, counter, clock and fence of everything in it; its rulebook; who decides."""

import msgspec


class Desk(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: the lock, counter, clock and fence of everything in it."""

    id: str
    head: int  # position of the newest event
    clock_ms: int
    owner: str | None  # node that decides
    epoch: int
    lease_until: int
    applied: int  # position up to which decisions were made
    rulebook: int  # version in force; 0 = none yet
    audited: int  # seq of the newest audit entry
    paused_at: int | None = None  # since when nothing is sent; None while all goes out
    resumed_at: int = 0  # when sending last went on; 0: it was never paused
    words: int = 0  # how often words of templates were saved


class Rulebook(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a version of hours, skills, queues, agents and rules that was in force."""

    desk: str
    version: int
    content: str  # JSON
    by: str
    at: int


class Budget(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: how often something was done since an instant (automatic mails to one address)."""

    desk: str
    name: str
    since: int
    used: int


class Lease(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: which node may poll an account, by the database's clock."""

    name: str
    node: str
    epoch: int
    until: int
