"""What the pages work with."""

from __future__ import annotations

from dataclasses import dataclass

from flask_login import current_user

from connector.domain.people import Person
from connector.ports import Nudger
from connector.settings import Settings
from connector.store.database import Database
from connector.store.people import People


@dataclass(frozen=True, slots=True)
class Desk:
    """The database with the console's rights, and hints to the workers."""

    settings: Settings
    database: Database
    nudger: Nudger

    @property
    def people(self) -> People:
        """Who may sign in."""
        return People(self.database)

    def acting(self) -> Database:
        """The database, with whoever is signed in for the history."""
        return self.database.acting_as(signed_in().actor)


def signed_in() -> Person:
    """Who asks. There is somebody wherever a page demands a right."""
    person = current_user.person
    assert isinstance(person, Person)
    return person
