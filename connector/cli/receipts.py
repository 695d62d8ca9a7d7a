"""`records receipts`: which receipts there are, which could not be had, and their files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.output import json_option, print_json, print_table
from connector.cli.parameters import Line, RecordId
from connector.cli.session import session
from connector.domain.file_types import suffix_of
from connector.errors import RefusedError

if TYPE_CHECKING:
    from connector.store.receipt_listing import ReceiptListing

_MOST = 1000


@click.command()
@click.argument("record_id", type=RecordId(), required=False)
@click.option("--connection", type=Line(), help="Of this connection alone.")
@click.option(
    "--save",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the files of the record into this folder.",
)
@click.option("--retry", "again", is_flag=True, help="Have those tried again that have failed.")
@click.option("--limit", type=click.IntRange(1, _MOST), default=50, show_default=True)
@json_option
def receipts(
    *,
    record_id: str | None,
    connection: str | None,
    folder: Path | None,
    again: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List the receipts of a record; without a record, all those that could not be had.

    RECORD_ID is Brex's, or what the ERP has: the number, BX…, or a receipt in its text, R…. It ends
    with 1 where a file was not there to be written.
    """
    from connector.cli.connections import known
    from connector.store.listing import Listing
    from connector.store.receipt_listing import ReceiptListing

    if folder is not None and record_id is None:
        raise click.UsageError("--save needs a record")
    retried = missing = 0
    with session() as application:
        if connection is not None and record_id is None:
            known(application, connection)
        listing = ReceiptListing(application.database)
        look = Listing(application.database).show
        if again:
            number = look(record_id, connection)["id"] if record_id else None
            retried = listing.retry(connection, number)
        if record_id:
            rows = look(record_id, connection)["receipts"]
        else:
            rows = listing.failed(connection, limit)
        if folder is not None:
            missing = _save(rows, folder, listing)
    if as_json:
        print_json({"receipts": rows, "retried": retried})
    else:
        _show(rows, record_id)
    if again and not as_json:
        click.echo(f"{retried} to be tried again.")
    if missing:
        click.echo(f"{missing} files are not here any more.", err=True)
        click.get_current_context().exit(1)


def print_receipts(rows: Iterable[Mapping[str, Any]], title: str = "") -> None:
    """A table of the receipts of a record."""
    print_table(
        ("in texts", "receipt", "file", "state", "type", "bytes", "SHA-256", "reason", "note"),
        [
            (
                *(row["reference"], row["receipt_id"], row["file"], _state(row)),
                *(row["content_type"], row["size"]),
                *(row["sha256"], row["reason"], row["note"]),
            )
            for row in rows
        ],
        title=title,
    )


def _show(rows: list[dict[str, Any]], record_id: str | None) -> None:
    if record_id:
        print_receipts(rows)
        for row in rows:
            if "saved" in row:
                click.echo(row["saved"])
        return
    print_table(
        ("connection", "record", "receipt", "file", "reason", "note", "since (UTC)"),
        [
            (
                *(row["connection"], row["record_id"], row["receipt_id"], row["file"]),
                *(row["reason"], row["note"], row["settled_at"]),
            )
            for row in rows
        ],
    )


def _state(row: Mapping[str, Any]) -> str:
    return "stored, deleted since" if row["state"] == "stored" and not row["kept"] else row["state"]


def _save(rows: list[dict[str, Any]], folder: Path, listing: ReceiptListing) -> int:
    """Write the files that are here, and note where; how many are not here any more."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    missing = 0
    for number, row in enumerate(rows, start=1):
        if row["state"] != "stored":
            continue
        content = listing.content(row["sha256"])
        if content is None:
            missing += 1
            continue
        path = folder / f"{number:02}-{row['receipt_id']}{suffix_of(content)}"
        _write(path, content)
        row["saved"] = str(path)
    return missing


def _write(path: Path, content: bytes) -> None:
    """Write a new file that its owner alone may read; one that is the same already is left."""
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
            return
        raise RefusedError(f"{path} is there already, and is something else") from None
    except OSError as error:
        raise RefusedError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(made, "wb") as file:
        file.write(content)
