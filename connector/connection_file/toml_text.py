"""A TOML file with the lines of its keys, so that a fault can be told with its line.

`tomllib` keeps no positions. But each statement of a file that is TOML, a header or a key with its
value, is TOML by itself as soon as its last line is there, and says which keys it makes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class TomlText:
    """A file that is TOML."""

    text: str
    table: dict[str, Any]

    def lines(self) -> dict[str, int]:
        """The line on which each key and table is first written, by its whole path with dots."""
        lines: dict[str, int] = {}
        for line, path in _written(self.text):
            lines.setdefault(path, line)
        return lines


def read_toml(path: Path) -> TomlText:
    """The content of a file. Raises ConfigurationError where it is no TOML."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return TomlText(text, tomllib.loads(text))
    except OSError as error:
        fault = f"cannot be read ({error.strerror}); mend the path or the permissions"
    except UnicodeDecodeError as error:
        fault = f"is not UTF-8 text from byte {error.start} on; save it as UTF-8"
    except tomllib.TOMLDecodeError as error:
        fault = f"is not TOML: {error}"
    except RecursionError:
        fault = "is not TOML: its values are nested too deeply"
    raise ConfigurationError(path.name, [fault])


def nearest_line(lines: Mapping[str, int], path: str) -> int:
    """The line of a key, or of the innermost table around it that is written; else the first."""
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return lines.get(path, 1)


def _written(text: str) -> Iterator[tuple[int, str]]:
    """Every key and table of a text, by its path, with the line on which its statement begins."""
    header = ""
    statement: list[str] = []
    for line, content in enumerate(text.split("\n"), start=1):
        statement.append(content.removesuffix("\r"))
        try:
            table = tomllib.loads("\n".join(statement))
        except tomllib.TOMLDecodeError:
            continue  # it goes on
        begun = line - len(statement) + 1
        is_header = statement[0].lstrip().startswith("[")
        paths = list(_paths("" if is_header else header, table))
        if is_header:
            header = paths[-1]
        yield from ((begun, path) for path in paths)
        statement = []


def _paths(above: str, table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        path = f"{above}.{key}" if above else key
        yield path
        if isinstance(value, dict):
            yield from _paths(path, value)
