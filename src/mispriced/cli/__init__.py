"""The command line: `mispriced COMMAND`. Data on standard output, everything else on standard error.

Each command is a function of one of the modules here; importing this package imports none of the
libraries that only some commands need.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from mispriced import __version__
from mispriced.errors import Fatal, Retry, Unavailable

INTERRUPTED: Final = 130
DRAINED_LATE: Final = 143

app = typer.Typer(
    name="mispriced",
    help="Reads football odds of several bookmakers, matches their events, finds surebets.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="The configuration; else MISPRICED_CONFIG.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Log errors only.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log JSON lines.")] = False,
) -> None:
    """Reads football odds of several bookmakers, matches their events, finds surebets."""
    if version:
        typer.echo(f"mispriced {__version__}")
        raise typer.Exit
    from mispriced import telemetry

    telemetry.configure("debug" if verbose else "error" if quiet else "warning", log_json)
    telemetry.catch_uncaught()


def main() -> None:
    """Run the command of `sys.argv` and exit with its code."""
    from mispriced.cli import (  # noqa: F401  (they register their commands)
        alerting,
        backtesting,
        history,
        launching,
        listening,
        live,
        matching,
        offline,
        operate,
        reading,
        reviewing,
        running,
        staking,
        valuing,
        web,
        working,
    )

    try:
        code = app(standalone_mode=False)
    except Fatal as error:
        code = _say(str(error), error.exit_code)
    except Retry as error:
        code = _say(str(error), Unavailable.exit_code)
    except typer.Exit as error:
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit as error:
        code = 0 if _is_broken_pipe(error) else error.code
    except OSError as error:
        code = 0 if _is_broken_pipe(error) else _of_file(error)
    except Exception as error:
        code = _of_click(error)
    sys.exit(code if isinstance(code, int) else 0)


def _of_click(error: Exception) -> int:
    """Show a usage error of the parser as one line; let anything else be seen whole."""
    message = getattr(error, "format_message", None)
    if message is None:
        raise error
    code = int(getattr(error, "exit_code", 2))
    return _say(message(), code) if message() else code


def _of_file(error: OSError) -> int:
    """Say what is wrong with a file that the user named; let anything else be seen whole."""
    if not isinstance(error.filename, str):
        raise error
    return _say(f"{error.filename}: {error.strerror}", Fatal.exit_code)


def _is_broken_pipe(error: BaseException | None) -> bool:
    """Return whether the reader of our output went away: the libraries exit with 1 for that."""
    return error is not None and (isinstance(error, BrokenPipeError) or _is_broken_pipe(error.__context__))


def _say(message: str, code: int) -> int:
    from mispriced.telemetry.redact import redact

    sys.stderr.write(redact(f"mispriced: {message}\n"))
    return code
