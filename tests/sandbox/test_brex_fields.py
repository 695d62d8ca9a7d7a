"""The simulated Fields API."""

import pytest

FIELD = {"name": "Cost center", "group": "ERP", "remote_id": "COST_CENTER"}


def write(brex, method, path, body, key=""):
    """The status and the body of the answer."""
    headers = {"Idempotency-Key": key} if key else {}
    answer = brex.call(method, path, json=body, headers=headers)
    return answer.status_code, answer.json()


@pytest.fixture
def path(brex):
    """The path of the values of a field in the group ERP."""
    account = {"vendor": "X", "vendor_account_id": "1"}
    _, integration = write(brex, "POST", "/v3/accounting/integration", account)
    body = FIELD | {"integration_id": integration["id"]}
    _, field = write(brex, "POST", "/v1/fields", body, "f")
    return f"/v1/fields/{field['brex_id']}/values"


def test_a_field_of_the_erp_needs_the_active_integration(brex):
    assert write(brex, "POST", "/v1/fields", FIELD | {"integration_id": "int_1"}, "f")[0] == 400


def test_values_are_added_once_for_a_key_and_changed_by_their_remote_ids(brex, path):
    body = {"items": [{"value": "One", "remote_id": "1"}, {"value": "Two", "remote_id": "2"}]}
    assert write(brex, "POST", path, body)[0] == 400  # no key
    added = write(brex, "POST", path, body, "a")
    assert added[0] == 200
    assert write(brex, "POST", path, body, "a") == added
    assert write(brex, "POST", path, body, "b")[0] == 400  # the remote ids are taken
    changed = {"items": [{"remote_id": "2", "data": {"value": "II", "is_disabled": True}}]}
    assert write(brex, "PUT", path, changed)[0] == 200
    listed = brex.call("GET", path, params={"remote_id[]": "2"}).json()["items"]
    assert [(one["value"], one["is_disabled"]) for one in listed] == [("II", True)]
    unknown = {"items": [{"remote_id": "3", "data": {"value": "III"}}]}
    assert write(brex, "PUT", path, unknown)[0] == 404


def test_lists_of_values_come_by_pages_and_hold_a_thousand(brex, path):
    items = [{"value": str(n), "remote_id": str(n)} for n in range(1001)]
    assert write(brex, "POST", path, {"items": items}, "a")[0] == 400
    assert write(brex, "POST", path, {"items": items[:1000]}, "b")[0] == 200
    first = brex.call("GET", path, params={"limit": "600"}).json()
    second = brex.call("GET", path, params={"limit": "600", "cursor": first["next_cursor"]}).json()
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (600, 400, None)
