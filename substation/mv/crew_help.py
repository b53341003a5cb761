"""What a crew could restore besides, by switches without remote control: proposed in words, never commanded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from substation.grid.reduction import Restorable
from substation.grid.restoration import Plan, best_plan
from substation.grid.topology import Topology

_LEAST_W = 1000.0
_MOST_CANDIDATES = 5_000


def crew_help(
    topology: Topology, asked: Restorable, plan: Plan | None, ties: Collection[str], openings: Collection[str]
) -> tuple[str, ...]:
    """One line, or none. ties: open switches that people alone can close; openings: closed ones that they can open."""
    restored_w = 0.0 if plan is None else plan.restored_w
    if not ties or restored_w >= float(np.sum(asked.counted_w)) - _LEAST_W:
        return ()
    wider = replace(asked, closable=[*asked.closable, *ties], openable=[*asked.openable, *openings])
    better = best_plan(topology, wider, "", 1, _MOST_CANDIDATES)
    if better is None or better.restored_w < restored_w + _LEAST_W:
        return ()
    before = ((), ()) if plan is None else (plan.openings, plan.closings)
    acts = [f"open {each}" for each in better.openings if each not in before[0]]
    acts += [f"close {each}" for each in better.closings if each not in before[1]]
    undone = [f"not close {each}" for each in before[1] if each not in better.closings]
    undone += [f"not open {each}" for each in before[0] if each not in better.openings]
    by_hand = ", ".join(sorted({*ties, *openings} & {*better.openings, *better.closings}))
    more = f"{(better.restored_w - restored_w) / 1e3:.0f} kW more could be fed with a crew at {by_hand}"
    return (f"{more}: {', '.join([*undone, *acts])}",)
