"""What the scripts know of names and rules: tables that stand before each of them."""

from __future__ import annotations

from collections.abc import Mapping

from mispriced.backends.keys import RECORDED_CAP, SILENT_CADENCES, Keys, Rules
from mispriced.domain.freshness import CLOCK_SLACK
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES


def lua_tables(keys: Keys, rules: Rules, layout: str = "hash") -> Mapping[str, Mapping[str, str | float]]:
    """Return what the scripts know of names and rules; durations in microseconds, like their times."""
    microseconds = 1_000_000
    freshness = rules.freshness
    return {
        "KEY": {
            "tag": keys.tag,
            "data": keys.own(""),
            "documents": f"{keys.tag}matched_teams_{keys.prefix}-",
            "sightings": keys.own("sightings:"),
            "opportunities": keys.opportunities,
            # by id, the JSON of what is open now
            "open": keys.own("opportunities:open"),
            # by id, `waiting` or `lapsed` and the JSON of what is told once its legs are read again
            "pending": keys.own("opportunities:pending"),
            # by id, its outcomes, bookmakers and prices, and the rules that flag it; other ones are a change
            "legs": keys.own("opportunities:legs"),
            # by event key: its match id and the digest of its names, kick-off, competition and references
            "index": keys.own("index"),
            # by event key: since when, by what, and the event's JSON
            "events": keys.own("events"),
            # how often the index changed; what `commit` compares
            "version": keys.own("index:version"),
            # how many events a match id has; at none left it becomes an alias
            "members": keys.own("members"),
            # by match id that proved to be another: that other
            "aliases": keys.own("aliases"),
            # by event key and market: when an unknown event was last sent on, and with what
            "waiting": keys.own("waiting"),
            "revision": keys.revision(layout),
            # by event key of a provider: what it says of the match
            "states": keys.own("states"),
            # by name: what matching learned, and what people pinned and banned
            "knowledge": keys.own("knowledge"),
            # by recorded stream, entries left out because nobody read it for too long
            "unrecorded": keys.own("unrecorded"),
            "recorded_states": keys.states_stream,
            # when each thing is over, by our own clock: sorted sets, because a replayed day takes seconds
            "due": keys.own("due:"),
            "notes": keys.own("notes"),
        },
        "MARKET": {market: row.key for market, row in MARKETS.items()},
        "FRESH": {
            **{source: freshness.of("", source).total_seconds() * microseconds for source in SOURCES},
            **{name: seconds * microseconds for name, seconds in freshness.by_bookmaker.items()},
        },
        "SILENT": {source: rules.cadence_s[source] * SILENT_CADENCES * microseconds for source in SOURCES},
        "ENOUGH": {market: rules.min_bookmakers.get(market, 2) for market in MARKETS},
        "RULE": {
            "match_length": rules.match_length_s * microseconds,
            "resend": rules.resend_s * microseconds,
            "verdict": rules.verdict_s * microseconds,
            "recorded": RECORDED_CAP,
            "slack": (CLOCK_SLACK.total_seconds() + 1) * microseconds,  # the script reads whole seconds
        },
    }
