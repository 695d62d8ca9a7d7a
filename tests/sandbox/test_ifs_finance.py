"""The simulated IFS: posting proposals, vouchers, change sets, and what it refuses."""

from decimal import Decimal

import pytest

from tests.sandbox.ifs_client import HEAD, LINE, PROPOSALS, VOUCHER, VOUCHERS

HEADS = "PostingProposalHeadSet"


def change_set(number, *lines, **more):
    head = ("POST", HEADS, {**HEAD, "InvoiceNo": number, **more})
    return [head, *(("POST", "$1/PostingProposalLines", line) for line in lines)]


def voucher(*rows, **more):
    head = ("POST", "VoucherSet", {**VOUCHER, "VoucherText": "BX1", **more})
    named = [{"CurrencyCode": "SEK", "ReferenceNumber": "BX1", **row} for row in rows]
    return [head, *(("POST", "$1/VoucherRows", row) for row in named)]


DEBIT = {"Account": "7500", "CodeB": "CC10", "CurrencyDebetAmount": 100.0}
CREDIT = {"Account": "2890", "CurrencyCreditAmount": 100.0}


def documents(sandbox):
    return sandbox.control("GET", "ifs/documents")


def detail(answer):
    status, body = answer
    assert status == 500, body
    return body["error"]["details"][0]["message"]


def test_a_proposal_is_balanced_once_its_lines_are(ifs):
    head = ifs.head("BX1")
    assert (head["Objstate"], head["Balance"]) == ("NotBalanced", 171.75)
    ifs.call("POST", f"{ifs.path(head)}/PostingProposalLines", LINE)
    shown = ifs.call("GET", ifs.path(head))
    assert (shown.json()["Objstate"], shown.json()["Balance"]) == ("Balanced", 0)
    (line,) = ifs.rows(f"{ifs.path(head)}/PostingProposalLines")
    assert (line["ItemId"], line["RowId"], line["CodeB"]) == (1, 1, "CC10")


def test_a_change_set_takes_effect_whole_or_not_at_all(ifs, sandbox):
    good = change_set("BX1", {**LINE, "CurrencyAmount": 100}, {**LINE, "CurrencyAmount": 71.75})
    bad = change_set("BX2", LINE, {**LINE, "Account": "0000"})
    made, refused, last = ifs.batch(PROPOSALS, good, bad, change_set("BX3", LINE))
    assert [status for status, _ in made] == [201, 201, 201]
    assert detail(refused).startswith("ORA-20111: Account.FND_RECORD_NOT_EXIST:")
    assert last[0][0] == 201
    found = documents(sandbox)["proposals"]
    assert [(one["number"], len(one["lines"]), one["state"]) for one in found] == [
        ("BX1", 2, "Balanced"),
        ("BX3", 1, "Balanced"),
    ]


def test_a_batch_ends_at_a_failed_part_unless_it_is_to_go_on(ifs, sandbox):
    bad, good = change_set("BX1", {**LINE, "Account": "0000"}), change_set("BX2", LINE)
    answers = ifs.batch(PROPOSALS, ("GET", HEADS), bad, good, prefer="wait=60")
    assert [type(answer) for answer in answers] == [tuple, tuple]
    assert documents(sandbox)["proposals"] == []


def test_a_malformed_batch_does_nothing(ifs, sandbox):
    import requests

    headers = {**ifs.headers, "Content-Type": "multipart/mixed;boundary=b"}
    for body in ("", "--b\r\nnothing\r\n--b--\r\n", "--x--\r\n"):
        answer = requests.post(
            f"{ifs.root}/{PROPOSALS}/$batch", data=body, headers=headers, timeout=5
        )
        assert ifs.refusal(answer, 400) == "ODP_DESERIALIZATION_ERROR"


def test_a_line_of_a_change_set_may_name_the_etag_of_its_head(ifs):
    head = ("PATCH", "$1", {"Text": "Changed"}, {"If-Match": "$1"})
    (made,) = ifs.batch(PROPOSALS, [("POST", HEADS, {**HEAD, "InvoiceNo": "BX1"}), head])
    assert [status for status, _ in made] == [201, 200]
    assert made[1][1]["Text"] == "Changed"


@pytest.mark.parametrize(
    ("change", "line", "number", "unit"),
    [
        ({"Identity": "000000"}, {}, 20111, "SupplierInfoGeneral"),
        ({"Identity": "739999"}, {}, 20111, "IdentityInvoiceInfo"),
        ({"CurrencyCode": "XXX"}, {}, 20111, "CurrencyCode"),
        ({"Company": "99"}, {}, 20111, "CompanyFinance"),
        ({"Company": "30"}, {}, 20119, "PostingProposalHead"),
        ({"InvoiceDate": "2019-06-30"}, {}, 20110, "PostingProposalHead.PERIODCLOSED"),
        ({}, {"Account": "6999"}, 20110, "PostingProposalHead.ACCNOTVALID"),
        ({}, {"CodeB": "CC99"}, 20111, "AccountingCodePartValue"),
        ({}, {"OptionalCode": "99"}, 20111, "StatutoryFee"),
        (
            {},
            {"Account": "7999", "CodeC": "P100"},
            20110,
            "PostingProposalHead.CODEPARTBLOCKED",
        ),
        ({}, {"Account": None}, 20110, "PostingProposalLine.NULLVALUE"),
    ],
)
def test_business_rules_are_500_with_a_number(ifs, sandbox, change, line, number, unit):
    (answer,) = ifs.batch(PROPOSALS, change_set("BX1", {**LINE, **line}, **change))
    assert detail(answer).startswith(f"ORA-{number}: {unit}")
    assert documents(sandbox)["proposals"] == []


def test_a_mandatory_code_part(ifs, sandbox):
    sandbox.settings("ifs", code_demands=["7500 CodeB mandatory"])
    line = {name: value for name, value in LINE.items() if name != "CodeB"}
    (answer,) = ifs.batch(PROPOSALS, change_set("BX1", line))
    assert "CODEPARTMANDATORY" in detail(answer)


def test_an_invoice_number_of_a_supplier_is_taken_once(ifs):
    ifs.head("BX1")
    (again,) = ifs.batch(PROPOSALS, change_set("BX1", LINE))
    assert detail(again).startswith("ORA-20112: PostingProposalHead.FND_RECORD_EXIST:")
    assert ifs.head("BX1", Identity="732001")


def test_what_was_authorised_is_not_changed(ifs, sandbox):
    head = ifs.proposal("BX1")
    sandbox.control("POST", f"ifs/proposals/10/{head['InvoiceId']}", {"action": "authorize"})
    answer = ifs.call("POST", f"{ifs.path(head)}/PostingProposalLines", LINE)
    assert ifs.refusal(answer, 500).startswith("ORA-20110: PostingProposalHead.NOTOPEN")


@pytest.mark.parametrize(("currency", "kept"), [("JPY", "172"), ("KWD", "171.755")])
def test_amounts_are_kept_in_the_decimals_of_their_currency(ifs, sandbox, currency, kept):
    ifs.head("BX1", CurrencyCode=currency, GrossCurrAmount=171.755)
    (one,) = documents(sandbox)["proposals"]
    assert one["head"]["GrossCurrAmount"] == kept


def test_a_voucher_balances_or_is_refused(ifs, sandbox):
    made, refused = ifs.batch(VOUCHERS, voucher(DEBIT, CREDIT), voucher(DEBIT))
    assert [status for status, _ in made] == [201, 201, 201]
    assert detail(refused).startswith("ORA-20110: Voucher.NOTBALANCED")
    (one,) = documents(sandbox)["vouchers"]
    assert one["number"] == "BX1"
    assert [Decimal(line["CurrencyAmount"]) for line in one["lines"]] == [100, -100]


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"VoucherType": "I"}, "ORA-20110"),
        ({"VoucherType": "Z"}, "ORA-20111"),
        ({"UserGroup": "ZZ"}, "ORA-20111"),
        ({"VoucherDate": "2019-01-31"}, "ORA-20110"),
    ],
)
def test_a_voucher_needs_a_manual_type_a_user_group_and_an_open_period(ifs, change, number):
    (answer,) = ifs.batch(VOUCHERS, voucher(DEBIT, CREDIT, **change))
    assert detail(answer).startswith(number)


def test_a_voucher_moves_from_the_hold_table_to_the_ledger(ifs, sandbox):
    ifs.batch(VOUCHERS, voucher(DEBIT, CREDIT))
    asked = {"$filter": "Company eq '10' and ReferenceNumber eq 'BX1'"}
    hold = "VoucherRowsAnalysis.svc/VoucherRowSet"
    ledger = "GLVoucherRowsProjAnalysis.svc/GenLedProjVoucherRowSet"
    assert (len(ifs.rows(hold, **asked)), len(ifs.rows(ledger, **asked))) == (2, 0)
    (one,) = documents(sandbox)["vouchers"]
    path = "/".join(str(part) for part in one["key"])
    sandbox.control("POST", f"ifs/vouchers/{path}", {"action": "update"})
    assert (len(ifs.rows(hold, **asked)), len(ifs.rows(ledger, **asked))) == (0, 2)
    assert documents(sandbox)["vouchers"] == []
    assert documents(sandbox)["ledger"][0]["number"] == "BX1"


def test_errors_come_in_other_shapes_too(ifs, sandbox):
    path = f"{PROPOSALS}/{HEADS}(Company='10',InvoiceId=1)"
    sandbox.settings("ifs", error_shape="language")
    assert ifs.call("GET", path).json()["error"]["message"]["lang"] == "en"
    sandbox.settings("ifs", error_shape="odata")
    assert ifs.call("GET", path).json()["odata.error"]["code"] == "ODP_RESOURCE_NOTFOUND"
