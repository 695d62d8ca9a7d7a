import copy
import json
import pickle
from dataclasses import asdict, dataclass

import pytest

from connector.secret import Secret


def test_no_way_of_printing_shows_it():
    secret = Secret("s3cr3t")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>9}", f"{[secret]}"]
    assert not any("s3cr3t" in text for text in shown)
    assert str(secret) == f"{secret:>20}" == "***"


def test_reveal_gives_it():
    assert Secret("s3cr3t").reveal() == "s3cr3t"


def test_two_secrets_are_equal_when_their_strings_are():
    assert Secret("ä") == Secret("ä")
    assert Secret("a") != Secret("b")
    assert Secret("\udcff") == Secret("\udcff")  # what the environment gives for a stray byte
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_it_is_neither_pickled_nor_written_as_json():
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret("s3cr3t"))
    with pytest.raises(TypeError):
        json.dumps({"token": Secret("s3cr3t")})


def test_a_dataclass_that_holds_it_can_be_copied_and_shows_nothing():
    @dataclass
    class Holder:
        token: Secret

    holder = Holder(Secret("s3cr3t"))
    assert asdict(holder) == {"token": Secret("s3cr3t")}
    assert copy.deepcopy(holder) == holder
    assert "s3cr3t" not in repr(holder)
