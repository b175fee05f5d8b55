"""The API's items, typed: a live match, its details, odds rows, a team, a competition, a country.

Only the fields that are used; the others are ignored. A number out of its range, or a name that is
none, costs the item.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Raw, Struct

from mispriced.domain.model import LONGEST_NAME, Score

LATEST: Final = 4_102_444_800  # 2100-01-01 as seconds since 1970; beyond it are milliseconds
MOST: Final = 99  # goals, cards or corners of a side

Identifier = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^\w+$")]
Name = Annotated[str, Meta(max_length=LONGEST_NAME, pattern=r"[^\s]")]
Instant = Annotated[int, Meta(ge=0, le=LATEST)]
"""Seconds since 1970; 0 is the API's word for unknown."""
Kickoff = Annotated[int, Meta(gt=0, le=LATEST)]
Count = Annotated[int, Meta(ge=0, le=MOST)]
Corners = Annotated[int, Meta(ge=-1, le=MOST)]
"""-1 is the API's word for none counted."""


Market = Literal["money_line", "spread", "over_under", "corners"]


class Slots(Struct, array_like=True, frozen=True, gc=False):
    """What the API counts of one side, by place.

    `overtime` is the score after 120 minutes, regular time included.
    """

    regular: Count
    half_time: Count
    red: Count
    yellow: Count
    corners: Corners
    overtime: Count
    penalties: Count


class Progress(Struct, array_like=True, frozen=True):
    """The `score` of a live item; `half_started_at` is the kick-off of the half being played."""

    match_id: Identifier
    status_id: int
    home: Slots
    away: Slots
    half_started_at: Instant = 0


class Stat(Struct, frozen=True, gc=False):
    """A number of each side, `type` by the table of incidents."""

    type: int
    home: int
    away: int


class Incident(Struct, frozen=True, omit_defaults=True):
    """Something that happened: `position` 0 neither side's, 1 home, 2 away; `time` in minutes."""

    type: int
    position: int = 0
    time: int = 0
    add_time: int | None = None
    home_score: int | None = None
    away_score: int | None = None
    player_name: str | None = None
    assist1_name: str | None = None
    in_player_name: str | None = None
    out_player_name: str | None = None
    reason_type: int | None = None
    var_reason: int | None = None
    var_result: int | None = None


class LiveMatch(Struct, frozen=True):
    """A match of the live list. It names neither its teams nor its competition."""

    id: Identifier
    score: Progress
    stats: list[Stat] = []
    incidents: list[Incident] = []


class Environment(Struct, frozen=True):
    """Weather at the ground, as text with units."""

    weather: int | str | None = None
    pressure: str | None = None
    temperature: str | None = None
    wind: str | None = None
    humidity: str | None = None


class Details(Struct, frozen=True):
    """A match of the recent list."""

    id: Identifier
    home_team_id: Identifier
    away_team_id: Identifier
    status_id: int
    match_time: Kickoff
    home_scores: Slots
    away_scores: Slots
    season_id: str = ""
    competition_id: str = ""
    venue_id: str = ""
    referee_id: str = ""
    neutral: int = 0
    note: str = ""
    home_position: str = ""
    away_position: str = ""
    environment: Environment | None = None
    updated_at: Instant = 0


class Team(Struct, frozen=True):
    """A team; `gender` 1 men, 2 women."""

    id: Identifier
    name: Name
    short_name: str = ""
    country_id: str = ""
    logo: str = ""
    gender: int = 0


class Competition(Struct, frozen=True):
    """A competition; `country_id` is empty where it is of no one country."""

    id: Identifier
    name: Name
    short_name: str = ""
    country_id: str = ""
    logo: str = ""


class Country(Struct, frozen=True):
    """A country, or what the vendor lists as one."""

    id: Identifier
    name: Name


class Row(Struct, array_like=True, frozen=True, gc=False):
    """A company's prices of one market from `changed_at` on.

    `minute`: of the match, empty before it, "45+" in injury time, "midfield" at half-time. Money line:
    home, draw, away, decimal odds. The others: two Hong Kong odds with the line between them.
    `score`: "h-a" then, for corners the corners. `sealed`: 1 when no bet was taken.
    """

    changed_at: Instant
    minute: str
    first: float
    second: float
    third: float
    status_id: int
    sealed: int
    score: str


class CompanyOdds(Struct, frozen=True, kw_only=True):
    """All that a company's prices of a match were, newest first."""

    company_id: str
    money_line: tuple[Row, ...] = ()
    spread: tuple[Row, ...] = ()
    over_under: tuple[Row, ...] = ()
    corners: tuple[Row, ...] = ()


class OddsChange(Struct, frozen=True, kw_only=True):
    """A price that changed within the last minute, of any match; `market` as in `CompanyOdds`."""

    match_id: Identifier
    company_id: str
    market: Market
    row: Row


class WholeTables(Struct, frozen=True):
    """A company's arrays under the API's names, all rows at once."""

    eu: tuple[Row, ...] = ()
    asia: tuple[Row, ...] = ()
    bs: tuple[Row, ...] = ()
    cr: tuple[Row, ...] = ()


class RawTables(Struct, frozen=True):
    """The same, where a row is broken: each is decoded by itself."""

    eu: list[Raw] = []
    asia: list[Raw] = []
    bs: list[Raw] = []
    cr: list[Raw] = []


def goals(home: Slots, away: Slots) -> Score:
    """Return the goals of regular time and overtime; a shoot-out decides but is no score.

    Slot 5 has the score after 120 minutes and is 0 without overtime. One that is below regular time
    cannot be that score, and counts overtime alone.

    Source: the vendor's description of the slots.

    >>> from msgspec import convert
    >>> slots = lambda *numbers: convert(numbers, Slots)
    >>> goals(slots(2, 2, 0, 2, 6, 0, 4), slots(2, 0, 0, 2, 1, 0, 3))
    Score(home=2, away=2)
    >>> goals(slots(1, 0, 0, 0, 4, 2, 0), slots(1, 1, 0, 0, 3, 1, 0))
    Score(home=2, away=1)
    >>> goals(slots(1, 0, 0, 0, 4, 1, 0), slots(1, 1, 0, 0, 3, 0, 0))
    Score(home=2, away=1)
    """
    if home.overtime < home.regular or away.overtime < away.regular:
        return Score(home.regular + home.overtime, away.regular + away.overtime)
    return Score(home.overtime, away.overtime)
