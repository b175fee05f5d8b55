"""`/v4`: routes that a client of The Odds API v4 uses by another base URL; forms are in `v4.py`.

Their regions are checked and select nothing: our bookmakers are of none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mispriced.web.answers import Shown
from mispriced.web.problems import NOT_FOUND, no_such
from mispriced.web.quota import TAG, Quota, registered
from mispriced.web.selection import chosen_of, events_of, offers_of, resting
from mispriced.web.sports import ALL, Sport, all_sports
from mispriced.web.v4 import (
    DateFormat,
    EventV4,
    Form,
    OddsFormat,
    OddsV4,
    ScoresV4,
    event_v4,
    odds_v4,
    scores_v4,
)

Key = Annotated[str, Query(alias="apiKey", description="the token, where one is set")]
Names = Annotated[str, Query(max_length=300, description="with commas between")]
Dates = Annotated[DateFormat, Query(alias="dateFormat")]
Odds = Annotated[OddsFormat, Query(alias="oddsFormat")]
Ids = Annotated[str, Query(alias="eventIds", max_length=2000, description="with commas between")]
From = Annotated[datetime | None, Query(alias="commenceTimeFrom")]
To = Annotated[datetime | None, Query(alias="commenceTimeTo")]


def compatible(shown: Shown, quota: Quota, titles: Mapping[str, str], is_strict: bool) -> APIRouter:
    """Return the routes; `titles`: how a bookmaker is shown, by name."""
    routes = APIRouter(prefix="/v4/sports", tags=[TAG])
    route = partial(registered, routes)

    @route("", list[Sport], "Sports")
    async def sports(
        request: Request, api_key: Key = "", every: Annotated[bool, Query(alias="all")] = False
    ) -> Response:
        """Competitions that have matches now; with `all` also those of the table that have none."""
        state = shown.state()
        found = {sport.key: sport for _, sport in events_of(state, ALL, shown.clock.now())}
        if every:
            found = {one.key: resting(one) for one in all_sports()} | found
        return quota.answer(request, state, sorted(found.values(), key=lambda one: one.key), 0)

    @route("/{sport}/odds", list[OddsV4], "Odds", 404)
    async def odds(
        request: Request,
        sport: str,
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
        """Matches of a competition with what every bookmaker offers on them now."""
        state = shown.state()
        form = Form(date_format, odds_format, is_strict)
        chosen = chosen_of(state, markets, bookmakers, regions, is_strict)
        offers = offers_of(state, chosen, state.limits, shown.clock.now())
        found = [
            odds_v4(event, one, offers.get(event.match_id, ()), titles, form, state.is_simulated)
            for event, one in events_of(
                state, sport, shown.clock.now(), event_ids, commence_from, commence_to
            )
        ]
        return quota.answer(request, state, found, chosen.cost if found else 0)

    @route("/{sport}/events", list[EventV4], "Matches", 404)
    async def events(
        request: Request,
        sport: str,
        api_key: Key = "",
        date_format: Dates = "iso",
        event_ids: Ids = "",
        commence_from: From = None,
        commence_to: To = None,
    ) -> Response:
        """Matches of a competition, without odds."""
        state = shown.state()
        form = Form(date_format, is_strict=is_strict)
        chosen = events_of(state, sport, shown.clock.now(), event_ids, commence_from, commence_to)
        return quota.answer(request, state, [event_v4(event, one, form) for event, one in chosen], 0)

    @route("/{sport}/events/{event_id}/odds", OddsV4, "Odds of one match", 404)
    async def event_odds(
        request: Request,
        sport: str,
        event_id: str,
        api_key: Key = "",
        regions: Names = "",
        markets: Names = "h2h",
        bookmakers: Names = "",
        odds_format: Odds = "decimal",
        date_format: Dates = "iso",
    ) -> Response:
        """One match with what every bookmaker offers on it now."""
        state = shown.state()
        form = Form(date_format, odds_format, is_strict)
        chosen = chosen_of(state, markets, bookmakers, regions, is_strict)
        known = {event.match_id: (event, one) for event, one in events_of(state, sport, shown.clock.now())}
        if event_id not in known:
            raise no_such("event", event_id, known, NOT_FOUND)
        event, one = known[event_id]
        offers = offers_of(state, chosen, state.limits, shown.clock.now()).get(event_id, ())
        found = odds_v4(event, one, offers, titles, form, state.is_simulated)
        return quota.answer(request, state, found, chosen.cost)

    @route("/{sport}/scores", list[ScoresV4], "Scores", 404)
    async def scores(
        request: Request,
        sport: str,
        api_key: Key = "",
        days_from: Annotated[int | None, Query(alias="daysFrom", ge=1, le=3)] = None,
        date_format: Dates = "iso",
        event_ids: Ids = "",
    ) -> Response:
        """Matches that are played or will be, with scores; with `daysFrom` those that ended too."""
        state = shown.state()
        form = Form(date_format, is_strict=is_strict)
        chosen = events_of(state, sport, shown.clock.now(), event_ids)
        rows = [scores_v4(event, one, form) for event, one in chosen]
        kept = [one for one in rows if days_from is not None or not one.completed]
        return quota.answer(request, state, kept, 1 if days_from is None else 2)

    return routes
