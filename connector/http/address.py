"""Which addresses may be called, whatever a configuration or a DNS server says."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

from connector.addresses import may_be_called
from connector.errors import ConfigurationError, RefusedError
from connector.urls import is_plain_path, url_faults

AddressInfo = tuple[int, int, int, str, Any]

#: Links that are signed with a temporary key of AWS have about 2,000 characters.
_LONGEST_LINK = 8_192


class RefusedAddressError(OSError):
    """A host name stands for an address that may not be called. Nothing was connected."""


def checked_base_url(subject: str, url: str, *, allow_http: bool) -> str:
    """The base URL without a slash at its end.

    Raises ConfigurationError for anything but `https://host[:port][/path]` (`http` too, where it is
    allowed) and for an address literal that may not be called.
    """
    faults = list(url_faults(url, allow_http=allow_http))
    if faults:
        raise ConfigurationError(subject, faults)
    return url.rstrip("/")


def checked_link(url: str, *, allow_http: bool) -> str:
    """A link that a peer gave, query and all.

    Raises RefusedError, whose text holds nothing of it, for one that could not be a base URL but
    for its query, or that is too long.
    """
    faults = list(url_faults(url, allow_http=allow_http, query=True))
    if len(url) > _LONGEST_LINK:
        faults.append("is too long")
    if faults:
        raise RefusedError(f"the link {faults[0]}", code="link")
    return url


def joined(base_url: str, path: str) -> str:
    """`path` below the base URL, and nowhere else.

    Raises RefusedError for a path that is not plain: a query, another host, `..`, a blank.
    """
    if not is_plain_path(path):
        raise RefusedError("a path that leads elsewhere is not called", code="path")
    return base_url + path


def checked_addresses(host: str, port: int, *, private: bool) -> list[AddressInfo]:
    """What a host name stands for, ready to connect to; `private` allows loopback and the like.

    Raises RefusedAddressError if even one of the addresses may not be called.
    """
    found: list[AddressInfo] = list(
        socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
    )
    for *_, address in found:
        if not may_be_called(ip_address(address[0].partition("%")[0]), private=private):
            raise RefusedAddressError("the host name stands for an address that is not called")
    return found
