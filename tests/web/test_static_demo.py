"""The page in a real Chromium on the demo: views, keyboard, proof, stakes, a phone, accessibility."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import parse_qsl, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as TooLate

from tests.cli.commands import Asked, run_many
from tests.web.chromium import DESK, LISTS, PHONE, VIEWS, WITHIN_MS, chromium, demo, tell, watched
from tests.web.seen import BETS, GRIDS, MARKET_OF, MATCHES, ROWS, bet, every, worst

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.xdist_group("network"),
    pytest.mark.timeout(120),
]

SOON_MS = 15_000
THERE = "tr[data-key], .empty:not([hidden]), svg.picture"
LOW = DESK | {"height": 420}  # few rows: axe looks at each
BROKEN = {"resultTypes": ["violations"]}
PHONE_SCHEMES = {"light": BROKEN}
ON_PHONE = ("surebets", "history")  # a list and a picture: the others are as these
SCHEMES = {"dark": BROKEN, "light": BROKEN | {"runOnly": ["color-contrast"]}}


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def url(browser, tmp_path_factory):
    with demo(tmp_path_factory.mktemp("demo")) as found:
        yield found


@pytest.fixture(scope="module")
def desk(browser, url):
    """Yield a page with a surebet; whatever was wrong in it fails the last test that uses it."""
    with watched(browser, url) as found:
        page = found.open()
        page.locator("tr[data-key]").first.wait_for()
        yield page


@pytest.fixture
def at(desk, url):
    """Return what shows a view in it, as a new visitor sees it."""

    def shown(view):
        desk.goto(f"{url}/#{view}")
        desk.reload()
        desk.locator(THERE).first.wait_for()
        return desk

    return shown


def test_surebets_are_sorted_by_profit_and_every_leg_has_price_and_age(at):
    page = at("surebets")
    rows = tell(page, ROWS)
    assert [one["profit"] for one in rows] == sorted((one["profit"] for one in rows), reverse=True)
    for row in rows:
        assert re.fullmatch(r"\d+ (s|min)\nstakes", row["life"])
        assert len(row["legs"]) in (2, 3)
        for leg in row["legs"]:
            assert re.fullmatch(r"\d+\.\d\d", leg["price"])
            assert leg["bookmaker"] in ("BookieAlpha", "BookieBeta", "BookieGamma", "BookieDelta")
            assert re.fullmatch(r"\d+ (s|min|h)", leg["seen"])
            assert re.fullmatch(r"\d+ (s|min|h)|–", leg["changed"])  # a leg newer than its document was read
    assert page.locator("body").get_attribute("data-state") == "simulated"
    assert "SIMULATED" in page.locator("#strip").inner_text()


@pytest.mark.parametrize("view", LISTS)
def test_every_list_is_opened_walked_sorted_and_searched_by_keyboard(desk, view):
    desk.locator("main").focus()
    desk.keyboard.press(str(VIEWS.index(view) + 1))
    desk.locator(f"nav a[href='#{view}'][aria-current=page]").wait_for()
    desk.locator("tr[data-key]").nth(1).wait_for()
    before = desk.locator("th[aria-sort]").inner_text()
    desk.keyboard.press("s")
    tell(desk, "before => document.querySelector('th[aria-sort]').innerText !== before", before)
    order = desk.locator("th[aria-sort]").get_attribute("aria-sort")
    desk.keyboard.press("S")
    tell(desk, "order => document.querySelector('th[aria-sort]').ariaSort !== order", order)
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    assert tell(desk, "() => document.activeElement.ariaRowIndex") == "3"
    desk.keyboard.press("k")
    assert tell(desk, "() => document.activeElement.ariaRowIndex") == "2"
    if view in ("surebets", "mispriced", "events"):
        wanted = desk.locator("tr[data-key] .teams").nth(1).inner_text().partition(" – ")[0]
        desk.keyboard.press("/")
        desk.keyboard.type(wanted.lower())
        tell(desk, MATCHES, wanted)
        assert "text=" in desk.url
        desk.keyboard.press("Escape")


def test_sorting_by_a_head_with_the_keyboard_orders_the_rows(at):
    page = at("events")
    page.get_by_role("button", name="Books").focus()
    page.keyboard.press("Enter")
    assert page.locator("th.k-books").get_attribute("aria-sort") == "descending"
    books = tell(page, f"() => {every('.k-books')}.map((one) => Number(one.innerText))")
    assert books[0] > 1
    assert books == sorted(books, reverse=True)


def test_filters_leave_nothing_else_and_stay_in_the_address(at):
    page = at("surebets")
    page.get_by_label("source").select_option("upcoming")
    tell(page, f"() => {every('.tag')}.every(one => one.innerText === 'upcoming')")
    page.get_by_label("market").select_option("three_way")
    tell(page, f"() => {every('.k-market')}.every(one => one.innerText.includes('1X2'))")
    page.get_by_label("bookmaker").select_option("BookieBeta")
    tell(page, f"() => {every('.k-legs')}.every(one => one.innerText.includes('BookieBeta'))")
    assert page.url.endswith("#surebets?bookmaker=BookieBeta&market=three_way&source=upcoming")
    page.get_by_label("profit ≥").fill("99")
    page.locator(".empty").get_by_text("No surebet stands now").wait_for()


def test_suspicious_surebets_are_shown_only_when_asked_for(at):
    page = at("surebets")
    button = page.get_by_role("button", name=re.compile("suspicious"))
    tell(page, "() => /^[1-9]/.test(document.querySelector('.filters > button').innerText)")
    assert page.locator("tr.suspicious").count() == 0
    page.locator("main").focus()
    page.keyboard.press("x")
    page.locator("tr.suspicious").first.wait_for()
    assert button.get_attribute("aria-pressed") == "true"
    assert "suspicious" in page.locator("tr.suspicious").first.inner_text()


def test_why_shows_requests_checksums_joins_and_the_certificate(at):
    page = at("surebets")
    page.locator("tr[data-key]").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("w")
    proof = page.locator("dialog[open]")
    proof.get_by_text("Certificate").wait_for()
    words = proof.inner_text()
    assert len(re.findall(r"\b[0-9a-f]{64}\b", words)) in (2, 3)
    assert len(re.findall(r"^(GET|POST) /", words, re.MULTILINE)) in (2, 3)
    assert all(one in words for one in ("Joined", "book sum", "all legs hold"))
    page.keyboard.press("Escape")
    proof.wait_for(state="detached")


def test_the_calculator_says_what_mispriced_stakes_says(at):
    shown, commands = [], []
    for left in reversed(range(3)):
        page = at("surebets?source=upcoming")
        page.set_default_timeout(SOON_MS)
        try:
            shown, commands = staked(page)
        except TooLate:  # the surebet may close while its stakes are asked for, but not each time
            if not left:
                raise
        else:
            break
        finally:
            page.set_default_timeout(WITHIN_MS)
    told = [one.json for one in run_many([Asked(["stakes", *one.split(), "--json"]) for one in commands])]
    assert shown == [([bet(one) for one in answer["bets"]], worst(answer)) for answer in told]


def staked(page):
    """Return what the calculator of the first surebet shows, and the words that ask for the same."""
    page.locator("tr[data-key]").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    shown, commands = [], []
    for total, rounding, commission, tax, placed in STAKES:
        page.get_by_label("Total stake").fill(total)
        page.get_by_label("Rounded to").fill(rounding)
        page.get_by_label("Commission %").fill(commission)
        page.get_by_label("Tax").select_option(tax)
        page.get_by_label("with", exact=True).fill(placed)
        if placed:
            page.get_by_label("Placed on").select_option(index=1)
        given = {"total": total, "increment": rounding, "commission": commission, "tax": tax}
        with page.expect_response(partial(answers, given, placed)) as asked:
            page.get_by_label("Total stake").press("End")
            page.get_by_label("Total stake").fill(total)
        assert asked.value.ok
        found = asked.value.json()
        rows = tell(page, BETS, worst(found))
        legs = [f"--leg={row[1]}:{MARKET_OF[row[0]]}:{row[0]}={row[2]}" for row in rows]
        given["fixed"] = f"{found['bets'][0]['outcome']}={placed}" if placed else ""
        options = [f"--{name}={value}" for name, value in given.items() if value]
        shown.append(([[row[0].casefold(), row[1], *row[3:]] for row in rows], worst(found)))
        commands.append(" ".join([*legs, *options]))
    return shown, commands


def answers(given, placed, response):
    """Say whether this is what the calculator was told: of what was typed before, answers may still come."""
    url = urlsplit(response.url)
    asked = dict(parse_qsl(url.query))
    told = {name: asked.get(name, "") for name in given}, asked.get("fixed", "").partition("=")[2]
    return url.path.startswith("/api/v1/stakes/") and told == (given, placed)


def test_an_event_shows_all_books_with_the_best_price_marked_and_its_past(at):
    page = at("surebets")
    page.locator("tr[data-key] .teams").first.click()
    page.locator(".grid table").first.wait_for()
    grids = tell(page, GRIDS)
    assert {one["market"] for one in grids} <= {"1X2", "Both score", "Double chance"}
    for grid in grids:
        for column, best in grid["best"].items():
            assert best == max(grid["fresh"][column])
    page.locator(".chart canvas").first.wait_for()


def test_health_and_history_are_drawn(at):
    picture = at("health").locator("svg.picture")
    picture.wait_for()
    assert picture.locator("rect").count() == 6
    assert re.match(r"events listed [1-9]\d*, ", picture.get_attribute("aria-label"))
    page = at("history")
    page.locator("svg.hours rect").first.wait_for()
    assert re.match(r"[1-9]\d* opportunit", page.locator("svg.hours").get_attribute("aria-label"))
    page.get_by_role("row", name=re.compile("BookieAlpha 1X2 upcoming")).wait_for()
    page.keyboard.press("?")
    page.locator("dialog[open]").get_by_text("search").wait_for()
    page.keyboard.press("Escape")


@pytest.mark.parametrize("size", [LOW, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_serious_and_no_view_scrolls_sideways(browser, url, size):
    is_phone = size == PHONE
    with watched(browser, url, viewport=size, is_mobile=is_phone, has_touch=is_phone) as found:
        page = found.open()
        for view in VIEWS:
            page.goto(f"{url}/#{view}")
            page.locator(f"nav a[href='#{view}'][aria-current=page]").wait_for()
            page.locator(THERE).first.wait_for()
            assert max(page.evaluate(WIDTHS)) <= size["width"], view
            schemes = SCHEMES if not is_phone else PHONE_SCHEMES if view in ON_PHONE else {}
            for scheme, options in schemes.items():
                page.emulate_media(color_scheme=scheme)
                tell(page, IS_FRESH)  # a page that axe held up has heard nothing, and is grey for a while
                told = Axe().run(page, options=options).response["violations"]
                serious = [one for one in told if one["impact"] in ("serious", "critical")]
                assert [(view, scheme, one["id"], one["nodes"][0]["html"]) for one in serious] == []
        page.goto(f"{url}/#surebets")
        page.get_by_role("button", name="stakes").first.click()
        page.locator(".calculator .stakes table").wait_for()


def test_tabs_share_one_connection(browser, url, desk):
    with watched(browser, url) as found:
        pages = [found.open() for _ in range(2)]
        for page in pages:
            page.locator("tr[data-key]").first.wait_for()
        health = pages[0].evaluate("async () => (await fetch('/api/v1/health', {cache: 'no-store'})).json()")
        assert health["clients"] == 2  # with the desk's


STAKES = (("100", "", "", "", ""), ("5000", "10", "2.5", "kenya", ""), ("900", "1", "", "none", "300"))
IS_FRESH = (
    "() => document.body.dataset.state === 'simulated'"
    " && getComputedStyle(document.querySelector('main')).opacity === '1'"
)
WIDTHS = "() => [document.documentElement.scrollWidth, document.querySelector('.scroll').scrollWidth]"
