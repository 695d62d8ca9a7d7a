"""The `[sync]` section."""

from __future__ import annotations

from datetime import timedelta

from connector.connection_file.section import Section
from connector.domain.sync import SyncConfig, Target

_LOW, _HIGH = timedelta(minutes=1), timedelta(days=31)


def read_sync(top: Section) -> SyncConfig:
    """What is read from the ERP by the clock, and pushed into Brex."""
    section = top.section("sync")
    defaults = SyncConfig()
    if section is None:
        return defaults
    every = {
        target: section.duration(f"{target}_every", timedelta(0), low=_LOW, high=_HIGH)
        for target in Target
    }
    config = SyncConfig(
        every={target: span for target, span in every.items() if span},
        largest_shrink_percent=_percent(section, "largest_shrink_percent", defaults),
        confirm_disabled_percent=_percent(section, "confirm_disabled_percent", defaults),
        confirm_renamed_percent=_percent(section, "confirm_renamed_percent", defaults),
        supplier_field=section.text("supplier_field"),
        vendor=section.text("vendor", default=defaults.vendor),
        vendor_account_id=section.text("vendor_account_id"),
    )
    section.close()
    return config


def _percent(section: Section, key: str, defaults: SyncConfig) -> int:
    return section.integer(key, getattr(defaults, key), low=0, high=100)
