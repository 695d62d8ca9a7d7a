"""IFS's registers as master data, read to their end by their pages.

Accounts, code parts and what else belongs to a company are asked for company by company. Of a
company that is not among the user's Allowed Companies, IFS shows nothing, and says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from connector.domain.master_data import SUPPLIER_EXTRAS, Entry, Kind
from connector.erp.answers import value_of
from connector.erp.ifs import literals
from connector.erp.ifs.odata import OData
from connector.erp.ifs.register_names import RegisterNames
from connector.erp.ifs.results import Entity
from connector.errors import RefusedError

#: Code part A is the account.
_ACCOUNT = "A"
_NO = frozenset({"N", "NO", "FALSE"})
_YES = frozenset({"Y", "YES", "TRUE"})


class Registers:
    """What there is to code with in the companies that a connection posts to."""

    def __init__(
        self, odata: OData, names: Mapping[Kind, RegisterNames], companies: Sequence[str]
    ) -> None:
        self._odata = odata
        self._names = names
        self._companies = list(dict.fromkeys(companies))

    def pages(self, kind: Kind) -> Iterator[Sequence[Entry]]:
        """All entries of a kind, page by page."""
        names = self._names[kind]
        seen: set[tuple[str, str, str]] = set()
        for condition in self._conditions(names):
            for rows in self._rows(kind, names, condition):
                entries = [
                    entry
                    for row in rows
                    if (entry := _entry(kind, row, names)) is not None and entry.key not in seen
                ]
                seen.update(entry.key for entry in entries)
                yield entries

    def _conditions(self, names: RegisterNames) -> list[str]:
        if not (company := names.fields.get("company")):
            return [""]
        return [f"{company} eq {literals.literal(one)}" for one in self._companies]

    def _rows(self, kind: Kind, names: RegisterNames, condition: str) -> Iterator[list[Entity]]:
        projection, path = names.path.split("/")
        roles = ("company", "part", "year", "code")
        key = [names.fields[role] for role in roles if role in names.fields]
        for page in self._odata.pages(
            projection, path, key=key, condition=condition, background=True
        ):
            yield value_of(page, f"{names.path}, as [ifs.profile.registers.{kind}] has it")


def _entry(kind: Kind, row: Entity, names: RegisterNames) -> Entry | None:
    """The entry of a row; None for what there is nothing to code with."""

    def text(role: str) -> str:
        return row.text(names.fields[role]) if role in names.fields else ""

    code, part = text("code"), text("part")
    if not code:
        raise RefusedError(f"{names.path} shows a row without {names.fields['code']}")
    if _ACCOUNT in (code if kind is Kind.DIMENSION else "", part):
        return None
    if text("used").upper() in _NO:
        return None
    if kind is Kind.DIMENSION:
        code = f"Code{code}"
    elif kind is Kind.PERIOD:
        code = f"{text('year')}-{code.zfill(2)}"
    return Entry(
        code,
        text("name"),
        part=f"Code{part}" if part else "",
        company=text("company"),
        blocked=text("blocked").upper() in _YES,
        valid_from=_day(text("valid_from"), names),
        valid_to=_day(text("valid_to"), names),
        extras={name: value for name in SUPPLIER_EXTRAS if (value := text(name))},
    )


def _day(text: str, names: RegisterNames) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise RefusedError(f"{names.path} shows {text}, which is no date") from None
