"""Secrets that can be recognised, and the search for them in all that an installation leaves behind.

`SANDBOX` makes the simulated peers expect them; `tests.endtoend.installation` writes them into its
connection. `assert_no_canary` then looks for them, for the sandbox's own secrets, for the tokens it
gives out, and for the keys and passwords of the settings.
"""

import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import psycopg2
from redis import Redis

from connector.settings import Settings

MARK = "CANARY7f3a"
BREX_TOKEN = f"bxt_{MARK}BrexToken"
#: Base64 as it stands, of 24 bytes.
WEBHOOK_SECRET = f"{MARK}WebhookSecret000000000"
#: Url-safe base64 as it stands, of 32 bytes.
FERNET_KEY = f"{MARK}FernetKey".ljust(43, "0") + "="
CLIENT_SECRET = f"{MARK}-oauth/client+secret&="
REFRESH_TOKEN = f"{MARK}-refresh/token+0"
SANDBOX = {
    "brex": {
        "token": BREX_TOKEN,
        "webhook_secrets": [{"secret": WEBHOOK_SECRET, "status": "ACTIVE"}],
        "oauth_client_secret": CLIENT_SECRET,
        "receipt_signature": f"{MARK}ReceiptSignature-",
    },
    "infor": {
        "cs": f"{MARK}-ion_client.secret",
        "saak": f"SANDBOX_TST#{MARK}ServiceAccount",
        "sask": f'{MARK}-"service"\\secret',
    },
    "ifs": {"client_secret": f"{MARK}-iam/client+secret", "password": f"{MARK}-iam-password"},
}
#: Stands in payloads: PostgreSQL keeps it, a command may show it, and no log does.
PAYLOAD = "PAYLOAD5c1e"
#: What the sandbox gives out, and its secrets where nobody has put a canary.
_SANDBOXS = (
    *("sandbox-ion-access-", "sandbox-brex-access-", "sandbox-refresh-token-", "sandbox-ifs-"),
    *(
        "sandbox-receipt-signature",
        "bxt_sandbox",
        "sandbox-client-secret",
        "sandbox-ion-client-secret",
    ),
    *("sandboxserviceaccount", "sandbox-ion-service-secret", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"),
)
#: What a test gives to the installation, and so knows.
_GIVEN = {".toml", ".ionapi", ".ifs"}


def assert_no_canary(folder: Path, settings: Settings, *outputs: str) -> None:
    """No secret in any form in the files below `folder`, the servers' logs, Redis, PostgreSQL or
    the given outputs of commands; and nothing of a payload in files and Redis."""
    secrets = [MARK, *_SANDBOXS, *_of(settings)]
    without_payload = [*_files(folder, settings), *_redis(settings)]
    found = list(_hits([*without_payload, *_tables(settings), *_texts(outputs)], secrets))
    found += list(_hits(without_payload, [PAYLOAD]))
    assert not found, "\n".join(found)


def forms(secret: str) -> set[bytes]:
    """The secret as it is written in texts, URLs, JSON, base64 (wherever it begins) and bytea."""
    raw = secret.encode()
    escaped = json.dumps(secret)[1:-1]
    written = {
        *(secret, escaped, escaped.replace("/", "\\/"), raw.hex(), raw.hex().upper()),
        *("".join(f"\\u{ord(char):04x}" for char in secret), quote(secret), quote_plus(secret)),
        *(quote(secret, safe=""), "".join(f"%{byte:02X}" for byte in raw)),
    }
    return {one.encode() for one in written} | set(_base64(raw))


def _base64(raw: bytes) -> Iterator[bytes]:
    """All characters that do not depend on what stands before and after."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        own = encoded[(0, 2, 3)[before] : (before + len(raw)) * 8 // 6]
        yield own
        yield own.translate(bytes.maketrans(b"+/", b"-_"))


def _of(settings: Settings) -> Iterator[str]:
    for key in settings.secret_keys:
        yield key.reveal()
    for url in (settings.database_url, settings.redis_url):
        password = urlsplit(url.reveal()).password if url else None
        if password:
            yield password


def _files(folder: Path, settings: Settings) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix not in _GIVEN:
            yield str(path), path.read_bytes()
    for path in settings.home.rglob("*.log"):
        yield str(path), path.read_bytes()


def _redis(settings: Settings) -> Iterator[tuple[str, bytes]]:
    assert settings.redis_url
    read = {
        b"string": lambda client, key: client.get(key),
        b"list": lambda client, key: client.lrange(key, 0, -1),
        b"set": lambda client, key: client.smembers(key),
        b"hash": lambda client, key: client.hgetall(key),
        b"zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
        b"stream": lambda client, key: client.xrange(key),
        b"none": lambda client, key: b"",  # it ended a moment ago
    }
    with Redis.from_url(settings.redis_url.reveal()) as client:
        for key in client.scan_iter():
            yield f"Redis {key!r}", key + b" " + _flat(read[client.type(key)](client, key))


def _flat(value: object) -> bytes:
    if isinstance(value, dict):
        return b" ".join(_flat(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set):
        return b" ".join(_flat(part) for part in value)
    return value if isinstance(value, bytes) else str(value).encode()


def _tables(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Every table as text, and the statements that the server still shows."""
    assert settings.database_url
    connection = psycopg2.connect(settings.database_url.reveal())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
            " AND table_type = 'BASE TABLE'"
        )
        sources = [name for (name,) in cursor.fetchall()]
        sources.append("(SELECT query FROM pg_stat_activity WHERE datname = current_database())")
        for source in sources:
            text = io.BytesIO()
            cursor.copy_expert(f"COPY {source} TO STDOUT", text)
            yield f"PostgreSQL {source}", text.getvalue()
    connection.close()


def _texts(outputs: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for number, output in enumerate(outputs, start=1):
        yield f"output {number}", output.encode()


def _hits(places: list[tuple[str, bytes]], secrets: list[str]) -> Iterator[str]:
    bare = [(name, _once_escaped(text)) for name, text in places]
    for secret in secrets:
        for form in {_once_escaped(form) for form in forms(secret)}:
            for name, text in bare:
                at = text.find(form)
                if at >= 0:
                    around = text[max(0, at - 80) : at + len(form) + 40]
                    yield f"{secret!r} in {name}: …{around.decode(errors='replace')}…"


def _once_escaped(text: bytes) -> bytes:
    """What was escaped several times over, as if it were once."""
    return re.sub(rb"\\+", rb"\\", text)
