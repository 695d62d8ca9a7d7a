"""A database with one connection, and records at any status in it."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from cryptography.fernet import Fernet

from connector.domain.documents import DocumentLine, SupplierInvoice
from connector.domain.numbers import document_number
from connector.domain.records import Leased, Status, Step
from connector.ports import Fetched
from connector.secret import Secret
from connector.store.connections import Connections
from connector.store.database import Database
from connector.store.intake import PostgresIntake
from connector.store.journal import PostgresJournal
from connector.store.records import PostgresRecords
from connector.store.roles import Role
from connector.store.vault import Vault

LEASE_S = 60.0


def invoice(record_id: str, lines: int = 2, nth: int = 1) -> SupplierInvoice:
    amounts = [Decimal("10.00") * (n + 1) for n in range(lines)]
    return SupplierInvoice(
        number=document_number(record_id, nth),
        record_id=record_id,
        company=(("cono", "100"), ("divi", "AAA")),
        supplier="BREX",
        currency="SEK",
        total=sum(amounts, Decimal(0)),
        invoice_date=date(2026, 10, 31),
        accounting_date=date(2026, 10, 31),
        text="Taxi",
        lines=tuple(
            DocumentLine(n + 1, amount, (("AIT1", "7500"),), "Taxi")
            for n, amount in enumerate(amounts)
        ),
    )


@pytest.fixture
def database(migrated_database_url: Secret) -> Iterator[Database]:
    database = Database(migrated_database_url, actor="test")
    yield database
    database.close()


@pytest.fixture
def sql(migrated_database_url: Secret) -> Iterator[Callable[..., list[tuple]]]:
    """Run a statement as anybody could who reaches the database."""
    connection = psycopg2.connect(migrated_database_url.reveal())
    connection.autocommit = True

    def run(statement: str, *parameters: object) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    yield run
    connection.close()


@pytest.fixture
def vault() -> Vault:
    return Vault([Secret(Fernet.generate_key().decode())])


@pytest.fixture
def connections(database: Database, vault: Vault) -> Connections:
    return Connections(database, vault)


@pytest.fixture
def connection_id(connections: Connections) -> int:
    return connections.add("acme", "infor-m3", {"brex": {}}, {})


@pytest.fixture
def database_as(migrated_database_url: Secret) -> Iterator[Callable[[Role], Database]]:
    """The same database with the rights of a process."""
    opened: list[Database] = []

    def as_role(role: Role) -> Database:
        opened.append(Database(migrated_database_url, actor="test", role=role))
        return opened[-1]

    yield as_role
    for database in opened:
        database.close()


@pytest.fixture
def login_user(migrated_database_url: Secret, sql) -> Iterator[Callable[..., Secret]]:
    """`login_user(role)`: the URL of a login user that is a member of that role alone."""
    made: list[str] = []

    def make(role: Role | None = None) -> Secret:
        name, password = f"test_{token_hex(6)}", token_hex(12)
        sql(
            f"CREATE ROLE {name} LOGIN PASSWORD '{password}'" + (f" IN ROLE {role}" if role else "")
        )
        made.append(name)
        parts = urlsplit(migrated_database_url.reveal())
        host = parts.netloc.rpartition("@")[2]
        return Secret(urlunsplit(parts._replace(netloc=f"{name}:{password}@{host}")))

    yield make
    for name in made:
        sql(f"DROP OWNED BY {name}")
        sql(f"DROP ROLE {name}")


@pytest.fixture
def records(database_as: Callable[[Role], Database]) -> PostgresRecords:
    return PostgresRecords(database_as(Role.WORKER))


@pytest.fixture
def journal(database_as: Callable[[Role], Database]) -> PostgresJournal:
    return PostgresJournal(database_as(Role.WORKER))


@pytest.fixture
def intake(database_as: Callable[[Role], Database], vault: Vault) -> PostgresIntake:
    """What the gateway does with its rights, and the poll with a worker's."""
    intake = PostgresIntake(database_as(Role.GATEWAY), vault)
    intake.receive = PostgresIntake(database_as(Role.WORKER), vault).receive
    return intake


@pytest.fixture
def lease(records: PostgresRecords, connection_id: int) -> Callable[..., list[Leased]]:
    def take(step: Step, *ids: str, batch: int = 10, lease_s: float = LEASE_S) -> list[Leased]:
        return records.lease(connection_id, step, ids, batch, lease_s)

    return take


@pytest.fixture
def bring(intake, records, lease, connection_id) -> Callable[..., Leased]:
    """Bring a new record to a status, leased for the step that takes it up there."""

    def to(status: Status, record_id: str = "accr_1", documents: int = 1) -> Leased:
        intake.receive(connection_id, [record_id])
        (row,) = lease(Step.FETCH, record_id, batch=1)
        if status is Status.RECEIVED:
            return row
        records.fetched([Fetched(row, {"id": record_id}, 1)])
        (row,) = lease(Step.MAP, record_id, batch=1)
        if status is Status.FETCHED:
            return row
        records.mapped([(row, [invoice(record_id, nth=n) for n in range(1, documents + 1)])], 1)
        (row,) = lease(Step.POST, record_id, batch=1)
        return row

    return to


@pytest.fixture
def decide(sql) -> Callable[..., None]:
    """Have the first document of a record decided on, as nobody asks the ERP."""

    def as_written(row: Leased, reference: str = "1") -> None:
        sql("UPDATE record SET status = 'posting' WHERE id = %s", row.id)
        sql(
            "UPDATE erp_document SET erp_reference = %s, decided_at = now()"
            " WHERE record = %s AND document = 1",
            *(reference, row.id),
        )

    return as_written
