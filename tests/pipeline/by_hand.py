"""A store with its match and detect stages worked by hand, on a clock that stands."""

import msgspec

from mispriced.cli.clock import VirtualClock
from mispriced.messages import Opportunity, Subscription
from mispriced.pipeline.detect import Detect, standing
from mispriced.pipeline.match import Match
from tests.domain.quotes import NOON
from tests.pipeline.boards import RULES, after

MATCH = Subscription(
    streams=("xtr-BTTS_live_stream", "xtr-THREE_WAY_live_stream", "xtr-DOUBLE_CHANCE_live_stream"),
    group="match",
    consumer="one",
)
DETECT = Subscription(
    streams=(
        "live_btts-matched_stream",
        "live_three_way-matched_stream",
        "live_double_chance-matched_stream",
    ),
    group="detect",
    consumer="one",
)
READER = Subscription(streams=("xtr-opportunities",), group="reader", consumer="one")


class ByHand:
    """A store with one match and one detect worker."""

    def __init__(self, store):
        self.store = store
        self.clock = VirtualClock(NOON)
        self.detect = Detect(store, self.clock, RULES)

    def arrive(self, *quotes):
        """Put quotes in and match them; what they change is announced and not judged yet."""
        self.store.upsert(quotes, self.clock.now())
        self._work(MATCH, Match(self.store, self.clock))

    def judge(self):
        self._work(DETECT, self.detect)

    def move_to(self, seconds):
        self.clock.move_to(after(seconds))

    def _work(self, subscription, stage):
        while messages := self.store.read(subscription, 100, 0):
            handled = stage.handle(messages)
            assert handled.poison == {}
            self.store.commit(
                subscription, handled.effects, self.clock.now(), handled.assignments, handled.version
            )

    def changes(self):
        """Return what was told of opportunities since the last call: state, reason, prices."""
        messages = self.store.read(READER, 100, 0)
        bodies = [msgspec.json.decode(one.fields["body"], type=Opportunity) for one in messages]
        return [
            (one.fields["state"].decode(), one.fields["reason"].decode(), [leg.price for leg in body.legs])
            for one, body in zip(messages, bodies, strict=True)
        ]

    def open_prices(self):
        return [[leg.price for leg in one.legs] for one in self.store.opportunities()]

    def standing_prices(self):
        found = standing(self.store, self.clock.now(), RULES)
        return [[leg.price for leg in one.legs] for one in found]
