"""The detect stage: a match with a changed document is judged, and what is open is judged as time passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from mispriced.domain.markets import MARKETS
from mispriced.domain.model import Quote, Source
from mispriced.domain.plausibility import flagged_by
from mispriced.domain.state import EventState
from mispriced.messages import Document, Effects, Handled, Leg, Message, Opportunity, Verdict
from mispriced.pipeline.cadences import learned
from mispriced.pipeline.compare import Compared, DetectRules, compared
from mispriced.pipeline.confirm import Rereads, held_back, rereads
from mispriced.pipeline.judge import bets, judge
from mispriced.ports import Clock, Store

Played: TypeAlias = tuple[str, Source]
"""A match id and a source: what one verdict is of."""


class Detect:
    """Judges matches one by one; remembers only which of them a goal has unsettled.

    `places`: where a leg is read again, where surebets are confirmed before they are told.
    """

    def __init__(self, store: Store, clock: Clock, rules: DetectRules, places: Rereads | None = None) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._places = places or {}
        self._unsettled: set[Played] = set()

    def handle(self, messages: Sequence[Message]) -> Handled:
        """Judge every match that the batch names, once each, by all of its documents."""
        poison = {one.place: "field data_key is missing" for one in messages if "data_key" not in one.fields}
        good = [one for one in messages if "data_key" in one.fields]
        keys = {id(one): one.fields["data_key"].decode("utf-8", "replace") for one in good}
        changed = {one.key: one for one in self._store.documents(dict.fromkeys(keys.values()))}
        named = {played(changed[keys[id(one)]]): one for one in good if keys[id(one)] in changed}
        verdicts = self._judged(match_documents(self._store, named), self._clock.now())
        effects = []
        for one in good:
            document = changed.get(keys[id(one)])
            is_last = document is not None and named[played(document)] is one
            mine = (
                (verdicts[played(document)],) if document and is_last and played(document) in verdicts else ()
            )
            effects.append(Effects(message=one, verdicts=mine))
        return Handled(effects=tuple(effects), poison=poison)

    def tick(self, now: datetime) -> None:
        """Close what no longer stands, confirm what is pending, look again where a goal unsettled prices."""
        self._rules = by_cadence(self._store, self._rules)
        found, waiting = self._store.opportunities(), self._store.pending()
        waits = [one.opportunity for one in waiting]
        asked = self._unsettled | {(one.match_id, one.source) for one in (*found, *waits)}
        self._unsettled = set()
        verdicts = self._judged(match_documents(self._store, asked), now)
        stood = {one.id: (bets(one.legs), flagged_by(one.flags)) for one in found}
        news = [
            verdict
            for verdict in verdicts.values()
            if verdict.closed
            or any(
                stood.get(one.id) != (bets(one.legs), flagged_by(one.flags)) for one in verdict.opportunities
            )
            or any(one not in waiting for one in verdict.pending)
        ]
        if news:
            self._store.judge(news)
        for job in rereads(waiting, self._places, now):
            self._store.publish([job], once=str(job.fields["job_id"]))

    def _judged(self, matches: Mapping[Played, Sequence[Document]], now: datetime) -> dict[Played, Verdict]:
        states = match_states(self._store, matches)
        found = {}
        for key, documents in matches.items():
            fit = compared(documents, now, self._rules, states.get(key[0]))
            found[key] = told(documents, fit, now, self._rules)
            if fit.settles:
                self._unsettled.add(key)
        return found


def told(documents: Sequence[Document], fit: Compared, now: datetime, rules: DetectRules) -> Verdict:
    """Return what the documents of one match prove at `now`, held back where it is confirmed first."""
    verdict = judge(documents, fit, now)
    within = rules.confirm_within
    return verdict if within is None else held_back(verdict, documents, within)


def by_cadence(store: Store, rules: DetectRules) -> DetectRules:
    """Return the rules with what the store knows of the bookmakers' cadences.

    Raises: Retry when the server is away.
    """
    return msgspec.structs.replace(rules, limits=learned(store, rules.limits))


def standing(store: Store, now: datetime, rules: DetectRules) -> list[Opportunity]:
    """Return what stands at `now`: in matches with something open, what their documents prove now.

    Detection closes the rest when it comes to it; until then, and where none runs, nobody is shown it.
    """
    rules = by_cadence(store, rules)
    matches = match_documents(store, {(one.match_id, one.source) for one in store.opportunities()})
    states = match_states(store, matches)
    return [
        one
        for key, documents in matches.items()
        for one in told(
            documents, compared(documents, now, rules, states.get(key[0])), now, rules
        ).opportunities
    ]


def opened(store: Store) -> list[Opportunity]:
    """Return what is open, each leg with the last sighting of its quote.

    An opportunity is written when its prices change; that they were seen again is in the documents.
    """
    found = store.opportunities()
    matches = match_documents(store, {(one.match_id, one.source) for one in found})
    quotes = {
        (*key, document.market, bookmaker): quote
        for key, documents in matches.items()
        for document in documents
        for bookmaker, quote in document.quotes.items()
    }
    return [
        msgspec.structs.replace(
            one,
            legs=tuple(
                _seen_last(leg, quotes.get((one.match_id, one.source, leg.market, leg.bookmaker)))
                for leg in one.legs
            ),
        )
        for one in found
    ]


def played(document: Document) -> Played:
    """Return the match and source that a document is of."""
    return document.match_id, document.source


def match_documents(store: Store, asked: Iterable[Played]) -> dict[Played, list[Document]]:
    """Return the documents of these matches, in the markets' order; a match that has none is left out."""
    keys = [store.document_key(market, source, match_id) for match_id, source in asked for market in MARKETS]
    found: dict[Played, list[Document]] = {}
    for document in store.documents(keys):
        found.setdefault(played(document), []).append(document)
    return found


def match_states(store: Store, matches: Iterable[Played]) -> Mapping[str, EventState]:
    """Return the state of the live ones of these matches, by match id."""
    live = {match_id for match_id, source in matches if source == "live"}
    return store.states(live) if live else {}


def _seen_last(leg: Leg, last: Quote | None) -> Leg:
    if last is None or last.prices.get(leg.outcome) != leg.price:
        return leg
    return msgspec.structs.replace(leg, quote=last)
