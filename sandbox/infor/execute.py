"""m3api-rest v2: one transaction by GET, several by POST, and the answers in the vendor's shape."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any
from zlib import crc32

from sandbox.exchange import Answer, Call, Twists, json_answer
from sandbox.infor import contract
from sandbox.infor.contract import Transaction
from sandbox.infor.errors import MIError, UnknownProgramError
from sandbox.infor.m3 import M3, Context
from sandbox.infor.options import DATE_FORMATS, OPTION_NAMES, Options, query_names, read_options
from sandbox.infor.programs.registry import PROGRAMS
from sandbox.infor.settings import InforSettings

#: "" in a fault rule stands for it.
_LISTS = ("Lst", "Sel")
_LOCKED, _LOCKED_TEXT = "XUP0001", "The record is being changed by another user"
DATE_FIELDS = {
    "IVDT",
    "ACDT",
    "DUDT",
    "PUDT",
    "DEDA",
    "CDT1",
    "CDT2",
    "CDT3",
    "OCDT",
    "FDAT",
    "TDAT",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One transaction to carry out."""

    transaction: str
    record: dict[str, str]
    options: Options


def single(call: Call, m3: M3, settings: InforSettings, program: str, transaction: str) -> Answer:
    """`GET /execute/{program}/{transaction}`; refusals are HTTP 400."""
    options = read_options(
        {name: value for name, value in call.args if name in OPTION_NAMES}, settings
    )
    if transaction not in (contract.in_release(program, settings) or {}):
        raise UnknownProgramError
    record = {name: value for name, value in call.args if name not in OPTION_NAMES}
    runner = Runner(m3, settings, program, call.twists)
    results = runner.run([Item(transaction, record, options)])
    failed = runner.failed > 0
    answer = runner.envelope(results)
    if not failed:
        return json_answer(200, answer)
    code = results[0]["errorCode"] or results[0]["errorType"]
    return json_answer(400, _error_body(answer, settings), note=code)


def bulk(call: Call, m3: M3, settings: InforSettings) -> Answer:
    """`POST /execute`; always HTTP 200 when the program exists, each result says how it went."""
    try:
        body = json.loads(call.body)
        asked = {**body, **{name: value for name, value in call.args if name in OPTION_NAMES}}
        options = read_options(query_names(asked), settings)
        items = [_item(one, options) for one in body["transactions"]]
        program = str(body["program"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return json_answer(400, {"message": "Malformed bulk request"}, note="malformed")
    if contract.in_release(program, settings) is None:
        raise UnknownProgramError
    runner = Runner(m3, settings, program, call.twists)
    results = runner.run(items)
    return json_answer(200, runner.envelope(results), note=f"{runner.failed} failed")


class Runner:
    """Carries out the transactions of one call, in order, each by itself."""

    def __init__(self, m3: M3, settings: InforSettings, program: str, twists: Twists) -> None:
        self._m3, self._settings, self._program, self._twists = m3, settings, program, twists
        self.failed = self.skipped = self.done = 0
        self._terminated = False
        self._last_error: MIError | None = None

    def run(self, items: list[Item]) -> list[dict[str, Any]]:
        """The results, one per transaction, fewer where a fault cuts the answer."""
        results: list[dict[str, Any]] = []
        keep = self._twists.keep
        for index, item in enumerate(items):
            cut = keep is not None and index >= keep
            if self._terminated or (cut and not self._twists.rest_applied):
                if self._terminated or self._twists.tail_listed:
                    results.append(self._not_processed(item))
                continue
            result = self._one(index, item)
            if not cut:
                results.append(result)
        self._terminated = self._terminated or self.skipped > 0
        return results

    def envelope(self, results: list[dict[str, Any]]) -> dict[str, Any]:
        """The answer around results; names are the vendor's, misspelt ones too."""
        error = self._last_error if self._terminated else None
        return {
            "results": results,
            "wasTerminated": self._terminated,
            "terminationReason": error.text if error else None,
            "terminationErrorType": error.error_type if error else None,
            "nrOfSuccessfullTransactions": self.done,
            "nrOfNotProcessedTransactions": self.skipped,
            "nrOfFailedTransactions": self.failed,
            "bulkJobId": None,
        }

    def _one(self, index: int, item: Item) -> dict[str, Any]:
        result = _blank(item)
        try:
            for _ in range(2 if index in self._twists.doubled else 1):
                result["records"] = self._act(index, item)
            self.done += 1
        except MIError as error:
            self.failed += 1
            self._last_error = error
            self._terminated = self._settings.bulk_stops_at_error
            result |= {
                "errorMessage": error.text,
                "errorType": error.error_type,
                "errorCode": error.code or None,
                "errorCfg": "1",
                "errorField": error.field,
            }
        return result

    def _act(self, index: int, item: Item) -> list[dict[str, str]]:
        transactions = contract.in_release(self._program, self._settings) or {}
        if (known := transactions.get(item.transaction)) is None:
            raise MIError(
                "TransactionNotFound", "", "", f"Transaction {item.transaction} not found"
            )
        if index in self._twists.refused:
            code, message = self._twists.refused[index]
            raise MIError.refused(code or _LOCKED, "", message or _LOCKED_TEXT)
        clean = known.check(item.record, self._settings.unknown_fields)
        options = item.options
        ctx = Context(self._m3, self._settings, options.cono, options.divi, self._twists.as_of_s)
        rows = PROGRAMS[self._program][item.transaction](ctx, clean)
        try:
            wanted = list(islice(rows, options.maxrecs) if options.maxrecs else rows)
        except ValueError:
            raise MIError.refused("CPF9898", "", "Invalid input") from None
        if not known.outputs:
            return []
        if item.transaction.startswith(_LISTS):
            wanted = wanted[: self._twists.list_keep]
        return [_shaped(row, known, options, self._settings) for row in wanted]

    def _not_processed(self, item: Item) -> dict[str, Any]:
        self.skipped += 1
        return {**_blank(item), "notProcessed": True}


def _blank(item: Item) -> dict[str, Any]:
    result: dict[str, Any] = {
        "transaction": item.transaction,
        "errorMessage": None,
        "errorCode": None,
        "errorCfg": None,
        "errorField": None,
        "errorType": None,
        "notProcessed": False,
        "records": [],
    }
    return {**result, "parameters": item.record} if item.options.extended else result


def _shaped(
    row: dict[str, str], known: Transaction, options: Options, settings: InforSettings
) -> dict[str, str]:
    """A row with exactly the output fields of the contract, as strings."""
    shaped: dict[str, str] = {}
    pad = settings.always_pad or not options.right_trim
    for name, field in known.outputs.items():
        if options.columns and name not in options.columns:
            continue
        value = row.get(name) or ("0" if field.kind == "N" or name in DATE_FIELDS else "")
        if name in DATE_FIELDS and len(value) == 8 and DATE_FORMATS[options.date_format]:
            value = date.fromisoformat(value).strftime(DATE_FORMATS[options.date_format])
        if options.exclude_empty and not value:
            continue
        shaped[name] = value.ljust(field.length) if pad else value
    return shaped


def _error_body(answer: dict[str, Any], settings: InforSettings) -> dict[str, Any]:
    """The 400 body: error members in results[0], or at top level."""
    top = settings.error_shape == "top"
    if settings.error_shape == "alternate":
        top = crc32(answer["results"][0]["errorMessage"].encode()) % 2 == 0
    if not top:
        return answer
    result = answer["results"][0]
    return {
        name: value for name, value in result.items() if name not in ("records", "notProcessed")
    }


def _item(raw: dict[str, Any], options: Options) -> Item:
    record = {str(name): _text(value) for name, value in (raw.get("record") or {}).items()}
    columns = tuple(raw.get("selectedColumns") or ())
    return Item(
        str(raw["transaction"]), record, replace(options, columns=columns or options.columns)
    )


def _text(value: Any) -> str:
    if isinstance(value, bool | dict | list):
        raise TypeError("record values are strings")
    return "" if value is None else str(value)
