"""Which URLs and paths may be called, as they are written."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from connector.addresses import is_odd_number, may_be_called

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
#: RFC 3986, section 3.3: `pchar` and `/`.
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)+")


def is_plain_path(path: str) -> bool:
    """Whether it leads to below where it is put, and nowhere else."""
    segments = [unquote(segment) for segment in path.split("/")]
    plain = _PATH.fullmatch(path) and not path.startswith("//") and "://" not in path
    return bool(plain) and {".", ".."}.isdisjoint(segments)


def url_faults(url: str, *, allow_http: bool, query: bool = False) -> list[str]:
    """Why it is not `https://host[:port][/path]` of an address that may be called, if it is not.

    `http` and this host's own networks too, where they are allowed; with `query`, one may follow.
    """
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
