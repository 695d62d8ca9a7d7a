"""Automatic matches of the labelled set: next to none is wrong, and most that there are are made."""

import pytest

from connector.suppliers.catalogue import Catalogue
from tests.suppliers.labelled import descriptors, quality, register


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue(register())


@pytest.mark.parametrize("part", ["development", "evaluation"])
def test_automatic_matches_are_right_and_most_are_made(catalogue, part):
    measured = quality(part, catalogue)
    assert measured.precision >= 0.995, measured.wrong
    assert measured.recall >= 0.8


def test_the_set_is_large_and_no_descriptor_is_in_both_parts():
    parts = [{one.descriptor for one in descriptors(p)} for p in ("development", "evaluation")]
    assert min(map(len, parts)) >= 500
    assert not parts[0] & parts[1]


def test_the_set_has_what_is_hard():
    without = {one.kind for one in descriptors("evaluation") if not one.supplier}
    assert without >= {"branch unnamed", "sister that is no supplier", "shared word, no supplier"}
    assert without >= {"surname that is no supplier", "generic name elsewhere", "blocked"}
