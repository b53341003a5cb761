"""`ringmain bench exchange`: requests and fan-out of the data interface, history, links between units."""

from __future__ import annotations

import importlib
from collections.abc import Callable

PARTS = ("exchange_requests", "exchange_history", "exchange_links")


def measure(short: bool, say: Callable[[str], None]) -> list[dict[str, object]]:
    """The figures of all parts, one after the other; `say` hears of the progress."""
    figures: list[dict[str, object]] = []
    for part in PARTS:
        figures += importlib.import_module(f"tests.bench.{part}").measure(short, say)
    return figures
