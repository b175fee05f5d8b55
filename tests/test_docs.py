"""What is written about the program is true of it: commands, settings, keys, links, paths, pictures."""

from __future__ import annotations

import ast
import doctest
import os
import re
import subprocess
import sys
import typing
from functools import cache, partial
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import redis
import typer

from mispriced import cli
from mispriced.cli.clock import SystemClock
from mispriced.cli.simulated import Simulated
from mispriced.cli.stores import open_store, own_server
from mispriced.cli.system import System
from mispriced.cli.up import USUAL_NAMES, cycle
from mispriced.errors import MispricedError
from mispriced.settings import load
from tools import reference
from tools import reference_facts as facts

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
NAMES = [str(path.relative_to(ROOT)) for path in DOCS]
PRAISE = re.compile(r"(?i)\b(simply|robust|comprehensive|production-ready|powerful|blazing|seamless)\w*\b")
ELSEWHERE = re.compile(r"(?i)pypi|pythonhosted|index-url|(?<![\w.])/(work|root|home|users|opt|mnt)/")
LONGEST_PICTURE = 60_000  # bytes
LONGEST_SCREEN = 300_000  # bytes; seven of them are most of a clone otherwise
PICTURES = ROOT / "docs" / "pictures"
VALUES = (
    *("9", "0.25", "2048", "true", "live", "https://x.example/", "UTC", "none", "aggressive", "show"),
    *("0.5", "consensus", "power", "reread", '[["BookieAlpha", "BookieBeta"]]', '{"odds": 7}', "[1.5, 2.5]"),
    *(
        '["a"]',
        "[]",
        "22:00-07:00",
        "Africa/Nairobi",
        '{"phone": {"url": "ntfy://a-topic"}}',
        '{"btts": [0, 1]}',
        '{"btts": 7}',
        '{"btts": "b"}',
        '{"BookieAlpha": ["-1"]}',
        '{"BookieAlpha/live": 7}',
    ),
)

each_document = pytest.mark.parametrize("path", DOCS, ids=NAMES)


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose_of(path: Path) -> str:
    """Return the document without blocks of code."""
    return re.sub(r"^```.*?^```", "", text_of(path), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """Return the headings as GitHub makes anchors of them."""
    heads = re.findall(r"^#+ (.+)$", prose_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def typed_commands(path: Path) -> list[str]:
    """Return what the document says to type after `mispriced`, in code of a line or of a block."""
    blocks = re.findall(r"(?ms)^```\w*\n(.*?)^```", text_of(path).replace("\\\n", " "))
    spans = re.findall(r"`([^`\n]+)`", prose_of(path))
    code = [*spans, *(line for block in blocks for line in block.splitlines())]
    start = r"(?:^|[;&|] *|\$ )(?:[A-Z_]+=\S+ )*(?:python3 run\.py|mispriced) ([^;&|#`]*)"
    found = [said.strip() for one in code for said in re.findall(start, one)]
    return [one for one in found if one and not one.startswith("test")]


def command_of(name: str) -> typing.Any:
    """Return a command, such as `dlq list`, as the parser has it."""
    command: typing.Any = typer.main.get_command(cli.app)
    for word in name.split():
        command = command.commands[word]
    return command


def test_the_reference_is_what_the_code_says():
    shown = text_of(ROOT / "docs" / "reference.md")
    assert shown == reference.reference(), "python -m tools.reference > docs/reference.md"


def test_the_reference_has_every_command_that_the_program_has():
    command = [sys.executable, "-P", "-m", "mispriced", "--help"]
    run = subprocess.run(command, capture_output=True, env={**os.environ, "COLUMNS": "200"})
    listed = re.findall(r"^│ ([a-z][a-z-]*)  ", run.stdout.decode(), re.MULTILINE)
    assert sorted(listed) == sorted({name.split()[0] for name in reference.commands()})


def test_the_reference_has_every_option_that_the_parser_knows():
    shown = text_of(ROOT / "docs" / "reference.md")
    reference.commands()
    for name in reference.commands():
        command = command_of(name)
        section = re.split(r"^#{2,3} ", shown.split(f"### `mispriced {name}`\n")[1], flags=re.MULTILINE)[0]
        for parameter in command.params:
            for spelling in (one for one in parameter.opts if one.startswith("-")):
                assert spelling in section, (name, spelling)


def test_every_name_of_the_environment_sets_its_setting(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("MISPRICED_", "REDIS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MISPRICED_BOOKMAKERS", '{"BookieAlpha": {}}')  # periods are of a known bookmaker
    monkeypatch.setenv("MISPRICED_EXTRACT__LIVE__STREAMS", '{"btts": "a"}')  # and beside streams
    before = load()
    for setting, field in reference.settings().items():
        shown = reference.environment(setting.replace("SOURCE", "live"), field)
        for variable in () if shown.startswith("within") else re.findall(r"`(\w+)`", shown):
            assert any(sets(variable, value, setting, before, monkeypatch) for value in VALUES), variable


def sets(variable, value, setting, before, monkeypatch):
    """Say whether the variable with this value gives the setting another value than before."""
    with monkeypatch.context() as patch:
        patch.setenv(variable, value)
        try:
            return value_of(load(), setting) != value_of(before, setting)
        except (MispricedError, ValueError):
            return False  # no value for this setting


def value_of(settings, name):
    for part in name.replace("SOURCE", "live").split("."):
        settings = getattr(settings, part)
    return settings


@pytest.mark.slow
def test_the_reference_has_every_key_and_field_that_a_run_leaves():
    """Not what only some runs leave: an alias, an event still unknown."""
    shown = text_of(ROOT / "docs" / "reference.md")
    documented = [_pattern(name) for name in re.findall(r"`((?:matched_teams_)?\{prefix\}-[^`]*)`", shown)]
    notes = [_pattern(name) for name in facts.NOTES]
    fields = [_pattern(one.replace("BOOKMAKER", "{b}")) for names in facts.DOCUMENT for one in names]
    with Simulated(["--seed", "1"]) as simulated, own_server() as address:
        settings = load(simulated.config, USUAL_NAMES)
        system = System(settings, SystemClock(), partial(open_store, address, settings))
        cycle(system, settings, SystemClock(), simulated)
        store = redis.Redis.from_url(address)
        call = store.execute_command
        keys = {key.decode() for key in call("KEYS", "*")}
        streams = {key for key in keys if store.type(key) == b"stream"}
        strange = {key for key in keys - streams if not any(one.fullmatch(key) for one in documented)}
        names = {name.decode() for key in keys if key.endswith("-notes") for name in call("HKEYS", key)}
        strange |= {name for name in names if not any(one.fullmatch(name) for one in notes)}
        for key in [key for key in keys if key.startswith("matched_teams")]:
            held = {name.decode() for name in call("HKEYS", key)}
            strange |= {name for name in held if not any(one.fullmatch(name) for one in fields)}
        for stream in streams:
            for _, entry in store.xrange(stream, count=1):
                held_by_it = tuple(name.decode() for name in entry)
                assert held_by_it in [kind for kind, _ in facts.STREAM_FIELDS.values()], stream
        store.close()
    assert strange == set()
    assert {"index", "events", "members", "notes"} <= {key.partition("-")[2] for key in keys}


def _pattern(name):
    parts = re.split(r"(\{\w+\})", name)
    return re.compile("".join(r"[\w./+-]+" if part.startswith("{") else re.escape(part) for part in parts))


@each_document
def test_every_link_leads_somewhere(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(path)):
        if re.match(r"\w+:", target):
            continue
        file, _, anchor = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(place), target


@each_document
def test_every_command_that_is_named_exists_with_its_options(path):
    known = reference.commands()
    for said in typed_commands(path):
        words = said.split()
        if words[0].startswith("-") or (len(words) == 1 and words[0] in {one.split()[0] for one in known}):
            continue
        name = next((one for one in (" ".join(words[:2]), words[0]) if one in known), None)
        assert name is not None, said
        command = command_of(name)
        options = {spelling for parameter in command.params for spelling in parameter.opts} | {"--help"}
        for option in re.findall(r"(?<!\S)(--[a-z][a-z-]*)", said):
            assert option in options, said


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", ROOT / "docs" / "gotchas.md"], ids=lambda path: path.name
)
def test_every_file_that_is_named_exists(path):
    """Not in the other documents: they also name what was planned, or what the reader is to write."""
    places = (ROOT, ROOT / "src" / "mispriced", path.parent)
    for name in re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|lua|md|toml|txt|svg))`", prose_of(path)):
        assert any((place / name).exists() for place in places), name


@each_document
def test_every_test_and_benchmark_that_is_named_exists(path):
    for file, node in re.findall(r"(tests/[\w/]+\.py)::(\w+(?:::\w+)?)", text_of(path)):
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        held = {one.name for one in ast.walk(tree) if isinstance(one, kinds)}
        assert set(node.split("::")) <= held, f"{file}::{node}"
    for name in re.findall(r"mispriced bench (\w+)", text_of(path)):
        assert name in ("list", "NAME") or (ROOT / "benchmarks" / f"{name}.py").exists(), name


@each_document
def test_nothing_is_said_of_another_machine(path):
    found = ELSEWHERE.search(text_of(path))
    assert found is None, found
    addresses = set(re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", text_of(path)))
    assert addresses <= {"127.0.0.1"}


@each_document
def test_nothing_is_praised(path):
    assert PRAISE.findall(text_of(path)) == []


@pytest.mark.parametrize("path", [one for one in DOCS if "\n>>> " in text_of(one)], ids=str)
def test_examples_give_what_they_say(path):
    found = doctest.testfile(str(path), module_relative=False)
    assert found.failed == 0
    assert found.attempted


def test_the_readme_has_every_command():
    shown = text_of(ROOT / "README.md")
    assert [name for name in reference.commands() if f"`mispriced {name}" not in shown] == []


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.png")), ids=lambda path: path.name)
def test_a_picture_of_the_screen_is_small_and_shown(path):
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert path.stat().st_size < LONGEST_SCREEN
    assert any(path.name in text_of(one) for one in DOCS)


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_is_small_and_asks_nobody_for_anything(path):
    body = path.read_text(encoding="utf-8")
    assert len(body.encode()) < LONGEST_PICTURE
    tree = ET.fromstring(body)
    for element in tree.iter():
        assert element.tag.rpartition("}")[2] not in ("script", "image", "foreignObject")
        for name, value in element.attrib.items():
            assert not name.endswith("href") or value.startswith("#")
            assert "url(" not in value or "url(#" in value
    assert not re.search(r"@import|@font-face|url\((?!#)", body)
    assert any(path.name in text_of(one) for one in DOCS)
