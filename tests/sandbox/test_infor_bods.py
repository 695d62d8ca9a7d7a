"""ION's messaging service: what is queued, what M3 makes of it, and how it answers."""

import base64
import zlib

import pytest

BOD = """<ProcessSupplierInvoice xmlns="http://schema.infor.com/InforOAGIS/2" releaseID="9.2">
<ApplicationArea><CreationDateTime>2026-06-30T10:00:00Z</CreationDateTime><BODID>{bod}</BODID></ApplicationArea>
<DataArea><Process><TenantID>T</TenantID><AccountingEntityID>100_AAA</AccountingEntityID></Process>
<SupplierInvoice><SupplierInvoiceHeader>
<DocumentID><ID>{number}</ID></DocumentID>
<AlternateDocumentID><ID schemeName="CorrelationID">{number}.1</ID></AlternateDocumentID>
<DocumentDateTime>2026-06-30T00:00:00Z</DocumentDateTime>
<TotalAmount currencyID="SEK">125.00</TotalAmount>
<SupplierParty><PartyIDs><ID>{supplier}</ID></PartyIDs></SupplierParty>
<Tax><ID>1</ID><Amount currencyID="SEK">25.00</Amount></Tax>
</SupplierInvoiceHeader>
<SupplierInvoiceLine><LineNumber>1</LineNumber><Description>Lunch</Description>
<Distribution><Amount currencyID="SEK">100.00</Amount><GLAccount><GLNominalAccount>7500</GLNominalAccount></GLAccount></Distribution>
<UserArea><Property><NameValue name="AIT2">CC10</NameValue></Property></UserArea>
</SupplierInvoiceLine></SupplierInvoice></DataArea></ProcessSupplierInvoice>"""


class Ion:
    """The messaging service, and what can be seen of its effects."""

    def __init__(self, m3, sandbox):
        self.m3, self.sandbox = m3, sandbox
        tenant = f"{m3.ionapi['iu']}/{m3.ionapi['ti']}"
        self.ims = f"{tenant}/IONSERVICES/api/ion/messaging/service"
        self.lake = f"{tenant}/DATAFABRIC/datalake/v2/dataobjects"
        sandbox.settings("infor", bod_delay_s=0.0)

    def send(self, number, supplier="732000", **changes):
        document = BOD.format(number=number, bod=f"bod-{number}", supplier=supplier)
        body = {
            "documentName": "Process.SupplierInvoice",
            "messageId": f"msg-{number}",
            "fromLogicalId": "lid://infor.ims.mlconnector",
            "toLogicalId": "lid://default",
            "document": {"value": document, "encoding": "NONE", "characterSet": "UTF-8"},
        }
        return self.m3.http.post(f"{self.ims}/v2/message", json=body | changes, timeout=10)

    def batches(self, number):
        return self.sandbox.control("GET", "infor/invoices", sino=number)["batches"]

    def answers(self):
        where = {"filter": "(dl_document_name eq 'Acknowledge.SupplierInvoice')"}
        listed = self.m3.http.get(self.lake, params=where, timeout=10).json()
        return [
            self.m3.http.get(f"{self.lake}/{one['dl_id']}", timeout=10).text
            for one in listed["fields"]
        ]


@pytest.fixture
def ion(m3, sandbox):
    return Ion(m3, sandbox)


def test_a_message_becomes_a_batch_and_an_answer_in_the_data_lake(ion):
    assert ion.send("BOD1").status_code == 201
    (batch,) = ion.batches("BOD1")
    assert (batch["cori"], batch["head"]["CUAM"], batch["head"]["VTAM"]) == (
        *("BOD1.1", "125.00"),
        "25.00",
    )
    assert [(line["RDTP"], line.get("AIT1"), line.get("AIT2")) for line in batch["lines"]] == [
        ("8", "7500", "CC10"),
        ("3", None, None),
    ]
    (answer,) = ion.answers()
    assert 'actionCode="Accepted"' in answer
    assert "<BODID>bod-BOD1</BODID>" in answer


def test_what_m3_does_not_take_is_rejected_with_a_reason(ion):
    ion.send("BOD1", supplier="739999")
    assert ion.batches("BOD1") == []
    (answer,) = ion.answers()
    assert 'actionCode="Rejected"' in answer
    assert "Supplier 739999 is not active" in answer


def test_a_message_may_come_late_twice_or_without_an_answer(ion, sandbox, eventually):
    sandbox.settings("infor", bod_delay_s=0.05, bod_deliveries=2, bod_answers=False)
    ion.send("BOD1")
    assert ion.batches("BOD1") == []
    eventually(lambda: len(ion.batches("BOD1")) == 2)
    assert ion.answers() == []


def test_packed_documents_are_read_and_unreadable_ones_come_to_nothing(ion):
    document = BOD.format(number="BOD1", bod="b", supplier="732000").encode()
    packed = base64.b64encode(zlib.compress(document)).decode()
    value = {"value": packed, "encoding": "DEFLATE", "characterSet": "UTF-8"}
    assert ion.send("BOD1", document=value).status_code == 201
    assert len(ion.batches("BOD1")) == 1
    value = {"value": "<a>&x;</a>", "encoding": "NONE", "characterSet": "UTF-8"}
    assert ion.send("BOD2", document=value).status_code == 201
    assert len(ion.answers()) == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"fromLogicalId": "lid://infor.ims.other"}, 403),
        ({"documentName": "Process.Other"}, 412),
        ({"document": None}, 400),
        ({"document": {"value": "%", "encoding": "DEFLATE"}}, 400),
    ],
)
def test_a_message_that_ion_does_not_take_is_answered_as_documented(ion, changes, status):
    assert ion.send("BOD1", **changes).status_code == status
    assert ion.batches("BOD1") == []


def test_without_an_active_flow_or_the_right_to_m3s_api(ion, sandbox):
    sandbox.settings("infor", document_flow=False, allows_mi=False)
    assert ion.send("BOD1").status_code == 412
    assert ion.m3.get("MNS150MI/GetUserData").status_code == 403
    assert ion.m3.http.get(f"{ion.ims}/ping", timeout=10).status_code == 200
