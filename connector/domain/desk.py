"""What a connection says of the console: links to both sides, and from where on it takes two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter
from urllib.parse import quote

#: What a link may name in braces.
IN_LINKS = ("record_id", "source_id", "number", "reference", "voucher", "company")


@dataclass(frozen=True, slots=True)
class ConsoleConfig:
    """The `[console]` section; "" and None where nothing is said.

    A record above `four_eyes_above`, in whatever currency, is released by two people.
    """

    erp_link: str = ""
    brex_link: str = ""
    four_eyes_above: Decimal | None = None

    def needs_two(self, amount: Decimal) -> bool:
        """Whether releasing a record of this amount takes a second person."""
        return self.four_eyes_above is not None and abs(amount) > self.four_eyes_above


def link(template: str, values: Mapping[str, object]) -> str:
    """A link with the values in their places; "" where it names one that there is none of."""
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    if not template or not all(values.get(name) for name in names):
        return ""
    return template.format_map({name: quote(str(values[name]), safe="") for name in names})
