"""Messages about alarms by e-mail."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from connector import log
from connector.alarm_settings import SmtpSecurity, SmtpSettings
from connector.delivery import wording
from connector.domain.alarm_messages import AlarmMessage
from connector.errors import RetryLaterError
from connector.redaction import redacted

LOG = log.logger(__name__)

#: For each word that is waited for.
_PATIENCE_S = 15.0


class Mailer:
    """Sends messages by one mail server, encrypted unless it is this host's own."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def __call__(self, message: AlarmMessage) -> None:
        """Send it; the server has it afterwards. A repeat has the same Message-ID.

        Raises RetryLaterError, whose text holds no secret.
        """
        try:
            refused = self._send(self._mail(message))
        except (OSError, smtplib.SMTPException) as error:
            raise RetryLaterError(f"{self._settings.host}: {self._said(error)}") from None
        if refused:
            LOG.warning("alarm_mail_refused_in_part", message=message.id, number=len(refused))

    def _send(self, mail: EmailMessage) -> dict[str, tuple[int, bytes]]:
        settings = self._settings
        with self._connection() as server:
            if settings.security is SmtpSecurity.STARTTLS:
                server.starttls(context=ssl.create_default_context())
            if settings.password:
                server.login(settings.user, settings.password.reveal())
            return server.send_message(mail)

    def _connection(self) -> smtplib.SMTP:
        where = (self._settings.host, self._settings.port)
        if self._settings.security is SmtpSecurity.TLS:
            encrypted = ssl.create_default_context()
            return smtplib.SMTP_SSL(*where, timeout=_PATIENCE_S, context=encrypted)
        return smtplib.SMTP(*where, timeout=_PATIENCE_S)

    def _mail(self, message: AlarmMessage) -> EmailMessage:
        sender = self._settings.sender
        mail = EmailMessage()
        mail["Subject"] = wording.subject(message)
        mail["From"] = sender
        mail["To"] = ", ".join(self._settings.recipients)
        mail["Date"] = format_datetime(datetime.fromisoformat(message.content["timestamp"]))
        mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(wording.text(message))
        return mail

    def _said(self, error: Exception) -> str:
        """What went wrong; of a log-in that was refused, the code alone."""
        name = type(error).__name__
        match error:
            case smtplib.SMTPAuthenticationError():
                return f"{name} {error.smtp_code}"
            case smtplib.SMTPResponseException():
                said = error.smtp_error
                text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
                return f"{name} {error.smtp_code} {self._masked(text)}"
            case smtplib.SMTPRecipientsRefused():
                codes = sorted({str(code) for code, _ in error.recipients.values()})
                return f"{name} {', '.join(codes)}: all recipients were refused"
            case ssl.SSLCertVerificationError():
                return f"{name}: {error.verify_message}"
            case smtplib.SMTPNotSupportedError():
                return f"{name}: {self._masked(str(error))}"
            case _:
                return name

    def _masked(self, text: str) -> str:
        password = self._settings.password
        return str(redacted(text.replace(password.reveal(), "***") if password else text))
