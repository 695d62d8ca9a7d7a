"""From the accounting field values of a line to the ERP's own values."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.accounting import FieldValue, LineItem
from connector.domain.connections import MappingConfig
from connector.domain.reasons import Hold, Reason


def dimensions_of(
    line: LineItem, config: MappingConfig, dimension_of_gl: str
) -> tuple[tuple[str, str], ...] | Hold:
    """The line's coding: the GL account's dimension first, then the others as configured.

    A dimension without a value on the line is left out; a line without a GL account is held.
    """
    account = erp_value(line, config.gl_account, config.values)
    if isinstance(account, Hold):
        return account
    if account is None:
        return Hold(
            Reason.GL_ACCOUNT_MISSING,
            f"line {line.id} has no value for {config.gl_account}; code it in Brex",
            field=config.gl_account,
            value=line.id,
        )
    pairs = [(dimension_of_gl, account)]
    for dimension, name in config.dimensions:
        value = erp_value(line, name, config.values)
        if isinstance(value, Hold):
            return value
        if value is not None:
            pairs.append((dimension, value))
    return tuple(pairs)


def erp_value(
    line: LineItem, name: str, values: Mapping[str, Mapping[str, str]]
) -> str | Hold | None:
    """The ERP's value of a field on a line; None where the line has none.

    `[mapping.values]` goes first, then the value's remote id, which is the ERP's own key.
    """
    value = value_of(line, name)
    if value is None or isinstance(value, Hold):
        return value
    ids = _ids(value)
    table = values.get(name, {})
    for known in ids:
        if known in table:
            return table[known]
    remote = (value.remote_field_value_id or "").strip()
    if remote:
        return remote
    return Hold(
        Reason.VALUE_UNMAPPED,
        f"line {line.id} has a value of {name} that is not the ERP's own; "
        f"add it to [mapping.values.{name}], then retry",
        field=name,
        value=ids[0],
    )


def value_of(line: LineItem, name: str) -> FieldValue | Hold | None:
    """The value of the field with this remote or Brex id; Hold where there are two of them."""
    found = {
        ids: value
        for value in line.field_values
        if name in {value.remote_field_id, value.brex_field_id} and (ids := _ids(value))
    }
    if len(found) > 1:
        both = " and ".join(ids[0] for ids in found)
        message = f"line {line.id} has more than one value of {name}; keep one in Brex"
        return Hold(Reason.VALUE_UNMAPPED, message, field=name, value=both)
    return next(iter(found.values()), None)


def _ids(value: FieldValue) -> tuple[str, ...]:
    """What a value is known by, the ERP's own id first."""
    ids = (value.remote_field_value_id, value.brex_field_value_id)
    return tuple(known.strip() for known in ids if known and known.strip())
