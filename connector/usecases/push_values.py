"""The values of Brex's fields: what is there, and how it becomes what the ERP has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from connector.domain.coded_fields import CodedField
from connector.domain.sync import Action, Change, Offer, SyncConfig
from connector.errors import ConnectorError, RefusedError
from connector.ports import (
    MOST_VALUES,
    CustomField,
    FieldMirror,
    FieldRegistry,
    FieldValue,
    KnownField,
    NewValue,
)


class NotPushedError(ConnectorError):
    """The connection may not write now: it is paused, or in shadow."""


class PushValues:
    """Brex's fields for one connection.

    What Brex has is remembered, and Brex is asked only where that is not known: before the first
    write, and after a write whose answer was lost.
    """

    def __init__(
        self, brex: FieldRegistry, mirror: FieldMirror, config: SyncConfig, connection: str
    ) -> None:
        self._brex = brex
        self._mirror = mirror
        self._vendor = config.vendor
        self._account = config.vendor_account_id or connection

    def values_of(self, field: CodedField, *, keep_on: Callable[[], None]) -> dict[str, Offer]:
        """The values that Brex offers, by remote id; none where the field is not there yet."""
        known = self._known(field, keep_on)
        values = known.values.values() if known else ()
        return {one.remote_id: Offer(one.text, one.disabled) for one in values}

    def push(
        self, field: CodedField, changes: Sequence[Change], *, keep_on: Callable[[], None]
    ) -> None:
        """Carry out changes, in lists of the same order each time.

        Raises NotPushedError, also in the middle: the next run goes on from there.
        """
        if not changes:
            return
        known = self._mirror.find(field.name)
        if known is None or not known.field_id:
            known = self._made(field, keep_on, lost=known.lost if known else 0)
        wanted = _wanted(changes)
        adding = [one for one in wanted if one.remote_id not in known.values]
        changing = [one for one in wanted if one.remote_id in known.values]
        for some in _lists(adding):
            self._begin_write(field, keep_on)
            made = self._brex.create_values(known.field_id, some, lost=known.lost)
            self._mirror.written(field.name, made)
        for some in _lists(changing):
            self._begin_write(field, keep_on)
            self._mirror.written(field.name, self._brex.update_values(known.field_id, some))

    def _begin_write(self, field: CodedField, keep_on: Callable[[], None]) -> None:
        keep_on()
        if not self._mirror.begin_write(field.name):
            raise NotPushedError("the connection is paused or in shadow: Brex was told nothing")

    def _known(self, field: CodedField, keep_on: Callable[[], None]) -> KnownField | None:
        """The field with what it has, asked of Brex where that is not known."""
        known = self._mirror.find(field.name)
        if known is not None and known.known:
            return known
        found = self._find(field)
        if found is None:
            if known is not None:
                self._mirror.vanished(field.name)
            return None
        if known is None or known.field_id != found.id:
            self._mirror.found(field.name, found.id)
        values: list[FieldValue] = []
        for page in self._brex.values(found.id):
            values += page
            keep_on()
        self._mirror.listed(field.name, values)
        return self._mirror.find(field.name)

    def _find(self, field: CodedField) -> CustomField | None:
        """By its remote id, or by Brex's own."""
        fields = self._brex.fields()
        by_id = {one.remote_id: one for one in fields} | {one.id: one for one in fields}
        return by_id.get(field.name)

    def _made(self, field: CodedField, keep_on: Callable[[], None], *, lost: int) -> KnownField:
        """The field, which Brex does not have yet."""
        if field.name.startswith("extended_field_"):
            raise RefusedError(f"Brex has no field {field.name}: mend the mapping")
        keep_on()
        if not self._mirror.may_write():
            raise NotPushedError("the connection is paused or in shadow: Brex was told nothing")
        integration = self._brex.integration(self._vendor, self._account)
        made = self._brex.create_field(field.name, field.title, integration, lost=lost)
        self._mirror.found(field.name, made.id)
        known = self._mirror.find(field.name)
        assert known is not None, "it was just noted"
        return known


def _wanted(changes: Sequence[Change]) -> list[NewValue]:
    """How each value that changes is to be: its last name, enabled unless it is disabled."""
    texts = {one.code: one.name for one in changes}
    disabled = {one.code for one in changes if one.action is Action.DISABLED}
    return [NewValue(code, text, code in disabled) for code, text in texts.items()]


def _lists(values: Sequence[NewValue]) -> Iterator[Sequence[NewValue]]:
    for start in range(0, len(values), MOST_VALUES):
        yield values[start : start + MOST_VALUES]
