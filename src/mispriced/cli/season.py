"""`mispriced up --odds FILE`: a season of real odds through the whole system under one virtual clock."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from mispriced.cli import show
from mispriced.cli.clock import VirtualClock
from mispriced.cli.opened import Opened
from mispriced.cli.simulated import Simulated
from mispriced.cli.stores import open_store, own_server
from mispriced.cli.system import System
from mispriced.cli.up import exit_code
from mispriced.domain.arbitrage import best_prices
from mispriced.domain.markets import MARKETS
from mispriced.domain.odds import exact
from mispriced.domain.plausibility import SUSPECT_BOOK_SUM
from mispriced.errors import Fatal
from mispriced.messages import Document, KnownEvent, Opportunity
from mispriced.pipeline.extract import Extraction
from mispriced.settings import load
from mispriced.settings.model import Settings

STEP: Final = timedelta(days=5)  # the days that one cycle reads
CYCLE_S: Final = 60.0
SHOWN_REASONS: Final = 5


class Season:
    """What the cycles of a season showed: every match once."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, KnownEvent]] = {}
        self.quoted: set[str] = set()
        self.surebets: dict[str, Opportunity] = {}
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def landed(self, extraction: Extraction) -> None:
        """Count what the answers of a reading were; called by the thread that reads."""
        self.outcomes.update(extraction.outcomes)
        self.reasons.update(extraction.reasons)

    def add(self, events: list[KnownEvent], documents: list[Document], opened: list[Opportunity]) -> None:
        """Take in the state at the end of a cycle."""
        for known in events:
            self.events.setdefault(known.match_id, {})[known.event.bookmaker] = known
        for document in documents:
            if best_prices(document.quotes.values()).keys() == MARKETS[document.market].paid.keys():
                self.quoted.add(document.match_id)
        for one in opened:
            self.surebets.setdefault(one.match_id, one)

    def report(self) -> dict[str, Any]:
        """Return the counts, the joins and the list of surebets."""
        sums = {key: sum(1 / exact(leg.price) for leg in one.legs) for key, one in self.surebets.items()}
        joined = {key: group for key, group in self.events.items() if len(group) > 1}
        return {
            "matches": len(self.events),
            "quoted": len(self.quoted),
            "joined": len(joined),
            "surebets": len(self.surebets),
            "sum_margin": round(float(sum((1 - total for total in sums.values()), Fraction(0))), 12),
            "suspects": sum(total < Fraction(str(SUSPECT_BOOK_SUM)) for total in sums.values()),
            "flagged": sum(bool(one.flags) for one in self.surebets.values()),
            "outcomes": dict(self.outcomes),
            "reasons": dict(self.reasons.most_common(SHOWN_REASONS)),
            "joins": [_join(key, group) for key, group in sorted(joined.items())],
            "list": [show.brief(one) for _, one in sorted(self.surebets.items(), key=_by_kickoff)],
        }


def season(path: Path, books: str, as_json: bool) -> int:
    """Sweep the file's season and print the report; return the exit code."""
    began = time.monotonic()
    with Simulated(["--odds", str(path), "--books", books]) as simulated, own_server() as address:
        settings = every_price_counts(load(simulated.config))
        first, last = (datetime.fromisoformat(simulated.ready[name]) for name in ("first", "last"))
        clock = VirtualClock(first)
        found = Season()
        system = System(settings, clock, partial(open_store, address, settings), found.landed)
        with system, Progress(console=show.console_of_errors(), transient=True) as progress:
            task = progress.add_task("days", total=(last - first) / STEP + 1)
            opened = Opened(system.store)
            while clock.now() <= last:
                simulated.move_to(clock.now())
                system.publish("upcoming")
                if not system.settle("upcoming", CYCLE_S):
                    raise Fatal(f"the cycle of {clock.now():%d %b %Y} did not end within {CYCLE_S:.0f} s")
                found.add(system.store.events()[1], system.store.documents(), opened.read(clock.now()))
                clock.move_to(clock.now() + STEP)
                progress.advance(task)
        report = found.report() | {
            "requests": simulated.requests(),
            "seconds": round(time.monotonic() - began, 3),
        }
    if as_json:
        show.print_json(report)
    else:
        _print(report)
    return exit_code(found.outcomes)


def every_price_counts(settings: Settings) -> Settings:
    """Return the settings under which a file's likely wrong prices are compared, and marked, too."""
    flagged = settings.plausibility.model_copy(update={"detect_flagged": True})
    return settings.model_copy(update={"plausibility": flagged})


def _print(report: Mapping[str, Any]) -> None:
    out = show.console()
    for one in report["list"]:
        legs = "  ".join(f"{leg['outcome']} {leg['price']} {leg['bookmaker']}" for leg in one["legs"])
        out.print(show.clean(f"{one['kickoff']}  {one['event']}  margin {1 - one['book_sum']:.4%}  {legs}"))
    counts = {name: value for name, value in report.items() if not isinstance(value, list)}
    out.print(json.dumps(counts))


def _join(match_id: str, group: Mapping[str, KnownEvent]) -> dict[str, Any]:
    return {
        "match_id": match_id,
        "events": {
            name: {
                "event_id": known.event.event_id,
                "home": known.event.home,
                "away": known.event.away,
                "kickoff": known.event.kickoff.isoformat(),
            }
            for name, known in sorted(group.items())
        },
    }


def _by_kickoff(item: tuple[str, Opportunity]) -> tuple[datetime, str]:
    return item[1].kickoff, item[0]
