"""Entries of the general ledger in M3: what only `GLS840MI` has to do with."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connector.domain.documents import DocumentKind, DocumentLine, GlEntry
from connector.domain.drafts import Outcome
from connector.domain.numbers import document_number, draft_marker
from connector.domain.posting import Confirm, Phase
from connector.domain.reasons import Reason
from connector.erp.infor import gls840_records as records
from connector.erp.infor.gls840_reader import JournalReader
from connector.erp.infor.m3api import Company
from connector.ports import Answer, Target
from tests.erp.erp_sandbox import ErpUnderTest, gls840, infor
from tests.erp.m3 import failing
from tests.erp.steps import built, found, open_one, read, read_when_settled
from tests.sandbox_process import Sandbox
from tests.waiting import wait_until

NUMBER = "BXABCDEFGHIJKLMNOPQRST"
UPDATE = {"transaction": "UpdBatch"}
CONTROL = {"transaction": "CtrlBatch"}


@pytest.fixture
def journals(sandbox: Sandbox) -> ErpUnderTest:
    return gls840(sandbox)


@pytest.fixture
def unread(sandbox: Sandbox) -> ErpUnderTest:
    """As a service user has it that may read no tables."""
    return gls840(sandbox, reads="GLS200MI", allows_exportmi=False)


def there(at: ErpUnderTest) -> dict[str, list[dict[str, Any]]]:
    return at.sandbox.call("GET", "/infor/journals")


def posted(at: ErpUnderTest, document: GlEntry) -> Target:
    target = built(at, document)
    assert at.erp.commit([target])[0].outcome is Outcome.DONE
    wait_until(lambda: read(at, target).phase is Phase.LEDGER, "the voucher")
    return target


def test_each_draft_of_a_number_has_a_key_of_its_own():
    keys = [records.key(draft_marker(NUMBER, draft)) for draft in range(1, 1296)]
    assert keys[0] == "ABCDEFGHIJKLM01"
    assert len(set(keys)) == 1295
    assert {len(key) for key in keys} == {15}
    assert all(key.startswith(records.key_prefix(NUMBER)) for key in keys)


def test_number_and_brexs_id_stand_in_the_batch_and_in_the_voucher(journals: ErpUnderTest):
    document = journals.document()
    target = posted(journals, document)
    (batch,) = there(journals)["journals"]
    assert batch["head"]["DESC"] == f"{target.marker} Kött & Fisk / Åsa"[:40]
    (voucher,) = there(journals)["vouchers"]
    assert {line["VTXT"] for line in voucher["lines"]} == {
        f"{target.marker} {text}" for text in ("Lunch", "Dinner")
    }
    assert {line["EXI1"] for line in voucher["lines"]} == {document.record_id}
    assert read(journals, target).voucher == f"GL1 {voucher['vono']}/2025"


def test_a_reversal_names_the_entry_that_it_takes_back(sandbox: Sandbox):
    at = gls840(sandbox, reversal_info="002")
    entry = at.document()
    back = entry.reversal(document_number("accr_back", 2), date(2025, 2, 1))
    posted(at, entry)
    posted(at, back)
    first, second = there(at)["vouchers"]
    assert {line.get("EXI2") for line in first["lines"]} == {None}
    assert {(line["EXN2"], line["EXI2"]) for line in second["lines"]} == {("002", entry.number)}


def test_a_head_that_a_proxy_doubled_is_looked_for_before_lines_are_added(journals: ErpUnderTest):
    document = journals.document()
    journals.sandbox.fault("duplicate_apply", times=1, **journals.head_call)
    answer = open_one(journals, document)
    assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "exists")
    (draft,) = found(journals, document)
    assert (draft.marker, draft.phase) == (draft_marker(document.number, 1), Phase.DRAFT)


def test_what_a_batch_would_come_to_is_asked_before_it_is_decided_on(journals: ErpUnderTest):
    assert journals.rules.controls_drafts
    document = journals.document()
    target = built(journals, document)
    assert journals.erp.control([target])[0].outcome is Outcome.DONE
    journals.sandbox.call("PATCH", "/settings", {"infor": {"closed_until": "20250131"}})
    refused, unknown = journals.erp.control([target, replace(target, reference="ABC01")])
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, Reason.PERIOD_CLOSED.value)
    assert unknown.outcome is Outcome.REFUSED
    assert there(journals)["vouchers"] == []


def test_what_the_control_refuses_is_not_updated(journals: ErpUnderTest):
    document = journals.document()
    wrong = replace(document.lines[1], dimensions=(("AIT1", "6999"),))
    target = built(journals, replace(document, lines=(document.lines[0], wrong)))
    (answer,) = journals.erp.commit([target])
    assert (answer.outcome, answer.field) == (Outcome.REFUSED, "AIT1")
    assert "GLS840MI/UpdBatch" not in journals.sandbox.operations()


@pytest.mark.parametrize("kind", ["drop_after", "500_before"])
def test_a_lost_control_updates_nothing_and_may_be_asked_for_again(journals, kind):
    target = built(journals, journals.document())
    journals.sandbox.fault(kind, times=2, **CONTROL)
    assert journals.erp.control([target])[0].outcome is Outcome.NOT_SENT
    assert journals.erp.commit([target])[0].outcome is Outcome.NOT_SENT
    assert "GLS840MI/UpdBatch" not in journals.sandbox.operations()
    assert journals.erp.commit([target])[0].outcome is Outcome.DONE


@pytest.mark.parametrize("kind", ["drop_after", "504_after", "500_before"])
def test_a_lost_update_is_unknown_and_its_voucher_is_looked_for(journals, kind):
    target = built(journals, journals.document())
    journals.sandbox.fault(kind, times=1, **UPDATE)
    assert journals.erp.commit([target])[0].outcome is Outcome.UNKNOWN
    assert not journals.rules.commit_repeats
    if kind == "500_before":
        assert read(journals, target).phase is Phase.DRAFT
    else:
        read_when_settled(journals, target)


def test_an_update_that_a_proxy_doubled_is_seen_as_two_vouchers(journals: ErpUnderTest):
    target = built(journals, journals.document())
    journals.sandbox.fault("duplicate_apply", times=1, **UPDATE)
    journals.erp.commit([target])
    wait_until(lambda: len(there(journals)["vouchers"]) == 2, "two vouchers")
    shown = read(journals, target)
    assert shown.phase is Phase.LEDGER
    assert len(shown.differences) == 1
    assert shown.differences[0].startswith("it stands in vouchers GL1 ")


def test_a_draft_that_somebody_updated_is_found_in_the_ledger(journals: ErpUnderTest):
    document = journals.document()
    target = built(journals, document)
    journals.sandbox.call("POST", f"/infor/journals/{target.reference}", {"action": "update"})
    (voucher,) = found(journals, document)
    assert (voucher.reference, voucher.marker) == (target.reference, target.marker)
    assert voucher.phase is Phase.LEDGER


def test_without_tables_vouchers_are_found_and_batches_are_not(unread: ErpUnderTest):
    document, other = unread.document(), unread.document()
    assert not unread.rules.reads_drafts
    target = built(unread, document)
    assert found(unread, document) == ()
    assert read(unread, target).phase is Phase.DRAFT
    assert unread.erp.commit([target])[0].outcome is Outcome.DONE
    wait_until(lambda: read(unread, target).phase is Phase.LEDGER, "the voucher")
    shown = read(unread, target)
    assert shown.differences == ()
    assert sorted(shown.lines) == sorted(unread.erp.line_keys(document).values())
    assert [one.marker for one in found(unread, document)] == [target.marker]
    assert found(unread, other) == ()
    assert "EXPORTMI/Select" not in unread.sandbox.operations()
    assert failing(unread.erp.ping()) == {}


def test_a_listing_that_may_have_ended_early_proves_nothing(unread: ErpUnderTest):
    document = unread.document()
    lines = tuple(
        DocumentLine(n, document.lines[n % 2].amount, unread.dimensions, "") for n in range(1, 101)
    )
    posted_by = replace(document, lines=lines)
    target = built(unread, posted_by)
    unread.erp.commit([target])
    wait_until(lambda: there(unread)["vouchers"], "the voucher")
    (answer,) = unread.erp.look_up([unread.document()])
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "cut_off")
    assert "2025-01-31" in answer.message
    assert 'infor.journal_reads = "EXPORTMI"' in answer.message
    assert unread.erp.read([target])[0].outcome is Outcome.REFUSED


def test_tables_that_may_not_be_read_are_named_by_ping_and_refused(sandbox: Sandbox):
    at = gls840(sandbox, allows_exportmi=False)
    failed = failing(at.erp.ping())
    assert set(failed) == {"table FGLINH", "table FGLINF", "table FGLEDG"}
    assert 'journal_reads to "GLS200MI"' in failed["table FGLEDG"]
    (answer,) = at.erp.look_up([at.document()])
    assert answer.outcome is Outcome.REFUSED
    assert "EXPORTMI" in answer.message


def test_a_dimension_that_the_division_does_not_use_fails_ping(sandbox: Sandbox):
    at = gls840(sandbox, dimensions_used=1)
    assert failing(at.erp.ping())["general ledger"].startswith("AIT2 is not used")


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"lines": ()}, Reason.UNBALANCED, "amount"),
        ({"company": (("cono", "100"), ("divi", ""))}, Reason.COMPANY_UNKNOWN, "company"),
    ],
)
def test_what_no_voucher_can_be_is_held_without_asking_m3(journals, change, reason, field):
    hold = journals.erp.check(journals.document(**change))
    assert (hold.reason, hold.field) == (reason, field)
    assert journals.sandbox.operations() == {}


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"dimensions": (("AIT2", "CC10"),)}, Reason.ERP_REFUSED, "AIT1"),
        ({"dimensions": (), "vat_code": "1"}, Reason.ERP_REFUSED, "AIT1"),
        ({"dimensions": (("AIT1", "7500"), ("AIT8", "x"))}, Reason.ERP_REFUSED, "AIT8"),
        ({"amount": 1}, Reason.UNBALANCED, "amount"),
    ],
)
def test_a_line_that_no_voucher_can_have_is_held(journals, change, reason, field):
    document = journals.document()
    lines = (replace(document.lines[0], **change), document.lines[1])
    hold = journals.erp.check(replace(document, lines=lines))
    assert (hold.reason, hold.field) == (reason, field)


class HalfWritten:
    """A ledger that shows the first line of each voucher alone."""

    def rows(self, company, documents):
        row = {"VSER": "GL1", "VONO": "7", "YEA4": "2025", "ACDT": "20250131", "CUCD": "SEK"}
        row |= {"CUAM": "100.00", "DBCR": "", "AIT1": "7500", "AIT2": "CC10"}
        return [
            Answer(Outcome.DONE, (row | {"VTXT": f"{document.number}.1 Lunch"},))
            for document in documents
        ]


def test_a_voucher_of_which_lines_are_missing_is_still_being_written(journals: ErpUnderTest):
    document = journals.document()
    marker = draft_marker(document.number, 1)
    reader = JournalReader(HalfWritten(), None, "BREX")
    target = Target(document, records.key(marker), marker)
    (answer,) = reader.read(Company(100, "AAA"), [target])
    assert answer.value
    assert answer.value.phase is Phase.BUSY


def test_an_entry_counts_as_posted_in_the_ledger_or_as_written(sandbox: Sandbox):
    for configured, counts in (("validated", Confirm.LEDGER), ("written", Confirm.WRITTEN)):
        erp = infor(sandbox, journal_interface="BREX", confirm=configured)
        rules = erp.rules(DocumentKind.GL_ENTRY)
        assert (rules.confirm, rules.controls_drafts) == (counts, configured == "validated")


def test_without_the_settings_of_the_ledger_no_batch_is_opened(journals: ErpUnderTest):
    journals.sandbox.fault("refuse", code="XAU0008", transaction="GetGLSettings")
    assert open_one(journals, journals.document()).outcome is Outcome.REFUSED
    assert journals.sandbox.writes() == 0


def test_the_sign_of_amounts_is_never_guessed(journals: ErpUnderTest):
    journals.sandbox.fault("rewrite", find=r'"DCNY": *"."', replacement='"DCNY": ""')
    answer = open_one(journals, journals.document())
    assert (answer.outcome, answer.code) == (Outcome.NOT_SENT, "unreadable")
    assert "DCNY" in answer.message
    assert journals.sandbox.writes() == 0
