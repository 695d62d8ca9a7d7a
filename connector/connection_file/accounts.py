"""`[mapping.offset_accounts]`, and whether every entry that the mapping makes has its accounts."""

from __future__ import annotations

from connector.connection_file.section import Section
from connector.domain.bookkeeping import Account
from connector.domain.connections import MappingConfig
from connector.domain.lacking import lacking_accounts


def read_accounts(section: Section, key: str) -> dict[str, str]:
    """The accounts of a table, by their names; those that are left out are missing."""
    inner = section.section(key)
    if inner is None:
        return {}
    accounts = {name.value: inner.text(name) for name in Account}
    inner.close()
    return {name: account for name, account in accounts.items() if account}


def check_accounts(section: Section, config: MappingConfig) -> None:
    """Name every account that the policies of `[mapping.types]` need and nobody gives."""
    for lacking in lacking_accounts(config):
        section.fault(lacking.key, lacking.what)
