"""A Brex in memory: each record at one version, and what it was told."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from connector.domain.accounting import (
    AccountingRecord,
    EntryType,
    FieldValue,
    LineItem,
    ReviewStatus,
    SourceType,
    Standing,
    Vendor,
)
from connector.domain.drafts import Outcome
from connector.domain.money import Money
from connector.errors import RefusedError
from connector.ports import Answer, SpendPage, SpendRecord

WHEN = datetime(2026, 10, 31, tzinfo=UTC)
READY = Standing(ReviewStatus.READY_FOR_EXPORT, SourceType.CARD, version=1)
EXPORTED = replace(READY, review_status=ReviewStatus.EXPORTED, version=2)


def record(record_id="accr_1", amount="30.00", account="7500", **changes) -> AccountingRecord:
    money = Money(Decimal(amount), "SEK")
    coding = FieldValue("field_1", "GL_ACCOUNT", f"efo_{account}", account)
    made = AccountingRecord(
        id=record_id,
        type="CARD_EXPENSE_POST",
        review_status=ReviewStatus.READY_FOR_EXPORT,
        source_type=SourceType.CARD,
        source_id="expense_1",
        version=1,
        updated_at=WHEN,
        posted_at=WHEN,
        erp_posting_date=WHEN,
        amount=money,
        vendor=Vendor("pmch_1", "Taxi"),
        user_name="Åsa",
        memo=None,
        line_items=(
            LineItem("line_1", EntryType.DEBIT, money, "Taxi", (coding,)),
            LineItem("line_2", EntryType.CREDIT, money, None, ()),
        ),
    )
    return replace(made, **changes)


class MemoryBrex:
    """Implements what the use cases need of `SpendSource`; payloads say an amount and an account."""

    def __init__(self):
        self.standing = READY
        self.payload = {}
        self.reported = []
        self.fails = None
        self.answer = Answer(Outcome.DONE)
        self.reads = 0
        self.queries = []

    def changes(self, standing=EXPORTED, **payload):
        """The record is at another version from now on."""
        self.standing = replace(standing, version=self.standing.version + 1)
        self.payload = payload

    def records(self, ids, *, background=False):
        self.reads += 1
        return {one: self.seen(one) for one in ids}

    def seen(self, record_id):
        return SpendRecord(record_id, {"id": record_id, **self.payload}, self.standing)

    def read(self, payload):
        if payload.get("amount") == "unreadable":
            raise RefusedError("no amount", field="amount")
        version = self.standing.version
        return record(version=version, **{"record_id": payload["id"]} | _known(payload))

    def query(self, source, *, status, updated_after, updated_before=None, cursor=None):
        self.queries.append((source, status))
        mine = (self.standing.source_type, self.standing.review_status)
        found = (self.seen("accr_1"),) if (source, status) == mine else ()
        return SpendPage(found, None)

    def export_results(self, results):
        self.reported += [(result.record_id, result.reference) for result in results]
        if self.fails:
            raise self.fails
        return {result.record_id: self.answer for result in results}


def _known(payload):
    return {name: payload[name] for name in ("amount", "account") if name in payload}
