"""What every HTTP call outward shares: whom it may reach, and how long it is asked to wait."""

import errno
import ipaddress
import socket
import ssl
from types import SimpleNamespace

import aiohttp
import pytest

from gateway.domain.clock import DAY_MS, HOUR_MS, SECOND_MS
from gateway.outward import OutOfReach, Reach, in_words, retry_after_ms

NETWORK = (ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00:1::/32"))
# label, address, over TLS, whether it may be called
CALLS = [
    ("public", "93.184.215.14", True, True),
    ("public without TLS", "93.184.215.14", False, False),
    ("loopback", "127.0.0.1", True, False),
    ("the cloud's own", "169.254.169.254", True, False),
    ("private", "10.2.0.1", True, False),
    ("private, named", "10.1.2.3", True, True),
    ("private, named, without TLS", "10.1.2.3", False, True),
    ("IPv6, named", "fd00:1::7", False, True),
    ("IPv6 in disguise", "::ffff:127.0.0.1", True, False),
    ("no address", "localhost", True, False),
]


@pytest.mark.parametrize(
    ("address", "tls", "may"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS]
)
def test_whom_we_may_call(address, tls, may) -> None:
    """Public addresses over TLS, and the networks that the operator named."""
    assert Reach(NETWORK, public=tls).holds(address) is may


URL_ERROR = aiohttp.InvalidURL("https://x.example/s3cret")
REFUSED = OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 1)")
NO_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
KEY = SimpleNamespace(host="x.example", port=443, ssl=True, is_ssl=True)
# what was raised, what people read
FAILED: list[tuple[BaseException, str]] = [
    (OutOfReach("10.0.0.1 may not be called"), "10.0.0.1 may not be called"),
    (TimeoutError(), "timed out"),
    (aiohttp.ServerTimeoutError(), "timed out"),
    (aiohttp.ServerDisconnectedError(), "the server hung up without an answer"),
    (aiohttp.ClientPayloadError("400, message='x'"), "the answer broke off"),
    (aiohttp.ClientConnectorError(KEY, REFUSED), "x.example:443: Connection refused"),  # type: ignore[arg-type]
    (aiohttp.ClientConnectorError(KEY, NO_NAME), "x.example:443: Name or service not known"),  # type: ignore[arg-type]
    (aiohttp.ClientConnectorCertificateError(KEY, ssl.CertificateError("x")), "the server's certificate is not trusted"),  # type: ignore[arg-type]
    (aiohttp.ClientOSError(errno.ECONNRESET, "x"), "Connection reset by peer"),
    (OSError("Multiple exceptions: [Errno 111] ('::1', 1)"), "none of its addresses answers"),
    (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] (_ssl.c:1)"), "TLS failed: no reason is given"),
    (ConnectionError("cannot ask Twilio: timed out"), "cannot ask Twilio: timed out"),
    (ConnectionResetError(), "the connection broke"),
    (URL_ERROR, "the address is no URL"),
    (KeyError("x"), "the connection broke"),
]  # fmt: skip


@pytest.mark.parametrize(("raised", "words"), FAILED, ids=[repr(f[0])[:40] for f in FAILED])
def test_what_failed_in_words(raised: BaseException, words: str) -> None:
    """Neither the name of an exception, nor the address with what it may hide."""
    assert in_words(raised) == words


RETRY_AFTERS = [
    ("none", "", None),
    ("seconds", "120", 120 * SECOND_MS),
    ("a date", "Tue, 14 Nov 2023 23:13:20 GMT", HOUR_MS),
    ("a date gone by", "Tue, 14 Nov 2023 21:13:20 GMT", 0),
    ("for ever", "99999999999999", DAY_MS),
    ("nonsense", "soon", None),
    ("below zero", "-5", None),
    ("digits that are no ASCII", "１２", None),
]


@pytest.mark.parametrize(
    ("value", "wait"), [r[1:] for r in RETRY_AFTERS], ids=[r[0] for r in RETRY_AFTERS]
)
def test_retry_after(value, wait) -> None:
    """Seconds or a date; what cannot be read asks for nothing."""
    assert retry_after_ms(value, 1_700_000_000_000, most=DAY_MS) == wait
