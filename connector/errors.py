"""The errors of the connector, named by what the caller does next.

ConnectorError
├── ConfigurationError        do not start; a person mends the configuration
├── RetryLaterError           nothing was processed: the same call may be made again, later
│   ├── RateLimitedError      the peer, or our own budget, said "not now"
│   └── CredentialsError      the peer refuses our credentials: retrying alone does not help
├── OutcomeUnknownError       a write may have arrived: look before anything else
├── RefusedError              the peer or a rule said no for good: a person must look
└── LeaseLostError            another worker has taken over: drop everything
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Base of all errors that the connector raises on purpose."""


class ConfigurationError(ConnectorError):
    """The configuration is unusable; `faults` names everything that is wrong with it at once."""

    def __init__(self, subject: str, faults: list[str]) -> None:
        self.subject = subject
        self.faults = faults
        super().__init__(f"{subject}: " + "; ".join(faults))


class RetryLaterError(ConnectorError):
    """The call was not processed, or was a read. `wait_s` is how long the peer asked us to wait."""

    def __init__(self, message: str, *, wait_s: float | None = None) -> None:
        self.wait_s = wait_s
        super().__init__(message)


class RateLimitedError(RetryLaterError):
    """The peer answered 429, or our own budget for it is used up. Nothing was processed."""


class CredentialsError(RetryLaterError):
    """The peer refuses our credentials even after a fresh token. Nothing was processed."""


class OutcomeUnknownError(ConnectorError):
    """A write left this process and its answer was lost or unreadable: it may have taken effect."""


class RefusedError(ConnectorError):
    """A definite no. `code` is the peer's own code (or ours), `field` the field it is about."""

    def __init__(self, message: str, *, code: str = "", field: str = "") -> None:
        self.code = code
        self.field = field
        super().__init__(message)


class LeaseLostError(ConnectorError):
    """The lease ended, or another attempt holds it: nothing more may be written."""
