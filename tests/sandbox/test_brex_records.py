"""Reading records and reporting results, over real HTTP."""

from decimal import Decimal

import pytest

SINCE = {"updated_at[gt]": "2020-01-01"}


@pytest.fixture
def ids(sandbox):
    asked = {"count": 12, "month": "2026-06", "seed": 3, "release": True}
    return sandbox.control("POST", "brex/generate", asked)["ids"]


def test_a_page_goes_on_behind_the_cursor_until_every_record_was_seen(brex, ids):
    seen, cursor = [], None
    while True:
        page = brex.records(
            limit=5, review_status="READY_FOR_EXPORT", **SINCE, cursor=cursor
        ).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        assert page["has_next_page"] is (cursor is not None)
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids)
    assert len(seen) == len(set(seen))


def test_a_cursor_belongs_to_its_filters(brex, ids):
    cursor = brex.records(limit=5, **SINCE).json()["next_cursor"]
    answer = brex.records(limit=5, source_type="BILL", cursor=cursor, **SINCE)
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_REQUEST"


def test_more_than_500_is_refused_instead_of_cut(brex):
    assert brex.records(limit=501).status_code == 400


def test_without_a_bound_old_records_are_silently_missing(brex, sandbox):
    old = {"id": "accr_old", "line_items": [], "updated_at": "2026-01-01T00:00:00.000000Z"}
    sandbox.control("POST", "brex/records", old)
    assert brex.records().json()["items"] == []
    assert [one["id"] for one in brex.records(**SINCE).json()["items"]] == ["accr_old"]
    assert [one["id"] for one in brex.records(ids="accr_old").json()["items"]] == ["accr_old"]


def test_unknown_ids_are_skipped(brex, ids):
    answer = brex.records(ids=[ids[0], "accr_nowhere"])
    assert [one["id"] for one in answer.json()["items"]] == [ids[0]]


def test_bounds_are_open_or_closed_as_asked(brex, sandbox):
    moment = "2026-03-01T10:00:00.000000Z"
    sandbox.control(
        "POST", "brex/records", {"id": "accr_1", "line_items": [], "updated_at": moment}
    )
    assert brex.records(**{"updated_at[gt]": moment}).json()["items"] == []
    assert len(brex.records(**{"updated_at[gte]": moment}).json()["items"]) == 1
    assert (
        brex.records(**{"updated_at[gte]": "2026-01-01", "updated_at[lt]": moment}).json()["items"]
        == []
    )
    both = {"updated_at[gte]": "2026-01-01", "updated_at[lte]": moment}
    assert len(brex.records(**both).json()["items"]) == 1


def test_amounts_are_written_exactly(brex, sandbox):
    raw = (
        '{"id":"accr_x","line_items":[],"amount":{"amount":12345678901234567.89,"currency":"SEK"}}'
    )
    sandbox.http.post(f"{sandbox.url}/_sandbox/brex/records", data=raw)
    answer = brex.call("GET", "/v3/accounting/records/accr_x")
    assert '"amount":12345678901234567.89' in answer.text
    assert answer.json(parse_float=Decimal)["amount"]["amount"] == Decimal("12345678901234567.89")


def test_single_entry_leaves_the_offset_line_out(brex, ids):
    double = brex.call("GET", f"/v3/accounting/records/{ids[0]}").json()
    single = brex.call("GET", f"/v3/accounting/records/{ids[0]}?single_entry=true").json()
    assert len(single["line_items"]) == len(double["line_items"]) - 1
    assert all(line["accounting_field_values"] for line in single["line_items"])


def test_an_unknown_record_is_404_in_the_accounting_shape(brex):
    answer = brex.call("GET", "/v3/accounting/records/accr_nowhere")
    assert answer.status_code == 404
    assert set(answer.json()) == {"error_code", "message", "details"}
    assert answer.json()["error_code"] == "NOT_FOUND"


def test_generated_records_balance_and_leave_only_the_offset_line_uncoded(brex, ids):
    for record in brex.records(limit=500, **SINCE).json(parse_float=Decimal)["items"]:
        coded = [line for line in record["line_items"] if line["accounting_field_values"]]
        offset = [line for line in record["line_items"] if not line["accounting_field_values"]]
        assert len(offset) == 1
        assert sum(line["amount"]["amount"] for line in coded) == offset[0]["amount"]["amount"]
        assert all(line["amount"]["amount"] > 0 for line in record["line_items"])
        fields = {
            value["remote_field_id"] for line in coded for value in line["accounting_field_values"]
        }
        assert {"GL_ACCOUNT", "COST_CENTER"} <= fields


def test_a_refund_has_its_line_types_swapped_and_the_configured_sign(brex, sandbox):
    for sign in ("negative", "positive"):
        asked = {
            "count": 1,
            "refunds": 1.0,
            "refund_amount": sign,
            "seed": 5,
            "id_prefix": f"accr_{sign}",
        }
        record_id = sandbox.control("POST", "brex/generate", asked)["ids"][0]
        record = brex.call("GET", f"/v3/accounting/records/{record_id}").json()
        assert record["type"] == "CARD_EXPENSE_REFUND"
        assert (record["amount"]["amount"] < 0) is (sign == "negative")
        sides = {
            bool(line["accounting_field_values"]): line["type"] for line in record["line_items"]
        }
        assert sides == {True: "CREDIT", False: "DEBIT"}


def test_the_same_seed_generates_the_same_month(sandbox):
    asked = {"count": 20, "month": "2026-06", "seed": 9}
    first = sandbox.control("POST", "brex/generate", asked)["ids"]
    sandbox.control("POST", "reset")
    assert sandbox.control("POST", "brex/generate", asked)["ids"] == first


def test_a_result_is_taken_once(brex, sandbox, ids):
    assert brex.exported(ids[0]).json() == {"updated_accounting_record_ids": [ids[0]]}
    again = brex.exported(ids[0])
    assert again.status_code == 422
    assert again.json()["error_code"] == "ACCOUNTING_RECORD_NOT_READY_FOR_EXPORT"
    assert again.json()["details"] == {"not_ready_for_export_accounting_record_ids": [ids[0]]}
    shown = sandbox.control("GET", f"brex/records/{ids[0]}")
    assert (shown["review_status"], shown["export_count"], shown["refused_exports"]) == (
        "EXPORTED",
        1,
        1,
    )


def test_one_bad_result_refuses_the_whole_request(brex, sandbox, ids):
    answer = brex.exported(ids[0], "accr_nowhere")
    assert answer.status_code == 404
    assert answer.json()["details"] == {"not_found_export_entry_source_ids": ["accr_nowhere"]}
    doubled = brex.exported(ids[0], ids[0])
    assert doubled.json()["error_code"] == "DUPLICATE_ACCOUNTING_RECORD_IDS"
    assert sandbox.control("GET", f"brex/records/{ids[0]}")["review_status"] == "READY_FOR_EXPORT"


def test_a_failure_moves_the_record_out_of_ready_too(brex, sandbox, ids):
    failure = {"accounting_record_id": ids[0], "failure": {"error_message": "Invalid GL account"}}
    assert brex.report(failure).status_code == 200
    assert sandbox.control("GET", f"brex/records/{ids[0]}")["review_status"] == "PREPARE"
    assert brex.exported(ids[0]).status_code == 422


def test_a_null_deep_link_is_refused(brex, ids):
    result = {"accounting_record_id": ids[0], "success": {"deep_link_url": None}}
    assert brex.report(result).status_code == 400
