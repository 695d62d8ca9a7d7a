"""Master data of the ERP: what there is to code with, and whom to owe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """A kind of entry; each is read as a whole."""

    GL_ACCOUNT = "gl_account"
    #: a dimension or code part that is in use, by the ERP's name for it: AIT2, CodeB
    DIMENSION = "dimension"
    #: a value of a dimension: a cost centre, a project; `part` is the dimension
    DIMENSION_VALUE = "dimension_value"
    SUPPLIER = "supplier"
    COMPANY = "company"
    CURRENCY = "currency"
    VAT_CODE = "vat_code"
    PERIOD = "period"


#: What is kept of a supplier besides its name, as `extras`; each may be missing.
SUPPLIER_EXTRAS = ("vat_number", "organisation_number", "city", "country")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as the ERP has it.

    `company` is "" where the kind is kept for all companies. None as a date: without limit.
    """

    code: str
    name: str
    part: str = ""
    company: str = ""
    blocked: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    extras: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others of its kind."""
        return self.part, self.company, self.code


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry with what the connector knows about it: `gone` is no longer in the ERP."""

    entry: Entry
    first_seen: datetime
    last_seen: datetime
    gone: bool
