"""Every bad input of the list has a test that is found by its id: `pytest -k b15`."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
#: B01 to B25 concern the gateway, to B35 the configuration, to B54 what peers answer.
CONCERNED = {f"b{number:02}" for number in range(1, 55)}
#: A test's name, or the id of a parameter.
_NAMED = re.compile(r"def (test_(?:b\d\d_)+)|class (TestB\d\d)|[\"'](B\d\d)[ -]|[\"'](B\d\d) ")


def test_every_bad_input_has_a_test() -> None:
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        for match in _NAMED.finditer(path.read_text()):
            found |= set(re.findall(r"b\d\d", match[0].lower()))
    assert CONCERNED - found == set()
