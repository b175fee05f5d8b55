"""The HTTP door against a hostile server: every answer is a typed outcome, within its deadline."""

from __future__ import annotations

import asyncio
import gzip
import logging
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

import msgspec
import pytest

from mispriced.backends.answers import CHALLENGE_WORDS, LARGEST_BODY
from mispriced.backends.http import HttpDoor
from mispriced.backends.site_door import Options
from mispriced.backends.traffic import Stats
from mispriced.errors import Misconfigured
from mispriced.exchange import Limits, Payload, Refusal, Request, Site
from mispriced.ports import Fetcher
from tests.backends.fetcher_contract import SITE, FetcherContract, MakeFetcher
from tests.backends.hostile_server import (
    Answer,
    HostileServer,
    cut,
    drip,
    flood,
    hang,
    http,
    raw,
    reset,
)

NOON: Final = datetime(2026, 5, 14, 12, tzinfo=UTC)
DEADLINE_S: Final = 0.3  # of the answers that never end
PATIENCE_S: Final = 5.0  # of the others, and beyond it a fetch did not return at all
BODY: Final = b'{"data": []}'
GET: Final = Request(step="live", path="/live")
QUICK: Final = Options(turn_s=10, retry_s=0.002, retry_after_s=5, waited_out_s=0, cool_down_s=30)
MOST_MEMORY: Final = 20 << 20


class VirtualClock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.passed_s = 1000.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed_s - 1000)

    def monotonic(self) -> float:
        return self.passed_s

    def sleep(self, seconds: float) -> None:
        self.passed_s += seconds


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with HostileServer() as running:
        yield running


@pytest.fixture
async def canary() -> AsyncIterator[HostileServer]:
    """A server on loopback that nobody may touch."""
    async with HostileServer() as running:
        yield running
        await asyncio.sleep(0)
        assert running.connections == 0


def site_at(address: str, **changes: Any) -> Site:
    limits = Limits(connections=10, per_second=0, deadline_s=PATIENCE_S)
    return Site(**{"key": SITE, "base_url": address, "limits": limits, **changes})


def door_to(server: HostileServer, clock: VirtualClock, options: Options = QUICK, **changes: Any) -> HttpDoor:
    return HttpDoor({SITE: site_at(f"http://127.0.0.1:{server.port}/alpha", **changes)}, clock, options)


async def ask(door: Fetcher, request: Request = GET, site: str = SITE) -> Payload | Refusal:
    async with asyncio.timeout(2 * PATIENCE_S):
        return await door.fetch(site, request)


def said(answer: Payload | Refusal) -> tuple[str, str]:
    return ("ok", answer.body.decode("latin-1")) if isinstance(answer, Payload) else refused(answer)


def refused(answer: Payload | Refusal) -> tuple[str, str]:
    assert isinstance(answer, Refusal)
    return answer.outcome, answer.reason


class TestHttpDoorAsAFetcher(FetcherContract):
    @pytest.fixture
    def make_fetcher(self, clock: VirtualClock) -> MakeFetcher:
        @asynccontextmanager
        async def make(bodies: Mapping[str, bytes]) -> AsyncIterator[Fetcher]:
            async with HostileServer() as server, door_to(server, clock) as door:
                for path, body in bodies.items():
                    server.play(f"/alpha{path}", http(200, body))
                yield door

        return make


# --- every hostile answer ----------------------------------------------------------------------


def head(**headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode()


def chunks(*bodies: bytes) -> bytes:
    return b"".join(f"{len(body):x}\r\n".encode() + body + b"\r\n" for body in bodies)


CHALLENGE: Final = b"<!DOCTYPE html><html><head><title>Challenge Validation</title></head></html>"
PAGE: Final = b"\xef\xbb\xbf\n<html><body>We are back soon</body></html>"
HTML: Final = {"Content-Type": "text/html"}
CHUNKED: Final = head(Transfer_Encoding="chunked")
ZIPPED: Final = gzip.compress(BODY)

CORPUS: Final[dict[str, tuple[Answer, tuple[str, str]]]] = {
    "good": (http(200, BODY), ("ok", BODY.decode())),
    "206 with the whole": (http(206, BODY), ("ok", BODY.decode())),
    "gzip": (http(200, ZIPPED, {"Content-Encoding": "gzip"}), ("ok", BODY.decode())),
    "gzip in two members": (
        http(200, gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]), {"Content-Encoding": "x-gzip"}),
        ("ok", BODY.decode()),
    ),
    "deflate": (http(200, zlib.compress(BODY), {"Content-Encoding": "deflate"}), ("ok", BODY.decode())),
    "bare deflate": (
        http(200, zlib.compress(BODY, wbits=-15), {"Content-Encoding": "Deflate"}),
        ("ok", BODY.decode()),
    ),
    "an unknown charset": (
        http(200, BODY, {"Content-Type": "application/json; charset=klingon"}),
        ("ok", BODY.decode()),
    ),
    "JSON called HTML": (http(200, BODY, HTML), ("ok", BODY.decode())),
    "an error in JSON": (http(200, b'{"err": "no"}'), ("ok", '{"err": "no"}')),
    "deep JSON": (http(200, b"[" * 100_000), ("ok", "[" * 100_000)),
    "204": (http(204), ("empty", "status 204")),
    "no bytes": (http(200), ("empty", "status 200 without a body")),
    "blanks": (http(200, b" \r\n "), ("empty", "status 200 without a body")),
    "no bytes, zipped": (
        http(200, gzip.compress(b""), {"Content-Encoding": "gzip"}),
        ("empty", "status 200 without a body"),
    ),
    "challenge with 200": (http(200, CHALLENGE, HTML), ("blocked", "status 200 with a challenge page")),
    "challenge with 206": (http(206, CHALLENGE), ("blocked", "status 206 with a challenge page")),
    "challenge with 503": (http(503, CHALLENGE, HTML), ("blocked", "status 503 with a challenge page")),
    "challenge, zipped": (
        http(200, gzip.compress(CHALLENGE), {"Content-Encoding": "gzip"}),
        ("blocked", "status 200 with a challenge page"),
    ),
    "another page": (http(200, PAGE, HTML), ("rejected", "status 200 with HTML where JSON is due")),
    "401": (http(401, BODY), ("blocked", "status 401")),
    "403": (http(403, BODY), ("blocked", "status 403")),
    "404": (http(404, BODY), ("rejected", "status 404")),
    "500": (http(500, BODY), ("rejected", "status 500")),
    "503": (http(503, BODY), ("rejected", "status 503")),
    "304": (http(304), ("rejected", "status 304")),
    "a redirect to nowhere": (http(302), ("rejected", "status 302")),
    "an encoding not asked for": (
        http(200, BODY, {"Content-Encoding": "br"}),
        ("rejected", "content encoding 'br' was not asked for"),
    ),
    "two encodings": (
        http(200, BODY, {"Content-Encoding": "gzip, gzip"}),
        ("rejected", "content encoding 'gzip, gzip' was not asked for"),
    ),
    "two encodings in two lines": (
        raw(head(Content_Length="12", Content_Encoding="gzip\r\nContent-Encoding: br") + BODY),
        ("rejected", "content encoding 'gzip, br' was not asked for"),
    ),
    "not the encoding it says": (
        http(200, BODY, {"Content-Encoding": "gzip"}),
        ("rejected", "body is no gzip"),
    ),
    "half a gzip": (
        http(200, ZIPPED[:-9], {"Content-Encoding": "gzip"}),
        ("rejected", "body is truncated"),
    ),
    "shorter than it says": (cut(head(Content_Length="500") + BODY), ("rejected", "body is truncated")),
    "longer than it says": (cut(head(Content_Length="4") + BODY), ("rejected", "answer is not HTTP")),
    "no last chunk": (cut(CHUNKED + chunks(BODY)), ("rejected", "body is truncated")),
    "a chunk that is none": (raw(CHUNKED + b"zz\r\n"), ("rejected", "answer is not HTTP")),
    "not HTTP": (cut(b"220 smtp.example ready\r\n\r\n"), ("rejected", "answer is not HTTP")),
    "a length that is none": (raw(head(Content_Length="many")), ("rejected", "answer is not HTTP")),
    "an endless header": (
        cut(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000),
        ("rejected", "answer is not HTTP"),
    ),
    "reset at once": (reset(), ("rejected", "connection closed before the answer was whole")),
    "closed at once": (cut(b""), ("rejected", "connection closed before the answer was whole")),
    "reset in the head": (
        reset(b"HTTP/1.1 200 O"),
        ("rejected", "connection closed before the answer was whole"),
    ),
    "a length of 50 MB": (
        hang(head(Content_Length="50000000")),
        ("rejected", f"body is larger than {LARGEST_BODY} bytes"),
    ),
    "a length of 20 digits": (raw(head(Content_Length="9" * 20)), ("rejected", "answer is not HTTP")),
}


@pytest.mark.parametrize("name", CORPUS)
async def test_a_hostile_answer_ends_in_its_outcome(server: HostileServer, clock: VirtualClock, name: str):
    answer, expected = CORPUS[name]
    server.play("/alpha/live", answer)
    async with door_to(server, clock) as door:
        assert said(await ask(door)) == expected


HUNG: Final = {
    "before the head": hang(),
    "in the head": hang(b"HTTP/1.1 200 OK\r\nContent-"),
    "in the body": hang(head(Content_Length="500") + BODY),
}


@pytest.mark.parametrize("name", HUNG)
async def test_a_hung_answer_ends_by_the_limit_between_bytes_or_the_deadline(
    server: HostileServer, clock: VirtualClock, name: str
):
    server.play("/alpha/live", HUNG[name])
    limits = Limits(connections=10, per_second=0, deadline_s=DEADLINE_S)
    async with door_to(server, clock, msgspec.structs.replace(QUICK, read_s=0.05)) as door:
        assert said(await ask(door)) == ("rejected", "no byte within 0.05 s")
    assert len(server.requests) == 3
    async with door_to(server, clock, limits=limits) as door:
        assert said(await ask(door)) == ("rejected", "no whole answer within 0.3 s")


async def test_an_answer_that_drips_ends_by_the_deadline(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/live", drip(head(Content_Length="500") + BODY * 100, pause_s=0.01))
    limits = Limits(connections=10, per_second=0, deadline_s=DEADLINE_S)
    async with door_to(server, clock, msgspec.structs.replace(QUICK, read_s=0.2), limits=limits) as door:
        assert said(await ask(door)) == ("rejected", "no whole answer within 0.3 s")


@pytest.mark.parametrize("word", CHALLENGE_WORDS)
async def test_every_challenge_word_counts_in_markup_only(
    server: HostileServer, clock: VirtualClock, word: bytes
):
    server.play("/alpha/page", http(200, b"<html>" + word.upper()))
    server.play("/alpha/json", http(200, b'["' + word + b'"]'))
    async with door_to(server, clock) as door:
        assert refused(await ask(door, Request(step="live", path="/page")))[0] == "blocked"
        assert isinstance(await ask(door, Request(step="live", path="/json")), Payload)


async def test_a_body_longer_than_its_length_does_not_leak_into_the_next_answer(
    server: HostileServer, clock: VirtualClock
):
    server.play("/alpha/live", raw(head(Content_Length="4") + BODY), http(200, b"[2]"))
    async with door_to(server, clock) as door:
        await ask(door)
        assert said(await ask(door)) == ("ok", "[2]")


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_a_site_whose_date_is_off_changes_no_time(
    server: HostileServer, clock: VirtualClock, minutes: int
):
    date = format_datetime(clock.now() + timedelta(minutes=minutes), usegmt=True)
    server.play("/alpha/live", raw(head(Date=date, Content_Length=str(len(BODY))) + BODY))
    async with door_to(server, clock) as door:
        answer = await ask(door)
    assert isinstance(answer, Payload)
    assert answer.seen_at == clock.now()


async def test_nobody_listening_is_a_refusal(server: HostileServer, clock: VirtualClock):
    async with HostileServer() as gone:
        address = f"http://127.0.0.1:{gone.port}"
    async with HttpDoor({SITE: site_at(address)}, clock, QUICK) as door:
        assert said(await ask(door)) == ("rejected", "no connection: Connection refused")


async def test_a_site_without_tls_gets_no_request(clock: VirtualClock):
    got = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.example ready\r\n")
        got.append(await reader.read(10_000))
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as plain:
        address = f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}"
        async with HttpDoor({SITE: site_at(address)}, clock, QUICK) as door:
            answer = await ask(door, Request(step="live", path="/live", params={"secret": "hush"}))
    assert said(answer) == ("rejected", "no secure connection: certificate or protocol refused")
    assert b"hush" not in b"".join(got)


BOMB: Final = gzip.compress(bytes(50_000_000), 6)


@pytest.mark.parametrize(
    "answer",
    [
        flood(CHUNKED, chunks(b"x" * 65_536), 800),
        flood(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536, 800),
        raw(head(Content_Length=str(len(BOMB)), Content_Encoding="gzip") + BOMB),
    ],
    ids=["50 MB in chunks", "50 MB without a length", "gzip bomb"],
)
async def test_a_huge_body_costs_little_memory_and_no_deadline(
    server: HostileServer, clock: VirtualClock, answer: Answer
):
    server.play("/alpha/live", answer)
    limits = Limits(connections=10, per_second=0, deadline_s=0.5)
    async with door_to(server, clock, QUICK, limits=limits) as door:
        tracemalloc.start()
        try:
            refusal = await ask(door)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert refused(refusal) == ("rejected", f"body is larger than {LARGEST_BODY} bytes")
    assert peak < MOST_MEMORY


async def test_a_body_of_the_largest_size_is_taken(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/live", http(200, b"[" + b" " * (LARGEST_BODY - 2) + b"]"))
    limits = Limits(connections=10, per_second=0, deadline_s=2)
    async with door_to(server, clock, QUICK, limits=limits) as door:
        answer = await ask(door)
    assert isinstance(answer, Payload)
    assert len(answer.body) == LARGEST_BODY


# --- what is sent ------------------------------------------------------------------------------


async def test_a_request_carries_the_sites_headers_query_and_login(
    server: HostileServer, clock: VirtualClock
):
    server.play("/alpha/events/today", http(200, BODY))
    address = f"http://ann:s3cret@127.0.0.1:{server.port}/alpha/?user=ann&secret=hush"
    headers = {"X-App-Timezone": "Africa/Nairobi", "Accept-Encoding": "br, zstd"}
    async with HttpDoor({SITE: site_at(address, headers=headers)}, clock, QUICK) as door:
        answer = await ask(door, Request(step="events", path="/events/today", params={"q": "a b&c"}))
    assert isinstance(answer, Payload)
    assert server.requests == ["GET /alpha/events/today?user=ann&secret=hush&q=a+b%26c"]
    sent = server.headers[0]
    assert sent["x-app-timezone"] == "africa/nairobi"
    assert sent["accept-encoding"] == "gzip, deflate"
    assert sent["authorization"].startswith("basic ")
    assert answer.origin.request == "GET /events/today?q=a b&c"


async def test_no_cookie_is_kept(server: HostileServer, clock: VirtualClock):
    server.play("/live", http(200, BODY, {"Set-Cookie": "seen=1; Path=/"}))
    async with HttpDoor({SITE: site_at(f"http://localhost:{server.port}")}, clock, QUICK) as door:
        for _ in range(2):
            assert isinstance(await ask(door), Payload)
    assert ["cookie" in sent for sent in server.headers] == [False, False]


async def test_a_json_body_is_posted(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/events", http(500), http(200, BODY))
    async with door_to(server, clock) as door:
        answer = await ask(door, Request(step="events", path="/events", json_body={"ids": [1]}))
    assert isinstance(answer, Payload)
    assert server.requests == ["POST /alpha/events"] * 2
    assert server.bodies == [b'{"ids":[1]}'] * 2
    assert server.headers[0]["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        "live",
        "//127.0.0.1/live",
        "/../live",
        "/a/%2e%2e/live",
        "/a/..\\b",
        "http://127.0.0.1/",
        "/a\r\nX: y",
        "",
    ],
)
async def test_a_path_that_leaves_the_sites_address_is_not_asked(
    server: HostileServer, clock: VirtualClock, path: str
):
    async with door_to(server, clock) as door:
        outcome, reason = refused(await ask(door, Request(step="live", path=path)))
        assert door.state(SITE) == "closed"
    assert (outcome, reason) == ("rejected", f"path {path[:40]!r} is not below the site's address")
    assert server.connections == 0


async def test_secrets_are_in_no_reason_origin_or_log(
    server: HostileServer, clock: VirtualClock, caplog: pytest.LogCaptureFixture, capsys
):
    caplog.set_level(logging.DEBUG)
    login = f"ann:s3cret@127.0.0.1:{server.port}"
    sites = {
        "good": site_at(f"http://{login}/alpha?secret=hush", headers={"X-Key": "s3cret"}),
        "proxied": site_at("https://bookmaker.example", proxy=f"http://{login}"),
    }
    server.play(
        "/alpha/redirect", http(302, headers={"Location": "https://ann:s3cret@else.example/?secret=hush"})
    )
    server.play("/alpha/ok", http(200, BODY))
    server.play("/alpha/loop", http(302, headers={"Location": "/alpha/loop?secret=hush"}))
    server.play("/alpha/reset", reset())
    words = []
    async with HttpDoor(sites, clock, QUICK) as door:
        for site, path in [
            ("good", "/redirect"), ("good", "/loop"), ("good", "/reset"), ("good", "/ok"), ("proxied", "/x"),
        ]:  # fmt: skip
            answer = await ask(door, Request(step="live", path=path, params={"user": "hush"}), site)
            words.append(answer.origin.request if isinstance(answer, Payload) else answer.reason)
    out, err = capsys.readouterr()
    assert len(words) == len(set(words)) == 5
    for canary_word in ("s3cret", "hush", "YW5u"):
        assert canary_word not in " ".join([*words, caplog.text, out, err])


# --- redirects and addresses -------------------------------------------------------------------


async def test_a_redirect_within_the_site_is_followed_and_may_change_the_method(
    server: HostileServer, clock: VirtualClock
):
    server.play("/alpha/a", http(307, headers={"Location": "b"}))
    server.play(
        "/alpha/b", http(303, headers={"Location": f"//ann:s3cret@127.0.0.1:{server.port}/elsewhere?x=1"})
    )
    server.play("/elsewhere", http(200, BODY))
    async with door_to(server, clock) as door:
        assert isinstance(await ask(door, Request(step="a", path="/a", json_body={})), Payload)
    assert server.requests == ["POST /alpha/a", "POST /alpha/b", "GET /elsewhere?x=1"]
    assert not any("authorization" in sent for sent in server.headers)


async def test_a_redirect_loop_ends_after_three(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/live", http(302, headers={"Location": "/alpha/live"}))
    async with door_to(server, clock) as door:
        assert said(await ask(door)) == ("rejected", "more than 3 redirects")
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("http://127.0.0.1:{port}/", "http://127.0.0.1"),
        ("//127.0.0.1:{port}/", "http://127.0.0.1"),
        ("http://127.1:{port}/", "http://127.1"),
        ("http://[::ffff:127.0.0.1]:{port}/", "http://::ffff:7f00:1"),
        ("http://localhost:{port}/", "http://localhost"),
        ("http://127.0.0.1:{own}@127.0.0.1:{port}/", "http://127.0.0.1"),
        ("https://127.0.0.1:{own}/", "https://127.0.0.1"),
        ("http://10.0.0.1/", "http://10.0.0.1"),
        ("http://169.254.169.254/latest/meta-data", "http://169.254.169.254"),
        ("http://[::]/", "http://::"),
        ("file:///etc/passwd", "file://"),
        ("gopher://127.0.0.1:{port}/", "gopher://127.0.0.1"),
    ],
)
async def test_a_redirect_that_leaves_the_site_is_refused_untouched(
    server: HostileServer, canary: HostileServer, clock: VirtualClock, location: str, shown: str
):
    target = location.format(port=canary.port, own=server.port)
    server.play("/alpha/live", http(302, headers={"Location": target}))
    async with door_to(server, clock) as door:
        assert said(await ask(door)) == ("rejected", f"redirect leaves the site for {shown}")


async def test_a_redirect_to_what_is_no_url_is_refused(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/live", http(302, headers={"Location": "http://[::1"}))
    async with door_to(server, clock) as door:
        assert said(await ask(door)) == ("rejected", "redirect to what is no URL")


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("0x7f.1", "the site's address is not public"),  # a name to aiohttp, 127.0.0.1 to the resolver
        ("127.1", "request failed: InvalidUrlClientError"),
        ("2130706433", "request failed: InvalidUrlClientError"),
        ("0", "request failed: InvalidUrlClientError"),
    ],
)
async def test_a_name_that_resolves_to_loopback_is_not_connected_to(
    canary: HostileServer, clock: VirtualClock, host: str, reason: str
):
    async with HttpDoor({SITE: site_at(f"https://{host}:{canary.port}")}, clock, QUICK) as door:
        assert said(await ask(door)) == ("rejected", reason)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("http://bookmaker.example", "is http, must be https unless it is loopback"),
        ("ftp://127.0.0.1", "is ftp, must be https"),
        ("file:///etc/passwd", "is no address such as"),
        ("bookmaker.example", "is no address such as"),
        ("https://[::1", "is no address such as"),
        ("https://10.0.0.1", "10.0.0.1 is not public"),
        ("https://169.254.169.254", "169.254.169.254 is not public"),
        ("http://[::ffff:127.0.0.1]:80", "is http, must be https unless it is loopback"),
    ],
)
def test_an_address_that_may_not_be_asked_is_a_configuration_error(
    clock: VirtualClock, address: str, fault: str
):
    with pytest.raises(Misconfigured, match=rf"base_url of {SITE}") as refusal:
        HttpDoor({SITE: site_at(address)}, clock)
    assert fault in str(refusal.value)


async def test_a_proxy_gets_the_connection_and_its_login_but_no_other_port_is_reached(
    server: HostileServer, clock: VirtualClock
):
    site = site_at("https://bookmaker.example/api", proxy=f"http://ann:s3cret@127.0.0.1:{server.port}")
    server.play("bookmaker.example:443", http(407))
    async with HttpDoor({SITE: site}, clock, QUICK) as door:
        answer = await ask(door)
    assert said(answer) == ("rejected", "no connection: the proxy answers status 407")
    assert server.requests[0] == "CONNECT bookmaker.example:443"
    assert server.headers[0]["proxy-authorization"].startswith("basic ")


# --- tries, windows, breaker -------------------------------------------------------------------


async def test_what_passes_is_tried_three_times_and_what_stays_once(
    server: HostileServer, clock: VirtualClock
):
    server.play("/alpha/flaky", http(502), reset(), http(200, BODY))
    server.play("/alpha/broken", http(502))
    server.play("/alpha/gone", http(410))
    async with door_to(server, clock) as door:
        assert isinstance(await ask(door, Request(step="x", path="/flaky")), Payload)
        assert refused(await ask(door, Request(step="x", path="/broken"))) == ("rejected", "status 502")
        assert refused(await ask(door, Request(step="x", path="/gone"))) == ("rejected", "status 410")
        assert (door.stats(SITE).retries, door.stats(SITE).requests) == (4, 7)
    assert server.requests == ["GET /alpha/flaky"] * 3 + ["GET /alpha/broken"] * 3 + ["GET /alpha/gone"]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("Thu, 14 May 2026 12:02:00 GMT", 120),
        ("Thu, 14 May 2026 11:00:00 GMT", 5),
        ("soon", 5),
        ("-1", 5),
        ("1000000000", 900),
        ("9" * 5000, 900),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 900),
    ],
)
async def test_no_request_is_sent_inside_a_retry_after_window(
    server: HostileServer, clock: VirtualClock, status: int, header: str, seconds: float
):
    server.play("/alpha/live", http(status, CHALLENGE, {"Retry-After": header}), http(200, BODY))
    async with door_to(server, clock) as door:
        first = await ask(door)
        assert refused(first) == ("retry_later", f"status {status}, retry after {seconds:g} s")
        assert isinstance(first, Refusal)
        assert first.after_s == seconds
        clock.sleep(seconds - 1)
        second = await ask(door, Request(step="other", path="/other"))
        assert refused(second) == ("retry_later", "the site asked to wait, 1 s are left")
        assert isinstance(second, Refusal)
        assert second.after_s == pytest.approx(1)
        assert len(server.requests) == 1
        clock.sleep(1)
        assert isinstance(await ask(door), Payload)


async def test_429_without_retry_after_holds_too(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/live", http(429))
    async with door_to(server, clock) as door:
        answers = [await ask(door) for _ in range(5)]
    assert [refused(answer)[0] for answer in answers] == ["retry_later"] * 5
    assert len(server.requests) == 1


async def test_a_queue_before_a_site_that_asked_to_wait_is_gone_at_once(
    server: HostileServer, clock: VirtualClock
):
    server.play("/alpha/live", http(429))
    limits = Limits(connections=1, per_second=10, deadline_s=PATIENCE_S)
    async with door_to(server, clock, limits=limits) as door, asyncio.timeout(2):
        answers = await asyncio.gather(*(ask(door) for _ in range(100)))  # 10 s at the rate
    assert {refused(answer)[0] for answer in answers} == {"retry_later"}
    assert len(server.requests) == 1


async def test_requests_that_wait_for_their_turn_see_a_window_that_opened(
    server: HostileServer, clock: VirtualClock
):
    server.play("/alpha/live", http(429))
    limits = Limits(connections=1, per_second=0, deadline_s=DEADLINE_S)
    async with door_to(server, clock, limits=limits) as door:
        answers = await asyncio.gather(*(ask(door) for _ in range(20)))
    assert {refused(answer)[0] for answer in answers} == {"retry_later"}
    assert len(server.requests) == 1


async def test_a_further_try_sees_a_window_that_opened(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/broken", http(502))
    server.play("/alpha/live", http(429))
    async with door_to(server, clock, msgspec.structs.replace(QUICK, retry_s=0.05)) as door:
        broken = asyncio.create_task(ask(door, Request(step="x", path="/broken")))
        await server.has_got(1)
        await ask(door)
        assert refused(await broken)[0] == "retry_later"
    assert server.requests == ["GET /alpha/broken", "GET /alpha/live"]


async def test_a_window_beyond_the_deadline_is_not_waited_out(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/live", http(429))
    limits = Limits(connections=10, per_second=0, deadline_s=DEADLINE_S)
    async with door_to(server, clock, msgspec.structs.replace(QUICK, waited_out_s=5), limits=limits) as door:
        assert refused(await ask(door)) == ("retry_later", "status 429, retry after 5 s")


async def test_a_short_window_is_waited_out_and_the_request_sent_again(server: HostileServer):
    options = Options(retry_s=0.002, retry_after_s=0.02, waited_out_s=0.02)
    server.play("/alpha/live", http(429), http(200, BODY))

    class LoopClock(VirtualClock):
        def monotonic(self) -> float:
            return asyncio.get_running_loop().time()

    async with door_to(server, LoopClock(), options) as door:
        assert isinstance(await ask(door), Payload)
    assert len(server.requests) == 2


async def test_the_breaker_opens_after_five_failures_and_one_probe_closes_it(
    server: HostileServer, clock: VirtualClock
):
    server.play("/alpha/live", http(403))
    async with door_to(server, clock) as door:
        states = []
        for _ in range(6):
            answer = await ask(door)
            states.append((refused(answer)[0], door.state(SITE)))
        assert states == [("blocked", "closed")] * 4 + [("blocked", "open"), ("retry_later", "open")]
        assert len(server.requests) == 5

        clock.sleep(29.9)
        assert refused(await ask(door))[0] == "retry_later"
        clock.sleep(0.1)
        assert door.state(SITE) == "half_open"
        assert refused(await ask(door))[0] == "blocked"  # the probe
        assert (door.state(SITE), len(server.requests)) == ("open", 6)

        server.play("/alpha/live", http(200, BODY))
        clock.sleep(30)
        assert isinstance(await ask(door), Payload)
        assert door.state(SITE) == "closed"


async def test_failures_count_in_a_row_only(server: HostileServer, clock: VirtualClock):
    bad, good = http(403), http(200, BODY)
    server.play("/alpha/live", bad, bad, bad, bad, good, bad, bad, bad, bad, good)
    async with door_to(server, clock) as door:
        answers = [await ask(door) for _ in range(10)]
    assert [said(answer)[0] for answer in answers] == [*["blocked"] * 4, "ok"] * 2


async def test_requests_that_wait_for_the_rate_see_a_breaker_that_opened(
    server: HostileServer, clock: VirtualClock
):
    server.play("/alpha/live", http(403))
    options = msgspec.structs.replace(QUICK, failures=1)
    limits = Limits(connections=10, per_second=20, deadline_s=PATIENCE_S)
    async with door_to(server, clock, options, limits=limits) as door:
        answers = await asyncio.gather(*(ask(door) for _ in range(6)))  # two at once, the others wait
    assert [refused(answer)[0] for answer in answers] == ["blocked"] * 2 + ["retry_later"] * 4
    assert len(server.requests) == 2


async def test_a_probe_is_tried_once(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/live", http(502))
    async with door_to(server, clock) as door:
        for _ in range(5):
            await ask(door)
        assert len(server.requests) == 5 * 3
        clock.sleep(30)
        assert refused(await ask(door)) == ("rejected", "status 502")
    assert len(server.requests) == 5 * 3 + 1


async def test_deadlines_that_pass_open_the_breaker(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/live", hang())
    async with door_to(server, clock, limits=Limits(10, 0, 0.05)) as door:
        answers = await asyncio.gather(*(ask(door) for _ in range(5)))
        assert {refused(answer) for answer in answers} == {("rejected", "no whole answer within 0.05 s")}
        assert door.state(SITE) == "open"


async def test_only_one_probe_goes_out_and_a_cancelled_one_frees_the_place(
    server: HostileServer, clock: VirtualClock
):
    server.play("/alpha/live", http(403))
    async with door_to(server, clock, limits=Limits(10, 0, 5)) as door:
        for _ in range(5):
            await ask(door)
        clock.sleep(30)
        server.play("/alpha/live", hang())
        probe = asyncio.create_task(door.fetch(SITE, GET))
        await server.has_got(6)
        assert refused(await ask(door))[0] == "retry_later"
        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe
        assert door.state(SITE) == "half_open"
        server.play("/alpha/live", http(200, BODY))
        assert isinstance(await ask(door), Payload)
    assert len(server.requests) == 7


async def test_missing_pages_and_cancelled_fetches_do_not_open_the_breaker(
    server: HostileServer, clock: VirtualClock
):
    server.play("/alpha/hung", hang())
    async with door_to(server, clock, limits=Limits(10, 0, 5)) as door:
        for _ in range(6):
            await ask(door)
            fetch = asyncio.create_task(door.fetch(SITE, Request(step="x", path="/hung")))
            await asyncio.sleep(0.005)
            fetch.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetch
        assert door.state(SITE) == "closed"
        assert door.stats(SITE).outcomes == {"rejected": 6}


# --- our own limits ----------------------------------------------------------------------------


async def test_a_hung_site_does_not_slow_another(server: HostileServer, clock: VirtualClock):
    server.play("/slow/live", hang())
    server.play("/fast/live", http(200, BODY))
    sites = {
        name: site_at(f"http://127.0.0.1:{server.port}/{name}", limits=Limits(2, 0, 10))
        for name in ("slow", "fast")
    }
    async with HttpDoor(sites, clock, Options(read_s=10)) as door:
        hung = [asyncio.create_task(door.fetch("slow", GET)) for _ in range(20)]
        await server.has_got(2, "GET /slow/live")
        answers = [await ask(door, site="fast") for _ in range(50)]
        assert not any(task.done() for task in hung)
        for task in hung:
            task.cancel()
        await asyncio.gather(*hung, return_exceptions=True)
    assert all(isinstance(answer, Payload) for answer in answers)
    assert server.requests.count("GET /slow/live") == 2


async def test_no_more_connections_are_open_at_once_than_allowed(server: HostileServer, clock: VirtualClock):
    now = most = 0

    async def answer(writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.002)
        now -= 1
        await http(200, BODY)(writer)

    server.play("/alpha/live", answer)
    async with door_to(server, clock, limits=Limits(3, 0, 5)) as door:
        answers = await asyncio.gather(*(ask(door) for _ in range(12)))
    assert all(isinstance(one, Payload) for one in answers)
    assert most == 3
    assert server.connections <= 3


async def test_the_rate_is_kept_and_who_gets_no_turn_is_told(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/live", http(200, BODY))
    options = msgspec.structs.replace(QUICK, turn_s=0.3)
    loop = asyncio.get_running_loop()
    async with door_to(server, clock, options, limits=Limits(50, 20, PATIENCE_S)) as door:
        started = loop.time()
        answers = await asyncio.gather(*(ask(door) for _ in range(20)))
        took_s = loop.time() - started
    waited = [answer for answer in answers if isinstance(answer, Refusal)]
    assert 2 <= len(server.requests) <= 3 + 20 * took_s  # two go at once
    assert {refused(answer) for answer in waited} == {
        ("retry_later", "no turn within 0.3 s at our own limits")
    }
    assert door.state(SITE) == "closed"


async def test_an_infinite_rate_is_none(server: HostileServer, clock: VirtualClock):
    server.play("/alpha/live", http(200, BODY))
    async with door_to(server, clock, limits=Limits(50, float("inf"), PATIENCE_S)) as door:
        answers = await asyncio.gather(*(ask(door) for _ in range(100)))
    assert all(isinstance(answer, Payload) for answer in answers)


@pytest.mark.parametrize(
    "limits", [Limits(connections=0), Limits(deadline_s=0), Limits(deadline_s=float("nan"))]
)
def test_limits_that_would_never_ask_are_a_configuration_error(clock: VirtualClock, limits: Limits):
    with pytest.raises(Misconfigured, match=f"limits of {SITE}"):
        HttpDoor({SITE: site_at("https://bookmaker.example", limits=limits)}, clock)


async def test_the_traffic_of_a_site_is_counted(server: HostileServer, clock: VirtualClock):
    server.play(
        "/alpha/live", http(500, b"{}"), http(200, BODY), http(204), http(302, headers={"Location": "x"})
    )
    async with door_to(server, clock) as door:
        assert door.stats(SITE) == Stats(
            requests=0, retries=0, outcomes={}, bytes=0, last_ok=None, median_latency_s=None,
            longest_latency_s=None,
        )  # fmt: skip
        for _ in range(3):
            await ask(door)
        stats = door.stats(SITE)
    assert (stats.requests, stats.retries, stats.bytes) == (
        5,
        1,
        len(b"{}") + len(BODY),
    )
    assert stats.outcomes == {"ok": 1, "empty": 1, "rejected": 1}
    assert stats.last_ok == NOON
    assert stats.median_latency_s == stats.longest_latency_s
