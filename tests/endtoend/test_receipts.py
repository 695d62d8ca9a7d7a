"""Receipts beside spend, with a real worker: got while links are young, and in nobody's way."""

import re
from typing import Any

import pytest

from connector.domain.numbers import document_number
from connector.domain.receipts import reference_of
from tests.endtoend.installation import Installation
from tests.waiting import wait_until

LIMIT = 50_000
FILES = {
    "two files": [{"size": 20_000}, {"size": 1_000}],
    "same": [{"size": 20_000, "content": "%PDF-1.7 the same"}],
    "same again": [{"size": 20_000, "content": "%PDF-1.7 the same"}],
    "page": [{"content": "<html>", "content_type": "text/html"}],
    "large": [{"size": LIMIT + 1}],
    "elsewhere": [{}],
}


@pytest.fixture
def spend(installation: Installation) -> dict[str, str]:
    """Records with a receipt each: what is odd about it, and the id. One has none."""
    installation.connect(brex=f"receipts = true\nreceipt_max_bytes = {LIMIT}")
    ids = installation.spend(len(FILES) + 2, refunds=0)
    records = [installation.sandbox.call("GET", f"/brex/records/{one}")["record"] for one in ids]
    named = dict(zip([*FILES, "internal", "none"], records, strict=True))
    for name, record in named.items():
        if name in FILES:
            record["receipts"] = [{"id": f"receipt_{record['id']}", "files": FILES[name]}]
    internal = {"id": "receipt_internal", "download_uris": ["http://169.254.169.254/latest"]}
    named["internal"]["receipts"] = [internal]
    installation.sandbox.call("POST", "/brex/records", records)
    return {name: record["id"] for name, record in named.items()}


def receipts(installation: Installation) -> dict[str, list[tuple[Any, ...]]]:
    rows = installation.sql(
        "SELECT record.record_id, r.state, coalesce(r.reason, ''), r.size, r.content_type"
        " FROM receipt r JOIN record ON record.id = r.record ORDER BY r.id"
    )
    return {one: [row[1:] for row in rows if row[0] == one] for one, *_ in rows}


def missing(installation: Installation) -> int:
    return installation.sql("SELECT count(*) FROM receipt WHERE state = 'wanted'")[0][0]


def texts(installation: Installation) -> dict[str, str]:
    """What the ERP has in brackets at the end of each document's text."""
    heads = [batch["head"] for batch in installation.batches()]
    return {one["SINO"]: re.sub(r"^[^(]*", "", one["SDA1"]) for one in heads}


def elsewhere(installation: Installation, record_id: str) -> None:
    installation.sandbox.fault(
        "instead",
        path=f"/receipt-files/receipt_{record_id}/*",
        status=302,
        headers={"Location": "http://169.254.169.254/latest"},
    )


def test_spend_is_posted_without_receipts_and_they_come_when_they_can(
    installation: Installation, spend: dict[str, str], tmp_path
) -> None:
    elsewhere(installation, spend["elsewhere"])
    installation.sandbox.call("PATCH", "/settings", {"brex": {"receipt_link_s": 0.0}})
    installation.worker()
    installation.beat()
    installation.gateway()
    installation.release()
    installation.wait_for("exported", len(spend))
    installation.assert_posted_once(list(spend.values()))
    receipt_of = {name: f"receipt_{one}" for name, one in spend.items()}
    receipt_of["internal"] = "receipt_internal"
    assert texts(installation) == {
        document_number(one): "" if name == "none" else f"({reference_of(receipt_of[name])})"
        for name, one in spend.items()
    }
    wait_until(
        lambda: (
            installation.sql("SELECT min(failures) FROM receipt WHERE state = 'wanted'") == [(1,)]
        ),
        "each link was tried",
    )
    assert {
        row for rows in receipts(installation).values() for row in rows if row[0] != "wanted"
    } == {("failed", "link_refused", None, None)}
    assert installation.sql("SELECT count(*) FROM receipt_content") == [(0,)]

    installation.sandbox.call("PATCH", "/settings", {"brex": {"receipt_link_s": 900.0}})
    installation.sql("UPDATE receipt SET due_at = now() WHERE state = 'wanted'")
    wait_until(lambda: missing(installation) == 0, "all receipts are settled")
    pdf = "application/pdf"
    assert receipts(installation) == {
        spend["two files"]: [("stored", "", 20_000, pdf), ("stored", "", 1_000, pdf)],
        spend["same"]: [("stored", "", 20_000, pdf)],
        spend["same again"]: [("stored", "", 20_000, pdf)],
        spend["page"]: [("stored", "", 6, "text/html")],
        spend["large"]: [("failed", "too_large", None, None)],
        spend["elsewhere"]: [("failed", "link_refused", None, None)],
        spend["internal"]: [("failed", "link_refused", None, None)],
    }
    assert installation.sql("SELECT count(*) FROM receipt_content") == [(4,)]
    failed = installation.command("records", "receipts", "--json")
    shown = installation.command(
        "records", "receipts", spend["page"], "--save", str(tmp_path / "saved")
    )
    assert (tmp_path / "saved" / f"01-receipt_{spend['page']}.bin").read_text() == "<html>"
    installation.assert_posted_once(list(spend.values()))
    installation.assert_no_canary(failed, shown)
