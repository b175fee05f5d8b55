"""The live view of `mispriced up`: what stands, why, the bookmakers, and the football cycle."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from mispriced.cli import show
from mispriced.cli.explain import in_brief
from mispriced.cli.wiring import detect_rules
from mispriced.livedata.records import FALLBACK_BANNER
from mispriced.livedata.report import NOTE, Report
from mispriced.pipeline.detect import standing
from mispriced.pipeline.views.extractions import events_by_site, read_extractions
from mispriced.pipeline.views.opportunities import best_first, explanation, read_funnel
from mispriced.ports import Clock, Store
from mispriced.settings.model import Settings


def state_of(
    store: Store, alive: Mapping[str, bool], settings: Settings, clock: Clock, head: str
) -> RenderableType:
    """Return the whole view at this moment; `alive` tells which roles run."""
    now = clock.now()
    found = best_first(standing(store, now, detect_rules(settings)))
    _, known = store.events()
    dead = [name for name, is_alive in alive.items() if not is_alive]
    title = f"{head + '  ' if head else ''}mispriced  {len(found)} surebets  {now:%H:%M:%S} UTC"
    if dead:
        title += f"  NOT RUNNING: {', '.join(dead)}"
    if found:
        why: RenderableType = in_brief(explanation(found[0], known, now))
    else:
        because = show.funnel_text(read_funnel(store, now, detect_rules(settings)))
        why = Panel(because, title="no surebet now, because", title_align="left")
    states = store.states(one.match_id for one in found)
    view = show.screen(found, read_extractions(store), events_by_site(known), why, now, title, states)
    return Group(view, football_line(store, now))


def football_line(store: Store, now: datetime) -> Text:
    """Return how the last football cycle went, nothing where there was none."""
    note = store.notes(NOTE).get(f"{NOTE}last")
    if note is None:
        return Text("")
    last = msgspec.json.decode(note, type=Report)
    if last.source == "fallback":
        return Text(FALLBACK_BANNER, style="bold white on red")
    ago = f"{(now - last.at).total_seconds():.0f} s ago"
    old = f", {last.age_s:.0f} s old then" if last.source == "last-known" else ""
    why = "" if last.source == "api" else f": {show.clean('; '.join(last.reasons[:1]))}"
    told = f"football: {last.in_play} of {last.matches} matches in play, from {last.source} {ago}{old}{why}"
    return Text(told, style="dim" if last.source == "api" else "yellow")
