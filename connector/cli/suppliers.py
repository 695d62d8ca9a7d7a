"""`suppliers`: the ERP's, which of them merchants are, and what a person says of that."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from connector.cli.output import json_option, print_json, print_table
from connector.cli.parameters import Line
from connector.cli.session import nudger, session
from connector.domain.accounting import Vendor
from connector.domain.records import records_of
from connector.store.merchant_listing import Standing

if TYPE_CHECKING:
    from connector.bootstrap import Application
    from connector.usecases.confirm_supplier import Released

_MOST = 1000
_LIMIT = click.option("--limit", type=click.IntRange(1, _MOST), default=50, show_default=True)
_AFTER = click.option("--after", type=Line(), help="`next` of the page before.")


@click.group()
def suppliers() -> None:
    """Which of the ERP's suppliers the merchants and vendors of Brex are."""


@suppliers.command("list")
@click.argument("connection", type=Line())
@click.option("--named", type=Line(), metavar="TEXT", help="With this in their name.")
@_LIMIT
@_AFTER
@json_option
def list_page(
    *, connection: str, named: str | None, limit: int, after: str | None, as_json: bool
) -> None:
    """List the ERP's suppliers, as they were last read."""
    from connector.store.suppliers import PostgresSuppliers

    with session() as application:
        source = PostgresSuppliers(application.database, _id(application, connection))
        read_at = source.changed_at()
        page = source.page(named=named, after=after or "", limit=limit + 1)
    following = page[limit - 1].number if len(page) > limit else None
    if as_json:
        shown = [asdict(one) for one in page[:limit]]
        print_json({"suppliers": shown, "changed_at": read_at, "next": following})
        return
    if read_at is None:
        click.echo(f"None were read yet: ml-connector sync suppliers {connection}")
        return
    print_table(
        ("supplier", "name", "numbers", "city", "country", "blocked"),
        [
            (s.number, s.name, ", ".join(s.numbers), s.city, s.country, s.blocked)
            for s in page[:limit]
        ],
    )
    _tell_next(following)


@suppliers.command()
@click.argument("connection", type=Line())
@click.option("--only", type=click.Choice([one.value for one in Standing]))
@_LIMIT
@_AFTER
@json_option
def matches(
    *, connection: str, only: str | None, limit: int, after: str | None, as_json: bool
) -> None:
    """List merchants and vendors: their suppliers, how those were found, or the candidates."""
    from connector.store.merchant_listing import MerchantListing

    with session() as application:
        listing = MerchantListing(application.database, _id(application, connection))
        page = listing.page(Standing(only) if only else None, limit=limit, after=after or "")
    if as_json:
        print_json({"counts": page.counts, "merchants": page.merchants, "next": page.next_after})
        return
    print_table(
        ("merchant", "name", "is", "supplier", "", "found", "score", "waiting", "candidates"),
        [
            (
                *(row["merchant_id"], row["name"], row["state"]),
                *(row["supplier"], row["supplier_name"], row["found"], row["score"] or None),
                *(row["waiting"] or None, _in_short(row)),
            )
            for row in page.merchants
        ],
    )
    click.echo(", ".join(f"{number} {standing}" for standing, number in page.counts.items()))
    _tell_next(page.next_after)


@suppliers.command()
@click.argument("connection", type=Line())
@click.argument("merchant_id", type=Line())
@click.argument("supplier", type=Line(), required=False)
def approve(*, connection: str, merchant_id: str, supplier: str | None) -> None:
    """Confirm what is proposed for a merchant: SUPPLIER, or the best; what waits for it goes on.

    Asks no second person, whatever the amounts: four_eyes_above is a rule of the console.
    """
    from connector.store.merchants import PostgresMerchants
    from connector.usecases.choose_supplier import proposed

    with session() as application:
        merchants = PostgresMerchants(application.database, _id(application, connection))
        chosen = proposed(merchant_id, supplier, merchants=merchants)
        _confirm(application, connection, merchant_id, chosen)


@suppliers.command("set")
@click.argument("connection", type=Line())
@click.argument("merchant_id", type=Line())
@click.argument("supplier", type=Line())
def set_(*, connection: str, merchant_id: str, supplier: str) -> None:
    """Say which of the ERP's suppliers a merchant is; what waits for it goes on.

    Asks no second person, whatever the amounts: four_eyes_above is a rule of the console.
    """
    with session() as application:
        _confirm(application, connection, merchant_id, supplier)


def _confirm(application: Application, connection: str, merchant_id: str, supplier: str) -> None:
    from connector.store.actions import PostgresActions
    from connector.store.merchants import PostgresMerchants
    from connector.store.suppliers import PostgresSuppliers
    from connector.usecases.confirm_supplier import confirm_supplier

    wired = application.wired(connection).connection
    source = PostgresSuppliers(application.database, wired.id)
    released = confirm_supplier(
        Vendor(merchant_id, ""),
        supplier,
        given=wired.mapping.suppliers,
        merchants=PostgresMerchants(application.database, wired.id),
        source=source,
        actions=PostgresActions(application.database),
        nudger=nudger(application.settings),
    )
    known = source.find(supplier)
    click.echo(f"{merchant_id} is {supplier}{f' {known.name}' if known else ''}: {_told(released)}")


def _told(released: Released) -> str:
    told = f"{records_of(len(released.waiting))} that waited for it go on"
    if released.mapped:
        told += f", {records_of(len(released.mapped))} mapped with another begin again"
    return told


def _in_short(row: dict[str, Any]) -> str | None:
    """The candidates of one that has no supplier: `732000 Taxi AB (88.5)`."""
    if row["supplier"] and row["state"] != Standing.BLOCKED:
        return None
    return "\n".join(f"{one['number']} {one['name']} ({one['score']})" for one in row["candidates"])


def _tell_next(following: str | None) -> None:
    if following:
        click.echo(f"There are more: --after {following}")


def _id(application: Application, connection: str) -> int:
    from connector.cli.connections import known

    return known(application, connection).id
