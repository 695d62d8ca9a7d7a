"""How alarms are told: the variables of the environment that say so."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from connector.environment import Reader
from connector.secret import Secret
from connector.urls import is_plain_path, url_faults

_SMTP, _ALARM = "ML_CONNECTOR_SMTP", "ML_CONNECTOR_ALARM"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
#: What people have; a name beside it, a comment or a group has no place in a variable.
_MAILBOX = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
)
#: Standard Webhooks: 24 to 64 random bytes.
_SHORTEST_KEY, _LONGEST_KEY = 24, 64
_MORNING = 8


class SmtpSecurity(StrEnum):
    """How the connection to the mail server is kept from others."""

    #: Plain at first, and encrypted before anything is said.
    STARTTLS = "starttls"
    TLS = "tls"
    #: Within this host alone.
    NONE = "none"


_PORTS = {SmtpSecurity.STARTTLS: 587, SmtpSecurity.TLS: 465, SmtpSecurity.NONE: 25}


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """A mail server, and who writes to whom."""

    #: ML_CONNECTOR_SMTP_HOST
    host: str
    #: ML_CONNECTOR_SMTP_PORT
    port: int
    #: ML_CONNECTOR_SMTP_SECURITY
    security: SmtpSecurity
    #: ML_CONNECTOR_SMTP_USER; "" where the server asks for none
    user: str
    #: ML_CONNECTOR_SMTP_PASSWORD
    password: Secret | None
    #: ML_CONNECTOR_ALARM_FROM
    sender: str
    #: ML_CONNECTOR_ALARM_TO, comma-separated
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Who is told by a signed webhook."""

    #: ML_CONNECTOR_ALARM_WEBHOOK_URL: whoever has it may be able to post there
    url: Secret
    #: ML_CONNECTOR_ALARM_WEBHOOK_SECRET: `whsec_…`
    secret: Secret


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """The ways by which alarms are told, and when the daily message goes out."""

    email: SmtpSettings | None = None
    webhook: WebhookSettings | None = None
    #: ML_CONNECTOR_ALARM_HOUR
    hour: int = _MORNING
    #: ML_CONNECTOR_ALARM_TIME_ZONE
    time_zone: str = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the hour."""
        return ZoneInfo(self.time_zone)

    @classmethod
    def read(cls, reader: Reader, *, allow_http: bool) -> AlarmSettings:
        """Read them; what is wrong is the reader's to tell."""
        zone = reader.environ.get(f"{_ALARM}_TIME_ZONE", "UTC")
        if zone not in available_timezones():
            reader.fault(f"{_ALARM}_TIME_ZONE", "is no time zone; write it like Europe/Stockholm")
        return cls(
            email=_email(reader),
            webhook=_webhook(reader, allow_http=allow_http),
            hour=reader.number(f"{_ALARM}_HOUR", _MORNING, 0, 23),
            time_zone=zone,
        )

    def to_environment(self) -> dict[str, str]:
        """Give the variables from which a child process reads these same settings."""
        variables = {f"{_ALARM}_HOUR": str(self.hour), f"{_ALARM}_TIME_ZONE": self.time_zone}
        if self.email:
            variables |= {
                f"{_SMTP}_HOST": self.email.host,
                f"{_SMTP}_PORT": str(self.email.port),
                f"{_SMTP}_SECURITY": self.email.security,
                f"{_ALARM}_FROM": self.email.sender,
                f"{_ALARM}_TO": ",".join(self.email.recipients),
            }
            if self.email.password:
                variables[f"{_SMTP}_USER"] = self.email.user
                variables[f"{_SMTP}_PASSWORD"] = self.email.password.reveal()
        if self.webhook:
            variables[f"{_ALARM}_WEBHOOK_URL"] = self.webhook.url.reveal()
            variables[f"{_ALARM}_WEBHOOK_SECRET"] = self.webhook.secret.reveal()
        return variables


def _email(reader: Reader) -> SmtpSettings | None:
    password = reader.secret(f"{_SMTP}_PASSWORD")
    given = {
        name: reader.environ.get(name, "").strip()
        for name in (f"{_SMTP}_HOST", f"{_ALARM}_FROM", f"{_ALARM}_TO", f"{_SMTP}_USER")
    }
    host, sender, to, user = given.values()
    security = _security(reader, host)
    port = reader.number(f"{_SMTP}_PORT", _PORTS[security], 1, 65535)
    if not any(given.values()) and password is None:
        return None
    for name in (f"{_SMTP}_HOST", f"{_ALARM}_FROM", f"{_ALARM}_TO"):
        if not given[name]:
            reader.fault(name, "is needed for alarms by e-mail; give it, or unset the others")
    if host and not _HOST.fullmatch(host):
        reader.fault(f"{_SMTP}_HOST", "is no name of a host; the port has a variable of its own")
    recipients = tuple(one.strip() for one in to.split(","))
    if sender and not _MAILBOX.fullmatch(sender):
        reader.fault(f"{_ALARM}_FROM", "is no address; write it like alarms@example.com")
    if to and not all(_MAILBOX.fullmatch(one) for one in recipients):
        reader.fault(f"{_ALARM}_TO", "is no list of addresses; write it like a@example.com,b@…")
    if bool(user) != (password is not None):
        reader.fault(f"{_SMTP}_USER", f"and {_SMTP}_PASSWORD go together; give both or neither")
    if not (user.isascii() and user.isprintable()):
        reader.fault(f"{_SMTP}_USER", "has characters that a user name cannot have")
    return SmtpSettings(
        *(host, port, security, user, Secret(password) if password else None),
        *(sender, recipients),
    )


def _security(reader: Reader, host: str) -> SmtpSecurity:
    name = f"{_SMTP}_SECURITY"
    said = reader.environ.get(name, SmtpSecurity.STARTTLS)
    if said not in list(SmtpSecurity):
        reader.fault(name, f"is none of {', '.join(SmtpSecurity)}")
        return SmtpSecurity.STARTTLS
    if said == SmtpSecurity.NONE and host not in _LOOPBACK:
        reader.fault(name, "is none, which goes to this host alone; use starttls or tls")
    return SmtpSecurity(said)


def _webhook(reader: Reader, *, allow_http: bool) -> WebhookSettings | None:
    name, secret_name = f"{_ALARM}_WEBHOOK_URL", f"{_ALARM}_WEBHOOK_SECRET"
    url, secret = reader.secret(name), reader.secret(secret_name)
    if url is None or secret is None:
        if (url is None) != (secret is None) and not (
            reader.given(name) and reader.given(secret_name)
        ):
            reader.fault(name, f"and {secret_name} go together; give both or neither")
        return None
    for fault in _url_faults(url, allow_http=allow_http):
        reader.fault(name, fault)
    if not _is_signing_secret(secret):
        reader.fault(secret_name, "is not whsec_ and 24 to 64 random bytes in base64")
    return WebhookSettings(Secret(url), Secret(secret))


def _url_faults(url: str, *, allow_http: bool) -> list[str]:
    """What would keep the client from posting there."""
    if faults := url_faults(url, allow_http=allow_http, query=True):
        return faults
    parts = urlsplit(url)
    if parts.fragment:
        return ["has a fragment; end it before the #"]
    plain = not parts.path or is_plain_path(parts.path)
    return [] if plain else ["has a path that is not plain; write other characters as %7C"]


def _is_signing_secret(secret: str) -> bool:
    prefix, _, key = secret.partition("_")
    try:
        size = len(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        return False
    return prefix == "whsec" and _SHORTEST_KEY <= size <= _LONGEST_KEY
