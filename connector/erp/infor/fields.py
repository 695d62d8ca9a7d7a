"""Lengths and types of the MI fields that we send, and values written the way M3 reads them.

Source: the contracts of a real CE tenant (June 2020), `/M3/m3api-rest/v2/metadata/{program}`;
AIT1-AIT7 and VTXT of `AddLine` as newer releases have them. M3 refuses a value that is too long
(`InputFieldTooLong`) or, worse, cuts it; so nothing too long is sent, and nothing is cut here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from connector.domain.money import plain
from connector.domain.reasons import Hold, Reason

_DIMENSIONS = {f"AIT{n}": 10 for n in range(1, 8)}
#: "Accounting object", as older releases name the dimensions.
_OBJECTS = {"AO01": 20} | {f"AO0{n}": 10 for n in range(2, 8)}

#: Program / transaction → field → the most characters it takes (type A).
_TEXTS: dict[str, dict[str, int]] = {
    "APS450MI/AddHead": {
        "SUNO": 10,
        "SPYN": 10,
        "SINO": 24,
        "DIVI": 3,
        "IVDT": 10,
        "ACDT": 10,
        "IBTP": 2,
        "IMCD": 1,
        "CUCD": 3,
        "CORI": 36,
        "PPYR": 45,
        "DUDT": 10,
        "DNOI": 24,
        "SDA1": 60,
        "SDA2": 60,
        "SDA3": 60,
    },
    "APS450MI/AddLine": {"DIVI": 3, "VTXT": 40} | _DIMENSIONS | _OBJECTS,
    "APS450MI/UpdHead": {"DIVI": 3, "SINO": 24},
    "GLS840MI/AddBatchHead": {"KEY1": 15, "INTN": 15, "DESC": 40, "DIVI": 3},
    "GLS840MI/AddBatchLineFld": {
        "KEY1": 15,
        "INRI": 2,
        "DIVI": 3,
        "GRNR": 10,
        "CUCD": 3,
        "DBCR": 1,
        "ACDT": 10,
        "VTXT": 40,
        "EXI1": 45,
        "EXI2": 45,
    }
    | _DIMENSIONS,
    "APS100MI/AddHead": {
        "SUNO": 10,
        "SPYN": 10,
        "SINO": 24,
        "DIVI": 3,
        "IVDT": 10,
        "ACDT": 10,
        "CUCD": 3,
        "CORI": 36,
        "VTXT": 40,
        "DUDT": 10,
    },
    "APS100MI/AddLine": {"SUNO": 10, "SINO": 24, "DIVI": 3, "VTXT": 40} | _DIMENSIONS,
}
#: Program / transaction → field → the most characters it takes (type N).
_NUMBERS: dict[str, dict[str, int]] = {
    "APS450MI/AddHead": {"CUAM": 17, "VTAM": 17, "CRTP": 2, "TXIN": 1, "OYEA": 4},
    "APS450MI/AddLine": {"INBN": 10, "RDTP": 2, "NLAM": 17, "VTCD": 2, "VTA1": 17},
    "APS450MI/UpdHead": {"INBN": 10},
    "GLS840MI/AddBatchHead": {"CONO": 3},
    "GLS840MI/AddBatchLineFld": {"LINE": 7, "CRTP": 2, "CUAM": 17, "VTCD": 2, "EXN1": 3, "EXN2": 3},
    "APS100MI/AddHead": {"CUAM": 17, "VTAM": 17},
    "APS100MI/AddLine": {"RDTP": 2, "NLAM": 17, "INYR": 4, "VTCD": 2, "VTA1": 17},
}
#: N17 holds 15 digits, a sign and a separator in M3's database.
_NUMBER = re.compile(r"-?\d{1,13}(\.\d+)?")


def text(value: str) -> str:
    """The value as M3 is to store it: composed (NFC), on one line, without outer blanks."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def amount(value: Decimal, currency: str) -> str:
    """Plain digits with `.` and the currency's decimals; raises ValueError where that rounds."""
    written = plain(value, currency)
    return written.removeprefix("-") if Decimal(written) == 0 else written


def day(value: date) -> str:
    """`yyyyMMdd`, whatever format the service user has."""
    return value.isoformat().replace("-", "")


def day_of(shown: str) -> date | None:
    """The date that M3 shows; None for 0 and blank. Raises ValueError for what is none."""
    digits = "".join(char for char in shown if char.isdigit())
    try:
        return date.fromisoformat(digits) if digits.strip("0") else None
    except ValueError:
        raise ValueError(f"{shown}, which is no date") from None


def fault(program: str, transaction: str, record: Mapping[str, str]) -> Hold | None:
    """Why a record must not be sent: the first value that its field does not take, or None."""
    call = f"{program}/{transaction}"
    texts, numbers = _TEXTS[call], _NUMBERS[call]
    for name, value in record.items():
        if name in numbers and not _NUMBER.fullmatch(value):
            message = f"{name} of {call} takes no {value!r}"
            return Hold(Reason.TOO_LONG, message, name, value)
        longest = numbers[name] if name in numbers else texts[name]
        if (length := _units(value)) > longest:
            message = f"{name} of {call} takes {longest} characters, this has {length}"
            return Hold(Reason.TOO_LONG, message, name, value)
    return None


def _units(value: str) -> int:
    """The length as M3 (Java) counts it: in UTF-16 code units, an emoji is two."""
    if value.isascii():
        return len(value)
    return len(value.encode("utf-16-le", "surrogatepass")) // 2
