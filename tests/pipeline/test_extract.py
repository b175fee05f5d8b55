"""One reading of a bookmaker and what it reports; the stage that reads many side by side."""

from __future__ import annotations

import asyncio
import json
import selectors
import time
import urllib.request
from collections import Counter
from datetime import timedelta
from functools import partial

import msgspec
import pytest

from mispriced.backends.redis import RedisStore
from mispriced.bookmakers import find, registry
from mispriced.bookmakers.contract import Bookmaker, Skipped
from mispriced.cli.clock import SystemClock, VirtualClock
from mispriced.cli.simulated import Simulated
from mispriced.cli.wiring import door
from mispriced.domain.markets import MARKETS
from mispriced.errors import Retry
from mispriced.exchange import Job, Payload, Refusal, Request
from mispriced.messages import Message, Subscription, Upserted
from mispriced.pipeline.extract import DEADLINE_S, MOST_REQUESTS, Extract, Extraction, extract
from mispriced.pipeline.jobs import job_fields
from mispriced.settings import load
from tests.backends.servers import valkey
from tests.domain.quotes import NOON, quote

JOB = Job(bookmaker="BookieOmega", markets=("btts",), source="live", period="now", day=0, now=NOON)


def offer(number, bookmaker="BookieOmega"):
    return quote(bookmaker, {"yes": 1.9, "no": 1.9}, market="btts", source="live", event_id=str(number))


def start(job):
    yield Request(step="list", path="/list")


def read_list(payload, job):
    """Read `{"pages": ["/a", ...]}` as requests for those pages."""
    for path in json.loads(payload.body)["pages"]:
        yield Request(step="page", path=path)


def read_page(payload, job):
    """Read `{"events": [1, ...], "broken": 2, "next": "/b"}`."""
    page = json.loads(payload.body)
    yield from (offer(number) for number in page.get("events", ()))
    yield from (Skipped(f"row {row} has no price") for row in range(page.get("broken", 0)))
    if "next" in page:
        yield Request(step="page", path=page["next"])


def bookmaker(first=start):
    return Bookmaker(
        name="BookieOmega",
        periods={"now": 0},
        markets={"live": ("btts",)},
        steps={"live": ("list", "page")},
        start=first,
        parsers={"list": read_list, "page": read_page},
    )


def report(**changes):
    given = {
        "bookmaker": "BookieOmega",
        "source": "live",
        "markets": ("btts",),
        "period": "now",
        "at": NOON,
        "seconds": 0.0,
        "requests": 0,
        "outcomes": {},
        "events": 0,
        "quotes": 0,
        "skipped": 0,
    }
    return Extraction(**(given | changes))


class Script:
    """A fetcher of answers by path: an object as JSON, a word as a refusal, None as never."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    async def __call__(self, request):
        return await self.fetch("BookieOmega/live", request)

    async def fetch(self, site, request):
        self.asked.append((site, request.path))
        answer = self.answers(request.path) if callable(self.answers) else self.answers[request.path]
        if answer is None:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        if isinstance(answer, str):
            return Refusal(request=request, outcome=answer, reason=f"{request.path} is {answer}")
        return Payload.of(request, json.dumps(answer).encode(), NOON)


class Hurry(selectors.DefaultSelector):
    """Waits a thousandth of the time that it is asked to wait."""

    def select(self, timeout=None):
        return super().select(None if timeout is None else timeout / 1000)


class HurriedLoop(asyncio.SelectorEventLoop):
    """A loop whose clock runs a thousand times as fast, for deadlines of a minute."""

    def __init__(self):
        super().__init__(Hurry())

    def time(self):
        return time.monotonic() * 1000


def extracted(answers, first=start, loop=asyncio.new_event_loop):
    script = Script(answers)
    with asyncio.Runner(loop_factory=loop) as runner:
        quotes, found = runner.run(extract(bookmaker(first), JOB, script))
    return quotes, found, script


class TestOneReading:
    def test_what_an_answer_names_is_asked_for_and_everything_is_in_the_report(self):
        quotes, found, script = extracted(
            {
                "/list": {"pages": ["/a", "/b"]},
                "/a": {"events": [1, 2], "next": "/c"},
                "/b": {"events": [3], "broken": 2},
                "/c": {},
            }
        )
        assert sorted(quotes, key=lambda one: one.event_id) == [offer(1), offer(2), offer(3)]
        assert found == report(
            requests=4,
            outcomes={"ok": 2, "partial": 1, "empty": 1},
            events=3,
            quotes=3,
            skipped=2,
            reasons=("page: row 0 has no price", "page: row 1 has no price"),
        )
        assert Counter(script.asked) == Counter(
            ("BookieOmega/live", path) for path in ("/list", "/a", "/b", "/c")
        )

    def test_refusals_are_reported_by_kind_and_cost_only_themselves(self):
        kinds = ["blocked", "rejected", "retry_later", "empty", "blocked"]
        pages = {f"/{place}": kind for place, kind in enumerate(kinds)}
        quotes, found, _ = extracted(
            {"/list": {"pages": ["/good", *pages]}, "/good": {"events": [1]}, **pages}
        )
        assert quotes == [offer(1)]
        assert found == report(
            requests=7,
            outcomes={"ok": 2, "blocked": 2, "rejected": 1, "retry_later": 1, "empty": 1},
            events=1,
            quotes=1,
            reasons=tuple(f"page: {path} is {kind}" for path, kind in pages.items()),
        )

    def test_an_answer_of_another_form_is_rejected_with_the_reason(self):
        _, found, _ = extracted({"/list": {"error": "maintenance"}})
        assert found == report(
            requests=1,
            outcomes={"rejected": 1},
            skipped=1,
            reasons=("list: list: the parser failed: KeyError('pages')",),
        )

    def test_of_many_reasons_the_first_five_are_kept(self):
        _, found, _ = extracted({"/list": {"pages": ["/a"]}, "/a": {"broken": 9}})
        assert found.skipped == 9
        assert found.reasons == tuple(f"page: row {row} has no price" for row in range(5))

    def test_an_answer_that_never_comes_ends_at_the_deadline_and_what_came_is_kept(self):
        answers = {"/list": {"pages": ["/a", "/never"]}, "/a": {"events": [1]}, "/never": None}
        began = time.monotonic()
        quotes, found, _ = extracted(answers, loop=HurriedLoop)
        assert DEADLINE_S / 1000 < time.monotonic() - began < 10
        assert quotes == [offer(1)]
        assert found == report(
            requests=3,
            outcomes={"ok": 2, "retry_later": 1},
            events=1,
            quotes=1,
            reasons=("not done within 60 s; what had come is kept",),
        )

    def test_a_site_that_pages_for_ever_is_stopped_and_what_came_is_kept(self):
        def answers(path):
            number = int(path.removeprefix("/")) if path != "/list" else 0
            return {"events": [number], "next": f"/{number + 1}"} if number else {"pages": ["/1"]}

        quotes, found, script = extracted(answers)
        assert len(script.asked) == MOST_REQUESTS
        assert len(quotes) == MOST_REQUESTS - 1
        assert found == report(
            requests=MOST_REQUESTS,
            outcomes={"ok": MOST_REQUESTS, "rejected": 1},
            events=MOST_REQUESTS - 1,
            quotes=MOST_REQUESTS - 1,
            reasons=(f"more than {MOST_REQUESTS} requests, stopped at GET /{MOST_REQUESTS}",),
        )

    def test_an_adapter_that_cannot_start_is_its_own_outcome(self):
        def broken(job):
            yield Request(step="list", path="/list")
            raise ZeroDivisionError("no such day")

        quotes, found, script = extracted({}, broken)
        assert (quotes, script.asked) == ([], [])
        reason = "BookieOmega names no first request: ZeroDivisionError('no such day')"
        assert found == report(outcomes={"rejected": 1}, reasons=(reason,))


@pytest.fixture(scope="module")
def simulated():
    with Simulated(["--seed", "3", "--plant", "0"]) as running:
        yield running


@pytest.fixture
def stage(store, request):
    """Yield what makes extract stages on the store; they are closed at the end."""

    def make(fetcher, clock=None, cache_s=60.0, landed=None, on=store):
        made = Extract(on, clock or SystemClock(), fetcher, cache_s, landed)
        request.addfinalizer(made.close)
        return made

    return make


def message(number, name, market, source, period):
    fields = job_fields(name, market, source, period, f"job {number}", NOON)
    return Message(
        stream="jobs",
        id=f"{number}-0",
        fields={key: value.encode() for key, value in fields.items()},
    )


def notes(store):
    """Return the reports in the store by their name."""
    return {
        name.removeprefix("extraction/"): msgspec.json.decode(body, type=Extraction)
        for name, body in store.notes("extraction/").items()
    }


def without_site(settings, name):
    """Return the settings with a bookmaker's sites moved to where nobody listens."""
    moved = {
        source: site.model_copy(update={"base_url": "http://127.0.0.1:1/"})
        for source in ("live", "upcoming")
        if (site := getattr(settings.bookmakers[name], source))
    }
    bookmakers = {**settings.bookmakers, name: settings.bookmakers[name].model_copy(update=moved)}
    return settings.model_copy(update={"bookmakers": bookmakers})


@pytest.mark.xdist_group("simulated")
class TestBatch:
    def test_a_bookmaker_that_fails_and_a_message_that_is_no_job_cost_nobody_else(
        self, simulated, store, stage
    ):
        clock = SystemClock()
        landed: list[Extraction] = []
        settings = without_site(load(simulated.config), "BookieAlpha")
        messages = [
            message(1, "BookieAlpha", "btts", "live", "-1"),
            message(2, "BookieGamma", "btts", "live", "0"),
            message(3, "BookieOmega", "btts", "live", "0"),
            message(4, "BookieDelta", "all", "live", "0"),
        ]
        handled = stage(partial(door, settings, clock), landed=landed.append).handle(messages)
        assert [one.message for one in handled.effects] == [messages[0], messages[1], messages[3]]
        assert not any(one.quotes or one.verdicts or one.outputs for one in handled.effects)
        assert handled.poison == {
            ("jobs", "3-0"): "unknown bookmaker 'BookieOmega'; "
            "allowed: BookieAlpha, BookieBeta, BookieGamma, BookieDelta; did you mean 'BookieBeta'?"
        }
        found = notes(store)
        assert sorted(found) == [
            "BookieAlpha/live/btts/-1",
            "BookieDelta/live/three_way+btts+double_chance/0",
            "BookieGamma/live/btts/0",
        ]
        assert sorted(landed, key=lambda one: one.bookmaker) == [found[name] for name in sorted(found)]
        failed = found.pop("BookieAlpha/live/btts/-1")
        assert (failed.outcomes, failed.quotes, failed.last_good) == ({"rejected": 1}, 0, None)
        assert failed.reasons == ("live: no connection: Connection refused",)
        for one in found.values():
            assert set(one.outcomes) <= {"ok", "empty"}
            assert one.quotes > 10
            assert one.stored == Upserted(unknown=one.quotes)
            assert one.last_good == one.at
        sent = store.read(_data_streams(store), 10_000, 0)
        names = Counter(json.loads(one.fields["quote"])["bookmaker"] for one in sent)
        assert names == {one.bookmaker: one.quotes for one in found.values()}

    def test_competition_ids_are_asked_for_once_within_their_time_and_prices_each_time(
        self, simulated, stage
    ):
        clock = VirtualClock(SystemClock().now())
        reading = stage(partial(door, load(simulated.config), clock), clock, cache_s=300)
        jobs = [
            message(1, "BookieGamma", "btts", "upcoming", "1"),
            message(2, "BookieBeta", "btts", "upcoming", "2D"),
        ]
        rounds = []
        for seconds in (0, 299, 2):
            clock.move_to(clock.now() + timedelta(seconds=seconds))
            before = _counters(simulated)
            assert reading.handle(jobs).poison == {}
            rounds.append(_counters(simulated) - before)
        ids = ["/gamma/sportsbook/v1", "/beta/api/pregame/getPregameData"]
        prices = ["/gamma/odi/sportsbook", "/beta/api/Pregame/MarketsTreeEventsTable"]
        asked = [[counted[path] for path in ids] for counted in rounds]
        once = asked[0]
        assert asked == [once, [0, 0], once]
        assert min(once) >= 1
        assert all(counted[path] >= 1 for counted in rounds for path in prices)

    def test_a_failure_keeps_when_the_last_good_answer_came_also_in_a_new_worker(
        self, simulated, store, stage
    ):
        settings = load(simulated.config)
        job = message(1, "BookieGamma", "btts", "live", "0")
        stage(partial(door, settings, SystemClock())).handle([job])
        (good,) = notes(store).values()
        worker = stage(partial(door, without_site(settings, "BookieGamma"), SystemClock()))
        for _ in range(2):
            worker.handle([job])
            (failed,) = notes(store).values()
            assert (failed.quotes, failed.last_good) == (0, good.at)
            assert failed.at > good.at


def _counters(simulated):
    with urllib.request.urlopen(f"{simulated.url}/_sim/counters", timeout=10) as answer:
        counted = json.load(answer)
    return Counter({path: number for paths in counted.values() for path, number in paths.items()})


def _data_streams(store):
    streams = tuple(store.data_stream(market, "live") for market in MARKETS)
    return Subscription(streams=streams, group="match", consumer="one")


# An adapter of another package, installed for a test as packages are: by an entry point.
OMEGA = """
import json
from mispriced.bookmakers.contract import Bookmaker
from mispriced.domain.model import Quote
from mispriced.exchange import Request

def start(job):
    yield Request(step="list", path="/list")

def read_list(payload, job):
    page = json.loads(payload.body)
    for body in page.get("quotes", ()):
        yield Quote(**body, kickoff=job.now, seen_at=payload.seen_at)
    yield Request(step="more", path="/more")

BOOKIEOMEGA = Bookmaker(
    name="BookieOmega", periods={"now": 0}, markets={"live": ("btts",)},
    steps={"live": ("list", "more")}, start=start,
    parsers={"list": read_list, "more": lambda payload, job: iter(())},
    cached={"list": "list_ids"},
)
"""
OFFER = {
    "bookmaker": "BookieOmega",
    "event_id": "1",
    "home": "A",
    "away": "B",
    "market": "btts",
    "prices": {"yes": 2.5},
    "source": "live",
}


@pytest.fixture
def omega(tmp_path, monkeypatch):
    (tmp_path / "bookieomega.py").write_text(OMEGA, encoding="utf-8")
    info = tmp_path / "bookieomega-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bookieomega\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[mispriced.bookmakers]\nBookieOmega = bookieomega:BOOKIEOMEGA\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    registry.cache_clear()
    assert find("bookieomega").name == "BookieOmega"
    yield
    registry.cache_clear()


@pytest.mark.parametrize(
    ("answer", "asked"), [({}, ["/list", "/more", "/more"]), ({"quotes": [OFFER]}, ["/list", "/more"] * 2)]
)
def test_an_answer_with_prices_is_never_kept(omega, stage, answer, asked):
    script = Script({"/list": answer, "/more": {}})
    reading = stage(lambda: script, VirtualClock(NOON))
    for number in (1, 2):
        reading.handle([message(number, "BookieOmega", "btts", "live", "now")])
    assert [path for _, path in script.asked] == asked


def test_a_job_that_is_read_twice_tells_the_match_worker_once(omega, store, stage):
    script = Script({"/list": {"quotes": [OFFER]}, "/more": {}})
    reading = stage(lambda: script, VirtualClock(NOON))
    stored = []
    for _ in range(2):
        reading.handle([message(1, "BookieOmega", "btts", "live", "now")])
        stored += [one.stored for one in notes(store).values()]
    assert stored == [Upserted(unknown=1), Upserted(waiting=1)]


def test_a_store_that_is_away_asks_for_another_try(omega, stage):
    script = Script({"/list": {"quotes": [OFFER]}, "/more": {}})
    with valkey() as url:
        store = RedisStore(url)
        reading = stage(lambda: script, on=store)
        job = message(1, "BookieOmega", "btts", "live", "now")
        assert len(reading.handle([job]).effects) == 1
    with pytest.raises(Retry):
        reading.handle([job, message(2, "BookieGamma", "btts", "upcoming", "0")])
    store.close()
