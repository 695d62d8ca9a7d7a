"""Refusals of IFS: the OData provider's own, and those that its PL/SQL raises."""

from __future__ import annotations

from sandbox.ifs.settings import IfsSettings

#: What the user sees of an error in the database, whatever it was.
_GENERIC = "An error occurred in the database. See the details."


class OdpError(Exception):
    """A request was refused: HTTP status, code, message, and the text of the database if any."""

    def __init__(self, status: int, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.detail = status, code, detail

    @property
    def note(self) -> str:
        """What the journal says about it."""
        return self.detail.partition(":")[0] or self.code


def database(number: int, unit: str, key: str, text: str) -> OdpError:
    """An error that IFS's package `Error_SYS` raised, with the stack that follows it."""
    stack = 'ORA-06512: at "IFSAPP.ERROR_SYS", line 138\nORA-06512: at line 1'
    detail = f"ORA-{number}: {unit}.{key}: {text}\n{stack}"
    return OdpError(500, "DATABASE_ERROR", _GENERIC, detail)


def refused(unit: str, key: str, text: str) -> OdpError:
    """A business rule says no."""
    return database(20110, unit, key, text)


def unknown(unit: str, text: str) -> OdpError:
    """A value names something that does not exist."""
    return database(20111, unit, "FND_RECORD_NOT_EXIST", text)


def exists(unit: str, text: str) -> OdpError:
    """The key is taken."""
    return database(20112, unit, "FND_RECORD_EXIST", text)


def deserialization(what: str) -> OdpError:
    """The body, or a value in it, is not what the metadata says."""
    return OdpError(
        400, "ODP_DESERIALIZATION_ERROR", f"Error while de-serializing contents. {what}"
    )


def not_found() -> OdpError:
    """No such set or row, or none that the user may see."""
    return OdpError(404, "ODP_RESOURCE_NOTFOUND", "Resource not found.")


def not_implemented(what: str) -> OdpError:
    """The provider cannot do it."""
    return OdpError(501, "ODP_NOT_IMPLEMENTED", f"{what} is not implemented.")


def precondition_missing() -> OdpError:
    """A change of something that exists needs an If-Match."""
    return OdpError(
        428, "ODP_MISSING_PRECONDITION", "The request is missing a required precondition."
    )


def stale(unit: str, settings: IfsSettings) -> OdpError:
    """Somebody else has changed the row since its ETag was read."""
    text = (
        f"The {unit} record has already been changed. "
        "Please refresh the record and reenter your changes."
    )
    if settings.stale_as == "ora":
        return database(20114, unit, "FND_MODIFIED", text)
    code = "ODP_PRECONDITION_FAILED" if settings.stale_as == "412" else "ODP_CONFLICT"
    return OdpError(int(settings.stale_as), code, text)


def timed_out(wait_s: float) -> OdpError:
    """A statement took longer than it might."""
    message = f"Operation did not complete in the expected time ({wait_s:g} seconds)."
    return OdpError(504, "ODP_OPERATION_TIMEOUT", message)


def by_code(code: str, message: str, settings: IfsSettings) -> OdpError:
    """The error that a fault rule names: `ORA-20113` (the default), or the provider's own code."""
    code = code or "ORA-20113"
    if code.startswith("ORA-"):
        default = ("FND_LOCKED: The record is currently locked. Please retry the operation.",)
        return OdpError(
            500, "DATABASE_ERROR", _GENERIC, f"{code}: {message or 'Voucher.' + default[0]}"
        )
    known = {
        "ODP_MISSING_PRECONDITION": precondition_missing(),
        "ODP_DESERIALIZATION_ERROR": deserialization(message),
        "ODP_RESOURCE_NOTFOUND": not_found(),
        "ODP_NOT_IMPLEMENTED": not_implemented("It"),
        "ODP_OPERATION_TIMEOUT": timed_out(60),
        "MI_MODIFIED_ERROR": OdpError(
            settings.modified_status, "MI_MODIFIED_ERROR", "The metadata has been modified."
        ),
        "CSRF_ERROR": csrf(),
        "FORBIDDEN": OdpError(403, "FORBIDDEN", message or "No access to the projection."),
        "OVERLOADED": OdpError(503, "SERVICE_UNAVAILABLE", message or "Try again later."),
    }
    return known.get(code) or OdpError(500, code, message)


def csrf() -> OdpError:
    """A session cookie without the header that proves it."""
    message = "A security error occurred while processing the request."
    return OdpError(403, "CSRF_ERROR", message)
