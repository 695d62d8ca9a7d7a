"""What must not be read in a log, taken out of any value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: A value longer than this is cut.
LONGEST_VALUE = 2_000
#: A traceback keeps its beginning and its end, together this many characters.
LONGEST_TRACE = 8_000
_MOST_ITEMS = 100
_DEEPEST = 6
_HIDDEN = "***"

#: Fields whose value is a secret. `cs`, `saak` and `sask` are those of an Infor `.ionapi` file.
_SECRET_FIELDS = frozenset(
    {
        *("authorization", "proxy_authorization", "cookie", "set_cookie", "credentials"),
        *("token", "secret", "secrets", "password", "passwd", "pwd", "cs", "saak", "sask"),
        *("api_key", "apikey", "private_key", "secret_key", "secret_keys", "webhook_secrets"),
        *("database_url", "redis_url", "svix_signature", "webhook_signature"),
    }
)
_SECRET_ENDING = re.compile(r"_(token|secret|password)$")

_NAMES = (
    r"(?:authorization|access_token|refresh_token|id_token|client_secret|api_key|apikey|password|passwd"
    r"|token|secret|saak|sask|cs|assertion|x-amz-signature|x-amz-credential)"
)
_PATTERNS = (
    # Authorization: Bearer …
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE), r"\1 ***"),
    # scheme://user:password@host
    (
        re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{0,20}://)[^/\s?#@'\"]*(?:@[^/\s?#@'\"]*)*@"),
        r"\1***@",
    ),
    # access_token=…, "client_secret": "…", password='…'
    (
        re.compile(
            rf"(?<![A-Za-z0-9])({_NAMES}[\"']?\s*[=:]\s*)(\"[^\"]*\"?|'[^']*'?|[^\s&,;}})\]\"']+)",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    # a webhook secret of Svix
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]+"), "whsec_***"),
)
#: What none of the patterns can be in, nor a control character: most of what is logged. They need a
#: blank, a colon after letters, an equals sign or `whsec_`.
_PLAIN = re.compile(r"(?!.*whsec_)[A-Za-z0-9_./+-]*|[0-9T:.Z+-]*")
#: C0 and C1 controls, line and paragraph separators, and marks that turn the reading direction.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def redacted(value: Any, *, lines: bool = False) -> Any:
    """Give `value` without secrets and control characters, and no part of it too long.

    `lines` is for a traceback: it keeps its line breaks, indented so that none passes for an event.
    """
    if lines:
        text = _cut(_shown(str(value)), LONGEST_TRACE)
        return "\n    ".join(_escape(line) for line in text.split("\n"))
    return _walk(value, _DEEPEST)


def _walk(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _inside(value, depth - 1) if depth else "…"
    return _text(value if isinstance(value, str) else _printed(value))


def _inside(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {
            _text(str(key)): _HIDDEN if _is_secret(str(key)) and item else _walk(item, depth)
            for key, item in list(value.items())[:_MOST_ITEMS]
        }
    return [_walk(item, depth) for item in list(value)[:_MOST_ITEMS]]


def _is_secret(key: str) -> bool:
    name = key.lower().replace("-", "_")
    return name in _SECRET_FIELDS or _SECRET_ENDING.search(name) is not None


def _printed(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001  a log line never fails the work it tells of
        return f"<{type(value).__name__}>"


def _text(text: str) -> str:
    if len(text) <= LONGEST_VALUE and _PLAIN.fullmatch(text):
        return text
    return _escape(_cut(_shown(text), LONGEST_VALUE))


def _shown(text: str) -> str:
    text = text[: 10 * LONGEST_VALUE]
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    tail = longest // 2 if longest > LONGEST_VALUE else 0
    cut = f"…[{len(text) - longest} more]"
    return text[: longest - tail] + cut + (text[-tail:] if tail else "")


def _escape(text: str) -> str:
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
