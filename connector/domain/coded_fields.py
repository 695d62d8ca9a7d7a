"""Which Brex field is coded with what of the ERP, and the rules of a mapping that name a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connector.domain.connections import MappingConfig
from connector.domain.master_data import Kind
from connector.domain.sync import SyncConfig, Target


@dataclass(frozen=True, slots=True)
class CodedField:
    """A field by the name that the mapping has for it, and the entries that are its values.

    `part` is the ERP's dimension, and narrows the kind where it has dimensions.
    """

    name: str
    title: str
    kind: Kind
    part: str
    narrowed: bool = False


def fields_of(
    target: Target, mapping: MappingConfig, config: SyncConfig, *, dimension_of_gl: str
) -> list[CodedField]:
    """The fields that a target is pushed into."""
    match target:
        case Target.ACCOUNTS:
            return [CodedField(mapping.gl_account, "GL account", Kind.GL_ACCOUNT, dimension_of_gl)]
        case Target.DIMENSIONS:
            return [
                CodedField(field, field, Kind.DIMENSION_VALUE, part, narrowed=True)
                for part, field in mapping.dimensions
            ]
        case Target.SUPPLIERS if config.supplier_field:
            return [CodedField(config.supplier_field, "Supplier", Kind.SUPPLIER, "supplier")]
        case _:
            return []


def aliases(mapping: MappingConfig, field: CodedField, code: str) -> list[str]:
    """Every value id in Brex that means a code: its own, and those that the mapping translates."""
    values = mapping.values.get(field.name, {})
    return [code, *(one for one, value in values.items() if value == code)]


def rules_with(mapping: MappingConfig, field: CodedField, code: str) -> int:
    """How many rules of the mapping name a code."""
    return sum(value == code for value in _named(mapping, field))


def _named(mapping: MappingConfig, field: CodedField) -> Iterator[str]:
    yield from mapping.values.get(field.name, {}).values()
    if field.kind is Kind.SUPPLIER:
        yield from mapping.suppliers.values()
        yield mapping.supplier_fallback
    if field.kind is Kind.GL_ACCOUNT:
        yield from mapping.offset_accounts.values()
        if mapping.company:
            for accounts in mapping.company.offset_accounts.values():
                yield from accounts.values()
        if mapping.vat:
            yield from (vat.account for vat in mapping.vat.values.values())
