"""`/v4/historical`: what was offered at a moment, from the record, in the forms of The Odds API v4.

Source: the public documentation of The Odds API v4, get-historical-odds, -events and -event-odds. Theirs are
snapshots every few minutes; here a snapshot is the second by whose end a price has changed: moments are told
in whole seconds, so each is asked for again by what was told. The record has changes: a price that nobody
offered any more, with nothing in its place, is in it until the kick-off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Final, Generic, TypeVar

from fastapi import APIRouter, Query, Request
from msgspec import Struct
from starlette.responses import Response

from mispriced.pipeline.views.past import Board
from mispriced.pipeline.views.rows import EventRow, OfferRow
from mispriced.web.answers import Shown
from mispriced.web.compatible import Dates, From, Ids, Key, Names, Odds, To
from mispriced.web.filters import aware
from mispriced.web.past import Asker
from mispriced.web.problems import NOT_FOUND, Problem, no_such
from mispriced.web.quota import TAG, Quota, registered
from mispriced.web.selection import Chosen, chosen_of, events_of
from mispriced.web.state import State
from mispriced.web.v4 import EventV4, Form, Moment, OddsV4, event_v4, odds_v4

SECOND: Final = timedelta(seconds=1)
COST: Final = 10  # times what the present costs
At = Annotated[datetime, Query(alias="date", description="the moment; without a zone it is UTC")]
Data = TypeVar("Data")


class Snapshot(Struct, Generic[Data], frozen=True, kw_only=True):
    """What was known at `timestamp`, at or before the moment that was asked for; the ones beside it."""

    timestamp: Moment
    previous_timestamp: Moment | None
    next_timestamp: Moment | None
    data: Data


class Then(Struct, frozen=True):
    """The record at a moment: its matches as a state, offers by match, and the moments beside it."""

    state: State
    offers: Mapping[str, Sequence[OfferRow]]
    previous: datetime | None
    following: datetime | None

    def snapshot(self, form: Form, data: Data) -> Snapshot[Data]:
        """Return the data with the moments around them."""
        previous, following = self.previous, self.following
        return Snapshot(
            timestamp=form.moment(self.state.at),
            previous_timestamp=None if previous is None else form.moment(previous),
            next_timestamp=None if following is None else form.moment(following),
            data=data,
        )

    def offered(self, match_id: str, chosen: Chosen) -> list[OfferRow]:
        """Return what was offered on a match by the chosen bookmakers on the chosen markets."""
        return [
            one
            for one in self.offers[match_id]
            if one.market in chosen.markets
            and (not chosen.bookmakers or one.bookmaker.casefold() in chosen.bookmakers)
        ]


def historical(
    shown: Shown, quota: Quota, asker: Asker, titles: Mapping[str, str], is_strict: bool
) -> APIRouter:
    """Return the routes; `titles`: how a bookmaker is shown, by name."""
    routes = APIRouter(prefix="/v4/historical/sports", tags=[TAG])
    route = partial(registered, routes)

    async def then(at: datetime) -> Then:
        at = at.replace(microsecond=0)
        [(changed, _)] = await asker.ask(lambda record: [record.moments(at)]) or [(None, None)]
        if changed is None:
            raise Problem(NOT_FOUND, f"nothing is recorded up to {at:%Y-%m-%dT%H:%M:%SZ}")
        moment = second_after(changed)
        [(before, _), (_, after)] = await asker.ask(
            lambda record: [record.moments(moment - SECOND), record.moments(moment)]
        )
        board = await asker.ask(lambda record: record.board(moment))
        previous, following = (None if one is None else second_after(one) for one in (before, after))
        return _then(board, moment, previous, following, shown.state().is_simulated)

    @route("/{sport}/odds", Snapshot[list[OddsV4]], "Odds then", 404)
    async def odds(
        request: Request,
        sport: str,
        at: At,
        api_key: Key = "",
        regions: Names = "",
        markets: Names = "h2h",
        bookmakers: Names = "",
        odds_format: Odds = "decimal",
        date_format: Dates = "iso",
        event_ids: Ids = "",
        commence_from: From = None,
        commence_to: To = None,
    ) -> Response:
        """Matches of a competition with what every bookmaker offered on them then."""
        state, past = shown.state(), await then(aware(at))
        form = Form(date_format, odds_format, is_strict)
        chosen = chosen_of(state, markets, bookmakers, regions, is_strict)
        found = [
            odds_v4(event, one, past.offered(event.match_id, chosen), titles, form, state.is_simulated)
            for event, one in events_of(
                past.state, sport, past.state.at, event_ids, commence_from, commence_to
            )
        ]
        cost = COST * chosen.cost if found else 0
        return quota.answer(request, state, past.snapshot(form, found), cost)

    @route("/{sport}/events", Snapshot[list[EventV4]], "Matches then", 404)
    async def events(
        request: Request,
        sport: str,
        at: At,
        api_key: Key = "",
        date_format: Dates = "iso",
        event_ids: Ids = "",
        commence_from: From = None,
        commence_to: To = None,
    ) -> Response:
        """Matches of a competition that had prices then."""
        state, past = shown.state(), await then(aware(at))
        form = Form(date_format, is_strict=is_strict)
        chosen = events_of(past.state, sport, past.state.at, event_ids, commence_from, commence_to)
        found = [event_v4(event, one, form) for event, one in chosen]
        return quota.answer(request, state, past.snapshot(form, found), 1 if found else 0)

    @route("/{sport}/events/{event_id}/odds", Snapshot[OddsV4], "Odds of one match then", 404)
    async def event_odds(
        request: Request,
        sport: str,
        event_id: str,
        at: At,
        api_key: Key = "",
        regions: Names = "",
        markets: Names = "h2h",
        bookmakers: Names = "",
        odds_format: Odds = "decimal",
        date_format: Dates = "iso",
    ) -> Response:
        """One match with what every bookmaker offered on it then."""
        state, past = shown.state(), await then(aware(at))
        form = Form(date_format, odds_format, is_strict)
        chosen = chosen_of(state, markets, bookmakers, regions, is_strict)
        known = {event.match_id: (event, one) for event, one in events_of(past.state, sport, past.state.at)}
        if event_id not in known:
            raise no_such("event", event_id, known, NOT_FOUND)
        event, one = known[event_id]
        offers = past.offered(event_id, chosen)
        found = odds_v4(event, one, offers, titles, form, state.is_simulated)
        return quota.answer(request, state, past.snapshot(form, found), COST * chosen.cost)

    return routes


def second_after(moment: datetime) -> datetime:
    """Return the whole second by whose end it was.

    >>> second_after(datetime(2026, 5, 14, 12, 0, 0, 250_000)), second_after(datetime(2026, 5, 14, 12))
    (datetime.datetime(2026, 5, 14, 12, 0, 1), datetime.datetime(2026, 5, 14, 12, 0))
    """
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + SECOND


def _then(
    board: Sequence[Board],
    at: datetime,
    previous: datetime | None,
    following: datetime | None,
    is_simulated: bool,
) -> Then:
    events: dict[str, EventRow] = {}
    offers: dict[str, list[OfferRow]] = {}
    for one in board:
        events.setdefault(one.match_id, _event(one))
        offers.setdefault(one.match_id, []).append(_offer(one))
    return Then(State(at=at, is_simulated=is_simulated, events=events), offers, previous, following)


def _event(one: Board) -> EventRow:
    return EventRow(
        match_id=one.match_id,
        home=one.home,
        away=one.away,
        competition=one.competition,
        country=one.country,
        category=one.category,
        kickoff=one.kickoff,
        how="record",
        sources=(one.source,),
        listed=(),
        state=None,
    )


def _offer(one: Board) -> OfferRow:
    return OfferRow(
        match_id=one.match_id,
        market=one.market,
        source=one.source,
        bookmaker=one.bookmaker,
        state="fresh" if one.prices else "suspended",
        prices=one.prices,
        suspended=(),
        seen_at=one.seen_at,
        changed_at=one.seen_at,
    )
