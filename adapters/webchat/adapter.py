"""One account of web chat. It has a wire and no send: what is committed is sent.

The visitor's socket ends in the core (its "socket door"), which knows the visitor by a token it
minted. The door hands each frame in as a RawRequest with method `CHAT` and the visitor's URN in the
header `x-parley-visitor`: both are set by the core, never by the network. Nobody else delivers web
chat, so whatever comes with another method (a POST to /in/ACCOUNT) is Unauthentic.
"""

from typing import ClassVar, Self
from urllib.parse import unquote

from adapters.webchat import wire
from adapters.webchat.identity import Claims, IdentityRefused, verify_identity
from adapters.webchat.settings import WebchatSettings
from gateway.contract import (
    CONTRACT_VERSION,
    AccountId,
    AttachmentRule,
    Capabilities,
    DedupKey,
    Health,
    InboundAttachment,
    InboundEvent,
    MessageKind,
    OutboundMessage,
    Outcome,
    RawReply,
    RawRequest,
    Reason,
    Rejected,
    Unauthentic,
    Unreadable,
)
from gateway.domain.message import MessageState

DOOR_METHOD = "CHAT"
VISITOR_HEADER = "x-parley-visitor"
NAME_HEADER = "x-parley-visitor-name"  # verified by signed identity, else absent
LOCALE_HEADER = "x-parley-locale"  # of the page, as the visitor's browser says it
FILE_HEADER = "x-parley-file"  # `SHA256 MEDIA/TYPE SIZE %NAME`, each upload of the frame

SCHEME = "webchat:"
FILE_BYTES = 10 * 1024 * 1024


class WebchatAdapter:
    """Web chat on our user's own pages."""

    name: ClassVar[str] = "webchat"
    channel: ClassVar[str] = "webchat"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    settings_type: ClassVar[type[WebchatSettings]] = WebchatSettings
    isolated: ClassVar[bool] = False
    capabilities = Capabilities(
        kinds=frozenset({MessageKind.TEXT, MessageKind.MEDIA}),
        reaches=frozenset({"webchat"}),
        max_text=wire.MAX_TEXT,
        attachments=(AttachmentRule(media_type="", max_bytes=FILE_BYTES),),
        max_attachments=wire.MAX_ATTACHMENTS,
        reports=frozenset({MessageState.DELIVERED, MessageState.READ}),
        gather_ms=0,
        sends=False,
    )

    def __init__(self, account: AccountId, settings: WebchatSettings) -> None:
        self._account = account
        self._settings = settings

    @classmethod
    def build(cls, account: AccountId, settings: WebchatSettings) -> Self:
        """Make the adapter of one account. No I/O."""
        return cls(account, settings)

    async def start(self) -> None:
        """There is no client to open."""

    async def stop(self) -> None:
        """There is no client to close."""

    async def check(self) -> Health:
        """Web chat is well when this process is."""
        return Health(ok=True)

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Read one frame of the socket door."""
        visitor = raw.header(VISITOR_HEADER) or ""
        if raw.method != DOOR_METHOD or not visitor.removeprefix(SCHEME).strip():
            raise Unauthentic("web chat comes through its own socket, not as a webhook")
        if not visitor.startswith(SCHEME):
            raise Unauthentic("the socket door names no visitor of web chat")
        frame = wire.decode_frame(raw.body)
        if isinstance(frame, wire.BadFrame):
            return (Unreadable(detail=f"{frame.code}: {frame.detail}"),), RawReply(status=204)
        event = wire.event_of(
            frame,
            visitor=visitor,
            recipient=f"{SCHEME}{self._account}",
            at_ms=raw.received_at,
            name=_told(raw, NAME_HEADER),
            locale=_told(raw, LOCALE_HEADER),
            files=_files(raw),
        )
        return (() if event is None else (event,)), RawReply(status=204)

    def identify(self, token: str, now_ms: int) -> Claims:
        """Whom the shop's server vouches for. Pure. Raises IdentityRefused, an Unauthentic."""
        if self._settings.identity == "off":
            raise IdentityRefused("this account takes no identities")
        return verify_identity(token, self._account, self._settings.identity_keys, now_ms)

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """Never called: the capability `sends` is off, and the widget follows the stream."""
        detail = "web chat sends nothing: the widget reads what is committed"
        return Rejected(reason=Reason.UNSUPPORTED, detail=detail)


def _told(raw: RawRequest, header: str) -> str:
    return (raw.header(header) or "").encode("utf-8", "ignore").decode()


def _files(raw: RawRequest) -> dict[str, InboundAttachment]:
    """What the uploads are, by content hash."""
    told = (value.split(" ") for name, value in raw.headers if name.lower() == FILE_HEADER)
    whole = (parts for parts in told if len(parts) == 4 and parts[2].isdecimal())
    return {
        sha256: InboundAttachment(
            media_type=media_type, sha256=sha256, size_bytes=int(size), filename=unquote(name)
        )
        for sha256, media_type, size, name in whole
    }
