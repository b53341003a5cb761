"""Converters in a running unit over the simulated grid: asked for reactive power where people have allowed it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from sim_ied.regulator_settings import VoltageRegulator
from substation.image import Mode
from substation.mv.vvc.settings import VvcSettings
from tests.virtual.loop import VirtualLoop, run
from tests.virtual.site import SMALL, virtual_site
from tests.virtual.world import Plant, open_site

T1, T2, TARGET, REACTIVE = "OBR1/T1", "OBR2/T1", "DVAR1.VArTgtSpt", "MMXU1.TotVAr"
SETTINGS = VvcSettings(
    Mode.AUTOMATIC, period_s=60.0, least_saving_w=50.0, horizon_s=900.0, reactive_power=True, most_converters=4
)


def control(play: Callable[[Plant], Coroutine[Any, Any, None]], settings: VvcSettings) -> None:
    """At noon, when photovoltaics run."""
    base = virtual_site(SMALL)
    regulators = dict.fromkeys((T1, T2), VoltageRegulator(20_400.0, delay_s=5.0))
    measurements = replace(base.settings.measurements, period_s=5.0)
    world = replace(
        base.settings, voltage_regulators=regulators, measurements=measurements, day_start_s=11 * 3600.0
    )  # fmt: skip
    adapted = replace(base, config=replace(base.config, vvc=settings), settings=world)

    async def main(loop: VirtualLoop) -> None:
        async with open_site(loop, adapted, 5) as plant:
            await play(plant)

    run(main, 5)


def asked(plant: Plant) -> dict[str, float]:
    present = plant.world.board.present
    return {
        point.location: float(each.value) for point, each in present.items() if point.variable == TARGET and each.value
    }


def test_the_largest_are_asked_and_deliver_it() -> None:
    async def play(plant: Plant) -> None:
        await plant.run_until(lambda: bool(asked(plant)), 120.0, "nobody is asked")
        await plant.forward(20.0)
        given = asked(plant)
        assert len(given) <= 4
        assert len(plant.said("DVAR1.VArTgtSpt", "confirmed")) >= len(given)
        for bay, var in given.items():
            assert abs(float(plant.value(bay, REACTIVE)) - var) < 45_000.0  # a dead band, and noise
            assert float(plant.value(bay, REACTIVE)) * var > 0

    control(play, SETTINGS)
