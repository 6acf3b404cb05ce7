"""What the adapters of Twilio do alike: an account, its credentials, its health, its files."""

import base64
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, ClassVar, Generic, Self, TypeVar

from pydantic import Field, SecretStr

from adapters._shared.fetch import FetchRefused, fetch
from adapters._shared.http import Answer, ProviderClient
from adapters._shared.provider import CHECK_TIMEOUT_S, ProviderAdapter, empty, odd, silent
from adapters._shared.twilio import ACCOUNT_SID, answered
from gateway.contract import AccountId, ApiUrl, Health, ProviderSettings

API_URL = "https://api.twilio.com"


class TwilioSettings(ProviderSettings):
    """What every account of Twilio needs."""

    account_sid: Annotated[
        str,
        Field(
            min_length=1, pattern=r"^[A-Za-z0-9]+$", examples=["AC0123456789abcdef0123456789abcdef"]
        ),
    ]
    auth_token: SecretStr
    api_url: ApiUrl = API_URL

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """Twilio's own accounts are named in one way; whoever else speaks so may name them freely.

        https://www.twilio.com/docs/glossary/what-is-a-sid
        """
        if self.api_url == API_URL and not ACCOUNT_SID.fullmatch(self.account_sid):
            what = f"{self.account_sid!r} is no account SID of Twilio's"
            yield "account_sid", what, "copy it from Twilio's console: AC and 32 hex digits"


S = TypeVar("S", bound=TwilioSettings)


class TwilioAdapter(ProviderAdapter, Generic[S]):
    """One account of Twilio."""

    max_file_bytes: ClassVar[int] = 64 * 1024 * 1024  # of a customer's file

    def __init__(self, account: AccountId, settings: S) -> None:
        self._account = account
        self._settings = settings
        self._token = settings.auth_token.get_secret_value()
        login = base64.b64encode(f"{settings.account_sid}:{self._token}".encode()).decode()
        self._credentials = {"Authorization": f"Basic {login}"}
        self._client = ProviderClient(settings.api_url, headers=self._credentials)
        self._api = f"/2010-04-01/Accounts/{settings.account_sid}"

    @classmethod
    def build(cls, account: AccountId, settings: S) -> Self:
        """Make the adapter of one account. No I/O."""
        return cls(account, settings)

    async def check(self) -> Health:
        """Ask Twilio for the account."""
        if not self._token:
            return empty("auth_token")
        await self._client.open()
        reply = await self._client.request("GET", f"{self._api}.json", timeout_s=CHECK_TIMEOUT_S)
        if not isinstance(reply, Answer):
            return silent("Twilio", reply)
        state = str(answered(reply).get("status") or "") if reply.status == 200 else ""
        if state == "active":
            return Health(ok=True)
        if not state:
            return odd(reply.status, "check account_sid and auth_token")
        advice = "see the account's page in Twilio's console"
        return Health(ok=False, detail=f"the account is {state}", what_to_do=advice)

    def fetch(self, url: str | None, provider_media_id: str | None) -> AsyncIterator[bytes]:
        """A customer's file. Raises FetchRefused for addresses that lead elsewhere."""
        if not url:
            raise FetchRefused("the message names no address for its file")
        home, headers = self._settings.api_url, self._credentials
        return fetch(url, home=home, headers=headers, max_bytes=self.max_file_bytes)
