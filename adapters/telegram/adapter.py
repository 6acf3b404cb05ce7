"""One bot of Telegram: updates by webhook or by polling, messages by the Bot API."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar, Self, cast
from urllib.parse import quote

from adapters._shared.fetch import FetchRefused, fetch
from adapters._shared.http import Answer, FormFile, ProviderClient
from adapters._shared.provider import CHECK_TIMEOUT_S, ProviderAdapter, odd, silent
from adapters._shared.signatures import same, secret_bytes
from adapters.telegram.settings import TelegramSettings
from adapters.telegram.wire import inbound, outbound
from gateway.contract import (
    AccountId,
    AttachmentRule,
    Capabilities,
    DedupKey,
    Doubt,
    Health,
    InboundEvent,
    Inlet,
    MessageKind,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
    TextUnit,
    Unauthentic,
    Unreadable,
)

MIB = 1024 * 1024
POLLED = "POLL"  # the method of what our own poller hands in; no door of ours takes it
CURSOR = "updates"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name

SEND_TIMEOUT_S = 50.0  # a file of 20 MB over a slow line
WAIT_S = 25  # how long Telegram holds an empty answer back
POLL_TIMEOUT_S = WAIT_S + 10.0
PAGE = 20  # updates at once: of the largest that there are, an answer stays under a megabyte

# https://core.telegram.org/bots/api#sending-files: by an address 5 MB for photos and 20 MB for all
# else. Uploads may be larger, but a person who writes knows of no difference.
RULES = (
    *(AttachmentRule(media_type=t, max_bytes=5 * MIB) for t in ("image/jpeg", "image/png")),
    AttachmentRule(media_type="", max_bytes=20 * MIB),
)
MEDIA_BYTES = 20 * MIB  # getFile gives no larger ones


class TelegramAdapter(ProviderAdapter):
    """A bot whose updates come by webhook."""

    name: ClassVar[str] = "telegram"
    channel: ClassVar[str] = "telegram"
    settings_type: ClassVar[type[TelegramSettings]] = TelegramSettings
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        reaches=frozenset({"telegram"}),
        max_text=outbound.MAX_TEXT,
        text_unit=TextUnit.UTF16,
        attachments=RULES,
        max_attachments=1,
        choices=outbound.CHOICES,
        threading=True,
        in_doubt=Doubt.HOLD,
        send_timeout_ms=55_000,
    )

    def __init__(self, account: AccountId, settings: TelegramSettings) -> None:
        self._account = account
        self._settings = settings
        token = settings.bot_token.get_secret_value()
        self._api = f"/bot{token}"
        self._files = f"{settings.api_url.rstrip('/')}/file/bot{token}/"
        self._closed = "" if token else "bot_token is empty"
        self._client = ProviderClient(settings.api_url, total_timeout_s=SEND_TIMEOUT_S)

    @classmethod
    def build(cls, account: AccountId, settings: TelegramSettings) -> Self:
        """Make the adapter of one account; only `mode: poll` has the power to poll. No I/O."""
        kind = PollingTelegramAdapter if settings.mode == "poll" else cls
        return cast("Self", kind(account, settings))

    async def check(self) -> Health:
        """Ask Telegram where it delivers to; that proves the token too."""
        if self._closed:
            return Health(ok=False, detail=self._closed, what_to_do="set bot_token")
        await self._client.open()
        path = f"{self._api}/getWebhookInfo"
        reply = await self._client.request("GET", path, timeout_s=CHECK_TIMEOUT_S)
        if not isinstance(reply, Answer):
            return silent("Telegram", reply)
        webhook = outbound.webhook_of(reply)
        if webhook is None:
            return odd(reply.status, "check bot_token", outbound.said(reply))
        return self._verdict(webhook)

    def _verdict(self, webhook: str) -> Health:
        """Whether the bot's webhook is as this mode needs it."""
        if not self._settings.secret_token.get_secret_value():
            return Health(
                ok=False,
                detail="secret_token is empty, so every webhook is refused",
                what_to_do="set secret_token, and give the same to setWebhook",
            )
        if not webhook:
            return Health(
                ok=False,
                detail="the bot has no webhook",
                what_to_do="call setWebhook, or set mode: poll",
            )
        return Health(ok=True)

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Read one update. A pressed button is answered with the webhook's own reply."""
        key = secret_bytes(self._settings.secret_token, "secret_token").decode()
        if not same(raw.header(SECRET_HEADER), key):
            raise Unauthentic(f"{SECRET_HEADER} is absent or not secret_token")
        events = inbound.decode(raw.body, self._settings.bot)
        pressed = inbound.callback_of(raw.body)
        if pressed is None:
            return events, RawReply()
        # https://core.telegram.org/bots/api#making-requests-when-getting-updates
        answer = {"method": "answerCallbackQuery", "callback_query_id": pressed}
        body = json.dumps(answer).encode()
        return events, RawReply(content_type="application/json", body=body)

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Call one method once. Telegram knows no repeats and tells nobody what was sent."""
        if self._closed:
            return Rejected(reason=Reason.CREDENTIALS, detail=self._closed)
        request = outbound.encode(message)
        if isinstance(request, Rejected):
            return request
        path = f"{self._api}/{request.method}"
        if request.upload is None:
            return outbound.outcome(await self._client.request("POST", path, json=request.fields))
        if not await asyncio.to_thread(request.upload.path.exists):
            return Rejected(reason=Reason.OTHER, detail="a file of the message is gone")
        file = FormFile(
            path=request.upload.path,
            filename=request.upload.filename,
            media_type=request.upload.media_type,
        )
        form = [*_plain(request.fields), (request.field, file)]
        return outbound.outcome(await self._client.request("POST", path, form=form))

    async def fetch(self, url: str | None, provider_media_id: str | None) -> AsyncIterator[bytes]:
        """A file of a customer's message. Raises FetchRefused when Telegram does not give it."""
        query = quote(provider_media_id or "", safe="")
        reply = await self._client.request("GET", f"{self._api}/getFile?file_id={query}")
        path = outbound.file_path(reply) if isinstance(reply, Answer) else None
        if path is None:
            raise FetchRefused("Telegram does not say where the file lies")
        whole = self._files + quote(path)
        async for chunk in fetch(whole, home=self._settings.api_url, max_bytes=MEDIA_BYTES):
            yield chunk


class PollingTelegramAdapter(TelegramAdapter):
    """A bot whose updates we fetch; it needs no public address."""

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Read one update. Nobody but our own poller may hand one in."""
        if raw.method != POLLED:
            raise Unauthentic("this bot is polled: updates come from our own poller only")
        return inbound.decode(raw.body, self._settings.bot), RawReply()

    async def poll(self, cursors: Mapping[str, str], inlet: Inlet) -> None:
        """Fetch until cancelled. Telegram forgets an update once the next is asked for, and we ask
        only when the one before is committed. Raises ConnectionError when Telegram is away."""
        await self._client.open()
        last = cursors.get(CURSOR)
        while True:
            came_at, updates = await self._after(int(last) if last else None)
            for number, body in updates:
                last = str(number)
                await inlet(
                    RawRequest(
                        account=self._account,
                        method=POLLED,
                        path=f"/in/{self._account}",
                        body=body,
                        received_at=came_at,
                        cursor=(CURSOR, last),
                    )
                )
                await self._release(inbound.callback_of(body))

    async def _after(self, last: int | None) -> tuple[int, tuple[tuple[int, bytes], ...]]:
        """When, and what came after the last committed one; nothing when all was still."""
        wanted: dict[str, Any] = {
            "timeout": WAIT_S,
            "limit": PAGE,
            "allowed_updates": inbound.ALLOWED_UPDATES,
        }
        if last is not None:
            wanted["offset"] = last + 1
        path = f"{self._api}/getUpdates"
        reply = await self._client.request("POST", path, json=wanted, timeout_s=POLL_TIMEOUT_S)
        if not isinstance(reply, Answer):
            raise ConnectionError(f"Telegram does not answer: {reply.detail}")
        return reply.received_at, outbound.updates(reply)

    async def _release(self, pressed: str | None) -> None:
        """Let the customer's app stop waiting for its button; nothing hangs on whether it works."""
        if pressed is not None:
            wanted = {"callback_query_id": pressed}
            await self._client.request("POST", f"{self._api}/answerCallbackQuery", json=wanted)

    def _verdict(self, webhook: str) -> Health:
        """While a webhook is set Telegram refuses to be polled."""
        if webhook:
            return Health(
                ok=False,
                detail="the bot has a webhook, so it cannot be polled",
                what_to_do="call deleteWebhook, or set mode: webhook",
            )
        return Health(ok=True)


def _plain(fields: dict[str, Any]) -> list[tuple[str, str | FormFile]]:
    """Fields of a form: what has structure goes as JSON."""
    return [(k, v if isinstance(v, str) else json.dumps(v)) for k, v in fields.items()]
