"""How the IAM client gets its token from IFS IAM, which is Keycloak.

Source: docs.ifs.com/techdocs/24r2/030_administration/010_security/040_iam_settings/035_iam_clients/
(client credentials, scope `openid microprofile-jwt`; tokens live for 180 s in its example). A
refresh token, where one is given, is not needed: the client can always ask again.
"""

from __future__ import annotations

from collections.abc import Callable

from connector.erp.ifs.config import Grant, IfsConfig
from connector.http.oauth import TokenEndpoint
from connector.ports import TokenGrant
from connector.secret import Secret

_SCOPE = "openid microprofile-jwt"


def token_grant(config: IfsConfig, *, allow_http: bool) -> Callable[[Secret | None], TokenGrant]:
    """A function that asks for a new token; it takes no notice of a refresh token.

    The function raises CredentialsError on a definite no, else RetryLaterError.
    """
    endpoint = TokenEndpoint(
        config.token_url,
        config.client_id,
        config.client_secret,
        basic=False,
        allow_http=allow_http,
    )
    form: dict[str, str | Secret] = {"grant_type": config.grant.value, "scope": _SCOPE}
    if config.grant is Grant.PASSWORD:
        form |= {"username": config.username, "password": config.password}

    def ask(_refresh: Secret | None) -> TokenGrant:
        given = endpoint.request(form)
        return TokenGrant(given.access, given.expires_in_s)

    return ask
