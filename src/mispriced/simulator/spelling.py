"""How each bookmaker spells a club and a competition: the same, and yet never the same text.

One spelling a bookmaker and club, by rules seen on real sites: club forms dropped or kept, short
forms, `Utd`, accents dropped, upper case, `St.` and `Saint`, marks of women's, youth and reserve sides.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from random import Random
from typing import Final

from msgspec import Struct

from mispriced.domain.model import Category
from mispriced.simulator.clubs import FIRST, SECOND, Club, Competition

FORMS: Final = (
    "FC AFC CF SC AC AS SS US UD CD CA CR EC SE RC RCD SD GD SL CS SK FK IF BK IL JK KV KRC KAA RSC SV TSG "
    "VfB VfL FSV ACF SSC UC OGC AJ"
)
CLUB_FORMS: Final = frozenset(FORMS.split())
# Letters that Unicode does not decompose into a plain one and an accent.
PLAIN: Final = str.maketrans({"ø": "o", "Ø": "O", "ı": "i", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae"})


class Style(Struct, frozen=True, kw_only=True):
    """A bookmaker's habits; a number is how often, 0 to 1."""

    short: float
    keeps_forms: float
    keeps_accents: bool
    utd: float
    upper: float
    saint: str
    ampersand: str
    marks: Mapping[Category, str]


STYLES: Final[Mapping[str, Style]] = {
    "BookieAlpha": Style(
        short=1.0,
        keeps_forms=0.1,
        keeps_accents=False,
        utd=0.8,
        upper=0.12,
        saint="St.",
        ampersand="&",
        marks={"women": " W", "youth": " U21", "reserve": " II", "virtual": " SRL"},
    ),
    "BookieBeta": Style(
        short=0.4,
        keeps_forms=0.5,
        keeps_accents=True,
        utd=0.4,
        upper=0.0,
        saint="Saint",
        ampersand="and",
        marks={"women": " Women", "youth": " U21", "reserve": " Reserves", "virtual": " SRL"},
    ),
    "BookieGamma": Style(
        short=0.3,
        keeps_forms=0.6,
        keeps_accents=False,
        utd=0.2,
        upper=0.0,
        saint="St",
        ampersand="and",
        marks={"women": " (W)", "youth": " (U21)", "reserve": " II", "virtual": " SRL"},
    ),
    "BookieDelta": Style(
        short=0.1,
        keeps_forms=0.8,
        keeps_accents=False,
        utd=0.1,
        upper=0.0,
        saint="St.",
        ampersand="&",
        marks={"women": " W", "youth": " U21", "reserve": " Reserves", "virtual": " SRL"},
    ),
}


def spell(club: Club, bookmaker: str, category: Category, seed: int) -> str:
    """Return the bookmaker's name for a club's side of a category, always the same for a seed."""
    style = STYLES[bookmaker]
    chance = Random(f"{seed}/{bookmaker}/{club.name}")
    name = club.short if chance.random() < style.short else club.name
    if chance.random() >= style.keeps_forms:
        name = _without_forms(name)
    if chance.random() < style.utd:
        name = name.replace("United", "Utd")
    words = [style.saint if word in ("St.", "Saint") else word for word in name.split()]
    name = " ".join(words).replace("Saint-", style.saint + " ").replace("&", style.ampersand)
    if not style.keeps_accents:
        name = without_accents(name)
    if chance.random() < style.upper:
        name = name.upper()
    return name + style.marks.get(category, "")


def spell_competition(competition: Competition, bookmaker: str, category: Category, seed: int) -> str:
    """Return the bookmaker's name for a competition, or for its counterpart of another category."""
    chance = Random(f"{seed}/{bookmaker}/{competition.country}/{competition.name}")
    name = chance.choice((competition.name, competition.other_name))
    if not STYLES[bookmaker].keeps_accents:
        name = without_accents(name)
    endings: dict[Category, str] = {
        "women": " Women",
        "youth": " U21",
        "reserve": " Reserves",
        "virtual": " SRL",
    }
    return name + endings.get(category, "")


def without_accents(text: str) -> str:
    """Return the text in plain letters.

    >>> without_accents("Strømsgodset, Łódź, Köln")
    'Stromsgodset, Lodz, Koln'
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(PLAIN))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _without_forms(name: str) -> str:
    """Drop the club forms unless the rest could be another club, as with Paris FC."""
    words = [word for word in name.split() if word not in CLUB_FORMS]
    rest = " ".join(words)
    if len(rest) < 4 or rest in _STARTS:
        return name
    return rest


def _starts() -> frozenset[str]:
    """Return every run of first words that two clubs share."""
    seen: set[str] = set()
    shared: set[str] = set()
    for competition in (*FIRST, *SECOND):
        for club in competition.clubs:
            words = [word for word in club.name.split() if word not in CLUB_FORMS]
            starts = {" ".join(words[:count]) for count in range(1, len(words) + 1)}
            shared |= starts & seen
            seen |= starts
    return frozenset(shared)


_STARTS: Final = _starts()
