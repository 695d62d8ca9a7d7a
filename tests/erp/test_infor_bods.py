"""Supplier invoices through ION: sent once, looked for from then on, and read back or answered."""

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from connector.domain.documents import DocumentLine
from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.posting import Phase
from connector.domain.reasons import Reason
from connector.erp.infor import bod as bods
from connector.erp.infor.acknowledgements import read_acknowledgement
from connector.ports import NewDraft, Target, Verdict
from tests.erp.erp_sandbox import ErpUnderTest, bod
from tests.erp.m3 import batches, failing, rebuilt
from tests.erp.steps import found, open_one, read
from tests.erp.test_infor_vat import with_vat
from tests.sandbox_process import Sandbox
from tests.waiting import wait_until

MESSAGE = {"operation": "ims message"}


@pytest.fixture
def ion(sandbox: Sandbox) -> ErpUnderTest:
    return bod(sandbox)


@pytest.fixture
def answered(sandbox: Sandbox) -> ErpUnderTest:
    """As an app has it that may not call M3's programs."""
    return bod(sandbox, reads="none", allows_mi=False)


def sent(at, document):
    answer = open_one(at, document)
    assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "queued")


def there(at, document):
    (one,) = wait_until(lambda: found(at, document), "it is in M3")
    assert one.marker == draft_marker(document.number, 1)
    return Target(document, one.reference, one.marker)


def messages(at):
    return at.sandbox.call("GET", "/infor/bods")["messages"]


def test_what_was_sent_is_found_and_reads_back_equal(ion: ErpUnderTest):
    document = replace(with_vat(ion), credits="")
    assert found(ion, document) == ()
    sent(ion, document)
    target = there(ion, document)
    shown = wait_until(
        lambda: (one := read(ion, target)).phase is Phase.VALIDATED and one, "it is validated"
    )
    assert shown.differences == ()
    assert Counter(shown.lines) == Counter(ion.erp.line_keys(document).values())
    (batch,) = batches(ion.sandbox)
    assert target.reference == batch["inbn"]
    assert (batch["head"]["ACDT"], batch["head"]["DUDT"]) == ("20250131", "20250301")
    assert ion.rules.lines_with_head
    assert not ion.rules.has_drafts


def test_a_batch_of_other_content_is_seen(ion: ErpUnderTest):
    document = ion.document()
    sent(ion, document)
    target = there(ion, document)
    for change in ion.head_changes:
        other = replace(target, document=replace(document, **change))
        assert len(read(ion, other).differences) == 1
    changed = replace(document.lines[0], amount=Decimal("99.00"))
    other = replace(document, lines=(changed, document.lines[1]))
    assert Counter(read(ion, replace(target, document=other)).lines) != Counter(
        ion.erp.line_keys(other).values()
    )


def test_a_mapping_that_leaves_the_marker_out_changes_nothing(sandbox: Sandbox):
    at = bod(sandbox, bod_maps_cori=False)
    document = at.document()
    sent(at, document)
    assert batches(sandbox)[0]["cori"] == ""
    assert read(at, there(at, document)).differences == ()


def test_a_document_that_ion_delivers_twice_is_found_twice(sandbox: Sandbox):
    at = bod(sandbox, bod_deliveries=2)
    document = at.document()
    sent(at, document)
    assert len(found(at, document)) == 2


def test_a_rejected_document_is_refused_with_m3s_reason(ion: ErpUnderTest):
    document = ion.document()
    ion.sandbox.call("POST", "/infor/suppliers", {"suno": ion.supplier, "stat": "20"})
    sent_before_the_block = NewDraft(document, draft_marker(document.number, 1))
    ion.erp.look_up([document])
    ion.erp.pre_check([document])  # the payee is remembered
    ion.sandbox.call("POST", "/infor/suppliers", {"suno": ion.supplier, "stat": "90"})
    assert ion.erp.open_drafts([sent_before_the_block])[0].outcome is Outcome.UNKNOWN
    (one,) = wait_until(lambda: found(ion, document), "M3 has answered")
    assert one.phase is Phase.REFUSED
    shown = read(ion, Target(document, one.reference, one.marker))
    assert shown.phase is Phase.REFUSED
    assert "is not active" in shown.detail
    assert batches(ion.sandbox) == []


def test_without_the_api_m3s_answer_is_what_counts(answered: ErpUnderTest):
    document = answered.document()
    sent(answered, document)
    target = there(answered, document)
    shown = read(answered, target)
    assert (shown.phase, shown.detail) == (Phase.LEDGER, "accepted by M3")
    assert Counter(shown.lines) == Counter(answered.erp.line_keys(document).values())
    refused = answered.document(supplier=answered.blocked_supplier)
    sent(answered, refused)
    (one,) = wait_until(lambda: found(answered, refused), "M3 has answered")
    assert one.phase is Phase.REFUSED
    assert failing(answered.erp.ping()) == {}
    (checks,) = answered.erp.pre_check([document])
    assert {check.verdict for check in checks} == {Verdict.NOT_RUN, Verdict.FAILED}


def test_what_m3_has_modified_is_not_taken_for_what_was_sent(answered: ErpUnderTest):
    document = answered.document()
    answer = {"operation": "datalake object", "find": '"Accepted"', "replacement": '"Modified"'}
    answered.sandbox.fault("rewrite", **answer)
    sent(answered, document)
    shown = read(answered, there(answered, document))
    assert (shown.phase, shown.differences) == (
        Phase.LEDGER,
        ("M3 has modified it: no reason given",),
    )


def test_an_answer_that_is_late_is_waited_for(sandbox: Sandbox):
    at = bod(sandbox, reads="none", bod_answers=False)
    document = at.document()
    sent(at, document)
    assert found(at, document) == ()
    marker = draft_marker(document.number, 1)
    assert read(at, Target(document, marker, marker)).phase is Phase.BUSY


@pytest.mark.parametrize(
    ("settings", "outcome", "code"),
    [
        ({"ims_logical_id": "lid://infor.ims.other"}, Outcome.NOT_SENT, "http_403"),
        ({"document_flow": False}, Outcome.NOT_SENT, "http_412"),
    ],
)
def test_a_set_up_that_is_wrong_is_named_and_nothing_is_sent(sandbox, settings, outcome, code):
    at = bod(sandbox, **settings)
    try:
        answer = open_one(at, at.document())
        assert (answer.outcome, answer.code) == (outcome, code)
        assert "lid://infor.ims.mlconnector" in answer.message
        assert answer.wait_s
        assert set(failing(at.erp.ping())) == {"connection point"}
        assert messages(at) == []
    finally:
        own = {"ims_logical_id": "lid://infor.ims.mlconnector", "document_flow": True}
        sandbox.call("PATCH", "/settings", {"infor": own})


def test_a_message_that_ion_finds_bad_is_refused(ion: ErpUnderTest):
    ion.sandbox.fault(
        "instead", status=400, body='{"message": "Bad message: too odd"}', times=1, **MESSAGE
    )
    answer = open_one(ion, ion.document())
    assert answer.outcome is Outcome.REFUSED
    assert answer.message == "ION does not take the document: Bad message: too odd"


@pytest.mark.parametrize("kind", ["504_after", "drop_after", "500_before", "html"])
def test_a_lost_answer_of_ion_is_as_unknown_as_any(ion: ErpUnderTest, kind: str):
    document = ion.document()
    ion.sandbox.fault(kind, times=1, **MESSAGE)
    assert open_one(ion, document).outcome is Outcome.UNKNOWN
    assert len(found(ion, document)) == (1 if kind.endswith("after") else 0)


def test_message_and_document_have_ids_of_their_draft(ion: ErpUnderTest):
    document = ion.document()
    for draft in (1, 1, 2):
        open_one(ion, document, draft)
    first, again, second = (one["messageId"] for one in messages(ion))
    assert first == again != second
    assert f"::{document.number}:2?SupplierInvoice&amp;verb=Process" in messages(ion)[2]["document"]


def test_an_invoice_that_no_bod_can_hold_is_held(ion: ErpUnderTest):
    document = ion.document()
    for lines, what in (
        (({"dimensions": (("AIT2", "CC10"),)}), "GLNominalAccount"),
        (({"text": "a\x00b"}), "XML"),
    ):
        broken = (replace(document.lines[0], **lines), document.lines[1])
        hold = ion.erp.check(replace(document, lines=broken))
        assert hold
        assert hold.reason is Reason.ERP_REFUSED
        assert what in hold.message
    only_vat = (DocumentLine(1, document.total, (), "", "1"),)
    assert ion.erp.check(replace(document, lines=only_vat))
    assert messages(ion) == []


def test_ours_passes_its_own_schema_and_a_changed_one_does_not(ion: ErpUnderTest):
    document = replace(with_vat(ion), credits="BXOTHER")
    written = bods.build(
        document,
        draft_marker(document.number, 1),
        tenant="ACME",
        sender="lid://x",
        now=datetime(2026, 11, 25, tzinfo=UTC),
    )
    bods.check(written)
    for old, new in (
        (b"<LineNumber>1</LineNumber>", b""),
        (b'currencyID="SEK"', b'currencyID="kr"'),
        (b">100.00<", b">100,00<"),
        (b"<Status>", b"<Other/><Status>"),
    ):
        assert old in written
        with pytest.raises(bods.BodError):
            bods.check(written.replace(old, new))


@pytest.mark.parametrize("zone", ["Pacific/Honolulu", "America/New_York", "Asia/Tokyo", "UTC"])
def test_a_mapping_may_read_the_days_in_its_own_time_zone(ion: ErpUnderTest, zone: str):
    document = ion.document(invoice_date=date(2025, 1, 1), due_date=date(2025, 1, 31))
    marker = draft_marker(document.number, 1)
    now = datetime(2025, 2, 1, tzinfo=UTC)
    written = bods.build(document, marker, tenant="T", sender="lid://x", now=now).decode()
    moments = re.findall(r"<(?:\w+:)?(?:DocumentDateTime|DueDateTime)>([^<]+)<", written)
    days = [datetime.fromisoformat(one).astimezone(ZoneInfo(zone)).date() for one in moments]
    assert days == [date(2025, 1, 1), date(2025, 1, 31)]


def test_no_entity_of_an_answer_is_resolved(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    answer = f"""<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>
<AcknowledgeSupplierInvoice xmlns="{bods.NAMESPACE}"><DataArea><Acknowledge>
<OriginalApplicationArea><BODID>id:1?x</BODID></OriginalApplicationArea>
<ResponseCriteria><ResponseExpression actionCode="Rejected"/>
<ChangeStatus><Reason>&x;</Reason></ChangeStatus></ResponseCriteria>
</Acknowledge></DataArea></AcknowledgeSupplierInvoice>"""
    read_back = read_acknowledgement(answer.encode())
    assert read_back is None or "hunter2" not in read_back.reason
    bomb = '<!DOCTYPE a [<!ENTITY a "' + "x" * 100 + '">'
    bomb += "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 50}">' for n in range(8))
    assert read_acknowledgement((bomb + "]><a>&i;</a>").encode()) is None


@pytest.mark.parametrize(
    "content", [b"", b"not xml", b"<a/>", b"\xff\xfe", json.dumps({}).encode()]
)
def test_what_is_no_answer_is_passed_over(content):
    assert read_acknowledgement(content) is None


def test_a_list_that_cannot_be_read_says_nothing(ion: ErpUnderTest):
    document = ion.document(invoice_date=date(2025, 1, 29))
    for kind, more in (
        ("html", {"status": 200, "applied": True}),
        ("instead", {"status": 403, "body": "{}"}),
    ):
        ion.sandbox.call("DELETE", "/faults")
        ion.sandbox.fault(kind, operation="datalake list", **more)
        fresh = replace(ion, erp=rebuilt(ion.sandbox, route="bod", **OPTIONS))
        (answer,) = fresh.erp.look_up([document])
        assert answer.outcome is Outcome.NOT_SENT
        assert "data lake" in failing(fresh.erp.ping())


OPTIONS = {"bod_logical_id": "lid://infor.ims.mlconnector", "bod_answers": "datalake"}
