"""What each process may do in the database: the whole list, and what was not meant to be on it."""

from contextlib import closing
from functools import partial

import psycopg2
import pytest
from psycopg2 import errors

from connector.domain.records import Status
from connector.secret import Secret
from connector.store.connections import Connections
from connector.store.intake import PostgresIntake
from connector.store.roles import Role

G, W, C, A = Role.GATEWAY, Role.WORKER, Role.CONSOLE, Role.AUDIT
READ = {"SELECT": "*"}
TOKEN_STATE = {
    "SELECT": "connection_id peer generation expires_at refreshed_at refreshing_until failure"
    " refused_until"
}
MOVE = {"INSERT": "record event from_status to_status attempt detail"}

MERCHANT = {
    "SELECT": "*",
    "INSERT": "connection_id merchant_id name supplier found score candidates register_at thresholds",
    "UPDATE": "name supplier found score candidates register_at thresholds",
}
MATCHED = {"INSERT": "connection_id merchant_id name supplier found score"}

#: Who may do what with which columns (`*`: all of them). What does not stand here is refused. A new
#: table, view or column makes the test fail until its migration grants, and this says, who may.
RIGHTS: dict[str, dict[Role, dict[str, str]]] = {
    "alembic_version": {C: READ, A: READ},
    "connection": {
        G: {"SELECT": "id name erp config paused_at removed_at"},
        W: {"SELECT": "*", "UPDATE": "config updated_at"},
        C: {"SELECT": "*", "UPDATE": "paused_at updated_at"},
        A: READ,
    },
    "connection_secret": {
        W: READ,
        C: {"SELECT": "connection_id name"},
        A: {"SELECT": "connection_id name"},
    },
    "webhook_secret": {G: READ},
    "fetched_webhook_secrets": {
        G: READ,
        W: {
            "SELECT": "*",
            "INSERT": "connection_id ciphertext",
            "UPDATE": "ciphertext fetched_at",
        },
        C: {"SELECT": "connection_id fetched_at"},
        A: {"SELECT": "connection_id fetched_at"},
    },
    "oauth_token": {
        W: {
            "SELECT": "*",
            "INSERT": "connection_id peer",
            "UPDATE": "generation access refresh expires_at refreshed_at refreshing_until failure"
            " refused_until",
        },
        C: TOKEN_STATE,
        A: TOKEN_STATE,
    },
    "connection_history": {
        C: {"SELECT": "*", "INSERT": "connection_id event"},
        A: READ,
    },
    "reconciliation": {
        W: {
            "SELECT": "*",
            "INSERT": "connection_id since until started_at proved faults endings unlisted",
        },
        C: READ,
        A: READ,
    },
    "reconciliation_line": {W: {"SELECT": "*", "INSERT": "*"}, C: READ, A: READ},
    "reconciliation_item": {W: {"SELECT": "*", "INSERT": "*"}, C: READ, A: READ},
    "mapping_version": {W: {"INSERT": "connection_id version mapping"}, C: READ, A: READ},
    "erp_reading": {
        W: {"SELECT": "*", "INSERT": "*", "UPDATE": "read_at changed_at"},
        C: READ,
        A: READ,
    },
    "erp_entry": {
        W: {
            "SELECT": "*",
            "INSERT": "*",
            "UPDATE": "name blocked valid_from valid_to extras last_seen",
        },
        C: READ,
        A: READ,
    },
    "sync_run": {
        W: {
            "SELECT": "*",
            "INSERT": "connection_id target dry_run lease_until",
            "UPDATE": "lease_until finished_at outcome detail entries created renamed disabled"
            " enabled",
        },
        C: {"SELECT": "*", "UPDATE": "confirmed_at confirmed_by"},
        A: READ,
    },
    "sync_change": {W: {"SELECT": "*", "INSERT": "*"}, C: READ, A: READ},
    "brex_field": {
        W: {"SELECT": "*", "INSERT": "*", "UPDATE": "field_id known lost"},
        C: READ,
        A: READ,
    },
    "brex_value": {
        W: {"SELECT": "*", "INSERT": "*", "UPDATE": "value_id value disabled vanished"},
        C: READ,
        A: READ,
    },
    "merchant": {W: MERCHANT, C: MERCHANT, A: READ},
    "merchant_history": {W: READ | MATCHED, C: READ | MATCHED, A: READ},
    "billing_entity": {
        W: {
            "SELECT": "*",
            "INSERT": "connection_id expense_id ids",
            "UPDATE": "ids asked_at",
        },
        C: READ,
        A: READ,
    },
    "brex_pull": {
        W: {
            "SELECT": "*",
            "INSERT": "connection_id kind part since until lease_until",
            "UPDATE": "cursor attempt lease_until finished_at pages rows new changed gone error",
        },
        C: READ,
        A: READ,
    },
    "brex_account": {
        W: {
            "SELECT": "*",
            "INSERT": "*",
            "UPDATE": "name status balance currency seen_in gone_at",
        },
        C: READ,
        A: READ,
    },
    "brex_transaction": {
        W: {
            "SELECT": "*",
            "INSERT": "connection_id transaction_id kind account_id type amount currency posted_on"
            " initiated_on description merchant card_id expense_id seen_in",
            "UPDATE": "account_id type amount currency posted_on initiated_on description merchant"
            " card_id expense_id seen_in gone_at",
        },
        C: READ,
        A: READ,
    },
    "brex_transaction_change": {
        W: {
            "SELECT": "*",
            "INSERT": "connection_id transaction_id pull amount currency posted_on",
        },
        C: READ,
        A: READ,
    },
    "brex_statement": {
        W: {
            "SELECT": "*",
            "INSERT": "*",
            "UPDATE": "since until start_balance end_balance currency seen_in",
        },
        C: READ,
        A: READ,
    },
    "brex_record": {
        W: {
            "SELECT": "*",
            "INSERT": "*",
            "UPDATE": "source_id type source_type review_status amount currency erp_posting_date"
            " posted_at updated_at vendor version seen_in",
        },
        C: READ,
        A: READ,
    },
    "brex_expense": {
        W: {
            "SELECT": "*",
            "INSERT": "*",
            "UPDATE": "status payment_status merchant amount currency original_amount"
            " original_currency entity seen_in",
        },
        C: READ,
        A: READ,
    },
    "refused_day": {
        W: {
            "SELECT": "*",
            "INSERT": "company connection_id day",
            "UPDATE": "refused_at",
        },
        C: READ,
        A: READ,
    },
    "schedule": {
        G: {"SELECT": "connection_id due_at job"},
        W: {"SELECT": "*", "UPDATE": "due_at started_at finished_at outcome watermark claimed_at"},
        C: {"SELECT": "*", "UPDATE": "due_at"},
        A: READ,
    },
    "outage": {
        W: {
            "SELECT": "*",
            "INSERT": "connection_id peer of_writes why wait_s probe_at",
            "UPDATE": "of_writes reads_too why began_at ended_at wait_s probe_at",
        },
        C: READ,
        A: READ,
    },
    "suspended_work": {G: READ, W: READ, C: READ, A: READ},
    "halted_work": {W: READ, C: READ, A: READ},
    "alarm": {
        G: {"SELECT": "severity resolved_at"},
        W: {
            "SELECT": "*",
            "INSERT": "connection_id kind key severity what mend",
            "UPDATE": "severity what mend last_seen_at resolved_at raised_in resolved_in",
        },
        C: READ,
        A: READ,
    },
    "alarm_message": {W: {"SELECT": "*", "INSERT": "message_id content"}, C: READ, A: READ},
    "alarm_delivery": {
        W: {
            "SELECT": "*",
            "INSERT": "message way",
            "UPDATE": "due_at attempt why delivered_at failed_at",
        },
        C: READ,
        A: READ,
    },
    "alarm_round": {W: {"SELECT": "*", "UPDATE": "due_at told_on"}, C: READ, A: READ},
    "webhook_delivery": {
        G: {
            "SELECT": "*",
            "INSERT": "connection_id webhook_id event_type body_sha256 record_ids disposition"
            " signed_at",
            "UPDATE": "deliveries",
        },
        W: {"SELECT": "connection_id received_at"},
        C: READ,
        A: READ,
    },
    "record": {
        G: {
            "SELECT": "id connection_id record_id status attempt lease_until reason decided held_from",
            "INSERT": "connection_id record_id priority",
            "UPDATE": "status attempt due_at lease_until claims reason detail note announced_again",
        },
        W: {
            "SELECT": "*",
            "INSERT": "connection_id record_id priority",
            "UPDATE": "status attempt lease_until due_at claims failures reason detail"
            " announced_again note version decided exported_at mapping_version seen_version"
            " brex_trace_id",
        },
        C: {
            "SELECT": "*",
            "UPDATE": "status attempt due_at lease_until claims failures note reason detail"
            " announced_again moves_day",
        },
        A: READ,
    },
    "record_payload": {
        W: {"SELECT": "*", "INSERT": "record payload", "UPDATE": "payload"},
        C: READ,
        A: READ,
    },
    "erp_content": {
        W: {"SELECT": "*", "INSERT": "record fingerprint content"},
        C: READ,
        A: READ,
    },
    "erp_document": {
        W: {
            "SELECT": "*",
            "INSERT": "record document kind number fingerprint erp_company",
            "UPDATE": "kind fingerprint erp_company mapped_at withdrawn erp_reference decided_at"
            " voucher posted_at counted_on counted_amount counted_in",
        },
        C: READ,
        A: READ,
    },
    "record_history": {
        G: {"SELECT": "record id hash"} | MOVE,
        W: READ | MOVE,
        C: READ | MOVE,
        A: READ,
    },
    "receipt": {
        W: {
            "SELECT": "*",
            "INSERT": "connection_id record receipt_id file",
            "UPDATE": "state attempt due_at claims failures reason note sha256 size content_type"
            " settled_at",
        },
        C: {
            "SELECT": "*",
            "UPDATE": "state attempt due_at claims failures reason note settled_at",
        },
        A: READ,
    },
    "receipt_content": {
        W: {"SELECT": "sha256", "INSERT": "sha256 content"},
        C: READ,
        A: READ,
    },
    "erp_draft": {
        W: {
            "SELECT": "*",
            "INSERT": "record draft document marker fingerprint erp_company",
            "UPDATE": "state erp_reference why tidy_at tidy_tries validated_at",
        },
        C: {"SELECT": "*", "UPDATE": "state why"},
        A: READ,
    },
    "erp_write": {
        W: {
            "SELECT": "*",
            "INSERT": "record draft step line attempt deadline settles_at",
            "UPDATE": "attempt sent_at deadline settles_at outcome looks result code message",
        },
        C: READ,
        A: READ,
    },
    "held_record": {
        G: {"SELECT": "record", "UPDATE": "is_held"},
        W: {
            "SELECT": "*",
            "INSERT": "record connection_id record_id is_held reason field value held_at merchant"
            " booked_on amount currency",
            "UPDATE": "is_held reason field value held_at merchant booked_on amount currency"
            " asked_by asked_at",
        },
        C: {"SELECT": "*", "UPDATE": "is_held asked_by asked_at"},
        A: READ,
    },
    "errand": {
        W: {"SELECT": "*", "UPDATE": "due_at done_at outcome lease_until"},
        C: {"SELECT": "*", "INSERT": "connection_id kind record because what"},
        A: READ,
    },
    "person": {
        C: {"SELECT": "*", "INSERT": "name role", "UPDATE": "failures locked_until role"},
        A: {"SELECT": "id name role created_at disabled_at failures locked_until"},
    },
    "person_identity": {
        C: {"SELECT": "*", "INSERT": "issuer subject person_id"},
        A: READ,
    },
    "person_session": {
        C: {"SELECT": "*", "INSERT": "sha256 person_id", "UPDATE": "seen_at ended_at"},
        A: {"SELECT": "person_id began_at seen_at ended_at"},
    },
    "person_token": {
        C: READ,
        A: {"SELECT": "person_id label created_at expires_at revoked_at"},
    },
}
BY_COLUMN = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
BY_TABLE = ("DELETE", "TRUNCATE", "TRIGGER")
TABLES = [
    name for name in RIGHTS if name not in {"webhook_secret", "suspended_work", "halted_work"}
]
SECRETS = {
    "brex.token": Secret("bxt_CANARY"),
    "brex.webhook_secrets.0": Secret("whsec_known"),
    "infor.ionapi": Secret("sask_CANARY"),
}


@pytest.fixture
def as_role(migrated_database_url):
    """`as_role(role, statement)`: the rows, with the rights of that role alone."""

    def run(role, statement, *parameters):
        with closing(
            psycopg2.connect(migrated_database_url.reveal(), options=f"-c role={role}")
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall() if cursor.description else []

    return run


# -- the matrix ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(sql, role):
    columns = sql(
        "SELECT c.oid, c.relname, a.attname FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    )
    assert {table for _, table, _ in columns} == set(RIGHTS)
    names = {(table, column) for _, table, column in columns}
    wanted, given = set(), set()
    for table, by_role in RIGHTS.items():
        for verb, text in by_role.get(role, {}).items():
            some = [c for t, c in names if t == table] if text == "*" else text.split()
            assert {(table, column) for column in some} <= names
            wanted |= {(table, column, verb) for column in some}
    for oid, table, column in columns:
        for verb in BY_COLUMN:
            if sql("SELECT has_column_privilege(%s, %s::oid, %s, %s)", role, oid, column, verb)[0][
                0
            ]:
                given.add((table, column, verb))
        for verb in BY_TABLE:
            if sql("SELECT has_table_privilege(%s, %s::oid, %s)", role, oid, verb)[0][0]:
                given.add((table, "*", verb))
    assert given == wanted


@pytest.mark.parametrize("role", Role)
def test_a_role_is_no_login_and_has_no_other_power(sql, role):
    assert sql(
        "SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
        " FROM pg_roles WHERE rolname = %s",
        role,
    ) == [(False,) * 6]
    assert sql("SELECT roleid FROM pg_auth_members WHERE member = %s::regrole", role) == []
    assert sql("SELECT has_schema_privilege(%s, current_schema(), 'CREATE')", role) == [(False,)]
    assert sql("SELECT has_database_privilege(%s, current_database(), 'CREATE')", role) == [
        (False,)
    ]
    sequences = (
        "SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = current_schema()"
    )
    for (sequence,) in sql(sequences):
        assert sql(
            "SELECT has_sequence_privilege(%s, %s, 'USAGE,SELECT,UPDATE')", role, sequence
        ) == [(False,)]


def test_no_function_lends_its_owners_rights(sql):
    assert (
        sql(
            "SELECT proname FROM pg_proc WHERE prosecdef"
            " AND pronamespace = current_schema()::regnamespace"
        )
        == []
    )


# -- the same, tried -------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", Role)
def test_nobody_deletes_empties_or_alters_anything(as_role, role, table):
    for statement in (
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
        f"ALTER TABLE {table} ADD mine int",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"DROP TABLE {table} CASCADE",
        f"CREATE INDEX ON {table} ((1))",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            as_role(role, statement)


@pytest.mark.parametrize("role", Role)
def test_nobody_makes_tables_functions_roles_or_files(as_role, role):
    for statement in (
        "CREATE TABLE mine ()",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER FUNCTION is_move(text, text) RENAME TO mine",
        "CREATE ROLE mine",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('PG_VERSION')",
        "SET session_replication_role = replica",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            as_role(role, statement)


def test_the_gateway_reads_webhook_secrets_and_no_other(
    connections, database_as, vault, as_role, sql
):
    connection_id = connections.add("acme", "infor-m3", {}, SECRETS)
    gateway = database_as(Role.GATEWAY)
    endpoint = PostgresIntake(gateway, vault).endpoint("acme")
    assert endpoint.secrets == (Secret("whsec_known"),)
    with pytest.raises(errors.InsufficientPrivilege):
        Connections(gateway, vault).secrets(connection_id)
    for table in (
        *("connection_secret", "oauth_token", "record_payload"),
        *("erp_content", "erp_document", "erp_draft", "erp_write"),
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            as_role(Role.GATEWAY, f"SELECT 1 FROM {table}")
    # of the history it reads the seals, which its own entries follow, and nothing that was sealed
    assert as_role(Role.GATEWAY, "SELECT record, id, hash FROM record_history") == []
    for column in ("at", "actor", "event", "from_status", "to_status", "attempt", "detail"):
        with pytest.raises(errors.InsufficientPrivilege):
            as_role(Role.GATEWAY, f"SELECT {column} FROM record_history")


def test_the_view_of_webhook_secrets_shows_no_other_to_a_function_in_the_query(
    connections, as_role, migrated_database_url, sql
):
    connections.add("acme", "infor-m3", {}, SECRETS)
    with closing(
        psycopg2.connect(migrated_database_url.reveal(), options=f"-c role={Role.GATEWAY}")
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "CREATE FUNCTION pg_temp.peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS"
            " $$ BEGIN RAISE NOTICE 'seen %', $1; RETURN true; END $$"
        )
        cursor.execute("SELECT name FROM webhook_secret WHERE pg_temp.peek(name)")
        assert cursor.fetchall() == [("brex.webhook_secrets.0",)]
        assert len(connection.notices) == 1


@pytest.mark.parametrize("role", [Role.CONSOLE, Role.AUDIT])
def test_people_and_auditors_see_which_secrets_there_are_and_none_of_them(
    connections, as_role, role
):
    connections.add("acme", "infor-m3", {}, SECRETS)
    assert {name for (name,) in as_role(role, "SELECT name FROM connection_secret")} == set(SECRETS)
    for column, table in (
        ("ciphertext", "connection_secret"),
        ("ciphertext", "webhook_secret"),
        ("ciphertext", "fetched_webhook_secrets"),
        ("access", "oauth_token"),
        ("refresh", "oauth_token"),
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            as_role(role, f"SELECT {column} FROM {table}")


@pytest.mark.parametrize("role", [Role.GATEWAY, Role.WORKER, Role.CONSOLE])
def test_nobody_signs_the_history_as_another_or_at_another_time(as_role, role, bring):
    row = bring(Status.RECEIVED).id
    for column, value in (("actor", "cli:auditor"), ("at", "2020-01-01")):
        with pytest.raises(errors.InsufficientPrivilege):
            as_role(
                role,
                f"INSERT INTO record_history (record, event, attempt, {column})"
                " VALUES (%s, 'moved', 1, %s)",
                row,
                value,
            )


def test_the_console_gives_no_role_to_whoever_has_a_password_and_no_identity(as_role, sql):
    sql("INSERT INTO person (name, role, password) VALUES ('anna', 'viewer', 'a hash')")
    as_role(Role.CONSOLE, "INSERT INTO person (name, role) VALUES ('ben', 'viewer')")
    identity = "INSERT INTO person_identity (issuer, subject, person_id) VALUES ('i', %s, %s)"
    as_role(Role.CONSOLE, identity, "ben", 2)
    as_role(Role.CONSOLE, "UPDATE person SET role = 'operator' WHERE name = 'ben'")
    for statement, *values in (
        ("UPDATE person SET role = 'admin' WHERE name = 'anna'",),
        (identity, "anna", 1),
    ):
        with pytest.raises(psycopg2.Error) as caught:
            as_role(Role.CONSOLE, statement, *values)
        assert caught.value.pgcode == "ML014"
    assert sql("SELECT name, role FROM person ORDER BY id") == [
        ("anna", "viewer"),
        ("ben", "operator"),
    ]


def test_the_history_of_connections_is_written_by_their_table_alone_and_never_changed(
    connections, as_role, sql
):
    number = connections.add("acme", "infor-m3", {}, SECRETS)
    console = partial(as_role, Role.CONSOLE)
    entry = f"INSERT INTO connection_history (connection_id, event) VALUES ({number}, 'paused')"
    for do, statement in (
        (console, entry),
        (sql, entry),
        (sql, "UPDATE connection_history SET actor = 'somebody'"),
        (sql, "DELETE FROM connection_history"),
        (sql, "TRUNCATE connection_history"),
    ):
        with pytest.raises(psycopg2.Error) as caught:
            do(statement)
        assert caught.value.pgcode == "ML001"
    console("UPDATE connection SET paused_at = now()")
    assert sql("SELECT event FROM connection_history ORDER BY id") == [("added",), ("paused",)]
