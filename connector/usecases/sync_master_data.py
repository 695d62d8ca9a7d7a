"""Master data: read the ERP's registers, keep them, and have Brex offer what is valid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector import log
from connector.domain.coded_fields import CodedField, aliases, fields_of, rules_with
from connector.domain.connections import MappingConfig
from connector.domain.master_data import Entry, Kept, Kind
from connector.domain.sync import (
    KINDS,
    Action,
    Change,
    SyncConfig,
    SyncOutcome,
    Target,
    changes_of,
    confirmation,
    differences,
    offers_of,
    suspicion,
)
from connector.errors import ConnectorError, LeaseLostError, RefusedError
from connector.ports import MasterStore, Registers, SyncRuns
from connector.usecases.push_values import NotPushedError, PushValues

LOG = log.logger(__name__)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How a run ended, and the difference that it found."""

    run: int
    target: Target
    outcome: SyncOutcome
    detail: str
    entries: int
    changes: tuple[Change, ...]

    @property
    def summary(self) -> str:
        """One sentence: `done: 34 read, 33 created, 1 disabled`."""
        counts = [(action, sum(one.action is action for one in self.changes)) for action in Action]
        told = [
            f"{self.entries} read",
            *(f"{number} {action}" for action, number in counts if number),
        ]
        why = f"; {self.detail}" if self.detail else ""
        return f"{self.outcome}: {', '.join(told)}{why}"


class SyncMasterData:
    """Runs for one connection. Everything is read and decided before anything is kept or sent."""

    def __init__(
        self,
        *,
        registers: Registers,
        push: PushValues,
        master: MasterStore,
        runs: SyncRuns,
        mapping: MappingConfig,
        config: SyncConfig,
        dimension_of_gl: str,
        now: Callable[[], datetime],
    ) -> None:
        self._registers = registers
        self._push = push
        self._master = master
        self._runs = runs
        self._mapping = mapping
        self._config = config
        self._dimension_of_gl = dimension_of_gl
        self._now = now

    def run(self, target: Target, *, dry_run: bool = False) -> SyncReport:
        """One run. Raises RefusedError while another one of the target goes on.

        A failure of a peer is its outcome, not raised.
        """
        run = self._runs.begin(target, dry_run=dry_run)
        if run is None:
            raise RefusedError(f"a run for {target} is going on already", code="sync_runs")
        found = _Found()
        outcome, detail = SyncOutcome.FAILED, "unexpected"
        try:
            outcome, detail = self._run(run, target, found, dry_run=dry_run)
        except LeaseLostError:
            raise
        except ConnectorError as error:
            detail = str(error)
        finally:
            self._runs.finish(run, outcome, detail)
        report = SyncReport(run, target, outcome, detail, found.entries, tuple(found.changes))
        tell = LOG.info if outcome in _QUIET else LOG.error
        tell("sync_ended", target=target, run=run, outcome=outcome, summary=report.summary)
        return report

    def _run(
        self, run: int, target: Target, found: _Found, *, dry_run: bool
    ) -> tuple[SyncOutcome, str]:
        read_at = self._now()
        read = {kind: self._read(run, kind) for kind in KINDS[target]}
        found.entries = sum(map(len, read.values()))
        kept = {kind: self._master.entries(kind) for kind in read}
        percent = self._config.largest_shrink_percent
        doubts = [why for kind in read if (why := suspicion(kind, kept[kind], read[kind], percent))]
        if doubts:
            self._runs.note(run, found.entries, [])
            return SyncOutcome.SUSPICIOUS, "; ".join(doubts)
        fields = fields_of(
            target, self._mapping, self._config, dimension_of_gl=self._dimension_of_gl
        )
        if not fields:
            for kind, entries in read.items():
                found.changes += differences(kind, kept[kind], entries)
        if not dry_run:
            self._runs.keep_on(run)
            for kind, entries in read.items():
                self._master.keep(kind, entries, read_at)
        enabled = 0
        for field in fields:
            offers = offers_of(_now_kept(field, kept, read, read_at), read_at.date())
            there = self._push.values_of(field, keep_on=lambda: self._runs.keep_on(run))
            enabled += sum(not one.disabled for one in there.values())
            changes = changes_of(field.part, offers, there)
            found.changes += self._with_impact(field, changes)
        self._runs.note(run, found.entries, found.changes)
        why = confirmation(found.changes, enabled, self._config) if fields else ""
        if dry_run:
            return SyncOutcome.DRY_RUN, f"a person would have to confirm it: {why}" if why else ""
        if why and not self._runs.is_confirmed(run):
            return SyncOutcome.NEEDS_CONFIRMATION, why
        return self._pushed(run, target, fields, found)

    def _pushed(
        self, run: int, target: Target, fields: Sequence[CodedField], found: _Found
    ) -> tuple[SyncOutcome, str]:
        try:
            for field in fields:
                changes = [one for one in found.changes if one.part == field.part]
                self._push.push(field, changes, keep_on=lambda: self._runs.keep_on(run))
        except NotPushedError as error:
            return SyncOutcome.NOT_PUSHED, str(error)
        return SyncOutcome.DONE, self._unmapped(target)

    def _read(self, run: int, kind: Kind) -> list[Entry]:
        entries: list[Entry] = []
        for page in self._registers.pages(kind):
            entries += page
            self._runs.keep_on(run)
        return entries

    def _with_impact(self, field: CodedField, changes: Sequence[Change]) -> list[Change]:
        """The changes, those that disable a value with what it touches."""
        ids = {
            one.code: aliases(self._mapping, field, one.code)
            for one in changes
            if one.action is Action.DISABLED
        }
        waiting = self._waiting(field, ids) if ids else {}
        return [
            replace(
                one,
                records=sum(waiting.get(value, 0) for value in ids[one.code]),
                rules=rules_with(self._mapping, field, one.code),
            )
            if one.code in ids
            else one
            for one in changes
        ]

    def _waiting(self, field: CodedField, ids: Mapping[str, Sequence[str]]) -> Mapping[str, int]:
        every = [value for values in ids.values() for value in values]
        return self._runs.waiting_records(field.name, every)

    def _unmapped(self, target: Target) -> str:
        """The dimensions that the ERP uses and no field is mapped to, as a sentence."""
        if target is not Target.DIMENSIONS:
            return ""
        mapped = {self._dimension_of_gl, *(part for part, _ in self._mapping.dimensions)}
        used = {one.entry.code for one in self._master.entries(Kind.DIMENSION) if not one.gone}
        left = sorted(used - mapped)
        return f"used in the ERP, and in no field of the mapping: {', '.join(left)}" if left else ""


class _Found:
    """What a run has found so far, also where it fails then."""

    def __init__(self) -> None:
        self.entries = 0
        self.changes: list[Change] = []


_QUIET = frozenset({SyncOutcome.DONE, SyncOutcome.DRY_RUN, SyncOutcome.NOT_PUSHED})


def _now_kept(
    field: CodedField,
    kept: Mapping[Kind, Sequence[Kept]],
    read: Mapping[Kind, Sequence[Entry]],
    read_at: datetime,
) -> list[Kept]:
    """What is kept of a field's entries once the reading is, gone ones included."""
    entries = [one for one in read[field.kind] if not field.narrowed or one.part == field.part]
    there = {one.key for one in entries}
    gone = [
        replace(one, gone=True)
        for one in kept[field.kind]
        if one.entry.key not in there and (not field.narrowed or one.entry.part == field.part)
    ]
    return [*(Kept(one, read_at, read_at, gone=False) for one in entries), *gone]
