"""`records verify`: whether the histories are as they were written."""

from __future__ import annotations

from typing import Any

import click

from connector.cli.output import json_option, print_json
from connector.cli.parameters import Line, RecordId
from connector.cli.session import session


@click.command()
@click.argument("record_id", type=RecordId(), required=False)
@click.option("--all", "everything", is_flag=True, help="All records of all connections.")
@click.option("--connection", type=Line(), help="Where several connections have that id.")
@json_option
def verify(
    *, record_id: str | None, everything: bool, connection: str | None, as_json: bool
) -> None:
    """Check the chain of seals in the history of a record, or of all.

    Exit code 1 where an entry was changed, taken out or put in. Of all, one hash over the last
    seals is printed: keep it elsewhere, and compare it with what an old backup says.
    """
    if (record_id is None) is not everything:
        raise click.UsageError("give a record id, or --all")
    from connector.store.evidence import Evidence
    from connector.store.listing import Listing

    with session() as application:
        evidence = Evidence(application.database)
        number = None
        if record_id is not None:
            number = Listing(application.database).show(record_id, connection)["id"]
        breaks = list(evidence.breaks(number))
        heads = evidence.heads() if everything else None
        entries = [] if number is None else evidence.entries(number)
    found: dict[str, Any] = {
        "holds": not breaks,
        "breaks": [
            {"connection": b.connection, "record_id": b.record_id, "entry": b.entry, "why": b.why}
            for b in breaks
        ],
        "records": heads.records if heads else 1,
        "sealed": heads.sealed if heads else sum(one["hash"] is not None for one in entries),
        "unsealed": heads.unsealed if heads else sum(one["hash"] is None for one in entries),
        "last_seals": heads.digest if heads else (entries[-1]["hash"] if entries else None),
    }
    if as_json:
        print_json(found)
    else:
        _show(found)
    if breaks:
        click.get_current_context().exit(1)


def _show(found: dict[str, Any]) -> None:
    for one in found["breaks"]:
        entry = f", entry {one['entry']}" if one["entry"] else ""
        click.echo(f"{one['connection']} {one['record_id']}{entry}: {one['why']}", err=True)
    told = "holds" if found["holds"] else f"is broken in {len(found['breaks'])} places"
    older = f" ({found['unsealed']} older ones have no seal)" if found["unsealed"] else ""
    click.echo(f"The chain {told}: {found['sealed']} entries of {found['records']} records{older}.")
    click.echo(f"Last seals: {found['last_seals']}")
