"""Where an accounting record stands, and which moves there are.

received ─fetch▶ fetched ─map▶ mapped ─post▶ posting ─▶ posted ─export▶ exported
|                     │           │            │            │
└─────────────────────┴───────────┴─── held ◀──┴────────────┘  (a person: retry, skip, return)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


def records_of(number: int) -> str:
    """How many records: `1 record`, `12 records`."""
    return f"{number} record{'' if number == 1 else 's'}"


class Status(StrEnum):
    """The status of a record; PostgreSQL enforces the same values and moves."""

    #: Its id is known from a webhook, the poll or a backfill. Left by `fetch`.
    RECEIVED = "received"
    #: Brex's own record is stored. Left by `map`.
    FETCHED = "fetched"
    #: The ERP document is made and waits to be written. Left by `post`.
    MAPPED = "mapped"
    #: Writes to the ERP have begun. Left when the document was confirmed, or a person must look.
    POSTING = "posting"
    #: The ERP document was read back and agrees with ours. Left by `export`; final when the
    #: connection has `mark_exported = false`.
    POSTED = "posted"
    #: Brex has been told. Final, unless a person must look at it once more.
    EXPORTED = "exported"
    #: A person must look; `reason` says why. Left by retry, skip or return. What was posted or
    #: exported before goes back to that.
    HELD = "held"
    #: A person decided that it is not to be posted, and said why. Final, unless it was returned to
    #: Brex and comes back from there, or somebody posts a draft of it after all.
    SKIPPED = "skipped"


class Step(StrEnum):
    """The work that moves a record on; one Celery task and one queue each."""

    FETCH = "fetch"
    MAP = "map"
    POST = "post"
    EXPORT = "export"


#: Which step takes up a record that stands at a status; a status that is not here waits for nobody.
STEP_OF: dict[Status, Step] = {
    Status.RECEIVED: Step.FETCH,
    Status.FETCHED: Step.MAP,
    Status.MAPPED: Step.POST,
    Status.POSTING: Step.POST,
    Status.POSTED: Step.EXPORT,
}

#: All moves that PostgreSQL lets anybody make.
MOVES: dict[Status, frozenset[Status]] = {
    Status.RECEIVED: frozenset({Status.FETCHED, Status.HELD}),
    Status.FETCHED: frozenset({Status.MAPPED, Status.HELD, Status.SKIPPED, Status.RECEIVED}),
    Status.MAPPED: frozenset({Status.POSTING, Status.HELD, Status.RECEIVED}),
    Status.POSTING: frozenset({Status.POSTED, Status.HELD}),
    Status.POSTED: frozenset({Status.EXPORTED, Status.HELD}),
    Status.EXPORTED: frozenset({Status.HELD}),
    Status.HELD: frozenset(
        {Status.RECEIVED, Status.POSTING, Status.POSTED, Status.EXPORTED, Status.SKIPPED}
    ),
    Status.SKIPPED: frozenset({Status.RECEIVED, Status.HELD}),
}


@dataclass(frozen=True, slots=True)
class Leased:
    """A record that this worker may work on until `lease_until`, by the database's clock.

    `attempt` is the fence: every write of the work says `WHERE attempt = …`.
    """

    id: int
    connection_id: int
    record_id: str
    status: Status
    attempt: int
    lease_until: datetime
    #: how often work on it has failed in a way that is retried, since it last moved on
    failures: int
    #: leases since the last orderly end of one, this one included
    claims: int
    #: a person let it go into the next open period, whatever the policy for closed ones is
    moves_day: bool = False
