"""How long 200 events of an answer take to become checked quotes, beside json.loads and a walk.

Both sides give the same quotes of every answer, compared before anything is timed. Both check every
field's type and every price, look outcomes up by name, find the category and the kick-off in UTC, let one
broken event cost itself, and leave out an id that has two pairs of teams. The peer does it as one writes
it without a library: `json.loads`, dictionaries, `strptime`, one function for a text, a number, a list.
It remembers nothing between answers. `Quote` checks itself on both sides.

Polled: the same answers, one after another, each with 5 % of its quotes changed since the one before, as
a site that is asked again and again gives them. Ours remembers rows, as in the fleet, and reads again
those whose bytes changed; the peer reads each answer whole. Cold: ours remembers no row either, only the
categories of the events.

The answers have all the fields of recorded ones. The ratio is of the list of live matches, polled, which
is asked for most; the other ratios stand beside it. Best CPU time an answer of several turns, in turn.

Usage: PYTHONPATH=src python benchmarks/parse.py
"""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import msgspec
from msgspec import UNSET

from mispriced.bookmakers import find
from mispriced.bookmakers.bookiealpha import LiveMatch, Matches
from mispriced.bookmakers.contract import ANY_DAY, decode_rows, read
from mispriced.bookmakers.remembered import Remembered
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import Event, Quote, Score, Source
from mispriced.domain.names import categorize
from mispriced.exchange import Job, Payload, Request
from mispriced.simulator import wire

EVENTS: Final = 200
POLLS: Final = 6
CHANGED: Final = 0.05
SEED: Final = 20260830
TURNS: Final = 60
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
    """Return the time of each kind of answer on both sides, and how many times faster ours is."""
    rows: list[dict[str, Any]] = []
    ratios = []
    for case in CASES:
        bookmaker, _, step, markets, _, peer = case
        polls, job = _polls(case)
        adapter = find(bookmaker)
        remembered = Remembered()
        for place, payload in enumerate(polls):
            expected = peer(payload, job)
            held = [list(one(adapter, payload, job).quotes) for one in (read, remembered.read)]
            if held != [expected, expected] or len(expected) != EVENTS * len(markets):
                raise AssertionError(f"{bookmaker} {step}, answer {place}: the sides differ")
        cold, polled, walked = _best(
            lambda payload, adapter=adapter, job=job: read(adapter, payload, job),  # type: ignore[misc]
            lambda payload, adapter=adapter, job=job, one=remembered: one.read(adapter, payload, job),  # type: ignore[misc]
            lambda payload, peer=peer, job=job: peer(payload, job),  # type: ignore[misc]
            polls=polls,
        )
        ratios.append(round(walked / polled, 2))
        what = f"{bookmaker} {step}, {EVENTS * len(markets)} quotes, {len(polls[0].body) // 1000} kB"
        rows += [
            {"what": f"{what}: json.loads and a walk", "figure": round(walked * 1000, 2), "unit": "ms"},
            {"what": f"{what}: polled", "figure": round(polled * 1000, 2), "unit": "ms"},
            {"what": f"{what}: ratio polled", "figure": ratios[-1], "unit": "x"},
            {"what": f"{what}: cold", "figure": round(cold * 1000, 2), "unit": "ms"},
            {"what": f"{what}: ratio cold", "figure": round(walked / cold, 2), "unit": "x"},
        ]
    rows.append(
        {"what": "of the first, json.loads alone / typed decoding alone", "figure": _decoding(), "unit": "x"}
    )
    return {"name": "parse", "rows": rows, "ratio": ratios[0], "aim": AIM, "better": "higher"}


def _decoding() -> float:
    polls, _ = _polls(CASES[0])
    typed, plain = _best(
        lambda payload: decode_rows(payload, Matches, LiveMatch),
        lambda payload: json.loads(payload.body),
        polls=polls,
    )
    return round(plain / typed, 2)


def _best(*sides: Callable[[Payload], object], polls: Sequence[Payload]) -> list[float]:
    """Return the best time of one answer; the polls go back and forth, so each is a neighbour's next."""
    best = [float("inf")] * len(sides)
    ways = itertools.cycle([*polls, *polls[-2:0:-1]])
    later = NOW
    for payload in itertools.islice(ways, TURNS):
        later += timedelta(seconds=1)
        asked = msgspec.structs.replace(payload, seen_at=later)
        for place, side in enumerate(sides):
            started = time.process_time()
            side(asked)
            best[place] = min(best[place], time.process_time() - started)
    return best


def _polls(case: Case) -> tuple[list[Payload], Job]:
    bookmaker, source, step, markets, printed, _ = case
    chance = random.Random(SEED)
    quotes = [_quote(bookmaker, source, number, market) for number in range(EVENTS) for market in markets]
    events = tuple({one.event_id: one.event for one in quotes}.values())
    asked = Request(step=step, path="/", params={"page": "1", "limit": "1000"}, events=events)
    polls = []
    for _ in range(POLLS):
        body = json.dumps(printed(quotes), separators=(",", ":")).encode()
        polls.append(Payload.of(asked, body, NOW))
        for place in chance.sample(range(len(quotes)), round(CHANGED * len(quotes))):
            prices = {outcome: price + 0.01 for outcome, price in quotes[place].prices.items()}
            quotes[place] = msgspec.structs.replace(quotes[place], prices=prices)
    period = next(word for word, day in find(bookmaker).periods.items() if day == 0)
    job = Job(bookmaker=bookmaker, markets=markets, source=source, period=period, day=ANY_DAY, now=NOW)
    return polls, job


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
