"""What is wrong and waits for somebody: what an alarm says, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """How soon somebody must look."""

    #: Within the day: records go on, or will by themselves.
    WARNING = "warning"
    #: Now: records stand, or soon will, and no retry helps.
    CRITICAL = "critical"


class AlarmKind(StrEnum):
    """What kind of thing is wrong. Its key says which one of the kind."""

    #: Records come by the poll alone, though webhooks used to come.
    WEBHOOKS_MISSING = "webhooks_missing"
    #: No secret is known by which a webhook could be proved genuine.
    WEBHOOK_SECRET_MISSING = "webhook_secret_missing"  # noqa: S105 - a name
    #: No poll has ended well for several periods.
    POLL_MISSING = "poll_missing"
    #: Of the installation: what is due by the clock is not begun.
    CLOCK_STANDS = "clock_stands"
    #: A record is on its way for too long.
    UNFINISHED_OLD = "unfinished_old"
    #: Records are held for too long, by reason.
    HELD_OLD = "held_old"
    #: A peer's token cannot be renewed.
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a name
    #: Brex's user token is near the end of the days that it may go unused.
    TOKEN_UNUSED = "token_unused"  # noqa: S105 - a name
    #: A peer does not answer for too long.
    PEER_AWAY = "peer_away"
    #: A peer answers 429, and is left alone for long.
    RATE_LIMITED = "rate_limited"
    #: A difference of master data waits for a person's word.
    SYNC_UNCONFIRMED = "sync_unconfirmed"
    #: A reading of master data shrank, and was not kept.
    SYNC_SUSPICIOUS = "sync_suspicious"
    #: Of a reconciliation: the ERP has a document that Brex knows nothing of.
    RECONCILE_ONLY_IN_ERP = "reconcile_only_in_erp"
    #: Brex has a record as exported of which the ERP has no document.
    RECONCILE_ONLY_IN_BREX = "reconcile_only_in_brex"
    #: Both have it, and they differ.
    RECONCILE_DIFFERENT = "reconcile_different"


class Way(StrEnum):
    """How a message goes out."""

    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a sentence that says what is wrong, and one that says what to do."""

    severity: Severity
    what: str
    mend: str


#: The key of a finding that says how many more there are than were told one by one.
MORE = "more"

#: What each kind that could be checked found, by the key of what it is about. A kind that is
#: missing was not checked; one that found nothing has no keys. Where one is `MORE`, the others are
#: not all that there are.
Observed = Mapping[AlarmKind, Mapping[str, Finding]]


@dataclass(frozen=True, slots=True)
class Told:
    """A message about an alarm on one of its ways: `of` is `raised` or `resolved`.

    `due_at` is when it is tried next, None once it was delivered, or given up at `failed_at`.
    """

    of: str
    way: str
    message_id: str
    tries: int
    due_at: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm; `connection` is "" for the installation, `resolved_at` None while it stands.

    `kind` may be one of a later version, whose workers run already.
    """

    id: int
    connection: str
    kind: str
    key: str
    severity: Severity
    what: str
    mend: str
    raised_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None = None
    deliveries: tuple[Told, ...] = field(default=())
