"""BookieGamma's answers in the layout of the real site: the inverse of its adapter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from msgspec import UNSET

from mispriced.domain.model import Quote
from mispriced.simulator.wire.text import by_event, nairobi_text, number, offers

# market -> sub type, type of odd, and by outcome its key and name
_TABLES: Final = {
    "three_way": ("1", "1X2", {"1": ("1", "{home}"), "X": ("X", "draw"), "2": ("2", "{away}")}),
    "btts": ("29", "GG/NG", {"yes": ("Yes", "yes"), "no": ("No", "no")}),
    "double_chance": (
        "10",
        "Double chance",
        {
            "1X": ("1 or X", "{home} or draw"),
            "12": ("1 or 2", "{home} or {away}"),
            "X2": ("X or 2", "draw or {away}"),
        },
    ),
}
_SPORT: Final = {"sport_id": "1", "sport_name": "Soccer"}
_HALF: Final = timedelta(minutes=45)


def gamma_competition(quote: Quote) -> str:
    """Return the competition's id, which a matches request carries as `competition_id`."""
    return str(number("competition", quote.country, quote.competition))


def gamma_competitions(quotes: Iterable[Quote], day: str = "") -> dict[str, Any]:
    """Return the competitions that have these quotes' events."""
    groups = _by_competition(quotes)
    days = sorted({nairobi_text(group[0].kickoff)[:10] for group in groups})
    competitions = [
        {
            "competition_id": gamma_competition(group[0]),
            "competition_name": group[0].competition,
            "c_binomen": group[0].competition.lower().replace(" ", "-"),
            "country_name": group[0].country,
            "match_count": str(len(by_event(group))),
            "i": place,
        }
        for place, group in enumerate(groups)
    ]
    return _answer(
        {
            "days": [{"schedule_date": date} for date in days],
            "sports": [_SPORT],
            "markets": [
                {"sub_type_id": sub_type, "odd_type": title} for sub_type, title, _ in _TABLES.values()
            ],
            "hours": [],
            "leagues": [],
            "competitions": competitions,
            "meta": {"producer": 0, "day": day, "sport_id": "1", "total": str(len(competitions))},
        }
    )


def gamma_matches(quotes: Iterable[Quote]) -> dict[str, Any]:
    """Return upcoming matches by competition; prices are in the lines of a market."""
    leagues = []
    for group in _by_competition(quotes):
        matches = [_match(event) for event in by_event(group)]
        leagues.append(
            {
                "competition_id": gamma_competition(group[0]),
                "competition_name": group[0].competition,
                "match_count": len(matches),
                "category_id": str(number("category", group[0].country)),
                "category_name": group[0].country,
                **_SPORT,
                "matches": matches,
            }
        )
    return _answer({"leagues": leagues})


def gamma_live(quotes: Iterable[Quote]) -> dict[str, Any]:
    """Return the matches being played, ungrouped; prices are in the market itself."""
    return _answer({"matches": [_live_match(event) for event in by_event(quotes)]})


def _match(quotes: list[Quote]) -> dict[str, Any]:
    markets = []
    for quote in quotes:
        sub_type, title, _ = _TABLES[quote.market]
        lines = [{"specifiers": "", "outcomes": _outcomes(quote)}]
        markets.append({"sub_type_id": sub_type, "odd_type": title, "lines": lines})
    return {**_fixture(quotes[0]), "status": "0", "status_desc": "", "markets": markets}


def _live_match(quotes: list[Quote]) -> dict[str, Any]:
    first = quotes[0]
    minutes = max(int((first.seen_at - first.kickoff).total_seconds() // 60), 0)
    markets = []
    for quote in quotes:
        sub_type, title, _ = _TABLES[quote.market]
        outcomes = [{**outcome, "live": 1} for outcome in _outcomes(quote)]
        markets.append(
            {"sub_type_id": sub_type, "odd_type": title, "status": 1, "specifiers": "", "outcomes": outcomes}
        )
    return {
        **_fixture(first),
        "id": first.event_id,
        "match_time": f"{minutes:02}:00",
        "current_score": "" if first.score is UNSET else str(first.score),
        "status": "1",
        "status_desc": "1st half" if first.seen_at < first.kickoff + _HALF else "2nd half",
        "bet_status": "STARTED",
        "markets": markets,
    }


def _fixture(quote: Quote) -> dict[str, Any]:
    start = nairobi_text(quote.kickoff)
    return {
        "parent_match_id": quote.event_id,
        "game_id": str(number("game", quote.event_id)),
        "home_team": quote.home,
        "away_team": quote.away,
        "start_time": start,
        "schedule_date": start[:10],
        "competition_name": quote.competition,
        "category_name": quote.country,
        "sport_name": "Soccer",
    }


def _outcomes(quote: Quote) -> list[dict[str, Any]]:
    keys = _TABLES[quote.market][2]
    return [
        {
            "outcome_id": str(place),
            "outcome_key": keys[outcome][0],
            "outcome_name": keys[outcome][1].format(home=quote.home, away=quote.away),
            "active": int(is_open),
            "status": int(is_open),
            "odd_value": price,
            "prev_odd_value": price,
        }
        for place, (outcome, price, is_open) in enumerate(offers(quote, keys), start=1)
    ]


def _by_competition(quotes: Iterable[Quote]) -> list[list[Quote]]:
    groups: dict[str, list[Quote]] = {}
    for quote in quotes:
        groups.setdefault(gamma_competition(quote), []).append(quote)
    return list(groups.values())


def _answer(data: dict[str, Any]) -> dict[str, Any]:
    return {"status_code": 200, "status_description": "OK", "data": data}
