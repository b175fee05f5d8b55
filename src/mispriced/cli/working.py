"""`mispriced worker`: one role in one process, told what to do by its environment."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, get_args

import typer

from mispriced.cli import Config, app
from mispriced.errors import Misconfigured, Skip, Usage, unknown
from mispriced.launcher.runner import Role

if TYPE_CHECKING:
    from mispriced.cli.observing import Observed
    from mispriced.messages import Message
    from mispriced.ports import Clock, Store
    from mispriced.settings.model import Settings

ROLES: Final[tuple[Role, ...]] = get_args(Role)
SETTLE_S: Final = 10.0  # beyond an extraction's deadline: for storing what it gave
NEEDED: Final[Mapping[Role, Mapping[str, str]]] = {  # setting -> the environment's name, and what it is
    "extract": {"stream": "STREAM is not set: the task stream that the worker reads"},
    "match": {"source": "MISPRICED_SOURCE is not set: what the match worker reads, upcoming or live"},
    "detect": {"source": "MISPRICED_SOURCE is not set: what the detect worker reads, upcoming or live"},
    "events": {
        "bookmaker": "MISPRICED_BOOKMAKER is not set: whose event stream the worker reads",
        "market": "MISPRICED_MARKET is not set: the market of the event stream",
        "source": "MISPRICED_SOURCE is not set: what the events worker reads, upcoming or live",
    },
    "listen": {"bookmaker": "MISPRICED_BOOKMAKER is not set: whose page the worker listens to"},
    "record": {},
    "alerts": {},
}

Run: TypeAlias = "Callable[[Store, Settings, Clock, threading.Event, Observed], None]"


@app.command()
def worker(
    role: Annotated[
        str, typer.Option("--role", help=f"{', '.join(ROLES)}; the environment says what is read.")
    ] = "extract",
    config: Config = None,
) -> None:
    """Run one worker until SIGTERM.

    extract reads STREAM in batches of XTR_BATCH; match and detect read the streams of MISPRICED_SOURCE;
    events reads the event stream of MISPRICED_BOOKMAKER, _MARKET, _SOURCE and _PERIOD; listen opens the
    page of MISPRICED_BOOKMAKER; record keeps what passes; alerts
    tells the targets of the settings.
    """
    from mispriced.cli.alerting import run_alerts
    from mispriced.cli.listening import run_events, run_listener
    from mispriced.cli.recording import run_recorder
    from mispriced.settings import load

    runs: dict[Role, Run] = {
        "extract": _extract,
        "match": partial(_beyond, "match"),
        "detect": partial(_beyond, "detect"),
        "events": run_events,
        "listen": run_listener,
        "record": run_recorder,
        "alerts": run_alerts,
    }
    named = next((one for one in ROLES if one == role), None)
    if named is None:
        raise Usage(unknown("role", role, ROLES))
    run_worker(named, load(config), runs[named])


def run_worker(role: Role, settings: Settings, run: Run) -> None:
    """Run a worker until SIGTERM: its store opened, seen by logs, metrics and health.

    Raises: Misconfigured for a setting of the role that is missing.
    """
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.observing import observed
    from mispriced.cli.stores import open_store, server
    from mispriced.cli.wiring import announced_from
    from mispriced.domain.markets import MARKETS
    from mispriced.launcher.plan import enough

    for name, missing in NEEDED[role].items():
        if not getattr(settings, name):
            raise Misconfigured(missing)
    clock = SystemClock()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with server(settings, is_awaited=True) as address:
        if role == "extract" and settings.min_bookmakers == "batch":
            rule = {market: enough(market, settings.xtr_batch) for market in MARKETS}
        else:
            rule = announced_from(settings, settings.source)
        opened = partial(open_store, address, settings, rule)
        store = opened()
        try:
            with observed(settings, clock, settings.worker or settings.xtrtype or role, opened) as seen:
                run(store, settings, clock, stop, seen)
        finally:
            store.close()


def _extract(store: Store, settings: Settings, clock: Clock, stop: threading.Event, seen: Observed) -> None:
    from mispriced.cli.wiring import door, freshness, sites
    from mispriced.messages import Subscription
    from mispriced.pipeline.extract import DEADLINE_S, Extract
    from mispriced.pipeline.jobs import read_job
    from mispriced.pipeline.pauses import SharedDoor
    from mispriced.pipeline.run import Consumer, Rhythm

    def refuse(message: Message) -> str | None:
        try:
            read_job(message.fields, clock.now())
        except Skip as error:
            return str(error)
        return None

    def opened() -> SharedDoor:
        return SharedDoor(seen.door(door(settings, clock), sites(settings)), store, clock)

    stage = Extract(store, clock, opened, settings.cache_s, seen.landed, freshness(settings))
    subscription = Subscription(streams=(settings.stream,), group="extract", consumer=_name(settings))
    reached, turned = seen.consumer(subscription.group, subscription.consumer)
    try:
        Consumer(
            store,
            subscription,
            stage,
            clock,
            stop,
            batch_size=settings.xtr_batch,
            batch_timeout_s=settings.batch_timeout_s,
            rhythm=Rhythm(claim_idle_s=DEADLINE_S + SETTLE_S),
            refuse=refuse,
            reached=reached,
            observed=turned,
        ).run()
    finally:
        stage.close()


def _beyond(
    role: Role, store: Store, settings: Settings, clock: Clock, stop: threading.Event, seen: Observed
) -> None:
    from mispriced.cli.system import BATCH, BATCH_TIMEOUT_S
    from mispriced.cli.wiring import detect_rules, rereads
    from mispriced.domain.markets import MARKETS
    from mispriced.messages import Subscription
    from mispriced.pipeline.run import Consumer
    from mispriced.ports import Stage

    assert settings.source is not None
    stage: Stage
    if role == "match":
        from mispriced.pipeline.match import Match

        stage = Match(store, clock)
        streams = tuple(store.data_stream(market, settings.source) for market in MARKETS)
    else:
        from mispriced.pipeline.detect import Detect

        stage = Detect(store, clock, detect_rules(settings), rereads(settings))
        streams = tuple(store.matched_stream(market, settings.source) for market in MARKETS)
    subscription = Subscription(streams=streams, group=role, consumer=_name(settings))
    reached, turned = seen.consumer(subscription.group, subscription.consumer)
    Consumer(
        store,
        subscription,
        stage,
        clock,
        stop,
        batch_size=BATCH[role],
        batch_timeout_s=BATCH_TIMEOUT_S[role],
        reached=reached,
        observed=turned,
    ).run()


def _name(settings: Settings) -> str:
    return settings.worker or f"{settings.xtrtype or 'worker'}-{socket.gethostname()}-{os.getpid()}"
