"""What PostgreSQL cannot hold or count is said no to, and is no error of the console's."""

import pytest

from connector.domain.people import PersonRole
from console import mends

HUGE = "9" * 30


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/held?connection=%00", 400),
        ("/held?after=abc~1", 200),
        ("/held?order=largest&after=NaN~1", 200),
        (f"/held?order=smallest&after=1~{HUGE}", 200),
        (f"/records/{HUGE}", 404),
        (f"/records/{HUGE}/evidence.json", 404),
        ("/suppliers/acme/%00", 400),
        ("/suppliers?after=%00", 400),
    ],
)
def test_an_odd_address_is_no_error_of_the_console(at_desk, hold, address, status):
    hold(1)
    assert at_desk("viewer").get(address).status_code == status


def test_an_odd_form_changes_nothing_and_is_no_error_of_the_console(
    at_desk, hold, sql, monkeypatch
):
    hold(1)
    one = at_desk("operator")
    assert one.post("/held", record=f"{HUGE}.0", action="retry").status_code == 302
    assert one.post("/held", record="1.0", action="skip", because="a\0b").status_code == 400
    mend = {"connection": "acme", "reason": "supplier_unknown", "field": "vendor", "put": "1"}
    sql("""UPDATE connection SET config = config || '{"mapping": {"gl_account": "GL"}}'""")
    monkeypatch.setattr(mends, "_PATIENCE_S", 0.0)
    for odd in ({"value": " Taxi"}, {"value": "pmch_1", "put": "9" * 999, "record": HUGE}):
        assert one.post("/mends", page="/held", **mend | odd).status_code == 302
    wish = {"connection": "acme", "target": "accounts", "run": HUGE}
    assert one.post("/master-data", page="/held", **wish).status_code == 400
    assert sql("SELECT status FROM record") == [("held",)]


@pytest.mark.parametrize("odd", ["\0", "\ud800"])
def test_odd_text_in_json_is_named(app, people, odd):
    people.add("anna", PersonRole.OPERATOR, None)
    token, _ = people.add_token("anna", "test")
    wish = {"connection": odd, "reason": "", "field": "", "value": "", "put": "1"}
    headers = {"Authorization": f"Bearer {token}"}
    answer = app.test_client().post("/api/v1/mends", json=wish, headers=headers)
    assert (answer.status_code, list(answer.json["errors"]["json"])) == (422, ["connection"])
