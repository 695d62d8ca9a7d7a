"""`docs/mapping.md` has every type with its entry, and every hold reason with its mend."""

import re
from pathlib import Path

from connector.domain.bookkeeping import RULES, Account, Policy
from connector.domain.reasons import Reason

DOCUMENT = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text()


def test_every_hold_reason_is_documented_with_its_mend():
    reasons = DOCUMENT.partition("## Why a record is held")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", reasons, re.MULTILINE)
    assert [row[0] for row in rows] == [str(reason) for reason in Reason]


def test_the_table_of_types_is_that_of_the_code():
    row = r"^\| `([A-Z_]+)`(?:: [^|]+)? \| ([^|]*) \| ([^|]*) \| ([^|]+) \| (\w+) \|$"
    documented = re.findall(row, DOCUMENT, re.MULTILINE)
    assert documented == [
        (name, *sides(rule), choices(rule), str(rule.default)) for name, rule in RULES.items()
    ]


def sides(rule):
    if Policy.JOURNAL not in rule.policies:
        return "not told", "not told"
    return tuple(f"`{side}`" if side else "coded" for side in (rule.debit, rule.credit))


def choices(rule):
    return ", ".join(policy for policy in Policy if policy in rule.policies)


def test_every_account_is_in_the_table():
    assert {f"`{account}`" for account in Account} <= set(re.findall(r"`\w+`", DOCUMENT))
