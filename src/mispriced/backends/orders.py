"""What the scripts are asked to do: one MessagePack argument, and the texts that it points to by number.

The server's MessagePack has no binary type and texts are long, so quotes, opportunities and fields
stand behind the order as arguments of their own. Not here: what a script does with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import UNSET

from mispriced.backends.moments import microseconds
from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.markets import Market, outcomes
from mispriced.domain.model import Event, Quote, Source, encode
from mispriced.domain.plausibility import flagged_by
from mispriced.messages import Assignment, Effects, Opportunity, Output, Verdict

CHUNK: Final = 200  # quotes, messages or assignments of a script; 600 hold the server for 1.4-1.9 ms
FIRST_TEXT: Final = 2  # ARGV[1] is the order
DIGEST_BYTES: Final = 8

Order: TypeAlias = dict[str, Any]


class Texts:
    """The arguments behind an order, numbered as the script counts them."""

    def __init__(self) -> None:
        self.arguments: list[str | bytes] = []

    def add(self, *texts: str | bytes) -> int:
        """Return the number of the first of these texts."""
        first = FIRST_TEXT + len(self.arguments)
        self.arguments.extend(texts)
        return first


def packed(order: object) -> bytes:
    """Return the order as the script unpacks it."""
    return _MSGPACK.encode(order)


def grouped(quotes: Iterable[Quote]) -> Iterator[list[Quote]]:
    """Yield the quotes of one market, source, bookmaker and moment, at most `CHUNK` at a time."""
    groups: dict[tuple[Market, Source, str, datetime], list[Quote]] = {}
    for quote in quotes:
        groups.setdefault((quote.market, quote.source, quote.bookmaker, quote.seen_at), []).append(quote)
    for found in groups.values():
        for first in range(0, len(found), CHUNK):
            yield found[first : first + CHUNK]


def offer(quotes: Sequence[Quote], limits: FreshnessLimits | None = None) -> Order:
    """Return a group as a batch without the quotes' JSON, enough where nothing changed."""
    first = quotes[0]
    counts = limits and limits.of(first.bookmaker, first.source, first.market)
    return {
        **({"counts": round(counts.total_seconds() * 1e6)} if counts else {}),
        "market": first.market,
        "source": first.source,
        "bookmaker": first.bookmaker,
        "seen": f"{microseconds(first.seen_at):016d}",
        "events": [quote.event_key for quote in quotes],
        "prints": [print_of(quote) for quote in quotes],
        "full": {},
    }


def in_full(batch: Order, quotes: Sequence[Quote], texts: Texts) -> Order:
    """Add to a batch of these quotes what is needed to write them."""
    batch["full"] = {
        place: {"json": texts.add(encode(quote)), **about(quote)}
        for place, quote in enumerate(quotes, start=1)
    }
    return batch


def chosen(batch: Order, places: Sequence[int]) -> Order:
    """Return the batch of these places alone, counted from 1."""
    columns = {name: [batch[name][place - 1] for place in places] for name in ("events", "prints")}
    return {**batch, **columns, "full": {}}


def about(event: Event | Quote) -> Order:
    """Return what a document says of its match."""
    return {
        "teams": f"{event.home} - {event.away}",
        "match_date": event.kickoff.date().isoformat(),
        "start_time": event.kickoff.isoformat(),
        "kickoff": microseconds(event.kickoff),
    }


def print_of(quote: Quote) -> str:
    """Return `prices digest`, worked out once for a quote and all its `Quote.seen_again`."""
    derived = quote.__dict__
    text: str | None = derived.get("print")
    if text is None:
        text = derived["print"] = f"{prices_text(quote)} {event_digest(quote)}"
    return text


def prices_text(quote: Quote) -> str:
    """Return a text that differs when prices, suspended outcomes or the score do; it has no space.

    The score stands behind an `@`, nothing where there is none.
    """
    prices = [quote.prices.get(outcome) for outcome in outcomes(quote.market)]
    score = "" if quote.score is UNSET else str(quote.score)
    return f"{_JSON.encode((prices, sorted(quote.suspended))).decode()}@{score}"


def event_digest(event: Event | Quote) -> str:
    """Return a text that differs when what the matcher goes by does: names, kick-off, competition, ids."""
    told = (
        event.home, event.away, event.competition, event.category, event.kickoff, sorted(event.refs.items()),
    )  # fmt: skip
    return hashlib.blake2b(_JSON.encode(told), digest_size=DIGEST_BYTES).hexdigest()


def assignment_order(assignment: Assignment, texts: Texts) -> Order:
    """Return one assignment; the record's JSON lacks its beginning, which the script knows."""
    event = assignment.event
    if not assignment.match_id or " " in assignment.match_id:
        raise ValueError(f"match id is {assignment.match_id!r}, must be one word")
    record = b'"evidence":%b,"event":%b}' % (_JSON.encode(assignment.evidence), encode(event))
    return {
        "event": event.key,
        "bookmaker": event.bookmaker,
        "source": event.source,
        "match_id": assignment.match_id,
        "digest": event_digest(event),
        "json": texts.add(record),
        "about": about(event),
    }


def message_order(effects: Effects, texts: Texts) -> Order:
    """Return one message with what its acknowledgement brings."""
    order: Order = {"stream": effects.message.stream, "id": effects.message.id}
    if effects.quotes:
        order["quotes"] = [in_full(offer(quotes), quotes, texts) for quotes in grouped(effects.quotes)]
    if effects.verdicts:
        order["verdicts"] = [verdict_order(verdict, texts) for verdict in effects.verdicts]
    if effects.outputs:
        order["outputs"] = [output_order(output, texts) for output in effects.outputs]
    return order


def verdict_order(verdict: Verdict, texts: Texts) -> Order:
    """Return one verdict; `legs` or `flagged` must differ for an opportunity to have changed."""
    return {
        "match_id": verdict.match_id,
        "source": verdict.source,
        "revisions": verdict.revisions,
        "closed": verdict.closed,
        "at": microseconds(verdict.at),
        "found": [_opportunity_order(found, texts) for found in verdict.opportunities],
        "pending": [
            {**_opportunity_order(one.opportunity, texts), "word": "lapsed" if one.has_lapsed else "waiting"}
            for one in verdict.pending
        ],
    }


def _opportunity_order(found: Opportunity, texts: Texts) -> Order:
    legs = [(leg.outcome, leg.bookmaker, leg.price) for leg in found.legs]
    return {
        "id": found.id,
        "legs": _JSON.encode(legs).decode(),
        "flagged": "".join(f" {rule}" for rule in flagged_by(found.flags)),
        "markets": found.markets,
        "body": texts.add(encode(found)),
    }


def output_order(output: Output, texts: Texts) -> Order:
    """Return one entry by the numbers of its first and last text."""
    first = texts.add(*flat(output.fields))
    return {"stream": output.stream, "first": first, "last": first + 2 * len(output.fields) - 1}


def flat(fields: Mapping[str, str | bytes]) -> list[str | bytes]:
    """Return fields and values in turn, as the server's commands take them."""
    return [word for pair in fields.items() for word in pair]


def is_relay(effects: Sequence[Effects]) -> bool:
    """Whether these bring about nothing but entries."""
    return not any(one.quotes or one.verdicts for one in effects)


def relay_words(group: str, effects: Sequence[Effects]) -> list[str | bytes | int]:
    """Return the arguments of `relay.lua`."""
    words: list[str | bytes | int] = [group]
    for one in effects:
        words += (one.message.stream, one.message.id, len(one.outputs))
        for output in one.outputs:
            words += (output.stream, 2 * len(output.fields), *flat(output.fields))
    return words


def commit_order(
    group: str,
    now: datetime,
    effects: Sequence[Effects],
    assignments: Sequence[Assignment],
    version: int | None,
) -> tuple[bytes, list[str | bytes]]:
    """Return the arguments of one commit."""
    texts = Texts()
    order: Order = {
        "group": group,
        "now": microseconds(now),
        # of an event that is assigned twice only the last counts: a quote is moved once
        "assignments": [
            assignment_order(one, texts) for one in {a.event.key: a for a in assignments}.values()
        ],
        "messages": [message_order(one, texts) for one in effects],
    }
    if version is not None:
        order["version"] = version
    return packed(order), texts.arguments


_JSON: Final = msgspec.json.Encoder()
_MSGPACK: Final = msgspec.msgpack.Encoder()
