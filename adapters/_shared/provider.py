"""What adapters that call one provider over HTTP share: when its client opens, and its silence."""

from typing import ClassVar

from adapters._shared.http import Lost, NotSent, ProviderClient
from gateway.contract import CONTRACT_VERSION, Health

CHECK_TIMEOUT_S = 4.0


class ProviderAdapter:
    """Base of an adapter with one client, which it makes when it is built."""

    contract_version: ClassVar[int] = CONTRACT_VERSION
    isolated: ClassVar[bool] = False
    _client: ProviderClient

    async def start(self) -> None:
        """Open the HTTP client."""
        await self._client.open()

    async def stop(self) -> None:
        """Close it."""
        await self._client.close()


def empty(secret: str) -> Health:
    """How an account is whose secret of this name is not set."""
    return Health(ok=False, detail=f"{secret} is empty", what_to_do=f"set {secret}")


def odd(status: int, what_to_do: str, said: str = "") -> Health:
    """How an account is whose provider refuses us, or says what it never would."""
    if status == 200 and not said:
        strange = "HTTP 200 with an answer that is not the provider's"
        return Health(ok=False, detail=strange, what_to_do="check api_url")
    detail = f"HTTP {status}" + (f": {said}" if said else "")
    return Health(ok=False, detail=detail, what_to_do=what_to_do)


def silent(provider: str, reply: NotSent | Lost) -> Health:
    """How an account is whose provider gives no answer."""
    return Health(
        ok=False,
        detail=f"{provider} does not answer: {reply.detail}",
        what_to_do="check the network and api_url",
    )
