"""From the accounting field values of a line to the ERP's own values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from connector.domain.accounting import FieldValue, LineItem
from connector.domain.connections import MappingConfig
from connector.domain.reasons import Reason
from connector.mapping.held import HeldError

T = TypeVar("T")


def dimensions_of(
    line: LineItem, config: MappingConfig, dimension_of_gl: str
) -> tuple[tuple[str, str], ...]:
    """The line's coding: the GL account's dimension first, then the others as configured.

    A dimension without a value on the line is left out; a line without a GL account is held.
    """
    account = erp_value(line, config.gl_account, config.values)
    if account is None:
        raise HeldError(
            Reason.GL_ACCOUNT_MISSING,
            f"line {line.id} has no value for {config.gl_account}; code it in Brex",
            field=config.gl_account,
            value=line.id,
        )
    values = [
        (dimension, erp_value(line, name, config.values)) for dimension, name in config.dimensions
    ]
    given = [(dimension, value) for dimension, value in values if value is not None]
    return ((dimension_of_gl, account), *given)


def erp_value(line: LineItem, name: str, values: Mapping[str, Mapping[str, str]]) -> str | None:
    """The ERP's value of a field on a line; None where the line has none.

    `[mapping.values]` goes first, then the value's remote id, which is the ERP's own key.
    """
    value = value_of(line, name)
    if value is None:
        return None
    known = known_as(value, values.get(name, {})) or (value.remote_field_value_id or "").strip()
    if known:
        return known
    raise HeldError(
        Reason.VALUE_UNMAPPED,
        f"line {line.id} has a value of {name} that is not the ERP's own; "
        f"add it to [mapping.values.{name}], then retry",
        field=name,
        value=ids_of(value)[0],
    )


def value_of(line: LineItem, name: str) -> FieldValue | None:
    """The value of the field with this remote or Brex id; a line with two of them is held."""
    found = {
        ids: value
        for value in line.field_values
        if name in {value.remote_field_id, value.brex_field_id} and (ids := ids_of(value))
    }
    if len(found) > 1:
        raise HeldError(
            Reason.VALUE_UNMAPPED,
            f"line {line.id} has more than one value of {name}; keep one in Brex",
            field=name,
            value=" and ".join(ids[0] for ids in found),
        )
    return next(iter(found.values()), None)


def known_as(value: FieldValue, table: Mapping[str, T]) -> T | None:
    """What a table has for a value, by the ERP's own id of it or by Brex's."""
    return next((table[known] for known in ids_of(value) if known in table), None)


def ids_of(value: FieldValue) -> tuple[str, ...]:
    """What a value is known by, the ERP's own id first."""
    ids = (value.remote_field_value_id, value.brex_field_value_id)
    return tuple(known.strip() for known in ids if known and known.strip())
