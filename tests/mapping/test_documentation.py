"""`docs/mapping.md` names every hold reason, in the order of the enum, each with its mend."""

import re
from pathlib import Path

from connector.domain.reasons import Reason
from connector.mapping.policy import DEFAULT_POLICIES

DOCUMENT = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text()


def test_every_hold_reason_is_documented_with_its_mend():
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", DOCUMENT, re.MULTILINE)
    assert [row[0] for row in rows] == [str(reason) for reason in Reason]


def test_the_default_policies_are_documented():
    rule = DOCUMENT.partition("1. **Type.**")[2].partition("2. **Lines.**")[0]
    assert set(re.findall(r"[A-Z]+_[A-Z_]+", rule)) == set(DEFAULT_POLICIES)
