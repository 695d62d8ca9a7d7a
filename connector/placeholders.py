"""What people write where a secret should stand."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"change[-_ ]?(me|it|this)|x{3,}|\*{3,}|\.{3,}|…+|todo|tbd|placeholder|replace[-_ ]?me"
    r"|your[-_ ].*|<.*>|\$\{.*\}",
    re.IGNORECASE,
)


def is_placeholder(value: str) -> bool:
    """Whether the whole value only stands for one that somebody was to put there."""
    return _PLACEHOLDER.fullmatch(value) is not None
