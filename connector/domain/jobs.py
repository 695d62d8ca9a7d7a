"""What runs by the clock for each connection, or at a hint."""

from __future__ import annotations

from enum import StrEnum


class Job(StrEnum):
    """A job; those with a cadence stand in the table `schedule`."""

    #: Ask Brex for all that waits, and see to the webhook: subscription and secrets.
    POLL = "poll"
    #: Renew access tokens ahead of their end.
    TOKENS = "tokens"
    #: Remove given-up drafts from the ERP.
    SPARES = "spares"
    #: Ask Brex for the webhook's secrets alone. At a hint: the gateway saw a signature of none.
    SECRETS = "secrets"
