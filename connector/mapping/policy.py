"""What becomes of each accounting record type."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.reasons import Hold, Reason

#: What `[mapping.types]` does not name. Every other type is held.
DEFAULT_POLICIES: Mapping[str, str] = {
    "CARD_EXPENSE_POST": "invoice",
    "CARD_EXPENSE_REFUND": "invoice",
}


def policy_of(record_type: str, types: Mapping[str, str]) -> str:
    """The policy of a record type: as configured, else its default, else `hold`."""
    return types.get(record_type, DEFAULT_POLICIES.get(record_type, "hold"))


def held_type(record_type: str) -> Hold:
    """Why a record of this type waits."""
    return Hold(
        Reason.TYPE_ON_HOLD,
        f"records of type {record_type} are on hold; set mapping.types.{record_type}, then retry",
        field="type",
        value=record_type,
    )
