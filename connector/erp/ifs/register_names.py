"""What IFS calls its registers: a set for each kind, and its fields by what they are to us.

Public code has `AccountsHandling`, `SuppliersHandling`, `CompanyHandling`, and the values of code
parts as a lookup of `FunctionalObjectHandling`. The other names are those of IFS's logical units
(AccountingCodePart, CurrencyCode, StatutoryFee, AccountingPeriod), which a release may show
elsewhere. A field that a release does not have counts as blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from connector.domain.master_data import Kind


@dataclass(frozen=True, slots=True)
class RegisterNames:
    """A set as `Projection/Set`, and role = field. What has a `company` belongs to one."""

    path: str
    fields: Mapping[str, str]


def _names(path: str, **fields: str) -> RegisterNames:
    return RegisterNames(path, MappingProxyType(fields))


_IN_A_COMPANY = {"company": "Company", "name": "Description"}

REGISTERS: Mapping[Kind, RegisterNames] = MappingProxyType(
    {
        Kind.GL_ACCOUNT: _names(
            "AccountsHandling/AccountSet",
            **_IN_A_COMPANY,
            code="Account",
            valid_from="ValidFrom",
            valid_to="ValidUntil",
            blocked="Blocked",
        ),
        Kind.DIMENSION: _names(
            "CodePartsHandling/AccountingCodePartSet",
            company="Company",
            code="CodePart",
            name="CodeName",
            used="CodePartUsed",
        ),
        Kind.DIMENSION_VALUE: _names(
            "FunctionalObjectHandling/Reference_AccountingCodePartValue",
            **_IN_A_COMPANY,
            part="CodePart",
            code="CodePartValue",
            valid_from="ValidFrom",
            valid_to="ValidUntil",
            blocked="Blocked",
        ),
        Kind.SUPPLIER: _names(
            "SuppliersHandling/SupplierInfoGeneralSet",
            code="SupplierId",
            name="Name",
            country="Country",
            organisation_number="AssociationNo",
            vat_number="VatNo",
            city="City",
            blocked="Blocked",
        ),
        Kind.COMPANY: _names("CompanyHandling/CompanySet", code="Company", name="Name"),
        Kind.CURRENCY: _names(
            "CurrencyCodesHandling/CurrencyCodeSet", **_IN_A_COMPANY, code="CurrencyCode"
        ),
        Kind.VAT_CODE: _names(
            "TaxCodesHandling/StatutoryFeeSet",
            **_IN_A_COMPANY,
            code="FeeCode",
            valid_from="ValidFrom",
            valid_to="ValidUntil",
        ),
        Kind.PERIOD: _names(
            "AccountingPeriodsHandling/AccountingPeriodSet",
            **_IN_A_COMPANY,
            year="AccountingYear",
            code="AccountingPeriod",
            valid_from="DateFrom",
            valid_to="DateUntil",
        ),
    }
)
