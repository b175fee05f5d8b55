"""The rows of The Odds API v4, made of ours: the same names, forms and units.

Source: the public documentation of The Odds API v4 (get-sports, get-odds, get-scores, get-events,
get-event-odds). Fields of our own begin with `x_`; in strict mode there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

from msgspec import UNSET, Struct, UnsetType

from mispriced.domain.markets import Market, outcomes
from mispriced.pipeline.views.rows import EventRow, MatchState, OfferRow
from mispriced.web.sports import Sport

MARKETS: Final[Mapping[str, Market]] = {
    "h2h": "three_way",
    "btts": "btts",
    "double_chance": "double_chance",
}

DateFormat = Literal["iso", "unix"]
OddsFormat = Literal["decimal", "american"]
Moment = str | int

NOT_BEGUN: Final = ("not_started", "delayed", "cancelled")  # what they tell of a score is no score


class Form(Struct, frozen=True):
    """How a client wants to read moments and prices, and whether without our own fields."""

    date: DateFormat = "iso"
    odds: OddsFormat = "decimal"
    is_strict: bool = False

    def moment(self, at: datetime) -> Moment:
        """Return a moment as ISO 8601 to the second, or in seconds of Unix time."""
        whole = at.astimezone(UTC).replace(microsecond=0)
        return int(whole.timestamp()) if self.date == "unix" else f"{whole:%Y-%m-%dT%H:%M:%SZ}"

    def price(self, decimal: float) -> float | int:
        """Return decimal odds, or what 100 win, or what has to be staked to win 100 (negative).

        >>> [Form(odds="american").price(one) for one in (2.5, 2.0, 1.5)]
        [150, 100, -200]
        """
        if self.odds == "decimal":
            return decimal
        return round((decimal - 1) * 100) if decimal >= 2 else -round(100 / (decimal - 1))


class OutcomeV4(Struct, frozen=True, kw_only=True):
    name: str
    price: float | int


class MarketV4(Struct, frozen=True, kw_only=True):
    key: str
    last_update: Moment
    outcomes: list[OutcomeV4]
    x_source: str | UnsetType = UNSET
    x_changed_at: Moment | UnsetType = UNSET


class BookmakerV4(Struct, frozen=True, kw_only=True):
    key: str
    title: str
    last_update: Moment
    markets: list[MarketV4]


class EventV4(Struct, frozen=True, kw_only=True):
    id: str
    sport_key: str
    sport_title: str
    commence_time: Moment
    home_team: str
    away_team: str


class OddsV4(EventV4, frozen=True, kw_only=True):
    bookmakers: list[BookmakerV4]
    x_simulated: bool | UnsetType = UNSET


class ScoreV4(Struct, frozen=True, kw_only=True):
    name: str
    score: str


class ScoresV4(EventV4, frozen=True, kw_only=True):
    completed: bool
    scores: list[ScoreV4] | None
    last_update: Moment | None
    x_status: str | UnsetType = UNSET
    x_minute: int | UnsetType | None = UNSET


def event_v4(event: EventRow, sport: Sport, form: Form) -> EventV4:
    """Return a match without odds."""
    return EventV4(**_event(event, sport, form))


def odds_v4(
    event: EventRow,
    sport: Sport,
    offers: Sequence[OfferRow],
    titles: Mapping[str, str],
    form: Form,
    is_simulated: bool,
) -> OddsV4:
    """Return a match with what is offered on it, by bookmaker and market; only what counts now.

    A bookmaker that offers a market live and upcoming is shown with the live one.
    """
    chosen: dict[str, dict[Market, OfferRow]] = {}
    for one in sorted(offers, key=lambda one: (one.bookmaker, one.source != "upcoming")):
        if one.state == "fresh":
            chosen.setdefault(one.bookmaker, {})[one.market] = one
    keys = {market: key for key, market in MARKETS.items()}
    bookmakers = [
        BookmakerV4(
            key=name.casefold(),
            title=titles.get(name) or name,
            last_update=form.moment(max(one.seen_at for one in markets.values())),
            markets=[_market(keys[one.market], one, event, form) for one in markets.values()],
        )
        for name, markets in chosen.items()
    ]
    simulated: bool | UnsetType = UNSET if form.is_strict else is_simulated
    return OddsV4(**_event(event, sport, form), bookmakers=bookmakers, x_simulated=simulated)


def scores_v4(event: EventRow, sport: Sport, form: Form) -> ScoresV4:
    """Return a match with its score: text, as they have it; null before it begins."""
    state = event.state
    begun = state if state and state.status not in NOT_BEGUN else None
    return ScoresV4(
        **_event(event, sport, form),
        completed=is_completed(state),
        scores=list(_scores(event, begun)) if begun else None,
        last_update=form.moment(begun.seen_at) if begun else None,
        x_status=UNSET if form.is_strict else state.status if state else "not_started",
        x_minute=UNSET if form.is_strict else state.minute if state else None,
    )


def is_completed(state: MatchState | None) -> bool:
    """Whether a match has ended."""
    return state is not None and state.status == "ended"


def _event(event: EventRow, sport: Sport, form: Form) -> dict[str, Any]:
    return {
        "id": event.match_id,
        "sport_key": sport.key,
        "sport_title": sport.title,
        "commence_time": form.moment(event.kickoff),
        "home_team": event.home,
        "away_team": event.away,
    }


def _market(key: str, offer: OfferRow, event: EventRow, form: Form) -> MarketV4:
    names = outcome_names(offer.market, event.home, event.away)
    return MarketV4(
        key=key,
        last_update=form.moment(offer.seen_at),
        outcomes=[
            OutcomeV4(name=names[one], price=form.price(offer.prices[one]))
            for one in outcomes(offer.market)
            if one in offer.prices
        ],
        x_source=UNSET if form.is_strict else offer.source,
        x_changed_at=UNSET if form.is_strict else form.moment(offer.changed_at),
    )


def outcome_names(market: Market, home: str, away: str) -> dict[str, str]:
    """Return what their API calls each outcome.

    >>> outcome_names("three_way", "Elche", "Getafe")
    {'1': 'Elche', 'X': 'Draw', '2': 'Getafe'}
    """
    words: Iterable[str] = {
        "three_way": (home, "Draw", away),
        "btts": ("Yes", "No"),
        "double_chance": (f"{home} or Draw", f"{home} or {away}", f"Draw or {away}"),
    }[market]
    return dict(zip(outcomes(market), words, strict=True))


def _scores(event: EventRow, state: MatchState) -> Iterator[ScoreV4]:
    yield ScoreV4(name=event.home, score=str(state.score.home))
    yield ScoreV4(name=event.away, score=str(state.score.away))
