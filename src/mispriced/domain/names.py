"""What the name of a team says beside its club: whether women, an age group or a second side plays.

And which category the event is of. Not here: how alike two names are (similarity), and which teams'
names belong to one club (clubs).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Final, NamedTuple

from mispriced.domain.model import LONGEST_NAME, Category
from mispriced.domain.vocabulary import (
    RESERVE,
    SECOND_SIDE,
    SHORT_FORMS,
    VIRTUAL,
    WOMEN,
    WOMENS_COMPETITIONS,
    YOUTH,
)

# Letters that Unicode does not decompose, and the marks that stand for an apostrophe on some sites.
_LETTERS: Final = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ı": "i", "ə": "a"}
    | {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "Þ": "Th"}
    | dict.fromkeys("'’‘´`ʻʼ", "")
    | {"_": " "}
)
_CAPITAL_INSIDE: Final = re.compile(r"(?<=[a-z]{3})(?=[A-Z])")  # AtleticoMadrid
_WORD: Final = re.compile(r"[^\W_]+")
_AGE: Final = re.compile(
    r"\b(?:u|sub|under)[ -]?(1[2-9]|2[0-3])s?\b"
    r"|[(\[](?:u[ -]?)?(1[2-9]|2[0-3])[)\]]"
    r"|-(1[2-9]|2[0-3])$"
)
_AGES: Final = [str(age) for age in range(12, 24)]
_PERHAPS_A_MARK: Final = (
    WOMEN | WOMENS_COMPETITIONS | YOUTH | RESERVE | SECOND_SIDE | VIRTUAL
    | {"f", "w", "b", "e", "u", "sub", "under", "jong", "esp", "ol"}
    | {beginning + age + end for beginning in ("", "u", "sub", "under") for age in _AGES for end in ("", "s")}
)  # fmt: skip
_FRENCH_AGE: Final = {"esp": "u21", "(ol)": "u23"}  # espoirs, Olympic side, as French sites write them
_LETTER_IN_BRACKETS: Final = re.compile(r"[(\[]([wfb])\.?[)\]]")


class Team(NamedTuple):
    """A team's name read: the club's words, and who of the club plays.

    `letter` is a final f, w or b without brackets, not in `club`: women, a second side, or the beginning
    of a word (Nottingham F.): the name alone cannot tell. `dotted`: a full stop follows it.
    """

    club: str
    women: bool = False
    age: str = ""
    reserve: bool = False
    letter: str = ""
    dotted: bool = False


def fold(name: str) -> str:
    """Return the name's words: lower case, no accents, apostrophes or punctuation, one space between.

    At most `LONGEST_NAME` characters of it are read. A name without a letter or digit comes back empty.

    >>> fold("Hapoël  Be'er-Sheva"), fold("AtleticoMadrid"), fold("Bodø / Glimt"), fold("???")
    ('hapoel beer sheva', 'atletico madrid', 'bodo glimt', '')
    """
    return " ".join(_WORD.findall(_plain(name)))


def read_team(name: str) -> Team:
    """Return the club's words and the marks of women, age and second side that the name carries.

    A name of nothing but marks or signs is its own club; only a blank one has an empty club.

    >>> read_team("Manchester City (W) U-19")
    Team(club='manchester city', women=True, age='u19', reserve=False, letter='', dotted=False)
    >>> read_team("Jong Ajax").reserve, read_team("D.C. Utd").club, read_team("Mura 05").club
    (True, 'd c united', 'mura 05')
    >>> read_team("Nottingham F.")
    Team(club='nottingham', women=False, age='', reserve=False, letter='f', dotted=True)
    """
    text = _plain(name).strip()
    words = _WORD.findall(text)
    if _PERHAPS_A_MARK.isdisjoint(words):
        return Team(_club(words) or name.strip()[:LONGEST_NAME])
    women = reserve = False
    age = ""
    for mark, value in _FRENCH_AGE.items():
        if text.endswith(mark) and not text[: -len(mark)][-1:].isalnum():
            text, age = text[: -len(mark)], value
    if found := _AGE.search(text):
        age = "u" + next(group for group in found.groups() if group)
        text = _AGE.sub(" ", text)
    for letter in _LETTER_IN_BRACKETS.findall(text):
        women, reserve = women or letter != "b", reserve or letter == "b"
    words = _WORD.findall(_LETTER_IN_BRACKETS.sub(" ", text))
    women = women or not WOMEN.isdisjoint(words)
    if not age and not YOUTH.isdisjoint(words):
        age = "youth"
    left = [word for word in words if word not in WOMEN and word not in YOUTH and word not in RESERVE]
    reserve = reserve or not RESERVE.isdisjoint(words)
    if len(left) > 1 and left[0] == "jong":  # Dutch for young: the second side
        left, reserve = left[1:], True
    if len(left) > 1 and left[-1] in SECOND_SIDE:
        left, reserve = left[:-1], True
    letter = ""
    if len(left) > 1 and left[-1] in ("f", "w", "b") and len(left[-2]) > 1:  # not the second of B-B
        letter = left.pop()
    club = _club(left) or fold(name) or name.strip()[:LONGEST_NAME]
    return Team(club, women, age, reserve, letter, bool(letter) and text.rstrip().endswith("."))


def _club(words: Iterable[str]) -> str:
    return " ".join([SHORT_FORMS.get(word, word) for word in words])


def abbreviations(teams: Collection[Team]) -> frozenset[tuple[str, str]]:
    """Return the club and final letter of the teams whose letter is the beginning of a word.

    That is where another team's name continues the same words with a longer word of that letter.

    >>> sorted(abbreviations([read_team(n) for n in ("Nottingham F.", "Nottingham Forest", "Italie F.")]))
    [('nottingham', 'f')]
    """
    doubtful = {(team.club, team.letter) for team in teams if team.letter}
    first_words = {club.partition(" ")[0] for club, _ in doubtful}
    found = set()
    for team in teams:
        words = team.club.split()
        if words and words[0] in first_words:
            for place in range(1, len(words)):
                beginning = (" ".join(words[:place]), words[place][0])
                if len(words[place]) > 1 and beginning in doubtful:
                    found.add(beginning)
    return frozenset(found)


def is_virtual(competition: str, home: str = "", away: str = "") -> bool:
    """Return whether a computer plays it: simulated reality, e-football, virtual leagues.

    >>> is_virtual("LaLiga SRL"), is_virtual("Esoccer Battle - 8 mins"), is_virtual("LaLiga")
    (True, True, False)
    >>> is_virtual("", "Valencia SRL", "Getafe SRL"), is_virtual("E-Football: Cyber League")
    (True, True)
    """
    words = fold(competition).split()
    joined = {a + b for a, b in pairwise(words) if a == "e"}  # E-Soccer, E Sports
    teams = set(fold(home).split()) & set(fold(away).split())
    return not VIRTUAL.isdisjoint(words) or not VIRTUAL.isdisjoint(joined | teams)


def read_competition(competition: str) -> Team:
    """Return the marks that a competition's label carries; `club` is the rest of it.

    >>> read_competition("UEFA U21 EURO, Qualification").age, read_competition("Liga II").reserve
    ('u21', False)
    >>> read_competition("Toppserien").women, read_competition("Reserve League").reserve
    (True, True)
    """
    read = read_team(competition)
    words = fold(competition).split()
    return read._replace(
        women=not (WOMEN | WOMENS_COMPETITIONS).isdisjoint(words) or "(w)" in competition.lower(),
        reserve=not RESERVE.isdisjoint(words),
        letter="",
    )


def categorize(home: str, away: str, competition: str = "", country: str = "") -> Category:
    """Return who plays: women before youth before reserve where several hold.

    A final letter without brackets counts where both teams carry one, or where no full stop follows it:
    a full stop is the sign of an abbreviation.

    >>> categorize("Arsenal W", "Chelsea W"), categorize("Ajax U19", "PSV"), categorize("Benfica B", "Porto")
    ('women', 'youth', 'reserve')
    >>> categorize("Nottingham F.", "Derby"), categorize("Leeds", "Hull", "Reserve League", "England")
    ('men', 'reserve')
    """
    if not _may_be_marked(f"{home} {away} {competition} {country}"):
        return "men"
    if is_virtual(f"{competition} {country}", home, away):
        return "virtual"
    teams = (read_team(home), read_team(away))
    read = (*teams, read_competition(competition))
    both = all(team.letter for team in teams)
    letters = {team.letter for team in teams if both or not team.dotted}
    if any(one.women for one in read) or not letters.isdisjoint("fw"):
        return "women"
    if any(one.age for one in read):
        return "youth"
    if any(one.reserve for one in read) or "b" in letters:
        return "reserve"
    return "men"


def _may_be_marked(text: str) -> bool:
    """Most events carry no mark: this tells it in half the time that reading them takes."""
    if not text.isascii() or _CAPITAL_INSIDE.search(text):
        return True
    return not _PERHAPS_A_MARK.isdisjoint(_WORD.findall(text.lower()))


def _plain(name: str) -> str:
    text = name[:LONGEST_NAME].translate(_LETTERS)
    if not text.isascii():
        text = "".join(
            sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
        )
    return _CAPITAL_INSIDE.sub(" ", text).lower()
