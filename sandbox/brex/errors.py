"""Refusals: of the Brex accounting API in its own body, and of all others."""

from __future__ import annotations

from typing import Any

from sandbox.exchange import Answer, json_answer

_STATUS = {
    "INVALID_REQUEST": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "ACTIVE_INTEGRATION_EXISTS": 409,
    "VENDOR_ACCOUNT_ID_MISMATCH": 409,
    "INTEGRATION_NOT_ACTIVE": 409,
    "DUPLICATE_ACCOUNTING_RECORD_IDS": 422,
    "ACCOUNTING_RECORD_NOT_READY_FOR_EXPORT": 422,
}


class BrexError(Exception):
    """A refusal with an `error_code` of the accounting API."""

    def __init__(self, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.details = details

    def answer(self) -> Answer:
        """The status and body of the refusal."""
        body = {"error_code": self.code, "message": str(self), "details": self.details}
        return json_answer(_STATUS[self.code], body, note=self.code)


def bad_request(message: str) -> Answer:
    """A 400 of any other API."""
    return json_answer(400, {"type": "BAD_REQUEST", "message": message}, note="bad request")


def forbidden(scope: str) -> Answer:
    """The 403 for a token that lacks a scope."""
    message = f"The token lacks the scope {scope}"
    return json_answer(403, {"type": "FORBIDDEN", "message": message}, note="scope")
