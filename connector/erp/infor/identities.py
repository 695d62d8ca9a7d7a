"""M3's accounting identities: whether an account or dimension can be posted on.

Source: contract of `CRS630MI/GetAccountID` (LCCD blocked, VFDT and VTDT validity, AT11 accounts
payable, AT04 VAT, AT13 blocked for manual entry). An identity is kept for a division, or for all of
a company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from connector.domain.drafts import Outcome
from connector.erp.answers import failed
from connector.erp.infor import fields
from connector.erp.infor.errors import Meaning, meaning
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.results import Row, Rows, Transaction
from connector.ports import Answer

_COLUMNS = ("AITM", "LCCD", "VFDT", "VTDT", "AT11", "AT04", "AT13")
_NO = {"", "0"}


@dataclass(frozen=True, slots=True)
class Identity:
    """A value of a dimension: `AIT1` and `7500`."""

    dimension: str
    value: str


class Identities:
    """Reads identities in bulk; keeps what it has read."""

    def __init__(self, api: M3Api) -> None:
        self._api = api
        self._kept: dict[tuple[Company, Identity], Answer[Row | None]] = {}

    def of(self, company: Company, wanted: Sequence[Identity]) -> list[Answer[Row | None]]:
        """Each identity as M3 has it, None where it has none."""
        new = [one for one in dict.fromkeys(wanted) if (company, one) not in self._kept]
        for where in dict.fromkeys((company, Company(company.cono, ""))):
            missing = [one for one in new if not self._is_known(company, one)]
            asked = [Transaction("GetAccountID", _key(one, where), _COLUMNS) for one in missing]
            answers = self._api.execute_bulk("CRS630MI", asked, company=where, write=False)
            for one, answer in zip(missing, answers, strict=True):
                self._kept[company, one] = _identity(answer)
        told = [self._kept[company, one] for one in wanted]
        for one in new:
            if self._kept[company, one].outcome is not Outcome.DONE:
                del self._kept[company, one]  # the next one asks again
        return told

    def _is_known(self, company: Company, identity: Identity) -> bool:
        answer = self._kept.get((company, identity))
        return answer is not None and (answer.outcome is not Outcome.DONE or bool(answer.value))


def fault_of(identity: Row, day: date, *, is_vat: bool) -> str:
    """Why a line, of VAT or not, cannot be posted on an identity on a day; "" where it can."""
    if identity.get("LCCD") == "1":
        return "it is blocked"
    posted = fields.day(day)
    first, last = (identity.get(name, "").strip("0 ") for name in ("VFDT", "VTDT"))
    if first and posted < identity["VFDT"]:
        return f"it is valid from {identity['VFDT']} on"
    if last and posted > identity["VTDT"]:
        return f"it is valid until {identity['VTDT']}"
    if identity.get("AT11", "") not in _NO:
        return "it is the account of the AP ledger (AT11), which alone posts on it"
    if identity.get("AT04", "") not in _NO and not is_vat:
        return "it is an account for VAT (AT04)"
    return ""


def doubt_of(identity: Row) -> str:
    """What only a posting shows of an identity; "" where there is nothing."""
    if identity.get("AT13", "") in _NO:
        return ""
    return "it is blocked for manual entry (AT13); whether for this program, M3 says as it posts"


def _key(identity: Identity, company: Company) -> dict[str, str]:
    return {"AITP": identity.dimension[-1], "AITM": identity.value, **company.division}


def _identity(answer: Answer[Rows]) -> Answer[Row | None]:
    if answer.outcome is Outcome.DONE:
        return Answer(Outcome.DONE, answer.value[0] if answer.value else None)
    says_nothing = meaning(answer.code) in {Meaning.NOT_ALLOWED, Meaning.CONTRACT}
    if answer.outcome is Outcome.REFUSED and answer.code and not says_nothing:
        return Answer(Outcome.DONE, None)
    return failed(answer)
