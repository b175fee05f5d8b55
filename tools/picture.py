"""Write docs/pictures/demo.svg: the demo as a terminal shows it after some seconds.

`python -m tools.picture` runs `mispriced up --demo` on a pseudo terminal, takes the last screen it
drew, and sets it as SVG. Nothing in the picture is made up, and nothing in it comes from another
place: the rule that fetches a font is left out.
"""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

PICTURE: Final = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "demo.svg"
COMMAND: Final = "up --demo --seed 3 --seconds 12"
COLUMNS: Final = 112
LINES: Final = 60
REDRAWN: Final = re.compile(r"(?:\x1b\[1A\x1b\[2K)+|\x1b\[H")  # where a screen is drawn over the one before
FONT: Final = re.compile(r"@font-face \{\{.*?\}\}\s*|<!--.*?-->\s*", re.DOTALL)
CLIPS: Final = re.compile(
    r'<clipPath id="[^"]*-line-\d+">.*?</clipPath>\s*| clip-path="[^"]*-line-\d+\)"', re.DOTALL
)


def main() -> None:
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(drawn(last_screen(recorded())), encoding="utf-8")
    sys.stderr.write(f"wrote {PICTURE}, {PICTURE.stat().st_size} bytes\n")


def recorded() -> str:
    """Return everything that the demo writes to its terminal."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (LINES, COLUMNS))
    command = [sys.executable, "-P", "-m", "mispriced", *COMMAND.split()]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(LINES)}
    process = subprocess.Popen(command, stdin=its, stdout=its, stderr=subprocess.DEVNULL, env=environment)
    os.close(its)
    parts = []
    try:
        while part := os.read(ours, 1 << 16):
            parts.append(part)
    except OSError:  # Linux: the other end was closed
        pass
    finally:
        os.close(ours)
        process.wait()
    return b"".join(parts).decode("utf-8", "replace")


def last_screen(text: str) -> str:
    """Return what stood on the terminal at the end."""
    return REDRAWN.split(text)[-1].replace("\x1b[?25h", "").replace("\r", "").strip("\n")


def drawn(screen: str) -> str:
    """Return the screen as SVG."""
    from rich._export_format import CONSOLE_SVG_FORMAT

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ python3 run.py\n{screen}"), soft_wrap=True)
    svg = console.export_svg(title="mispriced", code_format=FONT.sub("", CONSOLE_SVG_FORMAT))
    return CLIPS.sub("", svg)  # a terminal's lines need no frame of their own


if __name__ == "__main__":
    main()
