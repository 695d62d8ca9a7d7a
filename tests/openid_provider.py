"""A small OpenID provider over real HTTP, that signs everybody in and errs on demand.

It keeps to its part of the protocol: a code is for one client and one address, is redeemed once and
with its PKCE verifier, and the client shows its secret.
"""

import secrets
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask, Response, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

from connector.openid_settings import OpenIdSettings
from connector.secret import Secret

CLIENT_ID, CLIENT_SECRET = "ml-connector", "oidc-CANARY:secret"


@cache
def key(number: int) -> RSAKey:
    """The first signs, the second is what it is rotated to."""
    return RSAKey.generate_key(2048, {"kid": f"key-{number}", "use": "sig"})


class OpenIdProvider:
    """What it says of whoever signs in, and how it errs, is set in its attributes."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.begin_again()

    def begin_again(self) -> None:
        #: claims beside those of the protocol, or in their place; None leaves one out
        self.claims: dict[str, Any] = {
            "sub": "00u-anna",
            "preferred_username": "anna",
            "groups": ["everybody", "ap-team"],
        }
        #: the same of the discovery document
        self.document: dict[str, Any] = {}
        self.published = [key(1)]
        self.sign: Callable[[dict[str, Any]], str] = lambda claims: signed_by(key(1), claims)
        #: answers in place of a part: `{"/token": Response(status=503)}`
        self.faults: dict[str, Response] = {}
        #: the ways and codes that were asked for, and those that were redeemed
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []

    def discovery(self) -> dict[str, Any]:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/end",
        }
        return without_none(said | self.document)

    def authorize(self) -> Response:
        given = request.args.to_dict()
        assert given["response_type"] == "code"
        assert given["client_id"] == CLIENT_ID
        assert given["code_challenge_method"] == "S256"
        code = f"code-CANARY-{secrets.token_hex(8)}"
        self.codes[code] = given
        return redirect(f"{given['redirect_uri']}?code={code}&state={given['state']}")

    def token(self) -> Response | tuple[dict[str, Any], int]:
        form = request.form
        given = self.codes.pop(form["code"], None)
        if self.client() != (CLIENT_ID, CLIENT_SECRET):
            return {"error": "invalid_client"}, 401
        if (
            given is None
            or form["redirect_uri"] != given["redirect_uri"]
            or create_s256_code_challenge(form["code_verifier"]) != given["code_challenge"]
        ):
            return {"error": "invalid_grant"}, 400
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims |= {"nonce": given["nonce"]} | self.claims
        return {
            "access_token": "access-CANARY",
            "token_type": "Bearer",
            "id_token": self.sign(without_none(claims)),
        }, 200

    def client(self) -> tuple[str, str]:
        """Who asks, as the discovery document says that it is shown; by default in the header."""
        if "token_endpoint_auth_methods_supported" in self.document:
            return request.form["client_id"], request.form["client_secret"]
        pair = b64decode(request.headers["Authorization"].partition(" ")[2]).decode()
        client_id, _, secret = map(unquote_plus, pair.partition(":"))
        return client_id, secret

    def app(self) -> Flask:
        app = Flask("provider")
        parts = {
            "/.well-known/openid-configuration": self.discovery,
            "/authorize": self.authorize,
            "/token": self.token,
            "/jwks": lambda: KeySet(self.published).as_dict(private=False),
            "/end": lambda: redirect(request.args["post_logout_redirect_uri"]),
        }
        for path, part in parts.items():
            app.add_url_rule(path, path, part, methods=["GET", "POST"])

        @app.before_request
        def err() -> Response | None:
            self.asked.append(request.path)
            return self.faults.get(request.path)

        return app

    def settings(self, **changes: Any) -> OpenIdSettings:
        said = {
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "client_secret": Secret(CLIENT_SECRET),
            "roles": (("ap-team", "operator"), ("ap-leads", "approver"), ("it", "admin")),
            "role_claim": "groups",
            "scopes": (),
            "is_only_way": False,
        }
        return OpenIdSettings(**said | changes)


def signed_by(by: Any, claims: dict[str, Any], **header: str) -> str:
    said = {"alg": "RS256", "kid": "key-1"} | header
    return jwt.encode(said, claims, by, algorithms=[said["alg"]])


def without_none(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def shared_provider() -> Iterator[OpenIdProvider]:
    """One on a port of its own, at another site than the console's."""
    provider = OpenIdProvider("")
    app = provider.app()
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    provider.issuer = f"http://localhost:{server.port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield provider
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def provider(shared_provider: OpenIdProvider) -> OpenIdProvider:
    """The same, which errs in nothing yet."""
    shared_provider.begin_again()
    return shared_provider
