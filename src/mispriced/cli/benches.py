"""The benchmarks of a checkout: one file a figure in `benchmarks/`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Final

from mispriced.errors import Fatal

FOLDER: Final = Path(__file__).resolve().parents[3] / "benchmarks"

MEASURED_WITH: Final = {"chain": "hop"}  # one run gives both figures


def benches() -> list[str]:
    """Return the names of the benchmarks, none outside of a checkout."""
    files = {path.stem for path in FOLDER.glob("[a-z]*.py")}
    return sorted(files | {name for name, file in MEASURED_WITH.items() if file in files})


def run_bench(name: str) -> Any:
    """Return the figures of one benchmark: an object, or a list of several.

    Raises: Fatal outside of a checkout.
    """
    file = MEASURED_WITH.get(name, name)
    spec = importlib.util.spec_from_file_location(f"benchmarks.{file}", FOLDER / f"{file}.py")
    if spec is None or spec.loader is None:
        raise Fatal(f"benchmark {name}: not found in {FOLDER}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run()
