"""BookieDelta's answers in the layout of the real site: the inverse of its adapter.

Upcoming answers have no word for a closed outcome: there it is left out. The list of games has three way
prices in it, the other markets are in the markets' answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import UNSET

from mispriced.domain.markets import Market
from mispriced.domain.model import Quote
from mispriced.simulator.wire.text import by_event, number, offers, utc_text

# market -> id, name, order, columns, and by outcome the selection's name and short name
_TABLES: Final = {
    "three_way": (10, "3 Way", 101, 3, {"1": ("{home}", "1"), "X": ("Draw", "X"), "2": ("{away}", "2")}),
    "btts": (43, "Both Teams To Score", 103, 2, {"yes": ("YES (GG)", "Yes"), "no": ("NO (NG)", "No")}),
    "double_chance": (
        46,
        "Double Chance",
        105,
        3,
        {"1X": ("1 OR X", "1X"), "X2": ("X OR 2", "X2"), "12": ("1 OR 2", "12")},
    ),
}
# market -> id, name, position, template, and by outcome the selection's name
_LIVE_TABLES: Final = {
    "three_way": (194, "1x2", 101, 3, {"1": "{home}", "X": "draw", "2": "{away}"}),
    "btts": (138, "Both teams to score", 105, 2, {"yes": "yes", "no": "no"}),
    "double_chance": (
        147,
        "Double chance",
        107,
        3,
        {"1X": "{home} or draw", "X2": "draw or {away}", "12": "{home} or {away}"},
    ),
}
LISTED: Final[tuple[Market, ...]] = ("three_way",)


def delta_games(quotes: Iterable[Quote], markets: Sequence[Market] = LISTED) -> list[dict[str, Any]]:
    """Return the list of upcoming games, with the prices of these markets in it."""
    return [_game(group, markets) for group in by_event(quotes)]


def delta_markets(quotes: Iterable[Quote], markets: Sequence[Market] | None = None) -> dict[str, Any]:
    """Return the markets of games by game id, without teams and times; `markets` None: all."""
    return {
        group[0].event_id: [
            {**table, "specValue": 0, "order": _TABLES[quote.market][2]}
            for quote in group
            if (markets is None or quote.market in markets) and (table := _table(quote))["selections"]
        ]
        for group in by_event(quotes)
    }


def delta_live_events(quotes: Iterable[Quote], more: bool = False) -> dict[str, Any]:
    """Return the events being played, without prices; `more`: there are others on the next page."""
    return {"events": [_live_event(group) for group in by_event(quotes)], "loadMore": more}


def delta_live_markets(quotes: Iterable[Quote], markets: Sequence[Market] | None = None) -> dict[str, Any]:
    """Return the live markets of events, without teams and times; `markets` None: all."""
    rows = [
        {
            "eventId": int(group[0].event_id),
            "markets": [_live_table(quote) for quote in group if markets is None or quote.market in markets],
        }
        for group in by_event(quotes)
    ]
    return {"markets": rows}


def delta_live_markets_of_2024(quotes: Iterable[Quote]) -> dict[str, Any]:
    """Return the live markets in the older layout: each by itself, with its event's id."""
    names = {"three_way": "Match Result", "btts": "Both Teams To Score", "double_chance": "Double Chance"}
    return {
        "markets": [
            {**_live_table(quote), "eventId": int(quote.event_id), "name": names[quote.market]}
            for quote in quotes
        ]
    }


def _game(quotes: list[Quote], markets: Sequence[Market]) -> dict[str, Any]:
    first = quotes[0]
    tables = [table for quote in quotes if quote.market in markets and (table := _table(quote))["selections"]]
    return {
        "id": int(first.event_id),
        "betgeniusId": 0,
        "betradarId": int(first.refs.get("betradar", "0")),
        "smsId": number("sms", first.event_id),
        "hasCustomBet": 0,
        "competition": {"id": number(first.country, first.competition), "name": first.competition},
        "country": {"id": number(first.country), "name": first.country, "iso": first.country[:3].lower()},
        "sport": {"id": 1, "name": "Football"},
        "competitors": [{"id": number(name), "name": name} for name in (first.home, first.away)],
        "dateTimestamp": int(first.kickoff.timestamp() * 1000),
        "date": utc_text(first.kickoff, milliseconds=True),
        "state": {},
        "marketsCount": 21,
        "markets": tables,
    }


def _table(quote: Quote) -> dict[str, Any]:
    market_id, title, _, columns, names = _TABLES[quote.market]
    selections = [
        {
            "id": number(quote.event_id, str(market_id), outcome),
            "name": names[outcome][0].format(home=quote.home, away=quote.away),
            "odds": price,
            "shortName": names[outcome][1],
            "specValue": 0,
        }
        for outcome, price, is_open in offers(quote, names)
        if is_open
    ]
    return {
        "id": market_id,
        "name": title,
        "columns": columns,
        "columnsApp": columns,
        "selections": selections,
    }


def _live_event(quotes: list[Quote]) -> dict[str, Any]:
    first = quotes[0]
    minutes = max(int((first.seen_at - first.kickoff).total_seconds() // 60), 0)
    goals = ("", "") if first.score is UNSET else (str(first.score.home), str(first.score.away))
    return {
        "id": int(first.event_id),
        "legacyId": 0,
        "externalId": int(first.refs.get("betradar", "0")),
        "marketCount": 17,
        "kickoffTimeUTC": utc_text(first.kickoff),
        "sport": {"id": 1, "name": "Soccer"},
        "country": {"id": number(first.country), "name": first.country, "iso": first.country[:3].upper()},
        "tournament": {"id": number(first.country, first.competition), "name": first.competition},
        "competitors": [{"id": number(name), "name": name} for name in (first.home, first.away)],
        "status": "Started",
        "state": {
            "currentEventPhase": "FirstHalf" if minutes < 45 else "SecondHalf",
            "periodStartTime": utc_text(first.kickoff),
            "matchTime": f"{minutes:02}:00",
            "matchScore": {"home": goals[0], "away": goals[1]},
        },
        "isPaused": False,
    }


def _live_table(quote: Quote) -> dict[str, Any]:
    market_id, title, position, template, names = _LIVE_TABLES[quote.market]
    selections = [
        {
            "id": number(quote.event_id, str(market_id), outcome),
            "status": "Open" if is_open else "Closed",
            "name": names[outcome].format(home=quote.home, away=quote.away),
            "odds": price,
        }
        for outcome, price, is_open in offers(quote, names)
    ]
    return {
        "id": market_id,
        "status": "Open",
        "name": title,
        "shortName": title,
        "specialValue": "0.00",
        "sequence": 0,
        "eventMarketId": number("market", quote.event_id, str(market_id)),
        "template": template,
        "position": position,
        "selections": selections,
    }
