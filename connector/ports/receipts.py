"""Receipts: where their files come from, and where they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from connector.domain.receipts import ReceiptFault
from connector.ports.answer import Answer
from connector.secret import Secret


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A whole file, and what its host says that it is."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class LeasedReceipt:
    """A file of a receipt that this worker may get; `attempt` is the fence.

    `file` counts the files of the receipt from 1. `failures` are the tries that led to nothing,
    `claims` the leases since the last orderly end of one, this one included.
    """

    id: int
    record_id: str
    receipt_id: str
    file: int
    attempt: int
    failures: int
    claims: int


@dataclass(frozen=True, slots=True)
class ReceiptTrouble:
    """What kept a file from coming. `wait_s` is when it is tried again; None: never by itself.

    `failed` counts it among the tries.
    """

    leased: LeasedReceipt
    fault: ReceiptFault
    message: str
    wait_s: float | None
    failed: bool = True


class ReceiptFiles(Protocol):
    """Gets files from the links that Brex gives."""

    def get(self, link: Secret, *, max_bytes: int) -> Answer[ReceiptFile]:
        """The file behind a link, asked for once; no part of the link is in the answer.

        DONE; REFUSED for what would be refused again; NOT_SENT for what may be had later. `code`
        is a `ReceiptFault`.
        """
        ...


class ReceiptStore(Protocol):
    """Receipts that are wanted, and the files that are there. Raises RetryLaterError."""

    def lease(self, connection_id: int, batch: int, lease_s: float) -> list[LeasedReceipt]:
        """Take due files of a connection, each with a new attempt.

        None where the connection takes no receipts (any more), or Brex does not answer.
        """
        ...

    def want(self, leased: LeasedReceipt, files: int) -> None:
        """Add the files of a receipt that were not known before, so that it has so many."""
        ...

    def stored(self, leased: LeasedReceipt, file: ReceiptFile) -> bool:
        """Wanted ▶ stored, with the file under its hash; False where another worker has it."""
        ...

    def troubled(self, rows: Sequence[ReceiptTrouble]) -> None:
        """Wanted ▶ failed, or due again later."""
        ...

    def give_back(self, leased: Sequence[LeasedReceipt], note: str) -> None:
        """End leases after an error that nobody expected; those that ended otherwise stay."""
        ...
