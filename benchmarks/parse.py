"""How long 200 events of an answer take to become checked quotes, beside json.loads and a walk.

Both sides give the same quotes, compared before anything is timed. Both check every field's type and
every price, look outcomes up by name, find the category and the kick-off in UTC, let one broken event cost
itself, and leave out an id that has two pairs of teams. The peer does it as one writes it without a
library: `json.loads`, dictionaries, `strptime`, one function for a text, a number, a list. `Quote` checks
itself on both sides. Ours remembers the categories of the events from the reading before, as in the fleet.

The answers have all the fields of recorded ones. The ratio is of the list of live matches, which is asked
for most; the other answers' ratios stand beside it. Best CPU time of several turns each, in turn.

Usage: PYTHONPATH=src python benchmarks/parse.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from msgspec import UNSET

from mispriced.bookmakers import find
from mispriced.bookmakers.bookiealpha import LiveMatch, Matches
from mispriced.bookmakers.contract import ANY_DAY, decode_rows, read
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import Event, Quote, Score, Source
from mispriced.domain.names import categorize
from mispriced.exchange import Job, Payload, Request
from mispriced.simulator import wire

EVENTS: Final = 200
TURNS: Final = 40
AIM: Final = 4.0
NOW: Final = datetime(2026, 8, 30, 14, 35, 35, tzinfo=UTC)
NAIROBI: Final = timezone(timedelta(hours=3))
CLUBS: Final = (
    "Sunderland",
    "Fulham",
    "Leeds United",
    "Brentford",
    "Real Sociedad",
    "Rayo Vallecano",
    "Gor Mahia",
)
PRICES: Final[dict[Market, dict[str, float]]] = {
    "three_way": {"1": 2.3, "X": 3.2, "2": 3.55},
    "btts": {"yes": 1.86, "no": 1.99},
    "double_chance": {"1X": 1.33, "12": 1.39, "X2": 1.65},
}


def run() -> dict[str, Any]:
    """Return the time of each answer on both sides, and how many times faster ours is."""
    rows: list[dict[str, Any]] = []
    ratios = []
    for bookmaker, source, step, markets, printed, peer in CASES:
        payload, job = _case(bookmaker, source, step, markets, printed)

        def ours(bookmaker: str = bookmaker, payload: Payload = payload, job: Job = job) -> list[Quote]:
            return list(read(find(bookmaker), payload, job).quotes)

        def theirs(peer: Peer = peer, payload: Payload = payload, job: Job = job) -> list[Quote]:
            return peer(payload, job)

        expected = ours()
        if expected != theirs() or len(expected) != EVENTS * len(markets):
            raise AssertionError(f"{bookmaker} {step}: the two sides differ")
        mine, other = _best(ours, theirs)
        ratios.append(round(other / mine, 2))
        what = f"{bookmaker} {step}, {len(expected)} quotes, {len(payload.body) // 1000} kB"
        rows += [
            {"what": what, "figure": round(mine * 1000, 2), "unit": "ms"},
            {"what": f"{what}: json.loads and a walk", "figure": round(other * 1000, 2), "unit": "ms"},
            {"what": f"{what}: ratio", "figure": ratios[-1], "unit": "x"},
        ]
    rows.append(
        {"what": "of the first, json.loads alone / typed decoding alone", "figure": _decoding(), "unit": "x"}
    )
    return {"name": "parse", "rows": rows, "ratio": ratios[0], "aim": AIM, "better": "higher"}


def _decoding() -> float:
    payload, _ = _case(*CASES[0][:5])
    mine, other = _best(lambda: decode_rows(payload, Matches, LiveMatch), lambda: json.loads(payload.body))
    return round(other / mine, 2)


def _best(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[float, float]:
    best = [float("inf"), float("inf")]
    for _ in range(TURNS):
        for place, side in enumerate((ours, peer)):
            started = time.process_time()
            side()
            best[place] = min(best[place], time.process_time() - started)
    return best[0], best[1]


def _case(
    bookmaker: str,
    source: Source,
    step: str,
    markets: tuple[Market, ...],
    printed: Callable[[list[Quote]], Any],
) -> tuple[Payload, Job]:
    quotes = [_quote(bookmaker, source, number, market) for number in range(EVENTS) for market in markets]
    events = tuple({one.event_id: one.event for one in quotes}.values())
    asked = Request(step=step, path="/", params={"page": "1", "limit": "1000"}, events=events)
    body = json.dumps(printed(quotes), separators=(",", ":")).encode()
    period = next(word for word, day in find(bookmaker).periods.items() if day == 0)
    job = Job(bookmaker=bookmaker, markets=markets, source=source, period=period, day=ANY_DAY, now=NOW)
    return Payload.of(asked, body, NOW), job


def _quote(bookmaker: str, source: Source, number: int, market: Market) -> Quote:
    event_id = str(61_624_652 + number)
    home = f"{CLUBS[number % len(CLUBS)]} {chr(97 + number // 26)}{chr(97 + number % 26)}"
    return Quote(
        bookmaker=bookmaker,
        event_id=event_id,
        refs={"betradar": event_id},
        home=home,
        away=CLUBS[(number + 3) % len(CLUBS)],
        competition="Premier League",
        country="England",
        kickoff=NOW.replace(minute=0, second=0) - timedelta(hours=1),
        market=market,
        prices={outcome: price + number / 100 for outcome, price in PRICES[market].items()},
        source=source,
        seen_at=NOW,
        score=Score(1, 0) if source == "live" else UNSET,
    )


# The peer, one function an answer.

Peer = Callable[[Payload, Job], list[Quote]]
ALPHA_MARKETS: Final[dict[str, tuple[Market, dict[str, str]]]] = {
    "1": ("three_way", {"1": "1", "X": "X", "2": "2"}),
    "29": ("btts", {"YES": "yes", "NO": "no"}),
    "10": ("double_chance", {"1/X": "1X", "1/2": "12", "X/2": "X2"}),
}
DELTA_MARKETS: Final[dict[str, Market]] = {"194": "three_way", "138": "btts", "147": "double_chance"}


def walk_alpha(payload: Payload, job: Job) -> list[Quote]:
    quotes: list[Quote] = []
    for match in _list(json.loads(payload.body), "data"):
        try:
            quotes += _alpha_match(match, payload, job)
        except (KeyError, TypeError, ValueError):
            continue
    return _sound(quotes)


def _alpha_match(match: dict[str, Any], payload: Payload, job: Job) -> list[Quote]:
    if _number(match, "sport_id") != "14" or match.get("is_srl") or match.get("is_esport"):
        return []
    home, away = _text(match, "home_team").strip(), _text(match, "away_team").strip()
    competition, country = _text(match, "competition_name").strip(), _text(match, "category").strip()
    start = datetime.strptime(_text(match, "start_time"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=NAIROBI)
    kickoff = start.astimezone(UTC)
    category = categorize(home, away, competition, country)
    event_id = _number(match, "parent_match_id")
    if category == "virtual" or kickoff > payload.seen_at + timedelta(days=400):
        return []
    is_played = match.get("bet_status", "STARTED") == "STARTED"
    goals = str(match.get("current_score")).split(":")
    score = Score(int(goals[0]), int(goals[1])) if len(goals) == 2 and all(map(str.isdigit, goals)) else UNSET
    quotes = []
    for group in _list(match, "odds"):
        market, words = ALPHA_MARKETS.get(_number(group, "sub_type_id"), (None, {}))
        if market is None or market not in job.markets:
            continue
        prices: dict[str, float] = {}
        suspended = []
        for odd in _list(group, "odds"):
            outcome = words[_text(odd, "display")]
            if outcome in prices or outcome in suspended:
                raise ValueError(f"{outcome} is given twice")
            flags = (group.get("market_active", 1), odd.get("odd_active", 1), odd.get("market_active", 1))
            if is_played and all(flags):
                prices[outcome] = _price(odd, "odd_value")
            else:
                suspended.append(outcome)
        quotes.append(
            Quote(
                bookmaker="BookieAlpha",
                event_id=event_id,
                refs={"betradar": event_id},
                home=home,
                away=away,
                competition=competition,
                country=country,
                category=category,
                kickoff=kickoff,
                market=market,
                prices=prices,
                suspended=tuple(suspended),
                source=job.source,
                seen_at=payload.seen_at,
                score=score,
                origin=payload.origin,
            )
        )
    return quotes


def walk_delta_live(payload: Payload, job: Job) -> list[Quote]:
    events = {event.event_id: event for event in payload.request.events}
    quotes: list[Quote] = []
    for placed in _list(json.loads(payload.body), "markets"):
        try:
            event = events[_number(placed, "eventId")]
            quotes += [
                one for table in _list(placed, "markets") for one in _delta_table(table, event, payload, job)
            ]
        except (KeyError, TypeError, ValueError):
            continue
    return _sound(quotes)


def _delta_table(table: dict[str, Any], event: Event, payload: Payload, job: Job) -> list[Quote]:
    market = DELTA_MARKETS.get(_number(table, "id"))
    if market is None or market not in job.markets:
        return []
    home, away = event.home.lower(), event.away.lower()
    words = {
        "three_way": {home: "1", "draw": "X", away: "2"},
        "btts": {"yes": "yes", "no": "no"},
        "double_chance": {f"{home} or draw": "1X", f"{home} or {away}": "12", f"draw or {away}": "X2"},
    }[market]
    prices: dict[str, float] = {}
    suspended = []
    for selection in _list(table, "selections"):
        outcome = words[_text(selection, "name").strip().lower()]
        if outcome in prices or outcome in suspended:
            raise ValueError(f"{outcome} is given twice")
        if _text(table, "status") == "Open" and _text(selection, "status") == "Open":
            prices[outcome] = _price(selection, "odds")
        else:
            suspended.append(outcome)
    return [
        Quote(
            bookmaker=event.bookmaker,
            event_id=event.event_id,
            refs=event.refs,
            home=event.home,
            away=event.away,
            competition=event.competition,
            country=event.country,
            category=event.category,
            kickoff=event.kickoff,
            market=market,
            prices=prices,
            suspended=tuple(suspended),
            source=event.source,
            seen_at=payload.seen_at,
            score=event.score,
            origin=payload.origin,
        )
    ]


def _text(data: dict[str, Any], name: str) -> str:
    value = data[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is {value!r}, must be a text")
    return value


def _number(data: dict[str, Any], name: str) -> str:
    value = data[name]
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not str(value).isdigit():
        raise TypeError(f"{name} is {value!r}, must be a number")
    return str(value)


def _list(data: dict[str, Any], name: str) -> list[Any]:
    value = data[name]
    if not isinstance(value, list):
        raise TypeError(f"{name} is {value!r}, must be a list")
    return value


def _price(data: dict[str, Any], name: str) -> float:
    value = data[name]
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        raise ValueError(f"{name} is {value!r}, must be a decimal number")
    return float(value)


def _sound(quotes: list[Quote]) -> list[Quote]:
    teams: dict[str, set[tuple[str, str]]] = {}
    for one in quotes:
        teams.setdefault(one.event_id, set()).add((one.home, one.away))
    return [one for one in quotes if len(teams[one.event_id]) == 1]


Case = tuple[str, Source, str, tuple[Market, ...], Callable[[list[Quote]], Any], Peer]
CASES: Final[list[Case]] = [
    ("BookieAlpha", "live", "live", ("three_way",), wire.alpha_live, walk_alpha),
    ("BookieAlpha", "upcoming", "matches", ("three_way",), wire.alpha_matches, walk_alpha),
    ("BookieDelta", "live", "live_markets", tuple(MARKETS), wire.delta_live_markets, walk_delta_live),
]

if __name__ == "__main__":
    measured = run()
    for row in measured["rows"]:
        print(f"{row['figure']:8} {row['unit']}  {row['what']}")
    print(f"{measured['ratio']} x, aim {measured['aim']} or higher")
