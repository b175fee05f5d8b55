"""The API's words: what its numbers for a status, an incident, the weather and a company mean.

Source: the vendor's table of status codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from mispriced.domain.state import IN_PLAY, Status
from mispriced.errors import unknown

PROVIDER: Final = "TheSports"
"""How the provider is called as the source of a state, an event or a company's prices."""


class Phase(NamedTuple):
    """What a status id means: ours, and the vendor's own words."""

    status: Status
    description: str


PHASES: Final[Mapping[int, Phase]] = {
    0: Phase("abnormal", "Abnormal (suggest hiding)"),
    1: Phase("not_started", "Not started"),
    2: Phase("first_half", "First half"),
    3: Phase("half_time", "Half-time"),
    4: Phase("second_half", "Second half"),
    5: Phase("overtime", "Overtime"),
    6: Phase("overtime", "Overtime (deprecated)"),
    7: Phase("penalties", "Penalty shoot-out"),
    8: Phase("ended", "End"),
    9: Phase("delayed", "Delay"),
    10: Phase("interrupted", "Interrupt"),
    11: Phase("cut", "Cut in half"),
    12: Phase("cancelled", "Cancel"),
    13: Phase("undecided", "To be determined"),
}
IN_PLAY_IDS: Final = tuple(number for number, phase in PHASES.items() if phase.status in IN_PLAY)

INCIDENTS: Final[Mapping[int, str]] = {
    1: "goal", 2: "corner", 3: "yellow card", 4: "red card", 5: "offside", 6: "free kick", 7: "goal kick",
    8: "penalty", 9: "substitution", 10: "start", 11: "midfield", 12: "end", 13: "half-time score",
    15: "card upgrade confirmed", 16: "penalty missed", 17: "own goal", 19: "injury time",
    21: "shots on target", 22: "shots off target", 23: "attacks", 24: "dangerous attack",
    25: "ball possession", 26: "overtime is over", 27: "penalty kick ended", 28: "video assistant referee",
    29: "penalty (shoot-out)", 30: "penalty missed (shoot-out)", 37: "blocked shots", 38: "hydration break",
}  # fmt: skip
WEATHER: Final[Mapping[int, str]] = {
    1: "Partially cloudy", 2: "Cloudy", 3: "Partially cloudy/rain", 4: "Snow", 5: "Sunny",
    6: "Overcast rain/partial thunderstorm", 7: "Overcast", 8: "Mist", 9: "Overcast with rain",
    10: "Cloudy with rain", 11: "Cloudy with rain/partial thunderstorms",
    12: "Clouds/rains and thunderstorms locally", 13: "Fog",
}  # fmt: skip
COMPANIES: Final[Mapping[str, str]] = {
    "2": "BET365", "3": "Crown", "4": "10BET", "5": "Ladbrokes", "6": "Mansion88", "7": "Macauslot",
    "8": "SNAI", "9": "William Hill", "10": "Easybets", "11": "Vcbet", "12": "EuroBet", "13": "Interwetten",
    "14": "12bet", "15": "Sbobet", "16": "Wewbet", "17": "18Bet", "18": "Fun88", "21": "188bet",
    "22": "Pinnacle", "136": "HKJC",
}  # fmt: skip
PREFERRED: Final = ("2", "3", "4", "5", "6", "9", "10", "11", "13", "14", "15", "16", "17", "21", "22")
"""Companies in the original's order: the first that has odds is a summary's own."""


def check_status(number: int) -> int:
    """Return the status id if the vendor's table has it.

    Raises: ValueError with the ids that it has.
    """
    if number not in PHASES:
        raise ValueError(unknown("status", number, PHASES))
    return number


def company_name(company_id: str) -> str:
    """Return the company's name; one that the table lacks goes by its id.

    >>> company_name("22"), company_name("77")
    ('Pinnacle', 'company 77')
    """
    return COMPANIES.get(company_id, f"company {company_id}")
