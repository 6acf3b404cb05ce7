"""One account of a provider that is known by its settings alone."""

from collections.abc import AsyncIterator
from typing import ClassVar, Self

import structlog

from adapters._shared.fetch import FetchRefused, fetch
from adapters._shared.form import TooLarge
from adapters._shared.http import Answer, ProviderClient
from adapters.generic.settings import GenericSettings, Limits, Outbound
from adapters.generic.templates import Unworded, url_filler
from adapters.generic.wire import verify
from adapters.generic.wire.challenge import Challenges
from adapters.generic.wire.inbound import Mapping
from adapters.generic.wire.outbound import Answers, Requests
from gateway.contract import (
    CONTRACT_VERSION,
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
    Unauthentic,
    Unreadable,
)
from gateway.domain.clock import MINUTE_MS
from gateway.domain.message import MessageState

CHECK_TIMEOUT_S = 4.0
NOWHERE = "https://nowhere.invalid"  # no host is the provider's own: none is shown credentials
REPORT_WAIT_MS = 2 * MINUTE_MS

log = structlog.get_logger(__name__)


class GenericAdapter:
    """Whatever the settings map. Its capabilities are the account's `limits`."""

    name: ClassVar[str] = "generic"
    channel: ClassVar[str] = "generic"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    settings_type: ClassVar[type[GenericSettings]] = GenericSettings
    isolated: ClassVar[bool] = False
    capabilities = Capabilities(max_text=Limits().text)

    def __init__(self, account: AccountId, settings: GenericSettings) -> None:
        self._account = account
        self._settings = settings
        self._mapping = Mapping(settings.inbound, settings.statuses, settings.verify)
        inbound = settings.inbound
        self._reply = RawReply(body=inbound.reply.encode(), content_type=inbound.reply_type)
        self.capabilities = _capabilities(settings)
        self._sending = _Sending(settings.outbound, settings.api_url) if settings.outbound else None
        challenge, self._challenges = settings.challenge, None
        if challenge is not None:
            self._challenges = Challenges(challenge, settings.verify)
        origin, self._file_path = url_filler(settings.files.url.get_secret_value())
        outbound = self._sending.origin if self._sending else ""
        self._files = settings.api_url or origin or outbound or NOWHERE

    @classmethod
    def build(cls, account: AccountId, settings: GenericSettings) -> Self:
        """Make the adapter of one account. No I/O."""
        return cls(account, settings)

    async def start(self) -> None:
        """Open the HTTP clients; say aloud when nothing proves who delivers."""
        if self._settings.verify.kind == "none":
            log.warning(
                "deliveries are NOT verified: who knows the address can write as any customer",
                account=self._account,
                what_to_do="set verify.kind to hmac or token",
            )
        if self._sending:
            await self._sending.open()

    async def stop(self) -> None:
        """Close them."""
        if self._sending:
            await self._sending.close()

    async def check(self) -> Health:
        """Ask the address in `outbound.check`, if there is one; 2xx with JSON is well."""
        kind = self._settings.verify.kind
        if kind != "none" and not self._settings.verify.secret.get_secret_value():
            what = "verify.secret is empty, so every delivery is refused"
            return Health(ok=False, detail=what, what_to_do="set verify.secret")
        unproved = "deliveries are NOT verified (verify.kind is none)" if kind == "none" else ""
        if self._sending is None or not self._sending.check_path:
            asked = "" if self._sending is None else "the provider was not asked: no outbound.check"
            return Health(ok=True, detail="; ".join(filter(None, (unproved, asked))))
        wrong = await self._sending.sick()
        if wrong:
            return Health(ok=False, detail=wrong, what_to_do="check outbound.headers and the url")
        return Health(ok=True, detail=unproved)

    def receive(self, raw: RawRequest) -> tuple[tuple[InboundEvent | Unreadable, ...], RawReply]:
        """Verify over the raw bytes, then read what the expressions find."""
        try:
            if self._challenges is not None:
                answer = self._challenges.answer(raw)
                if answer is not None:
                    return (), answer
            verify.prove(self._settings.verify, raw)
        except TooLarge as error:
            raise Unauthentic(str(error)) from error
        return self._mapping.decode(raw), self._reply

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        """One request, as the templates word it."""
        if self._sending is None:
            detail = "this account only receives; outbound is not configured"
            return Rejected(reason=Reason.UNSUPPORTED, detail=detail)
        if any(not file.url for file in message.attachments):
            detail = "the provider fetches files, and these have no public address"
            return Rejected(reason=Reason.UNSUPPORTED, detail=detail)
        return await self._sending.send(message, key)

    def fetch(self, url: str | None, provider_media_id: str | None) -> AsyncIterator[bytes]:
        """A customer's file. Raises FetchRefused for addresses that lead elsewhere."""
        files = self._settings.files
        if not url:
            if not provider_media_id or not files.url.get_secret_value():
                raise FetchRefused("neither the message nor files.url says where the file is")
            url = self._files.rstrip("/") + self._file_path({"id": provider_media_id})
        headers = {name: value.get_secret_value() for name, value in files.headers.items()}
        return fetch(url, home=self._files, headers=headers, max_bytes=files.max_bytes)


class _Sending:
    """The way out: templates, the client, and what answers mean."""

    def __init__(self, outbound: Outbound, api_url: str) -> None:
        self._requests = Requests(outbound)
        self._answers = Answers(outbound.answer)
        self.origin = self._requests.origin
        self._client = ProviderClient(api_url or self.origin)
        origin, fill = url_filler(outbound.check.get_secret_value())
        self.check_path = str(fill({})) if outbound.check.get_secret_value() else ""
        self._checks = ProviderClient(api_url or origin or self.origin)
        self._plain = _constant_headers(outbound)

    async def open(self) -> None:
        await self._client.open()
        await self._checks.open()

    async def close(self) -> None:
        await self._client.close()
        await self._checks.close()

    async def send(self, message: OutboundMessage, key: DedupKey) -> Outcome:
        try:
            asked = self._requests.of(message, key)
        except Unworded as error:
            return Rejected(reason=Reason.UNSUPPORTED, detail=str(error))
        reply = await self._client.request(
            asked.method,
            asked.path,
            query=asked.query,
            form=asked.form,
            json=asked.json,
            headers=asked.headers,
        )
        return self._answers.outcome(reply, message)

    async def sick(self) -> str:
        """What is wrong with the provider; "" when it is well."""
        await self._checks.open()
        reply = await self._checks.request(
            "GET", self.check_path, headers=self._plain, timeout_s=CHECK_TIMEOUT_S
        )
        if not isinstance(reply, Answer):
            return f"the provider does not answer: {reply.detail}"
        if not 200 <= reply.status < 300:
            return f"the provider answers HTTP {reply.status}"
        return "" if reply.json() is not None else "the provider answers what is no JSON"


def _constant_headers(outbound: Outbound) -> dict[str, str]:
    """Those that say who we are, not what we send."""
    written = {name: value.get_secret_value() for name, value in outbound.headers.items()}
    return {name: value for name, value in written.items() if "{" not in value}


def _capabilities(settings: GenericSettings) -> Capabilities:
    limits, outbound = settings.limits, settings.outbound
    states = set(settings.statuses.states.values()) if settings.statuses else set[MessageState]()
    doubt = Doubt(outbound.in_doubt) if outbound else Doubt.HOLD
    kinds = {MessageKind.TEXT, MessageKind.MEDIA} if limits.files else {MessageKind.TEXT}
    rule = AttachmentRule(media_type="", max_bytes=limits.file_bytes)
    return Capabilities(
        kinds=frozenset(kinds),
        reaches=frozenset({settings.inbound.scheme}),
        max_text=limits.text,
        text_unit=limits.unit,
        attachments=(rule,) if limits.files else (),
        max_attachments=limits.files,
        reports=frozenset(states),
        in_doubt=doubt,
        doubt_wait_ms=REPORT_WAIT_MS if doubt is Doubt.WAIT else 0,
    )
