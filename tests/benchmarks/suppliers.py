"""Matching merchants to suppliers: how right it is, how long it takes, and how much memory."""

from __future__ import annotations

import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from connector.domain.suppliers import Supplier, SupplierMatching

SUPPLIERS, MERCHANTS = 50_000, 10_000
_WARM = 1_000
_SYLLABLES = [
    "al",
    "ber",
    "dal",
    "ek",
    "fors",
    "gran",
    "hult",
    "ik",
    "jarl",
    "kvist",
    "lund",
    "mar",
    "nor",
    "os",
    "por",
    "rud",
    "sten",
    "tor",
    "ul",
    "vik",
]
_TRADES = [
    "Bygg",
    "El",
    "Rör",
    "Konsult",
    "Transport",
    "Städ",
    "Data",
    "Media",
    "Hotell",
    "Restaurang",
    "Frakt",
    "Teknik",
]
_FORMS = ["AB", "AB", "AB", "HB", "AS", "Oy", "GmbH", "Ltd", "ApS"]
_CITIES = [
    "Stockholm",
    "Göteborg",
    "Malmö",
    "Uppsala",
    "Lund",
    "Umeå",
    "Oslo",
    "Bergen",
    "Helsinki",
    "Berlin",
    "London",
]
_PREFIXES = ("", "", "", "SQ *", "TST* ", "PAYPAL *", "ZETTLE_*")


def register(rng: random.Random) -> Iterator[Supplier]:
    """Made-up companies, many of them alike, each with a number of its own."""
    for number in range(SUPPLIERS):
        own = "".join(rng.choices(_SYLLABLES, k=rng.choice((2, 3, 4)))).capitalize()
        yield Supplier(
            f"{700_000 + number}",
            f"{own} {rng.choice(_TRADES)} {rng.choice(_FORMS)}",
            (f"55{number:08}",),
            rng.choice(_CITIES),
        )


def descriptors(rng: random.Random, suppliers: list[Supplier]) -> Iterator[str]:
    """Half of them as a card network writes a supplier, a quarter misspelt, a quarter of nobody."""
    for nth in range(MERCHANTS):
        words = rng.choice(suppliers).name.upper().split()[:-1]
        if nth % 4 == 1:
            at = rng.randrange(1, len(words[0]))
            words[0] = words[0][:at] + words[0][at + 1 :]
        elif nth % 4 == 3:
            words[0] = "".join(rng.choices("BCDFGHJKLMNPRSTVAEIOUY", k=9))
        name = (rng.choice(_PREFIXES) + " ".join(words))[:22]
        yield f"{name:<22}  {rng.choice(_CITIES).upper()[:13]}  SE"


def measure() -> dict[str, float]:
    """All figures of one process that does nothing else: it is the child that is measured."""
    from connector.suppliers.catalogue import Catalogue
    from connector.suppliers.matching import match

    rng = random.Random(1)
    suppliers = list(register(rng))
    names = list(descriptors(rng, suppliers))
    wanted = SupplierMatching()
    began = time.perf_counter()
    catalogue = Catalogue(suppliers)
    built = time.perf_counter()
    matched = sum(match(name, catalogue, wanted).supplier is not None for name in names)
    ended = time.perf_counter()
    return {
        "build_s": built - began,
        "total_s": ended - began,
        "matched": matched / MERCHANTS,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **_one_by_one(names, lambda name: match(name, catalogue, wanted)),
    }


def measured() -> dict[str, float]:
    """The figures of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.suppliers"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _one_by_one(names: Sequence[str], match: Callable[[str], object]) -> dict[str, float]:
    took = []
    for name in names[:_WARM]:
        began = time.perf_counter()
        match(name)
        took.append((time.perf_counter() - began) * 1000)
    return {"one_ms": statistics.median(took), "one_p99_ms": statistics.quantiles(took, n=100)[98]}


if __name__ == "__main__":
    print(json.dumps(measure()))
