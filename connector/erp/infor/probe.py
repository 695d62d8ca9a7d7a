"""What this tenant's release of M3 offers, asked of M3 itself and remembered for an hour.

Releases differ in the fields of `AddLine` (AIT1-AIT7, AO01-AO07, or no dimension at all) and in
whether `DltInvoice` exists; a monthly CE update may change either.
Source: `MRS001MI/LstTransactions` and `/LstFields` (M3's own register of its MI programs).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from connector.domain.drafts import Outcome
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.results import Rows, Transaction
from connector.ports import Answer, Check

_KEPT_S = 3600.0
_REGISTER = "MRS001MI"

#: The dimensions of a document (AIT1 … AIT7) = the input field, by the names releases give them.
_NAMINGS = (
    {f"AIT{n}": f"AIT{n}" for n in range(1, 8)},
    {f"AIT{n}": f"AO0{n}" for n in range(1, 8)},
)
DIMENSIONS = tuple(_NAMINGS[0])
#: Without this field of `AddHead` a head whose answer was lost could never be found again.
MARKER_FIELD = "CORI"


@dataclass(frozen=True, slots=True)
class Release:
    """The transactions of the invoice program, what its adding ones take, what `GetHead` shows."""

    transactions: frozenset[str]
    head_fields: frozenset[str]
    line_fields: frozenset[str]
    head_shown: frozenset[str]

    @property
    def dimension_fields(self) -> Mapping[str, str]:
        """Dimension = input field of `AddLine`; empty where the release has none."""
        for naming in _NAMINGS:
            there = {name: field for name, field in naming.items() if field in self.line_fields}
            if there:
                return there
        return {}

    def lacks(self, dimensions: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the dimensions that no input field takes."""
        return tuple(name for name in dimensions if name not in self.dimension_fields)


class Probe:
    """Asks once an hour what the release offers."""

    def __init__(
        self,
        api: M3Api,
        program: str,
        company: Company,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._program = program
        self._company = company
        self._clock = clock
        self._known: tuple[float, Release] | None = None

    @property
    def known(self) -> Release | None:
        """The release as it was last seen, however long ago; None before the first `ask`."""
        return self._known[1] if self._known else None

    def ask(self, *, fresh: bool = False) -> Answer[Release]:
        """The release, from M3 where it was not asked within the hour, or where `fresh`."""
        if not fresh and self._known and self._clock() < self._known[0] + _KEPT_S:
            return Answer(Outcome.DONE, self._known[1])
        program = {"MINM": self._program}
        asked = [Transaction("LstTransactions", program)]
        asked += [
            Transaction("LstFields", program | {"TRNM": name, "TRTP": kind})
            for name, kind in (("AddHead", "I"), ("AddLine", "I"), ("GetHead", "O"))
        ]
        answers = self._api.execute_bulk(_REGISTER, asked, company=self._company, write=False)
        for answer in answers:
            if answer.outcome is not Outcome.DONE:
                return _unread(answer)
        names, *listed = (answer.value or () for answer in answers)
        heads, lines, shown = (_column(rows, "FLNM") for rows in listed)
        release = Release(_column(names, "TRNM"), heads, lines, shown)
        self._known = (self._clock(), release)
        return Answer(Outcome.DONE, release)

    def checks(self, dimensions: tuple[str, ...]) -> Iterator[Check]:
        """Whether the release, asked anew, has fields for the marker and the dimensions."""
        answer = self.ask(fresh=True)
        if answer.value is None:
            yield Check("fields", passed=False, detail=answer.message)
            return
        release = answer.value
        marked = MARKER_FIELD in release.head_fields
        detail = "AddHead takes CORI" if marked else "AddHead has no CORI: drafts cannot be told"
        yield Check("marker", passed=marked, detail=detail)
        if lacking := release.lacks(dimensions):
            detail = (
                f"AddLine of this release has no field for {', '.join(lacking)}; M3 would code the "
                "lines by its own rules (CRS395); take them out of [mapping], or update M3"
            )
            yield Check("dimensions", passed=False, detail=detail)
            return
        names = [f"{name} as {release.dimension_fields[name]}" for name in dimensions]
        yield Check("dimensions", passed=True, detail=", ".join(names))


def _unread(answer: Answer[Rows]) -> Answer[Release]:
    """Without the register nothing is written and nothing refused: a person mends the rights."""
    return Answer(
        Outcome.NOT_SENT,
        code=answer.code,
        message=f"{_REGISTER} does not say what this release of M3 offers: {answer.message}",
        wait_s=answer.wait_s,
    )


def _column(rows: Rows, name: str) -> frozenset[str]:
    return frozenset(row[name] for row in rows if row.get(name))
