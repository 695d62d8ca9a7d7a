"""Entries of the general ledger: batches by the caller's key, their update, vouchers, tables."""

import pytest


class Journals:
    """GLS840 and what can be read afterwards."""

    def __init__(self, m3, sandbox, eventually):
        self.m3, self.sandbox, self.eventually = m3, sandbox, eventually
        sandbox.settings("infor", journal_update_s=0.02)

    def head(self, key):
        self.m3.rows("GLS840MI/AddBatchHead", CONO="100", KEY1=key, INTN="BREX", DESC=f"{key}.1")

    def line(self, key, number, amount, account="7500", **more):
        given = {"INRI": "I1", "GRNR": "1", "CUCD": "SEK", "ACDT": "20260630", "VTXT": f"{key};x"}
        values = given | {"CUAM": amount, "AIT1": account} | more
        self.m3.rows("GLS840MI/AddBatchLineFld", KEY1=key, LINE=str(number), **values)

    def batch(self, key):
        self.head(key)
        self.line(key, 1, "100.5")
        self.line(key, 2, "-100.50", account="2440")

    def control(self, key):
        return self.m3.rows("GLS840MI/CtrlBatch", CONO="100", KEY1=key)

    def update(self, key):
        return self.m3.rows("GLS840MI/UpdBatch", CONO="100", KEY1=key)

    def vouchers(self):
        return self.sandbox.control("GET", "infor/journals")["vouchers"]

    def posted(self, count):
        self.eventually(lambda: len(self.vouchers()) == count)
        return self.vouchers()


@pytest.fixture
def journals(m3, sandbox, eventually):
    return Journals(m3, sandbox, eventually)


def test_a_key_and_a_line_number_are_taken_once(journals):
    journals.batch("K1")
    head = {"CONO": "100", "KEY1": "K1", "INTN": "BREX", "DESC": "again"}
    assert journals.m3.refusal("GLS840MI/AddBatchHead", **head)["errorCode"] == "XRE0104"
    line = {"KEY1": "K1", "LINE": "2", "INRI": "I1", "CUCD": "SEK", "CUAM": "1"}
    refusal = journals.m3.refusal("GLS840MI/AddBatchLineFld", **line)
    assert (refusal["errorCode"], refusal["errorField"]) == ("XRE0104", "LINE")


def test_an_interface_that_is_not_set_up_is_refused(journals):
    head = {"CONO": "100", "KEY1": "K1", "INTN": "OTHER", "DESC": "x"}
    assert journals.m3.refusal("GLS840MI/AddBatchHead", **head)["errorField"] == "INTN"


def test_the_update_makes_a_voucher_a_little_later(journals, sandbox):
    sandbox.settings("infor", journal_update_s=60.0)
    journals.batch("K1")
    journals.control("K1")
    assert journals.update("K1") == [{"CONO": "100"}]
    assert journals.vouchers() == []
    sandbox.settings("infor", journal_update_s=0.0)
    journals.batch("K2")
    journals.update("K2")
    (voucher,) = journals.posted(1)
    rows = journals.m3.rows("GLS200MI/LstVouchersByDt", FRDT="20260630", TODT="20260630")
    assert [(row["CUAM"], row["AIT1"], row["VTXT"]) for row in rows] == [
        ("100.50", "7500", "K2;x"),
        ("-100.50", "2440", "K2;x"),
    ]
    key = {"DIVI": "AAA", "YEA4": "2026", "VONO": rows[0]["VONO"]}
    assert rows[0]["VONO"] == str(voucher["vono"])
    assert len(journals.m3.rows("GLS200MI/LstVoucherLines", **key)) == 2
    assert journals.m3.rows("GLS200MI/GetVoucherHead", **key)[0]["CUAD"] == "100.50"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"amount": "-99"}, "CUAM"),
        ({"amount": "-100.50", "account": "9999"}, "AIT1"),
        ({"amount": "-100.50", "AIT2": "CC99"}, "AIT2"),
        ({"amount": "-100.50", "CUCD": "XXX"}, "CUCD"),
        ({"amount": "-100.50", "ACDT": "20250101"}, "ACDT"),
    ],
)
def test_the_control_refuses_what_cannot_be_posted_and_the_update_leaves_it(
    journals, sandbox, line, field
):
    sandbox.settings("infor", closed_until="20251231")
    journals.head("K1")
    journals.line("K1", 1, "100.50")
    journals.line("K1", 2, **{"account": "2440"} | line)
    refusal = journals.m3.refusal("GLS840MI/CtrlBatch", CONO="100", KEY1="K1")
    assert refusal["errorField"] == field
    sandbox.settings("infor", control_answers=False, journal_update_s=0.0)
    journals.control("K1")
    journals.update("K1")
    assert journals.vouchers() == []


def test_an_update_that_is_asked_for_again_does_what_the_setting_says(journals, sandbox):
    journals.batch("K1")
    journals.update("K1")
    journals.update("K1")
    assert [voucher["key"] for voucher in journals.posted(2)] == ["K1", "K1"]
    sandbox.settings("infor", second_update="nothing")
    journals.update("K1")
    sandbox.settings("infor", second_update="refuse")
    again = {"CONO": "100", "KEY1": "K1"}
    assert journals.m3.refusal("GLS840MI/UpdBatch", **again)["errorCode"] == "XSU0105"
    assert len(journals.vouchers()) == 2


def test_debit_and_credit_codes_give_the_amounts_their_sign(journals, sandbox):
    sandbox.settings("infor", debit_credit_code=True)
    assert journals.m3.rows("CRS750MI/GetGLSettings")[0]["DCNY"] == "1"
    journals.head("K1")
    journals.line("K1", 1, "100", DBCR="D")
    journals.line("K1", 2, "100", account="2440", DBCR="C")
    journals.control("K1")
    journals.update("K1")
    (voucher,) = journals.posted(1)
    assert [line["CUAM"] for line in voucher["lines"]] == ["100", "-100"]


def test_tables_are_read_by_a_query_where_that_is_allowed(journals, sandbox):
    journals.batch("K1")
    fields = {row["FLDN"] for row in journals.m3.rows("EXPORTMI/LstFields", FILE="FGLINF")}
    assert {"GFKEY1", "GFLINE", "GFCUAM", "GFVTXT"} <= fields
    query = "GFLINE,GFCUAM,GFVTXT from FGLINF where GFCONO = 100 and GFKEY1 like 'K%'"
    rows = journals.m3.rows("EXPORTMI/Select", QERY=query, SEPC=";", HDRS="1")
    assert [row["REPL"] for row in rows] == [
        "GFLINE;GFCUAM;GFVTXT",
        "1;100.5;K1;x",
        "2;-100.50;K1;x",
    ]
    bad = "GFLINE from FGLINF where GFLINE ~ 1"
    assert journals.m3.refusal("EXPORTMI/Select", QERY=bad)["errorCode"] == "CPF9898"
    sandbox.settings("infor", allows_exportmi=False)
    assert journals.m3.refusal("EXPORTMI/Select", QERY=query)["errorCode"] == "XAU0008"


def test_what_a_person_does_in_gls840(journals, sandbox):
    journals.batch("K1")
    sandbox.control("POST", "infor/journals/K1", {"action": "update"})
    assert journals.posted(1)[0]["key"] == "K1"
    sandbox.control("POST", "infor/journals/K1", {"action": "delete"})
    assert sandbox.control("GET", "infor/journals")["journals"] == []


def test_the_register_of_periods_does_not_say_which_are_closed(m3, sandbox):
    sandbox.settings("infor", closed_until="20260131")
    asked = {"FDIV": "AAA", "TDIV": "AAA", "FYEA": "2026", "TYEA": "2026"}
    rows = m3.rows("CRS910MI/Select", **asked)
    assert len(rows) == 12
    assert (rows[1]["FDAT"], rows[1]["TDAT"]) == ("20260201", "20260228")
    assert set(rows[0]) == {"CONO", "DIVI", "PETP", "YEA4", "PERI", "NAME", "FDAT", "TDAT"}
    head = m3.validated(m3.batch("CLOSED1", IVDT="20260115"))
    assert head["SUPA"] == "15"
    assert [row["VTCD"] for row in m3.rows("CRS030MI/LstVat", VTCD="3")] == ["3", "10", "20"]
