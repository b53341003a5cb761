"""Entry point of a worker, started by exec, never by fork: `python -m protocols.arithmetic NICENESS`."""

from __future__ import annotations

import os
import signal
import sys

from protocols.arithmetic.worker import serve


def main(arguments: list[str]) -> int:
    """Until standard input ends; the pool, not the terminal, ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if arguments:
        os.nice(int(arguments[0]))
    serve(sys.stdin.buffer, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
