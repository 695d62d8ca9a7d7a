"""A real mail server and a real receiver of webhooks, and alarms that go there."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from redis import Redis
from svix.webhooks import Webhook

from connector.alarm_settings import AlarmSettings, SmtpSecurity, SmtpSettings, WebhookSettings
from connector.alarms import Alarms
from connector.secret import Secret
from connector.store.connections import Connections
from connector.store.roles import Role

SIGNING_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PASSWORD = "CANARY-4be1-password"


class Mailbox:
    """Takes mail in; `answer` is what it says to the next ones."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            self.recipients = envelope.rcpt_tos
        return self.answer


class _MailServer(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="mail.test", **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        """Somebody comes, at the port that the system chose, and says nothing."""
        self.port = self.server.sockets[0].getsockname()[1]
        socket.create_connection((self.hostname, self.port)).close()


@pytest.fixture
def mail_server() -> Iterator[Callable[..., tuple[Mailbox, int]]]:
    """`mail_server(**options)`: a mailbox behind a server of aiosmtpd, and its port."""
    started: list[Controller] = []

    def start(**options) -> tuple[Mailbox, int]:
        box = Mailbox()
        server = _MailServer(box, hostname="127.0.0.1", port=0, **options)
        server.start()
        started.append(server)
        return box, server.port

    yield start
    for server in started:
        server.stop(no_assert=True)


class Receiver:
    """Takes webhooks in whose signature is right; `answers` are its first statuses, then 204."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict]] = []
        self.asked: list[tuple[str, str]] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=[0.02])
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks/ml?key=CANARY-9c0d-key"

    def _handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.asked.append((self.path, self.headers["webhook-id"]))
                status = receiver.answers.pop(0) if receiver.answers else 204
                if status == 204:
                    Webhook(SIGNING_SECRET).verify(body, dict(self.headers))
                    receiver.taken.append((self.headers["webhook-id"], json.loads(body)))
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args) -> None:
                """Say nothing."""

        return Handler

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


@pytest.fixture
def mailbox(mail_server) -> tuple[Mailbox, int]:
    def check(server, session, envelope, mechanism, auth_data):
        good = auth_data.login == b"me" and auth_data.password == PASSWORD.encode()
        return AuthResult(success=good, handled=False)

    return mail_server(authenticator=check, auth_require_tls=False)


def by_email(port: int, **changed) -> SmtpSettings:
    given = {
        "host": "127.0.0.1",
        "port": port,
        "security": SmtpSecurity.NONE,
        "user": "me",
        "password": Secret(PASSWORD),
        "sender": "alarms@example.com",
        "recipients": ("a@example.com", "b@example.com"),
    }
    return SmtpSettings(**given | changed)


def by_webhook(url: str) -> WebhookSettings:
    return WebhookSettings(Secret(url), Secret(SIGNING_SECRET))


@pytest.fixture
def alarms_as(database_as, vault, empty_redis_url) -> Iterator[Callable[[AlarmSettings], Alarms]]:
    """The alarms as a worker keeps them, told by those ways."""
    client = Redis.from_url(empty_redis_url.reveal())

    def make(settings: AlarmSettings, *, allow_http: bool = True) -> Alarms:
        database = database_as(Role.WORKER)
        return Alarms(
            database, Connections(database, vault), client, settings, allow_http=allow_http
        )

    yield make
    client.close()


@pytest.fixture
def alarms(alarms_as, mailbox, receiver) -> Alarms:
    """Told by both ways, and daily at an hour that is not yet."""
    return alarms_as(
        AlarmSettings(email=by_email(mailbox[1]), webhook=by_webhook(receiver.url), hour=0)
    )


OUTAGE = (
    "INSERT INTO outage (connection_id, peer, of_writes, why, wait_s, probe_at, began_at)"
    " VALUES (%s, %s, false, 'answered 503', 30, now(), now() - interval '1 hour')"
)


@pytest.fixture
def peer_away(sql, connection_id) -> Callable[..., None]:
    """A peer has not answered for an hour; or it does again."""

    def away(peer: str = "brex", *, back: bool = False) -> None:
        if back:
            sql("UPDATE outage SET ended_at = now() WHERE peer = %s", peer)
        else:
            sql(OUTAGE, connection_id, peer)

    sql("UPDATE alarm_round SET told_on = current_date + 1")  # the day's message is another test's
    return away


@pytest.fixture
def due_now(sql) -> Callable[[], None]:
    """What is put off is due."""
    return lambda: sql("UPDATE alarm_delivery SET due_at = now() WHERE due_at IS NOT NULL")
