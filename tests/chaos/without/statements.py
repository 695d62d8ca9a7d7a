"""Statements of the store, changed."""

from types import ModuleType


def change(module: ModuleType, name: str, *changes: tuple[str, str]) -> None:
    """Have a module of the store run the statement of that name with these changes.

    Raises AssertionError where there is nothing to change (any more).
    """
    told = module.query
    text: str = told(name)
    for old, new in changes:
        assert old in text, f"{name}.sql has no {old!r}"
        text = text.replace(old, new)
    module.query = lambda wanted: text if wanted == name else told(wanted)  # type: ignore[attr-defined]
