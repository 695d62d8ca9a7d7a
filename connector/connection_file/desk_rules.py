"""Rules that people gave in the console, which an older file would take away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from connector.connection_file.differences import Difference, differences
from connector.connection_file.stored import mapping_from_json
from connector.domain.connections import MappingConfig

_CONSOLE = "console:"


def lost_rules(
    versions: Iterable[tuple[Mapping[str, Any], str]], new: MappingConfig
) -> list[Difference]:
    """What people in the console set and a new mapping has otherwise.

    `versions` are the mappings that a connection has had, the first one first, each with who gave
    it. What a file has changed since then is the file's.
    """
    had = [(mapping_from_json(mapping), by) for mapping, by in versions]
    theirs: set[str] = set()
    for (old, _), (then, by) in pairwise(had):
        changed = {one.setting for one in differences(old, then)}
        theirs = theirs | changed if by.startswith(_CONSOLE) else theirs - changed
    in_force, _ = had[-1]
    return [one for one in differences(in_force, new) if one.setting in theirs]
