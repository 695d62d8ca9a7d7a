"""Webhook deliveries as the gateway hands them to the store."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from connector.ports import Accepted, Delivery, Disposition
from connector.store.intake import PostgresIntake


def deliver(intake: PostgresIntake, connection_id: int, record_ids: Sequence[str]) -> Accepted:
    """A new delivery that announces these records."""
    delivery = Delivery(
        connection_id,
        f"msg_{secrets.token_hex(8)}",
        "ACCOUNTING_RECORD_READY_FOR_EXPORT",
        b"x" * 32,
        tuple(record_ids),
        Disposition.ACCEPTED,
        datetime.now(UTC),
    )
    (accepted,) = intake.accept([delivery])
    return accepted
