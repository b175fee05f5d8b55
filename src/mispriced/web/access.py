"""Who may ask: the token and what stands for it in a browser, names of this host, and guessing slowed down.

A session is a cookie that holds when it ends and a signature by the token: nothing is kept, a restart ends
no session, another token ends all. Secrets are compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final

from mispriced.ports import Clock

COOKIE: Final = "mispriced_session"
SESSION_S: Final = 30 * 86_400  # a phone that is used once a month stays known
FAILURES: Final = 10  # wrong tokens of one address before it waits
FAILURES_S: Final = 60.0
MOST_ADDRESSES: Final = 10_000


class Access:
    """What opens the door. Without a token everybody who reaches the loopback may read."""

    def __init__(self, token: str | None, secret: bytes, hosts: Iterable[str], clock: Clock) -> None:
        self._token = token.encode() if token is not None else None
        self._secret = self._token or secret
        self._hosts = frozenset(one.casefold() for one in (*hosts, "localhost"))
        self._clock = clock
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def needs_token(self) -> bool:
        """Whether a token is asked for."""
        return self._token is not None

    def is_token(self, given: str) -> bool:
        """Whether this is the token."""
        return self._token is not None and _equal(given.encode(), self._token)

    def session(self) -> str:
        """Return the value of a new session's cookie."""
        until = str(int(self._clock.now().timestamp()) + SESSION_S)
        return f"{until}.{self._sign('session', until)}"

    def is_session(self, cookie: str) -> bool:
        """Whether a cookie is a session of ours that has not ended."""
        until, _, signature = cookie.partition(".")
        is_ours = _equal(signature.encode(), self._sign("session", until).encode())
        return is_ours and until.isdecimal() and int(until) > self._clock.now().timestamp()

    def csrf(self, cookie: str) -> str:
        """Return what a page of ours sends along with a change; no other page can read it."""
        return self._sign("csrf", cookie)

    def is_csrf(self, given: str, cookie: str) -> bool:
        """Whether this was given out to a page of this session."""
        return _equal(given.encode(), self.csrf(cookie).encode())

    def is_host(self, header: str) -> bool:
        """Whether a Host header names us: an address, which no foreign name leads to, or an allowed name."""
        name = header.rpartition(":")[0] if not header.endswith("]") and ":" in header else header
        return is_address(name.strip("[]")) or name.casefold().rstrip(".") in self._hosts

    def wait_s(self, address: str) -> float:
        """Return how long an address has to wait after too many failures, 0 when it need not."""
        number, since = self._failed.get(address, (0, 0.0))
        left_s = since + FAILURES_S - self._clock.monotonic()
        return left_s if number >= FAILURES and left_s > 0 else 0.0

    def fail(self, address: str) -> None:
        """Count a wrong token."""
        now = self._clock.monotonic()
        number, since = self._failed.pop(address, (0, now))
        self._failed[address] = (number + 1, since) if now - since < FAILURES_S else (1, now)
        while len(self._failed) > MOST_ADDRESSES:
            self._failed.popitem(last=False)

    def _sign(self, what: str, text: str) -> str:
        return hmac.new(self._secret, f"{what}:{text}".encode(), hashlib.sha256).hexdigest()


def cookie_of(headers: Mapping[str, str]) -> str:
    """Return the session cookie of a request, empty where there is none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def is_address(name: str) -> bool:
    """Whether a host is written as an address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a server on this host is reached from this machine alone."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def _equal(given: bytes, expected: bytes) -> bool:
    """Compare in a time that depends on neither, lengths included."""
    digests = (hashlib.sha256(given).digest(), hashlib.sha256(expected).digest())
    return hmac.compare_digest(*digests)
