"""Nothing of the product reads YAML or pickles, or runs text as code; XML has one reader."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("connector", "workers", "webhook_gateway", "console")
#: The others make code or objects of what they read; XML is read in one place.
READERS = {
    *("xml", "lxml", "xmltodict", "pyexpat", "yaml", "ruamel"),
    *("pickle", "dill", "cloudpickle", "marshal", "shelve", "jsonpickle", "dbm"),
}
ALLOWED = {"connector/erp/xml.py": {"lxml"}}
CALLS = {"eval", "exec", "compile", "__import__"}


def modules() -> list[Path]:
    return [path for name in PRODUCT for path in sorted((ROOT / name).rglob("*.py"))]


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def test_there_are_modules_to_look_at():
    assert len(modules()) > 100


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_reads_what_may_be_code(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    read = {name.partition(".")[0] for name in imported(tree)} & READERS
    assert read == ALLOWED.get(str(path.relative_to(ROOT)), set())
    assert not set(called(tree)) & CALLS
