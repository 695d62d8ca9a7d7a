"""Whether the gateway's clock is right: webhooks are refused by it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from connector import log
from connector.domain.alarms import Severity
from connector.errors import RetryLaterError
from connector.ports import Intake
from webhook_gateway.metrics import Metrics
from webhook_gateway.seldom import Seldom

LOG = log.logger(__name__)

#: A clock that is further off is told of. At five minutes every webhook is refused.
_MOST_SKEW_S = 60.0
#: How often the database is asked, and how often a fault is told of.
_LOOK_S, _TELL_S = 10.0, 60.0


class ClockWatch:
    """Compares this host's clock with the database's and the sender's, and says when it is off."""

    def __init__(self, intake: Intake, metrics: Metrics) -> None:
        self._intake = intake
        self._metrics = metrics
        self._look = Seldom(_LOOK_S)
        self._tell = Seldom(_TELL_S)

    def look(self) -> None:
        """Ask the database, at most every ten seconds. One that is away changes nothing."""
        if not self._look.now("database"):
            return
        before = datetime.now(UTC)
        with suppress(RetryLaterError):
            pulse = self._intake.pulse()
            after = datetime.now(UTC)
            ahead_s, behind_s = (before - pulse.now, pulse.now - after)
            skew_s = max(ahead_s.total_seconds(), 0.0) - max(behind_s.total_seconds(), 0.0)
            self._metrics.database_skew_s.set(skew_s)
            self._metrics.overdue_s.set(pulse.overdue_s)
            for severity in Severity:
                self._metrics.alarms.labels(severity).set(pulse.alarms.get(severity, 0))
            self._alarm("database", skew_s)

    def compare(self, signed_at: datetime) -> None:
        """Note the clock of the sender of a genuine delivery."""
        skew_s = (datetime.now(UTC) - signed_at).total_seconds()
        self._metrics.skew_s.set(skew_s)
        self._alarm("sender", skew_s)

    def _alarm(self, against: str, skew_s: float) -> None:
        if abs(skew_s) > _MOST_SKEW_S and self._tell.now(against):
            mend = "run NTP on every host: at 300 s each webhook is refused"
            LOG.error("gateway_clock_off", against=against, skew_s=round(skew_s), mend=mend)
