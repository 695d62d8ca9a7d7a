"""What `ping` checks of a connection to M3, and what to do where a check fails.

Nothing here writes. Sources: contracts of `MNS150MI`, `AUTCHKMI` and `MRS001MI` in a real CE
tenant; Infor OS on the rights of a service account (docs.infor.com/inforos).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connector.domain.drafts import Outcome
from connector.erp.infor.m3api import CREDENTIALS, Company, M3Api
from connector.erp.infor.payees import Payees
from connector.erp.infor.profile import Profile
from connector.erp.infor.results import Rows, Transaction
from connector.ports import Answer, Check

_HELP = {
    CREDENTIALS: "download the .ionapi file again, and see that the service account is active",
    "http_403": "give the app's service account a user in M3 (MNS150) with the right to this API",
    "http_404": "see that ti and iu of the .ionapi file are those of the tenant, and that the M3 "
    "suite is published in ION API",
}


class Checks:
    """The checks of one connection, from access to the single field."""

    def __init__(
        self,
        api: M3Api,
        company: Company,
        profiles: Sequence[Profile],
        *,
        dimensions: tuple[str, ...],
        fallback_supplier: str,
        asks_m3: bool = True,
    ) -> None:
        self._api = api
        self._company = company
        self._profiles = profiles
        self._dimensions = dimensions
        self._fallback_supplier = fallback_supplier
        self._asks_m3 = asks_m3

    def run(self) -> Iterator[Check]:
        """One check after the other; without access to M3 the first is also the last."""
        if self._asks_m3:
            yield from self._m3()
        else:
            for profile in self._profiles:
                yield from profile.checks(self._company, self._dimensions)

    def _m3(self) -> Iterator[Check]:
        user = self._ask("MNS150MI", "GetUserData", {})
        if user.outcome is not Outcome.DONE:
            yield Check("access", passed=False, detail=_failure(user))
            return
        name = user.value[0].get("USID", "") if user.value else ""
        yield Check("access", passed=True, detail=f"M3 user {name}")
        yield self._company_allowed(name)
        for profile in self._profiles:
            for program, transactions in profile.programs.items():
                yield self._program(program, transactions)
            yield from profile.checks(self._company, self._dimensions)
            for function in profile.functions:
                yield self._authority(function)
        if self._fallback_supplier:
            yield self._supplier(self._fallback_supplier)

    def probe(self) -> Answer[None]:
        """Whether M3 answers the first thing that is asked of it."""
        return self._api.probe(self._company)

    def _company_allowed(self, user: str) -> Check:
        ours = self._company
        what = f"company {ours.cono} division {ours.divi or '(blank)'}"
        answer = self._ask("MNS150MI", "LstCmpDivi", {"USID": user})
        if answer.outcome is not Outcome.DONE:
            return Check("company", passed=False, detail=_failure(answer))
        allowed = {(row.get("CONO", ""), row.get("DIVI", "")) for row in answer.value or ()}
        if (str(ours.cono), ours.divi) in allowed:
            return Check("company", passed=True, detail=what)
        detail = f"{user} may not use {what}; add it to the user in MNS151"
        return Check("company", passed=False, detail=detail)

    def _program(self, program: str, transactions: tuple[str, ...]) -> Check:
        answer = self._ask("MRS001MI", "LstTransactions", {"MINM": program})
        if answer.outcome is not Outcome.DONE:
            detail = f"{_failure(answer)}; see that the release has {program}"
            return Check(program, passed=False, detail=detail)
        there = {row.get("TRNM", "") for row in answer.value or ()}
        if lacking := [name for name in transactions if name not in there]:
            what = "choose another program or way of reading in [infor]"
            detail = f"this release has no {', '.join(lacking)}; {what}"
            return Check(program, passed=False, detail=detail)
        return Check(program, passed=True, detail=", ".join(transactions))

    def _authority(self, function: str) -> Check:
        name = f"authority {function}"
        answer = self._ask("AUTCHKMI", "ChkAuthority", {"APGM": function})
        if answer.outcome is not Outcome.DONE:
            return Check(name, passed=False, detail=_failure(answer))
        if any(row.get("ALPG") == "1" for row in answer.value or ()):
            return Check(name, passed=True)
        detail = f"the user has no permission to {function}; add a role in SES400 or MNS410"
        return Check(name, passed=False, detail=detail)

    def _supplier(self, supplier: str) -> Check:
        (answer,) = Payees(self._api).active([supplier], self._company)
        if answer.value is not None:
            detail = f"{supplier}, paid to {answer.value.number}"
            return Check("fallback supplier", passed=True, detail=detail)
        detail = f"{_failure(answer)}; mend it in CRS620, or change mapping.supplier_fallback"
        return Check("fallback supplier", passed=False, detail=detail)

    def _ask(self, program: str, transaction: str, record: Mapping[str, str]) -> Answer[Rows]:
        return self._api.execute(
            program, Transaction(transaction, record), company=self._company, write=False
        )


def _failure(answer: Answer[Any]) -> str:
    """What went wrong, and what mends it where that is known."""
    text = answer.message or answer.code or "M3 did not answer"
    return f"{text}: {_HELP[answer.code]}" if answer.code in _HELP else text
