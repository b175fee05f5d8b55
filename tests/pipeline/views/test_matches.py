"""Matches and odds as rows: grouped by our id, ordered, each quote with its state at the moment."""

from datetime import timedelta

import msgspec

from mispriced.domain.freshness import FreshnessLimits
from mispriced.messages import Document, KnownEvent
from mispriced.pipeline.views.matches import MatchRow, OddsRow, match_rows, odds_rows
from tests.domain.quotes import KICKOFF, NOON, quote


def known(one, match_id, evidence=""):
    return KnownEvent(event=one.event, match_id=match_id, since=NOON, evidence=evidence)


def test_matches_come_by_kickoff_with_the_events_of_each():
    late = quote("BookieAlpha", event_id="1", kickoff=KICKOFF + timedelta(hours=1))
    first, second = quote("BookieAlpha", event_id="2"), quote("BookieBeta", event_id="3")
    evidence = msgspec.json.encode({"how": "names"}).decode()
    rows = match_rows([known(late, "m9"), known(first, "m1"), known(second, "m1", evidence)])
    assert rows == [
        MatchRow(match_id="m1", how="names", events=(first.event, second.event)),
        MatchRow(match_id="m9", how="alone", events=(late.event,)),
    ]


def test_each_quote_has_its_state_and_its_age_at_the_moment():
    old, new = quote("BookieBeta", seen_at=NOON - timedelta(seconds=601)), quote("BookieAlpha")
    document = Document(
        key="d",
        match_id="m1",
        market="three_way",
        source="upcoming",
        revision=1,
        created=NOON,
        quotes={"BookieBeta": old, "BookieAlpha": new},
        changed_at={"BookieBeta": NOON - timedelta(seconds=700), "BookieAlpha": NOON},
    )
    row = OddsRow(
        match_id="m1",
        market="three_way",
        source="upcoming",
        state="fresh",
        age_s=0.5,
        changed_at=NOON,
        quote=new,
    )
    changes = {"state": "stale", "age_s": 601.5, "changed_at": NOON - timedelta(seconds=700), "quote": old}
    moment = NOON + timedelta(seconds=0.5)
    assert odds_rows([document], moment, FreshnessLimits()) == [row, msgspec.structs.replace(row, **changes)]
