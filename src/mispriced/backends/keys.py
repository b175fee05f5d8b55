"""Every name in the store, how long each thing lives, and how long a stream is kept: all of them, with why.

Names are those of the documents where they mean the same. Not here: what the values look like
(documents.py), what of this the scripts are told (tables.py), the configured bases of the task streams.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import SOURCES, Source
from mispriced.messages import Subscription

ONCE_S: Final = 86_400  # a job's name returns after a day at the earliest: cycles carry the time
RESEND_S: Final = 60.0  # an unknown event is sent again: its first message may have been buried
VERDICT_S: Final = 5.0  # a verdict that waited longer is not applied: what it is on is judged anew
CADENCE_S: Final[Mapping[Source, float]] = {"live": 5.0, "upcoming": 60.0}
MATCH_LENGTH_S: Final = 3 * 3600.0  # 90 minutes, half-time, extra time and penalties, half an hour's margin
SILENT_CADENCES: Final = 10  # a document nobody quoted for so many cycles is over
STATE_KEPT_S: Final = 3600.0  # a match that its provider lists no more; the last word on it is shown so long
IDLE_CONSUMER_S: Final = 3600.0  # a consumer's name is forgotten; it comes back by reading

SEARCH_WORDS: Final[Mapping[Market, str]] = {"three_way": "3way"}  # others go by their own name
KEPT: Final = 1_000  # of a stream, behind every group: what a person looks back on
KEPT_OPPORTUNITIES: Final = 10_000  # about a day of openings and closings for whoever joins late
CAP: Final = 100_000  # a stream that no group reads: nobody would ever let it be trimmed
RECORDED_CAP: Final = 1_000_000  # of a recorder that stays away: some 700 MB of the server's memory
DEAD_CAP: Final = 10_000  # dead letters wait for a person; beyond this many nobody reads them one by one


class Rules(Struct, frozen=True, kw_only=True):
    """What decides when a document is announced, sent on, or over.

    `cadence_s`: seconds between two readings of a source. `min_bookmakers`: a changed document is
    announced with fresh quotes of so many, 2 where a market is not named.
    """

    freshness: FreshnessLimits = FreshnessLimits()
    cadence_s: Mapping[Source, float] = msgspec.field(default_factory=lambda: dict(CADENCE_S))
    min_bookmakers: Mapping[Market, int] = {}
    match_length_s: float = MATCH_LENGTH_S
    resend_s: float = RESEND_S
    verdict_s: float = VERDICT_S
    idle_consumer_s: float = IDLE_CONSUMER_S


class Keys(Struct, frozen=True, kw_only=True):
    """The names under one prefix. `tag` stands before every name, for one slot of a cluster.

    >>> Keys(prefix="XTR").document("three_way", "live", "m1")
    'matched_teams_xtr-THREE_WAY_live_stream:m1'
    """

    prefix: str = "xtr"
    tag: str = ""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "prefix", self.prefix.lower())

    def task_stream(self, base: str, day: int) -> str:
        """Jobs of one day, of the configured base.

        >>> Keys().task_stream("XTR-BTTS_upcoming_stream", 0)
        'XTR-BTTS_upcoming_stream-0'
        """
        return f"{self.tag}{base}-{day}"

    def data_stream(self, market: Market, source: Source) -> str:
        """Quotes of events that the index does not know.

        >>> Keys().data_stream("double_chance", "upcoming")
        'xtr-DOUBLE_CHANCE_upcoming_stream'
        """
        return f"{self.own('')}{MARKETS[market].key}_{source}_stream"

    def matched_stream(self, market: Market, source: Source) -> str:
        """Documents that changed.

        >>> Keys().matched_stream("btts", "live")
        'live_btts-matched_stream'
        """
        return f"{self.tag}{source}_{market}-matched_stream"

    def event_stream(self, bookmaker: str, market: Market, source: Source, period: str) -> Subscription:
        """Events that a bookmaker's page listed, with the group and the consumer that read them.

        >>> read = Keys().event_stream("BookieDelta", "three_way", "upcoming", "0")
        >>> read.streams, read.group
        (('bookiedelta_THREE_WAY-upcoming-0_event',), 'bookiedelta_THREE_WAY-upcoming-0_consumer_group')
        >>> read.consumer
        'bookiedelta_THREE_WAY-upcoming-0_worker'
        """
        name = f"{bookmaker.lower()}_{MARKETS[market].key}-{source}-{period}"
        return Subscription(
            streams=(f"{self.tag}{name}_event",), group=f"{name}_consumer_group", consumer=f"{name}_worker"
        )

    def document(self, market: Market, source: Source, match_id: str) -> str:
        """One market of one match."""
        return f"{self.tag}matched_teams_{self.prefix}-{MARKETS[market].key}_{source}_stream:{match_id}"

    def search_index(self, market: Market, source: Source) -> str:
        """The Search index of documents that are JSON.

        >>> Keys().search_index("three_way", "live"), Keys().search_index("btts", "upcoming")
        ('idx:xtr3way_live', 'idx:xtrbtts_upcoming')
        """
        return f"{self.tag}idx:{self.prefix}{SEARCH_WORDS.get(market, market)}_{source}"

    def revision(self, layout: str) -> str:
        """The counter of documents' revisions, by how they are laid out: which one is there tells how.

        One number for all documents, so that a document that comes back has no revision twice.
        """
        return self.own("revision" if layout == "hash" else f"revision:{layout}")

    def sightings(self, market: Market, source: Source) -> str:
        """By event key: when it was last seen, and with which prices."""
        return f"{self.own('sightings:')}{MARKETS[market].key}_{source}"

    def dead(self, stream: str) -> str:
        """Messages of a stream that no worker could take."""
        return f"{stream}:dead"

    def is_dead(self, stream: str) -> bool:
        """Whether a stream holds dead letters."""
        return stream.endswith(":dead")

    def own(self, name: str) -> str:
        """A key of ours that the documents do not have, or a cache.

        >>> Keys(tag="{odds}").own("streams")
        '{odds}xtr-streams'
        """
        return f"{self.tag}{self.prefix}-{name}"

    @property
    def opportunities(self) -> str:
        """The stream of what opened, changed and closed."""
        return self.own("opportunities")

    @property
    def alerts(self) -> str:
        """The outbox of alerts."""
        return self.own("alerts")

    def quotes_stream(self, source: Source) -> str:
        """Every quote that changed, while a recorder's group reads it.

        >>> Keys().quotes_stream("live")
        'xtr-quotes_live_stream'
        """
        return self.own(f"quotes_{source}_stream")

    @property
    def states_stream(self) -> str:
        """Every state of a match, while a recorder's group reads it."""
        return self.own("states_stream")

    @property
    def health_stream(self) -> str:
        """What workers said of themselves, sampled by the recorder."""
        return self.own("health_stream")

    def recorded_streams(self) -> dict[str, str]:
        """Return the streams that a recorder reads, by the name that its files give them."""
        return {
            **{f"quotes-{source}": self.quotes_stream(source) for source in SOURCES},
            "opportunities": self.opportunities,
            "states": self.states_stream,
            "health": self.health_stream,
        }

    def pipeline_streams(self) -> list[str]:
        """Every stream whose name does not come from the configuration."""
        pairs: list[tuple[Market, Source]] = [(market, source) for market in MARKETS for source in SOURCES]
        return [
            *(named(*pair) for named in (self.data_stream, self.matched_stream) for pair in pairs),
            *self.recorded_streams().values(),
            self.alerts,
        ]

    def kept(self, stream: str) -> tuple[int, int]:
        """Return how many entries of a stream stay behind its groups, and its cap without a group."""
        if stream in (self.opportunities, self.alerts):
            return KEPT_OPPORTUNITIES, CAP
        if stream in self.recorded_streams().values():
            return 0, RECORDED_CAP  # what is recorded is in the record
        return (0, DEAD_CAP) if self.is_dead(stream) else (KEPT, CAP)
