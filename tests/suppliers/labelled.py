"""The labelled set of merchant descriptors, and how well they are matched."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connector.domain.suppliers import Supplier, SupplierMatching
from connector.suppliers.catalogue import Catalogue
from connector.suppliers.matching import match

FOLDER = Path(__file__).parents[1] / "samples" / "suppliers"


@dataclass(frozen=True)
class Labelled:
    """A descriptor; `supplier` is the right one, "" where there is none or nobody could tell."""

    part: str
    kind: str
    descriptor: str
    supplier: str


def register() -> Iterator[Supplier]:
    for row in _rows("register"):
        numbers = tuple(filter(None, [row["organisation_number"]]))
        yield Supplier(
            *(row["number"], row["name"], numbers, row["city"], row["country"]),
            blocked=bool(row["blocked"]),
        )


def descriptors(part: str) -> list[Labelled]:
    return [one for row in _rows("descriptors") if (one := Labelled(**row)).part == part]


@dataclass(frozen=True)
class Quality:
    """Shares of automatic matches that are right, and of right suppliers that are found."""

    precision: float
    recall: float
    wrong: list[str]


def quality(part: str, catalogue: Catalogue) -> Quality:
    seen: Counter[str] = Counter()
    wrong = []
    for one in descriptors(part):
        supplier = match(one.descriptor, catalogue, SupplierMatching()).supplier
        seen["to be found"] += bool(one.supplier)
        seen["matched"] += supplier is not None
        if supplier == one.supplier:
            seen["right"] += 1
        elif supplier:
            wrong.append(f"{one.descriptor} is no {supplier} ({one.kind})")
    return Quality(seen["right"] / seen["matched"], seen["right"] / seen["to be found"], wrong)


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
