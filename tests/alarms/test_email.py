"""E-mail goes encrypted or not at all, and says nothing but what it should."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest

from connector.alarm_settings import SmtpSecurity
from connector.delivery import Mailer
from connector.domain.alarm_messages import About, message
from connector.domain.alarms import Alarm, AlarmKind, Severity
from connector.errors import RetryLaterError
from tests.alarms.conftest import by_email
from tests.certificates import NOW as TODAY
from tests.certificates import Authority

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
ALARM = Alarm(
    *(1, "acme", AlarmKind.PEER_AWAY, "brex", Severity.CRITICAL),
    *("it is away\r\nBcc: victim@example.com", "see\nwhether it runs", NOW, NOW),
)
PLAIN = {"user": "", "password": None}


@pytest.fixture
def tls(tmp_path, monkeypatch):
    """A context of localhost, whose authority is trusted."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.issue("localhost", TODAY + timedelta(days=1)))
    return context


@pytest.mark.parametrize("security", [SmtpSecurity.STARTTLS, SmtpSecurity.TLS])
def test_mail_goes_by_tls_to_a_server_that_proves_its_name(mail_server, tls, security):
    options = {"tls_context": tls, "require_starttls": True}
    if security is SmtpSecurity.TLS:
        options = {"ssl_context": tls}
    box, port = mail_server(**options)
    Mailer(by_email(port, host="localhost", security=security, **PLAIN))(message(About.TEST, NOW))
    assert box.mails[0]["Subject"] == "ml-connector: a test of the alarms"
    with pytest.raises(RetryLaterError, match="SSLCertVerificationError"):
        Mailer(by_email(port, host="127.0.0.1", security=security, **PLAIN))(
            message(About.TEST, NOW)
        )
    assert len(box.mails) == 1


def test_a_server_without_starttls_is_told_nothing(mail_server):
    box, port = mail_server()
    mailer = Mailer(by_email(port, security=SmtpSecurity.STARTTLS, **PLAIN))
    with pytest.raises(RetryLaterError, match="SMTPNotSupportedError"):
        mailer(message(About.TEST, NOW))
    assert box.mails == []


def test_no_sentence_of_an_alarm_becomes_a_header(mail_server):
    box, port = mail_server()
    Mailer(by_email(port, **PLAIN))(message(About.CHANGED, NOW, raised=[ALARM], resolved=[]))
    (mail,) = box.mails
    assert mail["Bcc"] is None
    assert set(mail.keys()) - {"X-Peer", "X-MailFrom", "X-RcptTo"} == {
        *("Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert "it is away" in mail.get_content()


def test_a_server_that_is_away_or_takes_nobody_in_is_tried_again(mail_server):
    with pytest.raises(RetryLaterError, match="ConnectionRefusedError"):
        Mailer(by_email(1, **PLAIN))(message(About.TEST, NOW))
    box, port = mail_server()
    box.answer = "451 later"
    with pytest.raises(RetryLaterError, match="SMTPDataError 451 later"):
        Mailer(by_email(port, **PLAIN))(message(About.TEST, NOW))
