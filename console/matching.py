"""The chart of a reconciliation: what matches stands on the line, what is open hangs below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from connector.domain.reconciliation import Ending

#: The picture's own units.
WIDTH, HEIGHT = 720, 150
#: As many bars are told apart; of a longer time each is some days together.
_MOST = 93
_GAP = 0.2
_LEAST = 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """Some days, by default one: the figures, and where both bars stand, from the top left."""

    since: date
    last: date
    matched: int
    open: int
    x: float
    width: float
    line: float
    matched_height: float
    open_height: float

    @property
    def matched_y(self) -> float:
        """The top of what matches."""
        return round(self.line - self.matched_height, 1)


def bars(lines: Iterable[Mapping[str, Any]]) -> list[Bar]:
    """A bar for each day on which anything was, of lines of control totals; the highest fill it."""
    matched: Counter[date] = Counter()
    others: Counter[date] = Counter()
    for line in lines:
        count = line["items"].get(Ending.MATCHED, 0)
        matched[line["day"]] += count
        others[line["day"]] += sum(line["items"].values()) - count
    if not matched:
        return []
    first, days = min(matched), (max(matched) - min(matched)).days + 1
    together = -(-days // _MOST)
    found = [
        (since, sum(matched[day] for day in of), sum(others[day] for day in of))
        for nth in range(0, days, together)
        if (of := [first + timedelta(days=nth + one) for one in range(together)])
        if (since := of[0])
    ]
    return _drawn(found, together)


def _drawn(found: list[tuple[date, int, int]], together: int) -> list[Bar]:
    most, most_open = max(one for _, one, _ in found), max(one for *_, one in found)
    scale = HEIGHT / ((most + most_open) or 1)
    step = WIDTH / len(found)
    return [
        Bar(
            since,
            since + timedelta(days=together - 1),
            matched,
            others,
            x=round(step * nth, 1),
            width=round(step * (1 - _GAP), 1),
            line=round(most * scale, 1),
            matched_height=_height(matched * scale),
            open_height=_height(others * scale),
        )
        for nth, (since, matched, others) in enumerate(found)
        if matched or others
    ]


def _height(exact: float) -> float:
    """What there is can be seen."""
    return round(max(exact, _LEAST), 1) if exact else 0.0
