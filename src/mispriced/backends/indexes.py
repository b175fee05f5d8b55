"""The Search indexes of market documents that are JSON: one a market and source, made from tables.

A string in a NUMERIC field takes the whole document out of an index without a word, so such fields
hold numbers or nothing. Not here: the indexes' names (keys.py), what the documents hold
(`scripts/document_json.lua`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from mispriced.backends.connection import Command
from mispriced.backends.keys import Keys
from mispriced.bookmakers import bookmakers
from mispriced.bookmakers.contract import SearchField
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES

Kind = Literal["NUMERIC", "TAG", "TEXT"]

# Fields of every document: name -> place in the document, kind.
FIELDS: Final[Mapping[str, tuple[str, Kind]]] = {
    "bookmaker": ("$.match_team_objects.*.bookmaker", "TAG"),
    "arbitrage": ("$.arbitrage", "NUMERIC"),
    "arb_updated": ("$.arb_updated", "NUMERIC"),
    "created": ("$.created", "NUMERIC"),
    "bookie_updated": ("$.bookie_updated", "NUMERIC"),
    "match_date": ("$.match_date", "TEXT"),
}
# Fields of one bookmaker, `{}`, by what an adapter calls its own.
OF_BOOKMAKER: Final[Mapping[SearchField, tuple[str, Kind]]] = {
    "id": ('$.ids["{}"]', "NUMERIC"),
    "kickoff": ('$.match_team_objects["{}"].kickoff', "TAG"),
    "competition": ('$.match_team_objects["{}"].competition', "TAG"),
}


def indexes(keys: Keys) -> list[Command]:
    """Return the command that makes each index; one that is there refuses and stays."""
    schema = [word for name, (path, kind) in fields().items() for word in (path, "AS", name, kind)]
    return [
        ("FT.CREATE", keys.search_index(market, source), "ON", "JSON", "PREFIX", 1,
         keys.document(market, source, ""), "SCHEMA", *schema)
        for market in MARKETS
        for source in SOURCES
    ]  # fmt: skip


def fields() -> dict[str, tuple[str, Kind]]:
    """Return every field of an index with its place and kind, those of each bookmaker first."""
    own = {}
    for name, bookmaker in bookmakers().items():
        for field, what in bookmaker.search_fields.items():
            path, kind = OF_BOOKMAKER[what]
            own[f"{name}_{field}"] = (path.format(name), kind)
    return {**own, **FIELDS}
