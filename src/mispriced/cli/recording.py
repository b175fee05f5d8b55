"""How a recorder is run: by `mispriced record`, as a worker of a fleet, and beside the roles of `up`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mispriced.ports import Clock, Store
from mispriced.settings import data_dir
from mispriced.settings.model import Settings

if TYPE_CHECKING:
    from mispriced.cli.observing import Observed
    from mispriced.history.folder import Folder
    from mispriced.history.record import Recorder


def record_dir(settings: Settings) -> Path:
    """Return the folder of the record."""
    return (settings.record.dir or data_dir(settings)[0] / "record").absolute()


def recorded(settings: Settings) -> Folder | None:
    """Return the record for those who ask it, None where none is kept."""
    from mispriced.history.folder import Folder

    root = record_dir(settings)
    return Folder(root) if settings.record.enabled or root.is_dir() else None


def run_recorder(
    store: Store, settings: Settings, clock: Clock, stop: threading.Event, seen: Observed
) -> None:
    """Record until told to stop."""
    from mispriced.history.owned import owned
    from mispriced.history.record import GROUP

    _, turned = seen.consumer(GROUP, GROUP)
    root = record_dir(settings)
    with owned(root):
        _recorder(store, settings, root, clock, stop, turned).run()


def record(settings: Settings, opened: Callable[[], Store], clock: Clock, stop: threading.Event) -> None:
    """Record with a store of its own until told to stop."""
    from mispriced.history.owned import owned

    root = record_dir(settings)
    store = opened()
    try:
        with owned(root):
            _recorder(store, settings, root, clock, stop).run()
    finally:
        store.close()


def _recorder(
    store: Store,
    settings: Settings,
    root: Path,
    clock: Clock,
    stop: threading.Event,
    observed: Callable[[int, int, int], None] | None = None,
) -> Recorder:
    from mispriced.history.record import Bounds, Recorder

    given = settings.record
    bounds = Bounds(
        flush_s=given.flush_s,
        sample_s=given.sample_s,
        max_age_days=given.max_age_days,
        max_bytes=given.max_bytes,
    )
    return Recorder(store, root, clock, stop, bounds, observed)


def forget(settings: Settings) -> None:
    """Disband the recorder's group: its streams are no longer kept for it, nor written to."""
    from mispriced.cli.stores import open_store, server
    from mispriced.history.record import subscription

    with server(settings) as address:
        store = open_store(address, settings)
        try:
            store.disband(subscription(store))
        finally:
            store.close()
