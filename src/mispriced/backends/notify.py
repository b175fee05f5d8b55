"""Where alerts go: a webhook by our own signed request, or any service that apprise knows.

Addresses carry secrets: no error, log line or exception says more than the target's name and a status.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import threading
from typing import Any, Final

import aiohttp
import msgspec

from mispriced.backends.answers import retry_after_s
from mispriced.backends.guard import Guard
from mispriced.errors import Misconfigured, Retry, Skip
from mispriced.exchange import Site
from mispriced.messages import Delivery
from mispriced.ports import Clock

DEADLINE_S: Final = 10.0  # of a webhook, from name resolution to the status
LEAST_RETRY_AFTER_S: Final = 5.0
MOST_RETRY_AFTER_S: Final = 900.0
BUSY_S: Final = 60.0  # a service that apprise found too busy; it does not say for how long
PASSING: Final = frozenset({408, 425, 429})
LEAST_SECRET: Final = 16  # characters
STATUS: Final = re.compile(r"error=(\d{3})\b")


class Webhook:
    """A POST of JSON, signed where there is a secret: `t=SECONDS,v1=HMAC-SHA256 of "SECONDS.BODY"`.

    Raises: Misconfigured for an address that is neither https nor on loopback, or a short secret.
    """

    tells_copies = True  # by the header X-Mispriced-Delivery

    def __init__(self, name: str, url: str, secret: str | None, clock: Clock) -> None:
        if secret is not None and len(secret) < LEAST_SECRET:
            raise Misconfigured(f"alerts.targets.{name}.secret: must have at least {LEAST_SECRET} characters")
        self._guard = Guard(Site(key=f"alerts.targets.{name}", base_url=url))
        self._name = name
        self._url = url
        self._secret = secret
        self._clock = clock

    def send(self, delivery: Delivery) -> None:
        """Send it; see `ports.Notifier`."""
        alert = msgspec.Raw(delivery.alert)
        facts = {"id": delivery.id, "title": delivery.title, "text": delivery.text, "alert": alert}
        body = msgspec.json.encode(facts)
        headers = {
            **self._guard.headers,
            "Content-Type": "application/json",
            "X-Mispriced-Delivery": delivery.id,
        }
        if self._secret is not None:
            headers["X-Mispriced-Signature"] = signature(self._secret, self._clock.now().timestamp(), body)
        try:
            status, wait = asyncio.run(self._post(body, headers))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Retry(f"{self._name}: {type(error).__name__}") from None
        if 200 <= status < 300:
            return
        if status in PASSING or status >= 500:
            after_s = None
            if status in (429, 503):
                after_s = retry_after_s(wait, self._clock.now(), LEAST_RETRY_AFTER_S, MOST_RETRY_AFTER_S)
            raise Retry(f"{self._name}: status {status}", after_s)
        raise Skip(f"{self._name}: status {status}")

    async def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
        async with (
            asyncio.timeout(DEADLINE_S),
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(socket_factory=self._guard.open_socket),
                cookie_jar=aiohttp.DummyCookieJar(),
            ) as session,
            session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status, answer.headers.get("Retry-After")


def signature(secret: str, moment: float, body: bytes) -> str:
    """Return the signature of a body at a moment, in seconds since 1970.

    >>> signature("0123456789abcdef", 1778760000.5, b"{}")
    't=1778760000,v1=fc136602e7708ee6e12cc7d1b2f677c7c123360d66157c947cc024d6c9cde346'
    """
    stamp = str(int(moment)).encode()
    digest = hmac.new(secret.encode(), stamp + b"." + body, hashlib.sha256).hexdigest()
    return f"t={stamp.decode()},v1={digest}"


class Chat:
    """A service that apprise knows, by its address there.

    apprise makes one attempt (its own retries are off unless the address asks for them), waits at most 4 s
    to connect and 4 s for each read, spaces messages as the service needs it, and says only whether it
    worked: the status is read from what it logs, which goes nowhere else. Source: apprise 2.3, plugins/base.

    Raises: Misconfigured when apprise does not know the address.
    """

    tells_copies = False

    def __init__(self, name: str, url: str) -> None:
        import apprise

        service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if service is None:
            raise Misconfigured(f"alerts.targets.{name}.url: apprise does not know this address")
        self._name = name
        self._service: Any = service
        self._heard = _listen()

    def send(self, delivery: Delivery) -> None:
        """Send it; see `ports.Notifier`."""
        import apprise

        self._heard.status.value = None
        try:
            is_sent = self._service.notify(
                body=delivery.text, title=delivery.title, body_format=apprise.NotifyFormat.TEXT
            )
        except Exception as error:  # of a plugin: whatever it says may hold the address
            raise Retry(f"{self._name}: {type(error).__name__}") from None
        if is_sent:
            return
        status: int | None = self._heard.status.value
        if status is None:
            raise Retry(f"{self._name}: not sent")
        if status in PASSING or status >= 500:
            raise Retry(f"{self._name}: status {status}", BUSY_S if status == 429 else None)
        raise Skip(f"{self._name}: status {status}")


class _Heard(logging.Filter):
    """Takes in what apprise logs: the status, by thread. No handler gets any of it."""

    def __init__(self) -> None:
        super().__init__()
        self.status = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        found = STATUS.search(record.getMessage())
        if found:
            self.status.value = int(found[1])
        return False


def _listen() -> _Heard:
    logger = logging.getLogger("apprise")
    for heard in logger.filters:
        if isinstance(heard, _Heard):
            return heard
    heard = _Heard()
    logger.addFilter(heard)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it tells addresses, tokens in them and all
    return heard


def open_target(name: str, url: str, secret: str | None, clock: Clock) -> Webhook | Chat:
    """Return the target of an address."""
    if url.startswith(("https://", "http://")):
        return Webhook(name, url, secret, clock)
    return Chat(name, url)
