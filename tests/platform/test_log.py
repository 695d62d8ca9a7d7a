"""What a log line shows, and what it never shows."""

import io
import json
import logging

import pytest
import structlog

from connector import log
from connector.redaction import redacted
from connector.secret import Secret


@pytest.fixture(autouse=True)
def restored_logging():
    root = logging.getLogger()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)
    logging.captureWarnings(False)


def logged(write, fmt="json") -> str:
    stream = io.StringIO()
    log.configure(stream, fmt)
    write(log.logger("product.module"))
    return stream.getvalue()


def test_a_line_is_json_with_time_level_event_and_fields():
    line = json.loads(logged(lambda logger: logger.info("record_posted", document="BX1", count=2)))
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info",
        "event": "record_posted",
        "logger": "product.module",
        "document": "BX1",
        "count": 2,
    }


def test_fields_are_bound_for_a_block_to_the_lines_of_every_library():
    def write(logger):
        with log.bind(connection="acme"):
            logging.getLogger("celery.worker").warning("took %s", "a task")
        logger.info("after")

    inside, after = map(json.loads, logged(write).splitlines())
    assert (inside["event"], inside["connection"]) == ("took a task", "acme")
    assert "connection" not in after


@pytest.mark.parametrize("fmt", ["json", "console"])
def test_nobody_can_write_a_line_of_his_own_or_move_the_cursor(fmt):
    attack = "memo\r\n2026-01-01 [error] forged\x1b[2J\x1b]0;title\x07\u2028\u202e\x9b31m\x00"
    output = logged(lambda logger: logger.info("event", memo=attack, **{"k\ney": attack}), fmt)
    assert len(output.splitlines()) == 1
    assert not any(character in output for character in "\r\x1b\x07\u2028\u202e\x9b\x00")
    assert "forged" in output


@pytest.mark.parametrize("fmt", ["json", "console"])
def test_a_traceback_keeps_its_lines_but_none_passes_for_an_event(fmt):
    def write(logger):
        try:
            raise ValueError("bad\n{}\x1b[31m Bearer abc.def")
        except ValueError:
            logger.exception("failed")

    output = logged(write, fmt)
    assert "ValueError" in output
    assert "abc.def" not in output
    assert "\x1b" not in output
    assert not any(line.startswith("{}") for line in output.splitlines())


def test_secrets_do_not_show_by_field_by_type_or_by_shape():
    canary = "CANARY-7f3a"

    def write(logger):
        logger.info(
            "call",
            authorization=f"Bearer {canary}",
            key=Secret(canary),
            nested=[{"Client-Secret": canary, "items": ({"sask": canary, "saak": canary},)}],
            webhook_secrets=[canary],
            header=f"authorization: bearer {canary}",
            url=f"https://user:{canary}@host/path",
            query=f"GET /x?access_token={canary}&page=2",
            link=f"https://s3/k?X-Amz-Credential={canary}%2Fs3&X-Amz-Security-Token={canary}"
            f"&X-Amz-Signature={canary}",
            body=f'{{"refresh_token": "{canary}", "cs":"{canary}"}}',
            form=f"client_secret={canary}&grant_type=password&password={canary}",
            svix=f"secret is whsec_{canary}",
            bare=f"whsec_{canary}",
        )
        logging.getLogger("urllib3").warning("retry %s", f"redis://:{canary}@h:1/0")
        try:
            raise RuntimeError(f"password={canary}")
        except RuntimeError:
            logger.exception("failed", token=canary)

    output = logged(write)
    assert canary not in output
    assert "page=2" in output
    assert "/path" in output
    assert canary not in logged(write, "console")


def test_harmless_values_stay_as_they_are():
    values = {"id": "accr_1", "amount": "12.50", "ok": True, "none": None, "url": "https://h/p?x=1"}
    assert redacted(values) == values


def test_a_long_value_is_cut_and_takes_no_long_time():
    line = json.loads(
        logged(lambda logger: logger.info("e", memo="a.b://" * 500_000, x=["y" * 3000]))
    )
    assert len(line["memo"]) < 2_100
    assert len(line["x"][0]) < 2_100


def test_a_value_that_cannot_be_printed_does_not_fail_the_work():
    class Broken:
        def __str__(self):
            raise RuntimeError

    recursive = {}
    recursive["self"] = recursive
    line = json.loads(logged(lambda logger: logger.info("e", broken=Broken(), recursive=recursive)))
    assert line["broken"] == "<Broken>"
