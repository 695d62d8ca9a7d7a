"""A console on a database of the test's own, and people in it."""

import re
from collections.abc import Callable
from contextlib import closing

import pytest
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash

from connector.budgets import budget_redis
from connector.domain.people import PersonRole
from connector.domain.reasons import Reason
from connector.secret import Secret
from connector.settings import Settings
from connector.store.database import Database
from connector.store.people import People
from connector.store.roles import Role
from console.app import create_app
from console.desk import Desk

V1 = "/api/v1"
PASSWORD = "correct horse battery"
#: Cheap, for tests; `user add` makes dear ones.
HASH = generate_password_hash(PASSWORD, "scrypt:1024:8:1")

HOLD = """
WITH made AS (
    INSERT INTO record (connection_id, record_id, version)
    SELECT %(connection)s, %(prefix)s || n, 1 FROM generate_series(1, %(count)s) AS n RETURNING id
), said AS (
    INSERT INTO record_payload (record, payload)
    SELECT id, jsonb_build_object(
        'vendor', jsonb_build_object('id', %(merchant_id)s, 'name', %(merchant)s),
        'erp_posting_date', '2026-11-20T10:00:00Z', 'source_id', 'exp_' || id,
        'amount', jsonb_build_object('amount', %(amount)s, 'currency', 'SEK')) FROM made
)
SELECT array_agg(id) FROM made
"""


class Hints:
    """Takes note of the hints that would go to workers."""

    def __init__(self) -> None:
        self.sent: list[tuple] = []

    def nudge(self, step, connection, erp, record_ids=()) -> None:
        self.sent.append((step.value, connection, erp, list(record_ids)))


class Browser:
    """Somebody at the console, by HTTPS, who follows no scripts."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **named):
        return self.client.get(path, base_url="https://desk.test", **named)

    def post(self, path: str, page: str | None = None, **form):
        """Send a form of the page (by default of the same address), with its token."""
        form["csrf_token"] = self.token(page or path)
        return self.client.post(
            path, data=form, base_url="https://desk.test", headers={"Referer": "https://desk.test/"}
        )

    def token(self, page: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        return found[1] if found else ""

    def sign_in(self, name: str, password: str = PASSWORD):
        return self.post("/sign-in", name=name, password=password)


@pytest.fixture
def hints() -> Hints:
    return Hints()


@pytest.fixture
def connection_id(connections) -> int:
    config = {
        "brex": {"base_url": "https://brex.test", "requests_per_minute": 1000},
        "erp": {"requests_per_minute": 600},
    }
    return connections.add("acme", "infor-m3", config, {"brex.token": Secret("bxt_hidden")})


@pytest.fixture
def redis(empty_redis_url):
    with closing(budget_redis(empty_redis_url)) as client:
        yield client


@pytest.fixture
def desk(settings: Settings, database_as, hints, redis) -> Desk:
    return Desk(settings, database_as(Role.CONSOLE), hints, redis)


@pytest.fixture
def people(database: Database) -> People:
    """As the command line works with them."""
    return People(database)


@pytest.fixture
def app(desk: Desk):
    return create_app(desk)


@pytest.fixture
def browser(app) -> Callable[[], Browser]:
    """`browser()`: a browser of its own."""
    return lambda: Browser(app.test_client())


@pytest.fixture
def at_desk(browser, people) -> Callable[..., Browser]:
    """`at_desk(role)`: a browser of somebody of that role who has signed in."""

    def open_one(role: PersonRole | str = PersonRole.OPERATOR, name: str | None = None) -> Browser:
        name = name or f"{role}-one"
        people.add(name, PersonRole(role), HASH)
        one = browser()
        assert one.sign_in(name).status_code == 302
        return one

    return open_one


@pytest.fixture
def hold(database, connection_id):
    """Has records held as workers would, quickly; gives their numbers."""

    def held(
        count=1,
        reason=Reason.SUPPLIER_UNKNOWN,
        field="vendor",
        value="pmch_1 Taxi",
        prefix="accr_",
        merchant="Taxi",
        merchant_id="pmch_1",
        amount=100.0,
    ):
        values = {
            "connection": connection_id,
            "prefix": prefix,
            "count": count,
            "merchant": merchant,
            "merchant_id": merchant_id,
            "amount": amount,
        }
        with database.transaction() as cursor:
            cursor.execute(HOLD, values)
            (numbers,) = cursor.fetchone()
            cursor.execute(
                "UPDATE record SET status = 'held', reason = %s, due_at = NULL, detail ="
                " jsonb_build_object('message', 'it waits', 'field', %s::text, 'value', %s::text)"
                " WHERE id = ANY(%s)",
                (reason.value, field, value, numbers),
            )
        return sorted(numbers)

    return held


@pytest.fixture
def register(sql, connection_id):
    """The ERP's suppliers and accounts, as a worker has read them."""
    sql(
        "INSERT INTO erp_reading (connection_id, kind, read_at, changed_at) VALUES"
        " (%s, 'supplier', now(), now()), (%s, 'gl_account', now(), now())",
        *(connection_id, connection_id),
    )
    sql(
        "INSERT INTO erp_entry (connection_id, kind, code, name, blocked, extras, first_seen)"
        " SELECT %s, kind, code, name, blocked, '{}', now() FROM (VALUES"
        " ('supplier', '732000', 'Taxi Stockholm AB', false),"
        " ('supplier', '732001', 'Taxi Kurir', true), ('gl_account', '7500', 'Travel', false)"
        ") AS given (kind, code, name, blocked)",
        connection_id,
    )


@pytest.fixture
def api(app, people):
    """`api(role)`: calls with a token of somebody of that role."""

    def open_one(role="operator", name="anna"):
        people.add(name, PersonRole(role), HASH)
        token, _ = people.add_token(name, "test")
        client = app.test_client()

        def call(method, path, **named):
            headers = {"Authorization": f"Bearer {token}"}
            return client.open(V1 + path, method=method, headers=headers, **named)

        return call

    return open_one
