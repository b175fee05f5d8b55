"""Every setting: its name, type, default and what it means. `docs/reference.md` is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import Source
from mispriced.errors import unknown
from mispriced.settings.alerting import AlertSettings
from mispriced.settings.judging import (
    DetectionSettings,
    PlausibilitySettings,
    SettlementSettings,
    TermsSettings,
    ValueSettings,
)
from mispriced.settings.livedata import LivedataSettings
from mispriced.settings.recording import RecordSettings
from mispriced.settings.server import KeySettings, RedisSettings
from mispriced.settings.strict import Strict
from mispriced.settings.web import WebSettings

STREAM_KEYS: Final[Mapping[Market, str]] = {market: f"{market}_stream" for market in MARKETS}


class SiteSettings(Strict):
    """Where one bookmaker's answers of one source come from."""

    base_url: str = Field(description="the site's address, https, or http on loopback")
    headers: Mapping[str, str] = Field(default={}, description="sent with every request")
    proxy: SecretStr | None = Field(default=None, description="an HTTP proxy for this site")
    per_second: float | None = Field(
        default=None, description="requests a second; 0 is no limit; default: the adapter's"
    )
    connections: int | None = Field(
        default=None, ge=1, le=200, description="requests in flight; default: the adapter's"
    )
    deadline_s: float | None = Field(default=None, gt=0, description="seconds for a request with its retries")


class BookmakerSettings(Strict):
    """One bookmaker: its title and its sites. Without a site of a source it is off for that source."""

    title: str = Field(default="", description="shown instead of the code name")
    page: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]",
        description="the page that a fleet's listener opens; its event streams are read beside the jobs",
    )
    upcoming: SiteSettings | None = Field(default=None, description="the site of upcoming matches")
    live: SiteSettings | None = Field(default=None, description="the site of live matches")


class ExtractSettings(Strict):
    """The task streams of a source, and each bookmaker's period words (`BookieBeta.date`)."""

    streams: Mapping[str, str] = Field(default={}, description="the base of the task stream, by market")
    periods: Mapping[str, tuple[str, ...]] = Field(default={}, description="the period words, by bookmaker")

    @model_validator(mode="before")
    @classmethod
    def _of_the_documents(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "streams" in given or "periods" in given:
            return given
        streams: dict[str, str] = {}
        periods: dict[str, Any] = {}
        for key, value in given.items():
            market = next((name for name, word in STREAM_KEYS.items() if word == key), None)
            if market is not None:
                streams[market] = value
            elif key == "stream":
                streams |= {name: _for_market(str(value), row.key) for name, row in MARKETS.items()}
            elif isinstance(value, dict) and set(value) == {"date"} and isinstance(value["date"], list):
                periods[key] = tuple(str(word) for word in value["date"])
            else:
                raise ValueError(
                    unknown("key", key, ["stream", *STREAM_KEYS.values(), "BookieName.date = [...]"])
                )
        return {"streams": streams, "periods": periods}


class ExtractSources(Strict):
    """What is read: upcoming and live."""

    upcoming: ExtractSettings = Field(default=ExtractSettings(), description="upcoming matches")
    live: ExtractSettings = Field(default=ExtractSettings(), description="live matches")


class FreshnessSettings(Strict):
    """How long a price counts as offered, in seconds since it was last seen."""

    live_s: float = Field(default=15, gt=0, description="live quotes")
    upcoming_s: float = Field(default=600, gt=0, description="upcoming quotes")
    by_bookmaker: Mapping[str, float] = Field(
        default={}, description="by site, such as BookieAlpha/live, before the above"
    )
    cadences: float = Field(
        default=3,
        ge=0,
        description="a price is stale before that, after so many of the intervals at which its bookmaker is "
        "usually seen; 0: never",
    )


class CadenceSettings(Strict):
    """Seconds from one cycle to the next."""

    live_s: float = Field(default=5, gt=0, description="live")
    upcoming_s: float = Field(default=60, gt=0, description="upcoming")
    jitter: float = Field(default=0.1, ge=0, le=0.5, description="a cycle is late by up to this part of it")


class LaunchSettings(Strict):
    """The fleet: where its processes are known, and how it ends."""

    run_dir: Path | None = Field(
        default=None, description="records and output of local workers; default: run in the data directory"
    )
    image: str = Field(default="mispriced", description="the image of containers and pods")
    docker_socket: Path = Field(default=Path("/var/run/docker.sock"), description="where the engine answers")
    drain_s: float = Field(default=3, ge=0, description="seconds to work off what is published, at the end")
    grace_s: float = Field(default=1.5, ge=0, description="seconds from a worker's SIGTERM to its SIGKILL")


class Settings(BaseSettings):
    """Everything that can be set; the environment's names start with MISPRICED_."""

    model_config = SettingsConfigDict(
        env_prefix="MISPRICED_",
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    simulated: bool = Field(default=False, description="the sites are a simulator: every output says so")
    prefix: str = Field(
        default="xtr",
        pattern=r"^[A-Za-z0-9_]{1,32}$",
        validation_alias=AliasChoices("PREFIX", "MISPRICED_PREFIX", "prefix"),
        description="begins every key, in lower case",
    )
    data_dir: Path | None = Field(default=None, description="where the embedded server keeps its data")
    log_dir: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("LOG_DIR", "MISPRICED_LOG_DIR", "log_dir"),
        description="log files",
    )
    log_max_bytes: int = Field(
        default=1024 * 1024, ge=1024, description="a log file is turned over when it is so long"
    )
    log_backups: int = Field(default=5, ge=0, description="turned over log files that are kept")
    log_max_age_h: float = Field(default=2, gt=0, description="hours after which a log file is removed")
    log_json: bool = Field(default=False, description="JSON lines on standard error too")
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="/metrics, /healthz and /readyz on 127.0.0.1; 0 is any free port",
    )
    rollbar_access_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "ROLLBAR_ACCESS_TOKEN", "MISPRICED_ROLLBAR_ACCESS_TOKEN", "rollbar_access_token"
        ),
        description="errors are reported to Rollbar with it; without it Rollbar is off",
    )
    rollbar_environment: str = Field(
        default="production",
        max_length=255,
        validation_alias=AliasChoices(
            "ROLL_ENVIRONMENT", "MISPRICED_ROLLBAR_ENVIRONMENT", "rollbar_environment"
        ),
        description="the environment's name at Rollbar",
    )
    rollbar_endpoint: str = Field(
        default="https://api.rollbar.com/api/1/item/",
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])",
        description="where reports are sent, https, or http on loopback",
    )
    stop_file: Path | None = Field(default=None, description="the launcher ends when this file appears")
    source: Source | None = Field(default=None, description="what a match, detect or events worker reads")
    bookmaker: str = Field(default="", description="whose page or event stream a worker reads")
    market: str = Field(default="", description="the market of an events worker")
    period: str = Field(default="0", description="the bookmaker's word for an events worker's day")
    browser: Path | None = Field(default=None, description="a listener's Chromium; default: on PATH")
    worker: str = Field(default="", description="the consumer's name; default: XTRTYPE, host and process")
    stream: str = Field(
        default="",
        validation_alias=AliasChoices("STREAM", "MISPRICED_STREAM", "stream"),
        description="the task stream of an extract worker, as it is",
    )
    xtrtype: str = Field(
        default="",
        validation_alias=AliasChoices("XTRTYPE", "MISPRICED_XTRTYPE", "xtrtype"),
        description="what a worker is called",
    )
    xtr_batch: int = Field(
        default=1,
        ge=1,
        le=1000,
        validation_alias=AliasChoices("XTR_BATCH", "BATCH", "MISPRICED_XTR_BATCH", "xtr_batch"),
        description="an extract worker's batch closes at so many jobs",
    )
    share: int = Field(default=1, ge=1, description="so many workers share the limits of each site")
    min_bookmakers: Annotated[int, Field(ge=1)] | Literal["batch"] = Field(
        default=2,
        description="a document is announced from so many fresh bookmakers on, 1 or more; "
        '"batch": every bookmaker of the task stream, 2 for both teams to score',
    )
    batch_timeout_s: float = Field(
        default=1.0, gt=0, description="a batch closes so long after its first job"
    )
    cache_s: float = Field(default=1200, gt=0, description="how long competition and tournament ids are kept")
    redis: RedisSettings = Field(default=RedisSettings(), description="the server")
    keys: KeySettings = Field(default=KeySettings(), description="names of keys")
    freshness: FreshnessSettings = Field(default=FreshnessSettings(), description="how long a price counts")
    detection: DetectionSettings = Field(default=DetectionSettings(), description="what counts as found")
    cadence: CadenceSettings = Field(default=CadenceSettings(), description="how often is read")
    bookmakers: Mapping[str, BookmakerSettings] = Field(default={}, description="by name")
    plausibility: PlausibilitySettings = Field(default=PlausibilitySettings(), description="what is flagged")
    settlement: SettlementSettings = Field(default=SettlementSettings(), description="which legs may pair")
    terms: Mapping[str, TermsSettings] = Field(default={}, description="of bets, by bookmaker")
    value: ValueSettings = Field(default=ValueSettings(), description="when a price is value")
    launch: LaunchSettings = Field(default=LaunchSettings(), description="the fleet")
    alerts: AlertSettings = Field(default=AlertSettings(), description="who is told of what")
    record: RecordSettings = Field(default=RecordSettings(), description="what passes, kept")
    livedata: LivedataSettings = Field(default=LivedataSettings(), description="the football cycle")
    extract: ExtractSources = Field(default=ExtractSources(), description="what is read")
    web: WebSettings = Field(default=WebSettings(), description="the page and the API")


def _for_market(stream: str, market_key: str) -> str:
    """Return a live stream's name with its market part replaced: the documents share one for all markets."""
    for row in MARKETS.values():
        if row.key in stream:
            return stream.replace(row.key, market_key)
    return f"{stream}-{market_key}"
