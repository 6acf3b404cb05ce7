"""One WeChat Official Account: messages in by webhook, out as customer-service messages."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

from adapters._shared.http import Reply
from adapters._shared.wechat import (
    TOKEN_TIMEOUT_S,
    Codes,
    Malformed,
    Sealed,
    aes_key,
    query_of,
    read_xml,
    unseal,
    verify,
    words,
)
from adapters._shared.wechat_adapter import MIB, SENDING_MS, SUCCESS, WINDOW_MS, TokenAdapter
from adapters.wechat import menu, passive, wire
from adapters.wechat.settings import WechatSettings
from gateway.contract import (
    AccountId,
    AttachmentRule,
    Capabilities,
    DedupKey,
    Deferred,
    Doubt,
    Health,
    InboundEvent,
    MessageKind,
    OutboundAttachment,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
    SendBudget,
    TextUnit,
    Unauthentic,
    Unreadable,
)
from gateway.domain.clock import Clock, SystemClock

MAX_BYTES = {"image": 10 * MIB, "voice": 2 * MIB, "video": 10 * MIB}
# WeChat wants a still beside each film, and we cannot see into films: all have this one.
STILL = Path(__file__).parent / "film.jpg"


class WechatAdapter(TokenAdapter):
    """A WeChat Official Account."""

    name: ClassVar[str] = "wechat"
    channel: ClassVar[str] = "wechat"
    settings_type: ClassVar[type[WechatSettings]] = WechatSettings
    secret_name: ClassVar[str] = "app_secret"  # noqa: S105 - a name
    when_refused: ClassVar[str] = (
        "check app_id, app_secret, and that this address is on its IP list"
    )
    codes: ClassVar[Codes] = wire.CODES
    # https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        reaches=frozenset({"wechat"}),
        max_text=2_048,
        text_unit=TextUnit.BYTES,
        attachments=tuple(
            AttachmentRule(media_type=t, max_bytes=MAX_BYTES[k]) for t, k in wire.UPLOADS.items()
        ),
        max_attachments=1,
        choices=wire.CHOICES,
        captions=False,
        send_timeout_ms=SENDING_MS,
        in_doubt=Doubt.HOLD,
        window_ms=WINDOW_MS,
        budget=SendBudget(messages=5, per_ms=WINDOW_MS),
    )

    def __init__(self, settings: WechatSettings, clock: Clock) -> None:
        super().__init__(settings.api_url, settings.app_secret, clock)
        self._settings = settings
        self._token = settings.token.get_secret_value()
        key = settings.encoding_aes_key.get_secret_value()
        self._key = aes_key(key) if key else b""
        self._entries = menu.names(settings.menu or ())
        self._menu = Health(ok=True)  # what came of it

    @classmethod
    def build(cls, account: AccountId, settings: WechatSettings) -> Self:  # noqa: ARG003
        """Make the adapter of one account. No I/O."""
        return cls(settings, SystemClock())

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Read one delivery, or answer WeChat's question whether this is our address."""
        query = query_of(raw)
        if raw.method == "GET":
            verify(query, self._token, field="signature")
            return (), RawReply(body=query.get("echostr", "").encode("utf-8", "replace"))
        if self._settings.mode == "plain":
            verify(query, self._token, field="signature")
            return self._read(raw.body, raw.received_at, passive.reply)
        try:
            sealed = words(read_xml(raw.body), "Encrypt")
        except Malformed as error:
            raise Unauthentic(
                f"mode is safe, and the body holds nothing signed: {error}"
            ) from error
        verify(query, self._token, field="msg_signature", sealed=sealed)
        try:
            body = unseal(sealed, self._key, self._settings.app_id)
        except Sealed as error:
            return (Unreadable(detail=str(error)),), SUCCESS
        return self._read(body, raw.received_at, partial(self._sealed, at_ms=raw.received_at))

    def _read(
        self, body: bytes, at_ms: int, reply: Callable[[bytes], RawReply]
    ) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """A delivery, decrypted already, and what the customer is told at once."""
        try:
            fields = read_xml(body)
        except Malformed as error:
            return (Unreadable(detail=str(error)),), SUCCESS
        said = passive.answer(fields, self._settings.passive, at_ms)
        return wire.decode(fields, body, self._entries), reply(said) if said else SUCCESS

    def _sealed(self, said: bytes, at_ms: int) -> RawReply:
        app_id = self._settings.app_id
        return passive.reply(passive.sealed(said, self._key, app_id, self._token, at_ms))

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """One customer-service message. WeChat takes no key for repeats and cannot be asked."""
        if not self._has_secret:
            return Rejected(reason=Reason.CREDENTIALS, detail="app_secret is empty")
        body = await self._worded(message)
        if isinstance(body, Deferred | Rejected):
            return body
        reply = await self._post("/cgi-bin/message/custom/send", body)
        return reply if isinstance(reply, Deferred | Rejected) else wire.outcome(reply, message)

    async def _worded(self, message: OutboundMessage) -> dict[str, Any] | Deferred | Rejected:
        """The message's body; a file is uploaded first, and sent by the id that it got."""
        if not message.attachments:
            return wire.encode(message)
        file = message.attachments[0]
        kind = wire.UPLOADS.get(file.media_type)
        if kind is None or message.text or len(message.attachments) > 1:
            detail = "WeChat sends one picture, voice or film at a time, without words"
            return Rejected(reason=Reason.UNSUPPORTED, detail=detail)
        media_id = await self._upload(file, kind)
        if not isinstance(media_id, str):
            return media_id
        still_id = await self._still() if kind == "video" else ""
        if not isinstance(still_id, str):
            return still_id
        return wire.encode_file(message, kind, media_id, still_id)

    async def _still(self) -> str | Deferred | Rejected:
        still = OutboundAttachment(
            media_type="image/jpeg",
            filename=STILL.name,
            size_bytes=STILL.stat().st_size,
            sha256="",
            path=STILL,
        )
        return await self._upload(still, "thumb")

    # --- the menu ----------------------------------------------------------------------------

    async def check(self) -> Health:
        """Ask for the access token in force; a menu that was refused is no health either."""
        health = await super().check()
        return self._menu if health.ok else health

    async def arrange(self) -> Health:
        """Put the menu of the settings in the place of another one; without any, let it be."""
        if self._settings.menu is None or not self._has_secret:
            return Health(ok=True)
        wanted = menu.body(self._settings.menu)
        found = await self._get("/cgi-bin/get_current_selfmenu_info")
        stands = None if isinstance(found, Deferred | Rejected) else menu.standing(found)
        if stands is None:
            self._menu = menu.health(found)
        elif stands == wanted["button"]:
            self._menu = Health(ok=True)
        elif wanted["button"]:
            self._menu = menu.health(await self._post("/cgi-bin/menu/create", wanted))
        else:
            self._menu = menu.health(await self._get("/cgi-bin/menu/delete"))
        return self._menu

    async def ask_token(self) -> Reply:
        """The stable kind: every node is given the same token, and asking ends none.

        https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
        """
        body = {
            "grant_type": "client_credential",
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret.get_secret_value(),
            "force_refresh": False,
        }
        path = "/cgi-bin/stable_token"
        return await self._client.request("POST", path, json=body, timeout_s=TOKEN_TIMEOUT_S)
