"""Whom an OpenID provider says that somebody is, and what that is worth here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.domain.people import PersonRole

#: Room for what tells two people of one name apart.
_LONGEST_NAME = 50
#: Of the claims about a person, what the name here is made from; the first that there is.
_NAMES = ("preferred_username", "email", "sub")


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, as one provider knows them: by issuer and subject, never by a name or an address.

    `name` is the one that is wished for here; `role` is None where the provider's word gives none.
    """

    issuer: str
    subject: str
    name: str
    role: PersonRole | None


def identity_from(
    claims: Mapping[str, Any], role_claim: str, roles: Sequence[tuple[str, str]]
) -> Identity:
    """Whom verified claims are about; of several roles, the one that may most."""
    names = filter(None, (_plain(claims.get(claim)) for claim in _NAMES))
    return Identity(
        claims["iss"],
        claims["sub"],
        next(names, "somebody"),
        _role(claims.get(role_claim), dict(roles)),
    )


def _role(said: Any, roles: Mapping[str, str]) -> PersonRole | None:
    values = said if isinstance(said, list) else [said]
    given = {roles[value] for value in values if isinstance(value, str) and value in roles}
    return next((role for role in reversed(PersonRole) if role in given), None)


def _plain(said: Any) -> str:
    """A name that a person here may have; "" where nothing is left of what was said."""
    if not isinstance(said, str):
        return ""
    letters = unicodedata.normalize("NFKD", said).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._@-]+", "-", letters).lstrip("._@-").rstrip("-")
    return plain[:_LONGEST_NAME]
