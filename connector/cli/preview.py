"""`preview`: the ERP documents that records would become, and whether the ERP would take them.

Nothing is posted, nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from connector.cli.output import coding, json_option, print_json, print_table
from connector.cli.parameters import Line, RecordId
from connector.cli.session import session
from connector.domain.documents import Document, Ignored
from connector.domain.reasons import Hold
from connector.ports import PreCheck

if TYPE_CHECKING:
    from connector.usecases.preview_documents import Preview

#: Records of one preview.
MOST = 50


@click.command()
@click.argument("connection", type=Line())
@click.argument("record_ids", nargs=-1, type=RecordId())
@json_option
def preview(*, connection: str, record_ids: tuple[str, ...], as_json: bool) -> None:
    """Show the exact documents of the given records, or of those that wait.

    The ERP is asked, read-only, whether it would take them. Exit code 1 where one of them would be
    held, or a check failed; a check that could not run is shown, and fails nothing.
    """
    if len(record_ids) > MOST:
        raise click.UsageError(f"give at most {MOST} records")
    from connector.store.listing import Listing
    from connector.usecases.preview_documents import preview_documents

    with session() as application:
        wired = application.wired(connection)
        waiting = record_ids or Listing(application.database).waiting(wired.connection.id, MOST)
        previews = preview_documents(
            waiting, source=wired.source, documents=wired.documents, erp=wired.erp
        )
    if as_json:
        print_json({"connection": connection, "previews": [_as_json(one) for one in previews]})
    elif not previews:
        click.echo("No record waits.")
    else:
        for one in previews:
            _show(one)
    if any(one.would_be_held for one in previews):
        click.get_current_context().exit(1)


def _as_json(one: Preview) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "record_id": one.record_id,
        "review_status": one.review_status,
        "document": None,
        "documents": [],
        "checks": [],
        "hold": None,
        "ignored": None,
    }
    if isinstance(one.made, Hold):
        shown["hold"] = {
            "reason": one.made.reason,
            "message": one.made.message,
            "field": one.made.field,
            "value": one.made.value,
        }
    elif isinstance(one.made, Ignored):
        shown["ignored"] = one.made.why
    else:
        shown["documents"] = [document.to_json() for document in one.made]
        shown["document"] = shown["documents"][0]
        shown["checks"] = [
            [{"check": c.name, "verdict": c.verdict, "detail": c.detail} for c in some]
            for some in one.checks
        ]
    return shown


def _show(one: Preview) -> None:
    title = f"{one.record_id} ({one.review_status or 'not in Brex'})"
    if isinstance(one.made, Hold):
        shown = (("held", one.made.reason), ("why", one.made.message), ("field", one.made.field))
        print_table(("", ""), (*shown, ("value", one.made.value)), title)
    elif isinstance(one.made, Ignored):
        print_table(("", ""), [("ignored", one.made.why)], title)
    else:
        for document, checks in zip(one.made, one.checks, strict=True):
            _show_document(document, title)
            _show_checks(checks)
    click.echo()


def _show_document(document: Document, title: str) -> None:
    shown = document.to_json()
    lines = shown.pop("lines")
    shown["company"] = document.company_key
    print_table(("", ""), shown.items(), title)
    print_table(
        ("line", "amount", "dimensions", "text"),
        [(line["number"], line["amount"], coding(line), line["text"]) for line in lines],
    )


def _show_checks(checks: Sequence[PreCheck]) -> None:
    rows = [(one.name, one.verdict.replace("_", " "), one.detail) for one in checks]
    print_table(("check", "", ""), rows)
