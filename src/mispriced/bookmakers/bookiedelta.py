"""Odds of BookieDelta: upcoming, the games of a day, then the markets that their list leaves out.

Prices are decimal odds as strings, times UTC. The markets' answers have no teams, times or reference
ids: the events travel with the request. Live has ids and a layout of its own, in `bookiedelta_live`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time
from functools import partial
from typing import Final

import msgspec
from msgspec import Raw

from mispriced.bookmakers import bookiedelta_live as live
from mispriced.bookmakers.bookiedelta_forms import Game, Table
from mispriced.bookmakers.contract import Bookmaker, Found, Skipped, decode, each
from mispriced.bookmakers.fields import NAIROBI, NIGHT_ENDS, has_night, nairobi_day, utc_time
from mispriced.bookmakers.listing import Words, ask, batches, distinct, lacking, listed, quotes, unasked
from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote
from mispriced.exchange import Job, Payload, Request

FOOTBALL: Final = 1
TABLES: Final[Mapping[str, Words]] = {  # outcomes by `shortName`; their order differs from ours
    "10": ("three_way", {"1": "1", "X": "X", "2": "2"}),
    "43": ("btts", {"Yes": "yes", "No": "no"}),
    "46": ("double_chance", {"1X": "1X", "X2": "X2", "12": "12"}),
}
MARKET_IDS: Final = {market: market_id for market_id, (market, _) in TABLES.items()}
PAGING: Final = {"o": "startTime", "pag_count": "50", "pag_min": "1"}
ENDPOINTS: Final = {
    "games": Request(
        step="games",
        path="/api/upcoming/games",
        params={
            "type": "prematch",
            "sportId": "1",
            "section": "upcoming",
            "markets_layout": "multiple",
            **PAGING,
        },
    ),
    "markets": Request(step="markets", path="/api/games/markets"),
}
DAY_S: Final = 86_400
MOST_GAMES: Final = 1000  # of a day: a site that gives the same page for ever is stopped there
GAMES_A_CALL: Final = 20
WRAPPERS: Final = ("marketsByGame", "data")  # seen around the games by some clients


def start(job: Job) -> Iterator[Request]:
    if job.source == "live":
        yield from live.start()
        return
    midnight = int(datetime.combine(nairobi_day(job), time(), NAIROBI).timestamp())
    end = midnight + DAY_S + (NIGHT_ENDS.hour * 3600 if has_night(job) else 0)
    yield ask(ENDPOINTS["games"], {"from": str(midnight), "to": str(end - 1)})


def parse_games(payload: Payload, job: Job) -> Iterator[Found]:
    games = decode(payload, list[Raw])
    events: list[Event] = []
    inline: set[tuple[str, Market]] = set()

    def read_game(game: Game) -> Iterator[Found]:
        event = event_of(payload, job, game)
        if event is None:
            return
        tables = tuple(each(game.markets, Table, partial(quotes_of, payload, job, event)))
        inline.update((event.event_id, found.market) for found in tables if isinstance(found, Quote))
        events.append(event)
        yield from tables

    yield from each(games, Game, read_game)
    known, torn = distinct(events)
    yield from torn
    for markets, those in lacking(known, job.markets, inline):
        yield from markets_of(those, markets)
    size, first = (int(payload.request.params[name]) for name in ("pag_count", "pag_min"))
    if len(games) >= size and first + size > MOST_GAMES:
        yield Skipped(f"BookieDelta: more than {MOST_GAMES} games on one day, the rest is not read")
    elif len(games) >= size:
        yield ask(payload.request, {"pag_min": str(first + size)})


def event_of(payload: Payload, job: Job, game: Game) -> Event | None:
    if game.sport.id != FOOTBALL:
        return None
    home, away = game.competitors
    return listed(
        job,
        payload,
        event_id=game.id,
        betradar=game.betradar_id,
        teams=(home.name, away.name),
        league=(game.competition.name, game.country.name),
        kickoff=utc_time(game.date),
        by_day=True,
    )


def markets_of(events: Sequence[Event], markets: Sequence[Market]) -> Iterator[Request]:
    yield from live.markets_of([event for event in events if event.source == "live"], markets)
    ids = ",".join(MARKET_IDS[market] for market in markets)
    for batch in batches([event for event in events if event.source == "upcoming" and ids], GAMES_A_CALL):
        games = ",".join(event.event_id for event in batch)
        yield ask(ENDPOINTS["markets"], {"games": games, "markets": ids}, batch)


def parse_markets(payload: Payload, job: Job) -> Iterator[Found]:
    games = decode(payload, dict[str, Raw])
    for wrapper in WRAPPERS:
        if games.keys() == {wrapper}:
            games = decode(msgspec.structs.replace(payload, body=bytes(games[wrapper])), dict[str, Raw])
    events = {event.event_id: event for event in payload.request.events}
    for game_id, tables in games.items():
        event = events.get(game_id)
        if event is None:
            yield unasked(game_id, payload, tables)
        else:
            yield from each([tables], list[Raw], partial(tables_of, payload, job, event))


def tables_of(payload: Payload, job: Job, event: Event, tables: list[Raw]) -> Iterator[Found]:
    return each(tables, Table, partial(quotes_of, payload, job, event))


def quotes_of(payload: Payload, job: Job, event: Event, table: Table) -> Iterable[Found]:
    offers = [(one.short_name, one.odds, True) for one in table.selections]
    return quotes(payload, job, event, TABLES.get(str(table.id)), offers)


BOOKIEDELTA: Final = Bookmaker(
    name="BookieDelta",
    periods={"0": 0, "1": 1, "2": 2, "3": 3, "4": 4},
    markets={"upcoming": tuple(MARKET_IDS), "live": tuple(live.MARKET_IDS)},
    steps={"upcoming": ("games", "markets"), "live": ("live_events", "live_markets")},
    start=start,
    parsers={
        "games": parse_games,
        "markets": parse_markets,
        "live_events": live.parse_events,
        "live_markets": live.parse_markets,
    },
    markets_of=markets_of,
    search_fields={"eventID": "id"},
)
