"""The visitor's half of web chat's protocol: JSON text frames, client to server. Pure.

    {"type":"hello","token":string|null,"after":int,"locale"?,"page"?,"identity"?}
    {"type":"message","id":uuid,"text":string,"attachments":[sha256, ...]?}
    {"type":"typing"}
    {"type":"read","seq":int}

A frame that cannot be read is answered with a `BadFrame`, which is the server's `error` frame.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from adapters._shared.document import in_words
from gateway.contract import InboundAttachment, InboundMessage, MessageKind, PresenceEvent

MAX_FRAME_BYTES = 64 * 1024
MAX_TEXT = 4_000  # characters
MAX_ATTACHMENTS = 10
UNKNOWN = "application/octet-stream"

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]  # what JavaScript can count
ClientId = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class Frame(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True
):
    """What a visitor's browser sends."""


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """First of all frames: who the visitor says to be, and up to where the stream is known."""

    token: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    after: Seq = 0  # the conversation's seq
    locale: Annotated[str, msgspec.Meta(max_length=35)] = ""
    page: Annotated[str, msgspec.Meta(max_length=2_048)] = ""
    identity: Annotated[str, msgspec.Meta(max_length=8_192)] | None = None


class Message(Frame, frozen=True, kw_only=True, tag="message"):
    """Words, files or both. `id` is the browser's: sent again, it is the same message."""

    id: ClientId
    text: str = ""
    attachments: Annotated[tuple[Sha256, ...], msgspec.Meta(max_length=MAX_ATTACHMENTS)] = ()


class Typing(Frame, frozen=True, kw_only=True, tag="typing"):
    """The visitor types."""


class Read(Frame, frozen=True, kw_only=True, tag="read"):
    """The visitor has seen everything up to `seq`: our delivery report."""

    seq: Seq


AnyFrame = Hello | Message | Typing | Read


class BadFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """A frame that is refused; sent to the browser as it stands.

    code: frame_too_large | not_json | bad_frame | text_too_long | empty
    """

    code: str
    detail: str
    what_to_do: str
    id: str | None = None  # of the message that was refused


class _Glimpse(msgspec.Struct, frozen=True):
    """The id of a frame that is no good otherwise."""

    id: str | None = None


_decoder: msgspec.json.Decoder[AnyFrame] = msgspec.json.Decoder(AnyFrame)
_glimpse = msgspec.json.Decoder(_Glimpse)


def decode_frame(data: str | bytes) -> AnyFrame | BadFrame:
    """One frame as it came from the socket."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_FRAME_BYTES:
        return BadFrame(
            code="frame_too_large",
            detail=f"The frame has {len(raw)} bytes; at most {MAX_FRAME_BYTES} are read.",
            what_to_do="Send less at once; upload files and send their names.",
        )
    try:
        frame = _decoder.decode(raw)
    except msgspec.ValidationError as error:
        return BadFrame(
            code="bad_frame",
            detail=f"The frame breaks the protocol: {in_words(error)}",
            what_to_do="Reload the page; if it happens again, the widget is older than the server.",
            id=_id_of(raw),
        )
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return BadFrame(
            code="not_json", detail="The frame is no JSON.", what_to_do="Reload the page."
        )
    return _within_limits(frame) if isinstance(frame, Message) else frame


def _within_limits(frame: Message) -> Message | BadFrame:
    if len(frame.text) > MAX_TEXT:
        over = len(frame.text) - MAX_TEXT
        return BadFrame(
            code="text_too_long",
            detail=f"The message is {over} character{'s' * (over > 1)} too long; {MAX_TEXT} fit.",
            what_to_do="Shorten it, or send it in two.",
            id=frame.id,
        )
    if not frame.text.strip() and not frame.attachments:
        return BadFrame(
            code="empty",
            detail="The message has neither words nor files.",
            what_to_do="Write something.",
            id=frame.id,
        )
    return frame


def _id_of(raw: bytes) -> str | None:
    try:
        found = _glimpse.decode(raw).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found[:64] if found else None


def event_of(
    frame: AnyFrame,
    *,
    visitor: str,
    recipient: str,
    at_ms: int,
    name: str = "",
    locale: str = "",
    files: Mapping[str, InboundAttachment] = {},
) -> InboundMessage | PresenceEvent | None:
    """What a frame means to the desk; None for `hello`, which concerns the socket alone.

    `visitor` is a URN. Keys carry it, for browsers choose their ids: none can take another's.
    `files` are the uploads by content hash, as the door has found them. Typing has no id and is
    worth its instant, `at_ms`, only.
    """
    scope = visitor.partition(":")[2]
    match frame:
        case Message():
            return InboundMessage(
                key=f"message:{scope}:{frame.id}",
                sender=visitor,
                recipient=recipient,
                kind=MessageKind.MEDIA if frame.attachments else MessageKind.TEXT,
                text=frame.text,
                sender_name=name,
                locale=locale,
                attachments=tuple(
                    files.get(each, InboundAttachment(media_type=UNKNOWN, sha256=each))
                    for each in frame.attachments
                ),
            )
        case Typing():
            key = f"presence:{scope}:typing:{at_ms}"
            return PresenceEvent(key=key, what="typing", sender=visitor, recipient=recipient)
        case Read():
            key = f"presence:{scope}:seen:{frame.seq}"
            return PresenceEvent(
                key=key, what="seen", sender=visitor, recipient=recipient, text=str(frame.seq)
            )
    return None
