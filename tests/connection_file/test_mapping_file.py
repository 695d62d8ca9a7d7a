"""A mapping is read from a file of its own, or out of a connection file; faults have lines."""

import pytest

from connector.connection_file import load_mapping
from connector.connection_file.toml_text import read_toml
from connector.domain.connections import MappingConfig
from connector.errors import ConfigurationError

SECTIONS = ("infor", "ifs")


@pytest.fixture
def mapping(tmp_path):
    """Reads a text as the mapping file `m.toml`."""

    def read(text, environ=None):
        path = tmp_path / "m.toml"
        path.write_text(text, encoding="utf-8", newline="")
        return load_mapping(path, environ or {}, erp_sections=SECTIONS)

    return read


@pytest.fixture
def faults(mapping):
    def of(text):
        with pytest.raises(ConfigurationError) as caught:
            mapping(text)
        return caught.value.faults

    return of


def test_a_mapping_file_is_the_section_of_a_connection_file(mapping):
    assert mapping('[mapping]\ngl_account = "GL"\n') == MappingConfig("GL")
    whole = 'name = "x"\nerp = 5\nmode = "shadow"\n[limits]\n[brex]\ntoken = "env:NOWHERE"\n[infor]\n[mapping]\ngl_account = "GL"'
    assert mapping(whole) == MappingConfig("GL")


def test_a_reference_is_followed(mapping):
    assert mapping('[mapping]\ngl_account = "env:FIELD"', {"FIELD": "GL"}) == MappingConfig("GL")


def test_every_fault_is_told_at_once_with_its_line(faults):
    told = faults(
        """# a controller's file
[mapping]
gl_account = "GL"
time_zone = "Mars"

[mapping.dimensions]
AIT2 = "GL"

[mapping.suppliers]
"pmch_1" = "1"
"pmch.2" = 5

[mapping.types]
CARD_PAYMENT = "journal"
CARD_EXPENS_POST = "invoice"
[mapping.company]
field = "ENTITY"
values = { "SE" = { cono = 1, divi = "A" },
  "NO" = { cono = 1 } }
""".replace(",\n ", ", ")
    )
    assert [fault.partition(" is ")[0] for fault in told] == [
        "line 2: mapping.offset_accounts.card_liability",
        "line 2: mapping.offset_accounts.cash",
        "line 4: mapping.time_zone",
        "line 7: mapping.dimensions.AIT2",
        "line 11: mapping.suppliers.pmch.2",
        "line 15: mapping.types.CARD_EXPENS_POST",
        "line 18: mapping.company.values.NO lacks divi; give it a value",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "line 1: mapping is missing"),
        ("mappin = 1", "line 1: mapping is missing"),
        ("[mapping]\ntypes.CARD_PAYMENT = 'x'\ngl_account = 'GL'", "line 2: mapping.types.CARD_P"),
        ("mapping = { gl_account = 'GL',\ttime_zone = 'x' }", "line 1: mapping.time_zone is 'x'"),
        ("[mapping]\r\ngl_account = 'GL'\r\ntime_zone = 'x'\r\n", "line 3: mapping.time_zone"),
        ('[mapping]\ngl_account = """\nG\nL"""\ntime_zone = 1', "line 2: mapping.gl_account has a"),
        (
            "[mapping]\ngl_account = 'GL'\nsuppliers = [\n 1,\n 2 ]",
            "line 3: mapping.suppliers is a",
        ),
        ("[mapping]\ngl_account = 'GL'\n[mapping.'odd key']\n", "line 3: mapping.'odd key' is no"),
        ("[[mapping]]\ngl_account = 'GL'\n", "line 1: mapping is a list; write a table"),
    ],
)
def test_the_line_is_that_of_the_statement(faults, text, expected):
    assert faults(text)[0].startswith(expected)


def test_what_is_no_toml_says_where(faults):
    (told,) = faults("[mapping]\ngl_account = GL\n")
    assert told == "is not TOML: Invalid value (at line 2, column 14)"


def test_the_example_knows_a_line_for_every_key(tmp_path):
    from importlib.resources import files

    example = files("connector.connection_file").joinpath("example.toml").read_text()
    (tmp_path / "x.toml").write_text(example)
    lines = read_toml(tmp_path / "x.toml").lines()
    text = example.split("\n")
    assert lines["mapping"] == text.index("[mapping]") + 1
    assert lines["mapping.values.GL_ACCOUNT.efo_123"] == text.index('"efo_123" = "7500"') + 1
    assert text[lines["mapping.company.values.ACME_NO.divi"] - 1].startswith("values = {")
