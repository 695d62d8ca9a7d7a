"""Reads the `[mapping]` section alone, from a file of its own or out of a connection file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from operator import itemgetter
from pathlib import Path

from connector.connection_file.mapping_section import read_mapping
from connector.connection_file.references import References
from connector.connection_file.section import Reading, Section
from connector.connection_file.toml_text import nearest_line, read_toml
from connector.connection_file.written import settings_of
from connector.domain.connections import MappingConfig
from connector.errors import ConfigurationError

#: What else a connection file has at its top, beside the sections of the ERPs.
_OTHERS = ("name", "erp", "mode", "brex", "limits", "console")


#: What an ERP has against a mapping: a fault each, beginning with the key path.
MappingCheck = Callable[[MappingConfig], Iterable[str]]


def load_mapping(
    path: Path,
    environ: Mapping[str, str],
    *,
    erp_sections: Collection[str],
    check_erp: MappingCheck = lambda _: (),
) -> MappingConfig:
    """The mapping of a file. What a connection file has beside it is not read.

    Raises ConfigurationError with all faults, each with its line.
    """
    toml = read_toml(path)
    reading = Reading(References(path.absolute().parent, environ), allow_http=False)
    top = Section(toml.table, (), reading, known=[*_OTHERS, *erp_sections])
    section = top.section("mapping", example="[mapping]")
    top.close()
    nothing = Section({}, ("mapping",), Reading(reading.references, allow_http=False))
    config = read_mapping(section or nothing)
    faults = [(fault.path, fault.text) for fault in reading.faults]
    faults += [(text.partition(" ")[0], text) for text in check_erp(config)]
    if faults:
        lines = toml.lines()
        placed = [(nearest_line(lines, key), text) for key, text in faults]
        placed.sort(key=itemgetter(0))
        raise ConfigurationError(path.name, [f"line {line}: {text}" for line, text in placed])
    return config


def mapping_faults(config: MappingConfig, check_erp: MappingCheck) -> list[str]:
    """What a file that says the same would be refused for."""
    nowhere = Reading(References(Path(), {}), allow_http=False)
    read_mapping(Section(settings_of(config), ("mapping",), nowhere))
    return [*(fault.text for fault in nowhere.faults), *check_erp(config)]
