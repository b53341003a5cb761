"""Voltage control in a running unit over the simulated grid: closed by set-points, stopped by faults and by hunting."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from models.command import Originator, OriginatorCategory
from models.point import PointName
from models.wire.messages import Code
from sim_ied.fault import FaultKind
from sim_ied.regulator_settings import VoltageRegulator
from sim_ied.settings import WorldSettings
from substation.control.regulation import RegulatingRequest, SetPoint
from substation.image import Mode
from substation.mv.vvc.settings import VvcSettings
from tests.virtual.loop import VirtualLoop, run
from tests.virtual.site import SMALL, hurried, virtual_site
from tests.virtual.world import Plant, open_site

T1, T2, SET_POINT = "OBR1/T1", "OBR2/T1", "AVCO1.VolSpt"
SETTINGS = VvcSettings(Mode.AUTOMATIC, period_s=60.0, least_saving_w=100.0, follow_s=150.0)
PERSON = Originator(OriginatorCategory.STATION_CONTROL, "Ada")


def control(
    play: Callable[[Plant], Coroutine[Any, Any, None]],
    settings: VvcSettings,
    set_point_v: float,
    profiles: dict[str, tuple[float, ...]] | None = None,
) -> None:
    """Of 24 stations; both transformers regulate to that set-point at first. profiles: in place of the file's."""
    base = virtual_site(SMALL)
    regulators = dict.fromkeys((T1, T2), VoltageRegulator(set_point_v, delay_s=5.0))
    world = replace(base.settings, voltage_regulators=regulators, profiles=base.settings.profiles | (profiles or {}))
    site = replace(base, config=replace(base.config, vvc=settings), settings=world)

    async def main(loop: VirtualLoop) -> None:
        async with open_site(loop, site, 5, slow) as plant:
            await play(plant)

    run(main, 5)


def slow(settings: WorldSettings) -> WorldSettings:
    """Measured every 4 s: what matters here takes longer."""
    return replace(hurried(settings), measurements=replace(settings.measurements, period_s=4.0))


def lowest_pu(plant: Plant) -> float:
    """Of all busbars that devices measure."""
    present = plant.world.board.present
    return min(float(each.value) / 20e3 for point, each in present.items() if point.variable == "MMXU1.PPV.phsAB")


def given(plant: Plant) -> list[str]:
    return plant.said("VVC: set")


def test_a_voltage_out_of_band_is_brought_back_by_set_points() -> None:
    async def play(plant: Plant) -> None:
        await plant.run_until(lambda: lowest_pu(plant) < 0.92, 120.0, "the regulators do not hold 18.2 kV")
        assert (await plant.write("VVC.Mode", plant.site.config.name, "automatic")).code is Code.OK
        await plant.run_until(lambda: lowest_pu(plant) > 0.94, 240.0, "the voltage stays low")
        await plant.forward(300.0)
        assert 0.935 < lowest_pu(plant) < 1.07
        assert plant.station.voltage_control.locked == {}
        assert float(plant.value(T1, SET_POINT)) > 18_700.0
        assert given(plant)
        assert all("confirmed" in line for line in given(plant))

    control(play, replace(SETTINGS, mode=Mode.DISABLED), 18_200.0)


def test_advice_alone_moves_nothing_and_a_person_has_it_act() -> None:
    async def play(plant: Plant) -> None:
        await plant.run_until(lambda: bool(plant.said("voltage control proposes")), 60.0, "no advice")
        await plant.forward(120.0)
        assert given(plant) == []
        unit = plant.site.config.name
        assert (await plant.write("VVC.Mode", unit, "automatic")).code is Code.OK
        await plant.run_until(lambda: bool(given(plant)), 90.0, "nothing is given")
        assert (await plant.write("VVC.Mode", unit, "off")).code is Code.OK
        before = len(given(plant))
        await plant.forward(200.0)
        assert len(given(plant)) == before

    control(play, replace(SETTINGS, mode=Mode.MANUAL), 18_200.0)


def test_nothing_is_given_from_a_fault_until_people_have_dealt_with_it() -> None:
    async def play(plant: Plant) -> None:
        plant.fault("L041/W041", FaultKind.THREE_PHASE)
        await plant.run_until(lambda: bool(plant.orders), 60.0, "no order")
        before = len(given(plant))
        await plant.forward(200.0)
        report = plant.station.voltage_control.state.report
        assert isinstance(report, dict)
        assert report["state"] == "blocked"
        assert len(given(plant)) == before

    control(play, SETTINGS, 18_200.0)


def test_hunting_is_locked_told_and_released_by_a_person() -> None:
    """Somebody sets it back and forth."""

    async def play(plant: Plant) -> None:
        gate, point = plant.station.gate, PointName(T1, SET_POINT)
        for turn in range(8):
            value = SetPoint(20_800.0 if turn % 2 else 19_400.0, "V")
            await gate.execute(RegulatingRequest(point, value, PERSON, why="test"))
            await plant.forward(45.0)
            if plant.station.voltage_control.locked:
                break
        assert "hunting" in plant.station.voltage_control.locked[T1]
        (line,) = plant.said(T1, "voltage control is locked")
        assert "VVC.Release" in line
        before = len([each for each in given(plant) if T1 in each])
        await plant.forward(150.0)
        assert len([each for each in given(plant) if T1 in each]) == before
        assert (await plant.write("VVC.Release", T1, "set back and forth by hand")).code is Code.OK
        await plant.forward(15.0)
        assert plant.station.voltage_control.locked == {}

    control(play, replace(SETTINGS, reversals_per_hour=2), 20_000.0)


def explained(plant: Plant) -> str:
    report = plant.station.voltage_control.state.report
    return "\n".join(str(each) for each in report["explanation"]) if isinstance(report, dict) else ""  # type: ignore[union-attr]


def test_nothing_is_given_at_under_voltage() -> None:
    """It may be short of power, not of turns."""

    async def play(plant: Plant) -> None:
        await plant.run_until(lambda: lowest_pu(plant) < 0.92, 120.0, "the regulators do not hold 18.2 kV")
        assert (await plant.write("VVC.Mode", plant.site.config.name, "automatic")).code is Code.OK
        await plant.run_until(lambda: "is under-voltage (below 95% of nominal)" in explained(plant), 60.0, "not said")
        await plant.forward(70.0)
        assert given(plant) == []

    control(play, replace(SETTINGS, mode=Mode.DISABLED, undervoltage_pu=0.95), 18_200.0)


def test_nothing_is_given_while_power_flows_back() -> None:
    async def play(plant: Plant) -> None:
        await plant.run_until(lambda: "flow back towards the higher voltage" in explained(plant), 60.0, "not said")
        await plant.forward(70.0)
        assert given(plant) == []

    light = {"residential": (0.02, 0.02), "commercial": (0.02, 0.02), "pv": (0.9, 0.9)}
    control(play, replace(SETTINGS, reverse_pu=0.0), 20_400.0, light)
