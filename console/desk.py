"""What the pages work with."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g
from flask_login import current_user
from redis import Redis

from connector.connection_file.stored import console_from_json
from connector.domain.desk import ConsoleConfig
from connector.domain.people import Person
from connector.openid import Provider
from connector.ports import Nudger
from connector.settings import Settings
from connector.store.connections import Connections
from connector.store.database import Database
from connector.store.people import People
from connector.store.vault import Vault

#: Of an address, a number that PostgreSQL can count with.
NUMBER = f"int(max={2**63 - 1})"


@dataclass(frozen=True, slots=True)
class Desk:
    """The database with the console's rights, hints to the workers, and the request budgets."""

    settings: Settings
    database: Database
    nudger: Nudger
    redis: Redis

    @property
    def people(self) -> People:
        """Who may sign in."""
        return People(self.database)

    @property
    def provider(self) -> Provider | None:
        """Who else says who people are."""
        openid, allow_http = self.settings.openid, self.settings.allow_http
        return Provider(openid, allow_http=allow_http) if openid else None

    @property
    def address(self) -> str:
        """Where people find the console."""
        return self.settings.console_url or f"http://{self.settings.console_bind}"

    @property
    def connections(self) -> Connections:
        """The connections; of their secrets nothing can be read."""
        return Connections(self.database, Vault(self.settings.secret_keys))

    def acting_connections(self) -> Connections:
        """The same, with whoever is signed in for their history."""
        return Connections(self.acting(), Vault(self.settings.secret_keys))

    def console_configs(self) -> dict[str, ConsoleConfig]:
        """What each connection says of the console, by its name."""
        return {one.name: console_from_json(one.config) for one in self.connections.all()}

    def acting(self) -> Database:
        """The database, with whoever is signed in for the history."""
        return self.database.acting_as(signed_in().actor)


def signed_in() -> Person:
    """Who asks, by a session or a token. There is somebody wherever a page demands a right."""
    person = g.get("person") or current_user.person
    assert isinstance(person, Person)
    return person
