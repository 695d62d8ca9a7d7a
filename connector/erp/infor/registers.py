"""M3's registers as master data, read to their end.

M3 has no cursor: a list begins at the key that it is given, and ends where `maxrecs`, or a ceiling
that nobody documents, cuts it. So every list is asked for again from its last key on until nothing
new comes, whatever number of rows an answer has.
Sources: contracts of `CRS630MI/LstAccountID`, `CRS750MI/GetGLSettings`, `CRS620MI/LstByNumber`,
`MNS100MI/LstDivisions`, `CRS055MI/SelExchangeRate`, `CRS030MI/LstVat`, `CRS910MI/Select`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from connector.domain.master_data import Entry, Kind
from connector.erp.answers import patiently, value_of
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.probe import DIMENSIONS
from connector.erp.infor.results import Row, Rows, Transaction
from connector.errors import RefusedError
from connector.ports import Answer

#: Rows asked for at once.
_PAGE = 1000
#: The lowest ceiling that was seen: so many rows of one key may be cut.
_FEWEST_CUT = 100
_ACCOUNT = "AIT1"
_ACTIVE, _YES = "20", "1"


@dataclass(frozen=True, slots=True)
class _List:
    """A list of M3: `key` is the column by which it goes on, `start` the input that says where.

    `first` is the start that means "from the top".
    """

    program: str
    transaction: str
    columns: tuple[str, ...]
    key: str
    start: str
    first: str = ""


_IDENTITIES = _List(
    "CRS630MI",
    "LstAccountID",
    ("DIVI", "AITM", "TX40", "LCCD", "VFDT", "VTDT", "AT13"),
    key="AITM",
    start="AITM",
)
_SUPPLIERS = _List(
    "CRS620MI",
    "LstByNumber",
    ("SUNO", "SUNM", "STAT", "CORG", "VRNO", "CSCD"),
    key="SUNO",
    start="SUNO",
    first="0",
)
_DIVISIONS = _List("MNS100MI", "LstDivisions", ("CONO", "DIVI", "TX15"), key="DIVI", start="DIVI")
_VAT_CODES = _List("CRS030MI", "LstVat", ("VTCD", "TX40"), key="VTCD", start="VTCD")
_RATES = _List("CRS055MI", "SelExchangeRate", ("CUCD",), key="CUCD", start="FCUR")
_PERIODS = _List(
    "CRS910MI",
    "Select",
    ("DIVI", "PETP", "YEA4", "PERI", "NAME", "FDAT", "TDAT"),
    key="YEA4",
    start="FYEA",
)


class Registers:
    """What there is to code with in the companies that a connection posts to."""

    def __init__(
        self, api: M3Api, companies: Sequence[Company], rate_type: str, today: Callable[[], date]
    ) -> None:
        self._api = api
        self._divisions = list(dict.fromkeys(companies))
        # by company, in which no division is named: what is kept for all of them
        self._companies = list(dict.fromkeys(Company(one.cono, "") for one in companies))
        self._rate_type = rate_type
        self._today = today

    def pages(self, kind: Kind) -> Iterator[Sequence[Entry]]:
        """All entries of a kind, page by page."""
        match kind:
            case Kind.GL_ACCOUNT:
                return self._identities(_ACCOUNT, "")
            case Kind.DIMENSION:
                return iter([self._dimensions()])
            case Kind.DIMENSION_VALUE:
                used = [one.code for one in self._dimensions() if one.code != _ACCOUNT]
                return (page for name in used for page in self._identities(name, name))
            case Kind.SUPPLIER:
                return self._suppliers()
            case Kind.COMPANY:
                return self._company_register()
            case Kind.CURRENCY:
                return self._currencies()
            case Kind.VAT_CODE:
                return self._vat_codes()
            case Kind.PERIOD:
                return self._periods()

    def _identities(self, dimension: str, part: str) -> Iterator[Sequence[Entry]]:
        seen: set[tuple[str, str]] = set()
        for company in dict.fromkeys((*self._companies, *self._divisions)):
            asked = {"AITP": dimension[-1], **company.division}
            for rows in self._listed(_IDENTITIES, asked, company):
                entries = [_identity(row, part, company) for row in rows]
                yield [one for one in entries if (one.company, one.code) not in seen]
                seen.update((one.company, one.code) for one in entries)

    def _dimensions(self) -> list[Entry]:
        """The dimensions that any of the divisions uses, by what M3 calls them: it has no names."""
        used = set()
        for company in self._divisions:
            asked = Transaction("GetGLSettings", company.division)
            (row,) = self._ask("CRS750MI", asked, company) or ({},)
            used |= {name for name in DIMENSIONS if row.get(f"FAC{name[-1]}") == _YES}
        return [Entry(name, name) for name in DIMENSIONS if name in used]

    def _suppliers(self) -> Iterator[Sequence[Entry]]:
        for company in self._companies:
            for rows in self._listed(_SUPPLIERS, {"CONO": str(company.cono)}, company):
                yield [_supplier(row, company) for row in rows]

    def _company_register(self) -> Iterator[Sequence[Entry]]:
        for company in self._companies:
            for rows in self._listed(_DIVISIONS, {"CONO": str(company.cono)}, company):
                yield [
                    Entry(_name_of(company, row.get("DIVI", "")), row.get("TX15", ""))
                    for row in rows
                ]

    def _currencies(self) -> Iterator[Sequence[Entry]]:
        """M3 lists no currencies: those that have a rate, and the local currencies of divisions."""
        day = f"{self._today():%Y%m%d}"
        for company in self._divisions:
            asked = {"CRTP": self._rate_type, "CUTD": day, "CONO": str(company.cono)}
            if company.divi:
                asked |= {"FRDI": company.divi, "TODI": company.divi}
            where = _name_of(company, company.divi)
            local = self._ask("MNS100MI", Transaction("GetBasicData", company.division), company)
            codes = {row["LOCD"]: None for row in local if row.get("LOCD")}
            for rows in self._listed(_RATES, asked, company):
                codes |= dict.fromkeys(row["CUCD"] for row in rows if row.get("CUCD"))
            yield [Entry(code, code, company=where) for code in codes]

    def _vat_codes(self) -> Iterator[Sequence[Entry]]:
        for company in self._companies:
            for rows in self._listed(_VAT_CODES, {}, self._asking(company)):
                yield [
                    Entry(row["VTCD"], row.get("TX40", ""), company=str(company.cono))
                    for row in rows
                ]

    def _periods(self) -> Iterator[Sequence[Entry]]:
        for company in self._divisions:
            asked = {"CONO": str(company.cono)}
            if company.divi:
                asked |= {"FDIV": company.divi, "TDIV": company.divi}
            for rows in self._listed(_PERIODS, asked, company, unique=("PETP", "YEA4", "PERI")):
                yield [_period(row, company) for row in rows]

    def _asking(self, company: Company) -> Company:
        """A division of the company, for registers that no call without one is let into."""
        return next(one for one in self._divisions if one.cono == company.cono)

    def _listed(
        self,
        what: _List,
        asked: Mapping[str, str],
        company: Company,
        unique: tuple[str, ...] = (),
    ) -> Iterator[Rows]:
        """The rows of a list, each once. `unique` are the columns that tell rows apart."""
        start, seen = what.first, set[tuple[str, ...]]()
        columns = unique or (what.key, "DIVI")
        while True:
            record = {**asked, what.start: start} if start else dict(asked)
            told = self._ask(
                what.program, Transaction(what.transaction, record, what.columns), company
            )
            keys = [tuple(row.get(name, "") for name in columns) for row in told]
            if any(not row.get(what.key) for row in told):
                raise RefusedError(f"{what.program} lists a row without {what.key}")
            fresh = [row for row, key in zip(told, keys, strict=True) if key not in seen]
            seen.update(keys)
            yield tuple(fresh)
            if not told or (not fresh and told[-1][what.key] == start and len(told) < _FEWEST_CUT):
                return
            if told[-1][what.key] == start:
                message = f"{what.program} has more rows with {what.key} {start} than it lists"
                raise RefusedError(message)
            if not fresh:
                raise RefusedError(f"{what.program}/{what.transaction} does not go on at a key")
            start = told[-1][what.key]

    def _ask(self, program: str, asked: Transaction, company: Company) -> Rows:
        def ask() -> Answer[Rows]:
            return self._api.execute_bulk(
                program, [asked], company=company, write=False, max_records=_PAGE, background=True
            )[0]

        return value_of(patiently(ask), f"{program}/{asked.name}")


def _identity(row: Row, part: str, company: Company) -> Entry:
    by_hand = {} if row.get("AT13") != _YES else {"manual_entry": "blocked"}
    return Entry(
        row["AITM"],
        row.get("TX40", ""),
        part=part,
        company=_name_of(company, row.get("DIVI", "")),
        blocked=row.get("LCCD") == _YES,
        valid_from=_day(row, "VFDT"),
        valid_to=_day(row, "VTDT"),
        extras=by_hand,
    )


def _supplier(row: Row, company: Company) -> Entry:
    extras = {
        "vat_number": row.get("VRNO", ""),
        "organisation_number": row.get("CORG", ""),
        "country": row.get("CSCD", ""),
    }
    return Entry(
        row["SUNO"],
        row.get("SUNM", ""),
        company=str(company.cono),
        blocked=row.get("STAT") != _ACTIVE,
        extras={name: value for name, value in extras.items() if value},
    )


def _period(row: Row, company: Company) -> Entry:
    return Entry(
        f"{row.get('PETP', '')}/{row['YEA4']}-{row.get('PERI', '').zfill(2)}",
        row.get("NAME", ""),
        company=_name_of(company, row.get("DIVI", "")),
        valid_from=_day(row, "FDAT"),
        valid_to=_day(row, "TDAT"),
    )


def _name_of(company: Company, divi: str) -> str:
    """`100`, or `100/AAA` for a division."""
    return f"{company.cono}/{divi}" if divi else str(company.cono)


def _day(row: Row, name: str) -> date | None:
    """A date; None where there is none. Raises RefusedError for what is neither."""
    text = row.get(name, "").strip("0 ") and row[name]
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise RefusedError(f"M3 shows {name} = {text}, which is no date") from None
