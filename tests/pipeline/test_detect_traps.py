"""Surebets among traps: exchanged sides, reserves, namesakes, old prices, goals, tax; over many seeds.

The worlds run in this process under a virtual clock, without the sites' sockets: two minutes of 24 live
readings and two upcoming ones take some seconds a seed. What the sites' own shapes do to prices is
tests/cli/test_up.py.
"""

import math
import os
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from mispriced.backends.keys import Keys
from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import VirtualClock
from mispriced.cli.opened import Opened
from mispriced.cli.truth import compare, read_truth
from mispriced.domain.covers import reachable
from mispriced.domain.markets import MARKETS
from mispriced.domain.terms import KENYA, Terms
from mispriced.messages import Subscription
from mispriced.pipeline.compare import DetectRules
from mispriced.pipeline.detect import Detect, standing
from mispriced.pipeline.match import Match
from mispriced.pipeline.views.stakes import Asked, legs_of, staked
from mispriced.simulator.scenario import BOOKMAKERS, Offer
from mispriced.simulator.truth import surebets
from tests.simulator.traps import Trapped

ASKED = os.environ.get("MISPRICED_TEST_TRAP_SEEDS", "1")  # how many, 50 is the whole test; or as printed
RULES = DetectRules()
LIVE_EVERY = timedelta(seconds=5)
UPCOMING_EVERY = timedelta(seconds=60)
LASTS = timedelta(seconds=120)
TAX = KENYA[-1]
PAID = {outcome: paid for market in MARKETS.values() for outcome, paid in market.paid.items()}


class World:
    """A store, a match and a detect stage for each source, and a clock that is moved by hand."""

    def __init__(self, server, seed, start):
        self.scenario = Trapped(seed, start)
        self.clock = VirtualClock(start)
        self.store = RedisStore(server, Keys(prefix=f"seed{seed}"))
        self.opened = Opened(self.store)
        self.match = Match(self.store, self.clock)
        self.detect = {source: Detect(self.store, self.clock, RULES) for source in BOOKMAKERS}

    def read(self, source):
        """Take in what every bookmaker of a source serves now, match it and judge it."""
        now = self.clock.now()
        for bookmaker in BOOKMAKERS[source]:
            offers = self.scenario.offers(bookmaker, source, now)
            self.store.upsert([one.quote for one in offers if one.quote.category != "virtual"], now)
        self._work("match", [self.store.data_stream(market, source) for market in MARKETS], self.match)
        streams = [self.store.matched_stream(market, source) for market in MARKETS]
        self._work("detect", streams, self.detect[source])
        self.detect[source].tick(now)

    def _work(self, group, streams, stage):
        subscription = Subscription(streams=tuple(streams), group=group, consumer="one")
        while messages := self.store.read(subscription, 3000, 0):
            handled = stage.handle(messages)
            assert handled.poison == {}
            self.store.commit(
                subscription, handled.effects, self.clock.now(), handled.assignments, handled.version
            )


class Untold:
    """A scenario believed: a trap is taken for the match that it is set on."""

    def __init__(self, scenario):
        self._scenario = scenario

    def offers(self, bookmaker, source, now):
        found = self._scenario.offers(bookmaker, source, now)
        return [Offer(one.quote, one.fixture.partition("#")[0]) for one in found]

    def changes(self, source, start, end):
        return self._scenario.changes(source, start, end)


def drawn(asked):
    """Return so many seeds and starts at any hour of a year, or those that are named."""
    if "@" in asked:
        named = (one.split("@") for one in asked.split())
        return [(int(seed), datetime.fromisoformat(f"2026-{start}+00:00")) for seed, start in named]
    chance = random.Random(time.time_ns())
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        (chance.randrange(10**6), begin + timedelta(seconds=chance.randrange(365 * 86_400)))
        for _ in range(int(asked))
    ]


WORLDS = drawn(ASKED)


def lost_to_tax(opportunities, taxed):
    """Check the stakes on surebets when one bookmaker's bets are taxed; return how many are none then.

    What each result leaves is reckoned here from the stakes alone: tax on every deposit and withdrawal.
    """
    lost = 0
    for one in opportunities:
        row = staked(
            legs_of(one.legs),
            one.score or None,
            Asked(total="1000"),
            lambda name, _: Terms(tax=TAX if name == taxed else None),
            TAX.since,
        )
        cost = 0
        paid: Counter[str] = Counter()
        for bet in row.bets:
            stake = round(float(bet.stake) * 100)
            kept = 0.95 if bet.bookmaker == taxed else 1.0
            cost += math.ceil(stake / kept - 1e-6)
            payout = math.floor(math.floor(stake * bet.price + 1e-6) * kept + 1e-6)
            paid.update({f"{winner} {both}": payout for winner, both in PAID[bet.outcome]})
        least = min(paid[f"{winner} {both}"] for winner, both in reachable(one.score or None)) - cost
        assert (round(float(row.guaranteed) * 100), row.is_surebet) == (least, least > 0), (one, taxed)
        lost += least <= 0
    return lost


@pytest.mark.slow
@pytest.mark.timeout(60 + 30 * len(WORLDS))
def test_among_traps_what_is_planted_is_found_and_nothing_else(server, capsys):
    with capsys.disabled():
        told = " ".join(f"{seed}@{start:%m-%dT%H:%M:%S}" for seed, start in WORLDS)
        sys.stdout.write(f"\nseeds of the traps: {told}\n")
    bait: Counter[str] = Counter()
    planted = untaxed = lost = 0
    for seed, start in WORLDS:
        world = World(server, seed, start)
        while world.clock.now() < start + LASTS:
            if (world.clock.now() - start) % UPCOMING_EVERY == timedelta(0):
                world.read("upcoming")
            world.read("live")
            world.clock.move_to(world.clock.now() + LIVE_EVERY)
        end = start + LASTS
        stand = standing(world.store, end, RULES)
        taxed = random.Random(seed).choice(BOOKMAKERS["upcoming"])
        untaxed += len(stand)
        lost += lost_to_tax(stand, taxed)
        found = [*world.opened.read(end), *stand]
        truth = read_truth(msgspec.json.encode(surebets(world.scenario, start, end)))
        result = compare(found, truth, start, end)
        assert (result.missed, result.false) == ((), ()), (seed, start)
        assert result.planted >= 20, (seed, start)
        planted += result.planted
        real = {(one.fixture, one.cover) for one in truth}
        believed = surebets(Untold(world.scenario), end, end)
        bait.update(one.source for one in believed if (one.fixture, one.cover) not in real)
        world.store.close()
    with capsys.disabled():
        sys.stdout.write(f"{planted} planted and found; {dict(bait)} where the traps are believed; ")
        sys.stdout.write(f"of {untaxed} that stand at the end {lost} are none after one bookmaker's tax\n")
    assert 0 < lost < untaxed
    assert min(bait["live"], bait["upcoming"]) > len(WORLDS)
