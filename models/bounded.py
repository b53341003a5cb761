"""Numbers on the command line that have bounds: what lies outside is a usage error, never a crash later."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def bounded_number(low: float, high: float) -> Callable[[str], float]:
    """A `type=` for argparse: numbers from low to high; NaN is none of them."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"a number from {low:g} to {high:g} is expected, not '{text}'")
        return value

    return read
