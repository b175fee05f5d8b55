"""Confirm, then publish, with all roles and the simulator's sites: prices that stay, and one that changes."""

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import msgspec
import pytest

from mispriced.cli.clock import VirtualClock
from mispriced.cli.stores import open_store, own_server
from mispriced.cli.system import System
from mispriced.domain.model import Quote, Score
from mispriced.messages import Opportunity
from mispriced.settings import load
from mispriced.simulator.configuration import config_toml
from mispriced.simulator.scenario import Offer
from mispriced.simulator.server import serve

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WAIT_S = 20.0
MARKET: Final = "btts"
STAYS, CHANGES = ("61000001", "Valencia", "Getafe"), ("61000002", "Everton", "Fulham")
HOURS = timedelta(hours=1)


class Scripted:
    """Two live matches with a surebet each; one of its prices falls two seconds after noon."""

    def offers(self, bookmaker, source, now):
        if source != "live" or bookmaker not in ("BookieAlpha", "BookieGamma"):
            return ()
        return [Offer(self.quote(bookmaker, match, now), match[0]) for match in (STAYS, CHANGES)]

    def quote(self, bookmaker, match, now):
        prices = {"BookieAlpha": {"yes": 1.92, "no": 1.93}, "BookieGamma": {"yes": 1.75, "no": 2.15}}[
            bookmaker
        ]
        if match is CHANGES and bookmaker == "BookieGamma" and now >= NOON + timedelta(seconds=2):
            prices = {"yes": 1.75, "no": 1.95}
        number, home, away = match
        return Quote(
            bookmaker=bookmaker, event_id=number, refs={"betradar": number}, home=home, away=away,
            competition="Friendlies", country="World", kickoff=NOON - HOURS, market=MARKET, prices=prices,
            source="live", seen_at=now, score=Score(0, 0),
        )  # fmt: skip

    def changes(self, source, start, end):
        return ()

    def summary(self, now):
        return {}


class Site:
    """The simulator in a thread of its own; its clock is the test's."""

    def __init__(self, clock):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.simulator = self._run(serve(Scripted(), clock.now))

    def close(self):
        self._run(self.simulator.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)


@pytest.fixture
def clock():
    return VirtualClock(NOON)


@pytest.fixture
def running(clock, tmp_path):
    site = Site(clock)
    config = tmp_path / "confirm.toml"
    sites = (("BookieAlpha", "live"), ("BookieGamma", "live"))
    text = config_toml(site.simulator.url, sites, [MARKET])
    config.write_text(text + '\n[detection]\nconfirm = "reread"\n')
    try:
        with own_server() as address:
            settings = load(config)
            with System(settings, clock, partial(open_store, address, settings)) as system:
                yield system
    finally:
        site.close()


def told(system):
    found = []
    stream = system.store.opportunity_stream()
    for one in system.store.follow({stream: "0-0"}, 100):
        body = msgspec.json.decode(one.fields["body"], type=Opportunity)
        found.append((body.home, one.fields["state"].decode(), one.fields["reason"].decode()))
    return sorted(found)


def until(is_so):
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_price_that_stays_is_told_and_the_one_that_changes_never_is(running, clock):
    running.publish("live")
    until(lambda: len(running.store.pending()) == 2)
    assert (running.store.opportunities(), told(running)) == ([], [])
    clock.move_to(NOON + timedelta(seconds=2))
    until(lambda: len(told(running)) == 1)
    clock.move_to(NOON + timedelta(seconds=4))
    until(lambda: len(told(running)) == 2)
    assert told(running) == [
        ("Everton", "closed", "not confirmed: best book sum of yes no is 1.0337, below 1 is a surebet"),
        ("Valencia", "opened", ""),
    ]
    (found,) = running.store.opportunities()
    assert [leg.quote.seen_at for leg in found.legs] == [NOON + timedelta(seconds=2)] * 2
    assert running.store.pending() == []
    asked = [one for one in running.store.backlog() if one.group == "extract"]
    assert all(one.unread == one.pending == 0 for one in asked)
