"""A process of the demonstration: `python -m substation.demo.child PARENT COMMAND ...` is `ringmain COMMAND ...`, but
ends when its parent ends, however that ends: the kernel sees to it (prctl(2), Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

import ringmain

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def main(arguments: list[str]) -> int:
    parent, *command = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != int(parent):  # it has ended before we could ask
            return ringmain.EXIT_ERROR
    return ringmain.main(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
