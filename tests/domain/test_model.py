import math
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.markets import MARKETS, outcomes
from mispriced.domain.model import Origin, Score, decode_quote, encode
from tests.domain.quotes import KICKOFF, NOON, quote

names = st.text(min_size=1, max_size=200).filter(lambda text: text.strip() and "\x00" not in text)


def test_quote_json_is_the_form_of_the_contract():
    made = quote(
        refs={"betradar": "61624652"},
        competition="LaLiga",
        country="Spain",
        prices={"1": 2.3, "X": 3.2, "2": 3.55},
    )
    assert encode(made) == (
        b'{"v":1,"bookmaker":"BookieAlpha","event_id":"61624652","refs":{"betradar":"61624652"},'
        b'"home":"Valencia","away":"Rayo Vallecano","competition":"LaLiga","country":"Spain",'
        b'"category":"men",'
        b'"kickoff":"2026-05-14T17:00:00Z","market":"three_way","prices":{"1":2.3,"X":3.2,"2":3.55},'
        b'"suspended":[],"source":"upcoming","seen_at":"2026-05-14T12:00:00Z"}'
    )


@given(
    home=names,
    away=names,
    market=st.sampled_from(sorted(MARKETS)),
    price=st.floats(min_value=1.001, max_value=1000),
    score=st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9)),
)
def test_a_quote_survives_its_json(home, away, market, price, score):
    if home == away:
        away += "2" if len(away) < 200 else ""
        if home == away:
            return
    more = {} if score is None else {"score": Score(*score)}
    made = quote(
        home=home,
        away=away,
        market=market,
        prices={outcomes(market)[0]: price},
        suspended=(outcomes(market)[1],),
        origin=Origin("GET /", "0" * 64, "matches", 3),
        **more,
    )
    assert decode_quote(encode(made)) == made


def test_fields_of_a_later_version_are_ignored():
    body = msgspec.json.decode(encode(quote())) | {"v": 2, "colour": "blue"}
    assert decode_quote(msgspec.json.encode(body)).home == "Valencia"


@pytest.mark.parametrize("price", [1.0, 0.0, -3.0, 1000.5, math.inf, math.nan])
def test_what_cannot_be_a_price_is_refused_with_its_value(price):
    with pytest.raises(ValueError, match=r"BookieAlpha: price of X is .*, must be greater than 1"):
        quote(prices={"1": 2.0, "X": price})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"home": " "}, "home is ' '"),
        ({"away": "x" * 201}, r"201 characters"),
        ({"home": "a\x00b"}, "no NUL"),
        ({"event_id": ""}, "event_id is ''"),
        ({"home": "Rayo Vallecano"}, "home and away are both"),
        ({"kickoff": datetime(2026, 5, 14, 17)}, "kickoff is .*must be UTC"),  # noqa: DTZ001
        ({"seen_at": NOON.astimezone(timezone(timedelta(hours=3)))}, "seen_at is .*must be UTC"),
        ({"prices": {"yes": 2.0}}, "unknown outcome of three_way 'yes'"),
        ({"suspended": ("Y",)}, "unknown outcome of three_way 'Y'"),
        ({"suspended": ("1",)}, "both priced and suspended"),
        ({"prices": {}}, "no outcome of three_way is priced or suspended"),
    ],
)
def test_a_quote_that_cannot_be_is_refused_with_the_reason(changes, reason):
    with pytest.raises(ValueError, match=reason):
        quote(**changes)


def test_a_broken_quote_is_refused_on_the_wire_too():
    body = msgspec.json.decode(encode(quote())) | {"prices": {"1": 0.5}}
    with pytest.raises(ValueError, match=r"price of 1 is 0\.5"):
        decode_quote(msgspec.json.encode(body))


def test_an_event_key_tells_live_from_upcoming():
    assert quote(source="live").event_key == "BookieAlpha/live/61624652" != quote().event_key
    assert quote().event.key == quote().event_key
    assert quote().event.kickoff == KICKOFF.astimezone(UTC)


def test_a_quote_is_seen_again_at_a_time_in_utc_only():
    again = NOON.astimezone(timezone(timedelta(hours=3)))
    with pytest.raises(ValueError, match=r"BookieAlpha: seen_at is .*must be UTC"):
        quote().seen_again(again, Origin(request="GET /", sha256="", step="live"))
