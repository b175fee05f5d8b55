"""An answer of the API: its envelope, its outcome, and its items one by one.

The API says every error inside an HTTP 200. Not here: what an item is (forms), which end point has
which (provider).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Generic, Literal, TypeVar

import msgspec
from msgspec import Raw, Struct

from mispriced.bookmakers.contract import Rejected, Skipped, decode, item_start
from mispriced.exchange import Payload

AnswerOutcome = Literal["ok", "empty", "unauthorised", "rate_limited", "error"]

RATE_LIMITED: Final = 429  # as `code`, inside an HTTP 200
# How a refusal of the credentials or of our address begins or ends, lower case. Both texts are needed:
# "Unauthorized access, please contact our business staff." is recorded, "not authorized" documented.
UNAUTHORISED: Final = ("not authorized", "unauthorized", "contact our business staff")
SHOWN_WORDS: Final = 120  # characters of the API's own words in a reason

T = TypeVar("T")


class Answer(Struct, Generic[T], frozen=True, kw_only=True):
    """What an answer held.

    `ok`: `found` is not empty, and what was left out of it is in `skipped`. `empty`: the API answered
    that there is nothing. `error`: no item could be read, or the API's own error. `reason` says why
    an answer is neither ok nor empty.
    """

    outcome: AnswerOutcome
    found: tuple[T, ...] = ()
    reason: str = ""
    skipped: tuple[Skipped, ...] = ()

    @property
    def listed(self) -> int:
        """How many items the answer had, those that could not be read too."""
        return len(self.found) + len(self.skipped)


class Envelope(Struct):
    """The form of every answer; `results` is a list, or an object for odds and for a single item."""

    results: list[Raw] | dict[str, Raw] | None = None
    code: int | str = 0
    err: str | None = None
    msg: str | None = None


def read_list(payload: Payload, form: type[T], check: Callable[[T], None] = lambda _: None) -> Answer[T]:
    """Return the items of an answer that is a list of them, each decoded as `form`.

    An item of another form, or one that `check` raises ValueError for, costs itself alone.
    """
    try:
        results = _results(payload)
    except _Refused as refused:
        return Answer(outcome=refused.outcome, reason=str(refused))
    rows = _rows(results)
    found: list[T] = []
    skipped: list[Skipped] = []
    for row in rows:
        try:
            item = decode_item(row, form)
            check(item)
        except (msgspec.DecodeError, ValueError) as error:
            skipped.append(Skipped(f"{payload.request.step}: {error}", item_start(row)))
        else:
            found.append(item)
    return answered(found, skipped)


def read_table(payload: Payload) -> Answer[tuple[str, Raw]]:
    """Return the keys and values of an answer that is an object; an empty list is an empty one, too."""
    try:
        results = _results(payload)
    except _Refused as refused:
        return Answer(outcome=refused.outcome, reason=str(refused))
    if isinstance(results, list):
        if results:
            return Answer(outcome="error", reason=f"{payload.request.step}: results are a list")
        return Answer(outcome="empty")
    return answered(list(results.items()), [])


def answered(found: list[T], skipped: list[Skipped]) -> Answer[T]:
    """Return the answer of what could be read and what could not."""
    if skipped and not found:
        return Answer(outcome="error", reason=skipped[0].reason, skipped=tuple(skipped))
    return Answer(outcome="ok" if found else "empty", found=tuple(found), skipped=tuple(skipped))


def decode_item(row: Raw, form: type[T]) -> T:
    """Return an item decoded as `form`.

    Raises: msgspec.DecodeError; ValueError for what is no text.
    """
    return msgspec.json.decode(row, type=form)


class _Refused(Exception):
    def __init__(self, outcome: AnswerOutcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome: AnswerOutcome = outcome


def _results(payload: Payload) -> list[Raw] | dict[str, Raw]:
    step = payload.request.step
    try:
        envelope = decode(payload, Envelope)
    except Rejected as rejected:
        raise _Refused("error", str(rejected)) from rejected
    words = envelope.err or envelope.msg or ""
    if str(envelope.code) == str(RATE_LIMITED):
        raise _Refused("rate_limited", f"{step}: code {RATE_LIMITED} {words[:SHOWN_WORDS]}".rstrip())
    if any(sign in words.lower() for sign in UNAUTHORISED):
        raise _Refused("unauthorised", f"{step}: {words[:SHOWN_WORDS]}")
    if envelope.err is not None or str(envelope.code) != "0":
        raise _Refused("error", f"{step}: code {envelope.code} {words[:SHOWN_WORDS]}".rstrip())
    if envelope.results is None:
        raise _Refused("error", f"{step}: neither results nor an error")
    return envelope.results


def _rows(results: list[Raw] | Mapping[str, Raw]) -> list[Raw]:
    if isinstance(results, list):
        return results
    if "id" in results:  # one item where a list of one is usual
        return [Raw(msgspec.json.encode(results))]
    return list(results.values())
