"""Our words into LINE's, and what its answers mean. Pure."""

from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from adapters._shared.http import Answer, Reply, outcome_of_failure
from adapters._shared.text import utf16_units
from gateway.contract import (
    Accepted,
    ChoiceRule,
    InDoubt,
    OutboundAttachment,
    OutboundMessage,
    Outcome,
    Reason,
    Rejected,
    TextUnit,
)

# https://developers.line.biz/en/reference/messaging-api/#text-message, in UTF-16 units, and
# #send-push-message: five at once.
MAX_TEXT = 5_000
MAX_OBJECTS = 5
# https://developers.line.biz/en/reference/messaging-api/#image-message. The original may have 10 MB
# but its preview only 1 MB, and we have just the one picture.
PICTURES = frozenset({"image/jpeg", "image/png"})
MAX_PREVIEW_BYTES = 1_000_000
MAX_URL = 2_000
STAND_IN = ("http://127.0.0.1:", "http://localhost:")

# https://developers.line.biz/en/reference/messaging-api/#error-responses: words, no codes; looked
# for within the message and its details, in lower case.
REASONS: dict[str, Reason] = {
    "monthly limit": Reason.OUT_OF_FUNDS,
    "failed to send messages": Reason.INVALID_RECIPIENT,
    "property, 'to'": Reason.INVALID_RECIPIENT,
    "property, `to`": Reason.INVALID_RECIPIENT,
    "length must be between": Reason.TOO_LARGE,
    "contenturl": Reason.UNSUPPORTED,
    "imageurl": Reason.UNSUPPORTED,
    "may not be empty": Reason.CONTENT_REFUSED,
}
# https://developers.line.biz/en/reference/messaging-api/#status-codes, where no words are known
STATUSES: dict[int, Reason] = {
    401: Reason.CREDENTIALS,
    403: Reason.CREDENTIALS,
    413: Reason.TOO_LARGE,
    415: Reason.UNSUPPORTED,
}


class Quotable(msgspec.Struct, rename="camel"):
    """https://developers.line.biz/en/reference/messaging-api/#wh-text: its quote token."""

    quote_token: str = ""


class Kept(msgspec.Struct, rename="camel"):
    """What was kept of a message that came in: of its payload, what a quote or a reply needs."""

    message: Quotable = msgspec.field(default_factory=Quotable)
    reply_token: str = ""


def encode(message: OutboundMessage) -> dict[str, Any] | Rejected:
    """The body of a push message; or why there can be none.

    https://developers.line.biz/en/reference/messaging-api/#send-push-message
    """
    nowhere = [each.filename for each in message.attachments if not _is_reachable(each)]
    if nowhere:
        detail = f"LINE shows files from a public https address, and these have none: {nowhere}"
        return Rejected(reason=Reason.UNSUPPORTED, detail=detail[:300])
    objects = [_object_of(each) for each in message.attachments]
    if message.text:
        told = _quote(message) | _quick_reply(message)
        objects.append({"type": "text", "text": message.text} | told)
    if not 0 < len(objects) <= MAX_OBJECTS or utf16_units(message.text) > MAX_TEXT:
        detail = f"LINE takes {MAX_OBJECTS} files and texts at once, of {MAX_TEXT} characters"
        return Rejected(reason=Reason.TOO_LARGE, detail=detail)
    return {"to": recipient_of(message), "messages": objects}


def _quote(message: OutboundMessage) -> dict[str, Any]:
    """What names the message that this one answers; nothing where LINE gave no token.

    https://developers.line.biz/en/docs/messaging-api/get-quote-tokens/
    """
    token = _kept(message.answered).message.quote_token
    return {"quoteToken": token} if token else {}


# https://developers.line.biz/en/reference/messaging-api/#quick-reply and #postback-action. What is
# tapped comes back as data without its label, so the label goes along in it.
CHOICES = ChoiceRule(most=13, max_label=20, max_text=MAX_TEXT, label_unit=TextUnit.UTF16)


def _quick_reply(message: OutboundMessage) -> dict[str, Any]:
    actions = [
        {
            "type": "postback",
            "label": choice.label,
            "data": urlencode({"choice": choice.id, "label": choice.label}),
            "displayText": choice.label,
        }
        for choice in message.choices
    ]
    items = [{"type": "action", "action": action} for action in actions]
    return {"quickReply": {"items": items}} if items else {}


def _kept(payload: str) -> Kept:
    try:
        return msgspec.json.decode(payload or "{}", type=Kept)
    except msgspec.MsgspecError:
        return Kept()


# https://developers.line.biz/en/reference/messaging-api/#send-reply-message: a token is good for a
# minute after the webhook, and once. Some of the minute is the way there.
REPLY_MS = 50_000


def reply_token(message: OutboundMessage) -> str:
    """What answers the customer's last message free of charge; "" for nothing."""
    return _kept(message.heard).reply_token


def is_spent(reply: Reply) -> bool:
    """Whether LINE says that a reply token is used or too old: certainly nothing was sent."""
    return (
        isinstance(reply, Answer)
        and reply.status == 400
        and "invalid reply token" in _said(reply).lower()
    )


def _is_reachable(file: OutboundAttachment) -> bool:
    """By LINE, or by the stand-in for it that runs on this machine."""
    url = str(file.url or "")
    return url.startswith(("https://", *STAND_IN)) and len(url) <= MAX_URL


def _object_of(file: OutboundAttachment) -> dict[str, Any]:
    """A picture as one, anything else by its address: LINE has no message for a file, and wants of
    videos a preview and of sounds their length, which we do not have."""
    if file.media_type in PICTURES and file.size_bytes <= MAX_PREVIEW_BYTES:
        return {"type": "image", "originalContentUrl": file.url, "previewImageUrl": file.url}
    return {"type": "text", "text": f"{file.filename}\n{file.url}".strip()[:MAX_TEXT]}


def recipient_of(message: OutboundMessage) -> str:
    """The group (C...) or chat (R...) in which the customer wrote, else the customer (U...).

    https://developers.line.biz/en/docs/messaging-api/getting-user-ids/
    """
    home = message.sender.removeprefix("line:")
    return home if home[:1] in ("C", "R") else message.recipient.removeprefix("line:")


def retry_key(account: str, key: str) -> str:
    """The same UUID for every try of a message; the keys of our messages are UUIDs already.

    https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
    """
    try:
        return str(UUID(key))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"parley:{account}:{key}"))


def outcome(reply: Reply) -> Outcome:
    """What the answer to a push message means."""
    if isinstance(reply, Answer) and reply.status == 429 and _reason(reply) is Reason.OUT_OF_FUNDS:
        return _refusal(reply)
    known = outcome_of_failure(reply)
    if known is not None:
        return known
    assert isinstance(reply, Answer)
    if reply.status < 300:
        return _accepted(reply, "x-line-request-id")
    if reply.status == 409:  # this retry key was accepted before: what we doubted did go out
        return _accepted(reply, "x-line-accepted-request-id")
    return _refusal(reply)


def outcome_of_reply(reply: Reply) -> Outcome:
    """The same of a reply, which takes no retry key: a repeat would be a second message."""
    found = outcome(reply)
    return InDoubt(detail=found.detail, final=True) if isinstance(found, InDoubt) else found


def _accepted(reply: Answer, header: str) -> Accepted | InDoubt:
    """By the first message's id; some plans are told only that of the request."""
    sent = _object(reply).get("sentMessages")
    told = sent[0] if isinstance(sent, list) and sent else None
    first: dict[str, Any] = told if isinstance(told, dict) else {}
    name = first.get("id")
    if isinstance(name, str) and name:
        return Accepted(provider_id=name, payload=_quotable(first))
    request = reply.header(header)
    if request:
        return Accepted(provider_id=request)
    return InDoubt(detail=f"HTTP {reply.status} without the message's id")


def _quotable(sent: dict[str, Any]) -> str:
    """What names it when a later message quotes it, as it stands in what comes in.

    https://developers.line.biz/en/reference/messaging-api/#send-push-message-response
    """
    token = sent.get("quoteToken")
    if not isinstance(token, str) or not token:
        return ""
    return msgspec.json.encode({"message": {"quoteToken": token}}).decode()


def _refusal(reply: Answer) -> Rejected:
    said = _said(reply)
    detail = f"HTTP {reply.status}" + (f": {said[:300]}" if said else "")
    return Rejected(reason=_reason(reply), detail=detail, code=str(reply.status))


def _reason(reply: Answer) -> Reason:
    words = _said(reply).lower()
    known = (reason for part, reason in REASONS.items() if part in words)
    return next(known, STATUSES.get(reply.status, Reason.OTHER))


def _said(reply: Answer) -> str:
    """LINE's words, those of the details behind."""
    data = _object(reply)
    details = data.get("details")
    more = [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []
    parts = [str(data.get("message") or "")]
    parts += [f"{each.get('property', '')} {each.get('message', '')}".strip() for each in more]
    return "; ".join(filter(None, parts))


def bot_of(reply: Answer) -> str | None:
    """The account's own id; None when LINE does not know the token.

    https://developers.line.biz/en/reference/messaging-api/#get-bot-info
    """
    name = _object(reply).get("userId")
    return name if reply.status == 200 and isinstance(name, str) and name else None


def _object(answer: Answer) -> dict[str, Any]:
    data = answer.json()
    return data if isinstance(data, dict) else {}
