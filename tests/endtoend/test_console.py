"""A mend in the console, done by the workers of a whole installation."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from connector.budgets import budget_redis
from connector.domain.people import PersonRole
from connector.store.database import Database
from connector.store.listing import Listing
from connector.store.people import People
from connector.store.roles import Role
from console.app import create_app
from console.desk import Desk
from tests.endtoend.installation import NAME
from tests.endtoend.test_faults import settled
from tests.endtoend.test_journals import connection
from workers.nudges import CeleryNudger

TYPE = "CARD_EXPENSE_POST"
CLOSED = {"infor": {"closed_until": "20260630"}}


@contextmanager
def api_of(installation, name: str) -> Iterator[Callable[[str, Any], list[str]]]:
    """Posts to the console's API as an operator of that name; what the console told of it."""
    settings = installation.settings
    people = People(installation.application.database)
    people.add(name, PersonRole.OPERATOR, None)
    token, _ = people.add_token(name, "test")
    with closing(Database(settings.database_url, actor="console", role=Role.CONSOLE)) as database:
        nudger, redis = CeleryNudger(settings.redis_url), budget_redis(settings.redis_url)
        client = create_app(Desk(settings, database, nudger, redis)).test_client()

        def post(path: str, body: Any) -> list[str]:
            headers = {"Authorization": f"Bearer {token}"}
            answer = client.post(f"/api/v1{path}", json=body, headers=headers)
            return [one["text"] for one in answer.json["told"]]

        yield post


def test_one_mend_lets_all_records_go_on_and_each_is_posted_once(installation):
    installation.everything(mapping=f'[mapping.types]\n{TYPE} = "hold"\n')
    ids = installation.spend(12, refunds=0.0)
    installation.release()
    installation.wait_for("held", 12)
    wish = {"connection": NAME, "reason": "type_on_hold", "field": "type", "value": TYPE}
    with api_of(installation, "anna") as post:
        told = post("/mends", wish | {"put": "invoice"})
    assert told[:2] == [
        f"mapping.types.{TYPE} is invoice from version 2 on.",
        "12 records released: they go on.",
    ]
    installation.wait_for("exported", 12)
    installation.assert_posted_once(ids)
    shown = Listing(installation.application.database).show(ids[0])
    assert len(shown["history"][-1]["detail"]["trace_id"]) == 32


def test_records_of_a_closed_month_that_a_person_lets_go_move_and_a_later_one_is_held(installation):
    installation.everything(**connection())
    installation.sandbox.call("PATCH", "/settings", CLOSED)
    ids = installation.spend(2, month="2026-05")
    installation.release()
    settled(installation, "held", 2)
    ((field, value),) = installation.sql("SELECT DISTINCT field, value FROM held_record")
    wish = {"connection": NAME, "reason": "period_closed", "field": field, "value": value}
    with api_of(installation, "anna") as post:
        told = post("/mends", wish | {"put": "these_alone"})
    assert told == [
        "These records alone go into the next open period; later ones are held.",
        "2 records released: they go on.",
    ]
    settled(installation, "exported", 2)
    installation.assert_exported_once(ids)
    vouchers = installation.sandbox.call("GET", "/infor/journals")["vouchers"]
    lines = [line for voucher in vouchers for line in voucher["lines"]]
    assert {line["ACDT"] for line in lines} == {"20260701"}
    assert all(" 2026-05-" in line["VTXT"] for line in lines)
    said = "SELECT actor FROM record_history WHERE event = 'next_period_allowed'"
    assert installation.sql(said) == [("console:anna",)] * 2
    installation.spend(1, month="2026-05", seed=2, id_prefix="later_")
    installation.release()
    settled(installation, "held", 1)
    assert installation.sql(
        "SELECT c.mapping_version, reason FROM connection c, record r WHERE r.status = 'held'"
    ) == [(1, "period_closed")]
