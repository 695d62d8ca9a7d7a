"""What IFS's errors mean: by ORA number and code, whatever the shape and the language."""

import json

import pytest

from connector.domain.drafts import Outcome
from connector.erp.ifs.errors import Meaning, read_failure
from connector.erp.ifs.multipart import Part


def failure(status, body):
    return read_failure(Part(status, {}, json.dumps(body).encode()))


def database(text, status=500):
    error = {"code": "DATABASE_ERROR", "message": "Fehler", "details": [{"message": text}]}
    return failure(status, {"error": error})


@pytest.mark.parametrize(
    ("number", "meaning"),
    [
        (20105, Meaning.REFUSED),
        (20110, Meaning.REFUSED),
        (20111, Meaning.REFUSED),
        (20112, Meaning.EXISTS),
        (20113, Meaning.LOCKED),
        (20114, Meaning.STALE),
        (20115, Meaning.REFUSED),
        (20119, Meaning.REFUSED),
        (20123, Meaning.REFUSED),
        (20100, Meaning.REFUSED),
        (54, Meaning.LOCKED),
        (60, Meaning.LOCKED),
        # a connection of the database's own that broke off says nothing about the statement
        (3113, Meaning.UNKNOWN),
    ],
)
def test_the_number_decides_and_no_word(number, meaning):
    told = database(
        f"ORA-{number:05d}: Voucher.PERIOD: Periode ist geschlossen\nORA-06512: at line 1"
    )
    assert told.meaning is meaning
    assert told.message == f"ORA-{number:05d}: Voucher.PERIOD: Periode ist geschlossen"
    assert told.code == f"ORA-{number:05d}"


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (428, "ODP_MISSING_PRECONDITION", Meaning.STALE),
        (412, "ANYTHING", Meaning.STALE),
        (409, "", Meaning.STALE),
        (400, "ODP_DESERIALIZATION_ERROR", Meaning.REFUSED),
        (404, "ODP_RESOURCE_NOTFOUND", Meaning.ABSENT),
        (501, "ODP_NOT_IMPLEMENTED", Meaning.REFUSED),
        (504, "ODP_OPERATION_TIMEOUT", Meaning.UNKNOWN),
        (500, "MI_MODIFIED_ERROR", Meaning.MODIFIED),
        (503, "MI_MODIFIED_ERROR", Meaning.MODIFIED),
        (403, "CSRF_ERROR", Meaning.NOT_LET_IN),
        (403, "", Meaning.NOT_LET_IN),
        (423, "", Meaning.LOCKED),
        (429, "", Meaning.LOCKED),
        (503, "SERVICE_UNAVAILABLE", Meaning.UNKNOWN),
        (500, "SOMETHING_NEW", Meaning.UNKNOWN),
        (299, "", Meaning.UNKNOWN),
    ],
)
def test_the_code_and_then_the_status_decide(status, code, meaning):
    assert failure(status, {"error": {"code": code, "message": "m"}}).meaning is meaning


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "C", "message": {"lang": "de", "value": "ORA-20110: nein"}}},
        {"odata.error": {"code": "C", "message": "ORA-20110: nein"}},
        {"error": {"code": "C", "message": "x", "details": [{"message": "ORA-20110: nein"}]}},
        {"error": {"code": "C", "message": "ORA-20110: nein", "details": ["odd"]}},
    ],
)
def test_b54_every_shape_is_read(body):
    told = failure(500, body)
    assert (told.meaning, told.message) == (Meaning.REFUSED, "ORA-20110: nein")


@pytest.mark.parametrize(
    "body", [b"", b"<html>Bad Gateway</html>", b"<error xmlns=''/>", b"[]", b"1"]
)
def test_b54_what_is_no_json_says_nothing(body):
    told = read_failure(Part(502, {}, body))
    assert told.meaning.outcome is Outcome.UNKNOWN
    assert told.message == "IFS answered 502"
