"""Tokens, the rate limit, the integration, the company and the webhook subscription."""

import requests

FORM = {
    "grant_type": "refresh_token",
    "client_id": "sandbox-client",
    "client_secret": "sandbox-client-secret",
    "refresh_token": "sandbox-refresh-token-0",
}


def refresh(sandbox, **changed):
    return requests.post(
        f"{sandbox.url}/oauth2/default/v1/token", data={**FORM, **changed}, timeout=5
    )


def test_a_wrong_token_is_refused(sandbox):
    answer = requests.get(
        f"{sandbox.url}/v2/company", headers={"Authorization": "Bearer no"}, timeout=5
    )
    assert answer.status_code == 401


def test_the_company_has_the_id_that_events_carry(brex):
    company = brex.call("GET", "/v2/company").json()
    assert company["id"] == "cuacc_sandbox"
    assert set(company) == {"id", "legal_name", "mailing_address", "accountType"}


def test_a_used_refresh_token_stops_working_when_they_rotate(sandbox, brex):
    first = refresh(sandbox).json()
    bearer = {"Authorization": f"Bearer {first['access_token']}"}
    assert brex.call("GET", "/v2/company", headers=bearer).status_code == 200
    assert refresh(sandbox).json()["error"] == "invalid_grant"
    assert refresh(sandbox, refresh_token=first["refresh_token"]).status_code == 200


def test_a_used_refresh_token_works_within_the_grace(sandbox):
    sandbox.settings("brex", oauth_grace_s=60.0)
    refresh(sandbox)
    assert refresh(sandbox).status_code == 200


def test_without_rotation_no_new_refresh_token_comes(sandbox):
    sandbox.settings("brex", oauth_rotates=False)
    assert "refresh_token" not in refresh(sandbox).json()
    assert refresh(sandbox).status_code == 200


def test_a_wrong_client_is_refused(sandbox):
    answer = refresh(sandbox, client_secret="no")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_beyond_the_limit_comes_429_without_retry_after(brex, sandbox):
    sandbox.settings("brex", requests_per_window=3)
    statuses = [brex.call("GET", "/v2/company").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert "Retry-After" not in brex.call("GET", "/v2/company").headers


def test_one_integration_is_active(brex):
    path = "/v3/accounting/integration"
    asked = {"vendor": "ERP_A", "vendor_account_id": "1"}
    first = brex.call("POST", path, json=asked).json()
    assert brex.call("POST", path, json=asked).json() == first
    other = brex.call("POST", path, json={**asked, "vendor_account_id": "2"})
    assert (other.status_code, other.json()["error_code"]) == (409, "VENDOR_ACCOUNT_ID_MISMATCH")
    foreign = brex.call("POST", path, json={**asked, "vendor": "ERP_B"})
    assert foreign.json()["error_code"] == "ACTIVE_INTEGRATION_EXISTS"
    gone = brex.call("POST", f"{path}/{first['integration_id']}/disconnect").json()
    assert gone["status"] == "DISABLED"
    again = brex.call("POST", f"{path}/{first['integration_id']}/disconnect")
    assert again.json()["error_code"] == "INTEGRATION_NOT_ACTIVE"
    back = brex.call("POST", f"{path}/{first['integration_id']}/reactivate")
    assert back.json()["status"] == "ACTIVE"


def test_a_subscription_needs_an_idempotency_key_and_there_is_one(brex):
    body = {"url": "https://example.com/x", "event_types": ["ACCOUNTING_RECORD_READY_FOR_EXPORT"]}
    assert brex.call("POST", "/v1/webhooks", json=body).status_code == 400
    made = brex.call("POST", "/v1/webhooks", json=body, headers={"Idempotency-Key": "a"}).json()
    same = brex.call("POST", "/v1/webhooks", json=body, headers={"Idempotency-Key": "a"}).json()
    assert same == made
    assert (
        brex.call("POST", "/v1/webhooks", json=body, headers={"Idempotency-Key": "b"}).status_code
        == 400
    )
    changed = {**body, "url": "https://example.com/y", "status": "INACTIVE"}
    assert (
        brex.call("PUT", f"/v1/webhooks/{made['id']}", json=changed).json()["status"] == "INACTIVE"
    )
    assert brex.call("GET", "/v1/webhooks").json()["items"][0]["url"] == "https://example.com/y"
    assert brex.call("DELETE", f"/v1/webhooks/{made['id']}").status_code == 200
    assert brex.call("GET", f"/v1/webhooks/{made['id']}").status_code == 404


def test_secrets_come_as_a_bare_array(brex):
    secrets = brex.call("GET", "/v1/webhooks/secrets").json()
    assert secrets == [{"secret": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "status": "ACTIVE"}]
