"""Supplier invoices: batches, their validation, the ledger."""


def test_every_add_head_opens_a_new_batch(m3):
    first, second = m3.head("DUP1"), m3.head("DUP1")
    assert first != second
    key = {"SPYN": "732000", "SUNO": "732000", "SINO": "DUP1"}
    assert [row["INBN"] for row in m3.rows("APS450MI/LstInvBySupInv", **key)] == [first, second]
    listed = m3.rows("APS450MI/LstInvBatchNo", SPYN="732000", SUNO="732000", INBN=second)
    assert [row["INBN"] for row in listed] == [second]


def test_a_head_gets_the_suppliers_payee(m3):
    inbn = m3.head("PAYEE1", SUNO="730500")
    assert m3.rows("APS450MI/GetHead", INBN=inbn)[0]["SPYN"] == "732002"


def test_lines_come_back_without_their_dimensions(m3):
    inbn = m3.head("LINE1")
    m3.rows("APS450MI/AddLine", INBN=inbn, RDTP="8", NLAM="60.5", AIT1="7500", VTXT="Köln")
    m3.rows("APS450MI/AddLine", INBN=inbn, RDTP="3", VTCD="1", VTA1="39.5")
    rows = m3.rows("APS450MI/LstLines", INBN=inbn)
    assert [(row["TRNO"], row["RDTP"], row["NLAM"], row["VTA1"]) for row in rows] == [
        ("1", "8", "60.50", "0.00"),
        ("2", "3", "0.00", "39.50"),
    ]
    assert not {"AIT1", "VTXT"} & set(rows[0])


def test_the_head_is_corrected_while_the_batch_is_open(m3):
    inbn = m3.head("UPD1")
    m3.rows("APS450MI/UpdHead", INBN=inbn, SINO="UPD1-X")
    key = {"SPYN": "732000", "SUNO": "732000"}
    assert m3.rows("APS450MI/LstInvBySupInv", SINO="UPD1", **key) == []
    assert m3.rows("APS450MI/LstInvBySupInv", SINO="UPD1-X", **key)[0]["INBN"] == inbn


def test_validation_goes_on_after_the_answer(m3, sandbox):
    sandbox.settings("infor", validation_s=60.0)
    inbn = m3.batch("ASYNC1")
    assert m3.rows("APS455MI/ValidByBatchNo", INBN=inbn) == []
    head = m3.rows("APS450MI/GetHead", INBN=inbn)[0]
    assert (head["SUPA"], head["BIST"]) == ("10", "8")
    assert m3.refusal("APS450MI/AddLine", INBN=inbn, RDTP="8", NLAM="1")["errorCode"] == "XSU0104"


def test_between_validation_and_update_the_batch_is_in_progress(m3, sandbox):
    sandbox.settings("infor", validation_s=0.0, update_s=60.0)
    inbn = m3.batch("UPDATE1")
    m3.rows("APS455MI/ValidByBatchNo", INBN=inbn)
    head = m3.rows("APS450MI/GetHead", INBN=inbn)[0]
    assert (head["SUPA"], head["BIST"], head["VONO"]) == ("20", "9", "0")


def test_an_updated_batch_has_a_voucher_and_stands_in_the_ledger(m3, sandbox):
    head = m3.validated(m3.batch("POST1"))
    assert (head["SUPA"], head["IBHE"], head["IBLE"], head["YEA4"]) == ("90", "1", "1", "2026")
    key = {"DIVI": "AAA", "SPYN": "732000", "SUNO": "732000", "SINO": "POST1", "INYR": "2026"}
    total = m3.rows("APS200MI/GetInvTotInfo", **key)[0]
    assert (total["VONO"], total["CUAM"]) == (head["VONO"], "100.00")
    assert len(sandbox.control("GET", "infor/invoices", sino="POST1")["ledger"]) == 1


def test_where_validation_ends_at_20_nothing_is_in_the_ledger(m3, sandbox):
    sandbox.settings("infor", final_supa=20)
    inbn = m3.batch("REST1")
    assert m3.validated(inbn)["SUPA"] == "20"
    assert sandbox.control("GET", "infor/invoices", sino="REST1")["ledger"] == []
    assert m3.refusal("APS450MI/AddLine", INBN=inbn, RDTP="8", NLAM="1")["errorCode"] == "XSU0105"
    sandbox.settings("infor", lines_after_validation="reopen")
    m3.rows("APS450MI/AddLine", INBN=inbn, RDTP="8", NLAM="1")
    assert m3.rows("APS450MI/GetHead", INBN=inbn)[0]["SUPA"] == "10"


def test_validating_again_changes_nothing(m3, sandbox):
    inbn = m3.batch("TWICE1")
    first = m3.validated(inbn)
    assert m3.validated(inbn) == first
    assert len(sandbox.control("GET", "infor/invoices", sino="TWICE1")["ledger"]) == 1


def test_a_second_batch_of_a_posted_number_fails_at_validation(m3):
    assert m3.validated(m3.batch("SECOND1"))["SUPA"] == "90"
    twin = m3.validated(m3.batch("SECOND1"))
    assert (twin["SUPA"], twin["IBHE"]) == ("15", "2")
    next_year = m3.validated(m3.batch("SECOND1", IVDT="20270105"))
    assert next_year["SUPA"] == "90"


def test_sums_accounts_and_suppliers_are_checked_at_validation(m3):
    inbn = m3.head("SUM1", "100.00")
    m3.rows("APS450MI/AddLine", INBN=inbn, RDTP="8", NLAM="99.99", AIT1="7500")
    assert m3.validated(inbn)["SUPA"] == "15"
    m3.rows("APS450MI/AddLine", INBN=inbn, RDTP="8", NLAM="0.01", AIT1="7500")
    assert m3.validated(inbn)["SUPA"] == "90"
    unknown = m3.validated(m3.batch("ACC1", account="1234"))
    assert (unknown["SUPA"], unknown["IBLE"]) == ("15", "2")
    assert m3.validated(m3.batch("BLOCKED1", SUNO="739999"))["SUPA"] == "15"


def test_an_m3_that_checks_neither_sums_nor_numbers_posts_what_it_is_given(m3, sandbox):
    sandbox.settings("infor", checks_total=False, checks_number=False)
    for _ in range(2):
        inbn = m3.head("UNCHECKED1", "100.00")
        m3.rows("APS450MI/AddLine", INBN=inbn, RDTP="8", NLAM="70.00", AIT1="7500")
        assert m3.validated(inbn)["SUPA"] == "90"
    ledger = sandbox.control("GET", "infor/invoices", sino="UNCHECKED1")["ledger"]
    assert [one["sino"] for one in ledger] == ["UNCHECKED1"] * 2


def test_outcomes_are_forced_by_setting(m3, sandbox):
    forced = [{"suno": "732001", "supa": 79}, {"sino": "STUCK1", "stuck": True}]
    sandbox.settings("infor", forced_outcomes=forced)
    assert m3.validated(m3.batch("FORCED1", SUNO="732001"))["SUPA"] == "79"
    stuck = m3.batch("STUCK1")
    m3.rows("APS455MI/ValidByBatchNo", INBN=stuck)
    assert m3.rows("APS450MI/GetHead", INBN=stuck)[0]["BIST"] == "8"
    sandbox.settings("infor", forced_outcomes=[{"share": 1.0, "supa": 78}])
    assert m3.validated(m3.batch("SHARE1"))["SUPA"] == "78"


def test_aps100_posts_at_once_and_doubles(m3, sandbox):
    head = {"SUNO": "732000", "SINO": "DIRECT1", "IVDT": "20260630", "CUCD": "SEK", "CUAM": "10.00"}
    key = {"SUNO": "732000", "SINO": "DIRECT1"}
    assert m3.refusal("APS100MI/GetHead", **key)["errorCode"] == "XRE0103"
    made = m3.rows("APS100MI/AddHead", **head)[0]
    assert made == {"SUNO": "732000", "SINO": "DIRECT1", "INYR": "2026"}
    m3.rows("APS100MI/AddHead", **head)
    m3.rows("APS100MI/AddLine", **key, RDTP="8", NLAM="10", AIT1="7500", AIT2="CC10")
    assert m3.rows("APS100MI/LstLines", **key)[0]["AIT2"] == "CC10"
    assert m3.rows("APS100MI/GetHead", **key)[0]["CUAM"] == "10.00"
    ledger = sandbox.control("GET", "infor/invoices", sino="DIRECT1")["ledger"]
    assert [len(one["lines"]) for one in ledger] == [1, 0]


def test_a_person_reopens_a_stuck_batch_or_updates_a_validated_one(m3, sandbox):
    sandbox.settings("infor", final_supa=20, forced_outcomes=[{"sino": "HAND1", "stuck": True}])
    inbn = m3.batch("HAND1")
    m3.rows("APS455MI/ValidByBatchNo", INBN=inbn)
    assert sandbox.control("POST", f"infor/invoices/{inbn}", {"action": "reopen"})["supa"] == 10
    sandbox.settings("infor", forced_outcomes=[])
    assert m3.validated(inbn)["SUPA"] == "20"
    assert sandbox.control("POST", f"infor/invoices/{inbn}", {"action": "update"})["supa"] == 90
    assert len(sandbox.control("GET", "infor/invoices", sino="HAND1")["ledger"]) == 1
    sandbox.control("POST", f"infor/invoices/{inbn}", {"action": "reopen"}, expect=400)


def test_the_ap_ledger_lists_invoices_and_what_paid_them(m3, sandbox):
    m3.validated(m3.batch("PAID1"))
    sandbox.control("PATCH", "infor/ledger/invoices/PAID1", {"paid": True})
    key = {"DIVI": "AAA", "SPYN": "732000", "SUNO": "732000", "SINO": "PAID1", "INYR": "2026"}
    rows = m3.rows("APS200MI/LstInvoiceTrans", **key)
    assert [(row["TRCD"], row["CUAM"]) for row in rows] == [("40", "100.00"), ("50", "-100.00")]
    assert len(m3.rows("APS200MI/LstInvoiceTrans", **key, TRCD="40")) == 1
    absent = key | {"INYR": "2025"}
    assert m3.refusal("APS200MI/LstInvoiceTrans", **absent)["errorCode"] == "XRE0103"


def test_what_others_post_stands_in_the_tables_of_the_ledgers(m3, sandbox):
    head = {"SUNO": "732000", "SINO": "BY HAND", "CUAM": "12.5", "CUCD": "SEK"}
    days = {"IVDT": "20260130", "ACDT": "20260131"}
    sandbox.control("POST", "infor/ledger/invoices", [head | days])
    query = "EPSINO,EPCUAM from FPLEDG where EPACDT >= {} and EPACDT <= {} and EPTRCD = 40"
    for last, found in (("20260130", []), ("20260201", ["BY HAND;12.50"])):
        asked = query.format("20260101", last)
        rows = m3.rows("EXPORTMI/Select", QERY=asked, SEPC=";", HDRS="0")
        assert [row["REPL"] for row in rows] == found
    sandbox.control("DELETE", "infor/ledger/invoices/BY%20HAND")
    assert m3.rows("EXPORTMI/Select", QERY=query.format("0", "9"), SEPC=";", HDRS="0") == []
