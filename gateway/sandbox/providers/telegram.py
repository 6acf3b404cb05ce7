"""Telegram's Bot API in a box.

https://core.telegram.org/bots/api
"""

import json
from collections.abc import Iterable
from itertools import count
from typing import Any, ClassVar

import msgspec
from aiohttp import web
from aiohttp.web_request import FileField

from gateway.domain.message import Choice
from gateway.sandbox.people import Person
from gateway.sandbox.providers.box import SECOND_MS, Box, digest_of, same
from gateway.sandbox.providers.said import Answer, File, Json, Refused, Said, Tap, Trouble

BOT_ID = "8001"
MAX_TEXT = 4_096  # UTF-16 units
MAX_CAPTION = 1_024
MAX_DATA = 64  # bytes of a button
SIDE = 800  # of a picture whose size nobody measured, in pixels

# The method's field that holds the file.
FILES = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendAnimation": "animation",
    "sendVideo": "video",
    "sendVoice": "voice",
    "sendAudio": "audio",
}

# https://core.telegram.org/bots/api#making-requests: numbers like HTTP's, and words
ERRORS: dict[Trouble, tuple[int, str]] = {
    Trouble.UNKNOWN: (400, "Bad Request: chat not found"),
    Trouble.BLOCKED: (403, "Forbidden: bot was blocked by the user"),
    Trouble.WINDOW: (403, "Forbidden: bot can't initiate conversation with a user"),
    Trouble.THROTTLE: (429, "Too Many Requests: retry after 1"),
    Trouble.FAIL: (503, "Service Unavailable"),
    Trouble.MEDIA: (400, "Bad Request: failed to get HTTP URL content"),
}


def _error(number: int, words: str) -> Answer:
    body: Json = {"ok": False, "error_code": number, "description": words}
    if number == 429:
        body["parameters"] = {"retry_after": 1}
    return Answer(status=number, body=body)


class TelegramBox(Box):
    """One bot, which takes updates by webhook. Telegram reports neither delivery nor reading."""

    name: ClassVar[str] = "telegram"
    captions: ClassVar[bool] = True

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self._numbers = count(1)
        self._token = f"{BOT_ID}:{self.keys.access_token}"

    def address_of(self, person: Person) -> str:
        """Digits."""
        return str(int(digest_of(person, self.name), 16))[:9]

    def message_id(self) -> str:
        """A number."""
        return str(next(self._numbers))

    def refusal(self, trouble: Trouble) -> Answer:
        """Numbers and words."""
        return _error(*ERRORS[trouble])

    def routes(self) -> Iterable[web.RouteDef]:
        """Methods by GET and POST, files under their own path."""
        return [
            web.route("*", "/bot{token}/{method}", self._call),
            web.get("/file/bot{token}/files/{file}", self._file),
        ]

    async def deliver(self, person: Person, said: Said) -> int:
        """An update, with the secret that setWebhook was given."""
        chat = {"id": int(self.address_of(person)), "first_name": person.name}
        message: Json = {
            "message_id": int(said.id),
            "from": {**chat, "is_bot": False, "language_code": person.language},
            "chat": {**chat, "type": "private"},
            "date": said.at // SECOND_MS,
        }
        if said.file:
            file = self.files[said.file]
            size = {"width": SIDE, "height": SIDE, "file_size": len(file.content)}
            photo = {"file_id": file.id, "file_unique_id": file.id[-16:], **size}
            message |= {"photo": [photo]} | ({"caption": said.text} if said.text else {})
        else:
            message["text"] = said.text
        told: Json = {"message": message}
        if said.tapped is not None:
            told = {"callback_query": self._pressed(message["from"], message["chat"], said.tapped)}
        update = {"update_id": next(self._numbers), **told}
        headers = {
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": self.keys.secret,
        }
        return await self.bring(msgspec.json.encode(update), headers)

    def _pressed(self, sender: Json, chat: Json, tapped: Tap) -> Json:
        """https://core.telegram.org/bots/api#callbackquery"""
        thread = self._threads.get(str(chat["id"]), ())
        below = next(each for each in thread if each.id == tapped.message)
        rows = [[{"text": each.label, "callback_data": each.id}] for each in below.choices]
        message = {
            "message_id": int(below.id),
            "from": self._me(),
            "chat": chat,
            "date": below.at // SECOND_MS,
            "text": below.text,
            "reply_markup": {"inline_keyboard": rows},
        }
        named = {"id": self.bare_id(), "chat_instance": str(chat["id"]), "data": tapped.choice}
        return {**named, "from": sender, "message": message}

    # --- methods -------------------------------------------------------------------------------

    def _open(self, request: web.Request) -> None:
        if not same(request.match_info["token"], self._token):
            raise Refused(_error(401, "Unauthorized"))

    async def _call(self, request: web.Request) -> web.Response:
        self._open(request)
        method = request.match_info["method"]
        fields = await _fields(request)
        match method:
            case "getMe":
                result: Any = self._me()
            case "getWebhookInfo":
                url = self._webhook_url
                result = {"url": url, "has_custom_certificate": False, "pending_update_count": 0}
            case "getFile":
                result = self._get_file(str(fields.get("file_id") or ""))
            case "setWebhook" | "deleteWebhook" | "answerCallbackQuery" | "sendChatAction":
                result = True
            case "sendMessage":
                result = self._sent(fields, str(fields.get("text") or ""), None)
                self.lose(request)
            case _ if method in FILES:
                result = await self._sent_file(fields, FILES[method])
                self.lose(request)
            case _:
                raise Refused(_error(404, "Not Found"))
        return web.json_response({"ok": True, "result": result})

    def _me(self) -> Json:
        return {"id": int(BOT_ID), "is_bot": True, "first_name": "Shop", "username": "shop_bot"}

    def _get_file(self, name: str) -> Json:
        file = self.files.get(name)
        if file is None:
            raise Refused(_error(400, "Bad Request: invalid file_id"))
        known = {"file_id": file.id, "file_unique_id": file.id[-16:]}
        return {**known, "file_size": len(file.content), "file_path": f"files/{file.id}"}

    async def _sent_file(self, fields: Json, field: str) -> Json:
        given = fields.get(field)
        if isinstance(given, FileField):
            content = given.file.read()
            file = self.keep(given.content_type, content, given.filename)
        elif isinstance(given, str) and given:
            file = await self.collect(given)
        else:
            raise Refused(_error(400, f"Bad Request: there is no {field} in the request"))
        caption = str(fields.get("caption") or "")
        if _units(caption) > MAX_CAPTION:
            raise Refused(_error(400, "Bad Request: message caption is too long"))
        return self._sent(fields, caption, file)

    def _sent(self, fields: Json, text: str, file: File | None) -> Json:
        address = str(fields.get("chat_id") or "")
        if not address:
            raise Refused(_error(400, "Bad Request: chat_id is empty"))
        if file is None and not text:
            raise Refused(_error(400, "Bad Request: message text is empty"))
        if _units(text) > MAX_TEXT:
            raise Refused(_error(400, "Bad Request: message is too long"))
        trouble = self.check(address)
        if trouble is not None:
            raise Refused(self.refusal(trouble))
        said = self.came(address, text, file, choices=_choices(fields))
        return {
            "message_id": int(said.id),
            "from": self._me(),
            "chat": {"id": int(address), "type": "private"},
            "date": said.at // SECOND_MS,
            "caption" if file else "text": text,
        }

    async def _file(self, request: web.Request) -> web.Response:
        self._open(request)
        return self.served(request.match_info["file"])


async def _fields(request: web.Request) -> Json:
    """A method's fields: of the query, of JSON, or of a form."""
    fields: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            found = json.loads(await request.read() or b"{}")
        except ValueError as error:
            raise Refused(_error(400, "Bad Request: can't parse JSON object")) from error
        return {**fields, **found} if isinstance(found, dict) else fields
    return {**fields, **await request.post()}


def _choices(fields: Json) -> tuple[Choice, ...]:
    """The buttons of an inline keyboard. Raises Refused."""
    markup = fields.get("reply_markup") or {}
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    buttons = [button for row in rows for button in row]
    for button in buttons:
        if not button.get("text"):
            raise Refused(_error(400, "Bad Request: text buttons are unallowed to be empty"))
        if not 0 < len(str(button.get("callback_data") or "").encode()) <= MAX_DATA:
            raise Refused(_error(400, "Bad Request: BUTTON_DATA_INVALID"))
    return tuple(Choice(id=each["callback_data"], label=each["text"]) for each in buttons)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
