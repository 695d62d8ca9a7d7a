"""ID tokens: whose word they are, whether they are for us, now, and for this way there and back."""

from __future__ import annotations

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from connector.errors import RefusedError

#: What public keys can prove: never `none`, nor a signature by a secret that both sides have.
_ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519"),
)
#: How far the provider's clock may be from ours.
_LEEWAY_S = 60
_LONGEST_SUBJECT = 255


def verified(
    token: Any, keys: dict[str, Any], *, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """The claims of an ID token.

    Raises RefusedError, which says what is wrong and nothing of the token, where signature, issuer,
    audience, time or nonce is not what it must be.
    """
    try:
        signed = jwt.decode(
            token,
            KeySet.import_key_set(keys),  # type: ignore[arg-type]  # whatever it is, it is checked
            registry=JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False),
        )
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            options={"iss": {"value": issuer}, "aud": {"value": client_id}},
            params={"client_id": client_id, "nonce": nonce},
        )
        claims.validate(leeway=_LEEWAY_S)
    except JoseError as error:
        raise RefusedError(f"its ID token: {_why(error)}", code="id_token") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        why = f"its ID token or its keys are none ({type(error).__name__})"
        raise RefusedError(why, code="id_token") from None
    subject = claims["sub"]
    if not subject.isprintable() or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise RefusedError("its ID token: sub", code="id_token")
    return dict(claims)


def _why(error: JoseError) -> str:
    """The kind of fault, and the claim that it is about; the library's texts quote the token."""
    claim = getattr(error, "claim", None)
    return f"{error.error} {claim}" if isinstance(claim, str) else str(error.error)
