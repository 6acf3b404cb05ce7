"""Updates as Telegram documents them, and how to build the adapter."""

from typing import Any

import msgspec
from pydantic import SecretStr

from adapters.telegram import TelegramAdapter
from adapters.telegram.settings import TelegramSettings
from gateway.contract import AccountId, RawRequest
from gateway.testing import InboundCase

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET = "s3cret_for-webhooks"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
HOME = "telegram:110201543"


def settings(**changes) -> TelegramSettings:
    fields = {"bot_token": SecretStr(TOKEN), "secret_token": SecretStr(SECRET)}
    return TelegramSettings(**(fields | changes))


def build(api_url: str, **changes) -> TelegramAdapter:
    return TelegramAdapter.build(AccountId("tg"), settings(api_url=api_url, **changes))


def sign(raw: RawRequest) -> RawRequest:
    """With the secret, whatever its body says."""
    others = (h for h in raw.headers if h[0].lower() != HEADER.lower())
    return msgspec.structs.replace(raw, headers=(*others, (HEADER, SECRET)))


def body(kind: str, item: Any, number: int = 900946525) -> bytes:
    return msgspec.json.encode({"update_id": number, kind: item})


def update(label: str, kind: str, item: Any, expect: Any, **more) -> InboundCase:
    """One update by webhook."""
    return InboundCase(
        label=label,
        headers=(("Content-Type", "application/json"), (HEADER, SECRET)),
        body=body(kind, item),
        expect=expect,
        **more,
    )


# https://core.telegram.org/bots/api#user, #chat, #message
ADA = {
    "id": 3527065,
    "is_bot": False,
    "first_name": "Ada",
    "last_name": "李",
    "username": "ada",
    "language_code": "zh-hans",
}
BOT = {"id": 110201543, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}
PRIVATE = {"id": 3527065, "first_name": "Ada", "last_name": "李", "type": "private"}
GROUP = {"id": -1001234567890, "title": "Friends", "type": "supergroup"}
CHANNEL = {"id": -1009999999999, "title": "News", "type": "channel"}

MESSAGE = {"message_id": 85, "from": ADA, "chat": PRIVATE, "date": 1493843318}
TEXT = MESSAGE | {"text": "您好 😀"}
