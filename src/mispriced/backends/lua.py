"""The scripts in `scripts/`: each one is put together from the parts it names and a header of constants.

A script's first lines say `-- flags: …` (of the server's `#!lua` line) and `-- uses: …` (files before
it, in order; `document` is `document_hash` or `document_json`). Without `allow-oom` a full server
refuses a script before its first write, so that no script ends half done.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

SCRIPTS: Final = Path(__file__).with_name("scripts")
DIRECTIVE: Final = re.compile(r"^-- (flags|uses): (.+)$", re.MULTILINE)


class Script(Struct, frozen=True):
    """A script's text and the name the server knows it by."""

    text: str
    sha1: str


def load(name: str, tables: Mapping[str, Mapping[str, str | float]], layout: str = "hash") -> Script:
    """Return the script `scripts/{name}.lua` with its parts and the tables as Lua constants."""
    body = (SCRIPTS / f"{name}.lua").read_text(encoding="utf-8")
    said = dict(DIRECTIVE.findall(body))
    flags = f" flags={said['flags']}" if "flags" in said else ""
    files = [f"{part}_{layout}" if part == "document" else part for part in said.get("uses", "").split()]
    parts = [(SCRIPTS / f"{file}.lua").read_text(encoding="utf-8") for file in files]
    header = "".join(f"local {name} = {_table(values)}\n" for name, values in tables.items() if parts)
    text = "\n".join([f"#!lua{flags}", header, *parts, body])
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def _table(values: Mapping[str, str | float]) -> str:
    return "{" + ", ".join(f"[{_literal(key)}] = {_literal(value)}" for key, value in values.items()) + "}"


def _literal(value: str | float) -> str:
    if isinstance(value, str):
        escaped = "".join(
            f"\\{byte:03d}" if byte < 32 or byte in b'"\\' else chr(byte) for byte in value.encode()
        )
        return f'"{escaped}"'
    return f"{value:.0f}"
