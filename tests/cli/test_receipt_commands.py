"""Listing receipts, writing their files, and having failed ones tried again."""

from pathlib import Path

import pytest

from connector.domain.receipts import ReceiptFault, reference_of
from connector.ports import ReceiptFile, ReceiptTrouble
from connector.store.receipts import PostgresReceipts

PDF, HTML = b"%PDF-1.7 a receipt", b"<script>alert(1)</script>"


@pytest.fixture
def record(cli, file, released, work, application, sql):
    """A record with two receipts that are here and two that could not be had."""
    cli("connection", "add", file())
    (record_id,) = released(1)
    cli("poll", "acme-m3")
    sql("UPDATE connection SET config = jsonb_set(config, '{brex,receipts}', 'true')")
    sql(
        "INSERT INTO receipt (connection_id, record, receipt_id, file)"
        " SELECT connection_id, id, name, 1 FROM record,"
        " unnest(ARRAY['receipt_1', '-rf', 'receipt_3', 'receipt_4']) AS name"
    )
    receipts = PostgresReceipts(application.database)
    first, second, third, fourth = receipts.lease(1, 20, 60.0)
    receipts.stored(first, ReceiptFile(PDF, "application/octet-stream"))
    receipts.stored(second, ReceiptFile(HTML, "image/png"))
    receipts.troubled(
        [
            ReceiptTrouble(third, ReceiptFault.TOO_LARGE, "the file has 9 bytes", None),
            ReceiptTrouble(fourth, ReceiptFault.NO_ANSWER, "\x1b[31mred", None),
        ]
    )
    return record_id


def test_the_receipts_of_a_record_are_shown_with_size_type_hash_and_reason(cli, record):
    shown = cli.json("records", "show", record)["receipts"]
    assert shown == cli.json("records", "receipts", record)["receipts"]
    first, second, third, _ = shown
    assert (first["receipt_id"], first["file"], first["state"]) == ("receipt_1", 1, "stored")
    assert (first["content_type"], first["size"]) == ("application/octet-stream", len(PDF))
    assert (len(first["sha256"]), first["kept"], first["reason"]) == (64, True, None)
    assert second["content_type"] == "image/png"
    assert (third["state"], third["reason"], third["sha256"]) == ("failed", "too_large", None)
    for text in (
        cli("records", "show", record).stdout,
        cli("records", "receipts", record).stdout,
    ):
        assert all(part in text for part in ("receipt_1", first["sha256"], "too_large"))
        assert "\x1b" not in text


def test_what_could_not_be_had_is_listed_and_counted(cli, record):
    listed = cli.json("records", "receipts")["receipts"]
    assert [(row["connection"], row["record_id"], row["receipt_id"]) for row in listed] == [
        ("acme-m3", record, "receipt_4"),
        ("acme-m3", record, "receipt_3"),
    ]
    assert [row["reason"] for row in listed] == ["no_answer", "too_large"]
    assert len(cli.json("records", "receipts", "--limit", "1")["receipts"]) == 1
    assert len(cli.json("records", "receipts", "--connection", "acme-m3")["receipts"]) == 2
    cli("records", "receipts", "--connection", "other", code=1)
    assert "receipt_4" in cli("records", "receipts").stdout
    (status,) = cli.json("status")["connections"]
    assert status["receipts"] == {"wanted": 0, "failed": {"no_answer": 1, "too_large": 1}}
    assert "Receipts that are not here" in cli("status").stdout


@pytest.mark.parametrize("of", ["record", "all"])
def test_failed_ones_are_tried_again(cli, record, of):
    named = [record] if of == "record" else []
    assert "2 to be tried again" in cli("records", "receipts", *named, "--retry").stdout
    assert cli.json("records", "receipts")["receipts"] == []
    states = [row["state"] for row in cli.json("records", "receipts", record)["receipts"]]
    assert states == ["stored", "stored", "wanted", "wanted"]
    (status,) = cli.json("status")["connections"]
    assert status["receipts"] == {"wanted": 2, "failed": {}}


def test_files_are_written_by_id_and_by_what_they_are(cli, record, tmp_path):
    folder = tmp_path / "new" / "receipts"
    rows = cli.json("records", "receipts", record, "--save", str(folder))["receipts"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "01-receipt_1.pdf": PDF,
        "02--rf.bin": HTML,
    }
    assert [Path(row["saved"]).name for row in rows if "saved" in row] == [
        "01-receipt_1.pdf",
        "02--rf.bin",
    ]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert str(folder) in cli("records", "receipts", record, "--save", str(folder)).stdout


@pytest.mark.parametrize("obstacle", ["file", "link"])
def test_nothing_that_is_there_is_written_over(cli, record, tmp_path, obstacle):
    path, other = tmp_path / "01-receipt_1.pdf", tmp_path / "other"
    other.write_bytes(PDF)
    if obstacle == "file":
        path.write_bytes(b"mine")
    else:
        path.symlink_to(other)
    result = cli("records", "receipts", record, "--save", str(tmp_path), code=1)
    assert "is there already, and is something else" in result.output
    assert (path.read_bytes(), other.read_bytes()) == (
        b"mine" if obstacle == "file" else PDF,
        PDF,
    )


def test_a_file_that_was_deleted_is_said_to_be_gone(cli, record, sql, tmp_path):
    sql("DELETE FROM receipt_content WHERE content = %s", PDF)
    result = cli("records", "receipts", record, "--save", str(tmp_path), code=1)
    assert "1 files are not here any more" in result.output
    assert "stored, deleted since" in result.output
    assert [path.name for path in tmp_path.glob("0*")] == ["02--rf.bin"]


def test_a_use_that_means_nothing_is_refused(cli, record, tmp_path):
    assert "--save needs a record" in cli("records", "receipts", "--save", "x", code=2).output
    assert "no record" in cli("records", "receipts", "accr_absent", code=1).output


def test_a_receipt_is_found_by_what_documents_call_it(cli, record, sql):
    (first, *_) = cli.json("records", "receipts", record)["receipts"]
    assert first["reference"] == reference_of("receipt_1") == "R55D4A60"
    found = cli.json("records", "receipts", "R55D4A60")["receipts"]
    assert [one["receipt_id"] for one in found] == ["receipt_1", "-rf", "receipt_3", "receipt_4"]
    assert cli.json("records", "show", "R55D4A60")["record_id"] == record
    assert "R55D4A60" in cli("records", "receipts", record).stdout
    cli("records", "receipts", "R0000000", code=1)
    cli("records", "receipts", "R55D4A60", "--connection", "other", code=1)


def test_a_receipt_of_two_records_is_said_to_be_of_both(cli, record, sql):
    sql(
        "INSERT INTO record (connection_id, record_id, status, due_at)"
        " SELECT connection_id, 'accr_other', 'received', now() FROM record"
    )
    sql(
        "INSERT INTO receipt (connection_id, record, receipt_id, file)"
        " SELECT connection_id, id, 'receipt_1', 1 FROM record WHERE record_id = 'accr_other'"
    )
    said = cli("records", "receipts", "R55D4A60", code=1)
    assert f"{record}, accr_other" in said.stderr
