"""What the use cases need from outside, as Protocols.

Batch calls answer by position: one `Answer` per item asked, in the same order, never an exception
for what a peer did. Items of one batch succeed or fail each by itself.
"""

from connector.ports.actions import Actions, Candidate, Moved, Replacement
from connector.ports.answer import RATE_LIMITED, Answer
from connector.ports.entities import EntityStore
from connector.ports.erp import Check, Erp, NewDraft, NewLine, PreCheck, Target, Verdict
from connector.ports.fields import (
    MOST_VALUES,
    CustomField,
    FieldRegistry,
    FieldValue,
    NewValue,
)
from connector.ports.finished import Finished, FinishedRecords
from connector.ports.held import HeldRecord, HeldRecords
from connector.ports.intake import (
    Accepted,
    Delivery,
    Disposition,
    Endpoint,
    Intake,
    Pulse,
    ReadyIntake,
)
from connector.ports.ledger import DocumentReader
from connector.ports.master_data import Registers
from connector.ports.nudger import Nudger, SweepNudger
from connector.ports.outages import Alarm, Outage, Outages
from connector.ports.past import PastRecord
from connector.ports.peers import RateBudget, Token, TokenGrant, TokenStore
from connector.ports.pulls import Pulled, PulledPage, Pulls, SpendReads
from connector.ports.receipts import (
    LeasedReceipt,
    ReceiptFile,
    ReceiptFiles,
    ReceiptStore,
    ReceiptTrouble,
)
from connector.ports.reconciliation import Books, PulledSpend
from connector.ports.refused_days import RefusedDay, RefusedDays
from connector.ports.spend import ExportResult, SpendPage, SpendRecord, SpendSource
from connector.ports.store import (
    Fetched,
    Journal,
    NewWrite,
    OpenedDraft,
    PostingState,
    RecordStore,
    SettledWrite,
    Waiting,
)
from connector.ports.suppliers import (
    Basis,
    KnownMerchant,
    Matcher,
    MerchantStore,
    SupplierRegister,
    SupplierSource,
)
from connector.ports.sync import FieldMirror, KnownField, MasterStore, SyncRuns
from connector.ports.upkeep import DailyLimits, DueWork, Spare, Spares, Sweeping

__all__ = [
    "MOST_VALUES",
    "RATE_LIMITED",
    "Accepted",
    "Actions",
    "Alarm",
    "Answer",
    "Basis",
    "Books",
    "Candidate",
    "Check",
    "CustomField",
    "DailyLimits",
    "Delivery",
    "Disposition",
    "DocumentReader",
    "DueWork",
    "Endpoint",
    "EntityStore",
    "Erp",
    "ExportResult",
    "Fetched",
    "FieldMirror",
    "FieldRegistry",
    "FieldValue",
    "Finished",
    "FinishedRecords",
    "HeldRecord",
    "HeldRecords",
    "Intake",
    "Journal",
    "KnownField",
    "KnownMerchant",
    "LeasedReceipt",
    "MasterStore",
    "Matcher",
    "MerchantStore",
    "Moved",
    "NewDraft",
    "NewLine",
    "NewValue",
    "NewWrite",
    "Nudger",
    "OpenedDraft",
    "Outage",
    "Outages",
    "PastRecord",
    "PostingState",
    "PreCheck",
    "Pulled",
    "PulledPage",
    "PulledSpend",
    "Pulls",
    "Pulse",
    "RateBudget",
    "ReadyIntake",
    "ReceiptFile",
    "ReceiptFiles",
    "ReceiptStore",
    "ReceiptTrouble",
    "RecordStore",
    "RefusedDay",
    "RefusedDays",
    "Registers",
    "Replacement",
    "SettledWrite",
    "Spare",
    "Spares",
    "SpendPage",
    "SpendReads",
    "SpendRecord",
    "SpendSource",
    "SupplierRegister",
    "SupplierSource",
    "SweepNudger",
    "Sweeping",
    "SyncRuns",
    "Target",
    "Token",
    "TokenGrant",
    "TokenStore",
    "Verdict",
    "Waiting",
]
