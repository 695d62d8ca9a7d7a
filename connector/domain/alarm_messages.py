"""What is told of alarms: one message for all that has changed, and one a day for what stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from secrets import token_hex
from typing import Any

from connector.domain.alarms import Alarm


class About(StrEnum):
    """What a message is about; `type` of its content."""

    #: Alarms that were raised, and resolved, since the last message.
    CHANGED = "alarms.changed"
    #: Those that still stand, once a day.
    DAILY = "alarms.daily"
    #: Nothing: somebody tries the ways out.
    TEST = "alarms.test"


@dataclass(frozen=True, slots=True)
class AlarmMessage:
    """A message as it is sent, by whatever way and however often: the same id, the same content.

    `content` has `type`, `timestamp` and `data`, as Standard Webhooks suggests; `data` has lists of
    alarms: `raised` and `resolved`, or `standing`.
    """

    id: str
    content: Mapping[str, Any]

    @property
    def about(self) -> About:
        """What it is about."""
        return About(self.content["type"])

    def alarms(self, part: str) -> Sequence[Mapping[str, Any]]:
        """Those of a part of the data."""
        found: Sequence[Mapping[str, Any]] = self.content["data"].get(part, [])
        return found


def message(about: About, at: datetime, **parts: Sequence[Alarm]) -> AlarmMessage:
    """A new message, with an id of its own."""
    data = {part: [_shown(alarm) for alarm in alarms] for part, alarms in parts.items()}
    content = {"type": about.value, "timestamp": at.isoformat(), "data": data}
    return AlarmMessage(f"alm_{token_hex(16)}", content)


def _shown(alarm: Alarm) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "connection": alarm.connection,
        "kind": str(alarm.kind),
        "key": alarm.key,
        "severity": alarm.severity.value,
        "what": alarm.what,
        "mend": alarm.mend,
        "raised_at": alarm.raised_at.isoformat(),
        "resolved_at": alarm.resolved_at.isoformat() if alarm.resolved_at else None,
    }
