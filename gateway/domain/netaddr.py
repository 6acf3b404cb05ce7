"""Which addresses of the internet we may call when somebody else chose the URL."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# IPv6 that leads anywhere: global unicast, and the two disguises of IPv4 that routers know.
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ROUTED = (ipaddress.IPv6Network("2000::/3"), _MAPPED, _NAT64)

# What `is_global` lets through although nobody's server answers there: old relays, Teredo.
_NEVER = (ipaddress.ip_network("192.88.99.0/24"), ipaddress.ip_network("2001::/32"))

_LAST_32_BITS = 0xFFFF_FFFF


def is_public(address: str) -> bool:
    """Whether this IP address (as text) is on the public internet, through every disguise.

    IPv4 inside IPv6 (mapped, 6to4, NAT64, Teredo) is judged by the IPv4 address. Text that is no
    address is not public.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _public(parsed) and all(_public(inner) for inner in _hidden(parsed))


def _public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and not any(address in net for net in _ROUTED):
        return False
    never = any(address in net for net in _NEVER if net.version == address.version)
    return address.is_global and not address.is_multicast and not never


def _hidden(address: Address) -> tuple[Address, ...]:
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    inner = [address.ipv4_mapped, address.sixtofour]
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & _LAST_32_BITS))
    return tuple(found for found in inner if found is not None)
