"""The benchmarks of a checkout: one file a figure in `benchmarks/`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Final

from mispriced.errors import Fatal

FOLDER: Final = Path(__file__).resolve().parents[3] / "benchmarks"


def benches() -> list[str]:
    """Return the names of the benchmarks, none outside of a checkout."""
    return sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))


def run_bench(name: str) -> Any:
    """Return the figures of one benchmark: an object, or a list of several.

    Raises: Fatal outside of a checkout.
    """
    spec = importlib.util.spec_from_file_location(f"benchmarks.{name}", FOLDER / f"{name}.py")
    if spec is None or spec.loader is None:
        raise Fatal(f"benchmark {name}: not found in {FOLDER}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run()
