"""A store with a few matches, and the page, API and stream on it, as `mispriced web` serves them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from mispriced.backends.connection import Link
from mispriced.cli.clock import SystemClock
from mispriced.cli.stores import open_store
from mispriced.cli.web import Served, in_thread
from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.model import Origin, Quote, Score
from mispriced.messages import Assignment, Document, Subscription
from mispriced.pipeline.compare import DetectRules, compared
from mispriced.pipeline.detect import played
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.judge import judge
from mispriced.ports import Store
from mispriced.settings.judging import PlausibilitySettings
from mispriced.settings.model import FreshnessSettings, Settings
from mispriced.settings.recording import RecordSettings
from mispriced.settings.web import WebSettings
from mispriced.telemetry.metrics import Metrics
from tests.backends.servers import valkey
from tests.domain.quotes import quote

CLOCK = SystemClock()
RULES = DetectRules(limits=FreshnessLimits(live_s=3000, upcoming_s=3000), detect_flagged=True)
DATA = Subscription(streams=("xtr-THREE_WAY_upcoming_stream",), group="match", consumer="one")
TOKEN = "correct-horse-battery"
MARKUP = "<script>alert(1)</script>"

SPAIN = {"home": "Valencia", "away": "Rayo Vallecano", "competition": "LaLiga", "country": "Spain"}
ENGLAND = {"home": "Arsenal", "away": "Chelsea", "competition": "Premier League", "country": "England"}
KENYA = {"home": MARKUP, "away": "Gor Mahia", "competition": "Premier League", "country": "Kenya"}


class Answer(NamedTuple):
    """An answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Site:
    """A server, asked as a browser or a program asks it."""

    def __init__(self, found: Served) -> None:
        self.url = found.url
        self.port = found.socket.getsockname()[1]
        self.shown = found.shown

    def get(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        """Return the answer; a header's name has underscores for its hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())
        finally:
            connection.close()


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def judge_all(store: Store, at: datetime) -> None:
    """Judge every match of the store."""
    matches: dict[tuple[str, str], list[Document]] = {}
    for one in store.documents():
        matches.setdefault(played(one), []).append(one)
    store.judge([judge(found, compared(found, at, RULES), at) for found in matches.values()])


def seed(store: Store) -> dict[str, Quote]:
    """Put three matches into the store, two of them with a surebet, and return one quote of each."""
    at = now() - timedelta(seconds=60)  # so that a test can let things be seen later
    kickoff = at + timedelta(hours=2)
    origin = Origin("GET /matches?page=1", "ab" * 32, "matches", 12)
    make = partial(quote, seen_at=at, kickoff=kickoff, origin=origin)
    spain = [
        make("BookieAlpha", {"yes": 2.1, "no": 1.65}, event_id="1", market="btts", **SPAIN),
        make("BookieBeta", {"yes": 1.9, "no": 2.0}, event_id="2", market="btts", **SPAIN),
        make("BookieAlpha", {"1X": 1.3, "12": 1.4, "X2": 1.9}, event_id="1", market="double_chance", **SPAIN),
    ]
    england = [
        make("BookieAlpha", {"1": 2.5, "X": 3.3, "2": 2.8}, event_id="3", **ENGLAND),
        make("BookieGamma", {"1": 2.4, "X": 3.4}, event_id="4", suspended=("2",), **ENGLAND),
    ]
    playing = {"kickoff": at - timedelta(minutes=30), "source": "live", "score": Score(1, 0), **KENYA}
    kenya = [
        make("BookieAlpha", {"yes": 3.2, "no": 1.5}, event_id="5", market="btts", **playing),
        make("BookieDelta", {"yes": 1.4, "no": 1.9}, event_id="6", market="btts", **playing),
    ]
    for match_id, quotes in (("m1", spain), ("m2", england), ("m3", kenya)):
        events = {one.event_key: one.event for one in quotes}
        store.commit(DATA, (), at, [Assignment(event=one, match_id=match_id) for one in events.values()])
        store.upsert(quotes, at)
    judge_all(store, at)
    report = Extraction(
        bookmaker="BookieAlpha", source="upcoming", markets=("btts",), period="1", at=at, seconds=0.5,
        requests=2, outcomes={"ok": 1, "blocked": 1}, events=2, quotes=3, skipped=0,
        reasons=("blocked: 403",), last_good=at,
    )  # fmt: skip
    store.note("extraction/BookieAlpha/upcoming/btts/1", msgspec.json.encode(report))
    return {"m1": spain[0], "m2": england[0], "m3": kenya[0]}


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Yield the address of an embedded server."""
    with valkey() as url:
        yield url


@contextmanager
def site_on(url: str, record: Path | None = None, **web: Any) -> Iterator[Site]:
    """Serve the store at the address, with these settings; `record` is a folder with one."""
    settings = Settings(
        data_dir=Path("/nowhere"),  # so that no test shows what is recorded on this machine
        plausibility=PlausibilitySettings(detect_flagged=True),
        freshness=FreshnessSettings(live_s=3000, upcoming_s=3000),
        record=RecordSettings(dir=record),
        web=WebSettings(**({"port": 0} | web)),
    )
    with in_thread(settings, partial(open_store, url, settings), CLOCK, Metrics()) as found:
        while found.shown.reader.state is None:
            CLOCK.sleep(0.01)
        yield Site(found)


@pytest.fixture
def store(server: str) -> Iterator[Store]:
    """Yield a store with the three matches, and nothing else."""
    link = Link(server)
    link.call("FLUSHALL")
    link.close()
    opened = open_store(
        server,
        Settings(
            plausibility=PlausibilitySettings(detect_flagged=True),
            freshness=FreshnessSettings(live_s=3000, upcoming_s=3000),
        ),
    )
    seed(opened)
    yield opened
    opened.close()


@pytest.fixture
def site(server: str, store: Store) -> Iterator[Site]:
    """Yield a site on the store."""
    with site_on(server) as found:
        yield found


@pytest.fixture(scope="module")
def standing() -> Iterator[Site]:
    """Yield a site on a store that no test of the module changes."""
    with valkey() as url:
        opened = open_store(
            url,
            Settings(
                plausibility=PlausibilitySettings(detect_flagged=True),
                freshness=FreshnessSettings(live_s=3000, upcoming_s=3000),
            ),
        )
        seed(opened)
        opened.close()
        with site_on(url) as found:
            yield found


Wait = Callable[[Callable[[], bool]], None]


def until(is_so: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait until it is so."""
    end = CLOCK.monotonic() + within_s
    while not is_so():
        assert CLOCK.monotonic() < end, "it never was"
        CLOCK.sleep(0.01)


def put_doubtful(store: Store) -> None:
    """Put in an event of one bookmaker of which two of another may be the same match, each a match yet."""
    at = now()
    twins = [
        quote(name, event_id=number, home="Chelsea", away=away, kickoff=at + timedelta(hours=5), seen_at=at)
        for name, number, away in (
            ("BookieAlpha", "91", "Manchester"),
            ("BookieBeta", "92", "Manchester City"),
            ("BookieBeta", "93", "Manchester Utd"),
        )
    ]
    store.commit(DATA, (), at, [Assignment(event=one.event, match_id=f"t{one.event_id}") for one in twins])
