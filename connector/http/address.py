"""Which addresses may be called, whatever a configuration or a DNS server says."""

from __future__ import annotations

import re
import socket
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from connector.domain.addresses import is_odd_number, may_be_called
from connector.errors import ConfigurationError, RefusedError

AddressInfo = tuple[int, int, int, str, Any]

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
#: RFC 3986, section 3.3: `pchar` and `/`.
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)+")
#: Links that are signed with a temporary key of AWS have about 2,000 characters.
_LONGEST_LINK = 8_192


class RefusedAddressError(OSError):
    """A host name stands for an address that may not be called. Nothing was connected."""


def checked_base_url(subject: str, url: str, *, allow_http: bool) -> str:
    """The base URL without a slash at its end.

    Raises ConfigurationError for anything but `https://host[:port][/path]` (`http` too, where it is
    allowed) and for an address literal that may not be called.
    """
    faults = list(_faults(url, allow_http=allow_http))
    if faults:
        raise ConfigurationError(subject, faults)
    return url.rstrip("/")


def checked_link(url: str, *, allow_http: bool) -> str:
    """A link that a peer gave, query and all.

    Raises RefusedError, whose text holds nothing of it, for one that could not be a base URL but
    for its query, or that is too long.
    """
    faults = list(_faults(url, allow_http=allow_http, query=True))
    if len(url) > _LONGEST_LINK:
        faults.append("is too long")
    if faults:
        raise RefusedError(f"the link {faults[0]}", code="link")
    return url


def joined(base_url: str, path: str) -> str:
    """`path` below the base URL, and nowhere else.

    Raises RefusedError for a path that is not plain: a query, another host, `..`, a blank.
    """
    segments = [unquote(segment) for segment in path.split("/")]
    plain = _PATH.fullmatch(path) and not path.startswith("//") and "://" not in path
    if not plain or not {".", ".."}.isdisjoint(segments):
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


def _faults(url: str, *, allow_http: bool, query: bool = False) -> list[str]:
    try:
        parts = urlsplit(url)
        port_is_usable = parts.port is None or parts.port > 0
    except ValueError:
        return ["is not a URL"]
    faults = []
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        faults.append("has characters that a URL cannot have")
    if parts.scheme != "https" and not (parts.scheme == "http" and allow_http):
        faults.append("does not begin with https://")
    if "@" in parts.netloc:
        faults.append("has a user name in it")
    if not query and (parts.query or parts.fragment or url.endswith(("?", "#"))):
        faults.append("has a query")
    if not _HOST.fullmatch(parts.hostname or "") or not port_is_usable:
        faults.append("names no host")
    if not {".", ".."}.isdisjoint(unquote(parts.path).split("/")):
        faults.append("has `..` in its path")
    return faults or _literal_faults(parts, private=allow_http)


def _literal_faults(parts: SplitResult, *, private: bool) -> list[str]:
    host = parts.hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return ["has a number for a host"] if is_odd_number(host) else []
    return [] if may_be_called(address, private=private) else ["is an address that is not called"]
