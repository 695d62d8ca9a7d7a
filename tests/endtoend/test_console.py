"""A mend in the console, done by the workers of a whole installation."""

from contextlib import closing

from connector.budgets import budget_redis
from connector.domain.people import PersonRole
from connector.store.database import Database
from connector.store.listing import Listing
from connector.store.people import People
from connector.store.roles import Role
from console.app import create_app
from console.desk import Desk
from tests.endtoend.installation import NAME
from workers.nudges import CeleryNudger

TYPE = "CARD_EXPENSE_POST"


def test_one_mend_lets_all_records_go_on_and_each_is_posted_once(installation):
    installation.everything(mapping=f'[mapping.types]\n{TYPE} = "hold"\n')
    ids = installation.spend(12, refunds=0.0)
    installation.release()
    installation.wait_for("held", 12)
    settings = installation.settings
    people = People(installation.application.database)
    people.add("anna", PersonRole.OPERATOR, None)
    token, _ = people.add_token("anna", "test")
    with closing(Database(settings.database_url, actor="console", role=Role.CONSOLE)) as database:
        desk = create_app(
            Desk(
                settings,
                database,
                CeleryNudger(settings.redis_url),
                budget_redis(settings.redis_url),
            )
        )
        wish = {"connection": NAME, "reason": "type_on_hold", "field": "type", "value": TYPE}
        answer = desk.test_client().post(
            "/api/v1/mends",
            json=wish | {"put": "invoice"},
            headers={"Authorization": f"Bearer {token}"},
        )
    told = [one["text"] for one in answer.json["told"]]
    assert told[:2] == [
        f"mapping.types.{TYPE} is invoice from version 2 on.",
        "12 records released: they go on.",
    ]
    installation.wait_for("exported", 12)
    installation.assert_posted_once(ids)
    shown = Listing(installation.application.database).show(ids[0])
    assert len(shown["history"][-1]["detail"]["trace_id"]) == 32
