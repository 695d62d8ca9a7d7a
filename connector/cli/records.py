"""`records list` and `records show`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from connector.cli.connections import known
from connector.cli.output import coding, json_option, print_json, print_table
from connector.cli.parameters import Line, Moment, RecordId
from connector.cli.receipts import print_receipts, receipts
from connector.cli.record_actions import repost, retry, return_, skip
from connector.cli.session import session
from connector.cli.verify import verify
from connector.domain.reasons import Reason
from connector.domain.records import Status

if TYPE_CHECKING:
    from connector.bootstrap import Application

_MOST, _LAST = 1000, 2**63 - 1


@click.group()
def records() -> None:
    """Records: list them, look into one, and decide what becomes of held ones."""


records.add_command(retry)
records.add_command(skip)
records.add_command(return_)
records.add_command(repost)
records.add_command(receipts)
records.add_command(verify)


@records.command("list")
@click.option("--connection", type=Line(), help="Of this connection alone.")
@click.option("--status", "statuses", multiple=True, type=click.Choice([s.value for s in Status]))
@click.option("--reason", type=Line(), help=f"Held for this reason, as {Reason.SUPPLIER_UNKNOWN}.")
@click.option("--since", type=Moment(), help="Received since then: 2026-06-30, or with a time.")
@click.option("--limit", type=click.IntRange(1, _MOST), default=50, show_default=True)
@click.option("--after", type=click.IntRange(0, _LAST), help="`next` of the page before.")
@json_option
def list_page(
    *,
    connection: str | None,
    statuses: tuple[str, ...],
    reason: str | None,
    since: datetime | None,
    limit: int,
    after: int | None,
    as_json: bool,
) -> None:
    """List records, newest first."""
    from connector.store.listing import Listing, Wanted

    wanted = Wanted(connection, [Status(status) for status in statuses], reason, since)
    with session() as application:
        if connection is not None:
            known(application, connection)
        page = Listing(application.database).page(wanted, limit=limit, after=after)
    following = None if page.next_after is None else str(page.next_after)
    if as_json:
        print_json({"records": [_public(row) for row in page.records], "next": following})
        return
    print_table(
        ("connection", "record", "status", "reason", "document", "ERP", "attempts", "received"),
        [
            (
                *(row["connection"], row["record_id"], row["status"], row["reason"]),
                *(row["document_number"], row["erp_reference"], row["attempts"]),
                datetime.fromisoformat(row["received_at"]),
            )
            for row in page.records
        ],
    )
    if following:
        click.echo(f"There are more: --after {following}")


@records.command()
@click.argument("record_id", type=RecordId())
@click.option(
    "--connection", type=Line(), help="Where several connections have a record of that id."
)
@json_option
def show(*, record_id: str, connection: str | None, as_json: bool) -> None:
    """Show one record: its documents, its drafts and writes in the ERP, its whole history.

    RECORD_ID is Brex's, or the number that the ERP has: BX….
    """
    from connector.store.listing import Listing

    with session() as application:
        record = Listing(application.database).show(record_id, connection)
        if record["reason"] == Reason.SUPPLIER_UNKNOWN:
            record["detail"] |= _choice(application, record)
    if as_json:
        print_json(_public(record))
        return
    tables = ("document", "documents", "drafts", "receipts", "history", "detail", "id")
    print_table(("", ""), [(k, v) for k, v in record.items() if k not in tables])
    if record["detail"]:
        changes = record["detail"].pop("changes", [])
        candidates = record["detail"].pop("candidates", [])
        print_table(("", ""), record["detail"].items(), title="\nWhy")
        if changes:
            print_table(("what", "was", "is"), [tuple(one.values()) for one in changes])
        if candidates:
            print_table(
                ("candidate", "name", "city", "score"),
                [(one["number"], one["name"], one["city"], one["score"]) for one in candidates],
            )
        _tell_mend(record)
    for document in record["documents"]:
        _show_document(document)
    if record["receipts"]:
        print_receipts(record["receipts"], title="\nReceipts")
    for draft in record["drafts"]:
        _show_draft(draft)
    print_table(
        ("at (UTC)", "who", "event", "from", "to", "attempt", "detail"),
        [
            (
                datetime.fromisoformat(move["at"]),
                *(move["actor"], move["event"], move["from_status"], move["to_status"]),
                *(move["attempt"], move["detail"]),
            )
            for move in record["history"]
        ],
        title="\nHistory",
    )


def _tell_mend(record: Mapping[str, Any]) -> None:
    """The command that gives what a merchant's records wait for."""
    merchant = (record["detail"].get("value") or "").partition(" ")[0]
    if record["reason"] == Reason.SUPPLIER_UNKNOWN and record["detail"]["field"] == "vendor":
        place = f"{record['connection']} {merchant or 'MERCHANT'} [SUPPLIER]"
        click.echo(f"\nPick it: ml-connector suppliers approve {place}, or suppliers set")


def _choice(application: Application, record: Mapping[str, Any]) -> dict[str, Any]:
    """The candidates as they are by now, and how many records wait for the same supplier."""
    from connector.store.merchants import PostgresMerchants
    from connector.usecases.choose_supplier import choice_for_record

    merchants = PostgresMerchants(application.database, known(application, record["connection"]).id)
    choice = choice_for_record(record["id"], merchants=merchants)
    if choice is None or record["detail"]["field"] != "vendor":
        return {}
    candidates = [asdict(one) for one in choice.match.candidates]
    return {"candidates": candidates, "waiting": choice.waiting}


def _show_document(document: dict[str, Any]) -> None:
    content = document.pop("content")
    lines = content.pop("lines")
    title = f"\nDocument {document.pop('document')}"
    print_table(("", ""), (document | content).items(), title)
    print_table(
        ("line", "amount", "dimensions", "text"),
        [(row["number"], row["amount"], coding(row), row["text"]) for row in lines],
    )


def _show_draft(draft: dict[str, Any]) -> None:
    title = f"\nDraft {draft['draft']} ({draft['marker']}): {draft['state']}"
    reference = draft["erp_reference"] or "not numbered"
    print_table(
        ("write", "line", "attempt", "outcome", "result", "code", "message", "sent at (UTC)"),
        [
            (
                *(w["step"], w["line"], w["attempt"], w["outcome"], w["result"]),
                *(w["code"], w["message"]),
                datetime.fromisoformat(w["sent_at"]).astimezone(UTC),
            )
            for w in draft["writes"]
        ],
        title=f"{title}, {reference} {draft['why']}".rstrip(),
    )


def _public(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}
