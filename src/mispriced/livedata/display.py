"""The board as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group
from rich.rule import Rule
from rich.text import Text

from mispriced.livedata.american import AmericanRow
from mispriced.livedata.board import Board, BoardGroup, BoardMatch
from mispriced.livedata.environment import Conditions
from mispriced.livedata.forms import Market

LABELS: Final[dict[Market, str]] = {"money_line": "ML", "spread": "Spread", "over_under": "O/U"}
COLOURS: Final[dict[int, str]] = {3: "yellow", 5: "magenta", 6: "magenta", 7: "magenta"}
IN_PLAY_COLOUR: Final = "green"


def text_of(board: Board) -> Group:
    """Return the board as lines: header, a rule a competition, its matches, counts by status."""
    return Group(*_lines(board))


def _lines(board: Board) -> Iterator[Text | Rule]:
    if board.banner:
        yield _banner(board.banner)
    if board.age_s is not None:
        yield _banner(f"LAST KNOWN DATA: {board.age_s} s old, the API did not answer")
    yield Text(f"Live football, {board.shown_at}", style="bold")
    yield Text(f"{board.in_play_matches} of {board.total_matches} matches in play")
    for group in board.groups:
        yield Rule(Text(_league(group), style="bold cyan"), align="left", style="cyan")
        for match in group.matches:
            yield from _match(match)
    yield Rule(style="dim")
    for count in board.counts:
        yield Text(f"{count.description} (ID: {count.status_id}): {count.count}", style="dim")
    yield Text(f"{board.in_play_matches} of {board.total_matches} matches in play, {board.shown_at}")
    if board.banner:
        yield _banner(board.banner)


def _banner(words: str) -> Text:
    return Text(words, style="bold white on red")


def _league(group: BoardGroup) -> str:
    country, competition = group.country or "no country", group.competition or "no competition"
    return clean(f"{country}: {competition}")


def _match(match: BoardMatch) -> Iterator[Text]:
    at = match.status if match.minute is None else f"{match.status} | {match.minute}'"
    red = f"  red cards {match.red_cards.replace('-', ' – ')}" if match.red_cards != "0-0" else ""
    mark = "  FALLBACK" if match.source == "fallback" else ""
    home, away = match.score.split("-")
    yield Text.assemble(
        "• ",
        (f"[{at}]", COLOURS.get(match.status_id, IN_PLAY_COLOUR)),
        clean(f" {match.home} {home} – {away} {match.away}"),
        (red, "red"),
        (mark, "bold red"),
    )
    for market, row in match.odds.items():
        yield Text(f"    {LABELS[market]:<7}{clean(_prices(row))}  {clean(_when(match, row))}", style="dim")
    if weather := _weather(match.environment):
        yield Text(f"    {clean(weather)}", style="dim")


def _prices(row: AmericanRow) -> str:
    return " / ".join("-" if one is None else f"{one}" for one in (row.first, row.second, row.third))


def _when(match: BoardMatch, row: AmericanRow) -> str:
    at = f"minute {row.minute}" if row.minute.rstrip("+").isdecimal() else row.minute or "before kick-off"
    return f"({match.odds_company}, {at}{', closed' if row.sealed else ''})"


def _weather(found: Conditions) -> str:
    temperature = _both(found.temperature, found.temperature_fahrenheit)
    wind = _both(found.wind_speed, found.wind_speed_mph)
    parts = (
        found.weather_description,
        temperature,
        f"wind {wind}" if wind else None,
        f"humidity {found.humidity}" if found.humidity else None,
        found.pressure,
    )
    return ", ".join(part for part in parts if part)


def _both(metric: str | None, imperial: str | None) -> str | None:
    return f"{metric} ({imperial})" if metric and imperial else metric


def clean(text: str) -> str:
    """Return text that is the API's without what could steer a terminal.

    >>> clean("a\\x1b[31mb")
    'a\\ufffd[31mb'
    """
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
