"""What a peer answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from connector.http import strict_json
from connector.secret import Secret

_DEEPEST = 100
#: What is shorter stands in an answer by chance.
_SHORTEST_SECRET = 8


@dataclass(frozen=True)
class Reply:
    """A whole answer. `headers` ignores case, `body` is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def without(self, secret: Secret) -> Reply:
        """The answer with `***` where it repeats a secret that it was asked with."""
        value = secret.reveal()
        if len(value) < _SHORTEST_SECRET:
            return self
        body = self.body
        for form in {value, value.replace("/", "\\/"), quote(value, safe="")}:
            body = body.replace(form.encode(), b"***")
        return self if body == self.body else replace(self, body=body)

    def json(self) -> Any:
        """The body as JSON, fractions as Decimal. Raises ValueError where it is anything else."""
        return strict_json.loads(self.body, deepest=_DEEPEST)
