"""Pauses of sites: what one worker is told to wait, no worker asks."""

import asyncio
from datetime import timedelta

from mispriced.cli.clock import VirtualClock
from mispriced.errors import Retry
from mispriced.exchange import Payload, Refusal, Request
from mispriced.pipeline.pauses import SharedDoor, pauses
from tests.domain.quotes import NOON

REQUEST = Request(step="list", path="/matches")
SITE = "BookieAlpha/live"


class Site:
    """Answers as told, and counts."""

    def __init__(self, after_s: float | None):
        self.after_s = after_s
        self.asked = 0

    async def fetch(self, site: str, request: Request) -> Payload | Refusal:
        self.asked += 1
        if self.after_s is None:
            return Payload.of(request, b"{}", NOON)
        return Refusal(request=request, outcome="blocked", reason="429", after_s=self.after_s)


class Away:
    """A store whose server is away."""

    def notes(self, prefix):
        raise Retry("nobody there")

    def note(self, name, value, until=None):
        raise Retry("nobody there")


def fetch(door):
    return asyncio.run(door.fetch(SITE, REQUEST))


def test_a_pause_is_kept_by_every_worker_until_it_is_over(store):
    clock = VirtualClock(NOON)
    told, other = Site(30.0), Site(None)
    assert fetch(SharedDoor(told, store, clock)).reason == "429"
    assert pauses(store, clock.now()) == {SITE: clock.now() + timedelta(seconds=30)}
    door = SharedDoor(other, store, clock)
    refused = fetch(door)
    assert (refused.outcome, refused.after_s, other.asked) == ("retry_later", 30.0, 0)
    clock.move_to(NOON + timedelta(seconds=31))
    assert pauses(store, clock.now()) == {}
    assert isinstance(fetch(door), Payload)


def test_the_pause_of_one_site_is_not_anothers(store):
    clock = VirtualClock(NOON)
    fetch(SharedDoor(Site(30.0), store, clock))
    other = Site(None)
    assert isinstance(
        asyncio.run(SharedDoor(other, store, clock).fetch("BookieGamma/live", REQUEST)), Payload
    )


def test_a_moment_is_no_pause(store):
    clock = VirtualClock(NOON)
    fetch(SharedDoor(Site(0.2), store, clock))
    assert pauses(store, clock.now()) == {}


def test_without_the_server_the_site_is_asked_all_the_same():
    clock = VirtualClock(NOON)
    assert isinstance(fetch(SharedDoor(Site(None), Away(), clock)), Payload)
    assert fetch(SharedDoor(Site(30.0), Away(), clock)).reason == "429"
