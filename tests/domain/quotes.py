"""Quotes and events for tests: one call with only what matters named."""

from datetime import UTC, datetime

from mispriced.domain.model import Quote

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
KICKOFF = datetime(2026, 5, 14, 17, tzinfo=UTC)


def quote(bookmaker="BookieAlpha", prices=None, **changes):
    """Return a quote of Valencia - Rayo Vallecano."""
    given = {
        "event_id": "61624652",
        "home": "Valencia",
        "away": "Rayo Vallecano",
        "kickoff": KICKOFF,
        "market": "three_way",
        "prices": {"1": 2.3, "X": 3.2, "2": 3.55} if prices is None else prices,
        "source": "upcoming",
        "seen_at": NOON,
    }
    return Quote(bookmaker=bookmaker, **(given | changes))
