"""BookieBeta's answers in the layout of the real site: the inverse of its adapter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from mispriced.domain.model import Quote
from mispriced.simulator.wire.text import CLOSED_PRICE, by_event, number

_FOOTBALL: Final = 1
# market -> market type id, name, and by outcome the field's name
_TABLES: Final = {
    "three_way": (14, "Match Result", {"1": "W1", "X": "Draw", "2": "W2"}),
    "btts": (20562, "Both Teams To Score", {"yes": "Yes", "no": "No"}),
    "double_chance": (2212, "Double Chance", {"1X": "1X", "12": "12", "X2": "X2"}),
}


def beta_tournament(quote: Quote) -> str:
    """Return the tournament's key in requests: sport, category and tournament id.

    The events request carries it as `tournId` in the JSON text of its `data`.
    """
    category = number("category", quote.country)
    return f"{_FOOTBALL},{category},{number('tournament', quote.country, quote.competition)}"


def beta_tournaments(quotes: Iterable[Quote]) -> dict[str, Any]:
    """Return the tree of sports, categories and tournaments that have these quotes."""
    tree: dict[str, dict[str, Quote]] = {}
    for quote in quotes:
        tree.setdefault(quote.country, {}).setdefault(quote.competition, quote)
    categories = []
    for country, tournaments in tree.items():
        rows = [
            {"Id": int(beta_tournament(quote).split(",")[2]), "Name": _name(competition)}
            for competition, quote in tournaments.items()
        ]
        categories.append({"Id": number("category", country), "Name": _name(country), "Tournaments": rows})
    return {"Sports": [{"Id": _FOOTBALL, "Name": _name("Football"), "Categories": categories}]}


def beta_events(quotes: Iterable[Quote]) -> dict[str, Any]:
    """Return the events of one tournament with all their markets."""
    return {
        "Status": {"StatusCode": 200},
        "Contents": {"Events": [_event(group) for group in by_event(quotes)]},
    }


def _event(quotes: list[Quote]) -> dict[str, Any]:
    first = quotes[0]
    info = {
        "DateOfMatch": f"{first.kickoff:%Y-%m-%dT%H:%M:%S}",
        "HomeTeamId": number("team", first.home),
        "AwayTeamId": number("team", first.away),
        "HomeTeamName": _name(first.home),
        "AwayTeamName": _name(first.away),
        "TournamentName": _name(first.competition),
        "CategoryName": _name(first.country),
    }
    return {"MatchId": int(first.event_id), "Info": info, "Markets": [_table(quote) for quote in quotes]}


def _table(quote: Quote) -> dict[str, Any]:
    type_id, title, names = _TABLES[quote.market]
    fields = []
    for place, (outcome, name) in enumerate(names.items(), start=1):
        is_open = outcome in quote.prices
        if is_open or outcome in quote.suspended:
            price = quote.prices[outcome] if is_open else float(CLOSED_PRICE)
            fields.append(
                {
                    "FieldName": _name(name),
                    "Value": price,
                    "Active": is_open,
                    "FieldTypeId": place,
                    "Extra": {"NormalValue": price, "Deboost": 0},
                }
            )
    titled = {**_name(title), "langValues": {"en": title}}
    return {"MarketTypeId": type_id, "MarketName": titled, "MarketFields": fields}


def _name(text: str) -> dict[str, Any]:
    return {"International": text}
