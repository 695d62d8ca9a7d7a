"""Our check against the published vectors and against the library."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
import standardwebhooks.webhooks
from hypothesis import given
from hypothesis import strategies as st
from svix.webhooks import Webhook

from connector.brex import webhook
from connector.brex.webhook import SignatureRefusedError, verify
from connector.secret import Secret

BODY = b'{"event_type":"ACCOUNTING_RECORD_READY_FOR_EXPORT","accountingRecordIds":["accr_1","accr_2"],"companyId":"cuacc_1"}'
OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
VECTORS = [
    (
        OLD,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        1731705121,
        b'{"event_type":"ping","data":{"success":true}}',
        "rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    ),
    (NEW, "msg_test_1", 1751000000, BODY, "Q+Zjvn5q8PtVQEm8PfpjScSpZys8uUJXaZJAlcRmtTw="),
]
ROTATED = "v1,YeuhbBBN4RMtdLW0f3/Ahmv7K9Be1Dr90ALmY7HIMdM= v1,Q+Zjvn5q8PtVQEm8PfpjScSpZys8uUJXaZJAlcRmtTw="
NOW = 1751000000


class Clock(datetime):
    at = float(NOW)

    @classmethod
    def now(cls, tz=None):
        return datetime.fromtimestamp(cls.at, tz)


@pytest.fixture(autouse=True, scope="module")
def clock():
    """One clock for ours and the library's, because vectors do not age."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhook, "datetime", Clock)
        patch.setattr(standardwebhooks.webhooks, "datetime", Clock)
        yield


def headers(
    message_id: str, timestamp: object, signature: str, family: str = "Webhook"
) -> dict[str, str]:
    return {
        f"{family}-Id": message_id,
        f"{family}-Timestamp": str(timestamp),
        f"{family}-Signature": signature,
    }


def at(moment: float) -> None:
    Clock.at = float(moment)


@pytest.mark.parametrize(("secret", "message_id", "timestamp", "body", "signature"), VECTORS)
def test_the_published_vectors_are_genuine(
    secret: str, message_id: str, timestamp: int, body: bytes, signature: str
) -> None:
    at(timestamp)
    signed = verify(body, headers(message_id, timestamp, f"v1,{signature}"), [Secret(secret)])
    assert (signed.id, signed.signed_at) == (message_id, datetime.fromtimestamp(timestamp, UTC))


@pytest.mark.parametrize(
    "secrets", [[OLD], [NEW], [OLD, NEW], [NEW, OLD], ["not base64!", NEW], ["", NEW]]
)
def test_while_secrets_rotate_either_is_enough(secrets: list[str]) -> None:
    at(NOW)
    assert verify(BODY, headers("msg_test_1", NOW, ROTATED), [Secret(one) for one in secrets])


@pytest.mark.parametrize("secrets", [[], ["whsec_plJ3nmyCDGBKInavdOK15jsl"], [""], ["whsec_"]])
def test_without_the_secret_it_is_refused(secrets: list[str]) -> None:
    at(NOW)
    with pytest.raises(SignatureRefusedError):
        verify(BODY, headers("msg_test_1", NOW, ROTATED), [Secret(one) for one in secrets])


@pytest.mark.parametrize(
    ("shift", "genuine"), [(300, True), (-300, True), (301, False), (-301, False), (0, True)]
)
def test_b16_five_minutes_either_way_are_tolerated(shift: int, genuine: bool) -> None:
    at(NOW + shift)
    try:
        verify(BODY, headers("msg_test_1", NOW, ROTATED), [Secret(NEW)])
    except SignatureRefusedError:
        assert not genuine
    else:
        assert genuine


def test_both_families_of_headers_are_known_but_may_not_differ() -> None:
    at(NOW)
    ours = headers("msg_test_1", NOW, ROTATED)
    svix = headers("msg_test_1", NOW, ROTATED, "svix")
    assert verify(BODY, svix, [Secret(NEW)])
    assert verify(BODY, {**ours, **svix}, [Secret(NEW)])
    for name in svix:
        with pytest.raises(SignatureRefusedError):
            verify(BODY, {**ours, **svix, name: svix[name] + "1"}, [Secret(NEW)])


def sign(body: bytes, message_id: str, timestamp: str) -> str:
    mac = hmac.new(
        base64.b64decode(NEW), f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256
    )
    return "v1," + base64.b64encode(mac.digest()).decode()


entries = st.sampled_from(
    [
        "",
        "v1",
        "v1,",
        "v1,x",
        "v1a,abc",
        "v1,,",
        "v2," + "A" * 43 + "=",
        "v1," + "A" * 43 + "=",
        "é",
    ]
)
changes = st.sampled_from(
    ["none", "body", "id", "timestamp", "signature", "urlsafe", "unpadded", "case"]
)


@given(
    body=st.binary(max_size=40)
    | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")),
    message_id=st.text(max_size=12) | st.from_regex(r"[A-Za-z0-9_-]{1,128}", fullmatch=True),
    timestamp=st.sampled_from(
        [
            str(NOW),
            str(NOW - 299),
            str(NOW - 400),
            f" {NOW}",
            f"{NOW}.5",
            "1.751e9",
            "nan",
            "",
            "١٧٥١٠٠٠٠٠٠",
        ]
    )
    | st.text(max_size=11),
    before=st.lists(entries, max_size=9),
    after=st.lists(entries, max_size=3),
    change=changes,
)
def test_what_we_accept_the_library_accepts_and_nothing_else_is_raised(
    body: bytes, message_id: str, timestamp: str, before: list[str], after: list[str], change: str
) -> None:
    at(NOW)
    signature = (
        sign(body, message_id, timestamp)
        if not any("\ud800" <= c <= "\udfff" for c in message_id + timestamp)
        else "v1,x"
    )
    match change:
        case "body":
            body += b"x"
        case "id":
            message_id += "x"
        case "timestamp":
            timestamp = str(NOW - 1)
        case "signature":
            signature = signature[:10] + "x" + signature[11:]
        case "urlsafe":
            signature = signature.replace("+", "-").replace("/", "_")
        case "unpadded":
            signature = signature.rstrip("=")
        case "case":
            signature = signature.swapcase()
    given_headers = headers(message_id, timestamp, " ".join([*before, signature, *after]))
    try:
        verify(body, given_headers, [Secret(NEW)])
    except SignatureRefusedError:
        return
    good = [
        one
        for one in given_headers["Webhook-Signature"].split(" ")
        if one.startswith("v1,") and len(one) == 47
    ]
    Webhook(NEW).verify(body, {**given_headers, "Webhook-Signature": " ".join(good)})


@given(
    body=st.text(max_size=40).map(lambda text: text.encode("utf-8", "ignore")),
    message_id=st.from_regex(r"[A-Za-z0-9_-]{1,128}", fullmatch=True),
    age=st.integers(-300, 300),
    others=st.lists(st.sampled_from(["v1," + "A" * 43 + "=", "v2,x", "x", "v1,,"]), max_size=6),
)
def test_what_is_signed_well_is_accepted(
    body: bytes, message_id: str, age: int, others: list[str]
) -> None:
    at(NOW)
    timestamp = str(NOW + age)
    assert verify(
        body,
        headers(message_id, timestamp, " ".join([*others, sign(body, message_id, timestamp)])),
        [Secret(NEW)],
    )
