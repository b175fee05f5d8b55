"""The seeded scenario with traps: what looks like a surebet and is none, on every match without a plant.

A trap is one bookmaker's: it lists the match with home and away exchanged, the reserves or a namesake at
the same minute, prices from long ago, or after a goal the prices and the score from before it. Each is a
fixture of its own for the truth, because no price of it may stand against one of the match.
"""

from datetime import timedelta
from random import Random

import msgspec
from msgspec import UNSET

from mispriced.simulator.scenario import BOOKMAKERS, Offer
from mispriced.simulator.seeded import Seeded

OLD = {"upcoming": timedelta(seconds=700), "live": timedelta(seconds=20)}  # more than a price counts for
LAG = timedelta(seconds=75)  # the others are open again after 45 to 55 s
LONG = 1.3  # by what a wrong price is longer, where it is not wrong by itself
EXCHANGED = {"1": "2", "X": "X", "2": "1", "1X": "X2", "12": "12", "X2": "1X", "yes": "yes", "no": "no"}
TRAPS = ("exchanged", "reserves", "namesake", "old")


class Trapped:
    """The scenario of a seed with traps; see `Scenario`."""

    def __init__(self, seed, start):
        self.seeded = Seeded(seed, start)
        self._seed = seed
        # Where reserves play at that minute, a second listing of theirs would be the same in every word.
        self._reserves_play = {
            offer.quote.kickoff
            for source, names in BOOKMAKERS.items()
            for name in names
            for offer in self.seeded.offers(name, source, start)
            if offer.quote.category == "reserve"
        }

    def offers(self, bookmaker, source, now):
        planted = {plant.fixture.key for plant in self.seeded.plants(now)}
        found = []
        earlier = {
            (one.fixture, one.quote.market): one
            for one in (self.seeded.offers(bookmaker, source, now - LAG) if source == "live" else ())
        }
        for offer in self.seeded.offers(bookmaker, source, now):
            trap = "" if offer.fixture in planted else self._trap(offer, bookmaker, source)
            before = earlier.get((offer.fixture, offer.quote.market))
            if trap == "late" and before and before.quote.score != offer.quote.score and before.quote.prices:
                found.append(
                    Offer(msgspec.structs.replace(before.quote, seen_at=now), f"{offer.fixture}#late")
                )
            elif trap in TRAPS:
                found.append(Offer(self._set(trap, offer.quote, now), f"{offer.fixture}#{trap}"))
            else:
                found.append(
                    Offer(msgspec.structs.replace(offer.quote, seen_at=now), offer.fixture, offer.planted)
                )
        return found

    def changes(self, source, start, end):
        return self.seeded.changes(source, start, end)

    def summary(self, now):
        return self.seeded.summary(now)

    def _trap(self, offer, bookmaker, source):
        """Return which trap a bookmaker sets on a fixture, if it is the one that does."""
        chance = Random(f"{self._seed}/{offer.fixture}/{source}/trap")
        if offer.quote.category != "men" or chance.choice(BOOKMAKERS[source]) != bookmaker:
            return ""
        trap = chance.choice((*TRAPS, "late", "late") if source == "live" else TRAPS)
        return "namesake" if trap == "reserves" and offer.quote.kickoff in self._reserves_play else trap

    def _set(self, trap, quote, now):
        longer = {outcome: round(price * LONG, 2) for outcome, price in quote.prices.items()}
        other = {"event_id": f"9{quote.event_id}", "refs": {}, "seen_at": now}
        if trap == "exchanged":
            prices = {EXCHANGED[outcome]: price for outcome, price in quote.prices.items()}
            closed = tuple(EXCHANGED[outcome] for outcome in quote.suspended)
            score = (
                quote.score if quote.score is UNSET else type(quote.score)(quote.score.away, quote.score.home)
            )
            other |= {
                "home": quote.away,
                "away": quote.home,
                "prices": prices,
                "suspended": closed,
                "score": score,
            }
        elif trap == "reserves":
            other |= {
                "home": f"{quote.home} II",
                "away": f"{quote.away} II",
                "category": "reserve",
                "prices": longer,
            }
        elif trap == "namesake":
            other |= {
                "home": f"{quote.home.split()[0]} Wanderers",
                "away": "Sportivo Luqueno",
                "prices": longer,
            }
        else:
            other = {"seen_at": now - OLD[quote.source], "prices": longer}
        return msgspec.structs.replace(quote, **other)
