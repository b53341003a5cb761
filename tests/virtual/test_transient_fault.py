"""Faults that go out in a dead time: reclosing does its work, and the unit does nothing but say so (SAFETY S9)."""

from __future__ import annotations

import pytest

from sim_ied.fault import FaultKind
from tests.virtual.site import EVERY, SMALL, SMALL_THIRD, Variant, hurried
from tests.virtual.world import Plant, operate

OVER_S = 60.0
SAID = ("transient fault", "nothing is switched")


@pytest.mark.parametrize("shots", [1, 2])
@pytest.mark.parametrize(
    ("variant", "element", "kind"),
    [
        (SMALL, "L041/W041", FaultKind.THREE_PHASE),
        (SMALL, "ST71/K1/BB1", FaultKind.TWO_PHASE),
        (SMALL, "L053/W053", FaultKind.THREE_PHASE),
        (SMALL_THIRD, "L180/W180", FaultKind.TWO_PHASE),
        (EVERY, "L109/W109", FaultKind.THREE_PHASE),
    ],
    ids=str,
)
def test_successful_reclosing_switches_nothing(variant: Variant, element: str, shots: int, kind: FaultKind) -> None:
    async def play(plant: Plant) -> None:
        plant.fault(element, kind, permanent=False, trips_to_clear=shots)
        await plant.run_until(lambda: bool(plant.said(*SAID)), OVER_S, "the transient fault is not told")
        await plant.forward(10.0)
        trips = [each for each in plant.world.history.transitions if each.text.endswith(": trip")]
        assert len(trips) == shots
        assert plant.witness.sent == []
        assert plant.orders == []
        truth = plant.truth()
        assert truth.unfed_loads == ()
        assert (truth.fed_twice, truth.closed_onto_fault) == (0, 0)
        assert len(plant.said(*SAID)) == 1

    operate(variant, shots, play, hurried)


def test_a_fault_after_the_reclaim_time_begins_anew() -> None:
    """Two transient faults far apart are two events; a permanent one afterwards is healed."""

    async def play(plant: Plant) -> None:
        for name in ("F1", "F2"):
            plant.fault("L041/W041", name=name, permanent=False)
            await plant.forward(30.0)
            plant.disturb("repair", name)
        assert len(plant.said(*SAID)) == 2
        assert plant.witness.sent == []
        plant.fault("L041/W041", name="F3")
        await plant.run_until(lambda: bool(plant.said("order", "completed")), OVER_S)

    operate(SMALL, 1, play, hurried)
