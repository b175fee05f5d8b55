"""A worker for the tests of runners: says what it was given, then does as its environment says."""

import os
import signal
import sys
import time


def main() -> None:
    told = {name: os.environ.get(name, "") for name in ("MISPRICED_WORKER", "MODE", "PASSWORD")}
    sys.stdout.write(f"up {told} {sys.argv[1:]}\n")
    sys.stdout.flush()
    if told["MODE"] == "crash":
        sys.exit(3)
    if told["MODE"] == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
