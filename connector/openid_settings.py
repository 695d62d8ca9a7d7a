"""Signing in to the console by OpenID Connect: what the environment says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connector.environment import Reader
from connector.secret import Secret

#: The roles of people in the console (`connector.domain.people`).
ROLES = ("viewer", "operator", "approver", "admin")

_ISSUER = "ML_CONNECTOR_OIDC_ISSUER"
_CLIENT_ID = "ML_CONNECTOR_OIDC_CLIENT_ID"
_CLIENT_SECRET = "ML_CONNECTOR_OIDC_CLIENT_SECRET"  # noqa: S105  a name
_ROLES = "ML_CONNECTOR_OIDC_ROLES"
_ROLE_CLAIM = "ML_CONNECTOR_OIDC_ROLE_CLAIM"
_SCOPES = "ML_CONNECTOR_OIDC_SCOPES"
_ONLY = "ML_CONNECTOR_OIDC_ONLY"

_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?")
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?")
#: RFC 6749, section 3.3.
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """The provider, what it knows us as, and which role its word gives."""

    #: ML_CONNECTOR_OIDC_ISSUER, to the letter as the provider writes it
    issuer: str
    #: ML_CONNECTOR_OIDC_CLIENT_ID
    client_id: str
    #: ML_CONNECTOR_OIDC_CLIENT_SECRET
    client_secret: Secret
    #: ML_CONNECTOR_OIDC_ROLES: the role of each value of the claim
    roles: tuple[tuple[str, str], ...]
    #: ML_CONNECTOR_OIDC_ROLE_CLAIM
    role_claim: str
    #: ML_CONNECTOR_OIDC_SCOPES, beside openid, email and profile
    scopes: tuple[str, ...]
    #: ML_CONNECTOR_OIDC_ONLY: nobody signs in with a password
    is_only_way: bool

    def to_environment(self) -> dict[str, str]:
        """Give the variables from which a child process reads these same settings."""
        variables = {
            _ISSUER: self.issuer,
            _CLIENT_ID: self.client_id,
            _CLIENT_SECRET: self.client_secret.reveal(),
            _ROLES: ";".join(f"{value}={role}" for value, role in self.roles),
            _ROLE_CLAIM: self.role_claim,
        }
        if self.scopes:
            variables[_SCOPES] = " ".join(self.scopes)
        if self.is_only_way:
            variables[_ONLY] = "1"
        return variables


def read_openid(reader: Reader, *, allow_http: bool) -> OpenIdSettings | None:
    """The settings; None where there are none, or where the reader has noted a fault of them."""
    issuer, client_id = reader.text(_ISSUER), reader.text(_CLIENT_ID)
    secret = reader.secret(_CLIENT_SECRET)
    roles = _roles(reader, reader.text(_ROLES))
    claim = reader.text(_ROLE_CLAIM, "groups")
    scopes = tuple(reader.text(_SCOPES).split())
    is_only_way = reader.switch(_ONLY)
    needed = {name: name in reader.environ for name in (_ISSUER, _CLIENT_ID, _ROLES)}
    needed[_CLIENT_SECRET] = reader.given(_CLIENT_SECRET)
    if not any(needed.values()) and not is_only_way:
        return None
    for name in (name for name, is_there in needed.items() if not is_there):
        reader.fault(name, "is needed to sign in by OpenID Connect")
    if issuer and not (_HTTPS.fullmatch(issuer) or (allow_http and _LOOPBACK.fullmatch(issuer))):
        reader.fault(_ISSUER, "is no issuer; write it like https://login.example.com/realms/acme")
    if not all(map(_SCOPE.fullmatch, scopes)):
        reader.fault(_SCOPES, "has a character that no scope has; write it like: groups roles")
    if secret is None:
        return None
    return OpenIdSettings(issuer, client_id, Secret(secret), roles, claim, scopes, is_only_way)


def _roles(reader: Reader, text: str) -> tuple[tuple[str, str], ...]:
    """`ap-team=operator; CN=Leads,OU=Finance=approver`: the role follows the last `=`."""
    pairs = [piece.rpartition("=") for piece in re.split(r"[;\n]", text) if piece.strip()]
    roles = [(value.strip(), role.strip()) for value, _, role in pairs]
    for place, (value, role) in enumerate(roles, start=1):
        if not value or role not in ROLES:
            reader.fault(_ROLES, f"piece {place} is not VALUE=ROLE, ROLE one of {', '.join(ROLES)}")
    if len({value for value, _ in roles}) < len(roles):
        reader.fault(_ROLES, "gives a value two roles; leave one of them")
    return tuple(roles)
