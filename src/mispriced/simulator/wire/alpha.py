"""BookieAlpha's answers in the layout of the real site: the inverse of its adapter.

Upcoming answers have no flag for a closed outcome: there it is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from msgspec import UNSET

from mispriced.domain.model import Quote
from mispriced.simulator.wire.text import by_event, nairobi_text, number, offers

# market -> sub type, title, and by outcome what is displayed, how it is defined, its id
_GROUPS: Final = {
    "three_way": (1, "1X2", {"1": ("1", "{home}", 1), "X": ("X", "draw", 2), "2": ("2", "{away}", 3)}),
    "double_chance": (
        10,
        "DOUBLE CHANCE",
        {
            "1X": ("1/X", "{home} or draw", 9),
            "12": ("1/2", "{home} or {away}", 10),
            "X2": ("X/2", "draw or {away}", 11),
        },
    ),
    "btts": (29, "BOTH TEAMS TO SCORE (GG/NG)", {"yes": ("YES", "yes", 74), "no": ("NO", "no", 76)}),
}
_FOOTBALL: Final = 14
_HALF: Final = timedelta(minutes=45)


def alpha_matches(
    quotes: Iterable[Quote], page: int = 1, limit: int = 100, total: int | None = None
) -> dict[str, Any]:
    """Return one page of upcoming matches: these quotes' events; `total` is of all pages."""
    matches = [_match(quotes_of) for quotes_of in by_event(quotes)]
    meta = {
        "total": str(len(matches) if total is None else total),
        "limit": str(limit),
        "current_page": page,
        "periods": [],
        "filters": [],
        "sports": [{"sport_id": -1, "sport_name": "All Sports"}],
        "tabs": [],
        "tags": [],
    }
    return {"data": matches, "meta": meta}


def alpha_live(
    quotes: Iterable[Quote], page: int = 1, limit: int = 100, total: int | None = None
) -> dict[str, Any]:
    """Return one page of the matches being played; ids are numbers here."""
    matches = [_live_match(quotes_of) for quotes_of in by_event(quotes)]
    count = len(matches) if total is None else total
    return {"data": matches, "meta": {"total": str(count), "limit": str(limit), "current_page": page}}


def _match(quotes: list[Quote]) -> dict[str, Any]:
    first = quotes[0]
    return {
        "home_team": first.home,
        "game_id": str(number("game", first.event_id)),
        "match_id": str(number("match", first.event_id)),
        "away_team": first.away,
        "start_time": nairobi_text(first.kickoff),
        "competition_name": first.competition,
        "category": first.country,
        "parent_match_id": first.event_id,
        "side_bets": "87",
        **_prices_beside(quotes),
        "competition_id": str(number(first.country, first.competition)),
        "sport_id": str(_FOOTBALL),
        "sport_name": "Soccer",
        "is_esport": False,
        "is_srl": False,
        "provider": "sr",
        "odds": [group for quote in quotes if (group := _group(quote))["odds"]],
    }


def _live_match(quotes: list[Quote]) -> dict[str, Any]:
    first = quotes[0]
    start, now = nairobi_text(first.kickoff), nairobi_text(first.seen_at)
    minutes = max(int((first.seen_at - first.kickoff).total_seconds() // 60), 0)
    score = "-:-" if first.score is UNSET else str(first.score)
    return {
        "match_id": number("match", first.event_id),
        "game_id": 0,
        "competition_id": number(first.country, first.competition),
        "sport_name": "Soccer",
        "category_id": number("category", first.country),
        "category": first.country,
        "priority": "99",
        "match_priority": "99",
        "match_country_bet_channel_priority": None,
        "sport_id": _FOOTBALL,
        "streamble": {"String": "0", "Valid": True},
        "competition_name": first.competition,
        "competition": first.competition,
        "competition_priority": "2000",
        "live_match_status": 1,
        "is_esport": 0,
        "is_srl": 0,
        "home_team": first.home,
        "away_team": first.away,
        "start_time": start,
        "parent_match_id": int(first.event_id),
        "side_bets": 60,
        "will_go_live": 1,
        "will_stream": 0,
        "bet_closure": start,
        "bet_status": "STARTED",
        "result": "null",
        "sub_type_id": 20,
        "match_time": f"{minutes:02}:00",
        **{
            f"{side}_{what}": 0
            for what in ("red_card", "yellow_card", "corners")
            for side in ("home", "away")
        },
        "current_score": score,
        "active": 1,
        "sequence_no": _sequence(first),
        "event_status": "1st half" if first.seen_at < first.kickoff + _HALF else "2nd half",
        "betradar_timestamp": now,
        "match_status": "ACTIVE",
        "bet_stop_reason": "",
        "ht_score": "-:-",
        "ft_score": "-:-",
        "set_score": [{"score": score, "set": "1"}],
        "odd_active": 1,
        "sys_modified": _sequence(first),
        **_prices_beside(quotes),
        "home_odd_key": first.home,
        "away_odd_key": first.away,
        "neutral_odd_key": "draw",
        "home_odd_outcome_id": "1",
        "neutral_odd_outcome_id": "2",
        "away_odd_outcome_id": "3",
        **{f"{side}_seq": _sequence(first) for side in ("home", "neutral", "away")},
        "market_active": 1,
        **dict.fromkeys(("current_timestamp", "timestamp", "NOW", "now"), now),
        "diff": 328,
        "provider": "sr",
        "status": 0,
        "streamable": None,
        "odds": [_live_group(quote) for quote in quotes],
    }


def _sequence(quote: Quote) -> int:
    return int(quote.seen_at.timestamp() * 1000)


def _group(quote: Quote) -> dict[str, Any]:
    sub_type, title, _ = _GROUPS[quote.market]
    return {
        "sub_type_id": str(sub_type),
        "name": title,
        "odds": [odd for odd, is_open in _odds(quote) if is_open],
    }


def _live_group(quote: Quote) -> dict[str, Any]:
    sub_type, title, _ = _GROUPS[quote.market]
    beside = {"market_active": 1, "sequence_no": _sequence(quote), "diff": 328}
    more = {"event_odd_id": None, "sport_id": _FOOTBALL}
    odds = [{**odd, "odd_active": int(is_open), **beside, **more} for odd, is_open in _odds(quote)]
    return {"sub_type_id": sub_type, "name": title, "market_active": 1, "odds": odds}


def _odds(quote: Quote) -> list[tuple[dict[str, Any], bool]]:
    shown = _GROUPS[quote.market][2]
    odds = []
    for outcome, price, is_open in offers(quote, shown):
        display, definition, outcome_id = shown[outcome]
        odd = {
            "display": display,
            "odd_key": definition.format(home=quote.home, away=quote.away),
            "odd_def": definition.format(home="{$competitor1}", away="{$competitor2}"),
            "odd_value": price,
            "special_bet_value": "",
            "outcome_id": str(outcome_id),
            "parsed_special_bet_value": {"": ""},
        }
        odds.append((odd, is_open))
    return odds


def _prices_beside(quotes: list[Quote]) -> dict[str, str]:
    keys = {"1": "home_odd", "X": "neutral_odd", "2": "away_odd"}
    three_way = [quote for quote in quotes if quote.market == "three_way"]
    return {keys[outcome]: price for quote in three_way for outcome, price, _ in offers(quote, keys)}
