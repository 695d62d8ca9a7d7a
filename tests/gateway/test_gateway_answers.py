"""What each delivery is answered, and what is stored of it."""

import hashlib
import json
import time

import pytest
from flask.testing import FlaskClient

from connector.ports import Disposition
from tests.gateway.signing import EVENT, OTHER_SECRET, SECRET, signature, signed
from tests.waiting import wait_until

PATH = "/webhooks/brex/acme"
IDS = [f"accr_{n}" for n in range(10_001)]


def event(**fields: object) -> bytes:
    return json.dumps({"event_type": "ACCOUNTING_RECORD_READY_FOR_EXPORT", **fields}).encode()


def test_a_genuine_delivery_is_stored_and_hinted(client: FlaskClient, intake, nudges) -> None:
    answer = client.post(PATH, data=EVENT, headers=signed())
    assert (answer.status_code, answer.data) == (204, b"")
    (delivery,) = intake.deliveries
    assert delivery.webhook_id == "msg_1"
    assert delivery.record_ids == ("accr_1", "accr_2")
    assert delivery.body_sha256 == hashlib.sha256(EVENT).digest()
    assert delivery.disposition is Disposition.ACCEPTED
    assert abs(delivery.signed_at.timestamp() - time.time()) < 5
    assert nudges.arrived.wait(5)
    assert nudges.sent == [("fetch", "acme", "infor-m3", ("accr_1", "accr_2"))]


def test_a_repeat_is_acknowledged_and_not_hinted(client: FlaskClient, intake, nudges) -> None:
    for _ in range(3):
        assert client.post(PATH, data=EVENT, headers=signed()).status_code == 204
    assert nudges.arrived.wait(5)
    assert (intake.records, len(nudges.sent)) == (["accr_1", "accr_2"], 1)


def test_a_broker_that_hangs_or_fails_holds_up_nobody(client: FlaskClient, intake, nudges) -> None:
    nudges.hang.clear()
    began = time.monotonic()
    for number in range(20):
        body = event(accountingRecordIds=[f"accr_{number}"])
        assert (
            client.post(PATH, data=body, headers=signed(body, message_id=f"m{number}")).status_code
            == 204
        )
    assert time.monotonic() - began < 2
    nudges.fails = True
    nudges.hang.set()
    assert client.post(PATH, data=EVENT, headers=signed(message_id="m")).status_code == 204
    assert len(intake.deliveries) == 21


def test_hints_that_wait_for_a_broker_go_as_one(client: FlaskClient, intake, nudges) -> None:
    nudges.hang.clear()
    ids = [f"accr_{number}" for number in range(4)]
    for record_id in ids:
        body = event(accountingRecordIds=[record_id])
        headers = signed(body, message_id=f"msg_{record_id}")
        assert client.post(PATH, data=body, headers=headers).status_code == 204
        wait_until(lambda: nudges.waiting == 1)
    nudges.hang.set()
    wait_until(lambda: len(nudges.sent) == 2)
    assert [sent[3] for sent in nudges.sent] == [("accr_0",), ("accr_1", "accr_2", "accr_3")]


@pytest.mark.parametrize("family", ["Webhook", "Svix"])
def test_both_names_of_the_headers_are_known(client: FlaskClient, family: str) -> None:
    assert client.post(PATH, data=EVENT, headers=signed(family=family)).status_code == 204


MALFORMED = {
    "B01 empty": b"",
    "B02 no json": b"hello",
    "B03 null": b"null",
    "B03 list": b"[]",
    "B03 text": b'"x"',
    "B03 number": b"1",
    "B04 deep": b"[" * 200_000,
    "B04 deep object": b'{"event_type":"X","a":' + b"[" * 20 + b"]" * 20 + b"}",
    "B05 huge number": b'{"event_type":"X","a":' + b"9" * 5_000 + b"}",
    "B06 NaN": b'{"event_type":"X","a":NaN}',
    "B06 Infinity": b'{"event_type":"X","a":-Infinity}',
    "B06 1e999": b'{"event_type":"X","a":1e999}',
    "B07 key twice": b'{"event_type":"X","event_type":"Y"}',
    "B07 key twice inside": b'{"event_type":"X","a":{"b":1,"b":2}}',
    "B08 BOM": b"\xef\xbb\xbf" + EVENT,
    "B21 no type": b"{}",
    "B21 type is a number": b'{"event_type":1}',
    "B21 type is empty": b'{"event_type":""}',
    "B21 type is long": b'{"event_type":"' + b"X" * 101 + b'"}',
    "B22 no ids": event(),
    "B22 ids are a text": event(accountingRecordIds="accr_1"),
    "B22 ids are null": event(accountingRecordIds=None),
    "B22 ids are objects": event(accountingRecordIds=[{"id": "accr_1"}]),
    "B22 10,001 ids": event(accountingRecordIds=IDS),
    "B22 1,001 ids": event(accountingRecordIds=IDS[:1_001]),
    "B09 id with NUL": event(accountingRecordIds=["accr_\0"]),
    "B09 id with surrogate": event(accountingRecordIds=["accr_\ud800"]),
    "B22 id with a path": event(accountingRecordIds=["../x"]),
    "B22 id is empty": event(accountingRecordIds=[""]),
    "B22 id of 129": event(accountingRecordIds=["a" * 129]),
    "B22 id of 100 KB": event(accountingRecordIds=["a" * 100_000]),
    "B23 company is a number": event(accountingRecordIds=[], companyId=1),
    "B22 spellings differ": event(accountingRecordIds=["a"], accounting_record_ids=["b"]),
}


@pytest.mark.parametrize("how", MALFORMED)
def test_what_is_signed_but_malformed_is_400_and_stored_nowhere(
    client: FlaskClient, intake, how: str
) -> None:
    body = MALFORMED[how]
    answer = client.post(PATH, data=body, headers=signed(body))
    assert (answer.status_code, answer.data) == (400, b"Bad Request\n")
    assert intake.deliveries == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xff\xfe", id="B08 no UTF-8"),
        pytest.param(EVENT.decode().encode("utf-16"), id="B08 UTF-16"),
    ],
)
def test_a_body_that_is_not_utf_8_is_not_genuine(client: FlaskClient, intake, body: bytes) -> None:
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 401
    assert intake.deliveries == []


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (event(accounting_record_ids=["a", "b"]), ("a", "b")),
        (event(accountingRecordIds=["b", "a", "b"]), ("b", "a")),
        (event(accountingRecordIds=[]), ()),
        (
            event(accountingRecordIds=IDS[:1_000], company_id="cuacc_1", new={"x": [1.5]}),
            tuple(IDS[:1_000]),
        ),
    ],
)
def test_b22_both_spellings_and_new_fields_are_taken(
    client: FlaskClient, intake, body: bytes, ids: tuple[str, ...]
) -> None:
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 204
    assert intake.deliveries[0].record_ids == ids


def test_b21_an_event_that_is_not_ours_is_acknowledged_and_ignored(
    client: FlaskClient, intake, nudges
) -> None:
    body = b'{"event_type":"USER_UPDATED","accountingRecordIds":"whatever"}'
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 204
    (delivery,) = intake.deliveries
    assert (delivery.disposition, delivery.record_ids, nudges.sent) == (Disposition.IGNORED, (), [])


def test_b23_an_event_of_another_company_is_acknowledged_and_refused(
    client: FlaskClient, intake, nudges
) -> None:
    body = EVENT.replace(b"cuacc_1", b"cuacc_2")
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 204
    assert intake.deliveries[0].disposition is Disposition.REFUSED_COMPANY
    assert (intake.records, nudges.sent) == ([], [])


def now(shift: int = 0) -> str:
    return str(int(time.time()) + shift)


def forged(**changes: str | None) -> dict[str, str]:
    headers = {**signed(), **{name.replace("_", "-"): value for name, value in changes.items()}}
    return {name: value for name, value in headers.items() if value is not None}


def url_safe() -> dict[str, str]:
    """A genuine delivery, but that its signature is written in the other alphabet of base64."""
    for number in range(1_000):
        headers = signed(message_id=f"msg_{number}")
        genuine = headers["Webhook-Signature"]
        if {"+", "/"} <= set(genuine):
            return headers | {"Webhook-Signature": genuine.translate(str.maketrans("+/", "-_"))}
    raise AssertionError


GOOD = signed()["Webhook-Signature"]
FORGED = {
    "B13 no id": forged(Webhook_Id=None),
    "B13 no timestamp": forged(Webhook_Timestamp=None),
    "B13 no signature": forged(Webhook_Signature=None),
    "B13 nothing": {},
    "other id": forged(Webhook_Id="msg_2"),
    "B19 id with a dot": signed(message_id="msg.1"),
    "B19 id of 129": signed(message_id="m" * 129),
    "B19 id with a path": signed(message_id="../m"),
    "other timestamp": forged(Webhook_Timestamp=now(-100)),
    "B15 float": forged(Webhook_Timestamp=now() + ".0"),
    "B15 blanks": forged(Webhook_Timestamp=" " + now() + " "),
    "B15 negative": forged(Webhook_Timestamp="-" + now()),
    "B15 eleven digits": forged(Webhook_Timestamp="0" + now()),
    "B15 milliseconds": forged(Webhook_Timestamp=now() + "000"),
    "B15 exponent": forged(Webhook_Timestamp=f"{now()[0]}.{now()[1:]}e9"),
    "B16 too old": signed(at=int(time.time()) - 302),
    "B16 too new": signed(at=int(time.time()) + 900),
    "other secret": signed(secret=OTHER_SECRET),
    "B17 no comma": forged(Webhook_Signature=GOOD.replace(",", "")),
    "B17 two commas": forged(Webhook_Signature=GOOD.replace(",", ",,")),
    "B17 v1a only": forged(Webhook_Signature=GOOD.replace("v1,", "v1a,")),
    "B17 unpadded": forged(Webhook_Signature=GOOD.rstrip("=")),
    "B17 10,000 entries": forged(Webhook_Signature=" ".join([*["v1,x"] * 10_000, GOOD])),
    "B17 nine entries": forged(Webhook_Signature=" ".join([GOOD] * 9)),
    "B17 URL-safe alphabet": url_safe(),
    "B17 empty": forged(Webhook_Signature=""),
    "families differ": {**signed(), "Svix-Id": "msg_2"},
}


@pytest.mark.parametrize("how", FORGED)
def test_what_is_not_genuine_is_401_and_stored_nowhere(
    client: FlaskClient, intake, how: str
) -> None:
    answer = client.post(PATH, data=EVENT, headers=FORGED[how])
    assert (answer.status_code, answer.data) == (401, b"Unauthorized\n")
    assert intake.deliveries == []


@pytest.mark.parametrize(
    "first",
    ["v1,x", "v2,abc", "nonsense", "v1,," + "A" * 44, "", signature(EVENT, "x", "1")],
    ids=lambda first: f"B17 after {first or 'a blank'}",
)
def test_a_bad_signature_does_not_hide_a_good_one(client: FlaskClient, first: str) -> None:
    headers = signed()
    headers["Webhook-Signature"] = f"{first} {headers['Webhook-Signature']}"
    assert client.post(PATH, data=EVENT, headers=headers).status_code == 204


def test_a_tampered_body_is_not_genuine(client: FlaskClient, intake) -> None:
    assert client.post(PATH, data=EVENT + b" ", headers=signed()).status_code == 401


def test_b18_a_signature_for_another_connection_is_not_genuine(client: FlaskClient, intake) -> None:
    assert client.post("/webhooks/brex/other", data=EVENT, headers=signed()).status_code == 401
    assert (
        client.post("/webhooks/brex/open", data=EVENT, headers=signed(secret="whsec_")).status_code
        == 401
    )
    assert intake.deliveries == []


@pytest.mark.parametrize(
    "name",
    ["nobody", "ACME", "acme%2F", "a" * 200, "%00", ".", "..", "acme/", "acme/x", "%E2%98%83"],
)
def test_an_unknown_connection_is_404_whatever_is_sent(
    client: FlaskClient, intake, name: str
) -> None:
    answer = client.post(f"/webhooks/brex/{name}", data=EVENT, headers=signed())
    assert (answer.status_code, answer.data) == (404, b"Not Found\n")
    assert intake.deliveries == []


@pytest.mark.parametrize(
    "path",
    ["//webhooks/brex/acme", "/webhooks//brex/acme", "/webhooks/brex", "/", "/webhooks/brex/"],
)
def test_no_path_redirects(client: FlaskClient, path: str) -> None:
    assert client.post(path, data=EVENT, headers=signed()).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "TRACE"])
def test_b24_only_post_is_taken(client: FlaskClient, intake, method: str) -> None:
    answer = client.open(PATH, method=method, data=EVENT, headers=signed())
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert intake.deliveries == []


def test_what_cannot_be_stored_is_sent_again(client: FlaskClient, intake, nudges) -> None:
    for known in (False, True):
        if known:
            assert client.post(PATH, data=EVENT, headers=signed(message_id="m0")).status_code == 204
            assert nudges.arrived.wait(5)
        intake.away = True
        answer = client.post(PATH, data=EVENT, headers=signed())
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        intake.away = False
    assert len(nudges.sent) == 1


def test_a_store_that_is_frozen_is_503_in_time_for_everyone_and_soon_over(
    client: FlaskClient, intake
) -> None:
    assert client.post(PATH, data=EVENT, headers=signed(message_id="m0")).status_code == 204
    intake.frozen.clear()
    for number in range(12):
        began = time.monotonic()
        assert (
            client.post(PATH, data=EVENT, headers=signed(message_id=f"m{number}")).status_code
            == 503
        )
        assert time.monotonic() - began < 1
    assert (client.get("/readyz").status_code, client.get("/livez").status_code) == (503, 200)
    intake.frozen.set()
    assert client.post(PATH, data=EVENT, headers=signed(message_id="m99")).status_code == 204


def test_a_fault_of_ours_is_503_and_says_nothing(
    client: FlaskClient, intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("CANARY")

    monkeypatch.setattr(intake, "accept", fail)
    answer = client.post(PATH, data=EVENT, headers=signed())
    assert (answer.status_code, answer.data) == (503, b"Service Unavailable\n")


def test_a_connection_is_looked_up_once_in_a_while(client: FlaskClient, intake) -> None:
    for _ in range(5):
        client.post(PATH, data=EVENT, headers=signed())
        client.post("/webhooks/brex/nobody", data=EVENT, headers=signed())
    assert sorted(intake.asked) == ["acme", "nobody"]


def test_every_answer_carries_the_protecting_headers(client: FlaskClient) -> None:
    for answer in (
        client.post(PATH),
        client.get("/x"),
        client.get("/livez"),
        client.post(PATH, data=EVENT, headers=signed()),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "Set-Cookie" not in answer.headers


def test_health_and_metrics(client: FlaskClient, intake) -> None:
    assert client.get("/readyz").status_code == 200
    intake.away = True
    assert (client.get("/livez").status_code, client.get("/readyz").status_code) == (200, 503)
    client.post(PATH, data=EVENT, headers=signed())
    text = client.get("/metrics").get_data(as_text=True)
    assert 'ml_connector_gateway_deliveries_total{outcome="not_stored"} 1.0' in text


def test_b25_forwarded_headers_change_nothing(client: FlaskClient, intake) -> None:
    headers = {
        **signed(),
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil",
        "X-Forwarded-Prefix": "/x",
    }
    assert client.post(PATH, data=EVENT, headers=headers).status_code == 204


def test_the_vector_secret_is_the_one_in_use() -> None:
    assert (
        signature(EVENT, "msg_test_1", "1751000000", SECRET)
        == "v1,Q+Zjvn5q8PtVQEm8PfpjScSpZys8uUJXaZJAlcRmtTw="
    )
