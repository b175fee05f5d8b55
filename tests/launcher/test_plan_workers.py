"""Which workers `launch XTR SOURCE` plans, what each finds in its environment, the documents' batch rule."""

import pytest
from pydantic import SecretStr

from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES
from mispriced.errors import Misconfigured, Usage
from mispriced.launcher.plan import (
    Listened,
    Reading,
    batch_rule,
    chosen,
    enough,
    listened,
    worker_name,
    workers,
)
from mispriced.launcher.runner import WorkerSpec

UPCOMING = Reading(
    source="upcoming",
    streams={market: f"XTR-{row.key}_upcoming_stream" for market, row in MARKETS.items()},
    periods={
        "BookieAlpha": ("-1", "1", "2", "3", "4"),
        "BookieBeta": ("24H", "2D", "3D", "4D", "5D"),
        "BookieGamma": ("0", "1", "2", "3", "4"),
        "BookieDelta": ("0", "1", "2", "3", "4"),
    },
)
LIVE = Reading(
    source="live",
    streams={market: f"XTR-{row.key}_live_stream" for market, row in MARKETS.items()},
    periods={"BookieAlpha": ("-1",), "BookieGamma": ("0",), "BookieDelta": ("0",)},
)
BOTH = {"upcoming": UPCOMING, "live": LIVE}


def names(xtr, source, readings=None, **options):
    planned = chosen(readings or BOTH, xtr, source)
    return [one.name for one in workers(planned, "xtr", {}, {}, **options)]


@pytest.mark.parametrize(
    ("xtr", "source", "expected"),
    [
        ("btts", "live", ["xtr-btts-live-0", "xtr-match-live", "xtr-detect-live"]),
        (
            "three_way", "upcoming",
            [
                *(f"xtr-three-way-upcoming-{day}" for day in range(5)),
                "xtr-match-upcoming", "xtr-detect-upcoming",
            ],
        ),
        (
            "double_chance", "all",
            [
                *(f"xtr-double-chance-upcoming-{day}" for day in range(5)),
                "xtr-match-upcoming", "xtr-detect-upcoming",
                "xtr-double-chance-live-0", "xtr-match-live", "xtr-detect-live",
            ],
        ),
        (
            "all", "live",
            [
                "xtr-three-way-live-0", "xtr-btts-live-0", "xtr-double-chance-live-0",
                "xtr-match-live", "xtr-detect-live",
            ],
        ),
    ],
)  # fmt: skip
def test_a_worker_a_task_stream_and_one_to_match_and_one_to_detect_a_source(xtr, source, expected):
    assert names(xtr, source) == expected


def test_all_of_all_is_a_worker_a_market_source_and_day():
    assert len(names("all", "all")) == 3 * 5 + 3 * 1 + 2 * len(SOURCES)


def test_an_extract_worker_finds_the_documents_environment():
    planned = chosen({"live": LIVE}, "btts", "live")
    secrets = {"REDIS_PASS": SecretStr("canary")}
    extract, match, detect = workers(planned, "xtr", {"REDIS_HOST": "redis"}, secrets, replicas=2)
    shared = {"REDIS_HOST": "redis", "PREFIX": "xtr", "MISPRICED_SOURCE": "live"}
    assert extract == WorkerSpec(
        name="xtr-btts-live-0",
        role="extract",
        environment={
            **shared,
            "XTRTYPE": "xtr-btts-live-0",
            "STREAM": "XTR-BTTS_live_stream-0",
            "XTR_BATCH": "3",
            "MISPRICED_SHARE": "2",
        },
        secrets=secrets,
        replicas=2,
    )
    for role, one in {"match": match, "detect": detect}.items():
        assert one == WorkerSpec(
            name=f"xtr-{role}-live",
            role=role,
            environment={**shared, "XTRTYPE": f"xtr-{role}-live"},
            secrets=secrets,
        )


@pytest.mark.parametrize(
    ("xtr", "source", "replicas", "share"),
    [("btts", "live", 1, 1), ("all", "live", 1, 3), ("all", "upcoming", 1, 15), ("btts", "upcoming", 3, 15)],
)
def test_those_that_read_a_bookmaker_share_its_limits(xtr, source, replicas, share):
    specs = workers(chosen(BOTH, xtr, source), "xtr", {}, {}, replicas)
    assert {one.environment["MISPRICED_SHARE"] for one in specs if one.role == "extract"} == {str(share)}


def test_a_page_has_a_listener_and_a_worker_a_market_source_and_period_that_share_the_sites_limits():
    few = {
        "upcoming": Reading(
            source="upcoming",
            streams={"btts": "U"},
            periods={"BookieDelta": ("0", "2"), "BookieBeta": ("24H",)},
        ),
        "live": LIVE,
    }
    planned = chosen(few, "btts", "all")
    heard = listened(planned, ["BookieDelta"])
    assert heard == (
        Listened(bookmaker="BookieDelta", market="btts", source="upcoming", period="0"),
        Listened(bookmaker="BookieDelta", market="btts", source="upcoming", period="2"),
        Listened(bookmaker="BookieDelta", market="btts", source="live", period="0"),
    )
    specs = {one.name: one for one in workers(planned, "xtr", {}, {}, listened=heard)}
    assert list(specs) == [
        "xtr-btts-upcoming-0", "xtr-btts-upcoming-2",
        "xtr-bookiedelta-btts-upcoming-0", "xtr-bookiedelta-btts-upcoming-2",
        "xtr-match-upcoming", "xtr-detect-upcoming",
        "xtr-btts-live-0", "xtr-bookiedelta-btts-live-0", "xtr-match-live", "xtr-detect-live",
        "xtr-listen-bookiedelta",
    ]  # fmt: skip
    assert specs["xtr-bookiedelta-btts-upcoming-2"] == WorkerSpec(
        name="xtr-bookiedelta-btts-upcoming-2",
        role="events",
        environment={
            "PREFIX": "xtr",
            "XTRTYPE": "xtr-bookiedelta-btts-upcoming-2",
            "MISPRICED_BOOKMAKER": "BookieDelta",
            "MISPRICED_MARKET": "btts",
            "MISPRICED_SOURCE": "upcoming",
            "MISPRICED_PERIOD": "2",
            "MISPRICED_SHARE": "4",
        },
    )
    assert specs["xtr-btts-live-0"].environment["MISPRICED_SHARE"] == "2"
    assert specs["xtr-listen-bookiedelta"] == WorkerSpec(
        name="xtr-listen-bookiedelta",
        role="listen",
        environment={
            "PREFIX": "xtr", "XTRTYPE": "xtr-listen-bookiedelta", "MISPRICED_BOOKMAKER": "BookieDelta"
        },
    )  # fmt: skip


def test_a_page_of_a_bookmaker_that_does_not_answer_by_event_id_is_refused():
    planned = chosen(BOTH, "btts", "live")
    assert listened(planned, []) == ()
    with pytest.raises(Misconfigured, match=r"bookmakers\.BookieGamma\.page: BookieGamma does not answer"):
        listened(planned, ["BookieGamma"])


def test_what_is_not_configured_is_left_out_of_all_and_an_error_by_name():
    only_live = {"upcoming": Reading(source="upcoming", streams={}, periods={}), "live": LIVE}
    assert names("btts", "all", only_live) == names("btts", "live")
    with pytest.raises(Misconfigured, match=r"extract\.upcoming has no stream"):
        chosen(only_live, "all", "upcoming")
    one_market = {"live": Reading(source="live", streams={"btts": "S"}, periods=LIVE.periods)}
    with pytest.raises(Misconfigured, match=r"extract\.live\.three_way_stream is missing"):
        chosen(one_market, "three_way", "live")
    nobody = {"live": Reading(source="live", streams=LIVE.streams, periods={})}
    with pytest.raises(Misconfigured, match="no bookmaker that is on has btts odds of live matches"):
        chosen(nobody, "btts", "live")


@pytest.mark.parametrize(
    ("xtr", "source", "message"),
    [
        (
            "bts",
            "live",
            "unknown XTR 'bts'; allowed: three_way, btts, double_chance, all; did you mean 'btts'",
        ),
        ("btts", "lives", "unknown SOURCE 'lives'; allowed: upcoming, live, all; did you mean 'live'"),
    ],
)
def test_another_word_is_refused_with_those_that_are_allowed(xtr, source, message):
    with pytest.raises(Usage, match=message):
        chosen(BOTH, xtr, source)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("XTR", "three_way", "live", 0), "xtr-three-way-live-0"),
        (("_odds_", "match", "live"), "odds--match-live"),
        (("x" * 60, "detect", "upcoming"), "x" * 34 + "-detect-upcoming"),
    ],
)
def test_a_workers_name_is_one_that_containers_and_pods_may_have(parts, name):
    assert worker_name(*parts) == name
    assert WorkerSpec(name=name, role="match", environment={}).name == name


@pytest.mark.parametrize(
    ("market", "batch", "bookmakers"),
    [
        ("three_way", 4, 4), ("three_way", 3, 3), ("three_way", 2, 2), ("three_way", 1, 1),
        ("double_chance", 4, 4), ("double_chance", 2, 2),
        ("btts", 4, 2), ("btts", 3, 2), ("btts", 2, 2), ("btts", 1, 2),
    ],
)  # fmt: skip
def test_the_documents_rule_asks_for_every_bookmaker_of_the_batch_and_two_for_btts(market, batch, bookmakers):
    assert enough(market, batch) == bookmakers


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("upcoming", {"three_way": 4, "btts": 2, "double_chance": 4}),
        ("live", {"three_way": 3, "btts": 2, "double_chance": 3}),
        ("all", {"three_way": 3, "btts": 2, "double_chance": 3}),
    ],
)
def test_of_several_task_streams_the_smallest_batch_counts(source, rule):
    streams = [one for planned in chosen(BOTH, "all", source).values() for one in planned]
    assert batch_rule(streams) == rule
