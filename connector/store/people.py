"""People, their sessions and their tokens, in PostgreSQL."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg2

from connector.domain.people import IDLE, LOCKED, LONGEST, MOST_FAILURES, Person, PersonRole
from connector.errors import RefusedError
from connector.store.database import Database

#: A session is noted as used so often.
_SEEN_EVERY = timedelta(minutes=1)
_TOKEN_DAYS = 365


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. `password` is a scrypt hash, None where OpenID Connect says who."""

    person: Person
    password: str | None
    locked: bool


class People:
    """Who may sign in, and who has."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, role: PersonRole, password: str | None) -> None:
        """Add a person. Raises RefusedError where there is one of that name."""
        try:
            with self._database.transaction() as cursor:
                cursor.execute(
                    "INSERT INTO person (name, role, password) VALUES (%s, %s, %s)",
                    (name, role, password),
                )
        except psycopg2.errors.UniqueViolation:
            raise RefusedError(f"there is a user {name} already", code="user_exists") from None

    def change(self, name: str, **values: Any) -> None:
        """Change `role`, `password` or `disabled`, and end the person's sessions.

        Raises RefusedError where role and password are not ours to say, but a provider's.
        """
        disabled = values.pop("disabled", None)
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT i.issuer FROM person_identity i JOIN person p ON p.id = i.person_id"
                " WHERE p.name = %s",
                (name,),
            )
            if any(values.values()) and (provider := cursor.fetchone()):
                why = f"{name} signs in with {provider[0]}, which says the role; change it there"
                raise RefusedError(why, code="of_provider")
            cursor.execute(
                "UPDATE person SET role = coalesce(%(role)s, role),"
                " password = coalesce(%(password)s, password), failures = 0, locked_until = NULL,"
                " disabled_at = CASE WHEN %(disabled)s IS NULL THEN disabled_at"
                " WHEN %(disabled)s THEN coalesce(disabled_at, now()) END"
                " WHERE name = %(name)s RETURNING id",
                {"role": None, "password": None, **values, "disabled": disabled, "name": name},
            )
            row = cursor.fetchone()
            if row is None:
                raise _nobody(name)
            cursor.execute(
                "UPDATE person_session SET ended_at = now()"
                " WHERE person_id = %s AND ended_at IS NULL",
                row,
            )

    def all(self) -> list[dict[str, Any]]:
        """Everybody, by name."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT p.name, p.role, coalesce(i.issuer, 'password') AS signs_in_with,"
                " p.created_at, p.disabled_at, max(s.seen_at) AS last_seen_at"
                " FROM person p LEFT JOIN person_session s ON s.person_id = p.id"
                " LEFT JOIN person_identity i ON i.person_id = p.id"
                " GROUP BY p.id, i.issuer ORDER BY p.name"
            )
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def account(self, name: str) -> Account | None:
        """Who signs in under that name; None for nobody, and for who was disabled."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT id, name, role, password, coalesce(locked_until > now(), false)"
                " FROM person WHERE name = %s AND disabled_at IS NULL",
                (name,),
            )
            row = cursor.fetchone()
        return Account(_person(*row[:3]), row[3], row[4]) if row else None

    def note_failure(self, person: Person) -> None:
        """Count a wrong password; too many in a row lock the account for a while."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE person SET failures = (failures + 1) %% %(most)s,"
                " locked_until = CASE WHEN failures + 1 = %(most)s THEN now() + %(locked)s"
                " ELSE locked_until END WHERE id = %(id)s",
                {"most": MOST_FAILURES, "locked": LOCKED, "id": person.id},
            )

    def begin_session(self, person: Person) -> str:
        """Begin a session; what proves it genuine, which is kept nowhere here."""
        token = secrets.token_urlsafe(32)
        with self._database.transaction() as cursor:
            cursor.execute("UPDATE person SET failures = 0 WHERE id = %s", (person.id,))
            cursor.execute(
                "INSERT INTO person_session (sha256, person_id) VALUES (%s, %s)",
                (_sha256(token), person.id),
            )
        return token

    def in_session(self, token: str) -> Person | None:
        """Whose session it is, while it lasts."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT p.id, p.name, p.role, s.seen_at < now() - %(seen_every)s"
                " FROM person_session s JOIN person p ON p.id = s.person_id"
                " WHERE s.sha256 = %(sha256)s AND s.ended_at IS NULL AND p.disabled_at IS NULL"
                " AND s.seen_at > now() - %(idle)s AND s.began_at > now() - %(longest)s",
                {
                    "sha256": _sha256(token),
                    "seen_every": _SEEN_EVERY,
                    "idle": IDLE,
                    "longest": LONGEST,
                },
            )
            row = cursor.fetchone()
            if row and row[3]:
                cursor.execute(
                    "UPDATE person_session SET seen_at = now() WHERE sha256 = %s", (_sha256(token),)
                )
        return _person(*row[:3]) if row else None

    def end_session(self, token: str) -> None:
        """End a session for good."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE person_session SET ended_at = now() WHERE sha256 = %s AND ended_at IS NULL",
                (_sha256(token),),
            )

    def add_token(self, name: str, label: str) -> tuple[str, datetime]:
        """A new token for the API, and when it ends; shown here and never again."""
        token = f"mlc_{secrets.token_urlsafe(32)}"
        with self._database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO person_token (sha256, person_id, label, expires_at)"
                " SELECT %s, id, %s, now() + make_interval(days => %s) FROM person WHERE name = %s"
                " RETURNING expires_at",
                (_sha256(token), label, _TOKEN_DAYS, name),
            )
            row = cursor.fetchone()
        if row is None:
            raise _nobody(name)
        return token, row[0]

    def revoke_tokens(self, name: str) -> int:
        """End all tokens of a person; how many there were."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE person_token t SET revoked_at = now() FROM person p"
                " WHERE p.id = t.person_id AND p.name = %s AND t.revoked_at IS NULL",
                (name,),
            )
            return cursor.rowcount

    def with_token(self, token: str) -> Person | None:
        """Whose token it is, while it is in force."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT p.id, p.name, p.role"
                " FROM person_token t JOIN person p ON p.id = t.person_id"
                " WHERE t.sha256 = %s AND t.revoked_at IS NULL AND t.expires_at > now()"
                " AND p.disabled_at IS NULL",
                (_sha256(token),),
            )
            row = cursor.fetchone()
        return _person(*row) if row else None


def _person(number: int, name: str, role: str) -> Person:
    return Person(number, name, PersonRole(role))


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _nobody(name: str) -> RefusedError:
    return RefusedError(f"there is no user {name}: see ml-connector user list", code="no_such_user")
