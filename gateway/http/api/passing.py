"""A macro passes a conversation on: only what routing will do as far as one can know before.

What nobody has is taken first, by routing's own decision, once nothing else stands against the
macro; and given back where something does all the same.
"""

from typing import NamedTuple, TypeVar

from gateway.domain.conversation import Conversation
from gateway.domain.events import AgentAsked, Event, RequestRefused, decode_body
from gateway.domain.work import Work
from gateway.http.api.me import OFFLINE
from gateway.http.api.offers import live_work, wish_of
from gateway.http.errors import Problem, of_refusal
from gateway.http.routes import Call
from gateway.http.writes import ask, replayed, submit, unrouted
from gateway.pipeline.saying import GIVE_BACK, refusal_of
from gateway.store.queries import http_people, phrases
from gateway.verbs.change import Command
from gateway.verbs.rehearsed import NOTHING_AGAINST_IT, Rehearsed
from gateway.verbs.work import Ask
from routing.events import Refused
from routing.rows import ASSIGNED, OFFERED, PARKED, WAITING

WAITS = (WAITING, OFFERED)
HAD = (ASSIGNED, PARKED)

T = TypeVar("T")


class PassedOn(NamedTuple):
    """What routing is asked in the same transaction, and what is to be taken before, if so."""

    asked: Ask
    first: Work | None


async def passing(call: Call, conversation: Conversation, to: str, *, speaks: bool) -> PassedOn:
    """What passes it on. What routing would refuse for sure is refused here.

    speaks: words go before it. Who passes on what nobody has, has it first: nobody passes on what
    is not theirs, and words to whoever waits for anybody end the waiting.
    """
    known = call.house.dispatch.rulebook
    kind, _, name = to.partition(":")
    if name not in (known.queues if kind == "queue" else known.agents):
        cure = "Change the macro: it passes on to who is not there."
        raise Problem("unknown_target", f"There is no {to}.", status=422, what_to_do=cure)
    work = await live_work(call, conversation)
    wish = wish_of(call, work, to)
    takes = work.state in WAITS and (speaks or wish.verb == "transfer")
    await _may_have(call, wish, work, call.actor.login if takes else work.agent)
    asked = Ask(body=wish, actor=call.actor.name, conversation=conversation.id)
    return PassedOn(asked, work if takes else None)


async def _may_have(call: Call, wish: AgentAsked, work: Work, holder: str | None) -> None:
    """Raises Problem where it is not theirs to pass on, or goes to who cannot have it.

    holder: who has it once the macro has spoken.
    """
    code = _why_not(wish, work, holder)
    kind, _, name = wish.target.partition(":")
    if kind == "agent" and not code:
        there = await call.house.store.read(http_people.agent_state, call.desk, name)
        code = Refused.NOT_THERE if there is None or there.presence == OFFLINE else ""
    if code:
        raise unrouted(refusal_of(wish, code))


def _why_not(wish: AgentAsked, work: Work, holder: str | None) -> str:
    """What routing would answer, as far as rows tell: the engine may be on another node."""
    if wish.verb == "transfer" and work.state not in (*WAITS, *HAD):
        return Refused.WRONG_STATE
    if wish.verb == "transfer" and holder != wish.agent:
        return Refused.NOT_YOURS
    has_it = holder is not None and wish.target == f"agent:{holder}"
    return Refused.WRONG_STATE if has_it else ""


async def once_taken(
    call: Call, conversation: Conversation, work: Work, command: Command, kind: type[T]
) -> T:
    """Take it, then do the command. Raises Problem where either is refused, and nobody has it then
    who had not before."""
    refused = await call.house.store.submit(Rehearsed(command=command))
    if refused != NOTHING_AGAINST_IT:
        raise of_refusal(refused)
    # Where the same press has passed it on before it was looked at, that was answered by then.
    if (before := await replayed(call, kind)) is not None:
        return before
    try:
        await _take(call, conversation, work)
    except Problem:
        # The same press, which came twice, may have been quicker, and have it.
        if (await live_work(call, conversation)).agent != call.actor.login:
            raise
        return await submit(call, command, kind)
    try:
        return await submit(call, command, kind)
    except Problem:  # something has happened there since it was rehearsed
        await _give_back(call, conversation, work)
        raise


async def _take(call: Call, conversation: Conversation, work: Work) -> None:
    # A supervisor's, too: `grab` would seize what a colleague gets before routing decides.
    wish = _as_seen(call, "take", work)
    try:
        taken = await ask(call, wish, conversation.id)
    except Problem as problem:
        raise _cannot_take(problem.detail) from None
    if taken is None:  # whenever it is theirs, it goes back at once
        await _give_back(call, conversation, work)
        raise _cannot_take("Routing has not answered yet.")


async def _give_back(call: Call, conversation: Conversation, work: Work) -> None:
    """It waits again where it waited, as long as it did: who has not got it gives nothing back."""
    await call.house.dispatch.ask(_as_seen(call, GIVE_BACK, work), call.actor.name, conversation.id)


def _as_seen(call: Call, verb: str, work: Work) -> AgentAsked:
    """What the same press, or anybody, has passed on since is neither taken nor given back."""
    target = f"queue:{work.queue}"
    return AgentAsked(
        agent=call.actor.login, verb=verb, work=work.id, target=target, since=work.enqueued_at
    )


def _cannot_take(why: str) -> Problem:
    return Problem(
        "cannot_take",
        f"Nobody has this conversation, and you cannot take it. {why}",
        status=409,
        what_to_do="Be available with room for it, or leave it to a colleague.",
    )


async def decision_on(call: Call, ran: Event, asked: int) -> Event | None:
    """What routing decided, before or within a moment, of what a macro asks for."""

    async def look() -> Event | None:
        return await call.house.store.read(phrases.decision, ran, asked)

    return await call.house.dispatch.decided(asked, look) or await look()


async def passed(call: Call, ran: Event, asked: int) -> bool:
    """Whether routing did pass on what a macro asks for. Raises Problem while nobody knows."""
    decision = await decision_on(call, ran, asked)
    if decision is None:
        raise Problem(
            "undecided",
            "Routing has not decided yet who has this conversation.",
            status=409,
            what_to_do="Try again in a moment.",
        )
    return not isinstance(decode_body(decision), RequestRefused)


async def taken_back(call: Call, conversation: Conversation) -> None:
    """Take back what a macro passed on. Raises Problem where somebody has it."""
    work = await live_work(call, conversation)
    if work.agent is None:
        # A supervisor's, too: `grab` would seize what a colleague gets before routing decides.
        await ask(call, _as_seen(call, "take", work), conversation.id)
    elif work.agent != call.actor.login:
        raise Problem(
            "taken",
            "A colleague has it already.",
            status=409,
            what_to_do="Ask that colleague.",
        )
