"""The texts name commands that there are, variables that are read, and places that exist."""

import re
from pathlib import Path

import click
import pytest

from connector.cli import main
from connector.connection_file import load
from connector.registry import ERPS
from connector.settings import Settings
from sandbox.__main__ import main as sandbox

ROOT = Path(__file__).parents[2]
TEXTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "deploy" / "README.md",
    ROOT / "sandbox" / "README.md",
]
SHARED = pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))

COMMAND = re.compile(r"^ml-connector((?: +[^\s#&|`]+)*)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def commands_of(text: str) -> list[list[str]]:
    """The words after `ml-connector` in code blocks and in code spans."""
    code = [line for _, block in FENCE.findall(text) for line in block.splitlines()]
    code += re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    found = (COMMAND.match(line.strip()) for line in code)
    return [match[1].split() for match in found if match]


def unknown_in(words: list[str]) -> str | None:
    """The first word that is neither a command nor an option of it; None if all are."""
    command: click.Command = main
    if words[:1] == ["sandbox"]:
        command, words = sandbox, words[1:]  # it is passed on, options and all
    for word in words:
        if word.startswith("--"):
            options = [name for one in command.params for name in one.opts]
            if word.partition("=")[0] not in {*options, "--help", "--version"}:
                return word
        elif isinstance(command, click.Group):
            if word in {"COMMAND", "…"}:
                return None
            found = command.get_command(click.Context(command), word)
            if found is None:
                return word
            command = found
    return None


@SHARED
def test_every_command_and_option_that_a_text_names_exists(path):
    named = commands_of(path.read_text(encoding="utf-8"))
    assert [(words, word) for words in named if (word := unknown_in(words))] == []


def test_a_command_that_does_not_exist_is_noticed():
    assert unknown_in(["connection", "ad", "FILE"]) == "ad"
    assert unknown_in(["records", "skip", "ID", "--becuse", "TEXT"]) == "--becuse"
    assert unknown_in(["connection", "add", "FILE", "--replace"]) is None
    assert len(commands_of((ROOT / "README.md").read_text(encoding="utf-8"))) > 20


def test_every_command_stands_in_the_readme():
    named = {" ".join(w) for w in commands_of((ROOT / "README.md").read_text(encoding="utf-8"))}
    firsts = {words.split()[0] for words in named if words}
    assert set(main.list_commands(click.Context(main))) <= firsts


def anchors_of(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", head.lower()) for head in heads)
    return {head.replace(" ", "-") for head in plain}


@SHARED
def test_every_relative_link_leads_somewhere(path):
    lost = []
    for link in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        there = target.is_relative_to(ROOT) and target.exists()
        if not there or (anchor and anchor not in anchors_of(target.read_text(encoding="utf-8"))):
            lost.append(link)
    assert lost == []


class Asked(dict):
    """An environment that remembers what was looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return False

    def get(self, name, default=None):
        self.names.add(name)
        return default


def test_the_environment_table_names_what_is_read_and_nothing_else():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## Environment\n")[2].partition("\n## ")[0]
    table, _, below = section.partition("\n\n`")
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))
    asked = Asked()
    settings = Settings.from_environment(asked)
    twins = {name for name in asked.names if name.endswith("_FILE")}
    assert named == asked.names - twins
    sentence = "`" + below.partition("have a twin")[0]
    assert {f"{name}_FILE" for name in re.findall(r"`([A-Z_]+)`", sentence)} == twins
    for name in ("gateway_bind", "console_bind", "flower_bind"):
        row = next(line for line in table.splitlines() if f"_{name.upper()}`" in line)
        assert f"`{getattr(settings, name)}`" in row


def test_the_connection_files_of_the_readme_can_be_added(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    m3, ifs = (block for kind, block in FENCE.findall(readme) if kind == "toml")
    (tmp_path / "acme.ionapi").write_text("{}", encoding="utf-8")
    (tmp_path / "acme.ionapi").chmod(0o600)
    brex, mapping = m3[m3.index("[brex]") : m3.index("[infor]")], m3[m3.index("[mapping]") :]
    erp, _, rest = ifs.partition("[ifs]")
    section, _, dimensions = rest.partition("[mapping.dimensions]")
    mapping = mapping.partition("[mapping.dimensions]")[0] + "[mapping.dimensions]" + dimensions
    in_ifs = f'name = "acme-ifs"\n{erp}\n{brex}\n[ifs]{section}\n{mapping}'
    for text, name in ((m3, "infor-m3"), (in_ifs, "ifs-cloud")):
        (tmp_path / "acme.toml").write_text(text, encoding="utf-8")
        loaded = load(
            tmp_path / "acme.toml",
            {
                "ACME_BREX_TOKEN": "bxt_1",
                "ACME_BREX_WEBHOOK_SECRET": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
                "ACME_IFS_SECRET": "secret",
            },
            erp_sections={name: entry.section for name, entry in ERPS.items()},
        )
        assert loaded.erp == name
