"""What goes into matching and what comes out of it: fixtures, joins with their evidence, what was left.

None of these can be part of a cycle: `gc=False` spares the collector 100,000 of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from mispriced.domain.model import Category

Way = Literal["pin", "names", "reference"]
WAYS: Final[tuple[Way, ...]] = ("pin", "names", "reference")  # what a person should know first stands first
How = Literal["alone", "reference", "names", "pin"]


class Fixture(Struct, frozen=True, kw_only=True, gc=False):
    """One event as one provider lists it.

    `key` is unique in a set; `provider` lists every match at most once, so no two of its events are
    joined; `refs` are ids that several providers publish: equal values of one name are one match,
    different ones are two. `kickoff` is aware; seconds are not read.
    """

    key: str
    provider: str
    kickoff: datetime
    home: str
    away: str
    competition: str = ""
    country: str = ""
    category: Category = "men"
    refs: Mapping[str, str] = {}


class Evidence(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Why two events are one match.

    `home` and `away`: what speaks for one club, in points (similarity.EQUAL for one and the same).
    `reference`: the name and value of the shared id, such as `betradar=61624652`, if it is by that.
    `apart_s`: kick-off of the second minus that of the first, seconds. `runner_up`: points of the best
    other event that could have taken the place of one of the two; absent where there was none. By a
    pin, `reference` is its id.
    """

    keys: tuple[str, str]
    by: Way
    home: float
    away: float
    apart_s: int = 0
    reference: str = ""
    runner_up: float | None = None

    @property
    def margin(self) -> float | None:
        """Points by which the pair beats its runner-up."""
        return None if self.runner_up is None else self.home + self.away - self.runner_up


class Join(Struct, frozen=True, kw_only=True, gc=False):
    """Events of different providers that are one match: sorted keys, one for a lone event.

    `how` is pin if a person put any event there, else names if any came in by names. `evidence` links
    the events: one less than keys.
    """

    keys: tuple[str, ...]
    how: How
    evidence: tuple[Evidence, ...] = ()


class Left(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Why an event is alone, or why its reference was not believed.

    `best` is the key of the event that came nearest, `score` the points of both clubs for it.
    """

    key: str
    reason: str
    best: str | None = None
    score: float | None = None


class Matching(Struct, frozen=True, kw_only=True, gc=False):
    """Every fixture in exactly one join, and what was left and why; both sorted by key."""

    joins: tuple[Join, ...]
    left: tuple[Left, ...]
