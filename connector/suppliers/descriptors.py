"""What card networks, and people who type vendors' names, write: a name, and what is beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connector.suppliers.spelling import folded, words
from connector.suppliers.vocabulary import BILLING, PROCESSORS

_PROCESSOR = re.compile(rf"\s*(?:{'|'.join(map(re.escape, PROCESSORS))})\s*[*_]\s*(?=\S)")
_SITE = re.compile(
    r"(?:https?://)?(?:www\.)?(?P<name>[a-z0-9-]+(?:\.[a-z0-9-]+)*?)"
    r"\.(?:com?|net|org|io|eu|se|no|dk|fi|de|at|ch|fr|nl|be|it|es|pl|ie|uk|us|ai|app|dev|me)"
    r"(?:\.(?:uk|au|nz|br|jp))?(?:/\S*)?(?![\w.])"
)
#: `#1234`, `STORE 12`, `Butik nr 7`.
_SHOP_NUMBER = re.compile(
    r"(?:#|(?<!\w)(?:store|shop|butik|filial|unit|stn|station|kiosk|nr|no|loc|str)\.?\s?)"
    r"\s?(?:nr\.?|no\.?)?\s?[0-9][\w-]*"
)
_COLUMNS = re.compile(r"\s{2,}|\t")
#: Networks carry a name in 22 to 25 characters, or a few less where a column follows.
_CUT_FROM, _COLUMN_CUT_FROM = 20, 21


@dataclass(frozen=True, slots=True)
class Descriptor:
    """`name` has to agree with a supplier's; `beside` may: products, codes, orders.

    `columns` are what stood apart at the end, mostly city and country. `is_cut` says that the last
    word of the name may lack its end.
    """

    name: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    beside: tuple[str, ...]
    is_cut: bool


def read_descriptor(text: str) -> Descriptor:
    """The parts of a descriptor. Where nothing else is left, everything is the name."""
    whole = plain = folded(text).strip()
    while processor := _PROCESSOR.match(plain):
        plain = plain[processor.end() :]
    head, _, product = plain.partition("*")
    head, *columns = _COLUMNS.split(head.strip()) or [""]
    head, sites = _without_sites(head)
    name, codes = _without_codes(words(_SHOP_NUMBER.sub(" ", head)))
    beside = [word for part in (product, *sites) for word in words(part)]
    length = len(whole) - len(plain) + len(head)
    return Descriptor(
        tuple(name) or tuple(words(plain)),
        tuple(tuple(words(column)) for column in columns),
        (*codes, *beside),
        not product and length >= (_COLUMN_CUT_FROM if columns else _CUT_FROM),
    )


def _without_sites(text: str) -> tuple[str, list[str]]:
    """The text with a site's own name where it begins with one; other sites stand beside it."""
    sites: list[str] = []

    def replace(found: re.Match[str]) -> str:
        if not text[: found.start()].strip():
            return f" {found['name']} "
        sites.append(found["name"].replace(".", " "))
        return " "

    return _SITE.sub(replace, text), sites


def _without_codes(name: list[str]) -> tuple[list[str], list[str]]:
    """The words that may be a name's, and those that number or bill something."""
    codes = [word for word in name[1:] if word in BILLING or _is_code(word)]
    return [word for word in name if word not in codes], codes


def _is_code(word: str) -> bool:
    digits = sum(map(str.isdigit, word))
    return digits >= 3 or (digits > 0 and digits * 2 >= len(word) and len(word) > 1)  # noqa: PLR2004 - no name has them
