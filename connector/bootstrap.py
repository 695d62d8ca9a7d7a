"""The composition root: what a process needs, put together from its settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from connector.alarms import Alarms
from connector.budgets import budgets
from connector.checks import checks_of
from connector.domain.drafts import Outcome
from connector.domain.records import Step
from connector.errands import Errands
from connector.errors import RefusedError, RetryLaterError
from connector.http.budget import budget_redis
from connector.jobs import Jobs
from connector.ports import Check, Outage, SweepNudger
from connector.secret import Secret
from connector.settings import Settings
from connector.steps import Batch, Steps
from connector.store.connections import Connections
from connector.store.database import Database
from connector.store.finished import PostgresFinished
from connector.store.intake import PostgresIntake
from connector.store.journal import PostgresJournal
from connector.store.outages import PostgresOutages
from connector.store.records import PostgresRecords
from connector.store.roles import Role
from connector.store.schedules import Schedules
from connector.store.sweeping import PostgresSweeping
from connector.store.vault import Vault
from connector.store.webhook_secrets import FetchedSecrets
from connector.usecases.probe_peer import Told, probe_peer
from connector.usecases.repost_record import Reposting
from connector.usecases.sweep import sweep
from connector.wiring import Wired, Wiring

#: How long a connection's settings are used before PostgreSQL is asked whether they changed.
_SETTLED_S = 5.0


class Application:
    """Everything that a worker, the gateway or a command does with the database and the peers.

    Nothing is connected before it is used. `actor` is who stands in the history, `role` whose
    rights it has in the database: by default those of the login user.
    """

    def __init__(
        self, settings: Settings, *, actor: str, role: Role | None = None, connections: int = 8
    ) -> None:
        database_url, redis_url = settings.servers()
        self.settings = settings
        self.database = Database(database_url, actor=actor, role=role, size=connections)
        self.vault = Vault(settings.secret_keys)
        self.connections = Connections(self.database, self.vault)
        self.fetched_secrets = FetchedSecrets(self.database, self.vault)
        self.intake = PostgresIntake(self.database, self.vault)
        self.records = PostgresRecords(self.database)
        self.journal = PostgresJournal(self.database)
        self._steps = Steps(self.records, self.journal, PostgresFinished(self.database))
        self.schedules = Schedules(self.database)
        self._outages = PostgresOutages(self.database)
        self._redis = budget_redis(redis_url)
        self._wiring = Wiring(
            self.database, self.vault, self._redis, allow_http=settings.allow_http
        )
        self._wired: dict[str, tuple[float, Wired]] = {}
        self.jobs = Jobs(self.database, self.vault, self.wired)
        self.errands = Errands(self.database, self.wired, self.check)
        self.alarms = Alarms(
            self.database,
            self.connections,
            self._redis,
            settings.alarms,
            allow_http=settings.allow_http,
        )

    def wired(self, name: str) -> Wired:
        """The connection of that name, ready for work. Raises RefusedError if there is none."""
        settled_at, wired = self._wired.get(name, (-_SETTLED_S, None))
        if wired is not None and time.monotonic() - settled_at < _SETTLED_S:
            return wired
        stored = self.connections.find(name)
        if stored is None:
            raise RefusedError(f"there is no connection {name}", code="no_such_connection")
        if wired is None or stored.updated_at != wired.stored.updated_at:
            wired = self._wiring.wire(stored, self.connections.secrets(stored.id))
        self._wired[name] = (time.monotonic(), wired)
        return wired

    def check(self, name: str) -> list[Check]:
        """Ask both sides of a connection, with calls that change nothing."""
        wired = self.wired(name)
        return list(checks_of(wired, lambda: self._webhook_secrets(wired.connection.id)))

    def budgets(self) -> list[dict[str, Any]]:
        """How much of each peer's request budget is used, as `connector.budgets` tells it."""
        return budgets(self.connections.all(), self._redis)

    def _webhook_secrets(self, connection_id: int) -> list[Secret]:
        given = self.connections.secrets(connection_id).items()
        fetched = self.fetched_secrets.of(connection_id)
        return [*(one for name, one in given if name.startswith("brex.webhook_sec")), *fetched]

    def run_step(
        self,
        step: Step,
        name: str,
        record_ids: Sequence[str],
        more: Callable[[str], None] = lambda _: None,
    ) -> Batch | None:
        """Lease a batch and take it through one step; None if there was nothing to lease.

        `more` is told of the ERP as soon as more may be due than was leased. Raises RetryLaterError
        when the database is away.
        """
        return self._steps.run(self.wired(name), step, record_ids, more)

    def sweep(self, nudger: SweepNudger) -> None:
        """Hint at all overdue work."""
        self._steps.end_leases()
        sweep(PostgresSweeping(self.database), nudger)

    def claim_probes(self) -> list[Outage]:
        """The outages whose peers are to be probed now, each claimed for the caller."""
        return self._outages.claim()

    def probe(self, outage: Outage) -> None:
        """See whether a peer is back, and end its outage if so.

        Raises RefusedError where the outage is not that of the connection it names.
        """
        wired = self.wired(outage.connection)
        if wired.connection.id != outage.connection_id:
            raise RefusedError("the outage is another connection's", code="no_such_outage")
        is_erp = outage.peer == wired.connection.erp

        def ask() -> None:
            if not is_erp:
                wired.source.probe()
            elif (answer := wired.erp.probe()).outcome is not Outcome.DONE:
                raise RetryLaterError(answer.message)

        def try_one() -> Told:
            writes = wired.health[outage.peer].writes
            answered, failed = writes.answered, writes.failed
            step = Step.POST if is_erp else Step.EXPORT
            if not self._steps.run_on_trial(wired, step):
                return Told.NO_RECORD
            if writes.failed > failed:
                return Told.FAILED
            return Told.ANSWERED if writes.answered > answered else Told.NOTHING

        probe_peer(outage, ask=ask, try_one=try_one, outages=self._outages)

    def reposting(self, name: str) -> Reposting:
        """What is needed to post later versions of a connection's records."""
        wired = self.wired(name)
        rules, now = wired.rules(wired.connection.mapping), self.schedules.now()
        return Reposting(
            source=wired.source,
            documents=wired.documents,
            mapping=wired.stored.mapping_version,
            erp=wired.erp,
            today_in=lambda company: now.astimezone(rules.zone_of(company)).date(),
            refused_days=wired.refused_days if wired.moves_days else None,
        )

    def close(self) -> None:
        """Close what is open."""
        self.database.close()
        self._redis.close()
