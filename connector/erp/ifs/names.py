"""What a customer's IFS calls things: projections, sets and fields, as settings with defaults.

IFS publishes no projection that takes posting proposals or manual vouchers, and names differ by
release and localisation: whatever stands here is checked against `$metadata` by `ping`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from connector.domain.master_data import Kind
from connector.erp.ifs.register_names import REGISTERS, RegisterNames


def _frozen(**names: str) -> Mapping[str, str]:
    return MappingProxyType(names)


@dataclass(frozen=True, slots=True)
class DocumentNames:
    """Where documents of one kind are kept. `fields` and `line_fields` pair our role with a field.

    `constants` are further values of each head, as this tenant needs them.
    """

    projection: str
    head_set: str
    lines: str
    fields: Mapping[str, str]
    line_fields: Mapping[str, str]
    constants: Mapping[str, str]


#: Suggested by the columns of IFS's invoice and posting rows; the set's name is that of the LU.
POSTING_PROPOSAL = DocumentNames(
    projection="PostingProposalHandling",
    head_set="PostingProposalHeadSet",
    lines="PostingProposalLines",
    fields=_frozen(
        company="Company",
        id="InvoiceId",
        number="InvoiceNo",
        reference="CreatorsReference",
        supplier="Identity",
        invoice_date="InvoiceDate",
        accounting_date="VoucherDate",
        currency="CurrencyCode",
        total="GrossCurrAmount",
        text="Text",
        state="Objstate",
        voucher="VoucherNo",
    ),
    line_fields=_frozen(
        account="Account", amount="CurrencyAmount", text="Text", reference="Reference"
    ),
    constants=_frozen(SeriesId="SI", VoucherType="I"),
)

#: Columns of GenLedVoucher and GenLedVoucherRow. It is `Debet`, and `ReferenceSerie`, in IFS.
MANUAL_VOUCHER = DocumentNames(
    projection="ManualVoucherHandling",
    head_set="VoucherSet",
    lines="VoucherRows",
    fields=_frozen(
        company="Company",
        type="VoucherType",
        year="AccountingYear",
        id="VoucherNo",
        accounting_date="VoucherDate",
        text="VoucherText",
    ),
    line_fields=_frozen(
        row="RowNo",
        account="Account",
        currency="CurrencyCode",
        debit="CurrencyDebetAmount",
        credit="CurrencyCreditAmount",
        amount="CurrencyAmount",
        text="Text",
        number="ReferenceNumber",
        reference="ReferenceSerie",
    ),
    constants=_frozen(VoucherType="M", UserGroup="AC"),
)


@dataclass(frozen=True, slots=True)
class Names:
    """All names. A set beside the documents' own is written `Projection/Set`."""

    posting_proposal: DocumentNames = POSTING_PROPOSAL
    manual_voucher: DocumentNames = MANUAL_VOUCHER
    accounts: str = "AccountsHandling/AccountSet"
    suppliers: str = "SupplierHandling/SupplierInfoGeneralSet"
    #: the array of a supplier with the companies that it may invoice
    supplier_companies: str = "SupplierInvoiceCompanies"
    #: where the rows of a voucher are after the GL update
    ledger: str = "GLVoucherRowsProjAnalysis/GenLedProjVoucherRowSet"
    registers: Mapping[Kind, RegisterNames] = field(default_factory=lambda: REGISTERS)
    #: fields of an account, both optional in a release
    account_fields: Mapping[str, str] = field(
        default_factory=lambda: _frozen(valid_from="ValidFrom", valid_until="ValidUntil")
    )
