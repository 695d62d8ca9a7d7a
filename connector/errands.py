"""Does what people ask for in the console, where it takes a secret that only workers have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from functools import partial
from typing import Any

from connector.connection_file import console_from_json, from_json, mapping_faults
from connector.domain.mends import Wanted
from connector.domain.people import Person, PersonRole
from connector.domain.reasons import Reason
from connector.domain.records import Step
from connector.errors import ConnectorError, RefusedError
from connector.ports import Check
from connector.prolonging import prolonged
from connector.redaction import redacted
from connector.registry import ERPS
from connector.store.actions import PostgresActions
from connector.store.database import Database, DatabaseUnavailableError
from connector.store.errands import Errand, ErrandKind, PostgresErrands
from connector.store.held_queue import HeldQueue, Narrowed
from connector.store.mapping_versions import MappingVersions
from connector.store.reconciliations import PostgresReconciliations
from connector.usecases.mend_mapping import add_rule, release_waiting
from connector.usecases.release_records import Released
from connector.usecases.return_records import return_record
from connector.wiring import Wired


class Errands:
    """The errands of all connections; `wired` has a connection ready for work, `check` asks it."""

    def __init__(
        self,
        database: Database,
        wired: Callable[[str], Wired],
        check: Callable[[str], Sequence[Check]],
    ) -> None:
        self._database = database
        self._wired = wired
        self._check = check
        self._errands = PostgresErrands(database)

    def claim(self) -> list[int]:
        """Those that are due, each claimed for the caller."""
        return self._errands.claim()

    def run(self, number: int) -> None:
        """Do one, and note how it ended. One that is done, or being done, is left alone.

        Raises RetryLaterError when the database is away; then it is done later.
        """
        errand = self._errands.begin(number)
        if errand is None:
            return
        try:
            with prolonged(f"errand-{number}", partial(self._errands.prolong, number)):
                outcome = self._outcome(errand)
        except DatabaseUnavailableError:
            raise
        except ConnectorError as error:
            outcome = {"done": False, "told": redacted(str(error))}
        self._errands.finish(number, outcome)

    def _outcome(self, errand: Errand) -> dict[str, Any]:
        match ErrandKind(errand.kind):
            case ErrandKind.RETURN:
                return self._return(errand)
            case ErrandKind.MEND:
                return self._mend(errand)
            case ErrandKind.PING:
                return self._ping(errand)
            case ErrandKind.RECONCILE:
                return self._reconcile(errand)

    def _ping(self, errand: Errand) -> dict[str, Any]:
        checks = self._check(errand.connection)
        told = [asdict(check) | {"detail": redacted(check.detail)} for check in checks]
        return {"done": True, "told": "", "checks": told}

    def _reconcile(self, errand: Errand) -> dict[str, Any]:
        since, until = _days(errand)
        wired = self._wired(errand.connection)
        acting = self._database.acting_as(errand.asked_by)
        kept = PostgresReconciliations(acting, wired.connection.id)
        number, result = wired.reconcile_anew(since, until, kept)
        return {"done": True, "told": result.summary, "reconciliation": number}

    def _return(self, errand: Errand) -> dict[str, Any]:
        acted = return_record(
            errand.record_id,
            errand.because,
            connection=errand.connection,
            source=self._wired(errand.connection).source,
            actions=PostgresActions(self._database.acting_as(errand.asked_by)),
        )
        told = "; ".join(refusal.why for refusal in acted.refused)
        return {"done": bool(acted.moved), "told": told}

    def _mend(self, errand: Errand) -> dict[str, Any]:
        what = {name: str(part) for name, part in (errand.what or {}).items()}
        wanted = Wanted(*(what.get(name, "") for name in ("reason", "field", "value")))
        acting = self._database.acting_as(errand.asked_by)
        stored = self._wired(errand.connection).stored
        _, _, section = from_json(stored.config)
        check = partial(ERPS[stored.erp].mapping_faults, section)
        setting, version = add_rule(
            wanted,
            what.get("put", ""),
            mappings=MappingVersions(acting, stored.id),
            faults=lambda mapping: mapping_faults(mapping, check),
        )
        queue = HeldQueue(acting)
        # all closed periods wait for the same policy, whatever their month
        is_policy = wanted.reason == Reason.PERIOD_CLOSED
        cause = None if is_policy else (wanted.field, wanted.value)
        narrowed = Narrowed(errand.connection, wanted.reason, cause)
        released = release_waiting(
            partial(queue.matching, narrowed),
            # a mend approves nothing: what somebody asked for before is left to an approver
            person=Person(0, errand.asked_by.partition(":")[2], PersonRole.OPERATOR),
            configs={errand.connection: console_from_json(stored.config)},
            held=queue,
            actions=PostgresActions(acting),
            nudger=_NoHints(),
        )
        return {
            "done": True,
            "told": "",
            "setting": setting,
            "version": version,
            **_counts(released),
        }


class _NoHints:
    """What waits for a new mapping is due once every worker has it: the sweep finds it then."""

    def nudge(self, step: Step, connection: str, erp: str, record_ids: Sequence[str] = ()) -> None:
        """Hint at nothing."""

    def refetch_secrets(self, connection: str) -> None:
        """Hint at nothing."""


def _counts(released: Released) -> Mapping[str, int]:
    return {
        "released": released.moved,
        "asked": len(released.asked),
        "left": len(released.refused),
    }


def _days(errand: Errand) -> tuple[date, date]:
    """The first day of a wished reconciliation, and the day after its last. Raises RefusedError."""
    days = errand.what or {}
    try:
        since, last = (date.fromisoformat(days[name]) for name in ("since", "until"))
        return since, last + timedelta(days=1)
    except (KeyError, OverflowError, TypeError, ValueError):
        told = "the days of the reconciliation cannot be read; ask for it anew, as 2026-10-01"
        raise RefusedError(told, code="no_such_day") from None
