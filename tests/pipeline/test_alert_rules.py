"""Which changes are told of, by the rule and by what was told before."""

from __future__ import annotations

from datetime import UTC, datetime, time
from fractions import Fraction

import msgspec
import pytest

from mispriced.domain.model import Score
from mispriced.domain.terms import Tax, Terms
from mispriced.pipeline.alert_rules import Alert, Rule, Stake, Told, decide
from tests.domain.quotes import KICKOFF
from tests.pipeline.opportunities import after, surebet

RULE = Rule(cooldown_s=0)
FLAGGED = surebet(flags=("BookieAlpha is far off",))


def told_of(*alerts: Alert) -> Told:
    told = Told()
    for one in alerts:
        told.add(one)
    return told


def ask(state, one, at=0.0, rule=RULE, told=None, reason=""):
    return decide(rule, told or Told(), state, one, reason, after(at))


OPENED = ask("opened", surebet())


def test_an_opening_is_told_with_stakes_and_what_they_guarantee():
    expected = Alert(
        opportunity="sb1", state="opened", at=after(0), kind="surebet", match_id="m1", markets=("btts",),
        source="live", home="Valencia", away="Rayo Vallecano", competition="LaLiga", kickoff=KICKOFF,
        opened_at=after(0), seen_at=after(0), cost=10_000, guaranteed=500,
        stakes=(
            Stake(outcome="yes", bookmaker="BookieAlpha", price=2.1, stake=5000),
            Stake(outcome="no", bookmaker="BookieGamma", price=2.1, stake=5000),
        ),
    )  # fmt: skip
    assert expected == OPENED


def test_once_told_it_is_told_again_when_its_stakes_change_and_when_it_closes():
    other = surebet(yes=2.2)
    assert ask("changed", surebet(), 5, told=told_of(OPENED)) == ""
    changed = ask("changed", other, 5, told=told_of(OPENED))
    assert (changed.state, changed.stakes[0].price) == ("changed", 2.2)
    closed = ask("closed", other, 9, told=told_of(OPENED, changed), reason="over")
    assert (closed.state, closed.reason, closed.stakes) == ("closed", "over", ())
    assert ask("closed", other, 10, told=told_of(OPENED, changed, closed)) == ""


def test_what_was_not_told_of_does_not_close():
    assert ask("closed", surebet()) == ""


def test_what_becomes_worth_it_by_a_change_opens():
    assert ask("changed", surebet()).state == "opened"


def test_what_is_worth_it_no_more_closes():
    poor = surebet(yes=2.01, no=2.0)
    assert (ask("changed", poor, told=told_of(OPENED)).state, ask("opened", poor)) == ("closed", "")


@pytest.mark.parametrize(
    ("rule", "is_told"),
    [
        (Rule(least_profit=0.05), True),
        (Rule(least_profit=0.0501), False),
        (Rule(bookmakers=frozenset({"bookiealpha", "BOOKIEGAMMA"})), True),
        (Rule(bookmakers=frozenset({"BookieAlpha", "BookieBeta"})), False),
        (Rule(competitions=frozenset({"laliga"})), True),
        (Rule(competitions=frozenset({"Serie A"})), False),
        (Rule(kinds=frozenset()), False),
        (Rule(total=0), False),
    ],
)
def test_the_rule_says_what_is_worth_it(rule, is_told):
    assert isinstance(ask("opened", surebet(), rule=rule), Alert) is is_told


def test_a_cover_of_two_markets_that_needs_the_score_is_staked_on_what_can_still_come():
    one = surebet()
    home = msgspec.structs.replace(one.legs[1], market="three_way", outcome="1")
    across = msgspec.structs.replace(one, legs=(one.legs[0], home), score=Score(1, 0))
    told = ask("opened", across)
    assert (told.markets, told.guaranteed) == (("btts", "three_way"), 500)
    assert ask("opened", msgspec.structs.replace(across, score=Score(0, 0))) == ""


def test_profit_is_after_taxes():
    tax = Tax(since=KICKOFF.date(), on_stake=Fraction(1, 20))
    taxed = Rule(terms=lambda bookmaker, now: Terms(tax=tax))
    assert ask("opened", surebet(), rule=taxed) == ""


def test_what_is_suspicious_is_told_only_when_asked_and_withdrawn_when_it_turns_out_so():
    assert ask("opened", FLAGGED) == ""
    asked = ask("opened", FLAGGED, rule=msgspec.structs.replace(RULE, suspicious=True))
    assert (asked.state, asked.flags) == ("opened", FLAGGED.flags)
    withdrawn = ask("changed", FLAGGED, told=told_of(OPENED))
    assert (withdrawn.state, withdrawn.flags) == ("closed", FLAGGED.flags)


@pytest.mark.parametrize(
    ("hour", "is_quiet"), [(20, False), (21, True), (23, True), (3, True), (4, False), (12, False)]
)
def test_it_is_quiet_over_midnight_in_the_zone_of_the_settings(hour, is_quiet):
    rule = Rule(quiet=(time(0), time(7)), zone="Africa/Nairobi")  # three hours ahead of UTC
    assert rule.is_quiet(datetime(2026, 5, 14, hour, tzinfo=UTC)) is is_quiet
    over_midnight = Rule(quiet=(time(21), time(4)))
    assert over_midnight.is_quiet(datetime(2026, 5, 14, hour, tzinfo=UTC)) is is_quiet


def test_in_quiet_hours_only_what_was_told_closes():
    rule = msgspec.structs.replace(RULE, quiet=(time(11), time(13)))
    assert ask("opened", surebet(), rule=rule) == "quiet"
    assert ask("closed", surebet(), rule=rule, told=told_of(OPENED)).state == "closed"


def test_an_opportunity_cools_down_and_closes_in_any_case():
    rule = Rule(cooldown_s=60)
    told = told_of(OPENED)
    assert ask("changed", surebet(yes=2.2), 59, rule=rule, told=told) == "cooldown"
    assert ask("changed", surebet(yes=2.2), 60, rule=rule, told=told).state == "changed"
    closed = ask("closed", surebet(), 5, rule=rule, told=told)
    assert closed.state == "closed"
    assert ask("opened", surebet(), 10, rule=rule, told=told_of(OPENED, closed)) == "cooldown"


def test_no_more_than_so_many_an_hour_are_told():
    rule = Rule(cooldown_s=0, most_per_hour=2)
    told = told_of(*(msgspec.structs.replace(OPENED, opportunity=name) for name in ("a", "b")))
    assert ask("opened", surebet(), 3599, rule=rule, told=told) == "rate"
    assert ask("closed", surebet("a"), 3599, rule=rule, told=told).state == "closed"
    assert ask("opened", surebet(), 3601, rule=rule, told=told).state == "opened"
