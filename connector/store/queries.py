"""The named SQL files of the store."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def query(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def plain_like(text: str) -> str:
    """A text for LIKE in which no sign stands for others."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
