"""A mapping written as the TOML that `load_mapping` reads back equal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from connector.connection_file.stored import mapping_to_json
from connector.domain.connections import MappingConfig


def mapping_to_toml(mapping: MappingConfig) -> str:
    """The `[mapping]` section, without what is empty."""
    settings = settings_of(mapping)
    return "\n\n".join("\n".join(lines) for lines in _tables("mapping", settings)) + "\n"


def settings_of(mapping: MappingConfig) -> dict[str, Any]:
    """The section as a nested table, as somebody would write it."""
    stored = mapping_to_json(mapping)
    return _written({**stored, "dimensions": dict(mapping.dimensions)})


def _written(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table without what is empty in it."""
    inner = {
        key: _written(value) if isinstance(value, Mapping) else value
        for key, value in table.items()
    }
    return {key: value for key, value in inner.items() if value not in ("", None, {})}


def _tables(path: str, table: Mapping[str, Any]) -> Iterator[list[str]]:
    """The lines of a table, then those of the tables within it."""
    lines = [
        f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in table.items()
        if not isinstance(value, Mapping)
    ]
    if lines:
        yield [f"[{path}]", *lines]
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _tables(f"{path}.{_key(key)}", value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
