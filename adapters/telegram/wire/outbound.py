"""Our words into Telegram's, and what its answers mean. Pure."""

from typing import Any

import msgspec

from adapters._shared.document import BadJson
from adapters._shared.http import (
    MAX_RETRY_AFTER_MS,
    Answer,
    Reply,
    outcome_of_failure,
    retry_after_ms,
)
from adapters._shared.text import utf16_units
from adapters.telegram.wire.inbound import message_name
from adapters.telegram.wire.shapes import User
from gateway.contract import (
    Accepted,
    ChoiceRule,
    Deferred,
    InDoubt,
    OutboundAttachment,
    OutboundMessage,
    Outcome,
    Reason,
    Rejected,
)
from gateway.domain.clock import SECOND_MS

# https://core.telegram.org/bots/api#sendmessage and #sendphoto
MAX_TEXT = 4_096
MAX_CAPTION = 1_024

# https://core.telegram.org/bots/api#available-methods: the media type's beginning, the method, and
# its field. What no line names goes as a document, which every app of Telegram's can save.
METHODS: dict[str, tuple[str, str]] = {
    "image/gif": ("sendAnimation", "animation"),
    "image/jpeg": ("sendPhoto", "photo"),
    "image/png": ("sendPhoto", "photo"),
    "video/mp4": ("sendVideo", "video"),
    "audio/ogg": ("sendVoice", "voice"),
    "audio/mpeg": ("sendAudio", "audio"),
    "audio/mp4": ("sendAudio", "audio"),
}
DOCUMENT = ("sendDocument", "document")
TEXT_METHOD = "sendMessage"

# https://core.telegram.org/bots/api#making-requests: an error has a number like HTTP's and words,
# and "its contents are subject to change"; so the words are looked for within, in lower case.
REASONS: dict[str, Reason] = {
    "blocked by the user": Reason.BLOCKED,
    "bot was kicked": Reason.BLOCKED,
    "bot is not a member": Reason.BLOCKED,
    "not enough rights": Reason.BLOCKED,
    "have no rights": Reason.BLOCKED,
    "chat_write_forbidden": Reason.BLOCKED,
    "initiate conversation": Reason.WINDOW_CLOSED,
    "user is deactivated": Reason.INVALID_RECIPIENT,
    "user not found": Reason.INVALID_RECIPIENT,
    "chat not found": Reason.INVALID_RECIPIENT,
    "chat_id is empty": Reason.INVALID_RECIPIENT,
    "peer_id_invalid": Reason.INVALID_RECIPIENT,
    "upgraded to a supergroup": Reason.INVALID_RECIPIENT,
    "group is deactivated": Reason.INVALID_RECIPIENT,
    "messages to bots": Reason.INVALID_RECIPIENT,
    "message is too long": Reason.TOO_LARGE,
    "caption is too long": Reason.TOO_LARGE,
    "file is too big": Reason.TOO_LARGE,
    "entity too large": Reason.TOO_LARGE,
    "text is empty": Reason.CONTENT_REFUSED,
    "can't parse": Reason.CONTENT_REFUSED,
    "failed to get http url content": Reason.UNSUPPORTED,
    "wrong type of the web page content": Reason.UNSUPPORTED,
    "wrong file identifier": Reason.UNSUPPORTED,
    "photo_invalid_dimensions": Reason.UNSUPPORTED,
    "image_process_failed": Reason.UNSUPPORTED,
    "voice_messages_forbidden": Reason.UNSUPPORTED,
}
# Where no words are known. A wrong token makes a path that is not found.
NUMBERS: dict[int, Reason] = {
    401: Reason.CREDENTIALS,
    403: Reason.BLOCKED,
    404: Reason.CREDENTIALS,
    413: Reason.TOO_LARGE,
}


class Request(msgspec.Struct, frozen=True):
    """One call of a method. `upload` is the file whose bytes go into the field `field`."""

    method: str
    fields: dict[str, Any]
    field: str = ""
    upload: OutboundAttachment | None = None


def encode(message: OutboundMessage) -> Request | Rejected:
    """The one call that this message is; or why it cannot be one."""
    chat = chat_of(message)
    if chat is None:
        detail = f"{message.recipient[:100]!r} is no person or chat of Telegram's"
        return Rejected(reason=Reason.INVALID_RECIPIENT, detail=detail)
    fields: dict[str, Any] = {"chat_id": chat}
    answered = (message.in_reply_to or "").rpartition(":")[2]
    if answered.isascii() and answered.isdecimal():
        known = {"message_id": int(answered), "allow_sending_without_reply": True}
        fields["reply_parameters"] = known
    if not message.attachments:
        return Request(TEXT_METHOD, {**fields, "text": message.text, **_keyboard(message)})
    if len(message.attachments) > 1:
        detail = "a message of Telegram's carries one file; send them one after another"
        return Rejected(reason=Reason.UNSUPPORTED, detail=detail)
    if utf16_units(message.text) > MAX_CAPTION:
        detail = (
            f"beside a file Telegram takes {MAX_CAPTION} characters; send the words by themselves"
        )
        return Rejected(reason=Reason.TOO_LARGE, detail=detail)
    return _with_file(message.attachments[0], message.text, fields)


# https://core.telegram.org/bots/api#inlinekeyboardbutton: the data may have 64 bytes, which our ids
# keep to; the label has no limit but that of the screen, where one button is a line.
CHOICES = ChoiceRule(most=100, max_label=64, max_text=MAX_TEXT)


def _keyboard(message: OutboundMessage) -> dict[str, Any]:
    rows = [[{"text": each.label, "callback_data": each.id}] for each in message.choices]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _with_file(file: OutboundAttachment, caption: str, fields: dict[str, Any]) -> Request:
    method, field = METHODS.get(file.media_type.partition(";")[0].strip().lower(), DOCUMENT)
    if caption:
        fields = {**fields, "caption": caption}
    if file.url:
        return Request(method, {**fields, field: file.url})
    return Request(method, fields, field=field, upload=file)


def chat_of(message: OutboundMessage) -> int | None:
    """The group or channel in which the customer wrote, else the customer."""
    home = message.sender.removeprefix("telegram:")
    told = home if home.startswith("-") else message.recipient.removeprefix("telegram:")
    digits = told.removeprefix("-")
    return int(told) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else None


def outcome(reply: Reply) -> Outcome:
    """What the answer to a call that sends means."""
    data = _object(reply) if isinstance(reply, Answer) else {}
    known = outcome_of_failure(reply)
    if isinstance(known, Deferred) and known.reason is Reason.THROTTLED:
        return _throttled(reply, data)
    if known is not None:
        return known
    assert isinstance(reply, Answer)
    if reply.status < 300 and data.get("ok") is not False:
        name = _sent(data.get("result"))
        if name is None:
            return InDoubt(detail=f"HTTP {reply.status} without the message's number")
        return Accepted(provider_id=name)
    number = data.get("error_code")
    number = number if isinstance(number, int) else reply.status
    if number == 429:
        return _throttled(reply, data)
    if number >= 500:
        return InDoubt(detail=f"error {number}")
    return _refusal(number, str(data.get("description") or ""))


def _throttled(reply: Reply, data: dict[str, Any]) -> Deferred:
    """https://core.telegram.org/bots/api#responseparameters: retry_after in seconds."""
    parameters = data.get("parameters")
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    wait = retry_after_ms(reply) if isinstance(reply, Answer) else None
    if isinstance(asked, int) and asked >= 0:
        wait = min(asked * SECOND_MS, MAX_RETRY_AFTER_MS)
    return Deferred(reason=Reason.THROTTLED, detail="HTTP 429", retry_after_ms=wait)


def _refusal(number: int, said: str) -> Rejected:
    words = said.lower()
    known = (reason for part, reason in REASONS.items() if part in words)
    reason = next(known, NUMBERS.get(number, Reason.OTHER))
    detail = f"HTTP {number}" + (f": {said[:300]}" if said else "")
    return Rejected(reason=reason, detail=detail, code=str(number))


def _sent(result: Any) -> str | None:
    number = result.get("message_id") if isinstance(result, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        return None
    try:
        return message_name(msgspec.convert(result.get("chat"), User), number)
    except msgspec.ValidationError:
        return str(number)  # a stand-in that tells no chat


# --- fetching updates, files and health ----------------------------------------------------------


class Updates(msgspec.Struct):
    """https://core.telegram.org/bots/api#getupdates: each update stays as it came."""

    ok: bool
    result: tuple[msgspec.Raw, ...] = ()


class Numbered(msgspec.Struct):
    """What a poller must know of an update."""

    update_id: int


def updates(answer: Answer) -> tuple[tuple[int, bytes], ...]:
    """The updates of an answer with their numbers. Raises ConnectionError when it has none."""
    if answer.status == 200:
        try:
            found = msgspec.json.decode(answer.body, type=Updates)
            return tuple(
                (msgspec.json.decode(each, type=Numbered).update_id, bytes(each))
                for each in found.result
            )
        except (*BadJson, msgspec.ValidationError) as error:
            raise ConnectionError("getUpdates gave no list of updates") from error
    words = said(answer)
    raise ConnectionError(f"getUpdates: HTTP {answer.status}" + (f": {words}" if words else ""))


def said(answer: Answer) -> str:
    """Telegram's words for a call that failed; "" when it has none."""
    words = _object(answer).get("description")
    return words[:300] if isinstance(words, str) else ""


def webhook_of(answer: Answer) -> str | None:
    """The address that Telegram delivers to, "" for none; None when the bot is unknown.

    https://core.telegram.org/bots/api#getwebhookinfo
    """
    data = _object(answer)
    result = data.get("result")
    if answer.status != 200 or data.get("ok") is not True or not isinstance(result, dict):
        return None
    return str(result.get("url") or "")


def file_path(answer: Answer) -> str | None:
    """Where a file lies: https://core.telegram.org/bots/api#getfile; None when nowhere."""
    result = _object(answer).get("result")
    path = result.get("file_path") if isinstance(result, dict) else None
    return path if answer.status == 200 and isinstance(path, str) and path else None


def _object(answer: Answer) -> dict[str, Any]:
    data = answer.json()
    return data if isinstance(data, dict) else {}
