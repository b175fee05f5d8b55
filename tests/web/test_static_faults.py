"""The page in a real Chromium when things go wrong: a server that is away, hostile names, many matches."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import msgspec
import pytest

from mispriced.cli.stores import open_store
from mispriced.cli.web import in_thread
from mispriced.domain.model import LONGEST_NAME
from mispriced.livedata.report import NOTE, Report
from mispriced.messages import Assignment
from mispriced.pipeline.detect import standing
from mispriced.pipeline.views.review import review
from mispriced.settings.judging import PlausibilitySettings
from mispriced.settings.model import FreshnessSettings, Settings
from mispriced.settings.web import WebSettings
from mispriced.telemetry.metrics import Metrics
from tests.domain.quotes import quote
from tests.web.chromium import AWAY, chromium, tell, watched
from tests.web.conftest import CLOCK, DATA, RULES, judge_all, now, put_doubtful

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.xdist_group("network"),
    pytest.mark.timeout(120),
]

HOSTILE = (
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    '"><svg onload=window.hit=1>',
    "javascript:window.hit=1",
    "\u202eoloC oloC\u202c",
    "x" * (LONGEST_NAME - 3),
    "{{ 7 * 7 }} ${window.hit = 1}",
)
PRICES = {"BookieAlpha": {"yes": 2.1, "no": 1.65}, "BookieBeta": {"yes": 1.9, "no": 2.0}}
RAN = "() => [window.hit, document.querySelectorAll('main script, main img, dialog img').length]"
END = "() => { const one = document.querySelector('.scroll'); one.scrollTop = one.scrollHeight; }"
FILTER = "getComputedStyle(document.querySelector('main')).filter"
PART = "**/static/page/model.js"
KEYS = "() => [...document.querySelectorAll('tr[data-key]')].map((one) => one.dataset.key).sort()"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@contextmanager
def served(address, port=0):
    """Serve the store at the port; yield the URL."""
    settings = Settings(
        plausibility=PlausibilitySettings(detect_flagged=True),
        freshness=FreshnessSettings(live_s=3000, upcoming_s=3000),
        web=WebSettings(port=port),
    )
    with in_thread(settings, partial(open_store, address, settings), CLOCK, Metrics()) as found:
        while found.shown.reader.state is None:
            CLOCK.sleep(0.01)
        yield found.url


def surebet(store, match_id, home, away="Gor Mahia", competition="Premier League"):
    """Put a match with a surebet into the store; return the surebet's id."""
    at = now()
    quotes = [
        quote(name, prices, event_id=f"{match_id}{name}", market="btts", home=home, away=away, seen_at=at,
              competition=competition, kickoff=at + timedelta(hours=2))
        for name, prices in PRICES.items()
    ]  # fmt: skip
    store.commit(DATA, (), at, [Assignment(event=one.event, match_id=match_id) for one in quotes])
    store.upsert(quotes, at)
    judge_all(store, at)


def test_a_page_greys_out_and_resumes_without_a_lost_or_doubled_row(browser, server, store):
    with browser.new_context() as context:
        page = context.new_page()
        said = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        with served(server) as url:
            port = int(url.rpartition(":")[2])
            page.clock.install()
            page.goto(url)
            page.locator("tr[data-key]").first.wait_for()
            before = page.evaluate(KEYS)
        page.clock.fast_forward(9_000)
        assert page.locator("body").get_attribute("data-state") == "live"
        page.clock.fast_forward(2_500)
        tell(page, "() => document.body.dataset.state === 'silent'")
        assert "NO NEWS" in page.locator("#strip").inner_text()
        tell(page, f"() => {FILTER} === 'grayscale(1)'")
        assert page.evaluate(KEYS) == before
        surebet(store, "m9", "Sofapaka")
        standing_now = sorted(one.id for one in standing(store, now(), RULES) if not one.flags)
        with served(server, port):
            tell(page, "() => document.body.dataset.state === 'live'")
            tell(page, f"(wanted) => JSON.stringify(({KEYS})()) === JSON.stringify(wanted)", standing_now)
            assert set(before) < set(standing_now)
        assert [one for one in said if AWAY not in one] == []


def test_a_page_of_which_a_part_did_not_come_loads_itself_again(browser, server):
    first = iter([True])
    with served(server) as url, browser.new_context() as context:
        page = context.new_page()
        page.route(PART, lambda route: route.abort() if next(first, False) else route.continue_())
        page.goto(url)
        page.locator(".view").wait_for()


def test_hostile_names_are_shown_as_they_are_and_run_nothing(browser, server, store):
    for number, name in enumerate(HOSTILE):
        surebet(store, f"h{number}", name, away=f"{name} II", competition=name)
    with served(server) as url, watched(browser, url) as found:
        page = found.open()
        tell(page, "(number) => document.querySelectorAll('tr[data-key]').length >= number", len(HOSTILE))
        names = page.locator("tr[data-key] .teams").all_text_contents()
        for name in HOSTILE:
            assert f"{name} – {name} II" in names
        for view in ("mispriced", "bookmakers", "matching", "health", "history", "events"):
            page.goto(f"{url}/#{view}")
            page.locator(".view").wait_for()
        page.locator("tr[data-key]").nth(len(HOSTILE)).wait_for()
        for number in range(len(HOSTILE)):
            page.goto(f"{url}/#event/h{number}")
            page.locator(".standing button").click()
            page.locator("dialog[open]").get_by_text("Certificate").wait_for()
            page.keyboard.press("Escape")
        ran = page.evaluate(RAN)
        assert ran == [None, 0]


def test_of_two_thousand_matches_those_in_view_are_in_the_document(browser, server, store):
    at = now()
    events = [
        quote(event_id=str(number), home=f"Home {number:04}", away=f"Away {number:04}",
              kickoff=at + timedelta(minutes=number + 1), seen_at=at).event
        for number in range(2000)
    ]  # fmt: skip
    for start in range(0, 2000, 500):
        some = [Assignment(event=one, match_id=f"e{one.event_id}") for one in events[start : start + 500]]
        store.commit(DATA, (), at, some)
    with served(server) as url, watched(browser, url) as found:
        page = found.open("events")
        tell(page, "() => document.querySelector('table').getAttribute('aria-rowcount') === '2004'")
        assert page.locator("tr[data-key]").count() < 60
        page.evaluate(END)
        page.get_by_text("Home 1999").wait_for()
        assert page.locator("tr[data-key]").count() < 60
        page.keyboard.press("/")
        page.keyboard.type("home 1234")
        page.get_by_text("Home 1234").wait_for()
        assert page.locator("tr[data-key]").count() == 1


def test_prices_that_moved_have_an_arrow(browser, server, store):
    surebet(store, "m9", "Sofapaka")
    with served(server) as url, watched(browser, url) as found:
        page = found.open()
        row = page.locator("tr[data-key]", has_text="Sofapaka")
        row.wait_for()
        assert row.locator(".up, .down").count() == 0
        document = next(one for one in store.documents() if one.match_id == "m9")
        before = document.quotes["BookieAlpha"]
        moved = msgspec.structs.replace(before, prices={"yes": 2.12, "no": 1.65}, seen_at=now())
        store.upsert([moved], now())
        judge_all(store, now())
        row.locator(".up").wait_for()
        assert row.locator(".down").count() == 0
        assert "2.12" in row.inner_text()


def test_a_ruling_on_the_page_is_kept_and_taken_back(browser, server, store):
    put_doubtful(store)
    with served(server) as url, watched(browser, url) as found:
        page = found.open("matching")
        row = page.locator("tr[data-key]", has_text="Manchester City")
        row.get_by_role("button", name="two matches").click()
        page.get_by_text("ban BookieAlpha/upcoming/91 BookieBeta/upcoming/92").wait_for()
        row.wait_for(state="detached")
        [ruling] = review(store, now()).rulings
        assert (ruling.kind, ruling.by, ruling.holds) == ("ban", "page at 127.0.0.1", True)
        page.get_by_role("button", name="take back").click()
        row.wait_for()
        [ruling] = review(store, now()).rulings
        assert not ruling.holds


def test_a_fallback_of_the_football_data_has_a_banner(browser, server, store):
    with served(server) as url, watched(browser, url) as found:
        page = found.open()
        page.locator("tr[data-key]").first.wait_for()
        assert "FALLBACK" not in page.locator("#strip").inner_text()
        report = Report(number=1, at=now(), source="fallback", phases={}, steps={}, requests=0, retries=0,
                        errors=0, error_rate=0, bytes=0, hits=0, left=0)  # fmt: skip
        store.note(f"{NOTE}last", msgspec.json.encode(report))
        page.locator("#strip").get_by_text("FALLBACK").wait_for()
