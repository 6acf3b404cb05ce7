"""A WeChat Official Account's words into ours, and ours into WeChat's. Pure."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from adapters._shared.document import degrees
from adapters._shared.http import Reply
from adapters._shared.wechat import BUSY, Codes, Fields, refusal, words
from gateway.contract import (
    Accepted,
    ChoiceRule,
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    Location,
    MessageKind,
    OutboundMessage,
    Outcome,
    PresenceEvent,
    Reason,
    SendBudget,
    TextUnit,
    Unreadable,
)
from gateway.domain.clock import MINUTE_MS, SECOND_MS
from gateway.domain.message import MessageState

SCHEME = "wechat:"

# --- what comes in -------------------------------------------------------------------------------

# https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
VOICES = {"amr": "audio/amr", "speex": "audio/x-speex", "mp3": "audio/mpeg", "silk": "audio/silk"}
_KNOWN = frozenset(
    {
        *("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Content", "Recognition"),
        *("PicUrl", "MediaId", "Format", "Location_X", "Location_Y", "Label"),
        "Encrypt",  # the same again, while an account changes its mode
    }
)

# https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
# https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Custom_Menu_Push_Events.html
# Who follows wants messages, who leaves gets none: WeChat refuses them.
SIGNS = {
    "subscribe": "opted_in",
    "unsubscribe": "opted_out",
    "scan": "joined",
    "location": "seen",
    "view": "seen",
    "view_miniprogram": "seen",
    "scancode_push": "seen",
    "pic_sysphoto": "seen",  # the pictures, or the place, follow as messages
    "pic_photo_or_album": "seen",
    "pic_weixin": "seen",
    "location_select": "seen",
    "user_enter_tempsession": "joined",
    "kf_create_session": "joined",
    "kf_switch_session": "joined",
    "kf_close_session": "left",
}
# Menu entries that are meant to be answered.
CLICKS = frozenset({"click", "scancode_waitmsg"})

# https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html:
# what is no message of the customer's opens a window of its own. It adds nothing to a longer one.
OPENING = frozenset({"subscribe", "scan", "click", "scancode_push", "scancode_waitmsg"})
OPENED = SendBudget(messages=3, per_ms=MINUTE_MS)

# https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
# Template messages are sent by others than us; what became of them is no business of a person.
TEMPLATE_REPORT = "templatesendjobfinish"
TEMPLATE_FAILURES = {"failed:user block": Reason.BLOCKED, "failed: system failed": Reason.OTHER}

NO_ENTRIES: Mapping[str, str] = {}

# Seconds have ten digits until the year 2286; stand-ins are known to send milliseconds.
_LARGEST_SECONDS = 99_999_999_999
_MOST_DIGITS = 13


def decode(
    fields: Fields, body: bytes, entries: Mapping[str, str] = NO_ENTRIES
) -> tuple[InboundEvent | Unreadable, ...]:
    """One delivery, decrypted and parsed: a customer's message, or what a customer did.

    `entries`: what the menu's entries are called, by their keys.
    """
    try:
        return (_event(fields, body, entries),)
    except ValueError as error:
        return (Unreadable(detail=f"a delivery that cannot be read: {error}"),)


def _event(fields: Fields, body: bytes, entries: Mapping[str, str]) -> InboundEvent | Unreadable:
    kind, sender = words(fields, "MsgType").lower(), words(fields, "FromUserName")
    if fields.get("Encrypt") and not kind:
        return Unreadable(detail="the delivery is encrypted; set mode: safe and encoding_aes_key")
    if not kind or not sender:
        return Unreadable(detail="no MsgType or no FromUserName: neither a message nor an event")
    if kind == "event":
        return _happened(fields, sender, entries)
    read = _READERS.get(kind)
    found = (
        {"kind": MessageKind.UNKNOWN, "payload": _json(fields)} if read is None else read(fields)
    )
    found.setdefault("payload", _extras(fields))
    return InboundMessage(
        key=f"message:{words(fields, 'MsgId') or sha256(body).hexdigest()}",
        sender=SCHEME + sender,
        recipient=SCHEME + words(fields, "ToUserName"),
        sent_at=_time_ms(fields),
        **found,
    )


def _happened(fields: Fields, sender: str, entries: Mapping[str, str]) -> InboundEvent | Unreadable:
    """An event has no id: WeChat says to tell them apart by the customer and the second."""
    event, about = words(fields, "Event").lower(), words(fields, "EventKey")
    of_whom: dict[str, Any] = {
        "sender": SCHEME + sender,
        "recipient": SCHEME + words(fields, "ToUserName"),
    }
    told = sha256(about.encode()).hexdigest()[:16] if about else ""
    key = ":".join((sender, words(fields, "CreateTime"), event, told))
    if event in CLICKS:
        return InboundMessage(
            key=f"message:{key}",
            kind=MessageKind.INTERACTIVE,
            text=_scanned(fields) or entries.get(about, about),
            sent_at=_time_ms(fields),
            payload=_json(fields),
            opens=OPENED,
            **of_whom,
        )
    if event in SIGNS:
        text = about or _place(fields)
        opens = OPENED if event in OPENING else None
        return PresenceEvent(
            key=f"presence:{key}", what=SIGNS[event], text=text, opens=opens, **of_whom
        )
    if event == TEMPLATE_REPORT and words(fields, "MsgID"):
        return _template(fields, sender)
    return Unreadable(detail=f"an event called {words(fields, 'Event')[:50]!r}")


def _template(fields: Fields, sender: str) -> DeliveryReport:
    name, status = words(fields, "MsgID"), words(fields, "Status")
    good = status == "success"
    return DeliveryReport(
        key=f"report:{name}",
        state=MessageState.DELIVERED if good else MessageState.FAILED,
        provider_message=name,
        reason=None if good else TEMPLATE_FAILURES.get(status, Reason.OTHER),
        detail="" if good else status,
        at=_time_ms(fields),
        recipient=SCHEME + sender,
    )


def _scanned(fields: Fields) -> str:
    inner = fields.get("ScanCodeInfo")
    return words(inner, "ScanResult") if isinstance(inner, dict) else ""


def _place(fields: Fields) -> str:
    """Where a customer is, who lets the account know on entering it."""
    return ",".join(filter(None, (words(fields, "Latitude"), words(fields, "Longitude"))))


def _text(fields: Fields) -> dict[str, Any]:
    """An answer to a menu message comes as its words and the entry's id, and counts as a click."""
    chosen = bool(words(fields, "bizmsgmenuid"))
    content = fields.get("Content")
    return {
        "opens": OPENED if chosen else None,
        "kind": MessageKind.INTERACTIVE if chosen else MessageKind.TEXT,
        "text": content if isinstance(content, str) else "",
        "choice": words(fields, "bizmsgmenuid"),
    }


def _file(media_type: str, fields: Fields) -> dict[str, Any]:
    """WeChat keeps files for three days under their media id; pictures have an address too."""
    file = InboundAttachment(
        media_type=media_type,
        url=words(fields, "PicUrl") or None,
        provider_media_id=words(fields, "MediaId") or None,
    )
    return {
        "kind": MessageKind.MEDIA,
        "text": words(fields, "Recognition"),
        "attachments": (file,),
    }


def _voice(fields: Fields) -> dict[str, Any]:
    """Where speech recognition is on, its words are the text."""
    return _file(VOICES.get(words(fields, "Format").lower(), "audio/amr"), fields)


def _location(fields: Fields) -> dict[str, Any]:
    latitude = degrees(words(fields, "Location_X"))
    longitude = degrees(words(fields, "Location_Y"))
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"no place on earth is at {latitude}, {longitude}")
    place = Location(latitude=latitude, longitude=longitude, name=words(fields, "Label"))
    return {"kind": MessageKind.LOCATION, "location": place}


def _link(fields: Fields) -> dict[str, Any]:
    lines = (words(fields, name) for name in ("Title", "Description", "Url"))
    return {"text": "\n".join(filter(None, lines))}


_READERS: dict[str, Callable[[Fields], dict[str, Any]]] = {
    "text": _text,
    "image": lambda fields: _file("image/jpeg", fields),
    "voice": _voice,
    "video": lambda fields: _file("video/mp4", fields),
    "shortvideo": lambda fields: _file("video/mp4", fields),
    "location": _location,
    "link": _link,
}


def _time_ms(fields: Fields) -> int | None:
    told = words(fields, "CreateTime")
    if not (told.isdecimal() and told.isascii()) or len(told) > _MOST_DIGITS:
        return None
    time = int(told)
    return time if time > _LARGEST_SECONDS else time * SECOND_MS


def _extras(fields: Fields) -> str:
    extras = {name: value for name, value in fields.items() if value and name not in _KNOWN}
    return _json(extras) if extras else ""


def _json(fields: Mapping[str, Any]) -> str:
    return msgspec.json.encode(fields).decode()


# --- what goes out -------------------------------------------------------------------------------

# https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
# https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html
CODES = Codes(
    reasons={
        40001: Reason.CREDENTIALS,
        40002: Reason.CREDENTIALS,
        40003: Reason.INVALID_RECIPIENT,
        40008: Reason.UNSUPPORTED,
        40013: Reason.CREDENTIALS,
        40014: Reason.CREDENTIALS,
        40125: Reason.CREDENTIALS,
        40164: Reason.CREDENTIALS,  # our address is not on the account's list
        40243: Reason.CREDENTIALS,
        41001: Reason.CREDENTIALS,
        41002: Reason.CREDENTIALS,
        41004: Reason.CREDENTIALS,
        42001: Reason.CREDENTIALS,
        43004: Reason.OPTED_OUT,  # does not follow the account
        43019: Reason.BLOCKED,
        44004: Reason.CONTENT_REFUSED,  # no words
        45002: Reason.TOO_LARGE,
        45015: Reason.WINDOW_CLOSED,
        45047: Reason.BUDGET_SPENT,  # five are sent; the customer must speak first
        48001: Reason.CREDENTIALS,
        48002: Reason.OPTED_OUT,  # has switched messages off
        48004: Reason.CREDENTIALS,
        48006: Reason.CREDENTIALS,
        50002: Reason.CREDENTIALS,
        50005: Reason.OPTED_OUT,
        50007: Reason.CREDENTIALS,
        87009: Reason.CONTENT_REFUSED,
        87014: Reason.CONTENT_REFUSED,
    },
    patience={BUSY: 5 * SECOND_MS, 45009: 60 * MINUTE_MS, 45011: MINUTE_MS},
)


# https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia.html
# No other file can be sent at all.
UPLOADS: dict[str, str] = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/gif": "image",
    "audio/amr": "voice",
    "audio/mpeg": "voice",
    "video/mp4": "video",
}


def encode_file(
    message: OutboundMessage, kind: str, media_id: str, still_id: str = ""
) -> dict[str, Any]:
    """The same for a file that was uploaded; a film has a still."""
    named = {"media_id": media_id} | ({"thumb_media_id": still_id} if still_id else {})
    return {"touser": message.recipient.removeprefix(SCHEME), "msgtype": kind, kind: named}


# https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html:
# msgmenu. Its page states no limits but that of any text; more than a screen helps nobody.
CHOICES = ChoiceRule(most=10, max_label=128, max_text=1_024, label_unit=TextUnit.BYTES)


def encode(message: OutboundMessage) -> dict[str, Any]:
    """The body of POST /cgi-bin/message/custom/send."""
    if message.choices:
        listed = [{"id": choice.id, "content": choice.label} for choice in message.choices]
        menu = {"head_content": message.text, "list": listed, "tail_content": ""}
        address = message.recipient.removeprefix(SCHEME)
        return {"touser": address, "msgtype": "msgmenu", "msgmenu": menu}
    return {
        "touser": message.recipient.removeprefix(SCHEME),
        "msgtype": "text",
        "text": {"content": message.text},
    }


def outcome(reply: Reply, message: OutboundMessage) -> Outcome:
    """What the answer means. WeChat names no message: error code 0 is all its word.

    So our own id stands where a provider's would; no report ever asks for it.
    """
    return refusal(reply, CODES) or Accepted(provider_id=message.id)
