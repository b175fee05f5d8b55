"""Quotes as each bookmaker's real JSON: the inverse of the adapters, quote -> answer -> quote.

Answers are JSON-able; which quotes are on a page, of a day or of a competition is the caller's choice.
A quote needs a numeric event id, a kick-off of whole seconds and, for BookieAlpha and BookieGamma, its
event id as the `betradar` reference, for that is where those sites have it.
"""

from mispriced.simulator.wire.alpha import alpha_live, alpha_matches
from mispriced.simulator.wire.beta import beta_events, beta_tournament, beta_tournaments
from mispriced.simulator.wire.delta import (
    delta_games,
    delta_live_events,
    delta_live_markets,
    delta_live_markets_of_2024,
    delta_markets,
)
from mispriced.simulator.wire.gamma import gamma_competition, gamma_competitions, gamma_live, gamma_matches

__all__ = [
    "alpha_live",
    "alpha_matches",
    "beta_events",
    "beta_tournament",
    "beta_tournaments",
    "delta_games",
    "delta_live_events",
    "delta_live_markets",
    "delta_live_markets_of_2024",
    "delta_markets",
    "gamma_competition",
    "gamma_competitions",
    "gamma_live",
    "gamma_matches",
]
