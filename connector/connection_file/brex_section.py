"""The `[brex]` section."""

from __future__ import annotations

from datetime import timedelta

from connector.connection_file import credentials
from connector.connection_file.section import Section
from connector.domain.connections import BrexConfig
from connector.domain.pulls import PullSettings

#: A budget beyond this is a slip of the pen: Brex allows 1,000 requests a minute.
MOST_REQUESTS_PER_MINUTE = 100_000
#: Receipts are held in memory one at a time for each thread that gets them.
MOST_RECEIPT_BYTES = 50 * 1024 * 1024


def read_brex(section: Section) -> BrexConfig:
    """The section without its secrets, which go to the reading."""
    token_url, client_id = _access(section)
    webhooks = section.switch("webhooks", default=True)
    section.secrets("webhook_secrets", credentials.webhook_secret)
    if webhooks and not section.table.get("webhook_secrets"):
        section.fault("webhook_secrets", "is missing; give one, or write webhooks = false")
    config = BrexConfig(
        base_url=section.url("base_url", example='"https://api.brex.com"').rstrip("/"),
        company_id=section.text("company_id"),
        webhooks=webhooks,
        poll_every=section.duration(
            "poll_every",
            timedelta(hours=1),
            low=timedelta(seconds=1),
            high=timedelta(days=7),
        ),
        mark_exported=section.switch("mark_exported", default=True),
        requests_per_minute=section.integer(
            "requests_per_minute", 1000, low=1, high=MOST_REQUESTS_PER_MINUTE
        ),
        receipts=section.switch("receipts", default=False),
        receipt_max_bytes=section.integer(
            "receipt_max_bytes", 10 * 1024 * 1024, low=1, high=MOST_RECEIPT_BYTES
        ),
        oauth_token_url=token_url,
        oauth_client_id=client_id,
        transactions=_transactions(section),
    )
    section.close()
    return config


def _transactions(section: Section) -> PullSettings | None:
    """How what moved is pulled; without the section, or with `enabled = false`, it is not."""
    inner = section.section("transactions")
    if inner is None:
        return None
    defaults = PullSettings()
    enabled = inner.switch("enabled", default=True)
    settings = PullSettings(
        every=inner.duration(
            "every", defaults.every, low=timedelta(hours=1), high=timedelta(days=31)
        ),
        overlap=inner.duration(
            "overlap", defaults.overlap, low=timedelta(days=1), high=timedelta(days=366)
        ),
        reconciled=inner.duration(
            "reconciled", defaults.reconciled, low=timedelta(days=1), high=timedelta(days=366)
        ),
        patience=inner.duration(
            "patience", defaults.patience, low=timedelta(days=0), high=timedelta(days=366)
        ),
    )
    inner.close()
    return settings if enabled else None


def _access(section: Section) -> tuple[str, str]:
    section.secret("token", credentials.one_line)
    oauth = section.section("oauth")
    if ("token" in section.table) == ("oauth" in section.table):
        both = "and brex.oauth are both given" if oauth else "and brex.oauth are both missing"
        section.fault("token", f"{both}; give one of them")
    if oauth is None:
        return "", ""
    token_url = oauth.url(
        "token_url", example='"https://accounts-api.brex.com/oauth2/default/v1/token"'
    )
    client_id = oauth.text("client_id", example='"your client id"')
    oauth.secret("client_secret", credentials.one_line, example='"env:ACME_BREX_CLIENT_SECRET"')
    oauth.secret("refresh_token", credentials.one_line, example='"env:ACME_BREX_REFRESH_TOKEN"')
    oauth.close()
    return token_url, client_id
