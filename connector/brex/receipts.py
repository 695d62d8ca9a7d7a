"""The receipts of an accounting record on the wire, and their links, which go no further.

`receipts`: `[{"id", "download_uris": [presigned URL, valid for 15 minutes]}]`, of which everything
but the id may be null: https://developer.brex.com/openapi/accounting_api, schema `Receipt`. Nothing
about a receipt makes its record unreadable: it is not needed to post it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector import log
from connector.brex.wire_values import BREX_ID
from connector.domain.receipts import LinkedReceipt
from connector.secret import Secret

LOG = log.logger(__name__)

#: More receipts of a record, or files of a receipt, are a mistake; the first ones are taken.
MOST_RECEIPTS, MOST_FILES = 100, 20
_FIELD = "receipts"


def linked_receipts(payload: Mapping[str, Any]) -> tuple[LinkedReceipt, ...]:
    """The receipts of a record, each once, with a link to each file. What has no id is left out."""
    receipts: dict[str, LinkedReceipt] = {}
    items = _some(payload.get(_FIELD), MOST_RECEIPTS)
    for item in items:
        receipt_id = item.get("id") if isinstance(item, dict) else None
        if isinstance(receipt_id, str) and BREX_ID.fullmatch(receipt_id):
            links = _some(item.get("download_uris"), MOST_FILES)
            known = tuple(Secret(link) for link in links if isinstance(link, str))
            receipts.setdefault(receipt_id, LinkedReceipt(receipt_id, known))
        else:
            LOG.warning("brex_receipt_without_id")
    return tuple(receipts.values())


def without_links(
    payload: Mapping[str, Any], receipts: Sequence[LinkedReceipt]
) -> Mapping[str, Any]:
    """The record as it may be stored: of its receipts, the ids alone."""
    if _FIELD not in payload:
        return payload
    return {**payload, _FIELD: [{"id": receipt.id} for receipt in receipts]}


def receipt_ids(items: Any) -> tuple[str, ...]:
    """The ids of a record's receipts, each once."""
    return tuple(receipt.id for receipt in linked_receipts({_FIELD: items}))


def _some(items: Any, most: int) -> Sequence[Any]:
    if not isinstance(items, list):
        return ()
    if len(items) > most:
        LOG.warning("brex_receipts_left_out", number=len(items) - most)
    return items[:most]
