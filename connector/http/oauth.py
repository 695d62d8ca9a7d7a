"""The one request that every OAuth 2.0 grant makes."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

from connector.errors import CredentialsError, RateLimitedError, RetryLaterError
from connector.http.health import AwayError
from connector.http.reply import Reply
from connector.http.retry_after import retry_after_s, wait_after_429_s
from connector.http.tokens import BEARER, InvalidGrantError
from connector.http.wire import AnswerLostError, NeverLeftError, Request, Wire
from connector.ports import TokenGrant
from connector.secret import Secret

_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500
#: Where the endpoint does not say, or says nothing sensible. RFC 6749, section 5.1, recommends to
#: say; Brex's documented example does not.
_USUAL_LIFE_S = 3600.0
_LONGEST_LIFE_S = 86_400.0
#: RFC 6749, section 5.2, and section 4.1.2.1 for the last two.
_REFUSALS = frozenset(
    {
        *("invalid_request", "invalid_client", "unauthorized_client"),
        *("unsupported_grant_type", "invalid_scope", "access_denied", "interaction_required"),
    }
)


class TokenEndpoint:
    """The token endpoint of one peer.

    The client's id and secret go into a Basic header, or into the form where `basic` is False.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: Secret,
        *,
        basic: bool,
        allow_http: bool,
        connect_s: float = 3.0,
        read_s: float = 10.0,
    ) -> None:
        path = urlsplit(url).path
        self._wire = Wire(
            "token endpoint",
            url.removesuffix(path) if path else url,
            allow_http=allow_http,
            connect_s=connect_s,
            read_s=read_s,
        )
        self._path = path or "/"
        self._client_id = client_id
        self._client_secret = client_secret
        self._basic = basic

    def request(self, form: Mapping[str, str | Secret]) -> TokenGrant:
        """The token that a grant form gets. Raises what `answer` does."""
        answer = self.answer(form)
        access, refresh = answer.get("access_token"), answer.get("refresh_token")
        if not isinstance(access, str) or not BEARER.fullmatch(access):
            raise RetryLaterError("token endpoint: its answer holds no token")
        return TokenGrant(
            access=Secret(access),
            expires_in_s=_life_s(answer.get("expires_in")),
            refresh=Secret(refresh) if isinstance(refresh, str) and refresh else None,
        )

    def answer(self, form: Mapping[str, str | Secret]) -> dict[str, Any]:
        """All that the endpoint answers to a grant form.

        Raises CredentialsError on a definite no, else RetryLaterError; neither shows the form.
        """
        fields = {
            name: value.reveal() if isinstance(value, Secret) else value
            for name, value in form.items()
        }
        headers = {}
        if self._basic:
            headers["Authorization"] = self._basic_header()
        else:
            fields |= {"client_id": self._client_id, "client_secret": self._client_secret.reveal()}
        try:
            reply = self._wire.send(Request("POST", self._path, data=fields), headers, fresh=True)
        except (NeverLeftError, AnswerLostError) as error:
            raise AwayError(f"token endpoint: no answer ({error})") from None
        return _answer(reply)

    def _basic_header(self) -> str:
        """RFC 6749, section 2.3.1: each half form-encoded, then Basic."""
        pair = f"{quote_plus(self._client_id)}:{quote_plus(self._client_secret.reveal())}"
        return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def _answer(reply: Reply) -> dict[str, Any]:
    try:
        body: Any = reply.json()
    except ValueError:
        body = None
    answer: dict[str, Any] = body if isinstance(body, dict) else {}
    if reply.status != _OK:
        raise _refusal(reply, str(answer.get("error", "")))
    return answer


def _refusal(reply: Reply, error: str) -> RetryLaterError:
    status = reply.status
    if status == _TOO_MANY:
        wait_s = wait_after_429_s(reply.headers)
        return RateLimitedError("token endpoint: answered 429", wait_s=wait_s)
    if error == "invalid_grant":
        return InvalidGrantError(f"token endpoint: {error}")
    if error in _REFUSALS:
        return CredentialsError(f"token endpoint: {error}")
    if status in {400, 401, 403}:
        return CredentialsError(f"token endpoint: answered {status}")
    if status >= _SERVER_ERROR:
        return AwayError(f"token endpoint: answered {status}", wait_s=retry_after_s(reply.headers))
    return RetryLaterError(f"token endpoint: answered {status}")


def _life_s(value: Any) -> float:
    """`expires_in`, which comes as a number or a string."""
    text = str(value).strip()
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", text) or not float(text):
        return _USUAL_LIFE_S
    return min(float(text), _LONGEST_LIFE_S)
