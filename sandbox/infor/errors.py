"""Refusals of M3."""

from __future__ import annotations


class MIError(Exception):
    """A transaction was refused: errorType, errorCode, errorField and the message."""

    def __init__(self, error_type: str, code: str, field: str, message: str) -> None:
        super().__init__(message)
        self.error_type, self.code, self.field = error_type, code, field

    @classmethod
    def refused(cls, code: str, field: str, message: str) -> MIError:
        """A business rejection."""
        return cls("ServerReturnedNOK", code, field, message)

    @property
    def text(self) -> str:
        """The message as M3 pads it, with code and field again."""
        return f"{self!s:<60} {self.code:<7} {self.field}"


class UnknownProgramError(Exception):
    """The program or transaction does not exist: a bare 400."""


class ForbiddenError(Exception):
    """The company is not one of the user's: 403 of the gateway."""
