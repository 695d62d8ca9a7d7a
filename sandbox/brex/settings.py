"""The `[brex]` section; `default.toml` says what each setting means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class BrexSettings:
    """How the simulated Brex behaves."""

    SECRET: ClassVar[frozenset[str]] = frozenset(
        {
            "token",
            "oauth_client_id",
            "oauth_client_secret",
            "oauth_refresh_token",
            "webhook_secrets",
            "receipt_signature",
        }
    )
    CHOICES: ClassVar[dict[str, tuple[Any, ...]]] = {
        "invalid_token_status": (401, 403),
        "status_after_failure": ("PREPARE", "REVIEW", "EXPORTED"),
        "refund_amount": ("negative", "positive"),
        "webhook_headers": ("webhook", "svix"),
        "webhook_payload": ("camel", "snake"),
    }

    token: str
    invalid_token_status: int
    oauth_client_id: str
    oauth_client_secret: str
    oauth_refresh_token: str
    oauth_rotates: bool
    oauth_grace_s: float
    oauth_expires_in_s: int
    oauth_sends_expires_in: bool
    company_id: str
    company_name: str
    expenses_scope: bool
    lacking_scopes: list[str]
    has_cash: bool
    requests_per_window: int
    window_s: float
    retry_after: str
    latency_s: float
    default_window_h: float
    receipt_link_s: float
    receipt_host: str
    receipt_signature: str
    status_after_failure: str
    refund_amount: str
    webhook_secrets: list[dict[str, Any]]
    webhook_headers: str
    webhook_payload: str
    webhook_allow_http: bool
    webhook_timeout_s: float
    webhook_retry_s: list[float]
    webhook_retry_scale: float
    webhook_max_ids: int
    webhook_threads: int
