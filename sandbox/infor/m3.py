"""What the programs share: the company's data, and the context of one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sandbox.clock import monotonic_s
from sandbox.infor.batches import BatchStore
from sandbox.infor.errors import MIError
from sandbox.infor.journals import GeneralLedger
from sandbox.infor.ledger import Ledger
from sandbox.infor.masterdata import CURRENCIES, MasterData
from sandbox.infor.settings import InforSettings


@dataclass(slots=True)
class M3:
    """The state behind all programs."""

    batches: BatchStore
    ledger: Ledger
    master: MasterData
    general_ledger: GeneralLedger
    seed: int


@dataclass(frozen=True, slots=True)
class Context:
    """One transaction: who asks, where, and when the answer is of (`as_of_s`; None is now)."""

    m3: M3
    settings: InforSettings
    cono: int
    divi: str
    as_of_s: float | None = None

    @property
    def moment_s(self) -> float:
        """The monotonic second the answer is of."""
        return monotonic_s() if self.as_of_s is None else self.as_of_s

    def division(self, record: dict[str, str]) -> str:
        """The division of a record, else of the call; raises MIError for none or a foreign one."""
        divi = record.get("DIVI") or self.divi
        if not divi:
            raise MIError.refused("WDI0102", "DIVI", "Division must be entered")
        if divi not in self.settings.divisions:
            raise MIError.refused("XAU0008", "DIVI", f"User is not authorized to division {divi}")
        return divi


Rows = Iterator[dict[str, str]]
#: A transaction: checked input to output records, where what is missing is blank; raises MIError.
Act = Callable[[Context, dict[str, str]], Rows]


def money(text: str | None, currency: str = "SEK") -> str:
    """An amount as M3 writes it: a point, the decimals of the currency, a leading minus."""
    places = CURRENCIES.get(currency, 2)
    return format(Decimal(text or "0").quantize(Decimal(1).scaleb(-places)), "f")


def check_money(record: dict[str, str], names: tuple[str, ...], currency: str) -> None:
    """Refuses amounts with more decimals than the currency has."""
    places = CURRENCIES.get(currency, 2)
    for name in names:
        exponent = Decimal(record.get(name) or "0").as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            raise MIError.refused("XNU0002", name, f"{name} has more than {places} decimals")


def check_dates(record: dict[str, str], names: tuple[str, ...]) -> None:
    """Refuses what is not yyyyMMdd; blank and 0 are no date."""
    for name in names:
        text = record.get(name, "")
        if text in ("", "0"):
            continue
        try:
            if len(text) != 8:
                raise ValueError
            datetime.strptime(text, "%Y%m%d").astimezone(UTC)
        except ValueError:
            raise MIError.refused(f"W{name[:2]}0101", name, f"Date {text} is invalid") from None


def supplier_and_payee(ctx: Context, record: dict[str, str]) -> tuple[str, str]:
    """SUNO and SPYN of a head, checked against the supplier register."""
    supplier = ctx.m3.master.suppliers.get(record["SUNO"])
    if supplier is None:
        raise MIError.refused("WSU0103", "SUNO", f"Supplier {record['SUNO']} does not exist")
    payee = record.get("SPYN") or supplier.payee
    if payee not in ctx.m3.master.suppliers:
        raise MIError.refused("WSP0103", "SPYN", f"Payee {payee} does not exist")
    return supplier.suno, payee
