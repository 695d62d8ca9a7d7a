"""What a peer answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.http import strict_json

_DEEPEST = 100


@dataclass(frozen=True)
class Reply:
    """A whole answer. `headers` ignores case, `body` is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, fractions as Decimal. Raises ValueError where it is anything else."""
        return strict_json.loads(self.body, deepest=_DEEPEST)
