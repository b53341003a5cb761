"""What the gate takes to judge one command: every judgement of healed faults, in a whole unit in virtual time."""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from unittest.mock import patch

from models.switching import SwitchAction
from substation.control.gate import Gate
from substation.control.operation import AnyRequest
from substation.control.request import Refusal, Request
from tests.bench.figure import Figure
from tests.virtual.healing import elements, heal
from tests.virtual.site import EVERY, hurried, virtual_site
from tests.virtual.world import Plant, operate

TARGET_MS = 5.0
NO_PEER = "none: absolute bound"
KINDS = {SwitchAction.CLOSE: "a close that restores", SwitchAction.OPEN: "an opening that isolates"}
Took = dict[SwitchAction, list[float]]


def measure(faults: int, say: Callable[[str], None]) -> list[Figure]:
    """One fault more than `faults` is healed: the first one pays for compiled code and what is made once."""
    took: Took = defaultdict(list)
    every = elements(virtual_site(EVERY).network)
    with patch.object(Gate, "refusals", _timed(took)):
        for number, element in enumerate(every[5 :: max(1, len(every) // (faults + 1))][: faults + 1]):
            with contextlib.redirect_stdout(sys.stderr):  # which says its seed; standard output is the object's
                operate(EVERY, number, lambda plant, element=element: _healed(plant, element), hurried)
            if not number:
                took.clear()
    return [_figure(what, took[kind], say) for kind, what in KINDS.items() if took[kind]]


async def _healed(plant: Plant, element: str) -> None:
    await heal(plant, element)


def _timed(took: Took) -> Callable[[Gate, AnyRequest], tuple[Refusal, ...]]:
    judge = Gate.refusals

    def refusals(gate: Gate, request: AnyRequest) -> tuple[Refusal, ...]:
        began_s = time.thread_time()
        found = judge(gate, request)
        if isinstance(request, Request) and not found:
            took[request.action].append((time.thread_time() - began_s) * 1e3)
        return found

    return refusals


def _figure(kind: str, milliseconds: list[float], say: Callable[[str], None]) -> Figure:
    ours = statistics.median(milliseconds)
    say(f"{len(milliseconds)} judgements of {kind}: {ours:.2f} ms, at most {max(milliseconds):.2f} ms")
    what = f"the gate judges {kind} by all its rules on mv_oberrhein, median of processor time"
    return Figure(what, "ms", ours, NO_PEER, None, f"below {TARGET_MS:g} ms", ours < TARGET_MS)
