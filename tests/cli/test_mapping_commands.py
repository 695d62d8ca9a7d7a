"""The mapping as a file: checked, compared, applied, shown."""

import pytest

from connector.connection_file import load_mapping
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
