"""Documents for tests of detection: live quotes of one match, and what they prove."""

from datetime import timedelta

from mispriced.domain.model import Quote, Score
from mispriced.messages import Document
from mispriced.pipeline.compare import DetectRules, compared
from mispriced.pipeline.judge import judge
from tests.domain.quotes import NOON, quote

RULES = DetectRules(detect_flagged=True)  # so that a test may have any price


def offer(bookmaker, yes=None, no=None, seen_s=0.0, suspended=(), score=None, **changes):
    """Return a live quote of both teams to score, seen so many seconds after noon."""
    prices = {outcome: price for outcome, price in (("yes", yes), ("no", no)) if price}
    return live(bookmaker, prices, "btts", seen_s, score, suspended=suspended, **changes)


def live(bookmaker, prices, market="three_way", seen_s=0.0, score=None, **changes):
    """Return a live quote, seen so many seconds after noon at a score such as (1, 0)."""
    given = {"score": Score(*score)} if score else {}
    return quote(bookmaker, prices, market=market, source="live", seen_at=after(seen_s), **given, **changes)


def document(*quotes, opportunities=(), key=None, match_id="m1", **changes):
    """Return the document of quotes of one market."""
    first = quotes[0]
    given = {
        "key": key or f"d {first.market}",
        "match_id": match_id,
        "market": first.market,
        "source": first.source,
        "revision": 7,
        "quotes": {one.bookmaker: one for one in quotes},
        "changed_at": {one.bookmaker: one.seen_at for one in quotes},
        "created": NOON,
        "opportunities": opportunities,
    }
    return Document(**(given | changes))


def documents_of(*quotes, **changes):
    """Return the documents of one match's quotes, one a market."""
    markets: dict[str, list[Quote]] = {}
    for one in quotes:
        markets.setdefault(one.market, []).append(one)
    return [document(*found, **changes) for found in markets.values()]


def judged(documents, now=NOON, rules=RULES, state=None):
    """Return the verdict on the documents of one match."""
    return judge(documents, compared(documents, now, rules, state), now)


def after(seconds):
    return NOON + timedelta(seconds=seconds)
