"""What the adapters of WeChat and WeCom do alike: calls with an access token that a secret buys."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from pydantic import SecretStr

from adapters._shared import wechat_media
from adapters._shared.http import ProviderClient, Reply
from adapters._shared.provider import ProviderAdapter, empty
from adapters._shared.wechat import AccessToken, Codes, NoToken, with_token
from gateway.contract import Deferred, Health, OutboundAttachment, RawReply, Rejected
from gateway.domain.clock import HOUR_MS, Clock

# An empty answer would do; this one stops WeChat's three tries as well.
SUCCESS = RawReply(body=b"success")

SEND_TIMEOUT_S = 10.0  # with two tokens and two tries below SENDING_MS
SENDING_MS = 110_000  # a film with its still, and the message
WINDOW_MS = 48 * HOUR_MS
MIB = 1024 * 1024


class TokenAdapter(ProviderAdapter, ABC):
    """One account whose every call carries an access token."""

    secret_name: ClassVar[str]  # the setting that buys the token
    when_refused: ClassVar[str]  # what to check when it buys none
    codes: ClassVar[Codes]

    def __init__(self, api_url: str, secret: SecretStr, clock: Clock) -> None:
        self._home = api_url
        self._has_secret = bool(secret.get_secret_value())
        self._client = ProviderClient(api_url, total_timeout_s=SEND_TIMEOUT_S)
        self.tokens = AccessToken(self.ask_token, self.codes, clock)

    @abstractmethod
    async def ask_token(self) -> Reply:
        """Ask for the token in force, which changes nothing."""

    async def stop(self) -> None:
        """Close the HTTP client."""
        await self.tokens.close()
        await super().stop()

    async def check(self) -> Health:
        """Ask for the access token in force."""
        if not self._has_secret:
            return empty(self.secret_name)
        await self._client.open()
        match await self.tokens.renew():
            case Deferred(detail=detail):
                advice = "check the network and api_url"
            case Rejected(detail=detail):
                advice = self.when_refused
            case _:
                return Health(ok=True)
        return Health(ok=False, detail=detail, what_to_do=advice)

    def fetch(self, url: str | None, provider_media_id: str | None) -> AsyncIterator[bytes]:
        """A customer's file, by the id that its provider knows for three days."""
        return wechat_media.fetch_media(self.tokens, self._home, provider_media_id)

    async def _get(self, path: str) -> Reply | NoToken:
        return await self._called("GET", path)

    async def _post(self, path: str, body: dict[str, Any]) -> Reply | NoToken:
        return await self._called("POST", path, body)

    async def _called(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> Reply | NoToken:
        async def call(token: str) -> Reply:
            query = [("access_token", token)]
            return await self._client.request(method, path, query=query, json=body)

        return await with_token(self.tokens, call)

    async def _upload(self, file: OutboundAttachment, kind: str) -> str | NoToken:
        return await wechat_media.upload(self._client, self.tokens, file, kind, self.codes)
