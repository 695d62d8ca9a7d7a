"""Accounting periods: the months of some years. The register does not say which are closed."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator

from sandbox.infor.settings import InforSettings

FIRST_YEAR, LAST_YEAR = 2020, 2035
#: The type of the periods that vouchers are posted in.
ACCOUNTING = "1"


def periods() -> Iterator[dict[str, str]]:
    """Every period with its first and last day."""
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for month in range(1, 13):
            first = f"{year}{month:02}01"
            last = f"{year}{month:02}{monthrange(year, month)[1]}"
            yield {
                "PETP": ACCOUNTING,
                "YEA4": str(year),
                "PERI": str(month),
                "NAME": f"{year}-{month:02}",
                "FDAT": first,
                "TDAT": last,
            }


def is_closed(settings: InforSettings, day: str) -> bool:
    """Whether nothing can be posted on a day (`yyyyMMdd`): no period has it, or it is closed."""
    known = f"{FIRST_YEAR}0101" <= day <= f"{LAST_YEAR}1231"
    return not known or bool(settings.closed_until and day <= settings.closed_until)
