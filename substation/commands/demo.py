"""`ringmain demo`: a fault that is healed, or, with `--hierarchy`, a whole hierarchy; each loads only what it needs."""

from __future__ import annotations

from collections.abc import Sequence

HIERARCHY = "--hierarchy"


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 when what was shown is confirmed."""
    if HIERARCHY in arguments:
        from substation.demo.hierarchy.command import run as hierarchy

        return hierarchy([each for each in arguments if each != HIERARCHY])
    from substation.demo.command import run as fault

    return fault(arguments)
