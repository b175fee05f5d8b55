"""The plan of a source: which task streams there are, who is read on each, and the jobs of a cycle."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.bookmakers import bookmakers
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES
from mispriced.errors import Misconfigured
from mispriced.exchange import Job
from mispriced.launcher.plan import Reading, TaskStream, jobs, stream_key, task_streams
from mispriced.messages import Output
from mispriced.pipeline.jobs import read_job
from tests.domain.quotes import NOON


def reading(source="upcoming", streams=("three_way", "btts"), **periods):
    return Reading(
        source=source, streams={market: f"XTR-{MARKETS[market].key}_{source}" for market in streams},
        periods=periods or {"BookieAlpha": ("-1", "1"), "BookieBeta": ("24H", "2D"), "BookieGamma": ("0",)},
    )  # fmt: skip


def stream(market="btts", day=0, source="upcoming", **periods):
    return TaskStream(
        name=f"XTR-{MARKETS[market].key}_{source}-{day}",
        market=market,
        source=source,
        day=day,
        periods=periods,
    )


def test_a_market_and_a_day_have_one_stream_with_each_bookmakers_own_word():
    assert task_streams(reading(), ("three_way", "btts")) == (
        stream("three_way", 0, BookieAlpha="-1", BookieBeta="24H", BookieGamma="0"),
        stream("three_way", 1, BookieAlpha="1", BookieBeta="2D"),
        stream("btts", 0, BookieAlpha="-1", BookieBeta="24H", BookieGamma="0"),
        stream("btts", 1, BookieAlpha="1", BookieBeta="2D"),
    )


def test_the_streams_are_in_the_order_of_days_whatever_the_order_of_the_words():
    planned = task_streams(reading(BookieBeta=("3D", "24H"), BookieAlpha=("1",)), ("btts",))
    assert planned == (
        stream(day=0, BookieBeta="24H"),
        stream(day=1, BookieAlpha="1"),
        stream(day=2, BookieBeta="3D"),
    )


def test_a_live_stream_is_of_one_market():
    live = reading("live", tuple(MARKETS), BookieAlpha=("-1",), BookieDelta=("0",))
    assert task_streams(live, live.markets) == tuple(
        stream(market, 0, "live", BookieAlpha="-1", BookieDelta="0") for market in MARKETS
    )


def test_a_bookmaker_is_planned_under_its_own_name_however_it_is_written():
    (planned,) = task_streams(reading(bookiealpha=("-1",)), ("btts",))
    assert planned == stream(BookieAlpha="-1")


def test_a_bookmaker_without_the_market_is_left_out_and_a_day_that_nobody_has_too():
    without = reading("live", ("btts",), BookieBeta=("24H",), BookieAlpha=("-1",))
    assert task_streams(without, ("btts",)) == (stream(source="live", BookieAlpha="-1"),)
    assert task_streams(reading(BookieBeta=()), ("btts",)) == ()


def test_the_markets_of_a_reading_are_those_with_a_stream_in_the_tables_order():
    assert reading(streams=("double_chance", "three_way")).markets == ("three_way", "double_chance")


def test_a_source_without_any_stream_names_the_key_that_would_give_one():
    with pytest.raises(Misconfigured) as refused:
        _ = reading("live", ()).markets
    assert str(refused.value) == "extract.live has no stream, such as extract.live.stream"


def test_a_missing_stream_names_its_key():
    with pytest.raises(Misconfigured) as refused:
        task_streams(reading(streams=("btts",)), ("btts", "three_way"))
    assert str(refused.value) == "extract.upcoming.three_way_stream is missing"
    assert stream_key(reading(), "btts", 4) == "XTR-BTTS_upcoming-4"


def test_a_tag_stands_before_every_task_stream():
    tagged = msgspec.structs.replace(reading(BookieBeta=("24H", "2D")), tag="{odds}")
    assert [one.name for one in task_streams(tagged, ("btts",))] == [
        "{odds}XTR-BTTS_upcoming-0", "{odds}XTR-BTTS_upcoming-1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "periods", "reason"),
    [
        (
            "upcoming",
            {"BookieAlfa": ("-1",)},
            (
                "extract.upcoming: unknown bookmaker 'BookieAlfa'; allowed: BookieAlpha, BookieBeta, "
                "BookieGamma, BookieDelta; did you mean 'BookieAlpha'?"
            ),
        ),
        (
            "upcoming",
            {"BookieBeta": ("24H", "-1")},
            "extract.upcoming: unknown upcoming period of BookieBeta '-1'; allowed: 24H, 2D, 3D, 4D, 5D",
        ),
        (
            "live",
            {"BookieGamma": ("0", "1")},
            "extract.live: unknown live period of BookieGamma '1'; allowed: 0",
        ),
    ],
)
def test_a_bookmaker_or_a_period_that_is_foreign_is_named_with_what_is_allowed(source, periods, reason):
    with pytest.raises(Misconfigured) as refused:
        task_streams(reading(source, **periods), ("btts",))
    assert str(refused.value) == reason


def test_a_cycle_has_one_job_a_stream_and_bookmaker():
    streams = [stream(BookieBeta="24H", BookieAlpha="-1"), stream(day=1, BookieAlpha="1")]
    fields = {
        "extractor_type": "btts",
        "data_source": "upcoming",
        "issued_at": "2026-05-14T12:00:00+00:00",
        "v": "1",
    }
    assert jobs(streams, "c7", NOON) == [
        Output(
            stream=f"XTR-BTTS_upcoming-{day}",
            fields=fields
            | {
                "bookmaker": name,
                "stream_date": word,
                "job_id": f"c7/XTR-BTTS_upcoming-{day}/{name}",
            },
        )
        for day, name, word in ((0, "BookieAlpha", "-1"), (0, "BookieBeta", "24H"), (1, "BookieAlpha", "1"))
    ]


# Any choice of the words that each bookmaker has.
PERIODS = st.fixed_dictionaries(
    {}, optional={
        name: st.lists(st.sampled_from([*bookmaker.periods]), unique=True)
        for name, bookmaker in bookmakers().items()
    },
)  # fmt: skip


@given(PERIODS, st.sampled_from(SOURCES))
def test_every_planned_job_is_read_back_as_its_streams_market_source_and_day(periods, source):
    if source == "live":
        periods = {
            name: [word for word in words if bookmakers()[name].periods[word] == 0]
            for name, words in periods.items()
        }
    planned = task_streams(msgspec.structs.replace(reading(source, tuple(MARKETS)), periods=periods), MARKETS)
    outputs = jobs(planned, "c1", NOON)
    by_name = {one.name: one for one in planned}
    asked = []
    for output in outputs:
        of = by_name[output.stream]
        job = read_job({name: str(value).encode() for name, value in output.fields.items()}, NOON)
        assert job == Job(
            bookmaker=job.bookmaker,
            markets=(of.market,),
            source=source,
            period=of.periods[job.bookmaker],
            day=of.day,
            now=NOON,
            job_id=f"c1/{of.name}/{job.bookmaker}",
        )
        asked.append((job.bookmaker, of.market, job.period))
    assert sorted(asked) == sorted(
        (name, market, word)
        for name, words in periods.items()
        for market in bookmakers()[name].markets.get(source, ())
        for word in words
    )
    assert len({output.fields["job_id"] for output in outputs}) == len(outputs)
