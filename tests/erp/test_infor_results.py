"""Every shape in which m3api-rest answers, and what became of each transaction."""

from decimal import Decimal
from typing import Any

import pytest

from connector.domain.drafts import Outcome
from connector.erp.infor.errors import Meaning, clean_message, meaning
from connector.erp.infor.results import Transaction, read_results

DONE, REFUSED, NOT_SENT, UNKNOWN = (
    Outcome.DONE,
    Outcome.REFUSED,
    Outcome.NOT_SENT,
    Outcome.UNKNOWN,
)
ROW = {"INBN": "1001"}


def ok(**more: Any) -> dict[str, Any]:
    return {"transaction": "AddLine", "errorMessage": None, "records": [ROW]} | more


def error(code: str = "WSU0103", **more: Any) -> dict[str, Any]:
    return {
        "transaction": "AddLine",
        "errorMessage": f"Supplier 99999 does not exist      {code} SUNO",
        "errorType": "ServerReturnedNOK",
        "errorCode": code,
        "errorField": "SUNO",
        "records": [],
    } | more


SKIPPED = {"transaction": "AddLine", "notProcessed": True, "records": []}


def envelope(*results: Any, **more: Any) -> dict[str, Any]:
    return {"results": list(results), "wasTerminated": False} | more


#: status, body, what it means for a write, what it means for a read (None: the same)
SHAPES: dict[str, tuple[int, Any, list[Outcome], list[Outcome] | None]] = {
    "done": (200, envelope(ok()), [DONE], None),
    "done without records": (200, envelope({"transaction": "AddLine"}), [DONE], None),
    "done with counts": (
        200,
        envelope(ok(), ok(), nrOfSuccessfullTransactions=2, nrOfFailedTransactions=0),
        [DONE, DONE],
        None,
    ),
    "unknown members": (200, envelope(ok(new=1), alsoNew={}), [DONE], None),
    "400 with the error in results": (400, envelope(error()), [REFUSED], None),
    "400 with the error at the top": (400, error(), [REFUSED], None),
    "400 with termination members alone": (
        400,
        {"wasTerminated": True, "terminationReason": "no", "terminationErrorType": "X"},
        [REFUSED],
        None,
    ),
    "400 in JSON without a reason": (400, {"message": "Bad Request"}, [REFUSED], None),
    "400 with a clean result": (400, envelope(ok(records=[])), [REFUSED], None),
    "B36 400 that is not JSON": (400, None, [UNKNOWN], [NOT_SENT]),
    "B36 200 that is not JSON": (200, None, [UNKNOWN], [NOT_SENT]),
    "200 that is no object": (200, [1], [UNKNOWN], [NOT_SENT]),
    "B38 200 without results": (200, {}, [UNKNOWN], [NOT_SENT]),
    "B39 200 with a top-level error": (200, error(), [REFUSED], None),
    "B39 200 with a failure count": (
        200,
        envelope(error(), nrOfFailedTransactions=1),
        [REFUSED],
        None,
    ),
    "B39 200 with a failure count and no reason": (
        200,
        envelope(ok(records=[]), nrOfFailedTransactions=1, nrOfSuccessfullTransactions=0),
        [REFUSED],
        None,
    ),
    "200 terminated without a reason": (
        200,
        envelope(ok(records=[]), wasTerminated=True, terminationReason="Server went away"),
        [REFUSED],
        None,
    ),
    "200 that contradicts itself": (
        200,
        envelope(ok(), wasTerminated=True, nrOfSuccessfullTransactions=1),
        [UNKNOWN],
        [NOT_SENT],
    ),
    "rows and an error: the error wins": (
        200,
        envelope(error(records=[ROW, ROW])),
        [REFUSED],
        None,
    ),
    "B39 one of three failed": (
        200,
        envelope(ok(), error(), ok(), nrOfFailedTransactions=1, nrOfSuccessfullTransactions=2),
        [DONE, REFUSED, DONE],
        None,
    ),
    "one of three failed, as 400": (
        400,
        envelope(ok(), error(), ok()),
        [DONE, REFUSED, DONE],
        None,
    ),
    "stopped after an error": (
        200,
        envelope(ok(), error(), SKIPPED, wasTerminated=True, nrOfNotProcessedTransactions=1),
        [DONE, REFUSED, NOT_SENT],
        None,
    ),
    "stopped without an error": (
        200,
        envelope(ok(), SKIPPED, wasTerminated=True, nrOfNotProcessedTransactions=1),
        [DONE, NOT_SENT],
        None,
    ),
    "B39 more failed than the results say": (
        200,
        envelope(ok(), ok(), nrOfFailedTransactions=1, nrOfSuccessfullTransactions=1),
        [UNKNOWN, UNKNOWN],
        [NOT_SENT, NOT_SENT],
    ),
    "B37 a short array": (
        200,
        envelope(ok()),
        [DONE, UNKNOWN, UNKNOWN],
        [DONE, NOT_SENT, NOT_SENT],
    ),
    "a long array": (200, envelope(ok(), ok()), [UNKNOWN], [NOT_SENT]),
    "results of something else": (
        200,
        envelope(ok(transaction="AddHead")),
        [UNKNOWN],
        [NOT_SENT],
    ),
    "a result that is none": (200, envelope(ok(), "?"), [DONE, UNKNOWN], [DONE, NOT_SENT]),
    "records that are none": (200, envelope(ok(records="?")), [UNKNOWN], [NOT_SENT]),
    "locked": (200, envelope(error("XUP0001")), [NOT_SENT], None),
    "a code that nobody has seen": (400, envelope(error("ZZZ9999")), [REFUSED], None),
    "several, an error at the top": (400, error(), [UNKNOWN, UNKNOWN], [NOT_SENT, NOT_SENT]),
    "several, an error at the top and none done": (
        400,
        error() | {"nrOfSuccessfullTransactions": 0},
        [NOT_SENT, NOT_SENT],
        None,
    ),
    "counts that are no numbers": (
        200,
        envelope(ok(), nrOfFailedTransactions="many", nrOfSuccessfullTransactions="1"),
        [DONE],
        None,
    ),
}


@pytest.mark.parametrize("write", [True, False], ids=["write", "read"])
@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_says_what_became_of_each_transaction(shape: str, write: bool):
    status, body, written, read = SHAPES[shape]
    asked = [Transaction("AddLine", {})] * len(written)
    answers = read_results(status, body, asked, write=write)
    assert [answer.outcome for answer in answers] == (written if write else read or written)
    assert all((answer.value is not None) == (answer.outcome is DONE) for answer in answers)
    assert all(answer.message for answer in answers if answer.outcome is not DONE)


def test_values_lose_their_padding_and_become_strings():
    record = {
        "SUNO": "732000    ",
        "CUAM": "   171.75",
        "INBN": 1001,
        "VONO": None,
        "X": Decimal(5),
    }
    (answer,) = read_results(
        200, envelope(ok(records=[record])), [Transaction("AddLine", {})], write=False
    )
    assert answer.value == (
        {"SUNO": "732000", "CUAM": "171.75", "INBN": "1001", "VONO": "", "X": "5"},
    )


def test_a_refusal_carries_code_field_and_the_bare_text():
    (answer,) = read_results(
        400, envelope(error("WSU0103")), [Transaction("AddLine", {})], write=True
    )
    assert (answer.code, answer.field) == ("WSU0103", "SUNO")
    assert answer.message == "Supplier 99999 does not exist"


def test_a_locked_record_says_how_long_to_wait():
    (answer,) = read_results(
        200, envelope(error("XUP0001")), [Transaction("AddLine", {})], write=True
    )
    assert answer.wait_s


@pytest.mark.parametrize(
    ("code", "means"),
    [
        ("XRE0103", Meaning.ABSENT),
        ("XRE0104", Meaning.EXISTS),
        ("XUP0001", Meaning.LOCKED),
        ("XAU0008", Meaning.NOT_ALLOWED),
        ("InputFieldTooLong", Meaning.CONTRACT),
        ("WSU0103", Meaning.REFUSED),
        ("WSU0104", Meaning.EXISTS),
        ("WSU0199", Meaning.REFUSED),
        ("", Meaning.REFUSED),
        ("anything", Meaning.REFUSED),
    ],
)
def test_each_code_has_a_meaning_and_unknown_ones_are_refusals(code: str, means: Meaning):
    assert meaning(code) is means


def test_a_message_keeps_its_words_and_loses_code_and_field():
    assert clean_message("Designed to fail!   CPF9898 RETT   ", "CPF9898", "RETT") == (
        "Designed to fail!"
    )
    assert clean_message("CPF9898 SUNO is wrong SUNO", "CPF9898", "SUNO") == "SUNO is wrong"
    assert clean_message("", "X", "") == ""
