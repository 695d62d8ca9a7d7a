"""Runs what is scheduled for each connection."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import datetime
from functools import partial

from connector import log
from connector.domain.connections import Connection
from connector.domain.jobs import SYNCS, Job
from connector.domain.pulls import PullSettings
from connector.domain.reconciliation import findings
from connector.domain.records import Step
from connector.domain.sync import SyncConfig, SyncOutcome, Target
from connector.errors import ConnectorError
from connector.ports import Nudger
from connector.prolonging import prolonged
from connector.store.actions import PostgresActions
from connector.store.alarms import AlarmBoard
from connector.store.database import Database
from connector.store.finished import PostgresFinished
from connector.store.intake import PostgresIntake
from connector.store.journal import PostgresJournal
from connector.store.records import PostgresRecords
from connector.store.schedules import DueJob, Run, Schedules
from connector.store.spares import PostgresSpares
from connector.store.vault import Vault
from connector.store.webhook_secrets import FetchedSecrets
from connector.usecases.match_merchants import match_merchants
from connector.usecases.poll_records import poll_records
from connector.usecases.remove_spares import remove_spares
from connector.usecases.sync_master_data import SyncReport
from connector.wiring import Wired

LOG = log.logger(__name__)

#: How often tokens are looked at, and given-up drafts removed.
_TOKENS_EVERY_S, _SPARES_EVERY_S = 60, 600
#: How soon a run of master data or a pull that failed is tried again.
_AGAIN_S = 600
#: Jobs that go on where a run that died was, and how soon then; one that lives has them alone.
_ALONE_S: dict[str, float] = {Job.TRANSACTIONS: 900.0}


class Jobs:
    """The scheduled runs of all connections; `wired` has a connection ready for work."""

    def __init__(self, database: Database, vault: Vault, wired: Callable[[str], Wired]) -> None:
        self._database = database
        self._wired = wired
        self._schedules = Schedules(database)
        self._alarms = AlarmBoard(database)
        self._intake = PostgresIntake(database, vault)
        self._finished = PostgresFinished(database)
        self._fetched_secrets = FetchedSecrets(database, vault)

    def schedule(self, connection: Connection, sync: SyncConfig) -> None:
        """Give a connection the cadence that its settings ask for."""
        self._schedules.set(
            connection.id,
            {
                Job.POLL: max(1, int(connection.brex.poll_every.total_seconds())),
                Job.TOKENS: _TOKENS_EVERY_S,
                Job.SPARES: _SPARES_EVERY_S,
                **_pulls_of(connection),
                **{
                    job: int(sync.every[target].total_seconds())
                    for job, target in SYNCS.items()
                    if target in sync.every
                },
            },
        )

    def claim(self) -> list[DueJob]:
        """The scheduled runs that are due, each claimed for the caller."""
        return self._schedules.claim()

    def run(self, name: str, job: str, nudger: Nudger) -> None:
        """Run one job and note how it ended, also where a peer failed.

        A scheduled one is run once for each time that it is due, however often it is asked for.
        """
        run = self._schedules.begin(name, job, alone_s=_ALONE_S.get(job))
        if run is None and job != Job.SECRETS:
            LOG.info("job_not_due", connection=name, job=job)
            return
        with self._alone(run, job):
            self._run(name, job, run, nudger)

    def _run(self, name: str, job: str, run: Run | None, nudger: Nudger) -> None:
        watermark: datetime | None = None
        outcome, again_s = "failed: unexpected", None
        try:
            wired = self._wired(name)
            match Job(job):
                case Job.POLL:
                    outcome, watermark = self.poll(wired, nudger)
                case Job.TRANSACTIONS:
                    pulled = wired.pulls.run(skip_recent=True)
                    outcome, again_s = pulled.summary, _AGAIN_S if pulled.put_off else None
                    if not pulled.put_off:
                        outcome = f"{outcome}; {self._reconcile(wired)}"
                case Job.TOKENS:
                    outcome = self._refresh_tokens(wired)
                case Job.SPARES:
                    outcome = self._remove_spares(wired)
                case Job.SECRETS:
                    outcome = self._fetch_secrets(wired)
                case sync:
                    report, outcome = self.sync(wired, SYNCS[sync], nudger)
                    again_s = _AGAIN_S if report.outcome is SyncOutcome.FAILED else None
        except ConnectorError as error:
            outcome = f"failed: {error}"
            LOG.warning("job_failed", connection=name, job=job, error=str(error))
        finally:
            if run:
                self._schedules.finish(
                    run.connection_id,
                    job,
                    outcome,
                    watermark,
                    started_at=run.started_at,
                    again_s=again_s,
                )

    def _alone(self, run: Run | None, job: str) -> AbstractContextManager[None]:
        """No other run of the job begins meanwhile, where a period is not what keeps them apart."""
        alone_s = _ALONE_S.get(job)
        if run is None or alone_s is None:
            return nullcontext()
        return prolonged(job, partial(self._schedules.prolong, run, job, alone_s))

    def poll(self, wired: Wired, nudger: Nudger) -> tuple[str, datetime]:
        """Ask Brex for all that waits; a sentence about it, and the next watermark."""
        connection = wired.connection
        polled = poll_records(
            connection.id,
            source=wired.source,
            intake=self._intake,
            finished=self._finished,
            now=self._schedules.now(),
            watermark=self._schedules.watermark(connection.id, Job.POLL) or wired.stored.created_at,
        )
        if polled.fresh_ids:
            nudger.nudge(Step.FETCH, connection.name, connection.erp, polled.fresh_ids)
        if connection.brex.webhooks:
            self._keep_webhook(wired)
        changed = f", {polled.changed} changed after they were posted" if polled.changed else ""
        outcome = f"{polled.seen} waiting, {len(polled.fresh_ids)} new{changed}"
        return outcome, polled.watermark

    def sync(
        self, wired: Wired, target: Target, nudger: Nudger, *, dry_run: bool = False
    ) -> tuple[SyncReport, str]:
        """One run of master data, and a sentence about it.

        Once suppliers were read, those of all merchants are looked for anew.
        """
        report = wired.sync.run(target, dry_run=dry_run)
        if target is not Target.SUPPLIERS or dry_run:
            return report, report.summary
        matched = match_merchants(
            wired.suppliers, actions=PostgresActions(self._database), nudger=nudger
        )
        if matched.looked_at or matched.released:
            LOG.info("merchants_matched", connection=wired.connection.name, **asdict(matched))
            return report, f"{report.summary}; {matched.summary}"
        return report, report.summary

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
        if not self._fetched_secrets.keep(wired.connection.id, secrets):
            return "as they were"
        LOG.info("webhook_secrets_fetched", connection=wired.connection.name, number=len(secrets))
        return f"{len(secrets)} in force"

    def _reconcile(self, wired: Wired) -> str:
        """Reconcile up to yesterday, keep the result, and raise what it found."""
        settings = wired.connection.brex.transactions or PullSettings()
        until = self._schedules.now().date()
        result = wired.reconcile.run(until - settings.reconciled, until)
        wired.reconciliations.keep(result)
        observed = findings(result, patience=settings.patience, today=until)
        self._alarms.observe(wired.connection.id, observed, since=result.since.isoformat())
        return result.summary

    def _refresh_tokens(self, wired: Wired) -> str:
        renewed = [peer for peer, tokens in wired.tokens.items() if tokens.refresh_if_due()]
        return f"renewed: {', '.join(renewed)}" if renewed else "nothing was due"

    def _remove_spares(self, wired: Wired) -> str:
        alarms = remove_spares(
            wired.connection.id,
            erp=wired.erp,
            journal=PostgresJournal(self._database),
            records=PostgresRecords(self._database),
            spares=PostgresSpares(self._database),
            lease_s=wired.lease_s,
        )
        for alarm in alarms:
            LOG.error("spare_draft_posted", connection=wired.connection.name, alarm=alarm)
        return "; ".join(alarms) or "done"


def _pulls_of(connection: Connection) -> dict[str, int]:
    pulls = connection.brex.transactions
    return {} if pulls is None else {Job.TRANSACTIONS: int(pulls.every.total_seconds())}
