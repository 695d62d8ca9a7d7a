"""Which IP addresses a peer may have: public ones, and never those that a host keeps for itself."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_network

Address = IPv4Address | IPv6Address

#: Networks that are never called: this host's unspecified address, and what clouds answer their own
#: hosts on (AWS, GCP, Azure and others on link-local addresses; AWS and GCP on IPv6; Alibaba;
#: Oracle; Azure's WireServer); and translation that a network makes up for itself (RFC 8215).
_NEVER = [
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "::/128", "169.254.0.0/16", "fe80::/10"),
        *("fd00:ec2::254/128", "fd20:ce::254/128", "100.100.100.200/32"),
        *("192.0.0.192/32", "168.63.129.16/32", "64:ff9b:1::/48"),
    )
]
#: All of IPv6 that is given out: https://www.iana.org/assignments/ipv6-unicast-address-assignments
_PUBLIC_IPV6 = ip_network("2000::/3")
#: Relays to 6to4, which lead anywhere (RFC 7526).
_RELAYS = ip_network("192.88.99.0/24")
_NAT64 = ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ip_network("::/96")
_LOOPBACK = IPv6Address("::1")
#: https://url.spec.whatwg.org/#ends-in-a-number-checker
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")


def may_be_called(address: Address, *, private: bool) -> bool:
    """Whether an address is neither forbidden for all nor, unless `private`, an internal one."""
    address = _embedded(address)
    if address.is_multicast or any(address in network for network in _NEVER):
        return False
    return private or _is_public(address)


def is_odd_number(host: str) -> bool:
    """Whether a host that is no plain address is one to a resolver: `127.1`, `0x7f000001`."""
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        return address.is_global and address in _PUBLIC_IPV6
    return address.is_global and address not in _RELAYS


def _embedded(address: Address) -> Address:
    """The IPv4 address inside an IPv6 address that merely carries one."""
    if isinstance(address, IPv4Address) or address == _LOOPBACK:
        return address
    if address in _NAT64 or address in _IPV4_COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
