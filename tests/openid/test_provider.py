"""The provider's word: whatever is not what it must be is refused, and nothing of it is shown."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

import pytest
import requests
from flask import Response

from connector.domain.people import PersonRole
from connector.errors import ConfigurationError, CredentialsError, RefusedError, RetryLaterError
from connector.openid import Provider, RoundTrip
from connector.secret import Secret
from tests.openid_provider import key, signed_by

BACK = "https://desk.test/back"


@pytest.fixture
def trip():
    return RoundTrip.begin("")


@pytest.fixture
def asked(provider):
    return Provider(provider.settings(), allow_http=True)


def code_of(asked, trip):
    """What the provider gives a browser that is sent there."""
    answer = requests.get(asked.way_there(trip, BACK), allow_redirects=False, timeout=10)
    return Secret(answer.headers["Location"].partition("code=")[2].partition("&")[0])


def identity(asked, trip):
    return asked.identity(trip, BACK, code_of(asked, trip))


def test_the_word_of_the_provider_is_taken(provider, asked, trip):
    known = identity(asked, trip)
    assert (known.issuer, known.subject) == (provider.issuer, "00u-anna")
    assert (known.name, known.role) == ("anna", PersonRole.OPERATOR)


def test_it_is_asked_for_further_scopes_by_the_client_that_it_knows(provider, trip):
    provider.document["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    asked = Provider(provider.settings(scopes=("groups",)), allow_http=True)
    assert "scope=openid+email+profile+groups&" in asked.way_there(trip, BACK)
    code = code_of(asked, trip)
    assert asked.identity(trip, BACK, code).subject == "00u-anna"


def body_of(claims):
    return signed_by(key(1), claims).split(".")[1]


def unsigned(claims):
    head = encoded(b'{"alg":"none","kid":"key-1"}')
    return f"{head}.{body_of(claims)}."


def signed_with_the_public_key(claims):
    """As who takes the key for a secret would believe it; the library refuses to make it."""
    head = encoded(b'{"alg":"HS256","kid":"key-1"}')
    text = f"{head}.{body_of(claims)}"
    seal = hmac.new(key(1).as_pem(private=False), text.encode(), hashlib.sha256).digest()
    return f"{text}.{encoded(seal)}"


def encoded(part):
    return urlsafe_b64encode(part).rstrip(b"=").decode()


def set_claims(**claims):
    return lambda provider: provider.claims.update(claims)


def set_sign(sign):
    return lambda provider: setattr(provider, "sign", sign)


NOW = int(time.time())
#: What a token has that is not believed, and what the log says of it.
FORGERIES = {
    "wrong issuer": (set_claims(iss="https://evil.test"), "iss"),
    "wrong audience": (set_claims(aud="another"), "aud"),
    "another audience beside": (set_claims(aud=["another", "ml-connector"]), "azp"),
    "for another party": (set_claims(azp="another"), "azp"),
    "wrong nonce": (set_claims(nonce="another"), "nonce"),
    "no nonce": (set_claims(nonce=None), "nonce"),
    "expired": (set_claims(exp=NOW - 3600), "expired_token"),
    "never expires": (set_claims(exp=None), "exp"),
    "of the future": (set_claims(iat=NOW + 3600), "iat"),
    "of nobody": (set_claims(sub=None), "sub"),
    "of a name that PostgreSQL cannot hold": (set_claims(sub="a\0b"), "sub"),
    "unsigned": (set_sign(unsigned), "unsupported_algorithm"),
    "a secret that is the public key": (
        set_sign(signed_with_the_public_key),
        "unsupported_algorithm",
    ),
    "another's key": (set_sign(lambda claims: signed_by(key(2), claims)), "bad_signature"),
    "unknown key": (
        set_sign(lambda claims: signed_by(key(2), claims, kid="key-2")),
        "invalid_key_id",
    ),
    "no token": (set_sign(lambda _: None), "are none"),
    "no JWT": (set_sign(lambda _: "CANARY"), "ID token"),
}


@pytest.mark.parametrize(("forge", "why"), FORGERIES.values(), ids=FORGERIES)
def test_a_token_that_is_not_what_it_must_be_is_refused(provider, asked, trip, forge, why):
    forge(provider)
    with pytest.raises(RefusedError) as caught:
        identity(asked, trip)
    assert why in str(caught.value)
    assert "CANARY" not in str(caught.value)


def test_keys_that_the_provider_rotated_are_known_at_once(provider, asked):
    assert identity(asked, RoundTrip.begin(""))
    provider.published = [key(2)]
    provider.sign = lambda claims: signed_by(key(2), claims, kid="key-2")
    assert identity(asked, RoundTrip.begin(""))


def test_a_code_is_worth_nothing_twice_nor_without_what_was_kept(provider, asked, trip):
    code = code_of(asked, trip)
    asked.identity(trip, BACK, code)
    with pytest.raises(CredentialsError, match="invalid_grant"):
        asked.identity(trip, BACK, code)
    with pytest.raises(CredentialsError, match="invalid_grant"):
        asked.identity(RoundTrip.begin(""), BACK, code_of(asked, trip))


@pytest.mark.parametrize("part", ["/.well-known/openid-configuration", "/token", "/jwks"])
@pytest.mark.parametrize(
    "fault",
    [Response(status=503), Response("{"), Response("[]"), Response(status=302)],
    ids=["away", "cut short", "something else", "leads elsewhere"],
)
def test_an_answer_that_is_none_is_not_gone_by(provider, asked, trip, part, fault):
    code = code_of(asked, trip)
    fault.headers["Location"] = f"{provider.issuer}/elsewhere"
    provider.faults[part] = fault
    with pytest.raises((RetryLaterError, RefusedError)):
        asked.identity(trip, BACK, code)
    assert "/elsewhere" not in provider.asked


@pytest.mark.parametrize(
    "keys", ["{}", '{"keys": 7}', '{"keys": [7]}', '{"keys": [{"kty": "RSA"}]}']
)
def test_keys_that_are_none_prove_nothing(provider, asked, trip, keys):
    provider.faults["/jwks"] = Response(keys)
    with pytest.raises(RefusedError, match="ID token"):
        identity(asked, trip)


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.test"},
        {"issuer": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "http://login.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": 7},
    ],
    ids=json.dumps,
)
def test_no_browser_is_sent_where_the_provider_cannot_mean(provider, asked, trip, document):
    provider.document = document
    with pytest.raises(RefusedError):
        asked.way_there(trip, BACK)


@pytest.mark.parametrize("part", ["token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address", ["http://login.example/part", "https://169.254.169.254/part", "file:///etc/passwd"]
)
def test_a_part_at_an_address_that_may_not_be_called_is_not(provider, asked, trip, part, address):
    code = code_of(asked, trip)
    provider.document = {part: address}
    with pytest.raises(RefusedError):
        asked.identity(trip, BACK, code)


def test_http_takes_the_switch_for_it(provider, trip):
    with pytest.raises(ConfigurationError, match="https://"):
        Provider(provider.settings(), allow_http=False).way_there(trip, BACK)
    assert urlsplit(provider.issuer).scheme == "http"
    assert provider.asked == []
