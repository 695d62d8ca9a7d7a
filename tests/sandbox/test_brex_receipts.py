"""Receipts: links of each reading, in force for a while, for whoever has them."""

import requests

LINES = [{"id": "l1", "type": "DEBIT", "amount": {"amount": 10.5, "currency": "SEK"}}]
FILES = [{"size": 3_000}, {"content": "hello", "content_type": "text/html"}]


def put(sandbox, *receipts):
    record = {"id": "accr_1", "line_items": LINES, "receipts": list(receipts)}
    sandbox.control("POST", "brex/records", record)


def links(brex, **params):
    (record,) = brex.records(ids="accr_1", **params).json()["items"]
    return [one["download_uris"] for one in record["receipts"]]


def test_a_link_gives_the_file_without_a_token(sandbox, brex):
    put(sandbox, {"id": "receipt_1", "files": FILES})
    ((first, second),) = links(brex)
    answer = requests.get(first)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert (len(answer.content), answer.content[:5]) == (3_000, b"%PDF-")
    answer = requests.get(second)
    assert (answer.text, answer.headers["Content-Type"]) == ("hello", "text/html")
    assert brex.call("GET", first.removeprefix(sandbox.url)).status_code == 400
    assert sandbox.control("GET", "calls", peer="brex")["brex"]["http"]["GET receipt"] == 3


def test_every_reading_gives_other_links_and_the_record_stays_as_it_is(sandbox, brex):
    put(sandbox, {"id": "receipt_1", "files": FILES})
    one = brex.call("GET", "/v3/accounting/records/accr_1").json()
    listed = links(brex)
    single = links(brex, single_entry="true")
    assert len({one["receipts"][0]["download_uris"][0], listed[0][0], single[0][0]}) == 3
    assert one["line_items"][0]["amount"]["amount"] == 10.5
    for every in (one["receipts"][0]["download_uris"][0], listed[0][0], single[0][0]):
        assert requests.get(every).status_code == 200


def test_a_link_that_has_expired_or_was_changed_is_refused(sandbox, brex):
    put(sandbox, {"id": "receipt_1", "files": FILES})
    sandbox.settings("brex", receipt_link_s=0.0)
    answer = requests.get(links(brex)[0][0])
    assert (answer.status_code, "Request has expired" in answer.text) == (403, True)
    assert requests.get(links(brex)[0][0].replace("Expires=0", "Expires=900")).status_code == 403
    sandbox.settings("brex", receipt_link_s=900.0)
    link = links(brex)[0][0]
    assert requests.get(link.replace("receipt_1/1", "receipt_1/2")).status_code == 403
    assert requests.get(link).status_code == 200


def test_links_lead_elsewhere_where_a_setting_or_the_record_says_so(sandbox, brex):
    put(
        sandbox,
        {"id": "receipt_1", "files": FILES},
        {"id": "receipt_2", "download_uris": ["http://169.254.169.254/x"]},
        {"id": "receipt_3", "download_uris": None},
    )
    sandbox.settings("brex", receipt_host="http://127.0.0.1:9")
    first, second, third = links(brex)
    assert all(link.startswith("http://127.0.0.1:9/receipt-files/receipt_1/") for link in first)
    assert (second, third) == (["http://169.254.169.254/x"], None)


def test_some_generated_records_have_a_receipt_and_are_else_the_same(sandbox, brex):
    def made(**options):
        sandbox.control("POST", "reset")
        month = {"count": 20, "seed": 5, "month": "2026-06", "release": True, "send": False}
        ids = sandbox.control("POST", "brex/generate", month | options)["ids"]
        return {one["id"]: one for one in brex.records(ids=ids).json()["items"]}

    without, with_some = made(), made(receipts=0.5)
    assert set(without) == set(with_some)
    assert 0 < sum(bool(one["receipts"]) for one in with_some.values()) < 20
    for record_id, one in without.items():
        other = {**with_some[record_id], "receipts": [], "updated_at": one["updated_at"]}
        assert other == one


def test_no_signature_stands_in_the_log(sandbox, brex):
    put(sandbox, {"id": "receipt_1", "files": FILES})
    requests.get(links(brex)[0][0])
    assert "sandbox-receipt-signature" not in str(sandbox.control("GET", "log"))
