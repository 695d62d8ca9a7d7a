"""People who work in the console: what each role may do, and what a password and a session are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

#: A person who does nothing for so long, or signed in so long ago, signs in again.
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
#: Wrong passwords in a row, and for how long nobody signs in under that name then.
MOST_FAILURES = 5
LOCKED = timedelta(minutes=15)
SHORTEST_PASSWORD = 12


class Right(StrEnum):
    """What a person may do."""

    #: see everything but secrets
    SEE = "see"
    #: retry, skip and return held records; mend what they wait for
    WORK = "work"
    #: be the second person where a release needs two
    APPROVE = "approve"
    #: pause, resume and ping connections
    ADMINISTER = "administer"


class PersonRole(StrEnum):
    """A person's role; each may what the one before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"

    def may(self, right: Right) -> bool:
        """Whether this role has the right."""
        return list(Right).index(right) <= list(PersonRole).index(self)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, or works through a token of theirs."""

    id: int
    name: str
    role: PersonRole

    @property
    def actor(self) -> str:
        """Who stands in the history for what this person does."""
        return f"console:{self.name}"
