"""The `[ifs]` section; `default.toml` says what each setting means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class IfsSettings:
    """How the simulated IFS Cloud behaves."""

    SECRET: ClassVar[frozenset[str]] = frozenset({"client_secret", "password"})
    CHOICES: ClassVar[dict[str, tuple[Any, ...]]] = {
        "expires_in_as": ("number", "string"),
        "paging": ("next_link", "none", "default_cut"),
        "next_link": ("relative", "absolute", "internal"),
        "list_etags": ("full_metadata", "always"),
        "stale_as": ("412", "409", "ora"),
        "if_match_on_create": ("ignored", "account"),
        "error_shape": ("usual", "language", "odata", "alternate"),
        "modified_status": (500, 503),
    }

    realm: str
    client_id: str
    client_secret: str
    username: str
    password: str
    expires_in_s: int
    expires_in_as: str
    requests_per_minute: int
    retry_after: str
    latency_s: float
    statement_s: float
    companies: list[str]
    allowed_companies: list[str]
    posting_proposals: str
    manual_vouchers: str
    catalogue_size: int
    paging: str
    page_size: int
    next_link: str
    list_etags: str
    stale_as: str
    if_match_on_create: str
    error_shape: str
    modified_status: int
    sets_cookies: bool
    unfilterable: list[str]
    closed_until: str
    code_demands: list[str]
    field_changes: list[str]
