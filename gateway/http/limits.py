"""How long a client may take and how many may come, with names and units."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated

import msgspec

Network = IPv4Network | IPv6Network

KIB = 1024
MIB = 1024 * KIB

# A position, a seq, a version, as anybody may name one: JSON's readers count so far, and a database
# further still.
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]

JSON_BODY_BYTES = MIB  # a large rulebook
VISITOR_UPLOAD_BYTES = 10 * MIB

SOCKET_QUEUE = 256  # events a follower may be behind while its socket takes nothing
SOCKET_FRAME_BYTES = 64 * KIB
SOCKET_HELLO_S = 10.0
SOCKET_HEARTBEAT_S = 25.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Deadlines and caps of the HTTP server. They hold without any proxy in front.

    A body may take longer than `body_s` as long as `body_rate` bytes come each second after it.
    """

    idle_s: float = 10.0  # from the connection to its first byte
    header_s: float = 10.0  # from the first byte of a request to the end of its headers
    body_s: float = 30.0
    body_rate: int = 1_000  # bytes a second
    keep_alive_s: float = 75.0  # between two requests
    stall_s: float = 30.0  # a client that takes none of our bytes
    connections: int = 8_192
    per_address: int = 2_048
    sweep_s: float = 0.5
    notice_s: float = 1.0  # from "not ready" to the end of listening, where a balancer asks
    linger_s: float = 2.0  # how long the rest of a refused body is read and dropped
    socket_stall_s: float = 2.0  # how long a socket may take nothing while its queue is full
    hello_s: float = SOCKET_HELLO_S
    heartbeat_s: float = SOCKET_HEARTBEAT_S
    socket_queue: int = SOCKET_QUEUE
    answer_s: float = 4.0  # a provider is answered by then, whatever happens
    lost_after_s: float = 3.0  # without any socket; a page that reloads is back by then


def crowd_of(address: str) -> str:
    """Whom a limit counts together: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, 64), strict=False))


def networks_in(written: Iterable[str]) -> tuple[Network, ...]:
    """Networks as people write them: `192.0.2.7`, `10.0.0.0/8`. Raises ValueError for others."""
    return tuple(map(_network, written))


def _network(written: str) -> Network:
    try:
        return ip_network(written)
    except ValueError:
        raise ValueError(f"{written!r} is no network, or has bits beyond its length") from None


def inside(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address lies in one of the networks; no address lies anywhere."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)
