"""`reconcile` over real peers: seeded differences of every class are found, and nothing else."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from connector.domain.jobs import Job
from connector.domain.numbers import document_number
from connector.domain.records import Step
from connector.store.alarms import AlarmBoard
from connector.store.reconciliations import PostgresReconciliations
from tests.cli.conftest import NAME

SECTION = '[brex.transactions]\nevery = "1h"\nreconciled = "62d"\npatience = "0d"'
#: The month before this one, of which the simulated spend is.
LAST = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
DAYS = ("--since", LAST.replace(day=1).isoformat(), "--until", LAST.isoformat())


@pytest.fixture
def month(cli, file, released, work, sandbox):
    """Twelve purchases, all exported."""
    cli("connection", "add", file(more=SECTION))
    ids = released(12, refunds=0.0, seed=4)
    cli("poll", NAME)
    work()
    return ids


def of_record(sandbox, record_id):
    """The transaction that a record was settled by."""
    source = sandbox.call("GET", f"/brex/records/{record_id}")["record"]["source_id"]
    shown = sandbox.call("GET", "/brex/transactions")["transactions"]
    (found,) = (one for one in shown if one.get("expense_id") == source)
    return found


def test_a_month_that_went_through_is_proved_and_kept(cli, month, application):
    report = cli.json("reconcile", NAME, *DAYS)
    assert report["proved"], report["faults"]
    counts = {ending: n for ending, n in report["endings"].items() if n}
    assert counts == {"matched": 12}
    assert all(
        one["difference"] == "0" or Decimal(one["difference"]) == 0 for one in report["totals"]
    )
    wired = application.wired(NAME)
    kept = PostgresReconciliations(application.database, wired.connection.id)
    (run,) = kept.runs()
    assert (run["proved"], run["endings"]["matched"]) == (True, 12)
    assert kept.items(run["id"]) == []
    assert sum(line["brex"] for line in kept.lines(run["id"])) == sum(
        Decimal(one["brex"]) for one in report["totals"]
    )


def test_each_seeded_difference_is_found_and_nothing_else(
    cli, month, sandbox, released, work, tmp_path
):
    changed, lost, doubled, of_another, charged_more, *_ = month
    # waiting, in progress, held, skipped
    late = sandbox.call("POST", "/brex/generate", {"count": 1, "seed": 7, "refunds": 0.0})["ids"]
    begun = released(1, seed=8, refunds=0.0)
    skipped = released(1, seed=9, refunds=0.0, uncoded=1.0)
    held = released(1, seed=10, refunds=0.0, uncoded=1.0)
    cli("poll", NAME)
    work(Step.MAP)
    cli("records", "skip", *skipped, "--because", "private")
    # different, only in the ERP, only in Brex
    numbers = {one: document_number(one) for one in month}
    ledger = "/infor/ledger/invoices"
    sandbox.call("PATCH", f"{ledger}/{numbers[changed]}", {"CUAM": "1.00"})
    sandbox.call("DELETE", f"{ledger}/{numbers[lost]}")
    (posted,) = sandbox.call("GET", f"/infor/invoices?sino={numbers[doubled]}")["ledger"]
    day = LAST.strftime("%Y%m%d")
    head = {"SUNO": "732000", "CUAM": "55.50", "CUCD": "SEK", "IVDT": day, "ACDT": day}
    strange = document_number("accr_of_nobody")
    sandbox.call("POST", ledger, [head | {"SINO": strange}])
    sandbox.call("POST", ledger, [head | {"SINO": numbers[of_another]}])
    again = {name: posted["head"][name] for name in ("SUNO", "SINO", "CUAM", "CUCD", "ACDT")}
    sandbox.call("POST", ledger, [again | {"IVDT": f"{LAST.year - 1}1231", "batch": True}])
    card = of_record(sandbox, charged_more)
    more = card["amount"]["amount"] + 1
    sandbox.call(
        "POST",
        "/brex/transactions",
        [{"id": card["id"], "amount": {**card["amount"], "amount": more}}],
    )
    alone = {"id": "txn_alone", "posted_at_date": LAST.isoformat(), "type": "PURCHASE"}
    alone |= {"amount": {"amount": 12345, "currency": "SEK"}, "initiated_at_date": LAST.isoformat()}
    sandbox.call("POST", "/brex/transactions", [alone])

    files = tmp_path / "items.csv", tmp_path / "book.xlsx"
    report = cli.json(
        "reconcile", NAME, *DAYS, "--csv", str(files[0]), "--xlsx", str(files[1]), code=1
    )
    assert report["proved"], report["faults"]
    found = {one["name"]: one["ending"] for one in report["items"]}
    assert found == {
        changed: "different",
        doubled: "different",
        of_another: "different",
        charged_more: "different",
        lost: "only_in_brex",
        "txn_alone": "only_in_brex",
        strange: "only_in_erp",
        late[0]: "waiting",
        begun[0]: "in_progress",
        held[0]: "held",
        skipped[0]: "skipped",
    }
    assert report["endings"]["matched"] == 7
    whats = {
        one["name"]: [each["what"] for each in one["detail"]["differences"]]
        for one in report["items"]
    }
    assert whats[changed][0] == "amount"
    assert whats[doubled] == ["documents"]
    assert whats[of_another][:1] == ["documents"]
    assert whats[charged_more] == ["transaction and record"]
    (told,) = (one["told"] for one in report["items"] if one["name"] == skipped[0])
    assert told.startswith("skipped_by_person: private by ")
    explained = sum(Decimal(x) for line in report["lines"] for x in line["explained"].values())
    assert explained == sum(Decimal(one["difference"]) for one in report["totals"])
    # the same in the files
    with files[0].open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert Counter(row["ending"].replace(" ", "_") for row in rows) == Counter(
        {ending: n for ending, n in report["endings"].items() if n}
    )
    book = load_workbook(files[1], read_only=True)
    assert book.sheetnames == ["Parameters", "Totals", "Control totals", "Items"]
    assert len(list(book["Items"].values)) == len(rows) + 1
    parameters = dict(book["Parameters"].values)
    assert (parameters["connection"], parameters["proved"]) == (NAME, "yes")


def test_the_clock_reconciles_after_each_pull_and_raises_what_it_found_until_it_is_gone(
    cli, month, sandbox, application, sql
):
    def clock():
        sql("UPDATE schedule SET due_at = now() WHERE job = 'transactions'")
        application.jobs.run(NAME, Job.TRANSACTIONS, None)
        sql("UPDATE brex_pull SET finished_at = finished_at - interval '2 hours'")
        return {one.key: one.what for one in AlarmBoard(application.database).standing()}

    number = document_number(month[0])
    (posted,) = sandbox.call("GET", f"/infor/invoices?sino={number}")["ledger"]
    sandbox.call("PATCH", f"/infor/ledger/invoices/{number}", {"CUAM": "1.00"})
    alarms = clock()
    ((key, what),) = alarms.items()
    day, name = key.split(" ")
    assert (date.fromisoformat(day).isoformat(), name) == (day, month[0])
    assert f"amount: {posted['head']['CUAM']} here, 1.00 in the ERP" in what
    # once its day is before those that are looked at, nobody knows that it is gone
    sql("UPDATE alarm SET key = '2000' || substr(key, 5)")
    sandbox.call("PATCH", f"/infor/ledger/invoices/{number}", {"CUAM": posted["head"]["CUAM"]})
    assert list(clock()) == [f"2000{key[4:]}"]
    sql("UPDATE alarm SET key = %s", key)
    sandbox.call("PATCH", f"/infor/ledger/invoices/{number}", {"CUAM": posted["head"]["CUAM"]})
    assert clock() == {}
    (job,) = (
        one for one in cli.json("status")["connections"][0]["jobs"] if one["job"] == "transactions"
    )
    assert "; proved: 12 matched" in job["outcome"]


def test_days_that_were_not_read_whole_are_not_proved_and_raise_nothing(
    cli, month, sandbox, application
):
    sandbox.call("PATCH", "/settings", {"brex": {"lacking_scopes": ["transactions.card.readonly"]}})
    try:
        report = cli.json("reconcile", NAME, *DAYS, code=1)
    finally:
        sandbox.call("PATCH", "/settings", {"brex": {"lacking_scopes": []}})
    assert not report["proved"]
    assert any("card_transactions of Brex" in fault for fault in report["faults"])
    assert {ending: n for ending, n in report["endings"].items() if n} == {"matched": 12}


def test_an_erp_that_does_not_answer_proves_nothing(cli, month, sandbox):
    sandbox.fault("refuse", program="APS200MI", times=50)
    try:
        report = cli.json("reconcile", NAME, *DAYS, code=1)
    finally:
        sandbox.call("DELETE", "/faults")
    assert not report["proved"]
    assert report["endings"]["unreadable"] == 12
