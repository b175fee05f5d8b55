"""What adapters make of a site's items: events, quotes, and the requests that follow.

Not here: reading single fields (fields), running a parser over an answer (contract).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from msgspec import UNSET, UnsetType

from mispriced.bookmakers.contract import Skipped, item_start, torn
from mispriced.bookmakers.fields import identifier, is_of_day, price, whole
from mispriced.domain.markets import Market
from mispriced.domain.model import Category, Event, Quote, Score
from mispriced.domain.names import categorize
from mispriced.errors import unknown
from mispriced.exchange import Job, Payload, Request

FURTHEST_KICKOFF: Final = timedelta(days=400)  # a season ahead; beyond it is a placeholder such as 2099
EARLIEST_KICKOFF: Final = datetime(2000, 1, 1, tzinfo=UTC)  # before it is a placeholder such as 1970
SMALLEST_PAGE: Final = 10  # an answer that says less was asked for one item, such as a recorded one
MOST_PAGES: Final = 30  # of one list; the longest seen has 9
NO_OFFER: Final = 1.0  # a price that returns no more than the stake

_NO_REFERENCE: Final = (None, 0, "", "0")

Words = tuple[Market, Mapping[str, str]]
"""A market, and the site's words for its outcomes -> ours; upper and lower case are one."""
Offer = tuple[str, object, bool]
"""The site's word for an outcome, its price as printed, and whether it can be bet on now."""


def listed(
    job: Job,
    payload: Payload,
    *,
    event_id: int | str,
    teams: tuple[str, str],
    league: tuple[str, str],
    kickoff: datetime,
    betradar: int | str | None = None,
    score: Score | UnsetType = UNSET,
    by_day: bool = False,
) -> Event | None:
    """Return the event that the site lists, or None for a virtual one: those are not football.

    `teams`: home and away; `league`: competition and country; `betradar`: the reference id, 0 or None
    where the site has none. `by_day`: None for an event of another day than the job's, too: it is left
    to the job of its day.

    Raises: ValueError for what no event can be: see `Event`, `identifier`, or a placeholder kick-off.
    """
    if kickoff > payload.seen_at + FURTHEST_KICKOFF or kickoff < EARLIEST_KICKOFF:
        raise ValueError(f"{job.bookmaker}: kickoff is {kickoff.isoformat()}, a placeholder")
    if by_day and not is_of_day(kickoff, job):
        return None
    home, away = teams[0].strip(), teams[1].strip()
    competition, country = league[0].strip(), league[1].strip()
    category = _category(home, away, competition, country)
    if category == "virtual":
        return None
    key = identifier(event_id)
    reference = None if betradar in _NO_REFERENCE else key if betradar == event_id else identifier(betradar)
    return Event(
        bookmaker=job.bookmaker,
        event_id=key,
        refs={"betradar": reference} if reference else {},
        home=home,
        away=away,
        competition=competition,
        country=country,
        category=category,
        kickoff=kickoff,
        source=job.source,
        score=score,
    )


def quotes(
    payload: Payload, job: Job, event: Event | None, words: Words | None, offers: Sequence[Offer]
) -> tuple[Quote | Skipped, ...]:
    """Return a market's quote, or why it was left out, or nothing.

    Nothing: for a virtual event (None), a market that the job does not ask for (`words` None: one that is
    not ours), one without outcomes. An outcome of another name, one given twice, or a price that cannot
    be one costs the whole quote: its columns may be shifted. The price of a closed outcome is not read, and
    one that is offered at 0 to 1 is closed: sites print that where they offer nothing.
    """
    if event is None or words is None or words[0] not in job.markets or not offers:
        return ()
    market, outcomes = words
    prices: dict[str, float] = {}
    closed: dict[str, None] = {}
    try:
        for word, printed, is_open in offers:
            outcome = outcomes.get(word) or _outcome(word, outcomes)
            if not is_open:
                closed[outcome] = None
            elif type(printed) is str and printed.replace(".", "", 1).isdigit() and printed.isascii():
                prices[outcome] = float(printed)  # as `price` does, without the call: this line runs most
            else:
                prices[outcome] = price(printed)
        if len(prices) + len(closed) != len(offers):
            raise ValueError("an outcome is given twice")
        if prices and 0 <= min(prices.values()) <= NO_OFFER:
            closed |= dict.fromkeys(one for one, value in prices.items() if 0 <= value <= NO_OFFER)
            prices = {one: value for one, value in prices.items() if one not in closed}
        return (
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
                suspended=tuple(closed),
                source=event.source,
                seen_at=payload.seen_at,
                score=event.score,
                origin=payload.origin,
            ),
        )
    except ValueError as error:
        reason = f"{event.bookmaker}: {market} of event {event.event_id}: {error}"
        return (Skipped(reason, item_start(offers)),)


def ask(endpoint: Request, params: Mapping[str, str], events: tuple[Event, ...] = ()) -> Request:
    """Return the request of an adapter's table with these parameters added or changed."""
    return Request(
        step=endpoint.step,
        path=endpoint.path,
        params={**endpoint.params, **params},
        json_body=endpoint.json_body,
        events=events,
    )


def lacking(
    events: Iterable[Event], markets: Sequence[Market], inline: Collection[tuple[str, Market]]
) -> Iterator[tuple[list[Market], list[Event]]]:
    """Yield the events that lack the same markets, after those; `inline` has an event's id and market."""
    found: dict[tuple[Market, ...], list[Event]] = {}
    for event in events:
        lacks = tuple(market for market in markets if (event.event_id, market) not in inline)
        found.setdefault(lacks, []).append(event)
    return ((list(lacks), those) for lacks, those in found.items())


def further_pages(request: Request, total: object, size: object) -> Iterator[Request | Skipped]:
    """Yield the requests for pages 2 and on of a list whose first answer says its total.

    `request` asked for `page` 1 with a `limit`; `size` is the limit that the answer speaks of: a site
    that gives less than asked is asked so. At most `MOST_PAGES` are asked, and what is left out is said.
    """
    asked, items, given = int(request.params["limit"]), whole(total), whole(size)
    if items is None:
        yield Skipped(f"{request.step}: the total is {total!r:.40}, must be a number: one page is read")
        return
    limit = given if given is not None and SMALLEST_PAGE <= given < asked else asked
    pages = -(-items // limit)
    if pages > MOST_PAGES:
        yield Skipped(f"{request.step}: the total is {items}, {pages} pages: {MOST_PAGES} are read")
    for page in range(2, min(pages, MOST_PAGES) + 1):
        yield ask(request, {"page": str(page), "limit": str(limit)})


def batches(events: Sequence[Event], size: int) -> Iterator[tuple[Event, ...]]:
    """Yield the events in their order, at most `size` at a time."""
    for first in range(0, len(events), size):
        yield tuple(events[first : first + size])


def unasked(event_id: str, payload: Payload, item: object) -> Skipped:
    """Return why an answer's item without teams is left out: its request named no such event."""
    why = "was not asked for" if payload.request.events else "has no teams and time here: needs --after"
    return Skipped(f"{payload.request.step}: event {event_id:.40} {why}", item_start(item))


def distinct(events: Iterable[Event]) -> tuple[list[Event], list[Skipped]]:
    """Return the events, each id once, without those whose id is listed with different teams."""
    teams: dict[str, Event] = {}
    contradicted: set[str] = set()
    for event in events:
        first = teams.setdefault(event.event_id, event)
        if (first.home, first.away) != (event.home, event.away):
            contradicted.add(event.event_id)
    kept = [one for key, one in teams.items() if key not in contradicted]
    return kept, [torn(key) for key in sorted(contradicted)]


def _outcome(word: str, outcomes: Mapping[str, str]) -> str:
    folded = word.strip().lower()
    if folded in outcomes:
        return outcomes[folded]
    for known, outcome in outcomes.items():
        if known.lower() == folded:
            return outcome
    raise ValueError(unknown("outcome", word[:40], outcomes))


@lru_cache(maxsize=10_000)  # events; each is read again with every cycle
def _category(home: str, away: str, competition: str, country: str) -> Category:
    return categorize(home, away, competition, country)
