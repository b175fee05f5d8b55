"""Reports of extractions as rows: sums by site, sites that were never read, pauses."""

from datetime import timedelta

from mispriced.messages import KnownEvent
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.views.extractions import SiteRow, failures, site_rows
from tests.domain.quotes import NOON, quote


def report(name, source, **changes):
    given = {
        "bookmaker": name,
        "source": source,
        "markets": ("btts",),
        "period": "0",
        "at": NOON,
        "seconds": 1.25,
        "requests": 2,
        "outcomes": {"ok": 2},
        "events": 3,
        "quotes": 3,
        "skipped": 1,
        "last_good": NOON,
    }
    return Extraction(**(given | changes))


def known(one):
    return KnownEvent(event=one.event, match_id="m1", since=NOON)


def test_a_site_sums_its_reports_and_one_with_events_alone_has_a_row_too():
    later = NOON + timedelta(seconds=9)
    reports = [
        report("BookieBeta", "upcoming"),
        report(
            "BookieBeta",
            "upcoming",
            at=later,
            outcomes={"ok": 1, "blocked": 2},
            reasons=("a", "b", "a"),
            last_good=None,
        ),
    ]
    events = [known(quote("BookieAlpha")), known(quote("BookieBeta")), known(quote("BookieBeta"))]
    assert site_rows(reports, events, {"BookieAlpha/upcoming": later}) == [
        SiteRow(
            bookmaker="BookieAlpha",
            source="upcoming",
            events=1,
            quotes=0,
            requests=0,
            skipped=0,
            outcomes={},
            reasons=(),
            seconds=0,
            last_read=None,
            last_good=None,
            paused_until=later,
        ),
        SiteRow(
            bookmaker="BookieBeta",
            source="upcoming",
            events=2,
            quotes=6,
            requests=4,
            skipped=2,
            outcomes={"ok": 3, "blocked": 2},
            reasons=("a", "b"),
            seconds=2.5,
            last_read=later,
            last_good=NOON,
        ),
    ]
    assert failures(reports) == {"blocked": 2}
