"""The chart of the last hours, drawn here: a bar of what was exported, and one of what was held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: The picture's own units.
WIDTH, HEIGHT = 720, 120
_GAP = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour: its figures, and where its two bars stand, measured from the top left."""

    hour: datetime
    exported: int
    held: int
    x: float
    width: float
    exported_height: float
    held_height: float

    @property
    def exported_y(self) -> float:
        """The top of what was exported, which stands on the line."""
        return HEIGHT - self.exported_height

    @property
    def held_y(self) -> float:
        """The top of what was held, which stands on what was exported."""
        return self.exported_y - self.held_height


def bars(hours: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """A bar for each hour; the highest fills the picture."""
    most = max((one["exported"] + one["held"] for one in hours), default=0) or 1
    step = WIDTH / max(len(hours), 1)
    return [
        Bar(
            one["hour"],
            one["exported"],
            one["held"],
            round(number * step, 1),
            round(step - _GAP, 1),
            round(HEIGHT * one["exported"] / most, 1),
            round(HEIGHT * one["held"] / most, 1),
        )
        for number, one in enumerate(hours)
    ]
