"""Companies, accounts, code parts, suppliers and currencies of the simulated IFS."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

#: Accounts and cost centres of the generated month, some that it never uses, and 6999, which has
#: ended.
ACCOUNTS = {
    "1930": "Bank",
    "2440": "Accounts payable",
    "2441": "Clearing of accounts payable",
    "2442": "Reimbursements payable",
    "2641": "Input VAT",
    "2890": "Card liability",
    "5400": "Consumables",
    "5410": "Equipment",
    "5420": "Software",
    "5611": "Fuel",
    "5800": "Travel",
    "5810": "Tickets",
    "5830": "Board and lodging",
    "5910": "Advertising",
    "6010": "Catalogues",
    "6071": "Entertainment, deductible",
    "6072": "Entertainment, not deductible",
    "6110": "Office supplies",
    "6211": "Telephone",
    "6230": "Data communication",
    "6250": "Postage",
    "6310": "Insurance",
    "6530": "Accounting services",
    "6540": "IT services",
    "6570": "Bank charges",
    "6910": "Licences",
    "6980": "Memberships",
    "6991": "Other external costs",
    "6999": "Ended",
    "7500": "Other G&A",
    "7610": "Training",
    "7630": "Staff welfare",
    "7690": "Other staff costs",
    "7999": "Clearing",
}
ENDED = {"6999": date(2020, 12, 31)}
VALID_FROM, VALID_UNTIL = date(2010, 1, 1), date(2049, 12, 31)

#: Code part = its values; B is the cost centre, C the project. The others have none.
CODE_PARTS = {
    "CodeB": frozenset(f"CC{number}" for number in (10, 20, 30, 40, 50, 60)),
    "CodeC": frozenset({"P100", "P200"}),
}

SUPPLIERS = {
    "BREX": "Brex Inc (card purchases)",
    "730500": "Scandic Hotels Holding",
    "732000": "Scandinavian Airlines System",
    "732001": "SJ AB",
    "732002": "Scandic Hotels",
    "732006": "Amazon Web Services EMEA",
    "739999": "Not set up for invoices",
}
#: Suppliers that no company can be invoiced by.
WITHOUT_INVOICES = frozenset({"739999"})

#: Decimal places, and the rate to the company's currency (SEK).
CURRENCIES = {
    "SEK": (2, Decimal(1)),
    "EUR": (2, Decimal("11.20")),
    "USD": (2, Decimal("10.40")),
    "GBP": (2, Decimal("13.10")),
    "NOK": (2, Decimal("0.96")),
    "DKK": (2, Decimal("1.50")),
    "JPY": (0, Decimal("0.07")),
    "KWD": (3, Decimal("34.00")),
}
#: Voucher types of function group M, which people enter, and one that they may not use.
MANUAL_VOUCHER_TYPES = frozenset({"M", "K"})
OTHER_VOUCHER_TYPES = frozenset({"I"})
USER_GROUPS = frozenset({"AC"})
TAX_CODES = frozenset({"25", "12", "6", "0"})

#: Names in the catalogue beside the projections that answer here.
OTHER_PROJECTIONS = (
    "DockCodesHandling",
    "DocReferenceObjectAttachmentHandling",
    "PurchaseOrderHandling",
    "VoucherTypesHandling",
)


def company_amount(amount: Decimal, currency: str) -> Decimal:
    """The amount in the company's currency, rounded as IFS rounds."""
    return (amount * CURRENCIES[currency][1]).quantize(Decimal("0.01"))
