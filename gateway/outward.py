"""What every call outward shares: whom it may reach, how long it is asked to wait, and the words
for what failed."""

import ipaddress
import os
import socket
import ssl
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from gateway.domain.clock import SECOND_MS
from gateway.domain.netaddr import is_public

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class OutOfReach(aiohttp.ClientConnectionError):
    """The address may not be called."""


class Reach:
    """Whom a call may reach when somebody else chose its URL (SSRF): the networks that the operator
    named and, if `public`, the internet.

    A name is resolved once and connected to as resolved; one forbidden address forbids the name.
    """

    def __init__(self, networks: Sequence[Network] = (), *, public: bool = True) -> None:
        self._networks = tuple(networks)
        self._public = public

    def holds(self, address: str) -> bool:
        """Whether this IP address (as text) may be called."""
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        named = any(parsed in each for each in self._networks if each.version == parsed.version)
        return named or (self._public and is_public(address))

    def check(self, url: URL) -> None:
        """An address that stands in the URL itself: aiohttp asks no resolver about it.

        Raises OutOfReach.
        """
        host = url.host or ""
        literal = host.replace(".", "").isdigit() or ":" in host
        if literal and not self.holds(host):
            raise OutOfReach(f"{host} may not be called")

    def connector(self, limit: int = 100) -> aiohttp.TCPConnector:
        """Connects to what may be called, and raises OutOfReach for the rest. Needs a loop."""
        return aiohttp.TCPConnector(resolver=_Resolver(self), limit=limit)

    def session(self, timeout: aiohttp.ClientTimeout, limit: int = 100) -> aiohttp.ClientSession:
        """For calls to what may be called: keeps no cookie, asks no proxy of the machine."""
        return aiohttp.ClientSession(
            connector=self.connector(limit),
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )


class _Resolver(AbstractResolver):
    """Resolves like any other, and refuses a name when any of its addresses may not be called."""

    def __init__(self, reach: Reach) -> None:
        self._inner = aiohttp.ThreadedResolver()
        self._reach = reach

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not found or not all(self._reach.holds(each["host"]) for each in found):
            raise OutOfReach(f"{host} has an address that may not be called")
        return found

    async def close(self) -> None:
        await self._inner.close()


def retry_after_ms(value: str, now: int, *, most: int) -> int | None:
    """What Retry-After asks for: seconds, or a date after `now`; None when it says nothing.

    RFC 9110, section 10.2.3.
    """
    value = value.strip()
    if value.isdecimal() and value.isascii():
        return min(int(value[:9]) * SECOND_MS, most)
    until = http_date_ms(value)
    return None if until is None else min(max(until - now, 0), most)


def http_date_ms(value: str) -> int | None:
    """An HTTP date as an instant; None when it is none."""
    try:
        return round(parsedate_to_datetime(value).timestamp() * SECOND_MS)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# --- what failed ----------------------------------------------------------------------------------

BROKE = "the connection broke"


class TooLong(ValueError):
    """More was answered than is taken."""


_FAILURES: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ServerDisconnectedError, "the server hung up without an answer"),
    (TooLong, "the answer is too long"),
    (aiohttp.ClientPayloadError, "the answer broke off"),
    (aiohttp.InvalidURL, "the address is no URL"),
    (aiohttp.ClientResponseError, "the answer is no HTTP"),
    (aiohttp.ClientConnectorCertificateError, "the server's certificate is not trusted"),
    (TimeoutError, "timed out"),
)


def in_words(error: BaseException) -> str:
    """What failed, as a person would say it. Without the URL: people put secrets into paths."""
    if isinstance(error, OutOfReach):
        return str(error)
    for kind, words in _FAILURES:
        if isinstance(error, kind):
            return words
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"{error.host}:{error.port}: {_of_the_system(error.os_error)}"
    return _of_the_system(error) if isinstance(error, OSError) else BROKE


def _of_the_system(error: OSError) -> str:
    """asyncio's own words hold addresses as Python writes them; the system's do not."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", None) or "no reason is given"  # not all have one
        return f"TLS failed: {reason.lower().replace('_', ' ')}"
    if isinstance(error, socket.gaierror) or error.errno is None:
        said = error.strerror or str(error) or BROKE
        return "none of its addresses answers" if said.startswith("Multiple exceptions") else said
    return os.strerror(error.errno)
