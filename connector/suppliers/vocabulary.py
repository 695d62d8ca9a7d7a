"""The words of `words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

_WORDS = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def _by_variant(table: Mapping[str, str]) -> dict[str, str]:
    return {variant: one for one, variants in table.items() for variant in variants.split()}


PROCESSORS: tuple[str, ...] = tuple(_WORDS["processors"].split())
BILLING, LOCAL, REGIONS, JOINING, CODES = (
    frozenset(_WORDS[name].split()) for name in ("billing", "local", "regions", "joining", "codes")
)
#: Words, and company forms, that are written in several ways: each variant with the one it is.
SAME, SAME_FORM = _by_variant(_WORDS["same"]), _by_variant(_WORDS["forms"])
