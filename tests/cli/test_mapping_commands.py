"""The mapping as a file: checked, compared, applied, shown."""

import pytest

from connector.connection_file import load_mapping
from connector.domain.records import Step
from tests.cli.conftest import NAME

SAME = """[mapping]
gl_account = "GL_ACCOUNT"
supplier_fallback = "BREX"
time_zone = "Europe/Stockholm"

[mapping.dimensions]
AIT2 = "COST_CENTER"
"""
NEW = SAME + '\n[mapping.types]\nCARD_PAYMENT = "ignore"\n'


@pytest.fixture
def mapping_file(tmp_path):
    """Writes a mapping file; gives its path."""

    def write(text):
        path = tmp_path / "mapping.toml"
        path.write_text(text)
        return str(path)

    return write


def test_every_fault_of_a_mapping_file_is_named_with_its_line_and_nothing_is_applied(
    cli, added, mapping_file
):
    faulty = mapping_file(NEW.replace("ignore", "journal").replace("AIT2", "AIT1"))
    for command in ("check", "diff", "apply"):
        result = cli("mapping", command, added, faulty, code=2)
        assert result.stdout == ""
        assert "line 7: mapping.dimensions.AIT1 is the dimension of the GL account" in result.stderr
        assert "line 1: mapping.offset_accounts.card_liability is missing" in result.stderr
    assert cli.json("mapping", "show", added)["version"] == 1


def test_a_mapping_is_checked_compared_applied_and_shown(cli, added, mapping_file):
    assert "nothing differs" in cli("mapping", "check", added, mapping_file(SAME)).stdout
    assert "1 setting differs" in cli("mapping", "check", added, mapping_file(NEW)).stdout
    assert cli.json("mapping", "diff", added, mapping_file(NEW)) == {
        "connection": NAME,
        "version": 1,
        "differences": [{"setting": "mapping.types.CARD_PAYMENT", "old": "", "new": "ignore"}],
    }
    assert "Version 2" in cli("mapping", "apply", added, mapping_file(NEW)).stdout
    again = cli("mapping", "apply", added, mapping_file(NEW))
    assert "version 2 stays in force" in again.stdout
    assert "Nothing differs" in cli("mapping", "diff", added, mapping_file(NEW)).stdout
    shown = cli.json("mapping", "show", added)
    assert (shown["version"], shown["mapping"]["types"]) == (2, {"CARD_PAYMENT": "ignore"})
    assert [one["version"] for one in shown["versions"]] == [2, 1]
    assert all(one["applied_by"].startswith("cli:") for one in shown["versions"])
    assert cli.json("mapping", "show", added, "--version", "1")["mapping"]["types"] == {}
    assert "cli:" in cli("mapping", "show", added, "--history").stdout


def test_what_is_shown_is_a_file_that_says_the_same(cli, added, mapping_file, tmp_path):
    cli("mapping", "apply", added, mapping_file(NEW))
    path = tmp_path / "shown.toml"
    path.write_text(cli("mapping", "show", added).stdout)
    assert path.read_text().startswith("# acme-m3, version 2, ")
    written = load_mapping(tmp_path / "mapping.toml", {}, erp_sections=())
    assert load_mapping(path, {}, erp_sections=()) == written
    assert "stays in force" in cli("mapping", "apply", added, str(path)).stdout


def test_a_connection_file_is_a_mapping_file_too(cli, added, file):
    changed = file(fallback="")
    assert "1 setting differs" in cli("mapping", "check", added, changed).stdout


def test_a_version_or_connection_that_is_not_there_is_said_so(cli, added, mapping_file):
    assert "has no version 9" in cli("mapping", "show", added, "--version", "9", code=1).stderr
    assert "no connection" in cli("mapping", "check", "nobody", mapping_file(SAME), code=1).stderr
    cli("mapping", "check", added, "nowhere.toml", code=2)


def test_a_record_keeps_the_version_of_the_mapping_that_its_documents_were_made_by(
    cli, added, mapping_file, released, work, sql, application
):
    def versions():
        return dict(sql("SELECT record_id, mapping_version FROM record"))

    (first,) = released(1)
    cli("poll", added)
    work(Step.MAP)
    cli("mapping", "apply", added, mapping_file(NEW))
    (second,) = released(1, seed=2)
    cli("poll", added)
    application._wired.clear()
    work(Step.MAP)
    assert versions() == {first: 1, second: 2}
    assert cli.json("records", "show", second)["mapping_version"] == 2


ENTITIES = """[mapping.company]
by = "billing_entity"
values = { "AAA" = { cono = 100, divi = "AAA" }, "BBB" = { cono = 100, divi = "BBB" } }
"""


@pytest.fixture
def asked(sandbox):
    """How often expenses were asked for."""
    return lambda: sandbox.operations("brex").get("GET /v1/expenses/<expense_id>", 0)


def test_the_company_follows_the_billing_entity_and_each_expense_is_asked_for_once(
    cli, file, released, work, statuses, sql, asked
):
    cli("connection", "add", file(more=ENTITIES))
    ids = released(6, entities=True)
    assert len(cli.json("preview", NAME, *ids)["previews"]) == 6
    assert asked() == 6
    assert sql("SELECT count(*) FROM billing_entity") == [(0,)]
    cli("poll", NAME)
    work(Step.MAP)
    assert set(statuses().values()) == {"mapped"}
    assert {row[0] for row in sql("SELECT erp_company FROM erp_document")} == {"100/AAA", "100/BBB"}
    assert asked() == 12
    sql("UPDATE record SET status = 'received', due_at = now()")
    work(Step.MAP)
    assert (set(statuses().values()), asked()) == ({"mapped"}, 12)


def test_a_record_whose_entity_could_not_be_asked_waits_and_goes_on(
    cli, file, released, work, statuses, sql, sandbox
):
    cli("connection", "add", file(more=ENTITIES))
    released(2, entities=True)
    cli("poll", NAME)
    sandbox.call("PATCH", "/settings", {"brex": {"expenses_scope": False}})
    try:
        work(Step.MAP)
    finally:
        sandbox.call("PATCH", "/settings", {"brex": {"expenses_scope": True}})
    assert set(statuses().values()) == {"fetched"}
    ((note,),) = sql("SELECT DISTINCT note FROM record")
    assert "answered 403" in note
    sql("UPDATE record SET due_at = now()")
    work(Step.MAP)
    assert set(statuses().values()) == {"mapped"}


def test_a_preview_shows_both_documents_of_a_record(cli, file, released):
    more = """[mapping.types]
CARD_EXPENSE_POST = "invoice_and_journal"
[mapping.offset_accounts]
card_liability = "2440"
ap_clearing = "2441"
"""
    cli("connection", "add", file(more=more))
    (record_id,) = released(1, refunds=0.0)
    (shown,) = cli.json("preview", NAME, record_id, code=1)["previews"]
    # M3 takes entries once it is told of an interface for them
    assert shown["hold"]["field"] == "infor.journal_interface"


def test_a_replay_shows_every_line_of_past_records_that_a_file_would_make_otherwise(
    cli, added, mapping_file, released, work, statuses, sql, sandbox
):
    posted = released(3, refunds=0.0, seed=3)
    uncoded = released(1, refunds=0.0, seed=4, uncoded=1.0)[0]
    cli("poll", added)
    work()
    assert sorted(statuses().values()) == ["exported"] * 3 + ["held"]
    ((account,),) = sql(
        "SELECT content->'lines'->0->'dimensions'->0->>1 FROM erp_content c"
        " JOIN record r ON r.id = c.record WHERE r.record_id = %s",
        posted[0],
    )
    before = sandbox.operations(), sql("SELECT r::text FROM record r ORDER BY id")
    values = f'[mapping.values.GL_ACCOUNT]\n"{account}" = "9999"\n'

    def replay(text):
        path = mapping_file(text)
        return cli.json("mapping", "replay", added, path, "--since", "2026-01-01")

    same = replay(SAME)
    assert (same["records"], same["changed"]) == (4, [])
    changed = {one["record_id"]: one for one in replay(SAME + values)["changed"]}
    assert posted[0] in changed
    first = changed[posted[0]]
    assert first["status"] == "exported"
    assert f"AIT1={account}" in first["changes"][0]["old"]
    assert "AIT1=9999" in first["changes"][0]["new"]
    held = replay(SAME + '[mapping.types]\nCARD_EXPENSE_POST = "hold"\n')["changed"]
    assert {one["record_id"] for one in held} == {*posted, uncoded}
    told = cli("mapping", "replay", added, mapping_file(SAME + values), "--since", "2026-01-01")
    assert "of 4 records would be otherwise" in told.stdout
    assert (sandbox.operations(), sql("SELECT r::text FROM record r ORDER BY id")) == before
    assert cli.json("mapping", "replay", added, mapping_file(NEW), "--since", "2099-01-01") == {
        "connection": NAME,
        "since": "2099-01-01",
        "records": 0,
        "changed": [],
    }


def test_what_the_erp_could_not_take_at_all_is_held_in_a_replay_as_well(
    cli, file, mapping_file, released, work, statuses, sandbox
):
    """M3 takes entries once it is told of an interface for them."""
    entries = """[mapping.types]
CARD_EXPENSE_POST = "journal"
[mapping.offset_accounts]
card_liability = "2441"
"""
    cli("connection", "add", file(more=entries))
    released(1, refunds=0.0)
    cli("poll", NAME)
    work()
    assert list(statuses().values()) == ["held"]
    same = cli.json(
        "mapping", "replay", NAME, mapping_file(SAME + entries), "--since", "2026-01-01"
    )
    assert (same["records"], same["changed"]) == (1, [])
