"""The environment of a process, read once, into one frozen value.

Every variable is documented in `Settings`. Each variable that holds a secret has a twin whose name
ends in `_FILE` and whose value is the path of a file that holds the secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from connector.alarm_settings import AlarmSettings
from connector.environment import Bind, Reader
from connector.errors import ConfigurationError
from connector.openid_settings import OpenIdSettings, read_openid
from connector.secret import Secret

__all__ = ["Bind", "OpenIdSettings", "Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. `None` as a URL means: an embedded server under `home`."""

    #: DATABASE_URL
    database_url: Secret | None
    #: REDIS_URL
    redis_url: Secret | None
    #: ML_CONNECTOR_HOME, absolute
    home: Path
    #: ML_CONNECTOR_SECRET_KEYS: the first encrypts, all decrypt. Empty only where there is no
    #: DATABASE_URL: `connector.embedded` then keeps a generated key under `home`.
    secret_keys: tuple[Secret, ...]
    #: ML_CONNECTOR_GATEWAY_BIND
    gateway_bind: Bind
    #: ML_CONNECTOR_CONSOLE_BIND
    console_bind: Bind
    #: ML_CONNECTOR_CONSOLE_URL: where people find the console behind a proxy; "" without one
    console_url: str
    #: ML_CONNECTOR_FLOWER_BIND
    flower_bind: Bind
    #: ML_CONNECTOR_ALLOW_HTTP
    allow_http: bool
    #: ML_CONNECTOR_OIDC_…: who else says who people are; None for our own users alone
    openid: OpenIdSettings | None
    #: ML_CONNECTOR_ALARM_… and ML_CONNECTOR_SMTP_…: how alarms are told
    alarms: AlarmSettings

    @property
    def passwords_are_taken(self) -> bool:
        """Whether people sign in to the console with a password of ours, too."""
        return self.openid is None or not self.openid.is_only_way

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings, and write nothing. Raises one ConfigurationError with every fault."""
        reader = Reader(environ)
        database_url = reader.url("DATABASE_URL", ("postgresql", "postgres"))
        settings = cls(
            database_url=database_url,
            redis_url=reader.url("REDIS_URL", ("redis", "rediss", "unix")),
            home=reader.folder("ML_CONNECTOR_HOME", ".ml-connector"),
            secret_keys=reader.keys("ML_CONNECTOR_SECRET_KEYS"),
            gateway_bind=reader.bind("ML_CONNECTOR_GATEWAY_BIND", "127.0.0.1:8080"),
            console_bind=reader.bind("ML_CONNECTOR_CONSOLE_BIND", "127.0.0.1:8081"),
            console_url=reader.public_url("ML_CONNECTOR_CONSOLE_URL"),
            flower_bind=reader.bind("ML_CONNECTOR_FLOWER_BIND", "127.0.0.1:5555"),
            allow_http=(allow_http := reader.switch("ML_CONNECTOR_ALLOW_HTTP")),
            openid=read_openid(reader, allow_http=allow_http),
            alarms=AlarmSettings.read(reader, allow_http=allow_http),
        )
        if reader.given("DATABASE_URL") and not reader.given("ML_CONNECTOR_SECRET_KEYS"):
            reader.fault("ML_CONNECTOR_SECRET_KEYS", "is needed beside DATABASE_URL; give a key")
        if reader.faults:
            raise ConfigurationError("environment", reader.faults)
        return settings

    def servers(self) -> tuple[Secret, Secret]:
        """The addresses of PostgreSQL and Redis. Raises ConfigurationError where one is not set."""
        if self.database_url is None or self.redis_url is None:
            raise ConfigurationError("environment", ["DATABASE_URL and REDIS_URL are needed"])
        return self.database_url, self.redis_url

    def to_environment(self) -> dict[str, str]:
        """Give the variables from which a child process reads these same settings."""
        variables = {
            "ML_CONNECTOR_HOME": str(self.home),
            "ML_CONNECTOR_GATEWAY_BIND": str(self.gateway_bind),
            "ML_CONNECTOR_CONSOLE_BIND": str(self.console_bind),
            "ML_CONNECTOR_FLOWER_BIND": str(self.flower_bind),
        }
        if self.console_url:
            variables["ML_CONNECTOR_CONSOLE_URL"] = self.console_url
        if self.database_url:
            variables["DATABASE_URL"] = self.database_url.reveal()
        if self.redis_url:
            variables["REDIS_URL"] = self.redis_url.reveal()
        if self.secret_keys:
            keys = ",".join(key.reveal() for key in self.secret_keys)
            variables["ML_CONNECTOR_SECRET_KEYS"] = keys
        if self.allow_http:
            variables["ML_CONNECTOR_ALLOW_HTTP"] = "1"
        if self.openid:
            variables |= self.openid.to_environment()
        return variables | self.alarms.to_environment()
