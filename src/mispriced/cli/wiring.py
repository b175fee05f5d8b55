"""The composition root: from settings to the parts, each built once.

What only a door needs is imported with the first door: half of all commands and workers have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from mispriced.bookmakers import bookmakers, find
from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import SOURCES, Source
from mispriced.domain.plausibility import PlausibilityLimits
from mispriced.domain.settlement import Rules
from mispriced.domain.value import ValueRule
from mispriced.errors import Misconfigured, Usage, unknown
from mispriced.exchange import Limits, Site
from mispriced.launcher.plan import Reading, TaskStream, batch_rule, task_streams
from mispriced.pipeline.compare import DetectRules
from mispriced.pipeline.confirm import Place, Rereads
from mispriced.pipeline.views.values import ValueRules
from mispriced.ports import Clock
from mispriced.settings import site_settings
from mispriced.settings.model import Settings, SiteSettings

if TYPE_CHECKING:
    from mispriced.backends.http import HttpDoor


def sites(settings: Settings) -> dict[str, Site]:
    """Return the configured sites by `BookieAlpha/live`; a bookmaker without an address is absent."""
    found = {}
    for name, bookmaker in bookmakers().items():
        for source in SOURCES:
            given = site_settings(settings, name, source)
            if given is not None:
                key = f"{name}/{source}"
                found[key] = Site(
                    key=key,
                    base_url=given.base_url,
                    headers=given.headers,
                    proxy=given.proxy.get_secret_value() if given.proxy else None,
                    limits=_limits(bookmaker.limits, given, settings.share),
                )
    return found


def door(settings: Settings, clock: Clock) -> HttpDoor:
    """Return the door to the configured sites."""
    from mispriced.backends.http import HttpDoor

    quiet_retries()
    return HttpDoor(sites(settings), clock)


def quiet_retries() -> None:
    """Let a door's retries be counted by itself, not announced."""
    import stamina

    stamina.instrumentation.set_on_retry_hooks([])


def readings(settings: Settings) -> dict[Source, Reading]:
    """Return what is read of each source: only bookmakers that have a site there."""
    on = sites(settings)
    found: dict[Source, Reading] = {}
    names = {name.casefold(): name for name in bookmakers()}
    for source in SOURCES:
        section = settings.extract.live if source == "live" else settings.extract.upcoming
        found[source] = Reading(
            source=source,
            streams=section.streams,
            tag=settings.keys.tag,
            periods={
                name: words
                for name, words in section.periods.items()
                if f"{names.get(name.casefold(), name)}/{source}" in on
            },
        )
    return found


def pages(settings: Settings) -> dict[str, str]:
    """Return the pages that listeners open, by bookmaker.

    Raises: Misconfigured for a bookmaker that is not known.
    """
    found = {name: one.page for name, one in settings.bookmakers.items() if one.page is not None}
    try:
        return {find(name).name: url for name, url in found.items()}
    except Usage as error:
        raise Misconfigured(f"bookmakers: {error}") from error


def planned(settings: Settings) -> dict[Source, tuple[TaskStream, ...]]:
    """Return the task streams of each source, for bookmakers that have a site there.

    Raises: Misconfigured when there is none, or as `task_streams`.
    """
    found = {
        source: task_streams(reading, reading.markets) if reading.periods else ()
        for source, reading in readings(settings).items()
    }
    if not any(found.values()):
        raise Misconfigured("nothing would be read: no bookmaker has an address and periods")
    return found


def freshness(settings: Settings) -> FreshnessLimits:
    """Return how long prices count."""
    given = settings.freshness
    return FreshnessLimits(
        live_s=given.live_s,
        upcoming_s=given.upcoming_s,
        by_bookmaker=dict(given.by_bookmaker),
        cadences=given.cadences,
    )


def plausible(settings: Settings) -> PlausibilityLimits:
    """Return what is still plausible.

    Raises: Misconfigured for an overround of an unknown market.
    """
    given = settings.plausibility
    for key in given.overrounds:
        market = key.rpartition("/")[2]
        if market not in MARKETS:
            raise Misconfigured(f"plausibility.overrounds: {unknown('market', market, MARKETS)}")
    return PlausibilityLimits(overrounds=dict(given.overrounds), farthest=given.farthest)


def settlement_rules(settings: Settings) -> dict[str, Rules]:
    """Return each bookmaker's rules of settlement."""
    return {name: Rules(**one.model_dump()) for name, one in settings.settlement.rules.items()}


def value_rule(settings: Settings) -> ValueRule:
    """Return when a price is value."""
    return ValueRule(**settings.value.model_dump())


def detect_rules(settings: Settings) -> DetectRules:
    """Return which quotes may be compared, and when what they prove is told."""
    given = settings.detection
    return DetectRules(
        limits=freshness(settings),
        hold_off=timedelta(seconds=given.hold_off_s),
        confirm_within=None if given.confirm == "off" else timedelta(seconds=given.confirm_s),
        plausibility=plausible(settings),
        detect_flagged=settings.plausibility.detect_flagged,
        settlement=settlement_rules(settings),
        policy=settings.settlement.policy,
    )


def value_rules(settings: Settings) -> ValueRules:
    """Return how mispriced odds are found."""
    return ValueRules(
        detect=detect_rules(settings), plausible=plausible(settings), value=value_rule(settings)
    )


def rereads(settings: Settings) -> Rereads:
    """Return where each bookmaker is read again, nothing where surebets are told unconfirmed.

    Raises: Misconfigured as `planned`.
    """
    found: dict[tuple[str, Market, Source], list[Place]] = {}
    if settings.detection.confirm == "off":
        return {}
    for streams in planned(settings).values():
        for one in streams:
            for name, period in one.periods.items():
                place = Place(stream=one.name, day=one.day, period=period)
                found.setdefault((name, one.market, one.source), []).append(place)
    return found


def announced_from(settings: Settings, source: Source | None = None) -> dict[Market, int]:
    """Return how many fresh bookmakers a document is announced from, by market.

    Under the documents' rule that follows from the task streams, all of them or those of a source.
    """
    if settings.min_bookmakers != "batch":
        return dict.fromkeys(MARKETS, settings.min_bookmakers)
    return batch_rule(
        one
        for each, reading in readings(settings).items()
        if source in (each, None) and reading.streams and reading.periods
        for one in task_streams(reading, reading.markets)
    )


def _limits(limits: Limits, given: SiteSettings, share: int) -> Limits:
    changes: Mapping[str, float | int | None] = {
        "per_second": given.per_second,
        "connections": given.connections,
        "deadline_s": given.deadline_s,
    }
    whole = msgspec.structs.replace(
        limits, **{key: value for key, value in changes.items() if value is not None}
    )
    return msgspec.structs.replace(
        whole, per_second=whole.per_second / share, connections=max(1, whole.connections // share)
    )
