"""What an HTTP answer is worth: its body within bounds, or why it is none. No IO.

The content of a body is not read beyond its first bytes: whether it is JSON of the right form is for
the parser to say.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from mispriced.exchange import Outcome

LARGEST_BODY: Final = 8 << 20  # bytes, decoded
PIECE: Final = 64 << 10  # bytes that are decompressed at a time
LOOKED_AT: Final = 32 << 10  # bytes of a page that are searched for the words of a challenge
SHOWN: Final = 40  # characters of a site's own words in a reason

# What the pages say that stand in the way of machines, at the sites and their shields.
CHALLENGE_WORDS: Final = (
    b"challenge", b"captcha", b"just a moment", b"attention required", b"access denied", b"incapsula",
    b"are you a human", b"verify you are", b"unusual traffic", b"request unsuccessful", b"ddos",
)  # fmt: skip
BLOCKED: Final = (401, 403, 451)
PASSING: Final = (408, 425, 500, 502, 503, 504)  # statuses that another try may not meet

OLDEST_DIGITS: Final = 9  # of an Age; some thirty years


class NoAnswer(Exception):
    """There is no usable answer.

    `is_passing`: another try may bring one. `is_well`: the site is (it has no such page), is not, or
    this says neither (None).
    """

    def __init__(
        self,
        outcome: Outcome,
        reason: str,
        *,
        after_s: float | None = None,
        is_passing: bool = False,
        is_well: bool | None = False,
    ) -> None:
        super().__init__(reason)
        self.outcome: Outcome = outcome
        self.reason = reason
        self.after_s = after_s
        self.is_passing = is_passing
        self.is_well = is_well


def retry_after_s(header: str | None, now: datetime, least_s: float, most_s: float) -> float:
    """Return the seconds of a Retry-After header, within `least_s` and `most_s`.

    What is missing, past or cannot be read counts `least_s`.

    Source: RFC 9110 10.2.3, seconds or a date.

    >>> now = datetime(2026, 5, 14, 12, tzinfo=UTC)
    >>> [retry_after_s(header, now, 5, 900) for header in ("30", "soon", None, "1000000000")]
    [30.0, 5, 5, 900]
    >>> retry_after_s("Thu, 14 May 2026 12:01:00 GMT", now, 5, 900)
    60.0
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(max(float(text[:12]), least_s), most_s)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return least_s
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), least_s), most_s)


def age_s(header: str | None) -> float:
    """Return how many seconds ago an answer was made, by the `Age` that a cache on the way gives it.

    None or garbage is 0: what is not said is not made up. Source: RFC 9111, section 5.1.

    >>> age_s("435"), age_s(None), age_s("-1")
    (435.0, 0.0, 0.0)
    """
    is_number = header is not None and header.isascii() and header.isdigit() and len(header) <= OLDEST_DIGITS
    return float(header) if header is not None and is_number else 0.0


def check_head(status: int, headers: Mapping[str, str], wait_s: float) -> None:
    """Return when the body is worth reading, which a 5xx's is for its first words.

    `wait_s` is what Retry-After means.

    Raises: NoAnswer.
    """
    if status == 429 or (status == 503 and "Retry-After" in headers):
        reason = f"status {status}, retry after {wait_s:g} s"
        raise NoAnswer("retry_later", reason, after_s=wait_s, is_passing=True, is_well=None)
    if status in BLOCKED:
        raise NoAnswer("blocked", f"status {status}")
    if status in (204, 205):
        raise NoAnswer("empty", f"status {status}", is_well=True)
    if 400 <= status < 500:
        is_passing = status in PASSING
        raise NoAnswer("rejected", f"status {status}", is_passing=is_passing, is_well=not is_passing)
    if status < 500 and not 200 <= status < 300:
        raise NoAnswer("rejected", f"status {status}")
    length = headers.get("Content-Length", "")
    if length.isdigit() and len(length) < 20 and int(length) > LARGEST_BODY:
        raise _too_large(LARGEST_BODY)


def check_body(status: int, body: bytes) -> None:
    """Return when the body may be what was asked for.

    Raises: NoAnswer for a 5xx, for nothing, and for a page where JSON is due.
    """
    start = body[:LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        words = start.lower()
        if any(word in words for word in CHALLENGE_WORDS):
            raise NoAnswer("blocked", f"status {status} with a challenge page")
    if status >= 500:
        raise NoAnswer("rejected", f"status {status}", is_passing=status in PASSING)
    if not start and len(body) < LOOKED_AT:
        raise NoAnswer("empty", f"status {status} without a body", is_well=True)
    if start.startswith(b"<"):
        raise NoAnswer("rejected", f"status {status} with HTML where JSON is due")


class Body:
    """The decoded bytes of an answer, put together piece by piece within a bound.

    Raises: NoAnswer for an encoding that was not asked for.
    """

    def __init__(self, content_encoding: str, largest: int = LARGEST_BODY) -> None:
        self._encoding = content_encoding.strip().lower().removeprefix("x-")
        if self._encoding not in ("", "identity", "gzip", "deflate"):
            shown = content_encoding[:SHOWN]
            raise NoAnswer("rejected", f"content encoding {shown!r} was not asked for")
        self._largest = largest
        self._decoded = bytearray()
        self._stream: zlib._Decompress | None = None
        self.received = 0

    def add(self, chunk: bytes) -> None:
        """Take the next bytes of the wire.

        Raises: NoAnswer when the body grows beyond its bound or is not of its encoding.
        """
        self.received += len(chunk)
        if self._encoding in ("", "identity"):
            self._take(chunk)
            return
        try:
            self._inflate(chunk)
        except zlib.error as error:
            raise NoAnswer("rejected", f"body is no {self._encoding}") from error

    def complete(self) -> bytes:
        """Return the whole body.

        Raises: NoAnswer when the compressed stream ended early.
        """
        if self._stream is not None and not self._stream.eof:
            raise NoAnswer("rejected", "body is truncated", is_passing=True)
        return bytes(self._decoded)

    def _inflate(self, chunk: bytes) -> None:
        pending = chunk
        while pending:
            if self._stream is None:
                self._stream = zlib.decompressobj(self._window_bits(pending))
            elif self._stream.eof:
                if self._encoding != "gzip" or not pending.startswith(b"\x1f\x8b"):
                    return  # bytes after the end are padding
                self._stream = zlib.decompressobj(self._window_bits(pending))
            while True:
                piece = self._stream.decompress(pending, PIECE)
                self._take(piece)
                pending = self._stream.unconsumed_tail
                if self._stream.eof or (not pending and len(piece) < PIECE):
                    break
            pending = self._stream.unused_data

    def _window_bits(self, start: bytes) -> int:
        if self._encoding == "gzip":
            return 16 + zlib.MAX_WBITS
        # Some servers send the bare stream: RFC 1950's first byte has 8 in its low half.
        return zlib.MAX_WBITS if start[0] & 0x0F == 8 else -zlib.MAX_WBITS

    def _take(self, piece: bytes) -> None:
        if len(self._decoded) + len(piece) > self._largest:
            raise _too_large(self._largest)
        self._decoded += piece


def _too_large(largest: int) -> NoAnswer:
    return NoAnswer("rejected", f"body is larger than {largest} bytes")
