"""The contract of MI programs, and whether an input record keeps to it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from sandbox.infor.errors import MIError
from sandbox.infor.settings import InforSettings

_FIELD = re.compile(r"(\w+)(\*?) ([AN])(\d+) (.*)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `kind` is A (text) or N (number), `length` counts sign and separator too."""

    name: str
    kind: str
    length: int
    mandatory: bool
    about: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction: its fields in the order of the contract."""

    name: str
    about: str
    inputs: dict[str, Field]
    outputs: dict[str, Field]

    def check(self, record: dict[str, str], unknown_fields: str) -> dict[str, str]:
        """The record without trailing blanks and without what is unknown; raises MIError."""
        clean: dict[str, str] = {}
        for name, value in record.items():
            field = self.inputs.get(name)
            if field is None:
                if unknown_fields == "refuse":
                    message = f"Field {name} is not part of {self.name}"
                    raise MIError("InputFieldNotFound", "", name, message)
                continue
            text = value.rstrip(" ")
            if len(text) > field.length:
                message = f"Field {name} is longer than {field.length}"
                raise MIError("InputFieldTooLong", "", name, message)
            if field.kind == "N" and text and not _NUMBER.fullmatch(text):
                raise MIError.refused("XNU0001", name, f"{field.about} must be numeric")
            clean[name] = text
        for name, field in self.inputs.items():
            if field.mandatory and not clean.get(name):
                message = f"Mandatory field {name} is missing"
                raise MIError("MandatoryInputFieldNotFound", "", name, message)
        return clean


@cache
def program(name: str) -> dict[str, Transaction] | None:
    """The transactions of a program as published; None when there is no such program."""
    path = files("sandbox.infor.contracts") / f"{name}.toml"
    if not re.fullmatch(r"[A-Z0-9]+MI", name) or not path.is_file():
        return None
    tables = tomllib.loads(path.read_text("utf-8"))
    return {
        transaction: Transaction(
            transaction, table["about"], _fields(table["in"]), _fields(table["out"])
        )
        for transaction, table in tables.items()
    }


def in_release(name: str, settings: InforSettings) -> dict[str, Transaction] | None:
    """A program as the settings' release has it; None when it has not."""
    return _released(name, settings.line_dimensions, settings.has_aps100, settings.has_dlt_invoice)


@cache
def _released(
    name: str, dimensions: str, has_aps100: bool, has_dlt: bool
) -> dict[str, Transaction] | None:
    """A program as this release has it: dimension fields of AddLine, optional parts."""
    transactions = program(name)
    if transactions is None or (name == "APS100MI" and not has_aps100):
        return None
    if name != "APS450MI":
        return transactions
    chosen = {key: one for key, one in transactions.items() if has_dlt or key != "DltInvoice"}
    line = chosen["AddLine"]
    inputs = {key: one for key, one in line.inputs.items() if not key.startswith("AO0")}
    if dimensions == "ao":
        inputs = line.inputs
    elif dimensions == "ait":
        inputs |= {
            f"AIT{n}": Field(f"AIT{n}", "A", 10, False, f"Accounting dimension {n}")
            for n in range(1, 8)
        }
        inputs["VTXT"] = Field("VTXT", "A", 40, False, "Voucher text")
    return {**chosen, "AddLine": replace(line, inputs=inputs)}


def program_names() -> list[str]:
    """Every program with a field table."""
    folder = files("sandbox.infor.contracts")
    return sorted(
        one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith("MI.toml")
    )


def _fields(table: str) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for line in table.strip().splitlines():
        matched = _FIELD.fullmatch(line.strip())
        if matched is None:
            raise ValueError(f"not a field: {line!r}")
        name, star, kind, length, about = matched.groups()
        found[name] = Field(name, kind, int(length), bool(star), about)
    return found
