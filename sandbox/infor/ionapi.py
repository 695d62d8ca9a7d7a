"""The `.ionapi` file of this instance, as the API gateway would let one download it."""

from __future__ import annotations

from sandbox.infor.settings import InforSettings


def ionapi(settings: InforSettings, base_url: str) -> dict[str, str]:
    """A backend service application with a service account."""
    return {
        "ti": settings.tenant,
        "cn": "ml-connector sandbox",
        "dt": "12",
        "ci": settings.ci,
        "cs": settings.cs,
        "iu": base_url,
        "pu": f"{base_url}/{settings.tenant}/as/",
        "oa": "authorization.oauth2",
        "ot": "token.oauth2",
        "or": "revoke_token.oauth2",
        "ev": "sandbox",
        "v": "1.1",
        "saak": settings.saak,
        "sask": settings.sask,
    }
