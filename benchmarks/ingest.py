"""An answer with 5 % changed prices, from its bytes into the store, beside one command a round trip.

Ours: the adapter reads the rows whose bytes are not those of the answer before, as in the fleet; the store
says which quotes differ and gets only those in full. The peer reads every answer whole with the same
adapter, remembers nothing, and does to the store what ours does with redis-py's client as it comes, each
command a round trip: looks the event up, compares, moves the last sighting; for a changed
quote also the document's fields and revision, its due time, and the message to detection. What it leaves
in the store is compared with what ours leaves. A second peer reads as the first and does it as the
documents do: no comparison, every quote of every answer written, its verdict taken down and announced.

The server is the embedded one, on its unix socket, with its append-only file. Both in turn, best of
several answers each.

Usage: PYTHONPATH=src python benchmarks/ingest.py
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from mispriced.backends import embedded
from mispriced.backends.keys import Keys
from mispriced.backends.orders import about, event_digest, prices_text
from mispriced.backends.redis import RedisStore
from mispriced.bookmakers import find
from mispriced.bookmakers.contract import Read, read
from mispriced.bookmakers.remembered import Remembered
from mispriced.domain.markets import MARKETS, outcomes
from mispriced.domain.model import Quote, encode
from mispriced.exchange import Job, Payload, Request
from mispriced.messages import Assignment, Subscription
from mispriced.simulator.wire import alpha

EVENTS = 200
CHANGED = 0.05
ANSWERS = 8
SEED = 20260514
AIM = 80.0
NOW = datetime(2026, 5, 14, 12, tzinfo=UTC)
BOOKMAKER = find("BookieAlpha")
JOB = Job(bookmaker=BOOKMAKER.name, markets=tuple(MARKETS), source="upcoming", period="1", day=1, now=NOW)
REQUEST = Request(step="matches", path="/v1/uo/matches", params={"page": "1", "limit": "1000"})

Put = Callable[[Sequence[Quote], datetime], object]


def run() -> dict[str, Any]:
    """Return the figures: microseconds a quote of ours and of the peers, and how many times ours is."""
    answers = _answers()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="mispriced-bench-")))
        server = opened.enter_context(embedded.start(folder / "data", runtime_dir=folder))
        url = f"unix://{server.socket_path}"
        stores = {name: _store(url, name, answers[0]) for name in ("ours", "peer")}
        puts: dict[str, Put] = {
            "mispriced": stores["ours"].upsert,
            "one command a round trip": _Peer(url, "peer").upsert,
            "as the documents, no comparison": _Documents(url).upsert,
        }
        best = dict.fromkeys(puts, float("inf"))
        remembered = Remembered().read
        for place, body in enumerate(answers):
            now = NOW + timedelta(seconds=place)
            for name, put in puts.items():
                reader = remembered if name == "mispriced" else read
                started = time.perf_counter()
                put(_read(body, now, reader), now)
                took = (time.perf_counter() - started) / (EVENTS * len(MARKETS)) * 1e6
                if place:  # all of the first is new
                    best[name] = min(best[name], took)
        held = [
            [(one.quotes, one.changed_at) for one in stores[name].documents()] for name in ("ours", "peer")
        ]
        assert held[0] == held[1], "the peer does not do the same"
    ours, peer, *_ = best.values()
    rows = [{"what": name, "figure": round(took, 2), "unit": "us a quote"} for name, took in best.items()]
    for what, reader in (("ours", Remembered().read), ("the peers'", read)):
        took = min([_timed(body, reader) for body in answers + answers[-2::-1]][1:])
        rows.append({"what": f"of it: {what} reading", "figure": round(took, 2), "unit": "us a quote"})
    return {
        "name": f"answer into the store, {CHANGED:.0%} changed / one command a round trip",
        "rows": rows,
        "ratio": round(peer / ours, 1),
        "aim": AIM,
        "better": "higher",
    }


def _timed(body: bytes, reader: Read) -> float:
    started = time.perf_counter()
    _read(body, NOW, reader)
    return (time.perf_counter() - started) / (EVENTS * len(MARKETS)) * 1e6


def _answers() -> list[bytes]:
    chance = random.Random(SEED)
    markets = [(number, market) for number in range(EVENTS) for market in MARKETS]
    prices = {one: _prices(chance, one[1]) for one in markets}
    bodies = []
    for _ in range(ANSWERS):
        for one in chance.sample(markets, round(CHANGED * len(markets))):
            prices[one] = _prices(chance, one[1])
        quotes = [
            Quote(
                bookmaker=BOOKMAKER.name,
                event_id=str(61_000_000 + number),
                refs={"betradar": str(61_000_000 + number)},
                home=f"Sporting {number}",
                away=f"Athletic {number}",
                competition=f"Division {number % 20}",
                country="Spain",
                kickoff=NOW + timedelta(hours=5),
                market=market,
                prices=prices[number, market],
                source="upcoming",
                seen_at=NOW,
            )
            for number, market in markets
        ]
        bodies.append(msgspec.json.encode(alpha.alpha_matches(quotes, limit=1000)))
    return bodies


def _prices(chance: random.Random, market: Any) -> dict[str, float]:
    return {outcome: round(chance.uniform(1.2, 6.0), 2) for outcome in outcomes(market)}


def _read(body: bytes, now: datetime, reader: Read = read) -> tuple[Quote, ...]:
    quotes = reader(BOOKMAKER, Payload.of(REQUEST, body, now), JOB).quotes
    assert len(quotes) == EVENTS * len(MARKETS)
    return quotes


def _store(url: str, name: str, body: bytes) -> RedisStore:
    store = RedisStore(url, Keys(prefix=name))
    events = {quote.event_key: quote.event for quote in _read(body, NOW)}
    subscription = Subscription(streams=("none",), group="bench", consumer="one")
    given = [Assignment(event=event, match_id=f"m{event.event_id}") for event in events.values()]
    store.commit(subscription, (), NOW, given)
    return store


class _Peer:
    """Does to the store what the scripts do, a command a round trip."""

    def __init__(self, url: str, prefix: str) -> None:
        import redis

        self._client: Any = redis.Redis.from_url(url, decode_responses=True)
        self._keys = Keys(prefix=prefix)

    def upsert(self, quotes: Sequence[Quote], now: datetime) -> None:
        for quote in quotes:
            self._put(quote, int(now.timestamp() * 1e6))

    def _put(self, quote: Quote, now: int) -> None:
        client, keys = self._client, self._keys
        match_id, _, digest = client.hget(keys.own("index"), quote.event_key).partition(" ")
        sightings = keys.sightings(quote.market, quote.source)
        sighting = client.hget(sightings, quote.event_key) or ""
        seen = int(quote.seen_at.timestamp() * 1e6)
        assert digest == event_digest(quote)
        text = f"{prices_text(quote)} {digest}"
        if sighting[17:] != text:
            document = keys.document(quote.market, quote.source, match_id)
            client.hget(document, f"event.{quote.bookmaker}")
            if not client.exists(document):
                born = {"match_id": match_id, "market": quote.market, "source": quote.source, "created": now}
                client.hset(document, mapping=born)
            client.hset(
                document,
                mapping={
                    **about(quote),
                    "revision": client.incr(keys.own("revision")),
                    "arbitrage": 0,
                    "bookie_updated": now,
                    f"match_team_objects.{quote.bookmaker}": encode(quote),
                    f"event.{quote.bookmaker}": quote.event_key,
                    f"changed_at.{quote.bookmaker}": seen,
                },
            )
            client.zadd(keys.own("due:documents"), {document: now + 600_000_000}, nx=True)
            client.hgetall(document)  # who else has it: one bookmaker is not enough to be announced
        client.hset(sightings, quote.event_key, f"{seen:016d} {text}")


class _Documents:
    """Does what the documents do: MERGE of the quote, of the verdict and of the time, XADD."""

    def __init__(self, url: str) -> None:
        import redis

        self._client: Any = redis.Redis.from_url(url)

    def upsert(self, quotes: Sequence[Quote], now: datetime) -> None:
        for quote in quotes:
            document = f"documents:{quote.market}:{quote.event_id}"
            self._client.hset(document, f"match_team_objects.{quote.bookmaker}", encode(quote))
            self._client.hset(document, "arbitrage", 0)
            self._client.hset(document, "bookie_updated", now.isoformat())
            self._client.xadd("documents", {"data_key": document})


def main() -> None:
    """Print the figures."""
    figure = run()
    print(f"{figure['name']}: {figure['ratio']} x (aim {figure['aim']})")
    for row in figure["rows"]:
        print(f"  {row['what']:42} {row['figure']:10} {row['unit']}")


if __name__ == "__main__":
    main()
