"""Webhook deliveries as the gateway hands them to the store."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from connector.ports import Accepted, Delivery, Disposition, Endpoint
from connector.store.intake import PostgresIntake


def deliver(intake: PostgresIntake, connection_id: int, record_ids: Sequence[str]) -> Accepted:
    """A new delivery that announces these records."""
    endpoint = Endpoint(connection_id, "acme", "infor-m3", "", ())
    delivery = Delivery(
        f"msg_{secrets.token_hex(8)}",
        "ACCOUNTING_RECORD_READY_FOR_EXPORT",
        b"x" * 32,
        tuple(record_ids),
        Disposition.ACCEPTED,
        datetime.now(UTC),
    )
    return intake.accept(endpoint, delivery)
