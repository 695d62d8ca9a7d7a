"""The mend beside the reason: given once, and everything that waits for it goes on."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from connector.domain.reasons import Reason
from connector.store.errands import PostgresErrands
from console import mends
from tests.waiting import wait_until

CAUSE = "/held?connection=acme&reason=supplier_unknown&field=vendor&value=pmch_1+Taxi"
SUPPLIER = {
    "connection": "acme",
    "reason": "supplier_unknown",
    "field": "vendor",
    "value": "pmch_1 Taxi",
}
VALUE = {"connection": "acme", "reason": "value_unmapped", "field": "GL", "value": "efo_1"}


@pytest.fixture
def register(register, sql):
    """The ERP's suppliers and accounts, and the field whose values are accounts."""
    sql("""UPDATE connection SET config = config || '{"mapping": {"gl_account": "GL"}}'""")


def statuses(sql):
    return dict(sql("SELECT record_id, status FROM record"))


def test_a_supplier_that_is_picked_releases_all_records_of_the_merchant_and_says_how_many(
    at_desk, hold, sql, register, hints
):
    hold(3)
    hold(prefix="other_", value="pmch_2 Bus", merchant_id="pmch_2")
    one = at_desk("operator", "anna")
    assert "732000" not in one.get(CAUSE).text
    page = one.get(CAUSE + "&choose=taxi").text
    assert '<input type="radio" name="put" value="732000">' in page
    assert "732001" not in page  # the ERP has it blocked
    moved = one.post("/mends", page=CAUSE, **SUPPLIER, put="732000")
    told = one.get(moved.location).text
    assert "Taxi is supplier 732000 from now on." in told
    assert "3 records released: they go on." in told
    assert statuses(sql) == {"other_1": "held"} | {f"accr_{n}": "received" for n in (1, 2, 3)}
    assert sql("SELECT supplier, found, matched_by FROM merchant") == [
        ("732000", "confirmed", "console:anna")
    ]
    assert sql("SELECT DISTINCT actor FROM record_history WHERE from_status = 'held'") == [
        ("console:anna",)
    ]
    assert sorted(hints.sent[-1][3]) == ["accr_1", "accr_2", "accr_3"]


@pytest.mark.parametrize(
    ("put", "told"),
    [
        ("999999", "the ERP has no supplier 999999"),
        ("732001", "has supplier 732001 blocked"),
        ("", "Choose one, or write the ERP&#39;s number."),
    ],
)
def test_a_supplier_that_the_erp_does_not_take_is_told_and_nothing_goes_on(
    at_desk, hold, sql, register, put, told
):
    hold(2)
    one = at_desk("operator")
    page = one.get(one.post("/mends", page=CAUSE, **SUPPLIER, other=put).location).text
    assert told in page
    assert "Mend and release" in page
    assert set(statuses(sql).values()) == {"held"}
    assert sql("SELECT count(*) FROM merchant") == [(0,)]


def test_of_two_people_who_mend_the_second_sees_what_the_first_said_and_nothing_happens_twice(
    at_desk, hold, sql, register
):
    sql("UPDATE erp_entry SET blocked = false")
    hold(2)
    anna, ben = at_desk("operator", "anna"), at_desk("operator", "ben")
    anna.post("/mends", page=CAUSE, **SUPPLIER, put="732000")
    before = sql("SELECT r::text FROM record r ORDER BY id")
    told = ben.get(ben.post("/mends", page=CAUSE, **SUPPLIER, put="732001").location).text
    assert "that Taxi is supplier 732000. Nothing was done twice" in told
    assert "anna said at " in told
    told = ben.get(ben.post("/mends", page=CAUSE, **SUPPLIER, put="732000").location).text
    assert "released" not in told
    assert sql("SELECT r::text FROM record r ORDER BY id") == before
    assert sql("SELECT supplier, matched_by FROM merchant") == [("732000", "console:anna")]


def test_a_mend_approves_nothing_above_the_amount_for_one_person(at_desk, hold, sql, register):
    sql(
        "UPDATE connection SET config = config || "
        "jsonb_build_object('console', jsonb_build_object('four_eyes_above', '500'))"
    )
    hold(prefix="small_")
    hold(prefix="large_", amount=900.0)
    for role in ("operator", "approver"):
        one = at_desk(role)
        one.post("/mends", page=CAUSE, **SUPPLIER, put="732000")
    assert statuses(sql) == {"small_1": "received", "large_1": "held"}
    assert sql("SELECT asked_by FROM held_record WHERE is_held") == [("console:operator-one",)]


def test_records_of_a_closed_month_go_on_alone_and_those_above_the_amount_with_an_approver(
    at_desk, hold, sql, register
):
    sql("""UPDATE connection SET config = config || '{"console": {"four_eyes_above": "500"}}'""")
    closed = {"reason": Reason.PERIOD_CLOSED, "field": "erp_posting_date"}
    hold(2, **closed, value="2026-09-30", prefix="small_")
    (large,) = hold(**closed, value="2026-09-30", prefix="large_", amount=900.0)
    hold(**closed, value="2026-10-31", prefix="october_")
    cause = {**closed, "connection": "acme", "value": "2026-09"}
    queue = f"/held?{urlencode(cause)}"
    one = at_desk("operator", "anna")
    page = one.get(queue).text
    assert '<input type="radio" name="put" value="these_alone">' in page
    assert '<input type="radio" name="put" value="next_open_period">' in page
    moved = one.post("/mends", page=queue, **cause, put="these_alone")
    assert "2 records released: they go on." in one.get(moved.location).text
    assert [one for one, stands in sorted(statuses(sql).items()) if stands == "held"] == [
        "large_1",
        "october_1",
    ]
    at_desk("approver").post(
        f"/records/{large}", page=f"/records/{large}", action="retry", record=f"{large}.0"
    )
    assert sql("SELECT record_id, status FROM record WHERE moves_day ORDER BY 1") == [
        *[("large_1", "received"), ("small_1", "received"), ("small_2", "received")]
    ]
    assert sql("SELECT actor FROM record_history WHERE event = 'next_period_allowed'") == [
        *[("console:anna",)] * 3
    ]
    assert sql("SELECT config->'mapping' FROM connection") == [({"gl_account": "GL"},)]


def test_a_rule_is_put_by_a_worker_and_the_page_says_how_many_records_it_released(
    at_desk, hold, sql, register, database
):
    (number, _) = hold(2, Reason.VALUE_UNMAPPED, "GL", "efo_1")
    one = at_desk("operator", "anna")
    page = one.get(f"/records/{number}?choose=trav").text
    assert 'value="7500"' in page
    assert "mapping.values.GL.efo_1" in page
    errands = PostgresErrands(database)
    outcome = {
        "done": True,
        "told": "",
        "setting": "mapping.values.GL.efo_1",
        "version": 2,
        "released": 2,
        "asked": 0,
        "left": 0,
    }
    with ThreadPoolExecutor(1) as worker:
        worker.submit(lambda: errands.finish(wait_until(errands.claim)[0], outcome))
        answer = one.post(
            "/mends", page=f"/records/{number}", **VALUE, put="7500", record=str(number)
        )
    assert answer.location == f"/records/{number}"
    told = one.get(answer.location).text
    assert "mapping.values.GL.efo_1 is 7500 from version 2 on." in told
    assert "2 records released: they go on." in told
    assert "ml-connector mapping show acme" in told
    assert sql("SELECT kind, asked_by, what FROM errand") == [
        (
            "mend",
            "console:anna",
            {"reason": "value_unmapped", "field": "GL", "value": "efo_1", "put": "7500"},
        )
    ]


def test_where_no_worker_answers_or_one_refuses_the_page_says_so(
    at_desk, hold, register, monkeypatch, database
):
    hold(1, Reason.VALUE_UNMAPPED, "GL", "efo_1")
    monkeypatch.setattr(mends, "_PATIENCE_S", 0.0)
    one = at_desk("operator")
    moved = one.post("/mends", page=CAUSE, **VALUE, put="7500")
    assert "No worker has answered yet" in one.get(moved.location).text
    monkeypatch.setattr(mends, "_PATIENCE_S", 30.0)
    errands = PostgresErrands(database)
    (first,) = errands.claim()
    errands.finish(first, {"done": True, "told": ""})
    with ThreadPoolExecutor(1) as worker:
        no = {"done": False, "told": "it says no"}
        worker.submit(lambda: errands.finish(wait_until(errands.claim)[0], no))
        moved = one.post("/mends", page=CAUSE, **VALUE, put="7500")
    assert "Nothing was changed: it says no" in one.get(moved.location).text


def test_a_viewer_is_offered_no_mend_and_can_send_none(at_desk, hold, sql, register):
    hold(1)
    one = at_desk("viewer")
    assert "Mend and release" not in one.get(CAUSE).text
    assert one.post("/mends", page="/", **SUPPLIER, put="732000").status_code == 403
    assert set(statuses(sql).values()) == {"held"}


def test_the_map_of_merchants_is_searched_and_corrected_and_says_who_did(
    at_desk, hold, sql, register, connection_id
):
    hold(2)
    sql(
        "INSERT INTO merchant (connection_id, merchant_id, name, supplier, found, score) VALUES"
        " (%s, 'pmch_1', '<i>Taxi', '700000', 'fuzzy', 93), (%s, 'pmch_2', 'Bus', NULL, NULL, 0)",
        *(connection_id, connection_id),
    )
    one = at_desk("operator", "anna")
    page = one.get("/suppliers?search=tax").text
    assert "&lt;i&gt;Taxi" in page
    assert "pmch_2" not in page
    assert "pmch_1" not in one.get("/suppliers?only=new").text
    assert "No merchant matches this." in one.get("/suppliers?search=%25").text
    its = "/suppliers/acme/pmch_1"
    assert "Mend and release" in one.get(its).text
    form = SUPPLIER | {"value": "pmch_1 <i>Taxi", "of_merchant": "1", "put": "732000"}
    moved = one.post("/mends", page=its, **form)
    assert moved.location == its
    told = one.get(its).text
    assert "2 records released: they go on." in told
    assert "console:anna" in told
    assert sql("SELECT supplier, found FROM merchant WHERE merchant_id = 'pmch_1'") == [
        ("732000", "confirmed")
    ]
    assert one.get("/suppliers/acme/pmch_9").status_code == 404
    assert one.get("/suppliers/nobody/pmch_1").status_code == 404
    assert "There is no such connection." in one.get("/suppliers?connection=nobody").text
