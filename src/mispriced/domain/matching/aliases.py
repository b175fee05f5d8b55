"""Other names of clubs, from a public list: renames, exonyms and short forms that share no word.

An alias speaks for one club as strongly as names can that are not equal; a provider that lists both names
still speaks against it. Source: `data/README.md`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from mispriced.domain.names import read_team
from mispriced.domain.vocabulary import CLUB_FORMS

Aliases: TypeAlias = Mapping[str, frozenset[int]]
"""By bare name: the clubs of the list that bear it, by line; a few names are borne by two."""


def read_aliases(text: str) -> Aliases:
    """Return the aliases of a list: a club a line, its names between tabs.

    >>> read_aliases("Genoa CFC\\tGrifone\\nGrifone Roma")["genoa"]
    frozenset({0})
    """
    clubs: dict[str, set[int]] = defaultdict(set)
    for line, names in enumerate(text.splitlines()):
        for name in names.split("\t"):
            if club := read_team(name).club:
                clubs[bare(club)].add(line)
    return {club: frozenset(lines) for club, lines in clubs.items()}


def bare(club: str) -> str:
    """Return a folded club's name without the words that every second club bears, unless it is all of them.

    >>> bare("genoa cfc"), bare("fc")
    ('genoa', 'fc')
    """
    return " ".join(word for word in club.split() if word not in CLUB_FORMS and not word.isdigit()) or club


@cache
def shipped_aliases() -> Aliases:
    """Return the aliases of the list that comes with the package, read once."""
    return read_aliases(files("mispriced.domain.matching").joinpath("data/clubs.tsv").read_text("utf-8"))
