"""The tasks: each commits its work, then hints at the next step."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from celery import Celery, Task

from connector import log
from connector.bootstrap import Application
from connector.domain.records import Step
from connector.errors import ConnectorError
from connector.ports import Outage
from connector.steps import Batch
from workers.configuration import LONGEST_COUNTDOWN_S
from workers.nudges import CeleryNudger
from workers.routes import MAINTENANCE, RECEIPTS, queue_of
from workers.turns import MOST, MOST_POSTING, Turns

LOG = log.logger(__name__)

_NEXT = {Step.FETCH: Step.MAP, Step.MAP: Step.POST, Step.POST: Step.EXPORT}


def register(app: Celery, application: Application, nudger: CeleryNudger) -> None:
    """Add all tasks to this app, and to no other of this process."""
    for step in Step:
        _register_step(app, application, nudger, step)
    _register_receipts(app, application, nudger)
    errand = _register_errand(app, application)
    alarms = _register_alarms(app, application)
    probe = _register_probe(app, application)

    @app.task(name="tick", queue=MAINTENANCE, shared=False)
    def tick() -> None:
        """Sweep, and start what the clock says is due, probes included."""
        if not nudger.ticks():
            return
        application.sweep(nudger)
        for job in application.jobs.claim():
            run_job.apply_async(args=[job.connection, job.job])
        for outage in application.claim_probes():
            probe.apply_async(args=[asdict(outage)])
        for number in application.errands.claim():
            errand.apply_async(args=[number])
        if application.alarms.claim():
            alarms.apply_async()

    @app.task(name="run_job", queue=MAINTENANCE, shared=False)
    def run_job(connection: str, job: str) -> None:
        """Run one scheduled job of one connection."""
        with log.bind(connection=connection, job=job):
            application.jobs.run(connection, job, nudger)


def _register_step(app: Celery, application: Application, nudger: CeleryNudger, step: Step) -> None:
    turns = Turns(MOST_POSTING if step is Step.POST else MOST)

    @app.task(name=step.value, bind=True, max_retries=None, shared=False)
    def run_step(self: Task, connection: str, record_ids: list[str]) -> None:
        with log.bind(connection=connection, step=step.value, task=self.request.id):
            nudger.taken(step, connection)
            if not turns.take(connection):
                return
            batch = None
            try:
                batch = application.run_step(
                    step, connection, record_ids, lambda erp: nudger.nudge(step, connection, erp)
                )
            except ConnectorError as error:
                LOG.warning("step_put_off", error=str(error))
            finally:
                is_wanted = turns.end(connection)
            if batch is not None:
                _go_on(self, nudger, step, connection, batch, is_wanted=is_wanted)

    run_step.__doc__ = f"Take up records that wait for {step.value}."


def _register_receipts(app: Celery, application: Application, nudger: CeleryNudger) -> None:
    turns = Turns()

    @app.task(name=RECEIPTS, queue=RECEIPTS, shared=False)
    def receipts(connection: str) -> None:
        """Get files of receipts, in few threads of a process: everything else goes first."""
        with log.bind(connection=connection):
            nudger.taken(RECEIPTS, connection)
            if not turns.take(RECEIPTS):
                return
            report = None
            try:
                report = application.wired(connection).fetch_receipts()
            except ConnectorError as error:
                LOG.warning("receipts_put_off", error=str(error))
            finally:
                turns.end(RECEIPTS)
            if report is not None:
                LOG.info("receipts_done", **asdict(report))
                if report.more:
                    nudger.fetch_receipts(connection)


def _register_errand(app: Celery, application: Application) -> Task:
    @app.task(name="errand", queue=MAINTENANCE, shared=False)
    def errand(number: int) -> None:
        """Do what somebody asked for in the console."""
        with log.bind(errand=number):
            try:
                application.errands.run(number)
            except ConnectorError as error:
                LOG.warning("errand_put_off", error=str(error))

    return errand


def _register_probe(app: Celery, application: Application) -> Task:
    @app.task(name="probe", queue=MAINTENANCE, shared=False)
    def probe(outage: dict[str, Any]) -> None:
        """See whether a peer that did not answer is back."""
        with log.bind(connection=outage["connection"], peer=outage["peer"]):
            try:
                application.probe(Outage(**outage))
            except ConnectorError as error:
                LOG.warning("probe_put_off", error=str(error))

    return probe


def _register_alarms(app: Celery, application: Application) -> Task:
    @app.task(name="alarms", queue=MAINTENANCE, shared=False)
    def alarms() -> None:
        """Look at what may be wrong, and tell of it."""
        try:
            application.alarms.run()
        except ConnectorError as error:
            LOG.warning("alarms_put_off", error=str(error))

    return alarms


def _go_on(
    task: Task,
    nudger: CeleryNudger,
    step: Step,
    connection: str,
    batch: Batch,
    *,
    is_wanted: bool,
) -> None:
    """Hint at the next step and at what was left meanwhile; come again for what is due soon."""
    report = batch.report
    LOG.info(
        "step_done",
        leased=batch.leased,
        moved=len(report.moved),
        held=report.held,
        skipped=report.skipped,
        waiting=report.waiting,
    )
    if report.moved and step in _NEXT:
        nudger.nudge(_NEXT[step], connection, batch.erp, report.moved)
    if is_wanted:
        nudger.nudge(step, connection, batch.erp)
    if report.again_s is not None and report.again_s <= LONGEST_COUNTDOWN_S:
        # Flower shows it as a retry; PostgreSQL knows when the records are due in any case
        task.retry(args=[connection, []], countdown=report.again_s, queue=queue_of(step, batch.erp))
