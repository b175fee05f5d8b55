"""Run everything that decides whether a change is good; pytest comes last and has the last word.

Arguments go to pytest. The other steps run on the whole tree, each even when one before it failed.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINT_IMPORTS = "import sys; from importlinter import cli; sys.exit(cli.lint_imports(no_logo=True))"
TYPED = ["src", "tests", "tools", "benchmarks", "run.py"]  # mypy refuses a folder without a module
MOST_WORKERS = 4  # one more than cores, because tests wait for processes of their own


def main(arguments: list[str]) -> int:
    """Return 0 when every step passed, 1 otherwise."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 2
    workers = str(min(cores + 1, MOST_WORKERS))
    typed = [name for name in TYPED if any((ROOT / name).rglob("*.py")) or (ROOT / name).is_file()]
    steps = {
        "ruff check": ["-m", "ruff", "check", "--quiet"],
        "ruff format": ["-m", "ruff", "format", "--check", "--quiet"],
        "mypy": ["-m", "mypy", *typed],
        "lint-imports": ["-c", LINT_IMPORTS],
        "pytest": ["-m", "pytest", "-n", workers, "--dist", "loadgroup", *arguments],
    }
    failed = []
    for name, command in steps.items():
        print(f"== {name}", file=sys.stderr, flush=True)
        started = time.monotonic()
        code = subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode
        if code:
            failed.append(name)
        if name != "pytest":  # its own summary says both and stays the last line
            verdict = "failed" if code else "ok"
            print(f"== {name}: {verdict}, {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
    if failed and failed != ["pytest"]:
        print(f"== failed: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
