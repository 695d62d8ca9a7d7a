"""The database roles of the processes; the schema's step 0004_roles says what each may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A group role of the server. The command line works as the login user instead."""

    #: takes webhooks in; reads no secret but those that prove them genuine
    GATEWAY = "ml_connector_gateway"
    #: runs the steps and the clock's jobs; deletes nothing
    WORKER = "ml_connector_worker"
    #: reads all but secrets and tokens; retries, skips and returns held records
    CONSOLE = "ml_connector_console"
    #: reads all but secrets and tokens
    AUDIT = "ml_connector_audit"
