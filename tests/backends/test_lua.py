"""How the scripts are put together."""

from __future__ import annotations

import pytest

from mispriced.backends.connection import Link
from mispriced.backends.keys import Keys, Rules
from mispriced.backends.lua import SCRIPTS, load
from mispriced.backends.tables import lua_tables

TABLES = lua_tables(Keys(tag='{"odd\\s"}\n'), Rules())


@pytest.mark.parametrize("name", sorted(path.stem for path in SCRIPTS.glob("*.lua")))
def test_every_script_and_part_compiles(name: str, link: Link):
    script = load(name, TABLES)
    assert link.call("SCRIPT", "LOAD", script.text).decode() == script.sha1


def test_a_script_carries_its_flags_constants_and_parts():
    text = load("sweep", TABLES).text
    assert text.startswith("#!lua flags=allow-oom\n")
    assert (
        text.index("local RULE = ")
        < text.index("function document.exists")
        < text.index("local function due")
    )
    assert load("bury", TABLES).text.startswith("#!lua\n\n-- Acknowledges")


def test_names_keep_their_letters(link: Link):
    text = load("judge", TABLES).text.replace("local took = 0", "do return KEY.index end\nlocal took = 0")
    assert link.call("EVAL", text, 0) == b'{"odd\\s"}\nxtr-index'
