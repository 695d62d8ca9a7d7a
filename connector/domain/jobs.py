"""What runs by the clock for each connection, or at a hint."""

from __future__ import annotations

from enum import StrEnum

from connector.domain.sync import Target


class Job(StrEnum):
    """A job; those with a cadence stand in the table `schedule`."""

    #: Ask Brex for all that waits, and see to the webhook: subscription and secrets.
    POLL = "poll"
    #: Read what Brex shows of money that moved.
    TRANSACTIONS = "transactions"
    #: Renew access tokens ahead of their end.
    TOKENS = "tokens"
    #: Remove given-up drafts from the ERP.
    SPARES = "spares"
    #: Read the ERP's registers, and have Brex offer what is valid.
    SYNC_ACCOUNTS = "sync_accounts"
    SYNC_DIMENSIONS = "sync_dimensions"
    SYNC_SUPPLIERS = "sync_suppliers"
    SYNC_REFERENCES = "sync_references"
    #: Ask Brex for the webhook's secrets alone. At a hint: the gateway saw a signature of none.
    SECRETS = "secrets"


#: The job by which the clock begins each target's runs.
SYNCS = {Job(f"sync_{target}"): target for target in Target}
