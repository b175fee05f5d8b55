"""The stub of a new adapter, in a package of its own: it reads an example answer as it stands.

Not here: writing the files (cli); how the blanks are filled in (docs/add-a-bookmaker.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from mispriced.bookmakers import GROUP, bookmakers
from mispriced.errors import Usage

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{2,39}")

_ADAPTER: Final = '''\
"""Odds of NAME: FILL IN which lists are read, and in how many steps.

FILL IN how prices are written and in which zone kick-off is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from msgspec import Raw, Struct

from mispriced.bookmakers.contract import Bookmaker, Found, decode, each
from mispriced.bookmakers.fields import ZonedTime, nairobi_day, utc_time
from mispriced.bookmakers.listing import Offer, Words, ask, listed, quotes
from mispriced.exchange import Job, Limits, Payload, Request

# FILL IN the site's word for a market -> our market, and the site's word for an outcome -> ours.
TABLES: Final[Mapping[str, Words]] = {
    "1x2": ("three_way", {"1": "1", "X": "X", "2": "2"}),
    "gg": ("btts", {"Yes": "yes", "No": "no"}),
    "dc": ("double_chance", {"1X": "1X", "12": "12", "X2": "X2"}),
}
# FILL IN each address, without the host: that is in the configuration.
ENDPOINTS: Final = {
    "matches": Request(step="matches", path="/api/matches", params={"sport": "football"}),
}


# FILL IN the fields that are read. One without a default must be in every answer: an item without it is
# skipped and reported. So a flag that closes an outcome has no default.
class Outcome(Struct):
    name: str
    price: object
    open: bool


class Table(Struct):
    id: str
    outcomes: list[Outcome]


class Match(Struct):
    id: int | str
    home: str
    away: str
    league: str
    country: str
    starts: ZonedTime  # FILL IN LocalTime and nairobi_time where the site gives local time without a zone
    markets: list[Table]


class Matches(Struct):
    matches: list[Raw]  # items are decoded one by one: a broken one costs itself


def start(job: Job) -> Iterator[Request]:
    # FILL IN what is asked first: one request or several, for a day, a market, a page.
    yield ask(ENDPOINTS["matches"], {"day": str(nairobi_day(job))})


def parse_matches(payload: Payload, job: Job) -> Iterator[Found]:
    # A further step: yield `ask(ENDPOINTS["..."], {...})` and give that step its parser below.
    yield from each(decode(payload, Matches).matches, Match, partial(quotes_of, payload, job))


def quotes_of(payload: Payload, job: Job, match: Match) -> list[Found]:
    event = listed(
        job,
        payload,
        event_id=match.id,
        teams=(match.home, match.away),
        league=(match.league, match.country),
        kickoff=utc_time(match.starts),
        # FILL IN betradar=... where the site gives the Betradar id: events match by it without doubt.
    )
    offered = ((TABLES.get(table.id), offers_of(table)) for table in match.markets)
    return [found for words, offers in offered for found in quotes(payload, job, event, words, offers)]


def offers_of(table: Table) -> list[Offer]:
    return [(outcome.name, outcome.price, outcome.open) for outcome in table.outcomes]


CONSTANT: Final = Bookmaker(
    name="NAME",
    periods={"0": 0, "1": 1, "2": 2, "3": 3, "4": 4},  # FILL IN the site's own word for each day
    markets={"upcoming": ("three_way", "btts", "double_chance")},  # FILL IN "live" where it is read
    steps={"upcoming": ("matches",)},
    start=start,
    parsers={"matches": parse_matches},
    limits=Limits(connections=5, per_second=2),  # FILL IN how hard the site may be asked
)
'''

_TEST: Final = '''\
"""NAME: an answer and what it holds. FILL IN a recorded answer of the site and its quotes."""

import json
from datetime import UTC, datetime

from MODULE import CONSTANT

from mispriced.bookmakers import problems
from mispriced.bookmakers.offline import parse_file

ANSWER = {
    "matches": [
        {
            "id": 61624652,
            "home": "Valencia",
            "away": "Rayo Vallecano",
            "league": "LaLiga",
            "country": "Spain",
            "starts": "2026-05-14T17:00:00Z",
            "markets": [
                {
                    "id": "1x2",
                    "outcomes": [
                        {"name": "1", "price": "2.30", "open": True},
                        {"name": "X", "price": "3.20", "open": True},
                        {"name": "2", "price": "3.55", "open": False},
                    ],
                }
            ],
        }
    ]
}
SEEN = datetime(2026, 5, 14, 12, tzinfo=UTC)


def test_nothing_is_wrong_with_it():
    assert problems(CONSTANT) == []


def test_an_answer_is_read_whole():
    reading = parse_file(CONSTANT, "upcoming", "matches", json.dumps(ANSWER).encode(), SEEN)
    assert reading.skipped == ()
    [quote] = reading.quotes
    assert (quote.home, quote.away, quote.market) == ("Valencia", "Rayo Vallecano", "three_way")
    assert (quote.prices, quote.suspended) == ({"1": 2.3, "X": 3.2}, ("2",))
    assert quote.kickoff == datetime(2026, 5, 14, 17, tzinfo=UTC)
'''

_PROJECT: Final = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "PACKAGE"
version = "0.1.0"
description = "Odds of NAME for mispriced"
requires-python = ">=3.11"
dependencies = ["mispriced"]

[project.entry-points."GROUP"]
NAME = "MODULE:CONSTANT"

[tool.hatch.build.targets.wheel]
only-include = ["MODULE.py"]
"""


class NewPackage(Struct, frozen=True):
    """Files by their relative path, and what to do with them."""

    files: Mapping[str, str]
    next_steps: tuple[str, ...]


def stub(name: str) -> str:
    """Return the source of a new bookmaker's adapter; what to change in it is marked FILL IN.

    Raises: Usage for a name that cannot be one, or that is taken.
    """
    return _filled(_ADAPTER, name)


def new_package(name: str) -> NewPackage:
    """Return a package that adds a bookmaker of that name, for an installed mispriced.

    Raises: Usage for a name that cannot be one, or that is taken.
    """
    package = _filled("PACKAGE", name)
    adapter = f"{package}/{_filled('MODULE', name)}.py"
    return NewPackage(
        files={
            f"{package}/pyproject.toml": _filled(_PROJECT, name),
            adapter: stub(name),
            f"{package}/test_{_filled('MODULE', name)}.py": _filled(_TEST, name),
        },
        next_steps=(
            f"1. Install it: python3 -m pip install -e ./{package}; `mispriced bookmakers` lists it then.",
            f"2. Fill in what {adapter} marks FILL IN; docs/add-a-bookmaker.md goes through an example.",
            f"3. Try it on a recorded answer: mispriced parse {name} upcoming matches ANSWER.json",
            f"4. Give its address in the configuration: [bookmakers.{name}] upcoming = {{ base_url = ... }}",
        ),
    )


def _filled(template: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Usage(f"the name is {name!r:.60}, must be 3 to 40 letters and digits, a letter first")
    if name.casefold() in (known.casefold() for known in bookmakers()):
        raise Usage(f"there is a bookmaker {name} already")
    lower = name.lower()
    words = {
        "PACKAGE": f"mispriced-{lower}",
        "MODULE": f"mispriced_{lower}",
        "CONSTANT": name.upper(),
        "GROUP": GROUP,
        "NAME": name,
    }
    return re.sub(r"\b(?:PACKAGE|MODULE|CONSTANT|GROUP|NAME)\b", lambda word: words[word[0]], template)
