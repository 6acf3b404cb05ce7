"""LINE's Messaging API in a box.

https://developers.line.biz/en/reference/messaging-api/
"""

import base64
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from aiohttp import web

from gateway.domain.clock import MINUTE_MS
from gateway.domain.message import Choice
from gateway.sandbox.people import Person
from gateway.sandbox.providers.box import Box, digest_of, same
from gateway.sandbox.providers.said import Answer, Json, Refused, Said, Trouble

BOT_ID = "U8ecb0c1f6d0e4b6f9a1c2d3e4f506172"
MAX_TEXT = 5_000  # UTF-16 units
MAX_OBJECTS = 5
MOST_CHOICES, LABEL, MAX_DATA = 13, 20, 300
MAX_KEYS = 1_000
REPLY_MS = MINUTE_MS
QUOTE = "q"  # before the id of a message: the token by which it is quoted
HERE = frozenset({"127.0.0.1", "::1", "localhost"})  # where there is no TLS

# https://developers.line.biz/en/reference/messaging-api/#error-responses
ERRORS: dict[Trouble, tuple[int, str]] = {
    Trouble.UNKNOWN: (
        400,
        "The property, 'to', in the request body is invalid (line: -, column: -)",
    ),
    Trouble.THROTTLE: (429, "The API rate limit has been exceeded. Try again later."),
    Trouble.FAIL: (503, "Service temporarily unavailable"),
    Trouble.MEDIA: (400, "The request body has 1 error(s)"),
}


def _error(status: int, words: str, *details: Json) -> Answer:
    body: Json = {"message": words} | ({"details": list(details)} if details else {})
    return Answer(status=status, body=body)


def _invalid(place: str, words: str) -> Refused:
    detail = {"message": words, "property": place}
    return Refused(_error(400, "The request body has 1 error(s)", detail))


class LineBox(Box):
    """One Official Account. LINE reports neither delivery nor reading, nor who has blocked it."""

    name: ClassVar[str] = "line"

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self._accepted: OrderedDict[str, tuple[str, list[Json]]] = OrderedDict()
        self._reply: OrderedDict[str, tuple[str, int]] = OrderedDict()  # token -> whose, until

    def address_of(self, person: Person) -> str:
        """`U` and 32 digits."""
        return "U" + digest_of(person, self.name)[:32]

    def message_id(self) -> str:
        """18 digits."""
        return str(int(self.bare_id(), 16))[-18:]

    def refusal(self, trouble: Trouble) -> Answer:
        """Words, and no codes."""
        return _error(*ERRORS[trouble])

    def routes(self) -> Iterable[web.RouteDef]:
        """What Parley needs of it."""
        return [
            web.get("/v2/bot/info", self._info),
            web.get("/v2/bot/profile/{user}", self._profile),
            web.get("/v2/bot/message/{message}/content", self._content),
            web.post("/v2/bot/message/push", self._push),
            web.post("/v2/bot/message/reply", self._answer),
        ]

    async def deliver(self, person: Person, said: Said) -> int:
        """One event, signed over the bytes."""
        token, now = self.bare_id(), self._clock.now_ms()
        self._reply[token] = (self.address_of(person), now + REPLY_MS)
        _shorten(self._reply)
        message: Json = {"id": said.id, "type": "text", "text": said.text}
        if said.file:
            message = {"id": said.id, "type": "image", "contentProvider": {"type": "line"}}
        message["quoteToken"] = QUOTE + said.id
        content: Json = {"type": "message", "message": message}
        if said.tapped is not None:
            content = {"type": "postback", "postback": {"data": said.tapped.choice}}
        event = {
            **content,
            "mode": "active",
            "timestamp": said.at,
            "webhookEventId": self.bare_id(),
            "deliveryContext": {"isRedelivery": False},
            "source": {"type": "user", "userId": self.address_of(person)},
            "replyToken": token,
        }
        body = msgspec.json.encode({"destination": BOT_ID, "events": [event]})
        digest = hmac.new(self.keys.secret.encode(), body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "LineBotWebhook/2.0",
            "X-Line-Signature": base64.b64encode(digest).decode(),
        }
        return await self.bring(body, headers)

    # --- the API -------------------------------------------------------------------------------

    def _open(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not same(given, self.keys.access_token):
            words = (
                "Authentication failed. Confirm that the access token in the authorization header"
                " is valid."
            )
            raise Refused(_error(401, words))

    async def _info(self, request: web.Request) -> web.Response:
        self._open(request)
        known = {"userId": BOT_ID, "basicId": "@shop", "displayName": "Shop"}
        return web.json_response({**known, "chatMode": "bot", "markAsReadMode": "manual"})

    async def _profile(self, request: web.Request) -> web.Response:
        self._open(request)
        person = self._people.get(request.match_info["user"])
        if person is None:
            raise Refused(_error(404, "Not found"))
        return web.json_response({"userId": self.address_of(person), "displayName": person.name})

    async def _content(self, request: web.Request) -> web.Response:
        self._open(request)
        name = request.match_info["message"]
        said = next((s for t in self._threads.values() for s in t if s.id == name and s.file), None)
        if said is None:
            raise Refused(_error(404, "Not found"))
        return self.served(said.file)

    async def _push(self, request: web.Request) -> web.Response:
        """https://developers.line.biz/en/reference/messaging-api/#send-push-message"""
        self._open(request)
        key = request.headers.get("X-Line-Retry-Key", "")
        if key and not _is_uuid(key):
            raise Refused(_error(400, "Invalid retry key"))
        form = await self.body(request, _error(400, "The request body could not be parsed as JSON"))
        if key in self._accepted:
            name, sent = self._accepted[key]
            return web.json_response(
                {"message": "The retry key is already accepted", "sentMessages": sent},
                status=409,
                headers={"X-Line-Request-Id": self.bare_id(), "X-Line-Accepted-Request-Id": name},
            )
        return await self._take(request, form, str(form.get("to") or ""), key)

    async def _answer(self, request: web.Request) -> web.Response:
        """https://developers.line.biz/en/reference/messaging-api/#send-reply-message"""
        self._open(request)
        form = await self.body(request, _error(400, "The request body could not be parsed as JSON"))
        whose, until = self._reply.pop(str(form.get("replyToken") or ""), ("", 0))
        if self._clock.now_ms() > until:
            raise Refused(_error(400, "Invalid reply token"))
        return await self._take(request, form, whose, "")

    async def _take(self, request: web.Request, form: Json, address: str, key: str) -> web.Response:
        objects = form.get("messages")
        if not isinstance(objects, list) or not 0 < len(objects) <= MAX_OBJECTS:
            raise _invalid("messages", f"Size must be between 1 and {MAX_OBJECTS}")
        checked = [_checked(place, each) for place, each in enumerate(objects)]
        trouble = self.check(address)
        if trouble in ERRORS:
            raise Refused(self.refusal(trouble))
        sent = []
        for (text, link), each in zip(checked, objects, strict=True):
            file = await self.collect(link) if link else None
            told = _choices(each)
            if "quoteToken" in each and not self._may_quote(address, str(each["quoteToken"])):
                raise Refused(_error(400, "Invalid quote token"))
            # Who has blocked the account gets nothing, and LINE says nothing of it.
            name = self.message_id() if trouble else self.came(address, text, file, choices=told).id
            sent.append({"id": name, "quoteToken": QUOTE + name})
        request_id = self.bare_id()
        if key:
            self._accepted[key] = (request_id, sent)
            _shorten(self._accepted)
        self.lose(request)
        return web.json_response({"sentMessages": sent}, headers={"X-Line-Request-Id": request_id})

    def _may_quote(self, address: str, token: str) -> bool:
        """https://developers.line.biz/en/docs/messaging-api/get-quote-tokens/: of that chat only"""
        return any(token == QUOTE + said.id for said in self._threads.get(address, ()))


def _checked(place: int, each: Any) -> tuple[str, str]:
    """A message object as words and a picture's address. Raises Refused."""
    kind = each.get("type") if isinstance(each, dict) else None
    if kind == "text":
        text = str(each.get("text") or "")
        if not text:
            raise _invalid(f"messages[{place}].text", "May not be empty")
        if len(text.encode("utf-16-le")) // 2 > MAX_TEXT:
            words = f"Length must be between 0 and {MAX_TEXT}"
            raise _invalid(f"messages[{place}].text", words)
        return text, ""
    if kind == "image":
        for name in ("originalContentUrl", "previewImageUrl"):
            link = urlsplit(str(each.get(name) or ""))
            if link.scheme != "https" and link.hostname not in HERE:
                raise _invalid(f"messages[{place}].{name}", "Must be a valid HTTPS URL")
        return "", str(each["originalContentUrl"])
    raise _invalid(f"messages[{place}].type", "Must be one of the supported types")


def _choices(each: Json) -> tuple[Choice, ...]:
    """https://developers.line.biz/en/reference/messaging-api/#quick-reply. Raises Refused."""
    reply = each.get("quickReply")
    items = reply.get("items") if isinstance(reply, dict) else []
    if not isinstance(items, list) or len(items) > MOST_CHOICES:
        raise _invalid("messages[0].quickReply.items", f"Size must be between 1 and {MOST_CHOICES}")
    actions = [item.get("action") for item in items if isinstance(item, dict)]
    told = [action for action in actions if isinstance(action, dict)]
    for place, action in enumerate(told):
        where = f"messages[0].quickReply.items[{place}].action"
        if action.get("type") != "postback" or not 0 < len(str(action.get("label") or "")) <= LABEL:
            raise _invalid(f"{where}.label", f"Length must be between 1 and {LABEL}")
        if not 0 < len(str(action.get("data") or "")) <= MAX_DATA:
            raise _invalid(f"{where}.data", f"Length must be between 1 and {MAX_DATA}")
    return tuple(Choice(id=str(each["data"]), label=str(each["label"])) for each in told)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _shorten(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > MAX_KEYS:
        kept.popitem(last=False)
