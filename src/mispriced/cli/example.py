"""The configuration that `mispriced config init` writes: every bookmaker, its periods, no address."""

from __future__ import annotations

from mispriced.bookmakers import bookmakers
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES


def example_toml() -> str:
    """Return a TOML text that loads as it is, with every bookmaker off until its address is filled in."""
    lines = [
        "# mispriced: what is read, and from where. `mispriced config check` checks it.",
        "# A bookmaker without a base_url is off. Every setting: docs/reference.md.",
        "",
    ]
    for name, bookmaker in bookmakers().items():
        lines += [f"[bookmakers.{name}]", f'title = "{name}"']
        for source in sorted(bookmaker.markets, reverse=True):
            lines.append(
                f'# {source} = {{ base_url = "https://…", headers = {{ "Accept" = "application/json" }} }}'
            )
        lines.append("")
    for source in SOURCES:
        lines.append(f"[extract.{source}]")
        lines += [f'{market}_stream = "XTR-{row.key}_{source}_stream"' for market, row in MARKETS.items()]
        for name, bookmaker in bookmakers().items():
            if source in bookmaker.markets:
                days = sorted(bookmaker.periods.items(), key=lambda item: (item[1], item[0]))
                words = [word for word, day in days if source == "upcoming" or day == 0]
                lines.append(f"{name}.date = [{', '.join(chr(34) + word + chr(34) for word in words)}]")
        lines.append("")
    return "\n".join(lines)
