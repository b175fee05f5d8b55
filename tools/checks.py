"""Run everything that decides whether a change is good; pytest has the last word.

Arguments go to pytest. The other steps run on the whole tree, each even when one before it failed: before
pytest where it has arguments, else beside it.
"""

import os
import subprocess
import sys
import threading
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
    }
    failed: list[str] = []
    beside = threading.Thread(
        target=lambda: failed.extend(name for name in steps if not passes(name, steps[name]))
    )
    beside.start()
    if arguments:  # tests that are chosen may end sooner
        beside.join()
    else:
        warm()
    pytest = ["-m", "pytest", "-n", workers, "--dist", "loadgroup", *arguments]
    print("== pytest", file=sys.stderr, flush=True)
    code = subprocess.run([sys.executable, *pytest], cwd=ROOT, check=False).returncode
    beside.join()
    if failed:
        print(f"== failed: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed or code else 0


def warm() -> None:
    """Let byte code of a new environment be made once, not by each worker at the same time."""
    made = Path(sys.prefix, "collected")
    if not made.exists():
        print("== collecting once, for byte code", file=sys.stderr, flush=True)
        collect = [sys.executable, "-m", "pytest", "--collect-only", "-qq"]
        subprocess.run(collect, cwd=ROOT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        made.touch()


def passes(name: str, command: list[str]) -> bool:
    """Run a step, say in one piece how it went, and return whether it passed."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    verdict = "failed" if done.returncode else "ok"
    said = done.stdout if done.returncode else ""
    took = f"== {name}: {verdict}, {time.monotonic() - started:.1f} s\n"
    print(f"{said}{took}", end="", file=sys.stderr, flush=True)
    return not done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
