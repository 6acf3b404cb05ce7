"""What the telephone needs: a leg with its call, the place in the queue, whom a job is about."""

import msgspec
from sqlalchemy import Connection, select

from gateway.domain.call import Call, Leg, Party
from gateway.domain.work import AgentState, Work
from gateway.store.queries.rows import all_of, one_of, table_of

RECENT = 20  # pieces of work whose length says how long the next will take
SHOWN = 20  # calls of a conversation that people are shown
AVAILABLE = "available"  # the presence of who takes work
WAITING = ("waiting", "callback_pending", "offered")  # who is called back keeps the place


class OnTheLine(msgspec.Struct, frozen=True, kw_only=True):
    """One leg, and all it hangs on."""

    leg: Leg
    call: Call
    legs: tuple[Leg, ...]
    work: Work | None
    ahead: int  # pieces of work that wait before it in its queue
    present: frozenset[str]  # log-ins of who takes work now
    spans_ms: tuple[int, ...]  # how long the queue's last calls took, waiting included

    @property
    def customer(self) -> Leg | None:
        """The customer's telephone."""
        return next((leg for leg in self.legs if leg.party is Party.CUSTOMER), None)

    @property
    def company(self) -> bool:
        """Whether an agent is on the telephone to speak with."""
        return any(leg.party is Party.AGENT and leg.talks for leg in self.legs)


def by_provider(
    connection: Connection, account: str, provider_id: str, leg_id: str | None
) -> OnTheLine | None:
    """The leg that a webhook is about; None for what we do not know."""
    leg = one_of(connection, Leg, id=leg_id) if leg_id else None
    leg = leg or one_of(connection, Leg, account=account, provider_id=provider_id)
    return _on_the_line(connection, leg) if leg is not None else None


def by_leg(connection: Connection, leg_id: str) -> OnTheLine | None:
    """A leg by our own id."""
    leg = one_of(connection, Leg, id=leg_id)
    return _on_the_line(connection, leg) if leg is not None else None


def live(connection: Connection, conversation: str) -> OnTheLine | None:
    """The customer's leg of a conversation's live call."""
    call = one_of(connection, Call, live_of=conversation)
    if call is None:
        return None
    leg = one_of(connection, Leg, call=call.id, party=Party.CUSTOMER.value)
    return _on_the_line(connection, leg) if leg is not None else None


def queue_of(connection: Connection, conversation: str) -> str:
    """Where its newest piece of work is, or was; "" where it never was any."""
    works = table_of(Work)
    query = select(works.c.queue).where(works.c.conversation == conversation)
    return connection.execute(query.order_by(works.c.id.desc()).limit(1)).scalar() or ""


def of_conversation(connection: Connection, conversation: str) -> list[Call]:
    """Its newest calls, the newest first."""
    phone = table_of(Call)
    query = select(phone).where(phone.c.conversation == conversation)
    return all_of(connection, Call, query.order_by(phone.c.id.desc()).limit(SHOWN))


def _on_the_line(connection: Connection, leg: Leg) -> OnTheLine | None:
    call = one_of(connection, Call, id=leg.call)
    if call is None:
        return None
    legs = table_of(Leg)
    work = one_of(connection, Work, live_of=call.conversation)
    return OnTheLine(
        leg=leg,
        call=call,
        legs=tuple(all_of(connection, Leg, select(legs).where(legs.c.call == call.id))),
        work=work,
        present=_present(connection, call.desk),
        ahead=_ahead(connection, work) if work is not None else 0,
        spans_ms=_spans(connection, work) if work is not None else (),
    )


def _present(connection: Connection, desk: str) -> frozenset[str]:
    agents = table_of(AgentState)
    query = select(agents.c.login).where(agents.c.desk == desk, agents.c.presence == AVAILABLE)
    return frozenset(connection.execute(query).scalars())


def _ahead(connection: Connection, work: Work) -> int:
    works = table_of(Work)
    query = select(works).where(
        works.c.desk == work.desk,
        works.c.live_of.is_not(None),
        works.c.queue == work.queue,
        works.c.channel == work.channel,
        works.c.state.in_(WAITING),
    )
    mine = (-work.priority, work.enqueued_at, work.id)
    others = all_of(connection, Work, query)
    return sum((-each.priority, each.enqueued_at, each.id) < mine for each in others)


def _spans(connection: Connection, work: Work) -> tuple[int, ...]:
    works = table_of(Work)
    query = (
        select(works)
        .where(
            works.c.desk == work.desk,
            works.c.live_of.is_(None),
            works.c.queue == work.queue,
            works.c.channel == work.channel,
            works.c.state == "done",
        )
        .order_by(works.c.id.desc())
        .limit(RECENT)
    )
    return tuple(
        each.ended_at - each.enqueued_at
        for each in all_of(connection, Work, query)
        if each.ended_at is not None
    )
