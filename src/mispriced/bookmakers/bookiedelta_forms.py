"""What BookieDelta's answers look like: of each the fields that are read.

A field without a default is in every answer seen: an item without it is skipped and reported.
"""

from __future__ import annotations

from typing import Generic

import msgspec
from msgspec import Raw, Struct

from mispriced.bookmakers.contract import Row
from mispriced.bookmakers.fields import ZonedTime


class Named(Struct, gc=False):
    name: str


class Sport(Struct, gc=False):
    id: int


class Selection(Struct, rename="camel", gc=False):
    short_name: str
    odds: object


class Table(Struct, gc=False):
    id: int | str
    selections: list[Selection]


class Game(Struct, rename="camel", gc=False):
    id: int | str
    competition: Named
    country: Named
    competitors: list[Named]
    date: ZonedTime
    sport: Sport
    markets: list[Raw]
    betradar_id: int | str | None = None


class Goals(Struct, gc=False):
    home: object = None
    away: object = None


class State(Struct, rename="camel", gc=False):
    match_score: Goals | None = None


class LiveEvent(Struct, rename="camel", kw_only=True, gc=False):
    id: int | str
    external_id: int | str | None = None
    kickoff: ZonedTime = msgspec.field(name="kickoffTimeUTC")
    sport: Sport
    country: Named
    tournament: Named
    competitors: list[Named]
    state: State | None = None


class LiveEvents(Struct, rename="camel"):
    events: list[Raw]
    load_more: bool = False


class LiveSelection(Struct, gc=False):
    name: str
    status: str
    odds: object


class LiveTable(Struct, gc=False):
    id: int | str
    name: str
    status: str
    selections: list[LiveSelection]


class LiveTables(Struct, Generic[Row]):
    markets: list[Row]


class Placed(Struct, rename="camel", gc=False):
    event_id: int | str
    markets: list[LiveTable]


class PlacedLoosely(Struct, rename="camel"):
    event_id: int | str
    markets: list[Raw] | None = None  # the older layout has none: the row is a table itself
