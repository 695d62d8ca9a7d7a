"""What a peer answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from connector.http import strict_json
from connector.secret import Secret

_DEEPEST = 100
#: What is shorter stands in an answer by chance.
_SHORTEST_SECRET = 8
#: What an id of a call is made of; anything else that a peer says there is not kept.
_TRACE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(frozen=True)
class Reply:
    """A whole answer. `headers` ignores case, `body` is decompressed.

    `trace_id` is the peer's own id of the call, by which its support finds it; "" for none.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    trace_id: str = ""

    def named_by(self, header: str) -> Reply:
        """The answer with the id that a header gives, where that can be one."""
        value = self.headers.get(header, "")
        return replace(self, trace_id=value) if _TRACE_ID.fullmatch(value) else self

    def traced(self, text: str) -> str:
        """A text about the answer, with the id of the call."""
        return f"{text} (trace id {self.trace_id})" if self.trace_id else text

    def without(self, secret: Secret) -> Reply:
        """The answer with `***` where it repeats a secret that it was asked with; no such id."""
        value = secret.reveal()
        if len(value) < _SHORTEST_SECRET:
            return self
        body, trace_id = self.body, self.trace_id
        for form in {value, value.replace("/", "\\/"), quote(value, safe="")}:
            body = body.replace(form.encode(), b"***")
            trace_id = "" if form in trace_id else trace_id
        return replace(self, body=body, trace_id=trace_id)

    def json(self) -> Any:
        """The body as JSON, fractions as Decimal. Raises ValueError where it is anything else."""
        return strict_json.loads(self.body, deepest=_DEEPEST)
