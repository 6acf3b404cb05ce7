"""Replies and notes: what people write, and sending once more what failed."""

from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from gateway.contract import Finds
from gateway.domain.message import ApprovedTemplate, Choice, Message, Note, TemplateButton
from gateway.domain.outcome import Refusal
from gateway.domain.quickreply import Source
from gateway.http.api.courtesy import courteous
from gateway.http.api.promises import Instant, NewPromise, instant_of, promised
from gateway.http.api.scheduled import schedule, view_of
from gateway.http.api.sight import conversation_of, own_account, seen
from gateway.http.errors import Problem, of_refusal
from gateway.http.policy import Permission
from gateway.http.routes import Call, Routes
from gateway.http.uploads import uploaded
from gateway.http.writes import idempotency, submit
from gateway.pipeline.accounts import find, out_of_reach
from gateway.pipeline.writing import Reply
from gateway.store.queries import http_rows, http_timeline, phrases
from gateway.stream.basis import Shape
from gateway.stream.scheduled import ScheduledView
from gateway.stream.shapes import MessageItem, NoteItem, message_item, note_item
from gateway.verbs.conversation import WriteNote
from gateway.verbs.held import Reroute, Withdraw
from gateway.verbs.resend import Arrived, Resend
from gateway.verbs.usage import Named
from gateway.verbs.ways import limits_of
from templates import UnknownTemplate

routes = Routes("Messages")

MAX_TEXT = 100_000
MAX_FILES = 20
MAX_CHOICES = 20
MAX_VALUES = 50
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


# What every provider brings back as it was: https://core.telegram.org/bots/api#inlinekeyboardbutton
ChoiceId = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_.:-]{1,64}$")]
Value = Annotated[str, msgspec.Meta(max_length=1_024)]


class ChoiceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer that the customer may tap; its id comes back with the tap."""

    id: ChoiceId
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class TemplateButtonBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The value of a template's button that has one, by its place from 0."""

    index: Annotated[int, msgspec.Meta(ge=0, le=9)]
    kind: Literal["quick_reply", "url", "copy_code"]
    value: Value


class ApprovedBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template that the provider approved: it goes whether the window is open or not.

    `parameters` are those of its body, in their order or by their names; `header` is the value in
    a header of words, while one of a picture, film or document is the reply's one attachment.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
    language: Annotated[str, msgspec.Meta(min_length=2, max_length=15)]
    parameters: (
        Annotated[tuple[Value, ...], msgspec.Meta(max_length=MAX_VALUES)]
        | Annotated[dict[str, Value], msgspec.Meta(max_length=MAX_VALUES)]
    ) = ()
    header: Value = ""
    buttons: Annotated[tuple[TemplateButtonBody, ...], msgspec.Meta(max_length=10)] = ()


class ReplyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to say, and on which channel when not on the last one.

    Without `identity` it goes where the customer of the conversation wrote last, as that stands
    when it is written: the answer says where. With it, to this address or not at all.

    With `send_at` it waits for that instant, and goes then as if it were written then. With
    `unless_answered` too it goes only if the customer has not written by then, on any channel, and
    the conversation is not resolved.
    """

    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] = ""
    account: str | None = None
    identity: str | None = None
    attachments: Annotated[tuple[Sha256, ...], msgspec.Meta(max_length=MAX_FILES)] = ()
    choices: Annotated[tuple[ChoiceBody, ...], msgspec.Meta(max_length=MAX_CHOICES)] = ()
    approved: ApprovedBody | None = None  # goes instead of the text
    template: str | None = None
    quick_reply: Annotated[str, msgspec.Meta(max_length=64)] | None = None  # that it was made of
    then: Literal["", "wait", "resolve"] | None = None
    subject: Annotated[str, msgspec.Meta(max_length=998)] | None = None
    in_reply_to: str | None = None  # the id of the message that it answers
    promise: NewPromise | None = None  # what it promises: written with it, or neither is
    send_at: Instant | None = None  # not now; a span that it promises begins then
    unless_answered: bool = False


class NoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words for colleagues."""

    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]


class Written(Shape, frozen=True, kw_only=True):
    """The message as it stands."""

    message: MessageItem


class Replied(Shape, frozen=True, kw_only=True):
    """The message as it stands; or, with `send_at`, what waits to become one."""

    message: MessageItem | None
    scheduled: ScheduledView | None


@routes.post(
    "/api/v1/conversations/{id}/reply",
    allow=Permission.MESSAGE_SEND,
    body=ReplyBody,
    answer=Replied,
    status=202,
)
async def reply(call: Call) -> Replied:
    """Answer the customer. It is written when this returns; sending goes on by itself.

    Words that the courtesy check blocks are refused: `courtesy`, with the rules and findings.
    """
    conversation, asked = await conversation_of(call), call.body
    send_at = _send_at(asked)
    own_account(call, asked.account)
    files = [await uploaded(call.house, call.actor.name, sha256) for sha256 in asked.attachments]
    await own_identity(call, conversation.contact, asked.identity)
    _known_template(call, asked.template)
    if asked.approved is None:
        await courteous(call, conversation, asked.account, asked.text, len(files))
    promise = None
    if asked.promise is not None:
        promise = await promised(call, conversation.id, asked.promise, send_at)
    said = Reply(
        conversation=conversation.id,
        text=asked.text,
        author=author_of(call),
        account=asked.account or (conversation.account if call.actor.accounts else None),
        identity=asked.identity,
        attachments=tuple(files),
        choices=tuple(Choice(id=each.id, label=each.label) for each in asked.choices),
        approved=_approved(asked),
        template=asked.template or "",
        used=await _used(call, asked),
        subject=asked.subject or "",
        in_reply_to=asked.in_reply_to,
        then=asked.then or "",
        promised=promise,
    )
    if send_at is not None:
        kept = await schedule(call, said, send_at, unless_answered=asked.unless_answered)
        return Replied(message=None, scheduled=await view_of(call, kept))
    with call.rooms.shedder.commit():
        once = await idempotency(call)
        answer = await call.house.outbound.write(replace(said, idempotency=once))
    if isinstance(answer, Refusal):
        raise of_refusal(answer)
    return Replied(message=await item_of(call, answer), scheduled=None)


def _send_at(asked: ReplyBody) -> int | None:
    """The instant for which it waits; None: it goes now."""
    if asked.send_at is not None:
        return instant_of(asked.send_at)
    if asked.unless_answered:
        raise Problem(
            "unless_answered_now",
            "What goes at once cannot wait for an answer.",
            status=422,
            what_to_do="Say by send_at when it is to go, or leave unless_answered out.",
        )
    return None


def _approved(asked: ReplyBody) -> ApprovedTemplate | None:
    chosen = asked.approved
    if chosen is None:
        return None
    named = chosen.parameters if isinstance(chosen.parameters, dict) else {}
    return ApprovedTemplate(
        name=chosen.name,
        language=chosen.language,
        parameters=tuple(named.values()) or tuple(chosen.parameters),
        names=tuple(named),
        header=chosen.header,
        buttons=tuple(
            TemplateButton(index=each.index, kind=each.kind, value=each.value)
            for each in chosen.buttons
        ),
        text=asked.text,
    )


def author_of(call: Call) -> str:
    """Programs write in the name of whoever made their token."""
    return f"agent:{call.actor.login}"


async def own_identity(call: Call, contact: str, identity: str | None) -> None:
    """An answer goes to an address of this customer, and to nobody else's."""
    if identity is None:
        return
    if not await call.house.store.read(http_rows.is_identity_of, call.desk, contact, identity):
        raise Problem(
            "foreign_address",
            f"{identity} is no address of this customer.",
            status=422,
            what_to_do="Choose one of the conversation's channels.",
        )


def _known_template(call: Call, name: str | None) -> None:
    """A message says which template it was made of, and none that never was."""
    try:
        if name:
            call.house.catalog.get(name)
    except UnknownTemplate as error:
        cure = "Choose one of GET /api/v1/templates, or leave it out."
        raise Problem("unknown_template", str(error), status=422, what_to_do=cure) from error


async def _used(call: Call, asked: ReplyBody) -> tuple[Named, ...]:
    """What is counted. A quick reply that is gone by now keeps nobody from saying its words."""
    used = []
    if asked.template:
        name = call.house.catalog.get(asked.template).name
        used.append(Named(kind=Source.TEMPLATE, name=name))
    if asked.quick_reply:
        store, login = call.house.store, call.actor.login
        found = await store.read(phrases.quick_reply, call.desk, login, asked.quick_reply)
        if found is not None:
            used.append(Named(kind=Source.QUICK_REPLY, name=found.id))
    return tuple(used)


async def item_of(call: Call, message: Message) -> MessageItem:
    found = await call.house.store.read(http_timeline.dressed, call.desk, [message], [], [])
    return message_item(message, found, call.house.channel_of)


@routes.post(
    "/api/v1/conversations/{id}/notes",
    allow=Permission.NOTE_WRITE,
    body=NoteBody,
    answer=NoteItem,
    status=201,
)
async def write_note(call: Call) -> NoteItem:
    """Write a note for colleagues; customers never see it."""
    conversation = await conversation_of(call)
    if not call.body.text.strip():
        cure = "Write something."
        raise Problem("empty", "The note has no words.", status=422, what_to_do=cure)
    command = WriteNote(
        desk=call.desk, conversation=conversation.id, text=call.body.text, by=author_of(call)
    )
    note = await submit(call, command, Note)
    names = await call.house.store.read(http_timeline.names_of, call.desk, [note.author])
    return note_item(note, names)


@routes.post(
    "/api/v1/messages/{id}/resend", allow=Permission.MESSAGE_SEND, answer=Written, status=202
)
async def resend(call: Call) -> Written:
    """Send once more what failed, or what nobody knows of, as a new message.

    Where the provider can be asked, it is asked first; the message stays unknown until it has said.
    """
    message = await _message(call)
    account = find(call.house.accounts, message.account)
    if isinstance(account, Refusal):
        raise of_refusal(account)
    command = Resend(
        desk=call.desk,
        message=message.id,
        by=author_of(call),
        limits=limits_of(account.capabilities),
        hold_ms=call.house.dispatch.inforce.hold_ms,
        finds=isinstance(account.adapter, Finds),
    )
    return Written(message=await item_of(call, await submit(call, command, Message)))


@routes.post("/api/v1/messages/{id}/arrived", allow=Permission.MESSAGE_SEND, answer=Written)
async def arrived(call: Call) -> Written:
    """The customer has what nobody knew the end of: you say so."""
    message = await _message(call)
    command = Arrived(desk=call.desk, message=message.id, by=author_of(call))
    return Written(message=await item_of(call, await submit(call, command, Message)))


class RerouteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another of the customer's addresses, and the account it is written to from."""

    account: str
    identity: str


async def _message(call: Call) -> Message:
    """The message of the path, if you may see its conversation."""
    message = await call.house.store.read(http_rows.one, Message, call.param("id"))
    if message is None or message.desk != call.desk:
        raise Problem("not_found")
    await seen(call, message.conversation)
    return message


@routes.post("/api/v1/messages/{id}/withdraw", allow=Permission.MESSAGE_SEND, answer=Written)
async def withdraw(call: Call) -> Written:
    """Take back a held reply; it never goes."""
    message = await _message(call)
    command = Withdraw(desk=call.desk, message=message.id, by=author_of(call))
    return Written(message=await item_of(call, await submit(call, command, Message)))


@routes.post(
    "/api/v1/messages/{id}/reroute",
    allow=Permission.MESSAGE_SEND,
    body=RerouteBody,
    answer=Written,
    status=202,
)
async def reroute(call: Call) -> Written:
    """Send a held reply by another of the customer's addresses."""
    message, asked = await _message(call), call.body
    own_account(call, asked.account)
    account = find(call.house.accounts, asked.account)
    if isinstance(account, Refusal):
        raise of_refusal(account)
    if not account.reaches(asked.identity):
        raise of_refusal(out_of_reach(account))
    command = Reroute(
        desk=call.desk,
        message=message.id,
        by=author_of(call),
        identity=asked.identity,
        way=account.way,
    )
    return Written(message=await item_of(call, await submit(call, command, Message)))
