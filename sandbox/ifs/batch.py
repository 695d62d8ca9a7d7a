"""A single request, or a `$batch`: parts in their order, each change set whole or not at all.

Source: https://docs.ifs.com/techdocs/22r2/040_tailoring/300_extensibility/100_odata_provider/700_batch_requests/
Without `odata.continue-on-error` a failed part is the last that is answered, as OData says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sandbox.exchange import Answer, Call, Twists
from sandbox.ifs import errors, multipart
from sandbox.ifs.errors import OdpError
from sandbox.ifs.multipart import Item, Part
from sandbox.ifs.operations import Operations, overtake
from sandbox.ifs.requests import Reply, Request, refusal

_CONTINUE = "odata.continue-on-error"

#: The answers of a change set, with the Content-Id of each part.
Changes = list[tuple[str, Reply]]


class Runner:
    """Carries out the requests of one call; faults count them one by one."""

    def __init__(self, operations: Operations, twists: Twists) -> None:
        self._operations = operations
        self._shape = operations.settings.error_shape
        self._twists = twists
        self._next = 0

    def single(self, request: Request) -> Reply:
        """The answer to a request by itself."""
        answer = self._item(Part(request))
        assert isinstance(answer, Reply), "a part by itself has one answer"
        return answer

    def batch(self, call: Call) -> Answer:
        """The answer to a `$batch`; raises OdpError where it cannot be read."""
        boundary = multipart.boundary_of(call.headers.get("content-type", ""))
        items = multipart.read(call.body, boundary)
        goes_on = _CONTINUE in call.headers.get("prefer", "")
        body, content_type = multipart.write(self._answers(items, goes_on))
        return Answer(200, body, content_type, note=f"{len(items)} parts")

    def _answers(self, items: list[Item], goes_on: bool) -> Iterator[Reply | Changes]:
        keep = self._twists.keep
        for index, item in enumerate(items):
            cut = keep is not None and index >= keep
            if cut and not self._twists.rest_applied:
                return
            answer = self._item(item)
            if not cut:
                yield answer
            if isinstance(answer, Reply) and answer.status >= 400 and not goes_on:
                return

    def _item(self, item: Item) -> Reply | Changes:
        parts = (item,) if isinstance(item, Part) else item
        first = self._next
        self._next += len(parts)
        answer = self._tried(parts, first)
        if first in self._twists.doubled:
            answer = self._tried(parts, first)
        if isinstance(item, Part) and not isinstance(answer, Reply):
            return answer[0][1]
        return answer

    def _tried(self, parts: tuple[Part, ...], first: int) -> Reply | Changes:
        """The answers of parts that belong together, or the one error that undid them."""
        numbers = range(first, first + len(parts))
        error = self._refusal(numbers)
        if error is not None and not self._twists.applied:
            return refusal(error, self._shape)
        for number, part in zip(numbers, parts, strict=True):
            if number in self._twists.overtaken:
                overtake(self._operations.ifs, part.request)
        try:
            with self._operations.ifs.database.transaction():
                answers = list(self._carried_out(parts))
        except OdpError as raised:
            return refusal(raised, self._shape)
        return refusal(error, self._shape) if error else answers

    def _carried_out(self, parts: tuple[Part, ...]) -> Iterator[tuple[str, Reply]]:
        made: dict[str, Reply] = {}
        for part in parts:
            request = replace(
                _referring(part.request, made),
                as_of_s=self._twists.as_of_s,
                list_keep=self._twists.list_keep,
            )
            reply = self._operations.run(request)
            if part.content_id:
                made[part.content_id] = reply
            yield part.content_id, reply

    def _refusal(self, numbers: range) -> OdpError | None:
        named = (self._twists.refused[n] for n in numbers if n in self._twists.refused)
        found = next(named, None)
        return errors.by_code(*found, self._operations.settings) if found else None


def _referring(request: Request, made: dict[str, Reply]) -> Request:
    """With what `$1` stands for: the address of what part 1 made, or its ETag in If-Match."""
    path, headers = request.path, dict(request.headers)
    if path.startswith("$"):
        name, slash, rest = path[1:].partition("/")
        if name not in made:
            raise errors.deserialization(f"No part before it has the Content-Id {name}.")
        path = made[name].created + slash + rest
    if (etag := headers.get("if-match", "")).startswith("$"):
        headers["if-match"] = made[etag[1:]].headers.get("ETag", "") if etag[1:] in made else ""
    return replace(request, path=path, headers=headers)
