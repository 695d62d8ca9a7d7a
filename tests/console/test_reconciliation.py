"""The page of reconciliations: what was found, each item, the workbook, and one anew."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from connector.domain.reconciliation import (
    ControlTotals,
    Difference,
    Ending,
    Item,
    Reconciliation,
    Suggestion,
)
from connector.store.errands import ErrandKind, PostgresErrands
from connector.store.reconciliations import PostgresReconciliations, Sought
from console import matching

LARGEST = 100_000
MANY = 20_000
#: A result with many open items, as a worker would have kept it.
BUSY = """
WITH made AS (
    INSERT INTO reconciliation (connection_id, since, until, started_at, proved, faults, endings)
    VALUES (%s, '2026-08-01', '2026-11-01', now(), false, array_fill('x'::text, '{40}'),
            '{"held": 20000, "matched": 80000}') RETURNING id
), lines AS (
    INSERT INTO reconciliation_line
    SELECT id, '100/' || company, currency, date '2026-08-01' + day, 'primary', 'stmt_' || day / 30,
           1000000.25, 999999.75, '{"held": 15, "matched": 60}', '{"held": "0.50"}'
    FROM made, generate_series(0, 91) AS day, unnest(ARRAY['AAA', 'BBB', 'CCC']) AS company,
         unnest(ARRAY['SEK', 'EUR', 'USD', 'NOK']) AS currency
), items AS (
    INSERT INTO reconciliation_item
    SELECT id, n, 'held', 'accr_' || md5(n::text), date '2026-08-01' + mod(n, 92), 'SEK', '100/AAA',
           'primary', 'Merchant with a name of usual length ' || n, 1234.5, 1234.5, NULL,
           'value_unmapped: line accrli_1 has a value that is not the ERP''s own; add it', true,
           jsonb_build_object('transactions', jsonb_build_array('txn_' || md5(n::text)),
               'records', jsonb_build_array('accr_' || md5(n::text)), 'documents', '[]'::jsonb,
               'vouchers', '[]'::jsonb, 'differences', '[]'::jsonb, 'suggestions',
               jsonb_build_array(jsonb_build_object('name', 'BX' || md5(n::text), 'score', 71)))
    FROM made, generate_series(1, %s) AS n
)
SELECT id FROM made
"""


def item(ending=Ending.MATCHED, name="accr_1", day=5, amount="100.00", posted="100.00", **named):
    given = {"company": "100/AAA", "account": "primary", "currency": "SEK", "records": (name,)}
    if named.get("is_ours", True):
        given["charged"] = Decimal(amount)
    return Item(
        ending=ending,
        name=name,
        day=date(2026, 10, day),
        posted=None if posted is None else Decimal(posted),
        **(given | named),
    )


@pytest.fixture
def kept(database, connection_id):
    return PostgresReconciliations(database, connection_id)


@pytest.fixture
def keep(kept):
    """Keeps a result of these items, as a worker would; gives its number."""

    def make(*items, **named):
        totals = ControlTotals()
        for one in items:
            totals.add(one)
        made = datetime(2026, 11, 2, 9, tzinfo=UTC)
        days = date(2026, 10, 1), date(2026, 11, 1)
        return kept.keep(Reconciliation("acme", *days, made, items, totals, **named))

    return make


@pytest.fixture
def october(keep):
    """A month with a difference, something suggested, and two that match."""
    return keep(
        item(),
        item(name="accr_2"),
        item(
            *(Ending.DIFFERENT, "accr_3", 6, "50.00", "49.50"),
            about="<i>Taxi",
            documents=("BXTAXI",),
            vouchers=("F 77",),
            differences=(Difference("amount", "50.00", "49.50"),),
        ),
        item(
            *(Ending.ONLY_IN_BREX, "txn_4", 7, "20.00", None),
            records=(),
            transactions=("txn_4",),
            suggestions=(Suggestion("accr_3", 83),),
        ),
        # of others, and so part of no line
        item(Ending.ONLY_IN_ERP, "OTHER", 6, posted="7.00", records=(), is_ours=False),
        unlisted=["cash of Brex: token=abc123secret may not read it"],
    )


@pytest.fixture
def busy(sql, connection_id):
    ((number,),) = sql(BUSY, connection_id, MANY)
    return number


def test_the_latest_one_is_opened_with_totals_explained_and_what_could_not_be_listed(
    at_desk, october
):
    page = at_desk("viewer").get("/reconciliation").text
    assert re.search(
        r"SEK</td><td[^>]*>270.00\xa0SEK</td><td[^>]*>249.50\xa0SEK</td><td[^>]*>20.50\xa0SEK<",
        page,
    ), page
    explained = dict(re.findall(r">([a-zB ]+)</a></small></td><td[^>]*><small>([\d.]+)\xa0", page))
    assert {name: Decimal(sum_) for name, sum_ in explained.items()} == {
        "different": Decimal("0.5"),
        "only in Brex": 20,
    }
    assert "Not listed: cash of Brex" in page
    assert "abc123secret" not in page
    assert f'href="/reconciliation/acme/{october}/items?ending=different"' in page
    assert "2 matched" in page
    assert f'href="/reconciliation/acme/{october}?day=2026-10-06#lines"' in page
    assert "Reconcile now" not in page


def test_the_items_of_a_line_and_of_an_ending_are_shown_and_lead_to_our_records(
    at_desk, october, hold
):
    hold(3)  # accr_1 to accr_3 are ours
    one = at_desk("viewer")
    page = one.get(f"/reconciliation/acme/{october}").text
    (line,) = re.findall(r'href="(/reconciliation/acme/\d+/items\?company=[^"]*10-06[^"]*)"', page)
    shown = one.get(line.replace("&amp;", "&")).text
    assert "<h1>1 item " in shown
    assert "&lt;i&gt;Taxi" in shown
    assert "amount: 50.00 here, 49.50 there" in shown
    assert all(there in shown for there in ("BXTAXI", "F 77", "50.00\xa0SEK", "49.50\xa0SEK"))
    link = '<a href="/records/by-id/accr_3?connection=acme">accr_3</a>'
    assert link in shown
    assert one.get("/records/by-id/accr_3?connection=acme").status_code == 302
    other = one.get(f"/reconciliation/acme/{october}/items?ending=only_in_brex").text
    assert f"only suggested: may be {link}, score 83 of 100" in other
    assert "by-id/txn_4" not in other
    assert "BXTAXI" not in other


def test_a_page_stays_small_with_many_open_items_and_each_is_on_one_page(at_desk, busy, kept):
    one = at_desk("viewer")
    run = f"/reconciliation/acme/{busy}"
    for address in (
        "/reconciliation",
        f"{run}?line=50",
        f"{run}/items",
        f"{run}/items?day=2026-08-05",
    ):
        page = one.get(address)
        assert page.status_code == 200
        assert len(page.data) < LARGEST, address
    seen, address = [], f"{run}/items?day=2026-08-05"
    while address:
        page = one.get(address).text
        seen += re.findall(r"Merchant with a name of usual length (\d+)", page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else None
    assert sorted(map(int, seen)) == list(range(4, MANY + 1, 92))
    assert len(seen) == kept.count(busy, Sought(day=date(2026, 8, 5)))


def test_items_are_found_by_an_index(busy, kept, database, sql, monkeypatch):
    sql("ANALYZE reconciliation_item")
    plans = []

    def explained(statement, **values):
        with database.transaction() as cursor:
            named = {"connection_id": 1, **values}
            cursor.execute(f"EXPLAIN (FORMAT text) {statement}", named)
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return []

    monkeypatch.setattr(kept, "_rows", explained)
    kept.items(busy, Sought(Ending.HELD), after=15_000, limit=101)
    kept.items(busy, Sought(company="100/AAA", currency="SEK", day=date(2026, 8, 5), account=""))
    kept.items(busy, after=15_000, limit=101)
    by_ending, by_line, by_place = plans
    assert "reconciliation_item_pkey" in by_ending + by_place
    assert "reconciliation_items_by_line" in by_line
    assert not any("Seq Scan on reconciliation_item" in plan for plan in plans)


def test_the_workbook_of_a_stored_run_has_all_that_is_open_and_says_what_is_not_in_it(
    at_desk, october
):
    answer = at_desk("viewer").get(f"/reconciliation/acme/{october}/book.xlsx")
    assert "acme-2026-10-01-2026-10-31.xlsx" in answer.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.data), read_only=True)
    parameters = dict(book["Parameters"].values)
    assert parameters["matched items"] == ("2 are counted in the totals, and not listed one by one")
    assert (parameters["proved"], parameters["asked for by"]) == ("no", "test")
    assert [row[2] for row in book["Items"].values] == ["item", "accr_3", "txn_4", "OTHER"]
    assert list(book["Totals"].values)[1][:4] == ("SEK", 270, 249.5, 20.5)


def test_a_reconciliation_is_asked_for_once_and_shown_until_it_is_done(
    at_desk, database, sql, keep
):
    anna, ben = at_desk("operator", "anna"), at_desk("operator", "ben")
    days = {"since": "2026-10-01", "until": "2026-10-31"}
    anna.post("/reconciliation/acme", page="/reconciliation", **days)
    ben.post("/reconciliation/acme", page="/reconciliation", **days)
    page = ben.get("/reconciliation").text
    assert "is under way already" in page
    assert "asked for by anna" in page
    assert 'hx-trigger="every 2s"' in ben.get("/reconciliation/acme/asked").text
    assert sql("SELECT kind, what, asked_by FROM errand") == [("reconcile", days, "console:anna")]
    errands = PostgresErrands(database)
    (number,) = errands.claim()
    done = keep(item())
    errands.finish(number, {"done": True, "told": "proved: 1 matched", "reconciliation": done})
    told = ben.get("/reconciliation/acme/asked").text
    assert f'href="/reconciliation/acme/{done}"' in told
    assert "proved: 1 matched" in told
    assert "hx-trigger" not in told


def test_one_that_was_not_done_says_why_without_secrets(at_desk, database, connection_id):
    errands = PostgresErrands(database)
    errands.ask("acme", ErrandKind.RECONCILE, what={"since": "2026-10-01", "until": "2026-10-31"})
    (number,) = errands.claim()
    errands.finish(number, {"done": False, "told": "no token=abc123secret"})
    page = at_desk("viewer").get("/reconciliation").text
    assert "was not done: no token" in page
    assert "abc123secret" not in page


@pytest.mark.parametrize(
    ("since", "until"),
    [
        *[
            ("", ""),
            ("2026-10-31", "2026-10-01"),
            ("yesterday", "today"),
            ("0001-01-01", "0001-01-02"),
        ],
        *[
            ("2026-01-01", "2026-10-31"),
            ("2026-10-01", "9999-12-31"),
            ("2026-10-01\ud800", "2026-10-02"),
        ],
    ],
)
def test_days_that_cannot_be_reconciled_are_said_no_to(at_desk, connection_id, sql, since, until):
    one = at_desk("operator")
    form = {"since": since.encode("utf-8", "replace").decode(), "until": until}
    assert one.post("/reconciliation/acme", page="/reconciliation", **form).status_code == 302
    assert 'class="told error"' in one.get("/reconciliation").text
    assert sql("SELECT FROM errand") == []


def test_a_viewer_asks_for_none(at_desk, connection_id, sql):
    form = {"since": "2026-10-01", "until": "2026-10-31"}
    one = at_desk("viewer")
    assert one.post("/reconciliation/acme", page="/", **form).status_code == 403
    assert sql("SELECT FROM errand") == []


def test_the_result_of_another_connection_is_none_and_odd_addresses_are_no_error(
    at_desk, october, connections
):
    connections.add("beta", "infor-m3", {"brex": {}}, {})
    one = at_desk("viewer")
    for part in ("", "/items", "/book.xlsx"):
        assert one.get(f"/reconciliation/acme/{october}{part}").status_code == 200
        assert one.get(f"/reconciliation/beta/{october}{part}").status_code == 404
        assert one.get(f"/reconciliation/acme/{9 * 10**30}{part}").status_code == 404
    for name in ("asked", str(october)):
        assert one.get(f"/reconciliation/nobody/{name}").status_code == 404
    assert "None yet." in one.get("/reconciliation?connection=beta").text
    assert "no such connection" in one.get("/reconciliation?connection=gamma").text
    run = f"/reconciliation/acme/{october}"
    for odd in ("ending=burnt&day=never&after=x", f"after={9**40}", "after=-7", "company="):
        assert one.get(f"{run}/items?{odd}").status_code == 200, odd
    for odd in ("line=-5", f"line={9**40}", "day=never", "account="):
        assert one.get(f"{run}?{odd}").status_code == 200, odd


def test_the_chart_has_what_matches_on_the_line_and_what_is_open_below_it_and_fits():
    def line(day, **items):
        return {"day": date(2026, 10, day), "items": items}

    first, last = matching.bars([line(1, matched=4), line(1, held=1), line(3, matched=8, held=2)])
    assert (first.matched, first.open, last.matched, last.open) == (4, 1, 8, 2)
    assert (last.matched_y, last.line + last.open_height) == (0, matching.HEIGHT)
    assert first.matched_height == last.matched_height / 2
    assert first.line == last.line
    assert last.x + last.width <= matching.WIDTH
    assert matching.bars([]) == []
    year = [{"day": date(2025, month, 1), "items": {"matched": 1}} for month in range(1, 13)]
    assert [one.matched for one in matching.bars(year)] == [1] * 12


def test_programs_read_a_run_with_its_totals_and_page_through_its_items(api, october, busy):
    call = api("viewer")
    listed = call("GET", "/reconciliations/acme").json["reconciliations"]
    assert [one["id"] for one in listed] == [busy, october]
    seen = call("GET", f"/reconciliations/acme/{october}").json
    (total,) = seen["totals"]
    assert (total["brex"], total["erp"], total["difference"]) == ("270.00", "249.50", "20.50")
    assert (total["items"]["matched"], total["explained"]["different"]) == (2, "0.50")
    assert [line["day"] for line in seen["lines"]] == ["2026-10-05", "2026-10-06", "2026-10-07"]
    address = f"/reconciliations/acme/{october}/items"
    (one,) = call("GET", f"{address}?ending=only_in_brex&day=2026-10-07&account=primary").json[
        "items"
    ]
    assert (one["name"], one["charged"], one["posted"]) == ("txn_4", "20.00", None)
    assert one["suggestions"] == [{"name": "accr_3", "score": 83}]
    assert call("GET", f"{address}?currency=EUR").json == {"items": [], "next": None}
    (one,) = call("GET", f"{address}?day=2026-10-06&is_ours=0").json["items"]
    assert (one["name"], one["ending"]) == ("OTHER", "only_in_erp")
    address = f"/reconciliations/acme/{busy}/items"
    page = call("GET", f"{address}?after=19850").json
    last = call("GET", f"{address}?after={page['next']}").json
    assert (len(page["items"]), len(last["items"]), last["next"]) == (100, 50, None)


def test_programs_are_told_of_what_is_none(api, october, connections):
    connections.add("beta", "infor-m3", {"brex": {}}, {})
    call = api("viewer")
    for part in (f"beta/{october}", f"beta/{october}/items", "nobody", "acme/99"):
        assert call("GET", f"/reconciliations/{part}").status_code == 404
    odd = call("GET", f"/reconciliations/acme/{october}/items?ending=burnt&day=never")
    assert (odd.status_code, set(odd.json["errors"]["query"])) == (422, {"ending", "day"})
