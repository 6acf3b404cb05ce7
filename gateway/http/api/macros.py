"""Macros: a quick reply that also does things, all in one transaction; and putting it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal, assert_never

import msgspec

from gateway.domain.clock import parse_rfc3339
from gateway.domain.conversation import Conversation, Verb
from gateway.domain.events import RequestRefused, decode_body
from gateway.domain.macro import (
    Favouring,
    Judging,
    MacroRan,
    Moving,
    Noting,
    Passing,
    Promising,
)
from gateway.domain.outcome import Refusal
from gateway.domain.quickreply import QuickReply, Source
from gateway.http.api.conversations import row_of
from gateway.http.api.courtesy import courteous
from gateway.http.api.offers import work_of
from gateway.http.api.passing import decision_on, passed, passing, taken_back
from gateway.http.api.promises import named, promised, queue_of
from gateway.http.api.quickreplies import actions_of, found_of, said
from gateway.http.api.replies import author_of, item_of, own_identity
from gateway.http.api.sight import conversation_of, own_account
from gateway.http.api.templates import RenderBody
from gateway.http.errors import Problem, of_refusal
from gateway.http.limits import Count
from gateway.http.policy import Permission, authorize
from gateway.http.routes import Call, Routes
from gateway.http.writes import replayed, submit
from gateway.pipeline.writing import Reply
from gateway.store.queries import outlets, phrases
from gateway.stream.basis import Shape
from gateway.stream.shapes import ConversationRow, MessageItem
from gateway.verbs.change import Command
from gateway.verbs.contact import EditContact
from gateway.verbs.conversation import SetStatus, WriteNote
from gateway.verbs.judge import Correct
from gateway.verbs.macro import GONE_ON, PutBack, Ran, RunMacro
from gateway.verbs.promise import MakePromise, Promised
from gateway.verbs.usage import Named

routes = Routes("Quick replies")

Aside = Noting | Promising | Judging | Favouring | Moving
"""What a macro does beside speaking and passing on."""

MAX_VALUES = 100
TRIES = 3  # of putting back, where the desk itself writes into the conversation meanwhile

NEEDS = {
    Noting: Permission.NOTE_WRITE,
    Promising: Permission.MESSAGE_SEND,
    Judging: Permission.CONVERSATION_WRITE,
    Favouring: Permission.CONTACT_WRITE,
    Moving: Permission.CONVERSATION_WRITE,
    Passing: Permission.WORK_TAKE,
}


class RunBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where its words go when not where the customer wrote last, and what stands in them."""

    account: str | None = None
    identity: str | None = None
    values: Annotated[dict[str, str], msgspec.Meta(max_length=MAX_VALUES)] = {}


class MacroView(Shape, frozen=True, kw_only=True):
    """It was done. `run` names it, to be put back.

    transfer: done | pending | refused, "" when nobody was to have it; `why` it was refused. What is
    in `back` can be put back; what was said, noted and promised stays, and so does all where the
    conversation was passed on out of your sight.
    """

    run: int
    message: MessageItem | None
    transfer: Literal["", "done", "pending", "refused"]
    why: str
    back: tuple[Literal["status", "judge", "vip", "transfer"], ...]


@routes.post(
    "/api/v1/conversations/{id}/macros/{macro}",
    allow=Permission.MESSAGE_SEND,
    body=RunBody,
    answer=MacroView,
    status=202,
)
async def run_macro(call: Call) -> MacroView:
    """Say and do what it holds: all of it, or none, and then which of its actions cannot be done.

    Its words are action 1 where it has any. Routing decides on a transfer after the rest is done;
    what nobody has is to be taken first.
    """
    ran = await replayed(call, Ran)  # who has passed it on may not see it any more
    if ran is None:
        try:
            ran = await _run(call)
        except Problem:
            # The same press, which came twice, may have been quicker: then that stands against it.
            ran = await replayed(call, Ran)
            if ran is None:
                raise
    return await _view(call, ran)


async def _run(call: Call) -> Ran:
    conversation = await conversation_of(call)
    macro = await found_of(call, call.param("macro"))
    if not macro.actions.strip("[]"):
        raise Problem(
            "no_macro",
            f"{macro.name} does nothing beside speaking.",
            status=422,
            what_to_do="Fill it in, and send its words as a reply.",
        )
    steps = await _planned(call, conversation, macro)
    command = RunMacro(
        desk=call.desk,
        conversation=conversation.id,
        macro=macro.id,
        by=call.actor.name,
        steps=tuple(enumerate(steps, 1)),
        used=Named(kind=Source.QUICK_REPLY, name=macro.id),
    )
    return await submit(call, command, Ran)


async def _planned(call: Call, conversation: Conversation, macro: QuickReply) -> list[Command]:
    """The command of each, in order. Raises Problem with the number of what cannot be done."""
    steps: list[Command] = []
    with _numbered(1):
        speech = await _speech(call, conversation, macro)
    if speech is not None:
        steps.append(speech)
    for number, action in enumerate(actions_of(macro), len(steps) + 1):
        with _numbered(number):
            authorize(call.actor, NEEDS[type(action)])
            if isinstance(action, Passing):
                spoke = speech is not None
                steps.append(await passing(call, conversation, action.to, speaks=spoke))
            else:
                steps.append(await _command(call, conversation, action))
    return steps


@contextmanager
def _numbered(number: int) -> Iterator[None]:
    """A Problem without a number is that of this action."""
    try:
        yield
    except Problem as problem:
        problem.extra = {"action": number, **problem.extra}
        raise


async def _speech(call: Call, conversation: Conversation, macro: QuickReply) -> Command | None:
    asked: RunBody = call.body
    own_account(call, asked.account)
    await own_identity(call, conversation.contact, asked.identity)
    channel = call.house.channel_of(asked.account or conversation.account)
    filling = RenderBody(channel=channel, conversation=conversation.id, values=asked.values)
    words = await said(call, macro, filling)
    if not words.text:
        return None
    await courteous(call, conversation, asked.account, words.text, 0)
    pledge = None
    if words.promise is not None:
        pledge = Promised(
            owner=call.actor.login,
            queue=await queue_of(call, conversation.id),
            text=words.promise.text,
            due=parse_rfc3339(words.promise.due),
            by=call.actor.name,
        )
    template = Named(kind=Source.TEMPLATE, name=macro.template)
    write = await call.house.outbound.prepare(
        Reply(
            conversation=conversation.id,
            text=words.text,
            author=author_of(call),
            account=asked.account or (conversation.account if call.actor.accounts else None),
            identity=asked.identity,
            template=macro.template,
            used=(template,) if macro.template else (),
            promised=pledge,
        )
    )
    if isinstance(write, Refusal):
        raise of_refusal(write)
    return write


async def _command(call: Call, conversation: Conversation, action: Aside) -> Command:
    desk, where, by = call.desk, conversation.id, call.actor.name
    match action:
        case Noting():
            return WriteNote(desk=desk, conversation=where, text=action.text, by=author_of(call))
        case Promising():
            what = await promised(call, where, named(action.text, action.when))
            return MakePromise(desk=desk, conversation=where, promised=what)
        case Judging():
            category, urgency = action.category, action.urgency
            return Correct(desk=desk, conversation=where, by=by, category=category, urgency=urgency)
        case Favouring():
            return EditContact(desk=desk, contact=conversation.contact, by=by, vip=action.vip)
        case Moving():
            return SetStatus(desk=desk, conversation=where, verb=Verb(action.verb), by=by)
    assert_never(action)


async def _view(call: Call, ran: Ran) -> MacroView:
    transfer, why = "", ""
    if ran.before.asked is not None:
        event = await call.house.store.read(outlets.event_at, call.desk, ran.position)
        decision = await decision_on(call, event, ran.before.asked) if event is not None else None
        told = decode_body(decision) if decision is not None else None
        refused = isinstance(told, RequestRefused)
        transfer = "pending" if told is None else "refused" if refused else "done"
        why = told.why if isinstance(told, RequestRefused) else ""
    return MacroView(
        run=ran.position,
        message=await item_of(call, ran.message) if ran.message is not None else None,
        transfer=transfer,  # type: ignore[arg-type]
        why=why,
        back=_back(ran.before, transfer) if await _in_reach(call, transfer) else (),
    )


async def _in_reach(call: Call, transfer: str) -> bool:
    """Whether they may still look at it, and nobody has it already to whom it was passed on: only
    then do they put anything back."""
    try:
        conversation = await conversation_of(call)
    except Problem:
        return False
    work = await work_of(call, conversation)
    had = work.agent if work is not None and transfer == "done" else None
    return had in (None, call.actor.login)


def _back(
    ran: MacroRan, transfer: str
) -> tuple[Literal["status", "judge", "vip", "transfer"], ...]:
    """What can be put back. What was passed on can, while it waits for somebody."""
    able: dict[Literal["status", "judge", "vip", "transfer"], bool] = {
        "status": ran.status is not None,
        "judge": (ran.category, ran.urgency) != (None, None),
        "vip": ran.vip is not None,
        "transfer": bool(ran.target) and transfer != "refused",
    }
    return tuple(name for name, can in able.items() if can)


class BackBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which run of a macro, as it was told."""

    run: Count


@routes.post(
    "/api/v1/conversations/{id}/macros/{macro}/back",
    allow=Permission.CONVERSATION_WRITE,
    body=BackBody,
    answer=ConversationRow,
)
async def put_back(call: Call) -> ConversationRow:
    """Put back what your macro changed, unless somebody has done anything there since.

    What was said, noted and promised stays. What was passed on is taken back while it waits.
    """
    conversation = await conversation_of(call)
    event = await call.house.store.read(outlets.event_at, call.desk, call.body.run)
    ran = decode_body(event) if event is not None else None
    mine = isinstance(ran, MacroRan) and ran.by == call.actor.name
    if event is None or not isinstance(ran, MacroRan) or not mine:
        raise Problem("not_found")
    if event.conversation != conversation.id or ran.macro != call.param("macro"):
        raise Problem("not_found")
    authorize_back(call, ran)
    taker = call.actor.name if ran.asked is not None else ""
    await _untouched(call, conversation, event.seq or 0, taker)
    if ran.asked is not None and await passed(call, event, ran.asked):
        await taken_back(call, conversation)
        conversation = await conversation_of(call)
        await _untouched(call, conversation, event.seq or 0, taker)
    for _ in range(TRIES):
        seq = conversation.seq
        command = PutBack(
            desk=call.desk, conversation=conversation.id, ran=ran, seq=seq, by=call.actor.name
        )
        answer = await call.house.store.submit(command)
        if not isinstance(answer, Refusal):
            return await row_of(call, conversation.id)
        if answer != GONE_ON:
            raise of_refusal(answer)
        conversation = await conversation_of(call)
        await _untouched(call, conversation, seq, taker)
    raise of_refusal(GONE_ON)


def authorize_back(call: Call, ran: MacroRan) -> None:
    """Raise Problem for who may not do by hand what is put back."""
    if ran.vip is not None:
        authorize(call.actor, Permission.CONTACT_WRITE)
    if ran.target:
        authorize(call.actor, Permission.WORK_TAKE)


async def _untouched(call: Call, conversation: Conversation, since: int, taker: str = "") -> None:
    """Raises Problem when a person or the customer did anything there; the desk itself may have,
    and the taker have asked for it."""
    if await call.house.store.read(phrases.touched, conversation.id, since, taker):
        raise of_refusal(GONE_ON)
