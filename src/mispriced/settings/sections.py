"""Which settings stand where in the configuration."""

from __future__ import annotations

from mispriced.settings import judging
from mispriced.settings.alerting import AlertSettings, TargetSettings
from mispriced.settings.livedata import LivedataSettings, ThresholdSettings
from mispriced.settings.model import (
    BookmakerSettings,
    CadenceSettings,
    FreshnessSettings,
    LaunchSettings,
    Settings,
    SiteSettings,
)
from mispriced.settings.recording import RecordSettings
from mispriced.settings.server import KeySettings, RedisSettings
from mispriced.settings.strict import Strict
from mispriced.settings.web import WebSettings


def fields_at(place: tuple[int | str, ...]) -> list[str]:
    """Return the names of the settings at a place in the configuration, for who misspelt one."""
    sections: tuple[tuple[str, type[Strict]], ...] = (
        ("upcoming", SiteSettings),
        ("live", SiteSettings),
        ("bookmakers", BookmakerSettings),
        ("redis", RedisSettings),
        ("keys", KeySettings),
        ("freshness", FreshnessSettings),
        ("cadence", CadenceSettings),
        ("launch", LaunchSettings),
        *judging.SECTIONS.items(),
        ("thresholds", ThresholdSettings),
        ("livedata", LivedataSettings),
        ("web", WebSettings),
        ("record", RecordSettings),
        ("targets", TargetSettings),
        ("alerts", AlertSettings),
    )
    for name, model in sections:
        if name in place:
            return sorted(model.model_fields)
    return sorted(Settings.model_fields)
