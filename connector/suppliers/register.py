"""The ERP's suppliers in memory, ready to be searched: read when they are first needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from connector.domain.suppliers import Match, SupplierMatching
from connector.ports import Basis, SupplierSource

if TYPE_CHECKING:
    from connector.suppliers.catalogue import Catalogue


class RegisterMatcher:
    """Implements `connector.ports.Matcher`; suppliers that changed are read anew.

    Nothing is read or imported for it before the first name is matched.
    """

    def __init__(self, source: SupplierSource, wanted: SupplierMatching) -> None:
        self._source = source
        self._wanted = wanted
        self._lock = Lock()
        self._catalogue: Catalogue | None = None
        self._read_at: datetime | None = None

    @property
    def basis(self) -> Basis:
        """What is matched by now; by no reading where there was none, or where none is wanted."""
        read_at = self._source.changed_at() if self._wanted.enabled else None
        return Basis(read_at, self._wanted.thresholds)

    def match(self, names: Sequence[str]) -> tuple[list[Match], Basis]:
        """The match of each name, and what they were matched by."""
        basis = self.basis
        if basis.register_at is None:
            return [Match(None, None) for _ in names], basis
        from connector.suppliers.matching import match

        catalogue, read_at = self._current(basis.register_at)
        found = [match(name, catalogue, self._wanted) for name in names]
        return found, Basis(read_at, basis.thresholds)

    def _current(self, wanted: datetime) -> tuple[Catalogue, datetime | None]:
        """The suppliers of a reading or a newer one; one thread reads, the others wait for it."""
        with self._lock:
            if self._catalogue is None or self._read_at is None or self._read_at < wanted:
                self._catalogue = None  # it is large: not two at once
                self._catalogue, self._read_at = self._read()
            return self._catalogue, self._read_at

    def _read(self) -> tuple[Catalogue, datetime | None]:
        from connector.suppliers.catalogue import Catalogue

        register = self._source.register()
        return Catalogue(register.suppliers), register.read_at
