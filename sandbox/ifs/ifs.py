"""The tables of the simulated IFS, and how they stand at first."""

from __future__ import annotations

from itertools import count

from sandbox.ifs import masterdata, registers
from sandbox.ifs.edm import projections
from sandbox.ifs.settings import IfsSettings
from sandbox.ifs.tables import Database, Table


class Ifs:
    """One environment, with all companies."""

    def __init__(self, settings: IfsSettings) -> None:
        self.database = Database()
        self.tables = {
            "projections": Table(self.database),
            "accounts": Table(self.database, ("Account", "Company")),
            "code_parts": Table(self.database, ("Company",)),
            "code_part_values": Table(self.database, ("Company",)),
            "companies": Table(self.database),
            "currencies": Table(self.database, ("Company",)),
            "tax_codes": Table(self.database, ("Company",)),
            "periods": Table(self.database, ("Company",)),
            "suppliers": Table(self.database, ("SupplierId",)),
            "supplier_companies": Table(self.database, ("SupplierId",)),
            "supplier_payments": Table(self.database, ("SupplierId",)),
            "proposals": Table(self.database, ("InvoiceNo", "InvoiceId", "VoucherDate")),
            "proposal_lines": Table(self.database, ("InvoiceId",)),
            "vouchers": Table(self.database, ("VoucherText", "VoucherNo", "VoucherDate")),
            "voucher_rows": Table(self.database, ("ReferenceNumber", "VoucherNo")),
            "gl_rows": Table(self.database, ("ReferenceNumber", "VoucherNo", "VoucherDate")),
        }
        self.clear(settings)

    def clear(self, settings: IfsSettings) -> None:
        """Back to master data without any document."""
        with self.database.transaction():
            for table in self.tables.values():
                table.clear()
            self.numbers = {"InvoiceId": count(100_001), "VoucherNo": count(20_001)}
            self._fill(settings)

    def _fill(self, settings: IfsSettings) -> None:
        names = {*projections(settings), *masterdata.OTHER_PROJECTIONS}
        names |= {f"Part{number}Handling" for number in range(settings.catalogue_size - len(names))}
        for name in sorted(names):
            self.tables["projections"].insert((name,), {"Name": name})
        for company in settings.companies:
            self._fill_company(company)
            registers.fill(self.tables, company)
        for supplier, name in masterdata.SUPPLIERS.items():
            registers.add_supplier(self.tables, supplier, name)

    def _fill_company(self, company: str) -> None:
        for account, description in masterdata.ACCOUNTS.items():
            row = {
                "Company": company,
                "Account": account,
                "Description": description,
                "ValidFrom": masterdata.VALID_FROM,
                "ValidUntil": masterdata.ENDED.get(account, masterdata.VALID_UNTIL),
            }
            self.tables["accounts"].insert((company, account), row)
        for supplier in masterdata.SUPPLIERS.keys() - masterdata.WITHOUT_INVOICES:
            row = {"SupplierId": supplier, "Company": company, "PayTermId": "30"}
            self.tables["supplier_companies"].insert((supplier, company), row)
            payment = {"SupplierId": supplier, "Company": company, "PartyType": "Supplier"}
            self.tables["supplier_payments"].insert((supplier, company, "Supplier"), payment)
