"""The connection file: what an operator writes about one connection, read and checked."""

from connector.connection_file.loader import LoadedConnection, load
from connector.connection_file.mapping_file import load_mapping
from connector.connection_file.stored import (
    from_json,
    posting_from_json,
    sync_from_json,
    to_json,
)

__all__ = [
    "LoadedConnection",
    "from_json",
    "load",
    "load_mapping",
    "posting_from_json",
    "sync_from_json",
    "to_json",
]
