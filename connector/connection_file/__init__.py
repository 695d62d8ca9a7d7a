"""The connection file: what an operator writes about one connection, read and checked."""

from connector.connection_file.loader import LoadedConnection, load
from connector.connection_file.mapping_file import load_mapping, mapping_faults
from connector.connection_file.stored import (
    console_from_json,
    from_json,
    posting_from_json,
    sync_from_json,
    to_json,
)

__all__ = [
    "LoadedConnection",
    "console_from_json",
    "from_json",
    "load",
    "load_mapping",
    "mapping_faults",
    "posting_from_json",
    "sync_from_json",
    "to_json",
]
