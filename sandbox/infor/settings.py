"""The `[infor]` section; `default.toml` says what each setting means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class InforSettings:
    """How the simulated ION gateway and M3 behave."""

    SECRET: ClassVar[frozenset[str]] = frozenset({"ci", "cs", "saak", "sask"})
    CHOICES: ClassVar[dict[str, tuple[Any, ...]]] = {
        "expires_in_as": ("number", "string"),
        "error_shape": ("results", "top", "alternate"),
        "unknown_fields": ("refuse", "ignore"),
        "line_dimensions": ("ait", "ao", "none"),
        "final_supa": (20, 90),
        "lines_after_validation": ("refuse", "reopen"),
        "second_update": ("doubles", "refuse", "nothing"),
        "updated_journals": ("kept", "deleted"),
    }

    tenant: str
    ci: str
    cs: str
    saak: str
    sask: str
    expires_in_s: int
    expires_in_as: str
    requests_per_minute: int
    retry_after: str
    latency_s: float
    error_shape: str
    always_pad: bool
    unknown_fields: str
    bulk_stops_at_error: bool
    default_maxrecs: int
    max_list: int
    user: str
    cono: int
    divisions: list[str]
    divi: str
    line_dimensions: str
    has_aps100: bool
    has_dlt_invoice: bool
    final_supa: int
    validation_s: float
    update_s: float
    lines_after_validation: str
    checks_total: bool
    checks_number: bool
    forced_outcomes: list[dict[str, Any]]
    year: int
    closed_until: str
    dimensions_used: int
    debit_credit_code: bool
    journal_interfaces: list[str]
    control_answers: bool
    journal_update_s: float
    second_update: str
    updated_journals: str
    allows_exportmi: bool
    ims_logical_id: str
    document_flow: bool
    bod_delay_s: float
    bod_deliveries: int
    bod_validates: bool
    bod_maps_cori: bool
    bod_answers: bool
    allows_mi: bool
