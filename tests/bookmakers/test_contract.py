"""What every bookmaker of the registry promises, whoever wrote it."""

import json
from datetime import timedelta

import msgspec
import pytest

from mispriced.bookmakers import bookmakers, check, find, problems, registry
from mispriced.bookmakers.contract import ANY_DAY, Skipped, read
from mispriced.bookmakers.offline import parse_file
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES, decode_quote, encode
from mispriced.exchange import Job, Payload, Request
from tests.bookmakers.sites import PAGE, SITES, Site, found
from tests.domain.quotes import NOON

JOBS = [
    Job(bookmaker=name, markets=markets, source=source, period=period, day=day, now=NOON)
    for name, bookmaker in bookmakers().items()
    for source, offered in bookmaker.markets.items()
    for markets in [offered, *((market,) for market in offered)]
    for period, day in bookmaker.periods.items()
    if source == "upcoming" or day == 0
]

every = pytest.mark.parametrize("name", bookmakers())
jobs = pytest.mark.parametrize(
    "job", JOBS, ids=lambda job: f"{job.bookmaker}-{job.source}-{job.period}-{'+'.join(job.markets)}"
)
sites = pytest.mark.parametrize("site", SITES, ids=str)


@every
def test_nothing_is_wrong_with_it(name):
    assert problems(find(name)) == []
    assert registry().broken == ()


@every
def test_its_periods_are_the_five_days(name):
    assert sorted(find(name).periods.values()) == [0, 1, 2, 3, 4]


@jobs
def test_it_starts_with_requests_whose_answers_it_can_read(job):
    bookmaker = find(job.bookmaker)
    requests = list(bookmaker.start(job))
    assert requests
    for request in requests:
        assert request.step == bookmaker.steps[job.source][0]
        assert request.step in bookmaker.parsers
        assert request.path.startswith("/")
        assert "://" not in request.path
        assert all(isinstance(value, str) for value in request.params.values())
    assert requests == list(bookmaker.start(job))


@jobs
def test_a_check_of_its_own_words_passes(job):
    check(find(job.bookmaker), job.source, job.markets, job.period)


@sites
def test_what_it_reads_is_of_the_job(site: Site) -> None:
    reading = site.read(site.answer())
    bookmaker = find(site.bookmaker)
    for one in reading.quotes:
        assert (one.bookmaker, one.source) == (site.bookmaker, site.source)
        assert one.market in bookmaker.markets[site.source]
        assert one.seen_at == NOON
        assert one.origin is not msgspec.UNSET
        assert one.origin.step == site.step
        assert decode_quote(encode(one)) == one
    for request in reading.requests:
        assert request.step in bookmaker.parsers
        assert request.step in bookmaker.steps[site.source]
        for event in request.events:
            assert (event.bookmaker, event.source) == (site.bookmaker, site.source)


@sites
@pytest.mark.parametrize("market", MARKETS)
def test_it_reads_no_market_that_was_not_asked_for(site: Site, market) -> None:
    events = tuple(one.event for one in site.quotes())
    asked = Request(step=site.step, path="/", params=PAGE, events=events)
    payload = Payload.of(asked, json.dumps(site.answer()).encode(), NOON)
    reading = read(find(site.bookmaker), payload, site.job((market,)))
    assert {one.market for one in reading.quotes} <= {market}
    assert reading.skipped == ()


@sites
def test_it_reads_the_same_answer_the_same_way_twice(site: Site) -> None:
    assert site.read(site.answer()) == site.read(site.answer())


@sites
def test_its_answers_are_read_offline_with_the_answer_before(site: Site) -> None:
    steps = find(site.bookmaker).steps[site.source]
    body = json.dumps(site.answer()).encode()
    place = steps.index(site.step)
    if place and not site.home:
        before = next(one for one in SITES if (one.bookmaker, one.step) == (site.bookmaker, steps[place - 1]))
        alone = parse_file(find(site.bookmaker), site.source, site.step, body, NOON)
        assert alone.outcome == "rejected"
        assert all("needs --after" in one.reason for one in alone.skipped)
        after = json.dumps(before.answer()).encode()
        reading = parse_file(find(site.bookmaker), site.source, site.step, body, NOON, after)
    else:
        reading = parse_file(find(site.bookmaker), site.source, site.step, body, NOON)
    assert reading.skipped == ()
    assert found(reading) == found(site.read(site.answer()))


@every
def test_a_parser_that_fails_costs_its_answer_only(name):
    def failing(payload, job):
        raise KeyError("odds")

    bookmaker = msgspec.structs.replace(find(name), parsers=dict.fromkeys(find(name).parsers, failing))
    [source, *_] = bookmaker.steps
    step = bookmaker.steps[source][0]
    reading = read(bookmaker, Payload.of(Request(step=step, path="/"), b"{}", NOON), JOBS[0])
    assert reading.outcome == "rejected"
    assert reading.skipped == (Skipped(f"{step}: the parser failed: KeyError('odds')", "{}"),)


@pytest.mark.parametrize("thing", [None, 1, "quote", {"prices": {}}])
def test_a_parser_that_yields_something_else_is_one_that_failed(thing):
    bookmaker = msgspec.structs.replace(
        find("BookieBeta"), parsers={"events": lambda payload, job: iter([thing])}
    )
    reading = read(bookmaker, Payload.of(Request(step="events", path="/"), b"{}", NOON), JOBS[0])
    assert reading.outcome == "rejected"
    assert "events: the parser failed: KeyError" in reading.skipped[0].reason


@every
def test_it_offers_sources_and_markets_that_there_are(name):
    assert set(find(name).markets) <= set(SOURCES)
    assert all(set(offered) <= set(MARKETS) for offered in find(name).markets.values())


def test_the_day_of_an_offline_reading_is_any_day():
    later = NOON + timedelta(days=300)
    site = SITES[5]
    reading = parse_file(
        find(site.bookmaker), site.source, site.step, json.dumps(site.answer()).encode(), later
    )
    assert len(reading.quotes) == 3
    assert ANY_DAY not in range(5)
