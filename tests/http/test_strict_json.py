"""JSON from outside."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.http import Reply
from connector.http.strict_json import loads


def read(body: bytes) -> object:
    return Reply(200, {}, body).json()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="B38 nothing"),
        pytest.param(b"<html>", id="B36 HTML"),
        pytest.param(b"{", id="B37 truncated"),
        b"[1,]",
        pytest.param(b"NaN", id="B06 NaN"),
        pytest.param(b"[Infinity]", id="B06 Infinity"),
        pytest.param(b"-Infinity", id="B06 -Infinity"),
        pytest.param(b"\xff", id="B08 no UTF-8"),
        pytest.param(b"\xef\xbb\xbf{}", id="B08 BOM"),
        pytest.param("{}".encode("utf-16"), id="B08 UTF-16"),
        pytest.param(b"[" * 200_000, id="B04 200,000 deep"),
        pytest.param(b"[" * 101 + b"]" * 101, id="B04 101 deep"),
        pytest.param(b"[" * 500_000 + b"]" * 500_000, id="B04 500,000 deep, and closed"),
        pytest.param(b"1" * 65, id="B05 65 digits"),
        pytest.param(b"1" * 5_000, id="B05 5,000 digits"),
        pytest.param(b"1e999", id="B06 1e999"),
        b"1e-999",
        b"1e99999999999999999999",
        b"0." + b"1" * 80,
        b'{"a":1}x',
        b"'a'",
        b'"\n"',
    ],
)
def test_what_is_not_plain_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        read(body)


def test_fractions_are_exact_and_whole_numbers_stay_whole() -> None:
    assert (
        repr(read(b'{"a":171.10,"b":-3,"c":1E+2}'))
        == "{'a': Decimal('171.10'), 'b': -3, 'c': Decimal('1E+2')}"
    )


def test_b09_what_postgresql_cannot_store_is_replaced() -> None:
    assert read(rb'{"a\u0000":["\ud800x","\\u0000","\ud83d\ude00"]}') == {
        "a\ufffd": ["\ufffdx", "\\u0000", "😀"]
    }


def test_brackets_in_strings_are_not_nesting() -> None:
    assert loads(json.dumps(["[" * 50 + '"\\' + "{" * 50]).encode(), deepest=1)
    with pytest.raises(ValueError):
        loads(b'[{"a":[]}]', deepest=2)


def test_b07_a_key_that_stands_twice_is_refused_where_it_matters() -> None:
    body = b'{"a":1,"\\u0061":2}'
    assert loads(body, deepest=9) == {"a": 2}
    with pytest.raises(ValueError):
        loads(body, deepest=9, unique_keys=True)


@given(
    st.binary(max_size=60) | st.text(alphabet='[]{}",:\\u0d8f1e.-ntf ', max_size=60).map(str.encode)
)
def test_nothing_but_a_value_error_is_raised_and_the_library_agrees(body: bytes) -> None:
    try:
        value = loads(body, deepest=20)
    except ValueError:
        return
    assert isinstance(value, Decimal) or type(value) is type(
        json.loads(body.decode(), parse_float=Decimal)
    )
