"""WeCom customer service's words into ours, and ours into WeCom's. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from adapters._shared.document import BadJson, document, in_words, is_number
from adapters._shared.http import Reply
from adapters._shared.wechat import BUSY, Codes, Fields, json_object, refusal, words
from gateway.contract import (
    Accepted,
    ChoiceRule,
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    InDoubt,
    Location,
    MessageKind,
    OutboundMessage,
    Outcome,
    PresenceEvent,
    Reason,
    TextUnit,
    Unreadable,
)
from gateway.domain.clock import MINUTE_MS, SECOND_MS
from gateway.domain.message import MessageState

SCHEME = "wecom:"

# --- what comes in: pages of kf/sync_msg ---------------------------------------------------------

# https://developer.work.weixin.qq.com/document/path/94670: who speaks
SYSTEM, SERVICER = 4, 5  # 3 is the customer

# The same page: media types are not told; these are what WeChat clients send.
FILES = {
    "image": "image/jpeg",
    "voice": "audio/amr",
    "video": "video/mp4",
    "file": "application/octet-stream",
}

# The same page, event msg_send_fail: why a message of ours was not delivered after all.
FAILURES = {
    1: Reason.CREDENTIALS,  # the customer-service account is gone
    2: Reason.CREDENTIALS,  # the application is closed
    4: Reason.WINDOW_CLOSED,
    5: Reason.WINDOW_CLOSED,
    6: Reason.THROTTLED,  # five are sent already
    8: Reason.CREDENTIALS,  # the company is not verified
    10: Reason.BLOCKED,
    11: Reason.CREDENTIALS,  # nobody of the company has logged in to WeCom
    12: Reason.UNSUPPORTED,
    13: Reason.CONTENT_REFUSED,
}

# The same page, event session_status_change, and the state of the session after it (0 new,
# 1 assistant, 2 pool, 3 person, 4 over): https://developer.work.weixin.qq.com/document/path/94669
PERSON, OVER = 3, 4
SESSIONS = {1: ("joined", PERSON), 2: ("joined", PERSON), 3: ("left", OVER), 4: ("joined", PERSON)}
SERVICER_STATES = {1: "joined", 2: "left"}

_LARGEST_SECONDS = 99_999_999_999

Item = Mapping[str, Any]


def decode(body: bytes) -> tuple[InboundEvent | Unreadable, ...]:
    """One page: what was said and what happened, each on its own."""
    try:
        page = document(body)
    except BadJson as error:
        return (Unreadable(detail=f"a page that is no JSON: {in_words(error)}"),)
    items = page.get("msg_list") if isinstance(page, dict) else None
    if not isinstance(items, list):
        return (Unreadable(detail="a page without msg_list"),)
    events: dict[str, InboundEvent] = {}
    unread: list[Unreadable] = []
    for item in items:
        event = _read(item)
        if isinstance(event, Unreadable):
            unread.append(event)
        else:
            events.setdefault(event.key, event)
    return (*events.values(), *unread)


def _read(item: Any) -> InboundEvent | Unreadable:
    if not isinstance(item, dict) or not words(item, "msgid"):
        return Unreadable(detail="an item without msgid")
    try:
        return _event(item) if item.get("msgtype") == "event" else _message(item)
    except (ValueError, RecursionError) as error:
        return Unreadable(detail=f"item {words(item, 'msgid')[:64]}: {in_words(error)}")


def _message(item: Item) -> InboundEvent:
    """A customer's message; or one of an agent within WeCom, which we can only tell of."""
    sender, recipient = _customer(item), _home(item)
    if item.get("origin") in (SYSTEM, SERVICER):
        return _sign(item, "seen", sender, recipient, item)
    kind = words(item, "msgtype")
    inner = item.get(kind)
    read = _READERS.get(kind)
    found: dict[str, Any] = {"kind": MessageKind.UNKNOWN, "payload": _json(item)}
    if read is not None and isinstance(inner, dict):
        found = read(kind, inner)
    return InboundMessage(
        key=f"message:{words(item, 'msgid')}",
        sender=sender,
        recipient=recipient,
        sent_at=_time_ms(item),
        **found,
    )


def _event(item: Item) -> InboundEvent:
    inner = item.get("event")
    event: Item = inner if isinstance(inner, dict) else {}
    happened = _EVENTS.get(words(event, "event_type"))
    if happened is None:
        raise ValueError(f"an event called {words(event, 'event_type')[:50]!r}")
    return happened(item, event)


def _customer(*places: Item) -> str:
    found = next(filter(None, (words(place, "external_userid") for place in places)), "")
    if not found:
        raise ValueError("no external_userid: from nobody")
    return SCHEME + found


def _home(*places: Item) -> str:
    return SCHEME + next(filter(None, (words(place, "open_kfid") for place in places)), "")


def _sign(item: Item, what: str, sender: str, recipient: str, told: Item) -> PresenceEvent:
    key = f"presence:{words(item, 'msgid')}"
    return PresenceEvent(key=key, what=what, sender=sender, recipient=recipient, text=_json(told))


def _entered(item: Item, event: Item) -> InboundEvent:
    return _sign(item, "joined", _customer(event, item), _home(event, item), event)


def _failed(item: Item, event: Item) -> InboundEvent:
    """The id is what `send` gave, which is our own: a lost answer is found by it too."""
    failed = words(event, "fail_msgid")
    if not failed:
        raise ValueError("msg_send_fail without fail_msgid")
    code = event.get("fail_type")
    return DeliveryReport(
        key=f"report:{words(item, 'msgid')}",
        state=MessageState.FAILED,
        provider_message=failed,
        message=failed,
        reason=FAILURES.get(code, Reason.OTHER) if isinstance(code, int) else Reason.OTHER,
        code=str(code) if isinstance(code, int) else None,
        at=_time_ms(item),
        recipient=_customer(event, item),
    )


def _session(item: Item, event: Item) -> InboundEvent:
    what, state = SESSIONS.get(_number(event, "change_type"), ("seen", None))
    told = dict(event) if state is None else {**event, "service_state": state}
    sign = _sign(item, what, _customer(event, item), _home(event, item), told)
    return sign if state is None else replace(sign, elsewhere=state != OVER)


def _servicer(item: Item, event: Item) -> InboundEvent:
    """About one of WeCom's agents and no customer: the account itself is who it is about."""
    home = _home(event, item)
    if home == SCHEME:
        raise ValueError("no open_kfid: about no account")
    what = SERVICER_STATES.get(_number(event, "status"), "seen")
    return _sign(item, what, home, home, event)


def _recalled(item: Item, event: Item) -> InboundEvent:
    return InboundMessage(
        key=f"message:{words(item, 'msgid')}",
        sender=_customer(event, item),
        recipient=_home(event, item),
        kind=MessageKind.DELETED,
        sent_at=_time_ms(item),
        in_reply_to=words(event, "recall_msgid") or None,
        payload=_json(event),
    )


def _told(item: Item, event: Item) -> InboundEvent:
    return _sign(item, "seen", _customer(event, item), _home(event, item), event)


_EVENTS: dict[str, Callable[[Item, Item], InboundEvent]] = {
    "enter_session": _entered,
    "msg_send_fail": _failed,
    "session_status_change": _session,
    "servicer_status_change": _servicer,
    "user_recall_msg": _recalled,
    "servicer_recall_msg": _told,
    "reject_customer_msg_switch_change": _told,
}


def _text(_kind: str, inner: Fields) -> dict[str, Any]:
    """A choice from a menu message comes as its words and the entry's id."""
    content, chosen = inner.get("content"), words(inner, "menu_id")
    if not isinstance(content, str):
        raise ValueError("a text without words")  # noqa: TRY004 - the provider's, and not ours
    return {
        "kind": MessageKind.INTERACTIVE if chosen else MessageKind.TEXT,
        "text": content,
        "choice": chosen,
        "payload": _json({"menu_id": chosen}) if chosen else "",
    }


def _file(kind: str, inner: Fields) -> dict[str, Any]:
    media_id = words(inner, "media_id") or None
    file = InboundAttachment(
        media_type=FILES[kind], filename=words(inner, "filename"), provider_media_id=media_id
    )
    return {"kind": MessageKind.MEDIA, "attachments": (file,)}


def _location(_kind: str, inner: Fields) -> dict[str, Any]:
    latitude, longitude = _degrees(inner, "latitude", 90), _degrees(inner, "longitude", 180)
    name = words(inner, "name") or words(inner, "address")
    place = Location(latitude=latitude, longitude=longitude, name=name)
    return {"kind": MessageKind.LOCATION, "location": place, "payload": _json(inner)}


def _degrees(inner: Fields, name: str, most: int) -> float:
    value = inner.get(name)
    if is_number(value) and -most <= value <= most:
        return float(value)
    raise ValueError(f"a place without a {name} that is on earth")


def _link(_kind: str, inner: Fields) -> dict[str, Any]:
    lines = (words(inner, name) for name in ("title", "desc", "url"))
    return {"text": "\n".join(filter(None, lines)), "payload": _json(inner)}


def _card(_kind: str, inner: Fields) -> dict[str, Any]:
    return {
        "kind": MessageKind.CONTACT,
        "text": words(inner, "userid"),
        "payload": _json(inner),
    }


def _miniprogram(_kind: str, inner: Fields) -> dict[str, Any]:
    return {
        "kind": MessageKind.INTERACTIVE,
        "text": words(inner, "title"),
        "payload": _json(inner),
    }


_READERS: dict[str, Callable[[str, Fields], dict[str, Any]]] = {
    "text": _text,
    **dict.fromkeys(FILES, _file),
    "location": _location,
    "link": _link,
    "business_card": _card,
    "miniprogram": _miniprogram,
}


def _number(item: Item, name: str) -> int:
    value = item.get(name)
    return value if isinstance(value, int) else 0


def _time_ms(item: Item) -> int | None:
    time = _number(item, "send_time")
    return time * SECOND_MS if 0 < time <= _LARGEST_SECONDS else None


def _json(item: Item) -> str:
    return msgspec.json.encode(item).decode()


# --- what goes out -------------------------------------------------------------------------------

# https://developer.work.weixin.qq.com/document/path/90455
# A message may go while a session is new or with the assistant; WeCom's own agents have the rest.
CODES = Codes(
    reasons={
        40001: Reason.CREDENTIALS,
        40003: Reason.INVALID_RECIPIENT,
        40008: Reason.UNSUPPORTED,
        40013: Reason.CREDENTIALS,
        40014: Reason.CREDENTIALS,
        40058: Reason.CONTENT_REFUSED,
        40096: Reason.INVALID_RECIPIENT,
        40201: Reason.CONTENT_REFUSED,
        41001: Reason.CREDENTIALS,
        42001: Reason.CREDENTIALS,
        44004: Reason.CONTENT_REFUSED,
        45002: Reason.TOO_LARGE,
        48002: Reason.CREDENTIALS,
        60020: Reason.CREDENTIALS,  # our address is not on the application's list
        84061: Reason.INVALID_RECIPIENT,
        95000: Reason.CREDENTIALS,
        95001: Reason.BUDGET_SPENT,  # five are sent; the customer must speak first
        95004: Reason.CREDENTIALS,
        95011: Reason.CREDENTIALS,
        95012: Reason.CREDENTIALS,
        95013: Reason.WINDOW_CLOSED,
        95014: Reason.INVALID_RECIPIENT,  # no servicer of this account, or one who is away
        95017: Reason.CREDENTIALS,
        95018: Reason.WINDOW_CLOSED,
    },
    patience={BUSY: 5 * SECOND_MS, 45009: MINUTE_MS, 45011: MINUTE_MS},
)

# https://developer.work.weixin.qq.com/document/path/94677
_OWN_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")


# https://developer.work.weixin.qq.com/document/path/90253; everything else goes as a file.
UPLOADS: dict[str, str] = {
    "image/jpeg": "image",
    "image/png": "image",
    "audio/amr": "voice",
    "video/mp4": "video",
}


def kind_of(media_type: str) -> str:
    """What WeCom calls a file of this type."""
    return UPLOADS.get(media_type, "file")


def encode_file(
    message: OutboundMessage, open_kfid: str, kind: str, media_id: str
) -> dict[str, Any]:
    """The same for a file that was uploaded."""
    body = encode(message, open_kfid)
    del body["text"]
    return {**body, "msgtype": kind, kind: {"media_id": media_id}}


# https://developer.work.weixin.qq.com/document/path/94677: msgmenu, its entries to be clicked
CHOICES = ChoiceRule(most=10, max_label=128, max_text=1_024, label_unit=TextUnit.BYTES)


def _said(message: OutboundMessage) -> dict[str, Any]:
    if not message.choices:
        return {"msgtype": "text", "text": {"content": message.text}}
    clicks = [{"id": choice.id, "content": choice.label} for choice in message.choices]
    listed = [{"type": "click", "click": click} for click in clicks]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": message.text, "list": listed}}


def encode(message: OutboundMessage, open_kfid: str) -> dict[str, Any]:
    """The body of POST /cgi-bin/kf/send_msg; our own id names the message where it may."""
    body: dict[str, Any] = {
        "touser": message.recipient.removeprefix(SCHEME),
        "open_kfid": open_kfid,
        **_said(message),
    }
    if _OWN_ID.fullmatch(message.id):
        body["msgid"] = message.id
    return body


def outcome(reply: Reply) -> Outcome:
    """What the answer to send_msg means."""
    refused = refusal(reply, CODES)
    if refused is not None:
        return refused
    name = words(json_object(reply), "msgid")
    return Accepted(provider_id=name) if name else InDoubt(detail="WeCom took it and gave no id")
