"""Values found by the beginning of a text, without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Prefixes(Generic[T]):
    """Values under texts; several may have the same."""

    def __init__(self) -> None:
        self._texts: list[tuple[str, int]] = []
        self._values: dict[int, T] = {}
        self._made = 0
        self._sorted = True

    def add(self, text: str, value: T) -> None:
        """Adds a value."""
        self._made += 1
        self._texts.append((text, self._made))
        self._values[self._made] = value
        self._sorted = False

    def starting(self, prefix: str) -> Iterator[T]:
        """The values whose text begins so, by their text; those of one text oldest first."""
        if not self._sorted:
            self._texts = sorted(self._texts)
            self._sorted = True
        texts = self._texts
        for at in range(bisect_left(texts, (prefix, 0)), len(texts)):
            text, number = texts[at]
            if not text.startswith(prefix):
                return
            yield self._values[number]
