"""People who come from an OpenID provider, in PostgreSQL."""

from __future__ import annotations

from itertools import count

from psycopg2 import extensions

from connector.domain.identities import Identity
from connector.domain.people import Person, PersonRole
from connector.errors import RefusedError
from connector.store.database import Database


class Identities:
    """Which of our people each identity is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def welcome(self, identity: Identity, role: PersonRole) -> Person:
        """The person of that identity, in that role from now on; a new one at the first time.

        Nobody who is there already is taken over, whatever name is wished for. Raises RefusedError
        for who was disabled.
        """
        with self._database.transaction() as cursor:
            # one at a time: nobody is added twice, and no two get one name
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('person_identity'))")
            cursor.execute(
                "SELECT p.id, p.name, p.disabled_at IS NOT NULL"
                " FROM person_identity i JOIN person p ON p.id = i.person_id"
                " WHERE i.issuer = %s AND i.subject = %s",
                (identity.issuer, identity.subject),
            )
            if row := cursor.fetchone():
                number, name, is_disabled = row
                if is_disabled:
                    raise RefusedError(f"{name} is disabled here", code="disabled")
                cursor.execute("UPDATE person SET role = %s WHERE id = %s", (role.value, number))
                return Person(number, name, role)
            name = _free_name(cursor, identity.name)
            cursor.execute(
                "INSERT INTO person (name, role) VALUES (%s, %s) RETURNING id", (name, role.value)
            )
            (number,) = cursor.fetchone() or ()
            cursor.execute(
                "INSERT INTO person_identity (issuer, subject, person_id) VALUES (%s, %s, %s)",
                (identity.issuer, identity.subject, number),
            )
            return Person(number, name, role)


def _free_name(cursor: extensions.cursor, wished: str) -> str:
    """`anna`, or `anna-2` where somebody is called `Anna`."""
    for nth in count(1):
        name = wished if nth == 1 else f"{wished}-{nth}"
        cursor.execute("SELECT 1 FROM person WHERE lower(name) = lower(%s)", (name,))
        if cursor.fetchone() is None:
            return name
    raise AssertionError("numbers do not end")
