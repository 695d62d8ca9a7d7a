"""What `ping` checks of the set-up for entries of the general ledger.

That the interface of GLS850 exists cannot be read: its first batch shows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from connector.domain.drafts import Outcome
from connector.erp.infor.gl_settings import GlRegister
from connector.erp.infor.gls840_reader import HEAD_COLUMNS, HEADS, LINE_COLUMNS, LINES
from connector.erp.infor.ledger import COLUMNS as LEDGER_COLUMNS
from connector.erp.infor.m3api import Company
from connector.erp.infor.tables import Query, Tables
from connector.ports import Check

_NOBODY = (("KEY1", "=", "ML-CONNECTOR"),)
_QUERIES = (
    Query(HEADS, HEAD_COLUMNS, _NOBODY),
    Query(LINES, LINE_COLUMNS, _NOBODY),
    Query("FGLEDG", LEDGER_COLUMNS, (("ACDT", "=", 19000101),)),
)


def journal_checks(
    company: Company, dimensions: tuple[str, ...], register: GlRegister, tables: Tables | None
) -> Iterator[Check]:
    """The dimensions that the division uses, and that the tables can be read where they are."""
    settings = register.of(company)
    if settings.value is None:
        yield Check("general ledger", passed=False, detail=settings.message)
        return
    unused = [name for name in dimensions if name not in settings.value.dimensions]
    detail = "debits and credits have a code" if settings.value.has_code else "amounts have a sign"
    if unused:
        detail = f"{', '.join(unused)} is not used in the division (CRS750); see [mapping]"
    yield Check("general ledger", passed=not unused, detail=detail)
    if tables is None:
        return
    for query, answer in zip(_QUERIES, tables.select(company, _QUERIES), strict=True):
        passed = answer.outcome is Outcome.DONE
        hint = f'{answer.message}; let the user read it, or set journal_reads to "GLS200MI"'
        yield Check(f"table {query.table}", passed=passed, detail="" if passed else hint)
