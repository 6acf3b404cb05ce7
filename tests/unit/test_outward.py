"""What every HTTP call outward shares: whom it may reach, and how long it is asked to wait."""

import ipaddress

import pytest

from gateway.domain.clock import DAY_MS, HOUR_MS, SECOND_MS
from gateway.outward import Reach, retry_after_ms

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
