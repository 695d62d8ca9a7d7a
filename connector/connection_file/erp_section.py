"""The section of an ERP, as far as it is the same for every ERP; its adapter reads the rest."""

from __future__ import annotations

import math
from typing import Any

from connector.connection_file import credentials, rules
from connector.connection_file.brex_section import MOST_REQUESTS_PER_MINUTE
from connector.connection_file.section import Section, kind_of

#: How long a write may land after its answer was lost, at most: an hour.
LONGEST_SETTLING_S = 3_600


def read_erp(section: Section) -> dict[str, Any]:
    """The section with its references followed and without its secrets, fit for JSON.

    A key that ends in `secret` or `password`, or is `ionapi`, is a secret at any depth.
    """
    settings: dict[str, Any] = {}
    for key, value in section.table.items():
        if key == "ionapi":
            section.secret(key, credentials.whole_file)
        elif key.endswith(("secret", "password")):
            section.secret(key, credentials.one_line)
        elif isinstance(value, dict):
            settings[key] = read_erp(section.inner(key, value))
        else:
            settings[key] = _value(section, key, value)
    return settings


def _value(section: Section, key: str, value: Any) -> Any:
    if key == "requests_per_minute":
        return section.integer(key, 1, low=1, high=MOST_REQUESTS_PER_MINUTE)
    if key == "settling_seconds":
        _check_settling(section, key, value)
        return value
    if isinstance(value, str):
        return section.url(key) if key.endswith("url") else section.text(key)
    if isinstance(value, list):
        return [_item(section, f"{key}.{index}", item) for index, item in enumerate(value)]
    return _item(section, key, value)


def _item(section: Section, key: str, value: Any) -> Any:
    if isinstance(value, str):
        return section.parse(key, value, rules.plain, "")
    if isinstance(value, float) and not math.isfinite(value):
        section.fault(key, "is not a finite number; write one")
    elif not isinstance(value, bool | int | float):
        section.fault(key, f"is {kind_of(value)}; write a string, a number, or true or false")
    return value


def _check_settling(section: Section, key: str, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number:
        section.fault(key, f"is {kind_of(value)}; write a number of seconds")
    elif not 0 < value <= LONGEST_SETTLING_S:
        section.fault(key, f"is {value}; write a number above 0, up to {LONGEST_SETTLING_S}")
