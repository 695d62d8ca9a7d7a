"""What differs between two mappings, setting by setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connector.connection_file.written import settings_of
from connector.domain.connections import MappingConfig


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that two mappings have differently; "" where one of them has none."""

    setting: str
    old: str
    new: str


def differences(old: MappingConfig, new: MappingConfig) -> list[Difference]:
    """Every setting that differs, those of the old mapping first, in its order."""
    before, after = (dict(_flat("mapping", settings_of(one))) for one in (old, new))
    found = [
        Difference(setting, before.get(setting, ""), after.get(setting, ""))
        for setting in dict.fromkeys((*before, *after))
        if before.get(setting, "") != after.get(setting, "")
    ]
    orders = [", ".join(name for name, _ in one.dimensions) for one in (old, new)]
    if sorted(old.dimensions) == sorted(new.dimensions) and orders[0] != orders[1]:
        found.append(Difference("mapping.dimensions", *orders))
    return found


def _flat(path: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{path}.{key}", value)
        else:
            yield f"{path}.{key}", str(value)
