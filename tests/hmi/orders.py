"""An order as FDIR would make it, for tests of what people do with it."""

from __future__ import annotations

from dataclasses import replace

from models.point import Dbpos, PointName
from models.switching import Order, OrderKind, OrderState, Purpose, Step, StepState

CREATED_NS = 1_795_000_000_000_000_000

_STEPS = (
    ("OBR2/K1/E03", "RREC1.BlkRec", True, Purpose.BLOCK_RECLOSING, "block reclosing of the faulted feeder"),
    ("ST103/K1/E02/Q0", "CSWI1.Pos", Dbpos.OFF, Purpose.ISOLATE, "isolate the zone on the source side"),
    ("ST33/K1/E02/Q0", "CSWI1.Pos", Dbpos.OFF, Purpose.ISOLATE, "isolate the zone on the far side"),
    ("OBR2/K1/E03/Q0", "CSWI1.Pos", Dbpos.ON, Purpose.RESTORE_UPSTREAM, "restore the part before the zone"),
    ("ST132/K1/E01/Q0", "CSWI1.Pos", Dbpos.ON, Purpose.RESTORE_DOWNSTREAM, "restore the part behind from OBR1/K1/E04"),
    ("OBR2/K1/E03", "RREC1.BlkRec", False, Purpose.RELEASE_RECLOSING, "release reclosing"),
)


def proposed(identifier: str = "OBR-2026-0007", revision: int = 1) -> Order:
    """Six steps around the zone between ST103, ST106 and ST33."""
    steps = tuple(
        Step(number, element, PointName(element, variable), value, purpose, text)
        for number, (element, variable, value, purpose, text) in enumerate(_STEPS, start=1)
    )
    return Order(
        id=identifier,
        revision=revision,
        kind=OrderKind.ISOLATE_AND_RESTORE,
        title="Short circuit on OBR2/K1/E03 between ST103, ST106 and ST33",
        created_ns=CREATED_NS,
        state=OrderState.PROPOSED,
        steps=steps,
        feeders=("OBR2/K1/E03", "OBR1/K1/E04"),
        zone=("L056/W056", "L056/W154", "L056/W156", "L056/N104", "ST106/K1/BB1/N1"),
        tripped=("OBR2/K1/E03/Q0",),
        open_before=("ST132/K1/E01/Q0",),
        interrupted_w=4_620_000.0,
        interrupted_customers=2140,
        restored_w=4_470_000.0,
        unrestored_w=150_000.0,
        unrestored_reason="ST106 lies in the faulted zone",
        explanation=(
            "Indicators forward at OBR2/K1/E03, ST75, ST110, ST103; none behind ST33.",
            "Loads of 12:31:04, before the fault, and 1.1 MW of generation that has gone.",
            "Tie ST132 leaves 0.964 p.u. at ST109 and 71 % on L119; tie ST190 would load L054 to 108 %.",
        ),
    )


def executing(done: int) -> Order:
    """The same order with the first steps confirmed and the next one on its way."""
    order = replace(proposed(), state=OrderState.EXECUTING, approved_by="Olga", revision=2)
    for step in order.steps:
        if step.number <= done:
            confirmed_ns = CREATED_NS + step.number * 4_000_000_000
            order = order.with_step(replace(step, state=StepState.CONFIRMED, confirmed_ns=confirmed_ns))
        elif step.number == done + 1:
            order = order.with_step(replace(step, state=StepState.EXECUTING, started_ns=CREATED_NS))
    return order


def case(order: str = "", state: str = "order proposed") -> dict[str, object]:
    """The variable `Cases` for it."""
    return {
        "cases": [
            {
                "feeder": "OBR2/K1/E03",
                "state": state,
                "seen": [
                    "12:31:05.120 OBR2/K1/E03 PTOC2 trip, reclosing locked out at 12:31:08.340",
                    "12:31:05.210 ST110/K1/E03 short circuit forward",
                    "12:31:05.260 ST103/K1/E02 short circuit forward",
                ],
                "concluded": "Short circuit between ST103, ST106 and ST33 (line L056).",
                "candidates": [
                    {
                        "zone": ["L056/W056", "L056/W154", "L056/W156", "ST106/K1/BB1/N1"],
                        "rejected_by": "",
                        "probability": 0.9871,
                    },
                    {"zone": ["L153/W153"], "rejected_by": "short circuit forward at its far end, ST103/K1/E02"},
                    {"zone": ["L024/W045"], "rejected_by": "no indication at its near end, ST33/K1/E01"},
                ],
                "order": order,
                "mode": "manual",
                "reason": "",
                "crew": {"state": "order proposed", "order": "CREW-7", "reason": ""},
            }
        ]
    }
