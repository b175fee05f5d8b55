"""An alert in the words that a person gets: legs, stakes, profit, age, link. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from mispriced.domain.freshness import age
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import encode
from mispriced.messages import Delivery
from mispriced.pipeline.alert_rules import Alert

MINOR: Final = 100  # minor units of a currency unit
HEADS: Final = {"opened": "Surebet", "changed": "Changed", "closed": "Closed"}


def delivery(name: str, alert: Alert, now: datetime, link: str, is_simulated: bool = False) -> Delivery:
    """Return the alert as it is sent under a delivery's name, its ages as they are at `now`."""
    event = _plain(f"{alert.home} - {alert.away}")
    profit = f" {alert.guaranteed / alert.cost:+.2%}" if alert.cost else ""
    head = f"{'SIMULATED ' if is_simulated else ''}{HEADS[alert.state]}{profit}: {event}"
    market = f"{' and '.join(MARKETS[one].title for one in alert.markets)}, {alert.source}"
    lines = [f"{_plain(alert.competition)}  {alert.kickoff:%d %b %H:%M} UTC  {market}".strip()]
    lines += [
        f"{one.outcome} {one.price:.2f} at {_plain(one.bookmaker)}: stake {one.stake / MINOR:.2f}"
        for one in alert.stakes
    ]
    if alert.cost:
        lines.append(
            f"{alert.guaranteed / MINOR:.2f} guaranteed on {alert.cost / MINOR:.2f} after taxes and rounding"
        )
    stood = f"stood {_ago(alert.opened_at, alert.at)}"
    if alert.state == "closed":
        lines.append(f"{stood}; {_plain(alert.reason)}" if alert.reason else stood)
    else:
        lines.append(
            f"oldest price seen {_ago(alert.seen_at, now)} ago, opened {_ago(alert.opened_at, now)} ago"
        )
    lines += [f"suspicious: {_plain(flag)}" for flag in alert.flags]
    lines.append(f"{link}#{alert.opportunity}")
    return Delivery(id=name, title=head, text="\n".join(lines), alert=encode(alert))


def _ago(then: datetime, now: datetime) -> str:
    seconds = age(then, now).total_seconds()
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _plain(text: str) -> str:
    """Return the text without what a terminal or a service would obey."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
