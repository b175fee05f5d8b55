"""A process for the tests of the embedded server: obeys the lines on its standard input.

`start DATA_DIR RUNTIME_DIR` (JSON list of two), `ensure`, `close`; each is answered by one JSON line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mispriced.backends.embedded import Embedded, start


def main() -> None:
    """Run the commands until the input ends."""
    embedded: Embedded | None = None
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        if command == "start":
            data_dir, runtime_dir = arguments
            embedded = start(Path(data_dir), runtime_dir=Path(runtime_dir), deadline_s=10)
        assert embedded is not None
        if command == "ensure":
            embedded.ensure()
        if command == "close":
            embedded.close()
            answer: object = None
        else:
            answer = {"pid": embedded.pid, "is_owner": embedded.is_owner, "socket": str(embedded.socket_path)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
