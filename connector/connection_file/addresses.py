"""What the address of a peer must look like before a token is ever sent to it."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from connector.addresses import is_odd_number, may_be_called
from connector.connection_file.references import Given, UnusableError

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_PATH = re.compile(r"(/[A-Za-z0-9._~:@!$&'()*+,;=-]*)*")


def address(given: Given, *, allow_http: bool) -> str:
    """An https URL (or http, where allowed) of a host and a plain path. Raises UnusableError.

    No fault repeats the URL: one with a password in it is refused here.
    """
    parts = _split(given.value)
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http"):
        raise UnusableError("is no https URL; write it like https://api.brex.com")
    if "@" in parts.netloc:
        raise UnusableError("has a user name or password in the URL; take them out")
    if parts.query or parts.fragment or given.value.endswith(("?", "#")):
        raise UnusableError("has a query or a fragment; end the URL with its path")
    _check_host(parts.hostname or "", private=allow_http)
    segments = parts.path.split("/")
    if not _PATH.fullmatch(parts.path) or ".." in segments or "." in segments:
        raise UnusableError("has a path with .., blanks or escapes; write the plain path")
    if "" in segments[1:-1]:
        raise UnusableError("has an empty part in its path; write one / between the parts")
    return given.value


def _split(url: str) -> SplitResult:
    if not url.isascii():
        raise UnusableError("has characters beyond ASCII; write the host in its xn-- form")
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise UnusableError("has blanks, control characters or backslashes; remove them")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnusableError("is no URL; write it like https://api.brex.com") from error
    if port == 0 or parts.netloc.endswith(":"):
        raise UnusableError("has no usable port after the colon; write one, or take it out")
    return parts


def _check_host(host: str, *, private: bool) -> None:
    if host.endswith("."):
        raise UnusableError("has a host that ends with a dot; remove the dot")
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host) or ".." in host:
            raise UnusableError("has no usable host; write it like https://api.brex.com") from None
        if is_odd_number(host):
            raise UnusableError("has a number for a host; write the host's name") from None
    else:
        if not may_be_called(number, private=private):
            raise UnusableError("has an address that is no peer's; write the host's name")
