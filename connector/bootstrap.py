"""The composition root: what a process needs, put together from its settings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from connector import log
from connector.domain.connections import Connection
from connector.domain.drafts import Outcome
from connector.domain.jobs import Job
from connector.domain.records import Leased, Step
from connector.errors import ConfigurationError, ConnectorError, RefusedError, RetryLaterError
from connector.http.budget import budget_redis
from connector.ports import Nudger, Outage, SweepNudger
from connector.settings import Settings
from connector.store.connections import Connections
from connector.store.database import Database
from connector.store.finished import PostgresFinished
from connector.store.intake import PostgresIntake
from connector.store.journal import PostgresJournal
from connector.store.outages import PostgresOutages
from connector.store.records import ALONE_FROM, PostgresRecords
from connector.store.roles import Role
from connector.store.schedules import DueJob, Schedules
from connector.store.spares import PostgresSpares
from connector.store.sweeping import PostgresSweeping
from connector.store.unended import UnendedLeases
from connector.store.vault import Vault
from connector.store.webhook_secrets import FetchedSecrets
from connector.usecases.export_results import export_results
from connector.usecases.fetch_records import fetch_records
from connector.usecases.map_records import map_records
from connector.usecases.poll_records import poll_records
from connector.usecases.post_documents import PostDocuments
from connector.usecases.probe_peer import Told, probe_peer
from connector.usecases.remove_spares import remove_spares
from connector.usecases.report import StepReport
from connector.usecases.repost_record import Reposting
from connector.usecases.sweep import sweep
from connector.wiring import Wired, Wiring

LOG = log.logger(__name__)

#: Records taken up at once by each step; posting asks the ERP's profile.
_BATCH = {Step.FETCH: 100, Step.MAP: 100, Step.EXPORT: 100}
#: Longer than the longest calls of a step; posting lengthens its leases as it goes.
_LEASE_S = 150.0
#: How long a connection's settings are used before PostgreSQL is asked whether they changed.
_SETTLED_S = 5.0
#: How often tokens are looked at, and given-up drafts removed.
_TOKENS_EVERY_S, _SPARES_EVERY_S = 60, 600


@dataclass(frozen=True, slots=True)
class Batch:
    """What one run of a step did. `full` says that more may be due."""

    erp: str
    leased: int
    full: bool
    report: StepReport


class Application:
    """Everything that a worker, the gateway or a command does with the database and the peers.

    Nothing is connected before it is used. `actor` is who stands in the history, `role` whose
    rights it has in the database: by default those of the login user.
    """

    def __init__(
        self, settings: Settings, *, actor: str, role: Role | None = None, connections: int = 8
    ) -> None:
        if settings.database_url is None or settings.redis_url is None:
            raise ConfigurationError("environment", ["DATABASE_URL and REDIS_URL are needed"])
        self.settings = settings
        self.database = Database(settings.database_url, actor=actor, role=role, size=connections)
        self.vault = Vault(settings.secret_keys)
        self.connections = Connections(self.database, self.vault)
        self.fetched_secrets = FetchedSecrets(self.database, self.vault)
        self.intake = PostgresIntake(self.database, self.vault)
        self.records = PostgresRecords(self.database)
        self._unended = UnendedLeases(self.records)
        self.journal = PostgresJournal(self.database)
        self.finished = PostgresFinished(self.database)
        self.schedules = Schedules(self.database)
        self._outages = PostgresOutages(self.database)
        self._redis = budget_redis(settings.redis_url)
        self._wiring = Wiring(
            self.database, self.vault, self._redis, allow_http=settings.allow_http
        )
        self._wired: dict[str, tuple[float, Wired]] = {}

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

    def add_schedules(self, connection: Connection) -> None:
        """Give a connection the cadence that its settings ask for."""
        self.schedules.set(
            connection.id,
            {
                Job.POLL: max(1, int(connection.brex.poll_every.total_seconds())),
                Job.TOKENS: _TOKENS_EVERY_S,
                Job.SPARES: _SPARES_EVERY_S,
            },
        )

    def run_step(self, step: Step, name: str, record_ids: Sequence[str]) -> Batch | None:
        """Lease a batch and take it through one step; None if there was nothing to lease.

        Raises RetryLaterError when the database is away.
        """
        wired = self.wired(name)
        return self._run(wired, step, record_ids, _BATCH.get(step, wired.erp.batch))

    def _run(
        self,
        wired: Wired,
        step: Step,
        record_ids: Sequence[str],
        size: int,
        *,
        on_trial: bool = False,
    ) -> Batch | None:
        self._unended.end()
        lease_s = wired.lease_s if step is Step.POST else _LEASE_S
        leased = self.records.lease(
            wired.connection.id, step, record_ids, size, lease_s, on_trial=on_trial
        )
        if not leased:
            return None
        try:
            report = self._take(step, wired, leased, lease_s)
        except RetryLaterError:
            self._unended.add(leased)
            with suppress(RetryLaterError):
                self._unended.end()
            raise
        except Exception as error:
            # what ends a batch twice is taken alone from then on, so that the others get through
            self.records.give_back(leased, f"unexpected: {type(error).__name__}")
            raise
        full = len(leased) == size or leased[0].claims > ALONE_FROM
        return Batch(wired.connection.erp, len(leased), full, report)

    def _take(
        self, step: Step, wired: Wired, leased: Sequence[Leased], lease_s: float
    ) -> StepReport:
        match step:
            case Step.FETCH:
                return fetch_records(
                    leased,
                    source=wired.source,
                    records=self.records,
                    with_receipts=wired.connection.brex.receipts,
                )
            case Step.MAP:
                return map_records(
                    leased,
                    documents=wired.documents,
                    records=self.records,
                    mapping=wired.stored.mapping_version,
                )
            case Step.POST:
                return PostDocuments(
                    erp=wired.erp,
                    journal=self.journal,
                    records=self.records,
                    mark_exported=wired.connection.brex.mark_exported,
                    lease_s=lease_s,
                    limits=wired.limits,
                ).run(leased)
            case Step.EXPORT:
                return export_results(
                    leased, source=wired.source, records=self.records, finished=self.finished
                )

    def sweep(self, nudger: SweepNudger) -> None:
        """Hint at all overdue work."""
        self._unended.end()
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
            if self._run(wired, step, (), 1, on_trial=True) is None:
                return Told.NO_RECORD
            if writes.failed > failed:
                return Told.FAILED
            return Told.ANSWERED if writes.answered > answered else Told.NOTHING

        probe_peer(outage, ask=ask, try_one=try_one, outages=self._outages)

    def claim_jobs(self) -> list[DueJob]:
        """The scheduled runs that are due, each claimed for the caller."""
        return self.schedules.claim()

    def run_job(self, name: str, job: str, nudger: Nudger) -> None:
        """Run one job and note how it ended, also where a peer failed.

        A scheduled one is run once for each time that it is due, however often it is asked for.
        """
        run = self.schedules.begin(name, job)
        if run is None and job != Job.SECRETS:
            LOG.info("job_not_due", connection=name, job=job)
            return
        watermark: datetime | None = None
        outcome = "failed: unexpected"
        try:
            wired = self.wired(name)
            match Job(job):
                case Job.POLL:
                    outcome, watermark = self.poll(wired, nudger)
                case Job.TOKENS:
                    outcome = self._refresh_tokens(wired)
                case Job.SPARES:
                    outcome = self._remove_spares(wired)
                case Job.SECRETS:
                    outcome = self._fetch_secrets(wired)
        except ConnectorError as error:
            outcome = f"failed: {error}"
            LOG.warning("job_failed", connection=name, job=job, error=str(error))
        finally:
            if run:
                self.schedules.finish(
                    run.connection_id, job, outcome, watermark, started_at=run.started_at
                )

    def poll(self, wired: Wired, nudger: Nudger) -> tuple[str, datetime]:
        """Ask Brex for all that waits; a sentence about it, and the next watermark."""
        connection = wired.connection
        polled = poll_records(
            connection.id,
            source=wired.source,
            intake=self.intake,
            finished=self.finished,
            now=self.schedules.now(),
            watermark=self.schedules.watermark(connection.id, Job.POLL) or wired.stored.created_at,
        )
        if polled.fresh_ids:
            nudger.nudge(Step.FETCH, connection.name, connection.erp, polled.fresh_ids)
        if connection.brex.webhooks:
            self._keep_webhook(wired)
        changed = f", {polled.changed} changed after they were posted" if polled.changed else ""
        outcome = f"{polled.seen} waiting, {len(polled.fresh_ids)} new{changed}"
        return outcome, polled.watermark

    def reposting(self, name: str) -> Reposting:
        """What is needed to post later versions of a connection's records."""
        wired = self.wired(name)
        zone = ZoneInfo(wired.connection.mapping.time_zone)
        return Reposting(
            source=wired.source,
            documents=wired.documents,
            mapping=wired.stored.mapping_version,
            erp=wired.erp,
            today=self.schedules.now().astimezone(zone).date(),
        )

    def _keep_webhook(self, wired: Wired) -> None:
        """Keep the webhook's secrets and its endpoint as Brex has them.

        A token that may not ask changes nothing for the poll.
        """
        name = wired.connection.name
        try:
            self._fetch_secrets(wired)
            if wired.subscriptions.revive(f"/webhooks/brex/{name}"):
                LOG.warning("webhook_subscription_revived", connection=name)
        except ConnectorError as error:
            LOG.warning("webhook_not_looked_after", connection=name, error=str(error))

    def _fetch_secrets(self, wired: Wired) -> str:
        if not wired.connection.brex.webhooks:
            return "the connection has no webhook"
        secrets = wired.subscriptions.secrets()
        if not self.fetched_secrets.keep(wired.connection.id, secrets):
            return "as they were"
        LOG.info("webhook_secrets_fetched", connection=wired.connection.name, number=len(secrets))
        return f"{len(secrets)} in force"

    def close(self) -> None:
        """Close what is open."""
        self.database.close()
        self._redis.close()

    def _refresh_tokens(self, wired: Wired) -> str:
        renewed = [peer for peer, tokens in wired.tokens.items() if tokens.refresh_if_due()]
        return f"renewed: {', '.join(renewed)}" if renewed else "nothing was due"

    def _remove_spares(self, wired: Wired) -> str:
        alarms = remove_spares(
            wired.connection.id,
            erp=wired.erp,
            journal=self.journal,
            records=self.records,
            spares=PostgresSpares(self.database),
            lease_s=wired.lease_s,
        )
        for alarm in alarms:
            LOG.error("spare_draft_posted", connection=wired.connection.name, alarm=alarm)
        return "; ".join(alarms) or "done"
