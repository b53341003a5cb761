"""Whoever ends the demonstration, it ends its processes first: a kill or a closed terminal counts as Ctrl-C."""

from __future__ import annotations

import signal

ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def end_in_order() -> None:
    """From now on SIGTERM and SIGHUP act as SIGINT; one that is ignored stays so (nohup)."""
    for number in ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
