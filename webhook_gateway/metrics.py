"""What the gateway counts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The metrics of one app."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.deliveries = Counter(
            "ml_connector_gateway_deliveries",
            "Requests to a webhook path, by what became of them",
            ["outcome"],
            registry=self._registry,
        )
        self.records = Counter(
            "ml_connector_gateway_records",
            "Records that deliveries announced for the first time",
            registry=self._registry,
        )
        self.took_s = Histogram(
            "ml_connector_gateway_seconds",
            "Time to answer a request to a webhook path",
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self.skew_s = Gauge(
            "ml_connector_gateway_clock_skew_seconds",
            "Our clock less the sender's at the last genuine delivery",
            registry=self._registry,
        )

        self.database_skew_s = Gauge(
            "ml_connector_gateway_database_clock_skew_seconds",
            "Our clock less the database's",
            registry=self._registry,
        )
        self.overdue_s = Gauge(
            "ml_connector_gateway_job_overdue_seconds",
            "How long the oldest scheduled job has been overdue: beat or the workers stand",
            registry=self._registry,
        )
        self.alarms = Gauge(
            "ml_connector_alarms",
            "Alarms that stand, by severity",
            ["severity"],
            registry=self._registry,
        )

    def text(self) -> bytes:
        """All of them, in Prometheus's text format."""
        return generate_latest(self._registry)
