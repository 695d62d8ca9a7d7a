"""A message about alarms as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connector.domain.alarm_messages import About, AlarmMessage
from connector.domain.alarms import Severity

_HEADINGS = {"raised": "New", "standing": "Still open", "resolved": "Resolved"}


def subject(message: AlarmMessage) -> str:
    """One line: how many, how bad, and of which connections."""
    if message.about is About.TEST:
        return "ml-connector: a test of the alarms"
    open_ones = [*message.alarms("raised"), *message.alarms("standing")]
    critical = sum(one["severity"] == Severity.CRITICAL for one in open_ones)
    still = "still open" if message.about is About.DAILY else "new"
    counts = (
        (len(open_ones), f"{still}{f', {critical} critical' if critical else ''}"),
        (len(message.alarms("resolved")), "resolved"),
    )
    told = ", ".join(f"{number} {what}" for number, what in counts if number)
    names = sorted({_about(one) for one in (*open_ones, *message.alarms("resolved"))})
    return f"ml-connector alarms: {told} ({', '.join(names[:5])}{'…' if len(names) > 5 else ''})"  # noqa: PLR2004


def text(message: AlarmMessage) -> str:
    """All alarms of it, each with what to do."""
    return "\n".join(_lines(message)) + "\n"


def _lines(message: AlarmMessage) -> Iterator[str]:
    if message.about is About.TEST:
        yield "This is a test: messages about alarms reach you. Nothing is wrong."
    for part, heading in _HEADINGS.items():
        if alarms := message.alarms(part):
            yield f"{heading}:"
            for one in alarms:
                yield from _alarm(one, is_over=part == "resolved")
            yield ""
    yield f"Message {message.id}; ml-connector alarms list shows what stands."


def _alarm(one: Mapping[str, Any], *, is_over: bool) -> Iterator[str]:
    yield f"* {_about(one)}, {one['kind']}, {one['severity']}: {one['what']}"
    if is_over:
        yield f"  From {_moment(one['raised_at'])} to {_moment(one['resolved_at'])}."
    else:
        yield f"  {one['mend']}"
        yield f"  Since {_moment(one['raised_at'])}."


def _about(one: Mapping[str, Any]) -> str:
    return one["connection"] or "installation"


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
