"""The bookmakers' sites over a scenario: which quotes a request asks for, and their answer.

Every request parameter that an adapter sends is honoured; an id that the site does not have gives what
the real one gives, an empty list. The form of the answers is `wire`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final

import msgspec

from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import Quote, Source
from mispriced.simulator import wire
from mispriced.simulator.answers import Answer, Call
from mispriced.simulator.fixtures import NAIROBI
from mispriced.simulator.scenario import Offer, Scenario

Words = Mapping[str, Market]
SUB_TYPES: Final[Words] = {"1": "three_way", "29": "btts", "10": "double_chance"}
GAME_MARKETS: Final[Words] = {"10": "three_way", "43": "btts", "46": "double_chance"}
LIVE_MARKETS: Final[Words] = {"194": "three_way", "138": "btts", "147": "double_chance"}
ALL: Final = "all"

ALPHA_DAY_BEGINS: Final = time(4, 0)  # the site's day is 04:00 to 04:01 of the next
ALPHA_DAY_ENDS: Final = time(4, 1)
EVER: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
ALPHA_PAGE: Final = 10
DELTA_PAGE: Final = 15
DELTA_LIVE_PAGE: Final = 100
BETA_DAY: Final = timedelta(hours=24)


class Shelf:
    """What one bookmaker serves at one tick, by what can be asked for, and the answers given so far."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        self.offers = offers
        self.bodies: dict[tuple[object, ...], bytes] = {}
        found = (offer.quote for offer in offers)
        self.quotes = sorted(found, key=lambda quote: (quote.kickoff, quote.event_id))

    @cached_property
    def by_event(self) -> Mapping[str, list[Quote]]:
        """Return the quotes by event id, events by kick-off."""
        return _grouped((quote.event_id, quote) for quote in self.quotes)

    @cached_property
    def by_day(self) -> Mapping[str, list[Quote]]:
        """Return the quotes by Nairobi date."""
        return _grouped((str(_nairobi(quote.kickoff).date()), quote) for quote in self.quotes)

    @cached_property
    def by_competition(self) -> Mapping[tuple[str, str], list[Quote]]:
        """Return the quotes by Nairobi date and Gamma's competition id."""
        return _grouped(
            ((day, wire.gamma_competition(quote)), quote)
            for day, quotes in self.by_day.items()
            for quote in quotes
        )

    @cached_property
    def by_tournament(self) -> Mapping[str, list[Quote]]:
        """Return the quotes by Beta's key of a tournament."""
        return _grouped((wire.beta_tournament(quote), quote) for quote in self.quotes)


class Sites:
    """The sites of a scenario; see `Answers`."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._shelves: dict[tuple[str, Source], Shelf] = {}

    def answer(self, call: Call, now: datetime) -> Answer | None:
        """Return what the site answers at `now`; every answer is printed once a tick."""
        printed = PATHS.get((call.bookmaker, call.source, call.path))
        if printed is None:
            return None
        offers = self._scenario.offers(call.bookmaker, call.source, now)
        shelf = self._shelves.get((call.bookmaker, call.source))
        if shelf is None or shelf.offers is not offers:
            shelf = self._shelves[call.bookmaker, call.source] = Shelf(offers)
        key = (call.path, *call.params.items(), call.body)
        body = shelf.bodies.get(key)
        if body is None:
            body = shelf.bodies[key] = msgspec.json.encode(printed(shelf, call, now))
        return Answer(body)

    def summary(self, now: datetime) -> Mapping[str, Any]:
        """Return the scenario's own words of itself at `now`."""
        return self._scenario.summary(now)


def _alpha(shelf: Shelf, call: Call, now: datetime) -> Any:
    wanted = _markets(call.params.get("sub_type_id", "1"), SUB_TYPES)
    begin, end = _alpha_period(call.params.get("period_id", ""), now)
    page, limit = _whole(call, "page", 1), _whole(call, "limit", ALPHA_PAGE)
    events = _grouped(
        (quote.event_id, quote)
        for quote in shelf.quotes
        if quote.market in wanted and begin <= quote.kickoff < end
    )
    listed = _flat(list(events.values())[(page - 1) * limit : page * limit])
    printed = wire.alpha_live if call.source == "live" else wire.alpha_matches
    return printed(listed, page=page, limit=limit, total=len(events))


def _beta_tournaments(shelf: Shelf, call: Call, now: datetime) -> Any:
    return wire.beta_tournaments(shelf.quotes)


def _beta_events(shelf: Shelf, call: Call, now: datetime) -> Any:
    try:
        inner = msgspec.json.decode(msgspec.json.decode(call.body, type=dict[str, str])["data"])
        tournament, word = str(inner["tournId"]), inner["filter"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return {"Status": {"StatusCode": 400}, "Contents": None}
    quotes = shelf.by_tournament.get(tournament, [])
    return wire.beta_events(quote for quote in quotes if word != "24H" or quote.kickoff < now + BETA_DAY)


def _gamma_list(shelf: Shelf, call: Call, now: datetime) -> Any:
    resource, day = call.params.get("resource"), call.params.get("day", "")
    if call.source == "live":
        wanted = _markets(call.params.get("sub_type_id") or "1", SUB_TYPES)
        return wire.gamma_live(quote for quote in shelf.quotes if quote.market in wanted)
    quotes = shelf.by_day.get(day, []) if day else shelf.quotes
    return wire.gamma_competitions(quotes if resource == "sport" else (), day)


def _gamma_matches(shelf: Shelf, call: Call, now: datetime) -> Any:
    day, competition = call.params.get("day", ""), call.params.get("competition_id", "")
    wanted = _markets(call.params.get("sub_type_id") or "1", SUB_TYPES)
    if competition:
        quotes = shelf.by_competition.get((day, competition), [])
    else:
        quotes = shelf.by_day.get(day, [])
    return wire.gamma_matches(quote for quote in quotes if quote.market in wanted)


def _delta_games(shelf: Shelf, call: Call, now: datetime) -> Any:
    begin_s, end_s = _whole(call, "from", 0), _whole(call, "to", 0)
    events = [
        quotes
        for event_id, quotes in shelf.by_event.items()
        if begin_s <= quotes[0].kickoff.timestamp() and (not end_s or quotes[0].kickoff.timestamp() <= end_s)
        if call.params.get("gameId", event_id) == event_id
        if "todays" not in call.path or _nairobi(quotes[0].kickoff).date() == _nairobi(now).date()
    ]
    first, count = max(_whole(call, "pag_min", 1), 1) - 1, _whole(call, "pag_count", DELTA_PAGE)
    return wire.delta_games(_flat(events[first : first + count]))


def _delta_markets(shelf: Shelf, call: Call, now: datetime) -> Any:
    wanted = _markets(call.params.get("markets", ALL), GAME_MARKETS)
    asked = call.params.get("games", "").split(",")
    return wire.delta_markets(_flat(shelf.by_event.get(event_id, []) for event_id in asked), wanted)


def _delta_live_events(shelf: Shelf, call: Call, now: datetime) -> Any:
    first, count = _whole(call, "offset", 0), _whole(call, "limit", DELTA_LIVE_PAGE)
    events = list(shelf.by_event.values())
    return wire.delta_live_events(_flat(events[first : first + count]), more=first + count < len(events))


def _delta_live_markets(shelf: Shelf, call: Call, now: datetime) -> Any:
    wanted = _markets(call.params.get("type", ALL), LIVE_MARKETS)
    asked = call.params.get("eventId", "").split(",")
    return wire.delta_live_markets(_flat(shelf.by_event.get(event_id, []) for event_id in asked), wanted)


PATHS: Final[Mapping[tuple[str, Source, str], Callable[[Shelf, Call, datetime], Any]]] = {
    ("BookieAlpha", "upcoming", "/v1/uo/matches"): _alpha,
    ("BookieAlpha", "live", "/v1/uo/matches"): _alpha,
    ("BookieBeta", "upcoming", "/api/pregame/getPregameData"): _beta_tournaments,
    ("BookieBeta", "upcoming", "/api/Pregame/MarketsTreeEventsTable"): _beta_events,
    ("BookieGamma", "upcoming", "/sportsbook/v1"): _gamma_list,
    ("BookieGamma", "upcoming", "/odi/sportsbook"): _gamma_matches,
    ("BookieGamma", "live", "/sportsbook/v1"): _gamma_list,
    ("BookieDelta", "upcoming", "/api/upcoming/games"): _delta_games,
    ("BookieDelta", "upcoming", "/api/todays/1/games"): _delta_games,
    ("BookieDelta", "upcoming", "/api/games/markets"): _delta_markets,
    ("BookieDelta", "live", "/api/live/sports/1/events"): _delta_live_events,
    ("BookieDelta", "live", "/api/live/event/markets"): _delta_live_markets,
}


def _alpha_period(word: str, now: datetime) -> tuple[datetime, datetime]:
    """Return from when to when a period of Alpha is; today from the past on."""
    today = _nairobi(now).date()

    def begin_of(day: int) -> datetime:
        return datetime.combine(today + timedelta(days=day), ALPHA_DAY_BEGINS, NAIROBI)

    def end_of(day: int) -> datetime:
        return datetime.combine(today + timedelta(days=day + 1), ALPHA_DAY_ENDS, NAIROBI)

    if word in ("-1", "-2"):
        return EVER[0], end_of(0 if word == "-1" else 1)
    if word in ("1", "2", "3", "4", "5", "6", "7"):
        return begin_of(int(word)), end_of(int(word))
    return (begin_of(8), EVER[1]) if word == "8" else EVER


def _markets(ids: str, words: Words) -> list[Market]:
    """Return the markets of a comma list of the site's ids; a line after `#` or `-` is not looked at."""
    if ids == ALL:
        return list(MARKETS)
    return [
        words[one] for one in (part.split("#")[0].split("-")[0] for part in ids.split(",")) if one in words
    ]


def _whole(call: Call, name: str, otherwise: int) -> int:
    text = call.params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else otherwise


def _nairobi(moment: datetime) -> datetime:
    return moment.astimezone(NAIROBI)


def _grouped(pairs: Iterable[tuple[Any, Quote]]) -> dict[Any, list[Quote]]:
    groups: dict[Any, list[Quote]] = {}
    for key, quote in pairs:
        groups.setdefault(key, []).append(quote)
    return groups


def _flat(groups: Iterable[list[Quote]]) -> list[Quote]:
    return [quote for group in groups for quote in group]
