"""Live odds of BookieDelta, in two steps: the events, then one market of some of them a call.

The ids of events and markets are others than upcoming. Outcomes carry no key: they are named by the
teams, "draw" and "A or draw", and never read by their place. Two layouts of the markets are read: each
event with a list of its markets, and, as in 2024, each market by itself with its event's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec
from msgspec import Raw

from mispriced.bookmakers.bookiedelta_forms import (
    Goals,
    LiveEvent,
    LiveEvents,
    LiveTable,
    LiveTables,
    Placed,
    PlacedLoosely,
)
from mispriced.bookmakers.contract import Found, Skipped, decode, decode_rows, each
from mispriced.bookmakers.fields import score, utc_time
from mispriced.bookmakers.listing import ask, batches, distinct, listed, quotes, unasked
from mispriced.domain.markets import Market
from mispriced.domain.model import Event
from mispriced.exchange import Job, Payload, Request

FOOTBALL: Final = 1
MARKETS: Final[Mapping[str, Market]] = {"194": "three_way", "138": "btts", "147": "double_chance"}
WORDS: Final[Mapping[Market, Mapping[str, str]]] = {  # beside the teams' names
    "three_way": {"draw": "X", "x": "X", "1": "1", "2": "2"},
    "btts": {"yes": "yes", "no": "no"},
    "double_chance": {"1 or x": "1X", "1 or 2": "12", "x or 2": "X2"},
}
MARKET_IDS: Final = {market: market_id for market_id, market in MARKETS.items()}
MARKET_NAMES: Final[Mapping[str, Market]] = {  # of the older layout, whose ids are not known
    "1x2": "three_way",
    "match result": "three_way",
    "both teams to score": "btts",
    "double chance": "double_chance",
}
PAGING: Final = {"limit": "100", "offset": "0"}
ENDPOINTS: Final = {
    "live_events": Request(step="live_events", path="/api/live/sports/1/events", params=PAGING),
    "live_markets": Request(step="live_markets", path="/api/live/event/markets", params={"sportId": "1"}),
}
MOST_EVENTS: Final = 1000  # a site that says for ever that there is more is stopped there
EVENTS_A_CALL: Final = 15
OPEN: Final = "Open"  # of markets and selections; the other word seen is Closed


def start() -> Iterator[Request]:
    yield ENDPOINTS["live_events"]


def parse_events(payload: Payload, job: Job) -> Iterator[Found]:
    answer = decode(payload, LiveEvents)
    events: list[Event] = []

    def read_event(live: LiveEvent) -> Iterable[Found]:
        event = event_of(payload, job, live)
        events.extend([event] if event else [])
        return ()

    yield from each(answer.events, LiveEvent, read_event)
    known, contradictions = distinct(events)
    yield from contradictions
    for request in markets_of(known, job.markets):
        yield msgspec.structs.replace(request, listed_at=payload.seen_at)
    limit, offset = (int(payload.request.params[name]) for name in PAGING)
    if answer.load_more and len(answer.events) >= limit:
        if offset + limit < MOST_EVENTS:
            yield ask(payload.request, {"offset": str(offset + limit)})
        else:
            yield Skipped(f"live_events: more than {MOST_EVENTS} events, the rest is not read")


def event_of(payload: Payload, job: Job, live: LiveEvent) -> Event | None:
    if live.sport.id != FOOTBALL:
        return None
    home, away = live.competitors
    goals = live.state.match_score if live.state and live.state.match_score else Goals()
    return listed(
        job,
        payload,
        event_id=live.id,
        betradar=live.external_id,
        teams=(home.name, away.name),
        league=(live.tournament.name, live.country.name),
        kickoff=utc_time(live.kickoff),
        score=score(f"{goals.home}:{goals.away}"),
    )


def markets_of(events: Sequence[Event], markets: Sequence[Market]) -> Iterator[Request]:
    for batch in batches(events, EVENTS_A_CALL):
        ids = ",".join(event.event_id for event in batch)
        for market in markets:
            yield ask(ENDPOINTS["live_markets"], {"eventId": ids, "type": MARKET_IDS[market]}, batch)


def parse_markets(payload: Payload, job: Job) -> Iterator[Found]:
    events = {event.event_id: event for event in payload.request.events}
    if (listed_at := payload.request.listed_at) is not None:
        # A goal may lie between list and prices: then these are prices of another score than the list's.
        payload = msgspec.structs.replace(payload, seen_at=min(payload.seen_at, listed_at))

    def read_row(row: Raw | Placed, placed: Placed | PlacedLoosely) -> Iterable[Found]:
        event = events.get(str(placed.event_id))
        if event is None:
            return (unasked(str(placed.event_id), payload, row),)
        tables = [row] if placed.markets is None else placed.markets
        return each(tables, LiveTable, partial(quotes_of, payload, job, event, words_of(event)))

    for row in decode_rows(payload, LiveTables, Placed).markets:
        yield from each([row], PlacedLoosely, partial(read_row, row), payload)


def quotes_of(
    payload: Payload, job: Job, event: Event, words: Mapping[Market, Mapping[str, str]], table: LiveTable
) -> Iterable[Found]:
    market = MARKETS.get(str(table.id)) or MARKET_NAMES.get(table.name.strip().lower())
    if market is None or market not in job.markets:
        return ()
    if market not in words:
        raise ValueError(f"{market} of event {event.event_id}: the teams' names do not tell outcomes apart")
    offers = [(one.name.lower(), one.odds, table.status == one.status == OPEN) for one in table.selections]
    return quotes(payload, job, event, (market, words[market]), offers)


def words_of(event: Event) -> dict[Market, Mapping[str, str]]:
    home, away = event.home.lower(), event.away.lower()
    if {home, away} & {"draw", *WORDS["three_way"]} or home == away:
        return {"btts": WORDS["btts"]}
    sides = {f"{home} or draw": "1X", f"{home} or {away}": "12", f"draw or {away}": "X2"}
    turned = {f"draw or {home}": "1X", f"{away} or {home}": "12", f"{away} or draw": "X2"}
    return {
        "three_way": {home: "1", away: "2", **WORDS["three_way"]},
        "btts": WORDS["btts"],
        "double_chance": {**sides, **turned, **WORDS["double_chance"]},
    }
