"""One LINE Official Account: events by webhook, messages by push with a retry key."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import ClassVar, Self
from urllib.parse import quote

from msgspec.structs import replace

from adapters._shared.fetch import FetchRefused, fetch
from adapters._shared.http import Answer, ProviderClient
from adapters._shared.provider import CHECK_TIMEOUT_S, ProviderAdapter, odd, silent
from adapters._shared.signatures import same, secret_bytes
from adapters.line.settings import LineSettings
from adapters.line.wire import inbound, outbound
from gateway.contract import (
    AccountId,
    AttachmentRule,
    Capabilities,
    DedupKey,
    Doubt,
    Health,
    InboundEvent,
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
from gateway.domain.clock import HOUR_MS

SIGNATURE_HEADER = "X-Line-Signature"
RETRY_HEADER = "X-Line-Retry-Key"
MIB = 1024 * 1024
MEDIA_BYTES = 200 * MIB


class LineAdapter(ProviderAdapter):
    """A LINE Official Account."""

    name: ClassVar[str] = "line"
    channel: ClassVar[str] = "line"
    settings_type: ClassVar[type[LineSettings]] = LineSettings
    capabilities: Capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        reaches=frozenset({"line"}),
        max_text=outbound.MAX_TEXT,
        text_unit=TextUnit.UTF16,
        attachments=(AttachmentRule(media_type="", max_bytes=20 * MIB),),
        max_attachments=outbound.MAX_OBJECTS - 1,  # and the words
        choices=outbound.CHOICES,
        threading=True,
        in_doubt=Doubt.RETRY,
        retry_for_ms=23 * HOUR_MS,  # LINE knows a retry key for 24 hours
    )

    def __init__(self, account: AccountId, settings: LineSettings) -> None:
        self._account = account
        self._settings = settings
        token = settings.channel_access_token.get_secret_value()
        self._closed = "" if token else "channel_access_token is empty"
        if settings.reply_tokens:
            self.capabilities = replace(self.capabilities, answer_by_ms=outbound.REPLY_MS)
        self._credentials = {"Authorization": f"Bearer {token}"}
        self._client = ProviderClient(settings.api_url, headers=self._credentials)
        # https://developers.line.biz/en/reference/messaging-api/#domain-name
        self._files = settings.api_url.replace("//api.line.me", "//api-data.line.me").rstrip("/")

    @classmethod
    def build(cls, account: AccountId, settings: LineSettings) -> Self:
        """Make the adapter of one account. No I/O."""
        return cls(account, settings)

    async def check(self) -> Health:
        """Ask LINE who we are."""
        if self._closed:
            advice = "set channel_access_token"
            return Health(ok=False, detail=self._closed, what_to_do=advice)
        if not self._settings.channel_secret.get_secret_value():
            return Health(
                ok=False,
                detail="channel_secret is empty, so every webhook is refused",
                what_to_do="set channel_secret",
            )
        await self._client.open()
        reply = await self._client.request("GET", "/v2/bot/info", timeout_s=CHECK_TIMEOUT_S)
        if not isinstance(reply, Answer):
            return silent("LINE", reply)
        if outbound.bot_of(reply) is None:
            return odd(reply.status, "check channel_access_token")
        return Health(ok=True)

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Verify over the raw bytes, then read every event.

        https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/
        """
        key = secret_bytes(self._settings.channel_secret, "channel_secret")
        digest = hmac.new(key, raw.body, hashlib.sha256).digest()
        if not same(raw.header(SIGNATURE_HEADER), base64.b64encode(digest).decode()):
            raise Unauthentic(f"{SIGNATURE_HEADER} is absent or not made with this channel_secret")
        return inbound.decode(raw.body), RawReply()

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """By the customer's reply token while it is fresh; else push, which may be tried again, for
        LINE acts once on a retry key."""
        if self._closed:
            return Rejected(reason=Reason.CREDENTIALS, detail=self._closed)
        body = outbound.encode(message)
        if isinstance(body, Rejected):
            return body
        token = outbound.reply_token(message)
        if token:
            answer = {"replyToken": token, "messages": body["messages"]}
            reply = await self._client.request("POST", "/v2/bot/message/reply", json=answer)
            if not outbound.is_spent(reply):
                return outbound.outcome_of_reply(reply)
        headers = {RETRY_HEADER: outbound.retry_key(self._account, key)}
        return outbound.outcome(
            await self._client.request("POST", "/v2/bot/message/push", json=body, headers=headers)
        )

    def fetch(self, url: str | None, provider_media_id: str | None) -> AsyncIterator[bytes]:
        """A file of a customer's message. Raises FetchRefused for addresses that lead elsewhere."""
        if not url and not provider_media_id:
            raise FetchRefused("the message names nothing to fetch")
        name = quote(provider_media_id or "", safe="")
        whole = url or f"{self._files}/v2/bot/message/{name}/content"
        return fetch(whole, home=self._files, headers=self._credentials, max_bytes=MEDIA_BYTES)
