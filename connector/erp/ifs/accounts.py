"""GL accounts: whether they may be posted to, and their ETags, read just before they are used.

An ETag is never kept: IFS makes it of a row id, which a reload changes, and of the last change, to
the second. A list may leave it out; the read of a single row has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from connector.domain.drafts import Outcome
from connector.domain.reasons import Reason
from connector.erp.answers import failed
from connector.erp.ifs import literals
from connector.erp.ifs.names import Names
from connector.erp.ifs.odata import OData
from connector.erp.ifs.results import ABSENT, Entity, entity_of, page_of
from connector.ports import Answer

#: The code of a company that the user may not see.
HIDDEN = "hidden"
_MEND_WAIT_S = 300.0

#: Company and account.
AccountKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it was just read."""

    number: str
    etag: str
    valid_from: date | None
    valid_until: date | None

    def fault(self, day: date) -> str:
        """Why it cannot be posted to on a day; "" where it can, as far as is known."""
        if self.valid_from and day < self.valid_from:
            return f"GL account {self.number} is valid from {self.valid_from} only, not on {day}"
        if self.valid_until and day > self.valid_until:
            return f"GL account {self.number} was valid until {self.valid_until}, not on {day}"
        return ""


class Accounts:
    """The chart of accounts."""

    def __init__(self, odata: OData, names: Names) -> None:
        self._odata = odata
        self._projection, self._set = names.accounts.split("/")
        self._fields = names.account_fields

    def read(self, keys: Iterable[AccountKey]) -> dict[AccountKey, Answer[Account]]:
        """Each account, from IFS itself, all in one call. REFUSED where there is none."""
        wanted = list(dict.fromkeys(keys))
        paths = [
            self._set + literals.key({"Company": company, "Account": number})
            for company, number in wanted
        ]
        told = self._odata.read_all(self._projection, paths) if paths else []
        return {
            key: self._account(key, entity_of(one)) for key, one in zip(wanted, told, strict=True)
        }

    def seen(self, company: str) -> Answer[bool]:
        """True where IFS shows any account of the company; NOT_SENT where it shows none."""
        told = self._odata.get(
            self._projection,
            self._set,
            {"$filter": f"Company eq {literals.literal(company)}", "$top": "1"},
        )
        page = page_of(told)
        if page.value is None:
            return failed(page)
        if page.value.rows:
            return Answer(Outcome.DONE, value=True)
        message = (
            f"IFS shows nothing of company {company}: add it to the Allowed Companies of the "
            "service user, or mend the company's name"
        )
        return Answer(Outcome.NOT_SENT, code=HIDDEN, message=message, wait_s=_MEND_WAIT_S)

    def probe(self) -> Answer[None]:
        """Whether IFS answers one cheap read."""
        return self._odata.probe(self._projection, self._set)

    def _account(self, key: AccountKey, told: Answer[Entity]) -> Answer[Account]:
        company, number = key
        if told.outcome is Outcome.REFUSED and told.code == ABSENT:
            message = (
                f"IFS shows no GL account {number} in company {company}: it does not exist there, "
                "or the company is not among the user's Allowed Companies"
            )
            return Answer(
                Outcome.REFUSED, code=Reason.ERP_REFUSED.value, message=message, field="Account"
            )
        if told.value is None:
            return failed(told)
        row = told.value
        return Answer(
            Outcome.DONE,
            Account(
                number,
                row.etag,
                _day(row.text(self._fields["valid_from"])),
                _day(row.text(self._fields["valid_until"])),
            ),
        )


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        return None
