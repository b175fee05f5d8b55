"""Alerts as a worker, beside the roles of `up`, and tried out: `mispriced alerts test`."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from mispriced.cli import AsJson, Config, app
from mispriced.errors import Misconfigured, Retry, Skip, Usage, unknown

if TYPE_CHECKING:
    from mispriced.cli.observing import Observed
    from mispriced.pipeline.alert_rules import Alert, Rule
    from mispriced.ports import Clock, Notifier, Store
    from mispriced.settings.model import Settings

MINOR: Final = 100  # minor units of a currency unit
LONGEST_WORD: Final = 8  # characters; longer parts of an address may be tokens
STOP_S: Final = 12.0  # for the attempts in hand

alerts_app = typer.Typer(help="Try out the alerts of the settings.", no_args_is_help=True)
app.add_typer(alerts_app, name="alerts")


@alerts_app.command("test")
def alerts_test(
    target: Annotated[str, typer.Option("--target", help="Only this one of the settings.")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Send a test to each target and say what came of it; exit code 1 when one did not take it."""
    from mispriced.cli import show
    from mispriced.cli.clock import SystemClock
    from mispriced.messages import Delivery
    from mispriced.settings import load

    settings = load(config)
    clock = SystemClock()
    targets = open_targets(settings, clock)
    if not targets:
        raise Misconfigured("alerts.targets is empty: nobody would be told")
    if target and target not in targets:
        raise Usage(unknown("target", target, sorted(targets)))
    now = clock.now()
    found = {}
    for name, one in targets.items():
        if target in ("", name):
            text = f"This is a test of the target {name} at {now:%H:%M:%S} UTC. It is no surebet."
            test = Delivery(
                id=f"test-{now:%Y%m%dT%H%M%S}", title="mispriced: a test", text=text, alert=b"null"
            )
            try:
                one.send(test)
            except (Retry, Skip) as error:
                found[name] = str(error)
            else:
                found[name] = "sent"
    if as_json:
        show.print_json(found)
    else:
        for name, what in found.items():
            typer.echo(show.clean(what if what.startswith(name) else f"{name}: {what}"))
    raise typer.Exit(int(any(what != "sent" for what in found.values())))


def run_alerts(store: Store, settings: Settings, clock: Clock, stop: threading.Event, seen: Observed) -> None:
    """Decide and send until told to stop.

    Raises: Misconfigured when nobody would be told.
    """
    from mispriced.cli.stores import open_store, server

    if not settings.alerts.targets:
        raise Misconfigured("alerts.targets is empty: nobody would be told")
    with server(settings, is_awaited=True) as address:
        deciding, *sending = loops(settings, partial(open_store, address, settings), clock, stop, seen)
        threads = [threading.Thread(target=run, name=name) for name, run in sending]
        for thread in threads:
            thread.start()
        try:
            deciding[1]()
        finally:
            stop.set()
            for thread in threads:
                thread.join(STOP_S)


def loops(
    settings: Settings,
    opened: Callable[[], Store],
    clock: Clock,
    stop: threading.Event,
    seen: Observed | None = None,
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the loop that decides and those that send, by name; each group is joined by then."""
    from mispriced.cli.wiring import detect_rules
    from mispriced.pipeline import alerts, outbox
    from mispriced.pipeline.alert_words import delivery
    from mispriced.pipeline.run import Consumer

    targets = open_targets(settings, clock)
    store = opened()
    try:
        outbox.join(store, targets, clock)
        alerts.first_on(store, alerts.SINCE, clock.now())
        store.join(alerts.subscription(store))
    finally:
        store.close()

    def decide() -> None:
        store = opened()
        subscription = alerts.subscription(store)
        reached, turned = seen.consumer(subscription.group, subscription.consumer) if seen else (None, None)
        stage = alerts.Alerts(store, clock, rule_of(settings), detect_rules(settings))
        try:
            Consumer(
                store, subscription, stage, clock, stop, batch_timeout_s=0.0, reached=reached, observed=turned
            ).run()
        finally:
            store.close()

    def words(name: str, alert: Alert) -> Any:
        return delivery(name, alert, clock.now(), settings.alerts.link, settings.simulated)

    def send(name: str, target: Notifier) -> None:
        store = opened()
        try:
            outbox.Sender(store, name, target, words, clock, stop, settings.alerts.give_up_s).run()
        finally:
            store.close()

    yield "alerts", decide
    for name, target in targets.items():
        yield f"alerts-{name}", partial(send, name, target)


def rule_of(settings: Settings) -> Rule:
    """Return what is told."""
    from mispriced.cli.staking import terms_of
    from mispriced.domain.terms import Terms
    from mispriced.pipeline.alert_rules import Rule
    from mispriced.settings.alerting import quiet_hours

    given = settings.alerts

    def terms(bookmaker: str, now: datetime) -> Terms:
        return terms_of(settings, bookmaker, now.date())

    return Rule(
        terms=terms,
        kinds=frozenset(given.kinds),
        total=int(given.total * MINOR),
        least_profit=given.least_profit,
        bookmakers=frozenset(given.bookmakers),
        competitions=frozenset(given.competitions),
        suspicious=given.suspicious,
        quiet=quiet_hours(given.quiet),
        zone=given.zone,
        cooldown_s=given.cooldown_s,
        most_per_hour=given.most_per_hour,
    )


def open_targets(settings: Settings, clock: Clock) -> dict[str, Notifier]:
    """Return the targets by name; what their addresses carry is hidden from now on.

    Raises: Misconfigured for an address that cannot be used.
    """
    from mispriced.backends.notify import open_target
    from mispriced.telemetry.redact import hide

    found: dict[str, Notifier] = {}
    for name, one in settings.alerts.targets.items():
        url = one.url.get_secret_value()
        hide({part for part in re.split(r"[/?&=@:]", url) if len(part) > LONGEST_WORD})
        found[name] = open_target(name, url, one.secret.get_secret_value() if one.secret else None, clock)
    return found
