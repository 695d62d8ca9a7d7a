"""OpenID Connect, as the console signs people in by it: the code flow with PKCE."""

from connector.openid.provider import Provider
from connector.openid.round_trip import RoundTrip

__all__ = ["Provider", "RoundTrip"]
