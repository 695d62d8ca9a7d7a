"""OAuth tokens in PostgreSQL, encrypted; the database's clock decides how long they live."""

from __future__ import annotations

from datetime import datetime

from psycopg2 import extensions

from connector import log
from connector.errors import CredentialsError, RetryLaterError
from connector.ports import Token, TokenGrant
from connector.secret import Secret
from connector.store.database import Database
from connector.store.vault import Vault

LOG = log.logger(__name__)


class PostgresTokens:
    """Implements `connector.ports.TokenStore` for one connection and peer.

    `first_refresh` is the refresh token that the connection was added with, `configured_at` when it
    got the settings that the caller works with. Whoever works with older ones asks for no token: it
    would be one for credentials that are no longer the connection's.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        connection_id: int,
        peer: str,
        *,
        configured_at: datetime,
        first_refresh: Secret | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._connection_id = connection_id
        self._peer = peer
        self._first_refresh = first_refresh
        self._key = {"connection_id": connection_id, "peer": peer}
        self._configured_at = configured_at

    def load(self) -> Token | None:
        """The stored token, whatever its age; None if there is none."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT access, generation, extract(epoch FROM expires_at - clock_timestamp())"
                " FROM oauth_token WHERE connection_id = %(connection_id)s AND peer = %(peer)s"
                " AND access IS NOT NULL",
                self._key,
            )
            row = cursor.fetchone()
        if row is None:
            return None
        return Token(self._open("access", row[0]), row[1], float(row[2]))

    def refresh_token(self) -> Secret | None:
        """The newest refresh token."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT refresh FROM oauth_token"
                " WHERE connection_id = %(connection_id)s AND peer = %(peer)s",
                self._key,
            )
            row = cursor.fetchone()
        return self._open("refresh", row[0]) if row and row[0] else self._first_refresh

    def begin_refresh(self, generation: int, lease_s: float) -> int | None:
        """Under which generation the caller may ask for a new token now, and end its asking."""
        asked = {**self._key, "generation": generation, "lease_s": lease_s}
        with self._database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO oauth_token (connection_id, peer)"
                " VALUES (%(connection_id)s, %(peer)s) ON CONFLICT DO NOTHING",
                self._key,
            )
            self._demand_settings(cursor)
            # a row of a connection that was replaced has a generation, and no token
            cursor.execute(
                "SELECT generation, failure, refused_until > clock_timestamp() FROM oauth_token"
                " WHERE connection_id = %(connection_id)s AND peer = %(peer)s"
                " AND (generation = %(generation)s OR %(generation)s = 0 AND access IS NULL)"
                " FOR UPDATE",
                asked,
            )
            newest, failure, is_refused = cursor.fetchone() or (None, None, False)
            if is_refused:
                raise CredentialsError(failure)
            cursor.execute(
                "UPDATE oauth_token"
                " SET refreshing_until = clock_timestamp() + make_interval(secs => %(lease_s)s)"
                " WHERE connection_id = %(connection_id)s AND peer = %(peer)s"
                " AND generation = %(newest)s"
                " AND (refreshing_until IS NULL OR refreshing_until < clock_timestamp())",
                {**asked, "newest": newest},
            )
            return newest if cursor.rowcount == 1 else None

    def _demand_settings(self, cursor: extensions.cursor) -> None:
        """Go on only with the settings that the connection has now.

        A replacement locks the connection, which the row of a first token refers to: of two that
        come at once, one waits.
        """
        cursor.execute(
            "SELECT FROM connection WHERE id = %s AND configured_at = %s",
            (self._connection_id, self._configured_at),
        )
        if cursor.fetchone() is None:
            raise RetryLaterError(
                "the settings of this connection were changed: they are read anew"
            )

    def finish_refresh(self, generation: int, grant: TokenGrant) -> Token:
        """Store and commit a grant before anyone uses it. The generation grows by one."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE oauth_token SET access = %(access)s,"
                " refresh = coalesce(%(refresh)s, refresh), generation = generation + 1,"
                " expires_at = clock_timestamp() + make_interval(secs => %(expires_in_s)s),"
                " refreshed_at = clock_timestamp(), refreshing_until = NULL, failure = NULL,"
                " refused_until = NULL"
                " WHERE connection_id = %(connection_id)s AND peer = %(peer)s"
                " AND generation = %(generation)s",
                {
                    **self._key,
                    "access": self._seal("access", grant.access),
                    "refresh": self._seal("refresh", grant.refresh) if grant.refresh else None,
                    "expires_in_s": grant.expires_in_s,
                    "generation": generation,
                },
            )
            if cursor.rowcount != 1:
                raise RetryLaterError("another worker has stored a newer token")
        return Token(grant.access, generation + 1, grant.expires_in_s)

    def fail_refresh(self, generation: int, why: str) -> None:
        """Let the next one try."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE oauth_token SET refreshing_until = NULL, failure = %(why)s"
                " WHERE connection_id = %(connection_id)s AND peer = %(peer)s"
                " AND generation = %(generation)s",
                {**self._key, "generation": generation, "why": why[:300]},
            )

    def refuse_refresh(self, generation: int, why: str, *, wait_s: float | None) -> None:
        """Have nobody ask for so long; None: until the connection is given new credentials."""
        if wait_s is None:
            why = f"reauth required: {why}; a person gives a new one: connection add FILE --replace"
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE oauth_token SET refreshing_until = NULL, failure = %(why)s, refused_until ="
                " coalesce(clock_timestamp() + make_interval(secs => %(wait_s)s), 'infinity')"
                " WHERE connection_id = %(connection_id)s AND peer = %(peer)s"
                " AND generation = %(generation)s",
                {**self._key, "generation": generation, "why": why[:300], "wait_s": wait_s},
            )
            is_ours = cursor.rowcount == 1
        if is_ours and wait_s is None:
            LOG.error("reauth_required", **self._key, why=why)

    def _seal(self, column: str, secret: Secret) -> str:
        return self._vault.seal(self._connection_id, f"{self._peer}.{column}", secret)

    def _open(self, column: str, sealed: str) -> Secret:
        return self._vault.open(self._connection_id, f"{self._peer}.{column}", sealed)
