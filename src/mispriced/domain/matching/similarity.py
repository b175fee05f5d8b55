"""How much two names of clubs speak for being one club, by the names alone.

A pure function of the two names and a fixed list of aliases: no statistics of a corpus, so that a result
never depends on what else is listed today. Knowledge from fixtures is added elsewhere (clubs).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rapidfuzz.distance import JaroWinkler

from mispriced.domain.matching.aliases import Aliases, bare, shipped_aliases
from mispriced.domain.names import Team, read_team
from mispriced.domain.vocabulary import CLUB_FORMS, SHARED_WORDS

# Points are about the natural logarithm of the odds that two names mean one club. The three weights
# are rounded from a logistic regression on 3,280 labelled pairs of 15 bookmakers' names; the results on
# whole event lists are the same from 5 to 7, 1 to 3 and -5 to -3.
EQUAL: Final = 8.0
SHARE: Final = 6.0
STRONGEST: Final = 2.0
BASE: Final = -4.0
ALIAS: Final = 6.0  # below equal, above what words alone can say
NOBODY: Final = frozenset[int]()

FORM_WEIGHT: Final = 0.1  # fc
SHARED_WEIGHT: Final = 0.5  # united
LETTER_WEIGHT: Final = 0.4  # one letter stands for too many words
MOST_WORDS: Final = 10  # of a name are compared; the longest of 5,000 real names has 7

SAME_SOUND: Final = 0.95
ABBREVIATION: Final = 0.9  # hap for hapoel
SHORT_ABBREVIATION: Final = 0.55  # of one or two letters
INITIALS: Final = 0.9  # qpr for queens park rangers
TWO_INITIALS: Final = 0.75
MOST_PAIRS: Final = 500_000  # of clubs are kept at once, then all is forgotten
LEAST_ALIKE: Final = 0.85  # Jaro-Winkler of the sounds; 0.83 to 0.89 tell the labelled pairs equally well

# Spellings of one sound across the languages of bookmakers' sites; the longer ones first.
_SOUNDS: Final = {
    **dict.fromkeys(("tsch", "tch", "tsh", "sch", "sh", "ch", "cz", "sz", "zs", "ts", "tz", "z"), "s"),
    **dict.fromkeys(("kh", "ck", "q", "c", "x"), "k"),
    **dict.fromkeys(("dzh", "zh", "dj"), "j"),
    **dict.fromkeys(("ou", "oo", "oe", "uu"), "u"),
    **dict.fromkeys(("y", "ii", "ee"), "i"),
    **dict.fromkeys(("th", "dt"), "t"),
    "ph": "f",
    "gh": "g",
    "w": "v",
    "h": "",
}
_SPELLING: Final = re.compile(
    "(?P<first>^h)|(?P<soft>c(?=[eiy]))|" + "|".join(sorted(_SOUNDS, key=len, reverse=True))
)
_TWICE: Final = re.compile(r"(.)\1+")
_LAST_VOWELS: Final = re.compile(r"[aeiou]+$")


class Word(NamedTuple):
    """A word of a club's name and how much it says about which club it is, 0 to 1.

    `stem` is its sound without last vowels, which differ by language: verona, verone.
    """

    text: str
    sound: str
    stem: str
    weight: float


def sound(word: str) -> str:
    """Return one spelling for the spellings that sound alike.

    >>> sound("chakhtar") == sound("shakhtar"), sound("kryvbas") == sound("krivbas")
    (True, True)
    """
    return _TWICE.sub(r"\1", _SPELLING.sub(_hear, word))


class Names:
    """What is worked out once for a name or for a pair of names, kept as long as the caller keeps this.

    A cache and nothing else: results do not depend on what it has seen.
    """

    def __init__(self, aliases: Aliases | None = None) -> None:
        """`aliases`: other names of clubs, those that are shipped if None."""
        self._aliases = shipped_aliases() if aliases is None else aliases
        self._teams: dict[str, Team] = {}
        self._words: dict[str, tuple[Word, ...]] = {}
        self._single: dict[str, Word] = {}
        self._alike: dict[tuple[str, str], float] = {}
        self._points: dict[tuple[str, str], float] = {}

    def team(self, name: str) -> Team:
        """Return `read_team(name)`."""
        if (team := self._teams.get(name)) is None:
            team = self._teams[name] = read_team(name)
        return team

    def words(self, club: str) -> tuple[Word, ...]:
        """Return the first `MOST_WORDS` words of a folded club's name."""
        if (words := self._words.get(club)) is None:
            words = self._words[club] = tuple(map(self._word, club.split()[:MOST_WORDS]))
        return words

    def points(self, one: str, other: str) -> float:
        """Return the points for two folded clubs' names: above 0 the names alone speak for one club.

        From `BASE` (nothing in common) to `BASE + SHARE + STRONGEST`; `ALIAS` at least for names that a
        list gives to one club, `EQUAL` for equal names.

        >>> names = Names()
        >>> names.points("queens park rangers", "qpr") > 0 > names.points("manchester utd", "newcastle utd")
        True
        """
        if one == other:
            return EQUAL
        pair = (one, other) if one < other else (other, one)
        if (points := self._points.get(pair)) is None:
            points = self._compare(self.words(pair[0]), self.words(pair[1]))
            if points < ALIAS and not self._listed(one).isdisjoint(self._listed(other)):
                points = ALIAS
            if len(self._points) >= MOST_PAIRS:
                self._forget()
            self._points[pair] = points
        return points

    def _forget(self) -> None:
        for cache in (self._teams, self._words, self._single, self._alike, self._points):
            cache.clear()

    def _compare(self, one: tuple[Word, ...], other: tuple[Word, ...]) -> float:
        if not one or not other:
            return BASE
        lesser = min(sum(word.weight for word in one), sum(word.weight for word in other))
        pairs = []
        for i, a in enumerate(one):
            for j, b in enumerate(other):
                if alike := self._alike_words(a, b):
                    pairs.append(
                        (alike * (a.weight + b.weight) / 2, alike * min(a.weight, b.weight), 1 << i, 1 << j)
                    )
        pairs += _initials(one, other)
        pairs += [(gain, strong, left, right) for gain, strong, right, left in _initials(other, one)]
        pairs.sort(reverse=True)
        used_one = used_other = 0
        matched = strongest = 0.0
        for gain, strong, left, right in pairs:
            if not (used_one & left or used_other & right):
                used_one |= left
                used_other |= right
                matched += gain
                strongest = max(strongest, strong)
        return BASE + SHARE * min(1.0, matched / lesser) + STRONGEST * strongest

    def _listed(self, club: str) -> frozenset[int]:
        return self._aliases.get(bare(club), NOBODY)

    def _word(self, text: str) -> Word:
        if (word := self._single.get(text)) is None:
            word = self._single[text] = _word(text)
        return word

    def _alike_words(self, a: Word, b: Word) -> float:
        pair = (a.text, b.text)
        if (alike := self._alike.get(pair)) is None:
            alike = self._alike[pair] = _alike(a, b)
        return alike


def similarity(one: str, other: str) -> float:
    """Return the points for two teams' names as a site writes them; different sides have none above `BASE`.

    >>> similarity("Atl. Madrid", "Atlético de Madrid") > 0 > similarity("Arsenal", "Arsenal (W)")
    True
    """
    a, b = read_team(one), read_team(other)
    if _marks(a) != _marks(b):
        return BASE
    return Names().points(a.club, b.club)


def _marks(team: Team) -> tuple[bool, str, bool]:
    """Without a set of names a final letter is a mark."""
    return (team.women or team.letter in ("f", "w"), team.age, team.reserve or team.letter == "b")


def _hear(spelling: re.Match[str]) -> str:
    if spelling["first"]:
        return "h"
    return "s" if spelling["soft"] else _SOUNDS[spelling[0]]


def _word(text: str) -> Word:
    if text in CLUB_FORMS or text.isdigit():
        weight = FORM_WEIGHT
    elif len(text) == 1:
        weight = LETTER_WEIGHT
    else:
        weight = SHARED_WEIGHT if text in SHARED_WORDS else 1.0
    heard = sound(text)
    return Word(text, heard, _LAST_VOWELS.sub("", heard), weight)


def _alike(a: Word, b: Word) -> float:
    if a.text == b.text:
        return 1.0
    if a.text.isdigit() or b.text.isdigit():
        return 0.0
    if a.sound == b.sound:
        return SAME_SOUND
    short, long = sorted((a.text, b.text), key=len)
    if len(short) < 3:
        return SHORT_ABBREVIATION if long.startswith(short) else 0.0
    short_sound, long_sound = sorted((a.sound, b.sound), key=len)
    if long.startswith(short) or (len(short_sound) >= 3 and long_sound.startswith(short_sound)):
        return ABBREVIATION
    alike = JaroWinkler.similarity(a.sound, b.sound)
    if len(a.stem) > 2 and len(b.stem) > 2:
        alike = max(alike, JaroWinkler.similarity(a.stem, b.stem))
    return alike if alike >= LEAST_ALIKE else 0.0


def _initials(words: tuple[Word, ...], other: tuple[Word, ...]) -> list[tuple[float, float, int, int]]:
    """Words of `other` that are the initials of words in a row, in the form that `_compare` sorts."""
    found = []
    for j, short in enumerate(other):
        size = len(short.text)
        if size < 2 or size > len(words) or short.weight == FORM_WEIGHT:
            continue
        for i in range(len(words) - size + 1):
            run = words[i : i + size]
            if all(word.text.startswith(letter) for word, letter in zip(run, short.text, strict=True)):
                alike = INITIALS if size > 2 else TWO_INITIALS
                weight = sum(word.weight for word in run)
                mask = (1 << size) - 1 << i
                found.append(
                    (alike * (weight + short.weight) / 2, alike * max(weight, short.weight), mask, 1 << j)
                )
    return found
