"""The API: tokens, roles, what it does and how it says no, and a fuzzer that finds nothing else."""

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from connector.domain.alarms import AlarmKind, Finding, Severity
from connector.domain.people import Person, PersonRole
from connector.store.alarms import AlarmBoard
from console import mends
from tests.console.conftest import HASH, V1


def test_of_a_token_the_hash_alone_is_kept_and_an_ended_one_is_no_token(people, sql):
    people.add("anna", PersonRole.VIEWER, HASH)
    token, _ = people.add_token("anna", "API")
    assert people.with_token(token) == Person(1, "anna", PersonRole.VIEWER)
    kept = sql("SELECT encode(sha256, 'hex'), person_token::text FROM person_token")
    assert token.removeprefix("mlc_") not in str(kept)
    people.change("anna", disabled=True)
    assert people.with_token(token) is None
    people.change("anna", disabled=False)
    sql("UPDATE person_token SET expires_at = now()")
    assert people.with_token(token) is None
    assert people.revoke_tokens("anna") == 1


def test_records_are_read_and_released_in_the_name_of_the_tokens_person(api, hold, sql, hints):
    hold(2)
    call = api("operator", "anna")
    assert call("GET", "/held/causes").json["causes"][0]["records"] == 2
    page = call("GET", "/held?search=taxi").json
    assert (page["total"], page["next"]) == (2, None)
    first = page["records"][0]
    assert (first["record_id"], first["amount"]) == ("accr_1", "100.0")
    seen = {"record": first["record"], "attempt": first["attempt"]}
    done = call("POST", "/held/actions", json={"action": "retry", "records": [seen]})
    assert done.json == {"told": [{"kind": "done", "text": "1 record released: it goes on."}]}
    again = call("POST", "/held/actions", json={"action": "retry", "records": [seen]})
    assert "Nothing was done twice." in again.json["told"][0]["text"]
    known = call("GET", f"/records/{first['record']}").json
    assert (known["made_by"], known["history"][-1]["actor"]) == ("anna", "console:anna")


def test_alarms_are_read_and_resolved_ones_at_a_wish(api, database, connection_id):
    board = AlarmBoard(database)
    away = Finding(Severity.CRITICAL, "it is away", "look")
    board.observe(connection_id, {AlarmKind.PEER_AWAY: {"brex": away, "infor-m3": away}})
    board.observe(connection_id, {AlarmKind.PEER_AWAY: {"brex": away}})
    call = api("viewer")
    (one,) = call("GET", "/alarms").json["alarms"]
    assert (one["connection"], one["key"], one["deliveries"]) == ("acme", "brex", [])
    assert len(call("GET", "/alarms?all=1").json["alarms"]) == 2


def test_who_may_not_is_told_so_in_json_and_nothing_changes(api, app, at_desk, hold, sql):
    (number,) = hold()
    wish = {"action": "retry", "records": [{"record": number, "attempt": 0}]}
    refused = api("viewer")("POST", "/held/actions", json=wish)
    assert (refused.status_code, refused.json["status"]) == (403, 403)
    for header in ({}, {"Authorization": "Bearer mlc_wrong"}, {"Authorization": "Basic YTpi"}):
        answer = app.test_client().get(f"{V1}/held", headers=header)
        assert (answer.status_code, answer.json["message"][:6]) == (401, "Send a")
    # a browser's session is none, so that no other page can send its cookie here
    browser = at_desk("operator")
    sent = browser.client.post(f"{V1}/held/actions", json=wish, base_url="https://desk.test")
    assert sent.status_code == 401
    assert sql("SELECT status FROM record") == [("held",)]


def test_a_merchants_supplier_is_given_in_the_persons_name(api, hold, sql, connection_id):
    hold(2)
    sql(
        "INSERT INTO merchant (connection_id, merchant_id, name) VALUES (%s, 'pmch_1', 'Taxi')",
        connection_id,
    )
    sql("""UPDATE connection SET config = config || '{"mapping": {"gl_account": "GL"}}'""")
    call = api("operator", "anna")
    told = call("POST", "/suppliers/acme/pmch_1", json={"supplier": " "}).json["told"]
    assert [one["kind"] for one in told] == ["error"]
    told = call("POST", "/suppliers/acme/pmch_1", json={"supplier": "732000"}).json["told"]
    assert told[-1]["text"] == "2 records released: they go on."
    (one,) = call("GET", "/suppliers/acme?search=taxi").json["merchants"]
    assert (one["supplier"], one["matched_by"]) == ("732000", "console:anna")
    assert call("POST", "/suppliers/acme/nobody", json={"supplier": "1"}).status_code == 404


def test_a_token_opens_no_page(app, people):
    people.add("anna", PersonRole.ADMIN, HASH)
    token, _ = people.add_token("anna", "test")
    answer = app.test_client().get("/held", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 302


def test_wrong_values_are_named_by_field(api):
    answer = api()("POST", "/held/actions", json={"action": "burn", "records": []})
    assert answer.status_code == 422
    assert set(answer.json["errors"]["json"]) == {"action", "records"}


CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.ignored_auth,
]


def test_a_fuzzer_finds_no_server_error_and_no_answer_that_is_not_described(
    app, people, hold, monkeypatch, sql
):
    monkeypatch.setattr(mends, "_PATIENCE_S", 0.0)
    hold(3)
    people.add("anna", PersonRole.ADMIN, HASH)
    token, _ = people.add_token("anna", "test")
    described = schemathesis.openapi.from_wsgi(f"{V1}/openapi.json", app)
    tried = []
    for found in described.get_all_operations():
        operation = found.ok()
        tried.append(operation.label)

        @settings(
            max_examples=40,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def run(case):
            headers = {"Authorization": f"Bearer {token}"}
            case.call_and_validate(headers=headers, checks=CHECKS)

        run()
    assert len(tried) == 14


def test_a_connection_is_paused_and_pinged_by_an_admins_token_alone(api, connection_id, sql):
    admin, operator = api("admin", "anna"), api("operator", "bo")
    actions = "/connections/acme/actions"
    assert operator("POST", actions, json={"action": "pause"}).status_code == 403
    assert admin("POST", actions, json={"action": "remove"}).status_code == 422
    told = [
        admin("POST", actions, json={"action": action}).json["told"][0]["kind"]
        for action in ("pause", "pause", "ping")
    ]
    assert told == ["done", "warn", "done"]
    seen = operator("GET", "/connections/acme").json
    assert seen["secrets"] == {"brex.token": True, "brex.webhook_secrets.0": False}
    assert [one["event"] for one in seen["history"]] == ["paused", "added"]
    assert (seen["pinged"]["by"], seen["pinged"]["done_at"]) == ("anna", None)
    (listed,) = operator("GET", "/connections").json["connections"]
    assert listed["paused_at"] == seen["standing"]["paused_at"] is not None
