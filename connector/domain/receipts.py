"""Receipts: files that prove spend, kept beside their record. No posting waits for them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from connector.secret import Secret

#: How a document names a receipt: `R` and 28 bits of the SHA-256 of its Brex id.
_HEX_DIGITS = 7
REFERENCE = re.compile(rf"R[0-9A-F]{{{_HEX_DIGITS}}}")


def reference_of(receipt_id: str) -> str:
    """The name of a receipt in the texts of documents, always the same: `R3F9A1C2`."""
    return "R" + hashlib.sha256(receipt_id.encode()).hexdigest()[:_HEX_DIGITS].upper()


class ReceiptState(StrEnum):
    """Where the file of a receipt stands; PostgreSQL enforces the same values and moves."""

    #: Brex names it, and it is not here yet. Left by the task `receipts`.
    WANTED = "wanted"
    #: It is kept, under its hash. Final.
    STORED = "stored"
    #: It could not be had; the reason says why. Left where a person has it tried again.
    FAILED = "failed"


#: All moves that PostgreSQL lets anybody make.
MOVES: dict[ReceiptState, frozenset[ReceiptState]] = {
    ReceiptState.WANTED: frozenset({ReceiptState.STORED, ReceiptState.FAILED}),
    ReceiptState.STORED: frozenset(),
    ReceiptState.FAILED: frozenset({ReceiptState.WANTED}),
}


class ReceiptFault(StrEnum):
    """Why the file of a receipt is not here: stable codes that people and scripts can rely on."""

    #: Brex gives no link to it: the record or the receipt is gone there, or it is not ready.
    NO_LINK = "no_link"
    #: The link leads where nothing is called: to an internal address, to a redirect, no TLS.
    LINK_REFUSED = "link_refused"
    #: The file's host does not take the link: it has expired, or the file is gone.
    LINK_NOT_TAKEN = "link_not_taken"
    #: The file's host did not answer, not in time, not to the end, or that it cannot.
    NO_ANSWER = "no_answer"
    #: The file is larger than `receipt_max_bytes`.
    TOO_LARGE = "too_large"
    #: The answer is no file as it stands: empty, or compressed.
    UNREADABLE = "unreadable"
    #: Work on it was begun many times without an end: something about it stops the worker.
    CRASH_LOOP = "crash_loop"


@dataclass(frozen=True, slots=True)
class LinkedReceipt:
    """A receipt with a link to each file. Whoever has a link has the file, for 15 minutes."""

    id: str
    links: tuple[Secret, ...]
