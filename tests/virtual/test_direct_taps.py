"""Taps that voltage control moves itself while a regulator is off automatic; what holds once the unit is silent."""

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

T1, T2, SET_POINT, TAP, AUTOMATIC = "OBR1/T1", "OBR2/T1", "AVCO1.VolSpt", "YLTC1.TapPos", "ATCC1.Auto"
SETTINGS = VvcSettings(Mode.AUTOMATIC, period_s=60.0, least_saving_w=100.0, direct_taps=True, renew_s=30.0)
FALLBACK_S = 90.0


def control(play: Callable[[Plant], Coroutine[Any, Any, None]], settings: VvcSettings) -> None:
    """The first regulator is off automatic and takes over by itself when it hears nothing for a minute and a half."""
    base, own = virtual_site(SMALL), VoltageRegulator(20_400.0, delay_s=5.0)
    regulators = {T1: replace(own, automatic=False, fallback_s=FALLBACK_S), T2: own}
    measurements = replace(base.settings.measurements, period_s=5.0)
    world = replace(base.settings, voltage_regulators=regulators, measurements=measurements)
    adapted = replace(base, config=replace(base.config, vvc=settings), settings=world)

    async def main(loop: VirtualLoop) -> None:
        async with open_site(loop, adapted, 5) as plant:
            await play(plant)

    run(main, 5)


def test_it_moves_the_taps_and_a_regulator_that_hears_nothing_takes_over() -> None:
    async def play(plant: Plant) -> None:
        before = int(plant.value(T1, TAP))
        await plant.run_until(lambda: int(plant.value(T1, TAP)) != before, 120.0, "no tap is moved")
        assert plant.said(T1, "VVC: raise", "confirmed")
        await plant.forward(2 * FALLBACK_S)
        assert plant.value(T1, AUTOMATIC) is False  # its set-point is renewed again and again
        assert len(plant.said(T1, "VVC: set", "silent")) > 2
        kept_v = float(plant.value(T1, SET_POINT))
        await plant.stop()
        plant.world.advance(plant.loop.clock() + round((FALLBACK_S + 60.0) * 1e9))
        assert plant.value(T1, AUTOMATIC) is True
        assert float(plant.value(T1, SET_POINT)) == kept_v
        voltage_v = float(plant.value("OBR1/K1/E01", "MMXU1.PPV.phsAB"))
        assert abs(voltage_v - kept_v) < 0.02 * 20_000.0

    control(play, SETTINGS)


def test_without_the_setting_its_taps_are_left_alone_and_it_takes_over() -> None:
    async def play(plant: Plant) -> None:
        before = int(plant.value(T1, TAP))
        await plant.forward(FALLBACK_S - 10.0)
        assert int(plant.value(T1, TAP)) == before
        assert not plant.said(T1, "VVC:")
        report = plant.station.voltage_control.state.report
        assert isinstance(report, dict)
        assert "is not in automatic" in report["why"][T1]  # type: ignore[index,operator,call-overload]
        await plant.run_until(lambda: plant.value(T1, AUTOMATIC) is True, 20.0, "it never takes over")

    control(play, replace(SETTINGS, direct_taps=False))
