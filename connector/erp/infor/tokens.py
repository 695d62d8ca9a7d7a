"""How the service account gets its token from Infor's authorisation server.

Source: https://github.com/infor-cloud/ion-api-sdk (README: grant type `password` with the service
account's keys, client in a Basic header); newer tenants offer `client_credentials` as well. A
refresh token, where the app issues one, is not needed: the account can always ask again.
"""

from __future__ import annotations

from collections.abc import Callable

from connector.erp.infor.config import Grant
from connector.erp.infor.ionapi import Ionapi
from connector.http.oauth import TokenEndpoint
from connector.ports import TokenGrant
from connector.secret import Secret


def token_grant(
    ionapi: Ionapi, grant: Grant, *, allow_http: bool
) -> Callable[[Secret | None], TokenGrant]:
    """A function that asks for a new token; it takes no notice of a refresh token.

    The function raises CredentialsError on a definite no, else RetryLaterError.
    """
    endpoint = TokenEndpoint(
        ionapi.token_url,
        ionapi.client_id,
        ionapi.client_secret,
        basic=True,
        allow_http=allow_http,
    )
    form: dict[str, str | Secret] = {"grant_type": grant.value}
    if grant is Grant.PASSWORD:
        form |= {"username": ionapi.account_key, "password": ionapi.account_secret}

    def ask(_refresh: Secret | None) -> TokenGrant:
        given = endpoint.request(form)
        return TokenGrant(given.access, given.expires_in_s)

    return ask
