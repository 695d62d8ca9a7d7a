"""Rules that people gave in the console are not lost with an older file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connector.errors import RefusedError

if TYPE_CHECKING:
    from connector.bootstrap import Application
    from connector.domain.connections import MappingConfig
    from connector.store.connections import StoredConnection

drop_rules = click.option(
    "--drop-rules", "drop", is_flag=True, help="Also what people set in the console and FILE lacks."
)


def demand_rules(application: Application, stored: StoredConnection, config: MappingConfig) -> None:
    """Refuse a mapping that takes away, or changes, what people set in the console."""
    from connector.connection_file.desk_rules import lost_rules
    from connector.store.mapping_versions import MappingVersions

    versions = reversed(MappingVersions(application.database, stored.id).all())
    lost = lost_rules([(one.mapping, one.applied_by) for one in versions], config)
    if not lost:
        return
    named = "; ".join(
        f"{one.setting} = {one.old!r}, in the file {(one.new and repr(one.new)) or 'nothing'}"
        for one in lost
    )
    raise RefusedError(
        f"people set in the console what this file has otherwise: {named}. Take it into the file"
        f" (ml-connector mapping show {stored.name}), or drop it with --drop-rules",
        code="rules_of_people",
    )
