"""How record ids get in: webhook deliveries, the poll, a backfill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from connector.secret import Secret


class Disposition(StrEnum):
    """What was done with a delivery."""

    #: Its record ids were taken in.
    ACCEPTED = "accepted"
    #: It is of an event type that is not ours.
    IGNORED = "ignored"
    #: It is about another Brex company than the connection's.
    REFUSED_COMPANY = "refused_company"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the gateway may know of a connection."""

    connection_id: int
    name: str
    erp: str
    company_id: str
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified webhook delivery of a connection."""

    connection_id: int
    webhook_id: str
    event_type: str
    body_sha256: bytes
    record_ids: tuple[str, ...]
    disposition: Disposition
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """`fresh_ids` are those that now wait for `fetch`; `repeat` says it was here before.

    A repeat whose body is not that of the first time (`same_body`) is none that Brex would send.
    """

    fresh_ids: tuple[str, ...]
    repeat: bool
    same_body: bool = True


@dataclass(frozen=True, slots=True)
class Pulse:
    """The database's clock, for how long the oldest scheduled run has been overdue, and the alarms.

    `alarms` is how many stand, by severity.
    """

    now: datetime
    overdue_s: float
    alarms: Mapping[str, int]


class Intake(Protocol):
    """Takes webhook deliveries in. Raises RetryLaterError while nothing can be stored."""

    def endpoint(self, name: str) -> Endpoint | None:
        """The connection of that name; None if there is none, or it was removed."""
        ...

    def accept(self, deliveries: Sequence[Delivery]) -> Sequence[Accepted]:
        """Store deliveries and their records in one transaction. A repeat changes nothing.

        No two of them are of one webhook id.
        """
        ...

    def pulse(self) -> Pulse:
        """The database's clock, and whether the jobs keep to it."""
        ...

    def is_ready(self) -> bool:
        """Whether a delivery could be stored now."""
        ...


class ReadyIntake(Protocol):
    """Takes in what was found ready in Brex. Raises RetryLaterError while nothing can be stored."""

    def receive(
        self,
        connection_id: int,
        record_ids: Sequence[str],
        *,
        versions: Mapping[str, int] = ...,
        backfill: bool = False,
    ) -> tuple[str, ...]:
        """Take in ids that the poll or a backfill found ready, in the `versions` that it saw.

        Returns those that now wait for `fetch`: new ones, and known ones that had waited for Brex.
        A known one of another version than is stored is as good as announced again.
        """
        ...
