"""What an adapter is: a value that says what to read and how to read it, and never reads.

`start(job)` yields the first requests; a step's parser yields quotes, further requests, and the
items it had to leave out. `read` runs a parser over one answer and never raises for its content.
Words that adapters share for what they read are in `fields.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote, Source
from mispriced.errors import Skip
from mispriced.exchange import Job, Limits, Outcome, Payload, Request

ANY_DAY: Final = -1  # `Job.day` of a reading that leaves no event to the job of another day
SHOWN_ITEM: Final = 200  # characters of a skipped item that are kept
MOST_MENDED: Final = 2_000_000  # bytes, a quarter of a second; real answers have less than half
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

# What servers print although it is no JSON: NaN and Infinity, exponents that no float holds, and raw
# control characters inside strings. A token is taken whole, to the end of the answer if need be, and never
# tried again from its middle, so the time is linear in any answer; and only where one of them is in it.
_NO_JSON: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|NaN|Infinity|[eE]\+?\d{3}")
_TOKEN: Final = re.compile(
    rb'"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z)|-?(?:NaN|Infinity)|-?(?<![\d.])\d[\d.]*+[eE]\+?\d{3,}+', re.DOTALL
)
_CONTROL: Final = re.compile(rb"[\x00-\x1f]")

T = TypeVar("T")
Row = TypeVar("Row")  # of the generic `Struct`s that `decode_rows` reads


class Skipped(Struct, frozen=True):
    """An item that was left out: why, and how the item began."""

    reason: str
    item: str = ""


Found: TypeAlias = Quote | Request | Skipped
SearchField = Literal["id", "kickoff", "competition"]
Parser: TypeAlias = Callable[[Payload, Job], Iterator[Found]]
MarketsOf: TypeAlias = Callable[[Sequence[Event], Sequence[Market]], Iterator[Request]]


class Bookmaker(Struct, frozen=True, kw_only=True):
    """One site: its words for days, the markets it has by source, and its steps.

    `periods`: the site's own period word -> day 0..4. `steps`: the names of the steps of a source,
    in order; each has a parser. `cached`: the steps whose answers change seldom -> the word for them
    in the name of their cache. `markets_of`: requests for the markets of events that something else
    found, for sites that answer by event id. `search_fields`: what of its quotes a Search index has,
    by the name of the field after the bookmaker's.
    """

    name: str
    periods: Mapping[str, int]
    markets: Mapping[Source, tuple[Market, ...]]
    steps: Mapping[Source, tuple[str, ...]]
    start: Callable[[Job], Iterator[Request]]
    parsers: Mapping[str, Parser]
    limits: Limits = Limits()
    cached: Mapping[str, str] = {}
    markets_of: MarketsOf | None = None
    search_fields: Mapping[str, SearchField] = msgspec.field(default_factory=lambda: {"id": "id"})


class Reading(Struct, frozen=True, kw_only=True):
    """What one answer held, and its outcome: ok, partial (items skipped), empty, rejected."""

    outcome: Outcome
    quotes: tuple[Quote, ...] = ()
    requests: tuple[Request, ...] = ()
    skipped: tuple[Skipped, ...] = ()


Read: TypeAlias = Callable[[Bookmaker, Payload, Job], Reading]


class Rejected(Exception):
    """The whole answer is not what this step's answers look like."""


def read(bookmaker: Bookmaker, payload: Payload, job: Job) -> Reading:
    """Return what the answer holds by the parser of its step.

    An answer of another form ends as `rejected` with the reason, an item of another form in
    `skipped`. Two events under one id with other teams are both left out, and so are two quotes of
    one market that differ: which of them holds is not known.
    """
    found: dict[type, list[Any]] = {Quote: [], Request: [], Skipped: []}
    try:
        for one in bookmaker.parsers[payload.request.step](payload, job):
            found[type(one)].append(one)
    except Rejected as error:
        return _rejected(str(error), payload)
    except Exception as error:  # of a third party's parser: it must not end a batch of other jobs
        return _rejected(f"{payload.request.step}: the parser failed: {error!r}", payload)
    skipped: list[Skipped] = found[Skipped]
    quotes = _without_contradictions(found[Quote], skipped)
    requests: tuple[Request, ...] = tuple(found[Request])
    if skipped:
        outcome: Outcome = "partial" if quotes or requests else "rejected"
    else:
        outcome = "ok" if quotes or requests else "empty"
    return Reading(outcome=outcome, quotes=tuple(quotes), requests=requests, skipped=tuple(skipped))


def decode(payload: Payload, form: type[T]) -> T:
    """Return the answer decoded as `form`.

    A byte order mark is dropped; `NaN` and the like become null, so that they cost their item and
    not the answer. Of a key that is given twice the last counts, as in the site's own page.

    Raises: Rejected with the place and what was expected.
    """
    body = payload.body.removeprefix(BYTE_ORDER_MARK)
    if not body.strip():
        raise Rejected(f"{payload.request.step}: the answer is empty")
    try:
        return _decode(body, form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        kind = "an HTML page, not JSON" if body.lstrip().startswith(b"<") else error
        raise Rejected(f"{payload.request.step}: {kind}") from error


def decode_rows(payload: Payload, page: Any, form: type[T]) -> Any:
    """Return the answer decoded as `page[form]`, or as `page[Raw]` when one of its rows is broken.

    `page` is a generic `Struct` whose type variable stands for a row; `each` reads both. Reading all
    rows at once is what makes a sound answer fast, and knowing those that did not change is faster still:
    for a payload with `rows` they are always `Raw`.

    Raises: Rejected (see `decode`).
    """
    if payload.rows is not None:
        return decode(payload, page[msgspec.Raw])
    try:
        return msgspec.json.decode(payload.body, type=page[form])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return decode(payload, page[msgspec.Raw])


def each(
    rows: Iterable[msgspec.Raw | T],
    form: type[T],
    read_row: Callable[[T], Iterable[Found]],
    payload: Payload | None = None,
) -> Iterator[Found]:
    """Yield what `read_row` makes of every row; one that is broken yields its `Skipped` alone.

    What a broken row had yielded before it broke is dropped with it. `payload` is given where `read_row`
    has no effect but its quotes, and these follow from the row, the request and the job alone, but for
    `seen_at` and `origin`: then a row of `payload.rows.before` is not read again. One that yielded anything
    but quotes always is.
    """
    if payload is None or payload.rows is None:
        for row in rows:
            yield from _read_row(row, form, read_row)
        return
    before, now = payload.rows.before, payload.rows.now
    for row in rows:
        text = item_bytes(row)
        quotes = before.get(text)
        if quotes is not None:
            now[text] = quotes
            for quote in quotes:
                yield quote.seen_again(payload.seen_at, payload.origin)
            continue
        found = _read_row(row, form, read_row)
        quotes = tuple(one for one in found if isinstance(one, Quote))
        if len(quotes) == len(found):
            now[text] = quotes
        yield from found


def torn(event_id: str) -> Skipped:
    """Return why an event is left out whose id is listed with different teams."""
    return Skipped(f"event {event_id} is listed with different teams")


def item_start(item: object) -> str:
    """Return how an item of an answer begins, for a `Skipped`."""
    return item_bytes(item)[:SHOWN_ITEM].decode("utf-8", "replace")


def item_bytes(item: object) -> bytes:
    """Return an item of an answer as JSON: as it stood there while it is `Raw`."""
    return bytes(item) if isinstance(item, (bytes, msgspec.Raw)) else msgspec.json.encode(item)


def _rejected(reason: str, payload: Payload) -> Reading:
    return Reading(outcome="rejected", skipped=(Skipped(reason, item_start(payload.body)),))


def _read_row(
    row: msgspec.Raw | T, form: type[T], read_row: Callable[[T], Iterable[Found]]
) -> Sequence[Found]:
    try:
        return list(read_row(_decode(row, form) if isinstance(row, msgspec.Raw) else row))
    except (msgspec.DecodeError, ValueError, OverflowError, Skip) as error:
        return (Skipped(str(error), item_start(row)),)


def _decode(body: bytes | msgspec.Raw, form: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.DecodeError:
        text = bytes(body)
        if len(text) > MOST_MENDED or not _NO_JSON.search(text):
            raise
        return msgspec.json.decode(_TOKEN.sub(_mend, text), type=form)


def _mend(token: re.Match[bytes]) -> bytes:
    text = token[0]
    if text.startswith(b'"'):
        return _CONTROL.sub(lambda one: b"\\u%04x" % ord(one[0]), text)
    return b"null"


def _without_contradictions(quotes: list[Quote], skipped: list[Skipped]) -> list[Quote]:
    events: dict[str, Quote] = {}
    kept: dict[tuple[str, Market], Quote] = {}
    without: dict[str, Skipped] = {}
    doubtful: dict[tuple[str, Market], Skipped] = {}
    for one in quotes:
        event_id = one.event_id
        first = events.setdefault(event_id, one)
        if first is not one and (first.home != one.home or first.away != one.away):
            without[event_id] = torn(event_id)
        key = (event_id, one.market)
        first = kept.setdefault(key, one)
        if first is not one and first != one:
            doubtful[key] = Skipped(f"{one.market} of event {event_id} is listed twice and differs")
    if not without and not doubtful:
        return list(kept.values())
    skipped.extend(why for why in without.values() if why not in skipped)
    skipped.extend(why for (event_id, _), why in doubtful.items() if event_id not in without)
    return [one for key, one in kept.items() if key[0] not in without and key not in doubtful]
