"""Every doubt ends in a safe state, with the device and the rule in words (SAFETY S9, S14, S18, S21, S22)."""

from __future__ import annotations

import pytest

from models.switching import OrderState, StepState
from substation.image import Mode
from tests.virtual.doubt import Doubt, play
from tests.virtual.site import SMALL, hurried
from tests.virtual.step_watch import Act
from tests.virtual.world import PERSON, Plant, operate

BEHIND, BEFORE = "ST108/K1/E01/Q0", "ST269/K1/E02/Q0"
BREAKER, TIE = "OBR2/K1/E03/Q0", "ST132/K1/E01/Q0"
BLOCKED, ABORTED, COMPLETED = OrderState.BLOCKED, OrderState.ABORTED, OrderState.COMPLETED
BOTH, NOTHING = frozenset({BEHIND, BEFORE}), frozenset[str]()
OPENING, OPENED, RESTORED = (2, StepState.EXECUTING), (2, StepState.CONFIRMED), (5, StepState.CONFIRMED)


def disturbed(kind: str, target: str) -> Act:
    return lambda plant: plant.disturb(kind, target)


def cut(link: str) -> Act:
    return lambda plant: plant.field.cut(link)


def hung(link: str) -> Act:
    return lambda plant: plant.field.hang(link)


async def abort(plant: Plant) -> None:
    assert await plant.station.desk.abort(plant.orders[0].id, PERSON) == ""


async def take_over(plant: Plant) -> None:
    assert await plant.station.desk.take_over(plant.orders[0].id, PERSON) == ""


async def disable(plant: Plant) -> None:
    await plant.station.modes.set("", Mode.DISABLED)


async def stop_midway(plant: Plant) -> None:
    plant.disturb("stops midway", "ST75/K1/E02/Q0")
    plant.disturb("open by hand", "ST75/K1/E02/Q0")


async def disable_feeder(plant: Plant) -> None:
    await plant.station.modes.set("OBR2/K1/E03", Mode.DISABLED)


def second_fault(element: str) -> Act:
    return lambda plant: plant.fault(element, name="F2")


DOUBTS = [
    Doubt(
        "stuck switch", disturbed("stuck", BEHIND), BLOCKED, (BEHIND, "blocked by health"), opened=frozenset({BEFORE})
    ),
    Doubt(
        "answers but does not move", disturbed("does not move", BEHIND), BLOCKED, (BEHIND, "did not move"), opened=BOTH
    ),
    Doubt("stops midway", disturbed("stops midway", BEHIND), BLOCKED, (BEHIND, "did not move"), opened=BOTH),
    Doubt(
        "last switch stuck",
        disturbed("stuck", BEFORE),
        BLOCKED,
        (BEFORE, "blocked by health"),
        opened=frozenset({BEHIND}),
    ),
    Doubt(
        "tie does not move", disturbed("does not move", TIE), BLOCKED, (TIE, "did not move"), frozenset({BREAKER, TIE})
    ),
    Doubt(
        "indicator missing on the path", disturbed("indicator missing", "ST75/K1/E02"), None, ("ST75/K1/E02", "clear")
    ),
    Doubt(
        "false indicator on the feeder",
        disturbed("indicator forward", "ST101/K1/E01"),
        None,
        ("ST101/K1/E01",),
        settle_s=5.0,
    ),
    Doubt(
        "wrong direction on the path",
        disturbed("indicator reverse", "ST103/K1/E02"),
        None,
        ("ST103/K1/E02",),
        settle_s=5.0,
    ),
    Doubt(
        "false indicator on the donor",
        disturbed("indicator forward", "ST43/K1/E01"),
        COMPLETED,
        ("ST43/K1/E01", "shows a fault"),
        frozenset({BREAKER}),
        BOTH,
        at="tripped for good",
    ),
    Doubt("RTU silent on the path", cut("ST75"), None, ("ST75",), settle_s=1.0),
    Doubt("RTU silent beside the path", cut("ST103"), None, ("ST103",), settle_s=1.0),
    Doubt("RTU silent at the boundary", cut("ST108"), None, ("ST108",), settle_s=1.0),
    Doubt("RTU silent on the donor", cut("ST43"), COMPLETED, ("ST43",), frozenset({BREAKER}), BOTH, settle_s=1.0),
    Doubt("intermediate position", stop_midway, None, ("S14", "ST75/K1/E02/Q0", "intermediate"), settle_s=5.0),
    Doubt(
        "local control at the boundary",
        disturbed("local", "ST108"),
        COMPLETED,
        ("ST108", "local control"),
        frozenset({BREAKER, TIE}),
        frozenset({BEFORE, "ST110/K1/E02/Q0"}),
    ),
    Doubt(
        "local control at the feeder", disturbed("local", "OBR2/K1/E03"), None, ("S9", "OBR2/K1/E03", "local control")
    ),
    Doubt("battery low beside the fault", disturbed("battery low", "ST108"), None, ("ST108", "battery", "no evidence")),
    Doubt(
        "tripped breaker reports a fault",
        disturbed("stuck", BREAKER),
        COMPLETED,
        (BREAKER, "EEHealth"),
        frozenset({TIE}),
        BOTH,
        at="tripped for good",
    ),
    Doubt("feeder disabled", disable_feeder, None, ("OBR2/K1/E03", "disabled")),
    Doubt(
        "switch turns local meanwhile",
        disturbed("local", "ST269"),
        BLOCKED,
        ("S18", "ST269", "local control"),
        opened=frozenset({BEHIND}),
        at=OPENED,
    ),
    Doubt(
        "RTU hangs meanwhile",
        hung("ST269"),
        BLOCKED,
        ("ST269", "outcome unknown"),
        opened=frozenset({BEHIND}),
        at=OPENED,
    ),
    Doubt(
        "RTU of the tie is lost meanwhile", cut("ST132"), BLOCKED, ("ST132",), frozenset({BREAKER}), BOTH, at=RESTORED
    ),
    Doubt(
        "fault on the donor meanwhile",
        second_fault("L158/W158"),
        ABORTED,
        ("S6", "OBR1/K1/E04"),
        frozenset({BREAKER}),
        BOTH,
        at=RESTORED,
    ),
    Doubt(
        "fault on the donor while isolating",
        second_fault("L158/W158"),
        ABORTED,
        ("OBR1/K1/E04",),
        frozenset({BREAKER}),
        BOTH,
        at=OPENING,
    ),
    Doubt("abort before isolating", abort, ABORTED, ("aborted by Ada",), opened=NOTHING, at=OPENING),
    Doubt("abort while isolating", abort, ABORTED, ("aborted by Ada",), opened=BOTH, at=OPENED),
    Doubt("abort while restoring", abort, ABORTED, ("aborted by Ada",), frozenset({BREAKER}), BOTH, at=RESTORED),
    Doubt("take-over before isolating", take_over, ABORTED, ("S18", "Ada"), opened=NOTHING, at=OPENING),
    Doubt("take-over while isolating", take_over, ABORTED, ("S18", "Ada"), opened=frozenset({BEHIND}), at=OPENED),
    Doubt("take-over while restoring", take_over, ABORTED, ("S18", "Ada"), frozenset({BREAKER}), BOTH, at=RESTORED),
    Doubt("disabled before isolating", disable, BLOCKED, ("disabled",), opened=NOTHING, at=OPENING),
    Doubt("disabled while isolating", disable, BLOCKED, ("disabled",), opened=BOTH, at=OPENED),
    Doubt("disabled while restoring", disable, BLOCKED, ("disabled",), frozenset({BREAKER}), BOTH, at=RESTORED),
]


@pytest.mark.parametrize("doubt", DOUBTS, ids=[doubt.name for doubt in DOUBTS])
def test_doubt_ends_safely(doubt: Doubt) -> None:
    async def story(plant: Plant) -> list[str]:
        flaws = await play(plant, doubt)
        return [*flaws, plant.story(100)] if flaws else []

    assert operate(SMALL, 1, story, hurried) == []
