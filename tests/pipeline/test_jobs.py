"""A job as a message: what is written is read back, and what is no job says why."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.bookmakers import bookmakers
from mispriced.domain.model import SOURCES
from mispriced.errors import Skip
from mispriced.exchange import Job
from mispriced.pipeline.jobs import ALL, job_fields, read_job
from tests.domain.quotes import NOON

# Every order that a bookmaker takes: (bookmaker, extractor type, source, period).
ORDERS = [
    (name, extractor_type, source, period)
    for name, bookmaker in bookmakers().items()
    for source in SOURCES
    for extractor_type in (*bookmaker.markets.get(source, ()), *([ALL] * (source in bookmaker.markets)))
    for period, day in bookmaker.periods.items()
    if source == "upcoming" or day == 0
]
WORDS = ["BookieAlpha", "three_way", "live", "upcoming", "-1", "24H", "", "all", "Ω", "../x"]
VALUES = st.one_of(st.sampled_from([word.encode() for word in WORDS]), st.binary(max_size=300))


def message(**changes):
    """Return the fields of a sound job with some of them changed; None takes one away."""
    sound = {
        "bookmaker": b"BookieAlpha",
        "extractor_type": b"btts",
        "data_source": b"upcoming",
        "stream_date": b"-1",
        "job_id": b"c1/1",
        "issued_at": NOON.isoformat().encode(),
        "v": b"1",
    }
    return {name: value for name, value in (sound | changes).items() if value is not None}


def refusal(fields):
    with pytest.raises(Skip) as refused:
        read_job(fields, NOON)
    return str(refused.value)


@given(st.sampled_from(ORDERS), st.text(max_size=40), st.data())
def test_what_is_written_is_read_back_whatever_the_case_of_the_name(order, job_id, data):
    name, extractor_type, source, period = order
    spelt = "".join(data.draw(st.sampled_from([letter.lower(), letter.upper()])) for letter in name)
    fields = job_fields(spelt, extractor_type, source, period, job_id, NOON)
    assert list(fields) == [
        "bookmaker", "extractor_type", "data_source", "stream_date", "job_id", "issued_at", "v",
    ]  # fmt: skip
    bookmaker = bookmakers()[name]
    assert read_job({key: value.encode() for key, value in fields.items()}, NOON) == Job(
        bookmaker=name,
        markets=bookmaker.markets[source] if extractor_type == ALL else (extractor_type,),
        source=source,
        period=period,
        day=bookmaker.periods[period],
        now=NOON,
        job_id=job_id,
    )


@given(st.dictionaries(st.sampled_from([*message()]), VALUES), VALUES)
def test_whatever_comes_is_a_job_of_a_known_bookmaker_or_skipped_on_one_line(changes, job_id):
    fields = message(**changes) | {"job_id": job_id}
    reason = ""
    try:
        job = read_job(fields, NOON)
    except Skip as refused:
        reason = str(refused)
    else:
        bookmaker = bookmakers()[job.bookmaker]
        assert set(job.markets) <= set(bookmaker.markets[job.source])
        assert job.day == bookmaker.periods[job.period]
    assert reason.isprintable()
    assert len(reason) < 2000


def test_the_documents_four_fields_are_enough():
    fields = message(job_id=None, issued_at=None, v=None, bookmaker=b"bookiedelta", stream_date=b"2")
    assert read_job(fields, NOON) == Job(
        bookmaker="BookieDelta", markets=("btts",), source="upcoming", period="2", day=2, now=NOON
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"bookmaker": b"BookieAlfa"},
            (
                "unknown bookmaker 'BookieAlfa'; allowed: BookieAlpha, BookieBeta, BookieGamma, BookieDelta; "
                "did you mean 'BookieAlpha'?"
            ),
        ),
        (
            {"extractor_type": b"three_ways"},
            (
                "unknown extractor_type 'three_ways'; allowed: three_way, btts, double_chance, all; "
                "did you mean 'three_way'?"
            ),
        ),
        (
            {"extractor_type": b"BTTS"},
            (
                "unknown extractor_type 'BTTS'; allowed: three_way, btts, double_chance, all; "
                "did you mean 'btts'?"
            ),
        ),
        (
            {"data_source": b"lives"},
            "unknown data_source 'lives'; allowed: upcoming, live; did you mean 'live'?",
        ),
        ({"data_source": b""}, "unknown data_source ''; allowed: upcoming, live"),
        (
            {"stream_date": b"24h", "bookmaker": b"BookieBeta"},
            "unknown upcoming period of BookieBeta '24h'; allowed: 24H, 2D, 3D, 4D, 5D; did you mean '24H'?",
        ),
        (
            {"stream_date": b"24H"},
            "unknown upcoming period of BookieAlpha '24H'; allowed: -1, 1, 2, 3, 4",
        ),
        (
            {"data_source": b"live", "stream_date": b"1"},
            "unknown live period of BookieAlpha '1'; allowed: -1; did you mean '-1'?",
        ),
        (
            {"data_source": b"live", "bookmaker": b"BookieBeta", "stream_date": b"24H"},
            "unknown source of BookieBeta 'live'; allowed: upcoming",
        ),
        ({"bookmaker": b"Bookie\xffAlpha"}, "field bookmaker is not UTF-8"),
        (
            {"extractor_type": b"x" * 10_000},
            "field extractor_type has 10000 bytes, at most 200 are allowed",
        ),
        (
            {"stream_date": None, "job_id": None, "issued_at": None, "v": None},
            "field stream_date is missing; the message has: bookmaker, data_source, extractor_type",
        ),
        (
            {"bookmaker": b"a\nb\x1b[31m"},
            "unknown bookmaker 'a\\nb\\x1b[31m'; allowed: BookieAlpha, BookieBeta, BookieGamma, BookieDelta",
        ),
    ],
)
def test_what_is_no_job_names_the_value_what_is_allowed_and_the_nearest(changes, reason):
    assert refusal(message(**changes)) == reason


def test_an_empty_message_says_so():
    assert refusal({}) == "field bookmaker is missing; the message has: nothing"


@pytest.mark.parametrize("name", ["os", "../x", "builtins", "mispriced.bookmakers.new", "this", "os:system"])
def test_a_foreign_bookmaker_is_refused_and_nothing_is_imported(name):
    before = set(sys.modules)
    assert refusal(message(bookmaker=name.encode())).startswith(f"unknown bookmaker {name!r}; allowed: ")
    assert set(sys.modules) == before


def test_an_overlong_job_id_is_cut_and_not_refused():
    assert read_job(message(job_id=b"\xff" + b"i" * 10_000), NOON).job_id == "�" + "i" * 199
