"""How documents are laid out: as hashes on any server, as JSON with Search indexes where it has both.

The server is asked on each new connection. A prefix that began with hashes keeps them when its server
gets the modules: documents of both kinds under one prefix would contradict each other. What tells is
the counter of revisions, whose name is the layout's. Not here: what a layout writes
(`scripts/document_hash.lua`, `scripts/document_json.lua`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from mispriced.backends.connection import Command, Link, Reply, is_refusal, sound
from mispriced.backends.documents import hash_document, json_document
from mispriced.backends.indexes import indexes
from mispriced.backends.keys import Keys, Rules
from mispriced.backends.lua import Script, load
from mispriced.backends.tables import lua_tables
from mispriced.errors import Misconfigured
from mispriced.messages import Document

SCRIPTS: Final = ("upsert", "commit", "judge", "sweep", "documents")
# Modules by the names they give themselves, and the versions that brought JSON.MERGE and its indexing.
NEEDED: Final[Mapping[str, int]] = {"ReJSON": 20600, "search": 20600}
MODULE: Final = re.compile(r"^module:name=([^,]+),ver=(\d+)", re.MULTILINE)


class Layout(Struct, frozen=True, kw_only=True):
    """A way to lay documents out: the name of its script, its words for a person, what reads a reply."""

    name: str
    told: str
    read: Callable[[Reply], Document]


HASHES: Final = Layout(name="hash", told="hashes", read=hash_document)
KEPT_HASHES: Final = Layout(
    name="hash", told="hashes, as this prefix began; the server has JSON and Search", read=hash_document
)
JSON: Final = Layout(name="json", told="JSON with Search indexes", read=json_document)


def layout_of(modules: str, has_hashes: bool) -> Layout:
    """Return the layout for a server's `INFO modules` and whether hashes were written there.

    >>> layout_of("# Modules", False).told
    'hashes'
    """
    versions = {name: int(version) for name, version in MODULE.findall(modules)}
    if any(versions.get(name, 0) < least for name, least in NEEDED.items()):
        return HASHES
    return KEPT_HASHES if has_hashes else JSON


class Scripts:
    """The scripts that touch documents, in the layout of the server at the other end of a link."""

    def __init__(self, link: Link, keys: Keys, rules: Rules) -> None:
        self._link = link
        self._keys = keys
        self._rules = rules
        self._layout: Layout | None = None
        self._loaded: dict[str, Script] = {}

    def __getitem__(self, name: str) -> Script:
        return self._loaded[name] if self._loaded else self._known(name)

    @property
    def layout(self) -> Layout:
        """The layout.

        Raises: Retry, Misconfigured when the server was never reached and is not now.
        """
        if self._layout is None:
            self._link.call("PING", again=True)  # opens the connection, which greets
        assert self._layout is not None
        return self._layout

    def greet(self, link: Link) -> None:
        """Ask the server of a new connection, and make the indexes that it lacks.

        Raises: Misconfigured when it lays documents out in another way than the one before it.
        """
        asked: list[Command] = [("INFO", "modules"), ("GET", self._keys.revision(HASHES.name))]
        modules, hashes = map(sound, link.pipeline(asked))
        found = layout_of(modules.decode(), hashes is not None)
        if self._layout is not None and found.name != self._layout.name:
            raise Misconfigured(
                f"{link.address}: documents were {self._layout.told} and are {found.told} now: start again"
            )
        if found is JSON:
            for reply in link.pipeline(indexes(self._keys)):
                if not is_refusal(reply, "Index already exists"):
                    sound(reply)
        self._layout = found

    def _known(self, name: str) -> Script:
        layout = self.layout.name
        tables = lua_tables(self._keys, self._rules, layout)
        self._loaded = {one: load(one, tables, layout) for one in SCRIPTS}
        return self._loaded[name]
