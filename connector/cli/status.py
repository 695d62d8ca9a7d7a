"""`status`: how the installation stands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from connector.cli import vital_signs
from connector.cli.output import json_option, print_json, print_table, span
from connector.cli.session import session
from connector.domain.limits import Mode
from connector.domain.records import Status
from connector.redaction import redacted

if TYPE_CHECKING:
    from connector.bootstrap import Application


@click.command()
@json_option
def status(*, as_json: bool) -> None:
    """Show counts, the oldest unfinished record, outages, tokens, budgets, and what ran last.

    It ends with 1 where nothing runs by the clock any more.
    """
    with session() as application:
        found = gather(application)
        clock = vital_signs.clock(*application.schedules.last_tick())
    found["clock"] = {"runs": clock.passed, "detail": clock.detail}
    if as_json:
        print_json(found)
    elif found["connections"]:
        _show(found)
    else:
        click.echo("There are no connections: ml-connector connection add FILE")
    if not clock.passed:
        click.echo(f"\n{clock.name}: {clock.detail}", err=True)
        click.get_current_context().exit(1)


def gather(application: Application) -> dict[str, Any]:
    """Everything that `status` shows, as one JSON object."""
    from connector.budgets import limits
    from connector.store.status import StatusBoard, by_connection

    board = StatusBoard(application.database)
    allowed = {one.name: limits(one) for one in application.connections.all()}
    budgets = by_connection(application.budgets())
    connections = board.connections()
    held, tokens, jobs, outages, receipts, syncs = map(
        by_connection,
        (
            *(board.held(), board.tokens(), board.jobs(), board.outages()),
            *(board.receipts(), board.syncs()),
        ),
    )
    totals: Counter[str] = Counter()
    for row in connections:
        name = row["connection"]
        row["records"] = {one.value: row["records"].get(one.value, 0) for one in Status}
        totals.update(row["records"])
        row["held"] = {one["reason"]: one["records"] for one in held[name]}
        row["tokens"] = [_cleaned(one, "failure") for one in tokens[name]]
        row["outages"] = [_cleaned(one, "why") for one in outages[name]]
        row["receipts"] = _receipts(receipts[name])
        row["jobs"] = [_cleaned(one, "outcome") for one in jobs[name]]
        row["syncs"] = [_cleaned(one, "detail") for one in syncs[name]]
        row["requests_per_minute"] = allowed.get(name, {})
        row["requests_last_minute"] = {one["peer"]: one["used"] for one in budgets[name]}
        row["blocked"] = [
            {"peer": one["peer"], "for_s": one["blocked_s"]}
            for one in budgets[name]
            if one["blocked_s"]
        ]
    spares = board.spares()
    ages = [row["oldest_unfinished_s"] for row in connections if row["unfinished"]]
    return {
        "records": {one.value: totals[one.value] for one in Status},
        "unfinished": sum(row["unfinished"] for row in connections),
        "oldest_unfinished_s": max(ages, default=None),
        "connections": connections,
        "spare_drafts": {
            "count": board.count_spares(),
            "oldest_at": spares[0]["opened_at"] if spares else None,
            "drafts": spares,
        },
    }


def _receipts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How many files are still wanted, and how many could not be had, by reason."""
    numbers = {row["reason"]: row["number"] for row in rows}
    return {"wanted": numbers.pop(None, 0), "failed": numbers}


def _cleaned(row: dict[str, Any], text: str) -> dict[str, Any]:
    """Without the connection, and with a peer's text made safe."""
    return {k: redacted(v) if k == text else v for k, v in row.items() if k != "connection"}


def _switched(row: dict[str, Any]) -> str:
    """Why a connection posts nothing."""
    if row["paused_at"]:
        return " (paused)"
    return "" if row["mode"] == Mode.LIVE else f" ({row['mode']})"


def _show(found: dict[str, Any]) -> None:
    print_table(
        ("connection", "ERP", *Status, "oldest unfinished", "last webhook (UTC)"),
        [
            (
                row["connection"] + _switched(row),
                row["erp"],
                *row["records"].values(),
                span(row["oldest_unfinished_s"]),
                row["last_webhook_at"],
            )
            for row in found["connections"]
        ],
    )
    held = [
        (row["connection"], reason, number)
        for row in found["connections"]
        for reason, number in row["held"].items()
    ]
    if held:
        print_table(("connection", "reason", "records"), held, "\nHeld")
    _show_receipts(found["connections"])
    _show_outages(found["connections"])
    _show_peers(found["connections"])
    print_table(
        ("connection", "job", "every", "last run (UTC)", "outcome"),
        [
            (row["connection"], j["job"], span(j["every_s"]), j["started_at"], j["outcome"])
            for row in found["connections"]
            for j in row["jobs"]
        ],
        "\nBy the clock",
    )
    _show_syncs(found["connections"])
    spares = found["spare_drafts"]
    if spares["count"]:
        click.echo(f"\nSpare drafts in the ERP: {spares['count']} (--json lists them)")


def _show_syncs(connections: list[dict[str, Any]]) -> None:
    rows = [
        (
            *(row["connection"], one["target"], one["started_at"], span(one["took_s"])),
            *(one["outcome"] or "running", one["entries"]),
            *(one["created"], one["renamed"], one["disabled"], one["enabled"], one["detail"]),
        )
        for row in connections
        for one in row["syncs"]
    ]
    if rows:
        columns = (
            *("connection", "of", "last run (UTC)", "took", "outcome", "read"),
            *("created", "renamed", "disabled", "enabled", "detail"),
        )
        print_table(columns, rows, "\nMaster data")


def _show_receipts(connections: list[dict[str, Any]]) -> None:
    rows = [
        (row["connection"], reason, number)
        for row in connections
        for reason, number in {
            "wanted": row["receipts"]["wanted"],
            **row["receipts"]["failed"],
        }.items()
        if number
    ]
    if rows:
        columns = ("connection", "wanted, or why not", "files")
        print_table(columns, rows, "\nReceipts that are not here")


def _show_outages(connections: list[dict[str, Any]]) -> None:
    rows = [
        (
            row["connection"],
            one["peer"],
            "writes" if one["of_writes"] else "everything",
            span(one["lasted_s"]),
            span(one["probe_in_s"]),
            one["why"],
        )
        for row in connections
        for one in row["outages"]
    ]
    if rows:
        columns = ("connection", "peer", "does not answer", "for", "asked again in", "last failure")
        print_table(columns, rows, "\nOutages: what needs these peers waits")


def _show_peers(connections: list[dict[str, Any]]) -> None:
    rows = []
    for row in connections:
        tokens = {one["peer"]: one for one in row["tokens"]}
        alone = {one["peer"]: span(one["for_s"]) for one in row["blocked"]}
        for peer, limit in row["requests_per_minute"].items():
            token = tokens.get(peer, {})
            left = span(token.get("expires_s"))
            used = row["requests_last_minute"].get(peer)
            told = (used, limit, alone.get(peer), left, token.get("failure"))
            rows.append((row["connection"], peer, *told))
    columns = (
        *("connection", "peer", "requests in the last minute", "of", "left alone for (429)"),
        *("token expires in", "last failure"),
    )
    print_table(columns, rows, "\nPeers")
