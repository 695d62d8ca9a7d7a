"""Takes batches of records through one step each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from connector.domain.records import Leased, Step
from connector.errors import RetryLaterError
from connector.store.finished import PostgresFinished
from connector.store.journal import PostgresJournal
from connector.store.records import ALONE_FROM, PostgresRecords
from connector.store.unended import UnendedLeases
from connector.usecases.export_results import export_results
from connector.usecases.fetch_records import fetch_records
from connector.usecases.map_records import map_records
from connector.usecases.post_documents import PostDocuments
from connector.usecases.report import StepReport
from connector.wiring import Wired

#: Records taken up at once by each step; posting asks the ERP's profile.
_BATCH = {Step.FETCH: 100, Step.MAP: 100, Step.EXPORT: 100}
#: Longer than the longest calls of a step; posting lengthens its leases as it goes.
_LEASE_S = 150.0


@dataclass(frozen=True, slots=True)
class Batch:
    """What one run of a step did."""

    erp: str
    leased: int
    report: StepReport


class Steps:
    """Leases what is due of a connection, and takes it one step on."""

    def __init__(
        self, records: PostgresRecords, journal: PostgresJournal, finished: PostgresFinished
    ) -> None:
        self._records = records
        self._unended = UnendedLeases(records)
        self._journal = journal
        self._finished = finished

    def run(
        self, wired: Wired, step: Step, record_ids: Sequence[str], more: Callable[[str], None]
    ) -> Batch | None:
        """Lease a batch and take it through one step; None if there was nothing to lease.

        `more` is told of the ERP as soon as more may be due than was leased, so that others take
        that up meanwhile. Raises RetryLaterError when the database is away.
        """
        size = _BATCH.get(step, wired.erp.batch)
        leased = self._lease(wired, step, record_ids, size)
        if len(leased) == size or (leased and leased[0].claims > ALONE_FROM):
            more(wired.connection.erp)
        return self._take_on(wired, step, leased)

    def run_on_trial(self, wired: Wired, step: Step) -> bool:
        """Take one record through a step whose peer's writes failed; False if none is due."""
        leased = self._lease(wired, step, (), 1, on_trial=True)
        return self._take_on(wired, step, leased) is not None

    def end_leases(self) -> None:
        """Give back what could not be given back while the database was away."""
        self._unended.end()

    def _lease(
        self,
        wired: Wired,
        step: Step,
        record_ids: Sequence[str],
        size: int,
        *,
        on_trial: bool = False,
    ) -> Sequence[Leased]:
        self._unended.end()
        return self._records.lease(
            wired.connection.id, step, record_ids, size, _lease_s(wired, step), on_trial=on_trial
        )

    def _take_on(self, wired: Wired, step: Step, leased: Sequence[Leased]) -> Batch | None:
        if not leased:
            return None
        try:
            report = self._take(step, wired, leased)
        except RetryLaterError:
            self._unended.add(leased)
            with suppress(RetryLaterError):
                self._unended.end()
            raise
        except Exception as error:
            # what ends a batch twice is taken alone from then on, so that the others get through
            self._records.give_back(leased, f"unexpected: {type(error).__name__}")
            raise
        return Batch(wired.connection.erp, len(leased), report)

    def _take(self, step: Step, wired: Wired, leased: Sequence[Leased]) -> StepReport:
        match step:
            case Step.FETCH:
                return fetch_records(
                    leased,
                    source=wired.source,
                    records=self._records,
                    with_receipts=wired.connection.brex.receipts,
                )
            case Step.MAP:
                return map_records(
                    leased,
                    documents=wired.documents_in,
                    records=self._records,
                    mapping=wired.stored.mapping_version,
                )
            case Step.POST:
                return PostDocuments(
                    erp=wired.erp,
                    journal=self._journal,
                    records=self._records,
                    mark_exported=wired.connection.brex.mark_exported,
                    lease_s=_lease_s(wired, step),
                    limits=wired.limits,
                    refused_days=wired.refused_days,
                    moves_days=wired.moves_days,
                ).run(leased)
            case Step.EXPORT:
                return export_results(
                    leased, source=wired.source, records=self._records, finished=self._finished
                )


def _lease_s(wired: Wired, step: Step) -> float:
    return wired.lease_s if step is Step.POST else _LEASE_S
