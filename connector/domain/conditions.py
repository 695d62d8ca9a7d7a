"""What counts as wrong: rows of what the store knows in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from connector.domain.alarms import AlarmKind, Finding, Severity
from connector.domain.records import records_of
from connector.domain.sync import SyncOutcome
from connector.redaction import redacted

Row = Mapping[str, Any]
#: What was found of each connection, by its name ("": the installation) and by what it is about.
Found = dict[str, dict[str, Finding]]

#: A run that is due waits for the next tick of beat, and for a worker.
MOST_OVERDUE_S = 60.0
#: An alarm waits until a restart would be over.
_STANDS_S = 300.0
#: So many periods without a poll that ended well, and a quarter of an hour at least.
_POLLS_MISSED, _SHORTEST_SILENCE_S = 3, 900.0
UNFINISHED_S, _HELD_S = 3_600.0, 3 * 86_400.0
_AWAY_S = 900.0
#: A peer that wants to be left alone for so long is told of.
LEFT_ALONE_S = 60.0
#: A token that could not be renewed is told of when so much of its life is left.
_LAST_S = 900.0
#: Brex's user tokens end after 30 days without use: ten are left then.
_UNUSED_S = 20 * 86_400.0


def is_lost(token: Row) -> bool:
    """Whether only a person can have a token renewed."""
    return bool(token["reauth_required"])


def clock_stands(overdue_s: float | None) -> Found:
    """Of the installation: the oldest run that is due is overdue; None: nothing is scheduled."""
    if overdue_s is None or overdue_s <= _STANDS_S:
        return {}
    standing = Finding(
        Severity.CRITICAL,
        f"What is due by the clock has not been begun for {overdue_s / 60:.0f} minutes.",
        "See that beat and a worker run: ml-connector doctor says which of them does not.",
    )
    return {"": {"": standing}}


def webhooks_missing(silences: Iterable[Row]) -> Found:
    """Records came by the poll alone, long after the last webhook; until one comes again."""
    return _found(
        (
            row,
            "",
            Severity.WARNING,
            (
                f"No webhook since {_moment(row['last_webhook_at'])}; the poll alone found"
                f" {records_of(row['records'])} in the last day."
            ),
            f"See whether the subscription stands: {_ping(row)}.",
        )
        for row in silences
    )


def webhook_secret_missing(intakes: Iterable[Row]) -> Found:
    """Webhooks are wanted, and each of them is refused."""
    return _found(
        (
            row,
            "",
            Severity.WARNING,
            "No secret of the webhook is known: each webhook is refused.",
            (
                "Give webhook_secrets, or a token that may list them, then ml-connector poll"
                f" {row['connection']}."
            ),
        )
        for row in intakes
        if row["lacks_webhook_secret"]
    )


def poll_missing(intakes: Iterable[Row]) -> Found:
    """No poll has ended well for several periods."""
    return _found(
        (
            row,
            "",
            Severity.CRITICAL,
            (
                f"No poll of Brex has ended well since {_moment(row['polled_at'])}. The last one:"
                f" {redacted(row['outcome'] or 'none')}"
            ),
            f"See what Brex answers: {_ping(row)}.",
        )
        for row in intakes
        if row["silent_s"] > max(_POLLS_MISSED * row["every_s"], _SHORTEST_SILENCE_S)
    )


def token_unused(intakes: Iterable[Row]) -> Found:
    """A user token of Brex that nothing has used for long."""
    return _found(
        (
            row,
            "brex",
            Severity.CRITICAL,
            (
                f"Brex's user token was last used on {row['polled_at']:%Y-%m-%d}; after 30 days"
                " without use it expires."
            ),
            f"Use it: ml-connector poll {row['connection']}.",
        )
        for row in intakes
        if row["has_user_token"] and row["silent_s"] > _UNUSED_S
    )


def unfinished_old(laggards: Iterable[Row]) -> Found:
    """Records have been on their way for too long."""
    return _found(
        (
            row,
            "",
            Severity.WARNING,
            (
                f"{records_of(row['records'])} on the way for more than an hour, the oldest since"
                f" {_moment(row['oldest_at'])}."
            ),
            (
                "See what the oldest wait for: ml-connector records list --connection"
                f" {row['connection']}, then records show ID."
            ),
        )
        for row in laggards
    )


def held_old(held: Iterable[Row], now: datetime) -> Found:
    """Records are held, and nobody has settled them for days; by reason."""
    return _found(
        (
            row,
            row["reason"],
            Severity.WARNING,
            (
                f"Held as {row['reason']}: {records_of(row['records'])}, the oldest since"
                f" {_moment(row['oldest_at'])}."
            ),
            (
                "Mend the cause, and retry, skip or return them, in the console or with"
                f" ml-connector records list --reason {row['reason']}."
            ),
        )
        for row in held
        if (now - row["oldest_at"]).total_seconds() > _HELD_S
    )


def token_refused(tokens: Iterable[Row]) -> Found:
    """A token cannot be renewed: only a person can, or it ends soon."""
    return _found(
        (
            row,
            row["peer"],
            Severity.CRITICAL,
            f"The token of {row['peer']} cannot be renewed: {redacted(row['failure'] or '')}",
            "Have it authorised again, and give the new credentials with ml-connector connection"
            " add FILE --replace."
            if is_lost(row)
            else f"See what the peer says: {_ping(row)}.",
        )
        for row in tokens
        if is_lost(row) or (row["failure"] and (row["expires_s"] or 0.0) < _LAST_S)
    )


def peer_away(outages: Iterable[Row]) -> Found:
    """A peer does not answer for too long."""
    return _found(
        (
            row,
            row["peer"],
            Severity.CRITICAL,
            (
                f"{row['peer']} has not answered{' writes' if row['of_writes'] else ''} since"
                f" {_moment(row['began_at'])}: {redacted(row['why'])}"
            ),
            f"Its records wait and go on by themselves. See whether it runs: {_ping(row)}.",
        )
        for row in outages
        if row["lasted_s"] > _AWAY_S
    )


def rate_limited(budgets: Iterable[Row]) -> Found:
    """A peer said 429, and is left alone for long."""
    return _found(
        (
            row,
            row["peer"],
            Severity.WARNING,
            f"{row['peer']} answered 429 and is left alone for a minute or more.",
            "Its records wait; see who else uses its budget, or lower requests_per_minute.",
        )
        for row in budgets
        if row["blocked_s"] >= LEFT_ALONE_S
    )


def sync_unconfirmed(syncs: Iterable[Row]) -> Found:
    """A difference of master data waits for a person's word."""
    return _found(
        (
            row,
            row["target"],
            Severity.WARNING,
            (
                f"The {row['target']} differ from Brex's so much that a person must confirm it:"
                f" {redacted(row['detail'])}"
            ),
            (
                "Look at the difference and confirm it, in the console or with ml-connector sync"
                f" {row['target']} {row['connection']} --confirm."
            ),
        )
        for row in syncs
        if row["outcome"] == SyncOutcome.NEEDS_CONFIRMATION and not row["confirmed_at"]
    )


def sync_suspicious(syncs: Iterable[Row]) -> Found:
    """The ERP showed so much less than before that nothing of it was kept."""
    return _found(
        (
            row,
            row["target"],
            Severity.WARNING,
            f"The reading of {row['target']} was refused: {redacted(row['detail'])}",
            (
                f"See whether the ERP's user may still read them: ml-connector sync {row['target']}"
                f" {row['connection']} --dry-run."
            ),
        )
        for row in syncs
        if row["outcome"] == SyncOutcome.SUSPICIOUS
    )


#: Which of them are of the installation, and not of a connection.
OF_THE_INSTALLATION = frozenset({AlarmKind.CLOCK_STANDS})


def _found(told: Iterable[tuple[Row, str, Severity, str, str]]) -> Found:
    found: Found = {}
    for row, key, severity, what, mend in told:
        found.setdefault(row["connection"], {})[key] = Finding(severity, what, mend)
    return found


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _ping(row: Row) -> str:
    """How a peer is asked, on either desk."""
    name = row["connection"]
    return f"ping {name} on its page in the console, or with ml-connector connection ping {name}"
