"""Suppliers, accounting identities, divisions and currencies of the simulated company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Supplier:
    """STAT: 10 preliminary, 20 active, 90 blocked. PRSU is the payee when it is another one."""

    suno: str
    sunm: str
    stat: str = "20"
    prsu: str = ""
    cucd: str = "SEK"
    tepy: str = "30"
    vrno: str = ""
    corg: str = ""
    cscd: str = "SE"

    @property
    def payee(self) -> str:
        """SPYN where a head names none."""
        return self.prsu or self.suno


@dataclass(frozen=True, slots=True)
class Identity:
    """One accounting identity of a dimension (1 is the account)."""

    aitp: int
    aitm: str
    name: str
    blocked: bool = False
    manual_entry_blocked: bool = False
    vfdt: str = ""
    vtdt: str = ""


#: Supplier number, name and currency; merchants of the generator carry the same names.
_SUPPLIERS = """
732000 Scandinavian Airlines System|732001 SJ AB|732002 Scandic Hotels|732003 Taxi Stockholm
732004 Uber BV|732005 Bolt Operations|732006 Amazon Web Services EMEA|732007 Microsoft Ireland
732008 Google Cloud EMEA|732009 Atlassian Pty|732010 GitHub Inc|732011 Slack Technologies
732012 Zoom Video Communications|732013 Figma Inc|732014 Notion Labs|732015 Adobe Systems
732016 Clas Ohlson|732017 IKEA Svenska|732018 Dustin AB|732019 Elgiganten
732020 Staples|732021 PostNord|732022 DHL Express|732023 Telia
732024 Tele2|732025 Circle K|732026 OKQ8|732027 Hertz
732028 Europcar|732029 Lufthansa|732030 Booking.com|732031 Airbnb Ireland
732032 Foodora|732033 Espresso House|732034 Restaurang Kött & Fisk|732035 LinkedIn Ireland
732036 Meta Platforms Ireland|732037 Hetzner Online|732038 DigitalOcean
"""
_ACCOUNTS = {
    "1680": "Money in transit",
    "1930": "Bank",
    "2440": "Accounts payable",
    "2441": "Payable to Brex",
    "2442": "Accounts payable, clearing",
    "2890": "Payable to employees",
    "2641": "Input VAT",
    "3990": "Other income",
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
    "7500": "Other G&A",
    "7610": "Training",
    "7630": "Staff welfare",
    "7690": "Other staff costs",
    "7999": "Clearing",
}
_COST_CENTERS = {f"CC{n}": f"Cost center {n}" for n in (10, 20, 30, 40, 50, 60)}
#: Blocked on purpose, so that validation has something to refuse.
_BLOCKED_ACCOUNT, _BLOCKED_SUPPLIER = "6999", "739999"


class MasterData:
    """Registers with an index each; nothing changes them but the control API."""

    def __init__(self) -> None:
        self.suppliers: dict[str, Supplier] = {}
        self.identities: dict[tuple[int, str], Identity] = {}
        self.clear()

    def clear(self) -> None:
        """Back to the default registers."""
        pairs = [
            one.strip().split(" ", 1)
            for one in _SUPPLIERS.replace("\n", "|").split("|")
            if one.strip()
        ]
        made = [Supplier(number, name) for number, name in pairs]
        made += [
            Supplier("BREX", "Brex Inc (card purchases)"),
            Supplier("730500", "Scandic Hotels Holding", prsu="732002"),
            Supplier(_BLOCKED_SUPPLIER, "Blocked Supplier", stat="90"),
        ]
        self.suppliers = {one.suno: one for one in sorted(made, key=lambda one: one.suno)}
        blocked = Identity(1, _BLOCKED_ACCOUNT, "Blocked account", blocked=True)
        accounts = [
            Identity(1, number, name, manual_entry_blocked=number < "3000")
            for number, name in _ACCOUNTS.items()
        ]
        centers = [Identity(2, number, name) for number, name in _COST_CENTERS.items()]
        everything = sorted([*accounts, blocked, *centers], key=lambda one: (one.aitp, one.aitm))
        self.identities = {(one.aitp, one.aitm): one for one in everything}

    def add(self, *identities: Identity) -> None:
        """Adds accounting identities, or changes those that are there."""
        added = {(one.aitp, one.aitm): one for one in identities}
        self.identities = dict(sorted({**self.identities, **added}.items()))

    def add_suppliers(self, *suppliers: Supplier) -> None:
        """Adds suppliers, or changes those that are there."""
        added = {one.suno: one for one in suppliers}
        self.suppliers = dict(sorted({**self.suppliers, **added}.items()))

    def remove(self, aitp: int, wanted: Callable[[str], bool]) -> None:
        """Removes identities of a dimension."""
        self.identities = {
            key: one for key, one in self.identities.items() if key[0] != aitp or not wanted(key[1])
        }

    def remove_suppliers(self, wanted: Callable[[str], bool]) -> None:
        """Removes suppliers."""
        self.suppliers = {suno: one for suno, one in self.suppliers.items() if not wanted(suno)}


#: VAT code and name.
VAT_CODES = {"1": "VAT 25 %", "2": "VAT 12 %", "3": "VAT 6 %", "10": "No VAT", "20": "VAT 25 %"}
#: Decimal places by currency.
CURRENCIES = {"SEK": 2, "EUR": 2, "USD": 2, "GBP": 2, "NOK": 2, "DKK": 2, "JPY": 0, "KWD": 3}
