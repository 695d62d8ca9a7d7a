"""The `[console]` section."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from string import Formatter

from connector.connection_file import addresses, rules
from connector.connection_file.references import Given, UnusableError
from connector.connection_file.section import Section
from connector.domain.desk import IN_LINKS, ConsoleConfig


def read_console(top: Section) -> ConsoleConfig:
    """What the console shows and demands of a connection."""
    section = top.section("console")
    if section is None:
        return ConsoleConfig()
    rule = partial(_link, allow_http=top.reading.allow_http)
    above = section.text("four_eyes_above", rules.amount)
    config = ConsoleConfig(
        section.text("erp_link", rule),
        section.text("brex_link", rule),
        Decimal(above) if above else None,
    )
    section.close()
    return config


def _link(given: Given, *, allow_http: bool) -> str:
    """An address of a plain host, with names in braces behind it."""
    rules.plain(given)
    known = ", ".join(f"{{{name}}}" for name in IN_LINKS)
    try:
        parts = list(Formatter().parse(given.value))
    except ValueError:
        raise UnusableError(f"has braces that do not fit; it may name {known}") from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in IN_LINKS or form or conversion):
            raise UnusableError(f"names {{{name}}}; it may name {known}")
    fixed = parts[0][0] if parts else ""
    host = "/".join(fixed.split("/")[:3])
    if fixed.count("/") < len("://x/") - 2:
        raise UnusableError("names no host; write it like https://acme.example/page?id={number}")
    addresses.address(Given(host, repr(host)), allow_http=allow_http)
    return given.value
