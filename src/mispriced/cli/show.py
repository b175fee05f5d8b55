"""What a person sees: tables of surebets, bookmakers and the funnel. Names are shown as text only."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from mispriced.domain.freshness import age, skew
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import Score
from mispriced.domain.state import EventState
from mispriced.messages import Opportunity
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.funnel import Funnel
from mispriced.pipeline.views.extractions import by_site, failures
from mispriced.pipeline.views.matches import MatchRow, OddsRow

SHOWN_REASON: Final = 80  # characters
NEW_SCORE_S: Final = 120.0  # two cycles
SHOWN_SUREBETS: Final = 6  # in the live view; a terminal has some forty lines


def print_json(value: Any) -> None:
    """Write the value to standard output as one line of JSON; a terminal obeys nothing in it."""
    text = msgspec.json.encode(value, enc_hook=str).decode()
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def brief(one: Opportunity) -> dict[str, Any]:
    """Return a surebet in a few plain values, for a report; `mispriced explain` has the rest."""
    return {
        "id": one.id,
        "match_id": one.match_id,
        "event": f"{one.home} - {one.away}",
        "kickoff": one.kickoff.isoformat(),
        "markets": list(one.markets),
        "source": one.source,
        "book_sum": one.book_sum,
        "profit": one.profit,
        "legs": [
            {"market": leg.market, "outcome": leg.outcome, "price": leg.price, "bookmaker": leg.bookmaker}
            for leg in one.legs
        ],
        "flags": list(one.flags),
    }


def console() -> Console:
    """Return the console of standard output; NO_COLOR and a pipe turn colours off."""
    return Console(highlight=False, soft_wrap=False, markup=False, emoji=False)


def clean(text: str) -> str:
    """Return the text without control characters: a name may hold any, a terminal obeys some."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def surebet_table(
    opportunities: Iterable[Opportunity], now: datetime, states: Mapping[str, EventState] | None = None
) -> Table:
    """Return the surebets, a row each, in the order given; `states` by match id tell the score."""
    table = Table(title=None, expand=True, show_lines=True)
    for heading, justify in (("id", "left"), ("event", "left"), ("market", "left"), ("legs", "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    table.add_column("profit", justify="right")
    table.add_column("age", justify="right")
    for one in opportunities:
        oldest = max(age(leg.quote.seen_at, now).total_seconds() for leg in one.legs)
        apart = skew(leg.quote.seen_at for leg in one.legs).total_seconds()
        legs = "\n".join(
            f"{leg.outcome:>3} {leg.price:>7.2f}  {clean(leg.bookmaker)}  stake {leg.share:.1%}"
            for leg in one.legs
        )
        title = Text(
            f"{clean(one.home)} - {clean(one.away)}\n{clean(one.competition)}  {one.kickoff:%d %b %H:%M} UTC"
        )
        if states and one.match_id in states:
            title.append("\n" + played(states[one.match_id], now), style="cyan")
        if one.flags:
            title.append("\n" + "; ".join(clean(flag) for flag in one.flags), style="yellow")
        titles = "\n".join(MARKETS[market].title for market in one.markets)
        market = Text(f"{titles}\n{one.source}")
        table.add_row(
            Text(one.id),
            title,
            market,
            Text(legs),
            Text(f"{one.profit:+.2%}", style="green"),
            Text(f"{oldest:.0f} s\nskew {apart:.0f} s"),
        )
    return table


def played(state: EventState, now: datetime) -> str:
    """Return the score, the phase and the minute of a match, and how long ago that was said.

    A goal is told for as long as odds from before it may still be shown.
    """
    minute = f" {state.minute}'" if state.minute is not None else ""
    red = f", red cards {state.red_cards}" if state.red_cards != Score(0, 0) else ""
    since_s = age(state.score_since, now).total_seconds()
    new = f", score new {since_s:.0f} s ago" if since_s < NEW_SCORE_S and state.is_in_play else ""
    mark = " FALLBACK" if state.is_fallback else ""
    said_s = age(state.seen_at, now).total_seconds()
    words = state.status.replace("_", " ")
    return clean(f"{state.score} {words}{minute}{red}{new} ({state.provider} {said_s:.0f} s ago){mark}")


def bookmaker_table(
    extractions: Sequence[Extraction], events: Counter[tuple[str, str]], now: datetime
) -> Table:
    """Return a line a bookmaker and source: last good answer, events in the index, the last cycle."""
    table = Table(expand=True)
    for heading in ("bookmaker", "source", "last good", "events", "quotes", "requests", "skipped", "errors"):
        table.add_column(heading, justify="left" if heading in ("bookmaker", "source", "errors") else "right")
    for (bookmaker, source), found in by_site(extractions).items():
        table.add_row(
            clean(bookmaker),
            source,
            last_good(found, now),
            str(events[bookmaker, source]),
            str(sum(one.quotes for one in found)),
            str(sum(one.requests for one in found)),
            str(sum(one.skipped for one in found)),
            Text(errors(found) or "none", style="red" if failures(found) else "dim"),
        )
    return table


def failed(extractions: Sequence[Extraction]) -> list[str]:
    """Return a line a site whose last readings failed, or that there was no reading."""
    if not extractions:
        return ["no bookmaker was read yet"]
    sites = by_site(extractions).items()
    return [f"{name} {source}: {errors(found)}" for (name, source), found in sites if failures(found)]


def last_good(extractions: Iterable[Extraction], now: datetime) -> str:
    """Return how long ago any of the readings last gave a good answer."""
    good = [one.last_good for one in extractions if one.last_good is not None]
    return f"{age(max(good), now).total_seconds():.0f} s ago" if good else "never"


def errors(extractions: Sequence[Extraction]) -> str:
    """Return what failed in the last readings, with the first reason; nothing when nothing did."""
    counted = ", ".join(f"{number} {outcome}" for outcome, number in failures(extractions).items())
    reason = next((one.reasons[0] for one in extractions if one.reasons), "")
    return f"{counted} {clean(reason)[:SHOWN_REASON]}".strip()


def funnel_text(funnel: Funnel) -> Text:
    """Return why nothing is found, in words."""
    best = "none" if funnel.best_sum is None else f"{funnel.best_sum:.4f}"
    text = Text(
        f"{funnel.events} events seen, {funnel.matched} matched, {funnel.documents} markets in "
        f"{funnel.judged}, {funnel.fresh} with two fresh bookmakers, {funnel.priced} fully priced, "
        f"best book sum {best}\n"
    )
    for reason, number in funnel.reasons.items():
        text.append(f"  {number:>6}  {reason}\n")
    for near in funnel.nearest:
        text.append(f"  nearest: {clean(near)}\n", style="dim")
    return text


def screen(
    opportunities: Sequence[Opportunity],
    extractions: Sequence[Extraction],
    events: Counter[tuple[str, str]],
    why: RenderableType,
    now: datetime,
    head: str,
    states: Mapping[str, EventState] | None = None,
) -> Group:
    """Return the whole view of `up`: the best surebets, why, and the bookmakers.

    `why` is the proof of the first surebet, or the reason why there is none.
    """
    body = [surebet_table(opportunities[:SHOWN_SUREBETS], now, states)] if opportunities else []
    more = len(opportunities) - SHOWN_SUREBETS
    rest = Text(f"and {more} more" if more > 0 else "", style="dim")
    return Group(Text(head, style="bold"), *body, rest, why, bookmaker_table(extractions, events, now))


def console_of_errors() -> Console:
    """Return the console of standard error, for progress: nothing is drawn unless it is a terminal."""
    return Console(stderr=True, highlight=False)


def odds_table(rows: Iterable[OddsRow]) -> Table:
    """Return a line a bookmaker, market and event."""
    table = Table(expand=True)
    for heading in ("match", "event", "source", "market", "bookmaker", "prices", "state", "age"):
        table.add_column(heading)
    colours = {"fresh": "green", "stale": "dim", "suspended": "yellow", "gone": "dim"}
    for row in rows:
        quote = row.quote
        prices = "  ".join(f"{outcome} {price:.2f}" for outcome, price in quote.prices.items())
        closed = "".join(f"  {outcome} closed" for outcome in quote.suspended)
        table.add_row(
            row.match_id,
            Text(clean(f"{quote.home} - {quote.away}")),
            row.source,
            MARKETS[quote.market].title,
            Text(clean(quote.bookmaker)),
            Text(prices + closed),
            Text("comparison" if row.is_comparison else row.state, style=colours[row.state]),
            f"{row.age_s:.0f} s",
        )
    return table


def event_table(rows: Iterable[MatchRow], now: datetime) -> Table:
    """Return a line a match with each bookmaker's own names, and what a provider says of it."""
    table = Table(expand=True)
    for heading in ("match", "kickoff", "joined by", "names", "score"):
        table.add_column(heading)
    for row in rows:
        names = "\n".join(
            clean(f"{one.bookmaker} {one.source}: {one.home} - {one.away}")
            for one in sorted(row.events, key=lambda one: one.key)
        )
        score = played(row.state, now) if row.state else ""
        table.add_row(row.match_id, f"{row.kickoff:%d %b %H:%M} UTC", row.how, Text(names), score)
    return table


def clean_lines(lines: Iterable[str]) -> str:
    """Return the lines as text, each without control characters."""
    return "\n".join(clean(line) for line in lines)
