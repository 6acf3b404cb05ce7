"""A macro passes a conversation on: only what routing will do as far as one can know before.

What nobody has is to be taken first, by hand: taking is routing's decision, and a macro is one
transaction.
"""

from gateway.domain.conversation import Conversation
from gateway.domain.events import AgentAsked, Event, RequestRefused, decode_body
from gateway.domain.work import Work
from gateway.http.api.me import OFFLINE
from gateway.http.api.offers import live_work, wish_of
from gateway.http.errors import Problem
from gateway.http.routes import Call
from gateway.http.writes import ask, unrouted
from gateway.pipeline.saying import refusal_of
from gateway.store.queries import http_people, phrases
from gateway.verbs.work import Ask
from routing.events import Refused
from routing.rows import ASSIGNED, OFFERED, PARKED, WAITING

WAITS = (WAITING, OFFERED)
HAD = (ASSIGNED, PARKED)


async def passing(call: Call, conversation: Conversation, to: str, *, speaks: bool) -> Ask:
    """What passes it on. What routing would refuse for sure is refused here.

    speaks: words go before it. Nobody passes on what is not theirs, and words to whoever waits for
    anybody end the waiting: only a supervisor, without a word, gives a colleague what nobody has.
    """
    known = call.house.dispatch.rulebook
    kind, _, name = to.partition(":")
    if name not in (known.queues if kind == "queue" else known.agents):
        cure = "Change the macro: it passes on to who is not there."
        raise Problem("unknown_target", f"There is no {to}.", status=422, what_to_do=cure)
    work = await live_work(call, conversation)
    wish = wish_of(call, work, to)
    if work.state in WAITS and (speaks or wish.verb == "transfer"):
        raise Problem(
            "not_taken",
            "Nobody has this conversation yet, and nobody passes on what is not theirs.",
            status=409,
            what_to_do="Take it first, then press again.",
        )
    await _may_have(call, wish, work)
    return Ask(body=wish, actor=call.actor.name, conversation=conversation.id)


async def _may_have(call: Call, wish: AgentAsked, work: Work) -> None:
    """Raises Problem where it is not theirs to pass on, or goes to who cannot have it."""
    code = _why_not(wish, work)
    kind, _, name = wish.target.partition(":")
    if kind == "agent" and not code:
        there = await call.house.store.read(http_people.agent_state, call.desk, name)
        code = Refused.NOT_THERE if there is None or there.presence == OFFLINE else ""
    if code:
        raise unrouted(refusal_of(wish, code))


def _why_not(wish: AgentAsked, work: Work) -> str:
    """What routing would answer, as far as rows tell: the engine may be on another node."""
    if wish.verb == "transfer" and work.state not in HAD:
        return Refused.WRONG_STATE
    if wish.verb == "transfer" and work.agent != wish.agent:
        return Refused.NOT_YOURS
    has_it = work.agent is not None and wish.target == f"agent:{work.agent}"
    return Refused.WRONG_STATE if has_it else ""


async def decision_on(call: Call, ran: Event, asked: int) -> Event | None:
    """What routing decided, before or within a moment, of what a macro asks for."""

    async def look() -> Event | None:
        return await call.house.store.read(phrases.decision, ran, asked)

    return await call.house.dispatch.decided(asked, look) or await look()


async def passed(call: Call, ran: Event, asked: int) -> bool:
    """Whether routing did pass on what a macro asks for. Raises Problem while nobody knows."""
    decision = await decision_on(call, ran, asked)
    if decision is None:
        raise _undecided()
    return not isinstance(decode_body(decision), RequestRefused)


async def taken_back(call: Call, conversation: Conversation) -> None:
    """Take back what a macro passed on. Raises Problem where somebody has it."""
    work = await live_work(call, conversation)
    if work.agent is None:
        # A supervisor's, too: `grab` would seize what a colleague gets before routing decides.
        wish = AgentAsked(agent=call.actor.login, verb="take", work=work.id)
        try:
            if await ask(call, wish, conversation.id) is None:
                raise _undecided()
        except Problem:
            # The same press, which came twice, may have been quicker, and have it.
            if (await live_work(call, conversation)).agent != call.actor.login:
                raise
    elif work.agent != call.actor.login:
        raise Problem(
            "taken",
            "A colleague has it already.",
            status=409,
            what_to_do="Ask that colleague.",
        )


def _undecided() -> Problem:
    return Problem(
        "undecided",
        "Routing has not decided yet who has this conversation.",
        status=409,
        what_to_do="Try again in a moment.",
    )
