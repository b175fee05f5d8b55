"""The proof of a surebet in words: where each price came from, how the events were joined, the arithmetic."""

from __future__ import annotations

from typing import Any, Final

from rich.panel import Panel
from rich.text import Text

from mispriced.cli import show

SHOWN_REQUEST: Final = 60  # characters of a request in the live view


def explained(found: dict[str, Any]) -> Text:
    """Return the proof of a surebet in words."""
    where = f"{' '.join(found['markets'])} {found['source']}"
    lines = [
        f"{found['id']}  {found['event']}  {where}  {found['kickoff']}",
        *([] if found["stands"] else ["", f"it does not stand now: {found['reason']}"]),
        "",
        "legs",
    ]
    for leg in found["legs"]:
        lines.append(
            f"  {leg['outcome']:>3} {leg['price']} at {leg['bookmaker']} ({leg['market']}), "
            f"{leg['share']:.4%} of the stake, "
            f"last seen {leg['age_s']} s ago as {leg['their_event']} (event {leg['event_id']})"
        )
        if leg["origin"]:
            one = leg["origin"]
            lines.append(f"      first at this price {leg['since'] or leg['seen_at']}, by {one['request']}")
            lines.append(f"      SHA-256 of that answer {one['sha256']}, which took {one['took_ms']} ms")
    lines.append(f"  oldest leg {found['age_s']} s, legs seen {found['skew_s']} s apart")
    if together := found.get("together"):
        lines.append(f"  all prices hold from {together['since']} to {together['until']}, unless they change")
    lines += ["", "the same match, because"]
    for one in found["joined"]:
        refs = " ".join(f"{name}={value}" for name, value in one["refs"].items())
        lines.append(
            f"  {one['bookmaker']} {one['source']} {one['event_id']}: {one['home']} - {one['away']} "
            f"{one['kickoff']} {refs}".rstrip()
        )
    evidence = next((one["evidence"] for one in found["joined"] if one["evidence"]), None)
    for proof in (evidence or {}).get("evidence", []):
        lines.append(
            "    " + ", ".join(f"{name} {value}" for name, value in proof.items() if value is not None)
        )
    sums = found["arithmetic"]
    lines += ["", "arithmetic", *(f"  {outcome:>3}: {text}" for outcome, text in sums["reciprocals"].items())]
    lines.append(f"  sum {sums['sum']}, break-even {sums['break_even']}, profit {sums['profit']:+.4%}")
    lines += [f"  {result}: returns {back} of each 1 staked" for result, back in sums["pays"].items()]
    lines += [f"  {found['score']} now: the other results cannot come"] if found["score"] else []
    for one in found["alternatives"]:
        legs = zip(one["outcomes"], one["prices"], one["bookmakers"], strict=True)
        offered = ", ".join(f"{outcome} {price} at {bookmaker}" for outcome, price, bookmaker in legs)
        lines.append(f"  instead, for less: {offered}, book sum {one['book_sum']:.4f}")
    lines += ["", *(f"flag: {flag}" for flag in found["flags"])]
    lines += [f"left out: {reason}" for reason in found.get("left_out", [])]
    if names := found.get("rules_not_verified"):
        lines.append(f"rules of settlement not verified: {', '.join(names)}")
    return Text(show.clean_lines(lines))


def in_brief(found: dict[str, Any]) -> Panel:
    """Return the proof of a surebet in a few lines, for the live view."""
    sums = found["arithmetic"]
    paid = f"/{sums['break_even']}" if sums["break_even"] > 1 else ""
    terms = " + ".join(f"1/{leg['price']}" for leg in found["legs"])
    returned = min(sums["pays"].values())
    lines = [f"({terms}){paid} = {sums['book_sum']:.4f}: 1 staked returns {returned:.4f} on every result"]
    lines += [
        f"{leg['outcome']} {leg['price']}: {leg['bookmaker']}, last seen {leg['age_s']:.0f} s ago, first by "
        f"{leg['origin']['request'][:SHOWN_REQUEST]} (SHA-256 {leg['origin']['sha256'][:12]}…)"
        for leg in found["legs"]
        if leg["origin"]
    ]
    names = ", ".join(f"{one['bookmaker']} {one['home']} - {one['away']}" for one in found["joined"])
    how = next((one["evidence"]["how"] for one in found["joined"] if one["evidence"]), "alone")
    lines.append(f"one match by {how}: {names}")
    return Panel(Text(show.clean_lines(lines)), title=Text(f"why {found['id']}"), title_align="left")
