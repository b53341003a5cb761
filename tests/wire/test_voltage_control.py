"""Voltage control over the wire: the regulator's set-point by MMS, the mode and what is shown at the data interface."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.wire.conftest import Scenario
from tests.wire.scene import Scene

T1, SET_POINT, STEPS = "OBR1/T1", "AVCO1.VolSpt", "YLTC1.TapChg"


def test_a_set_point_reaches_the_regulator_and_the_mode_is_set_by_operators(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage = scene.stage
        await stage.write(f"{SET_POINT}.Oper", T1, 20_200.0)  # answered once its feedback has confirmed it
        assert (await stage.values(f"{T1}/{SET_POINT}"))[f"{T1}/{SET_POINT}"] == 20_200.0
        tap = (await stage.values(f"{T1}/{STEPS}"))[f"{T1}/{STEPS}"]
        await stage.write(f"{STEPS}.Oper", T1, 2)  # off automatic its steps are taken: BSC by MMS
        assert (await stage.values(f"{T1}/{STEPS}"))[f"{T1}/{STEPS}"] == tap + 1
        await stage.write(f"{STEPS}.Oper", T1, 1)
        (shown,) = await stage.unit.query(SET_POINT, T1, "quality == good")
        assert shown.value == 20_200.0
        await stage.write("VVC.Mode", stage.site.name, "advisory")
        for _ in range(100):
            (report,) = await stage.unit.query("VVC", stage.site.name, "")
            if report.value["state"] != "off":
                break
            await asyncio.sleep(0.1)
        assert report.value["state"] == "blocked"
        said = report.value["explanation"]
        in_hand = any("not in automatic" in each for each in said)
        assert in_hand or await names_the_cases(scene, said), said  # cases of scenes before are not over at once
        await stage.write("VVC.Mode", stage.site.name, "off")
        await stage.write(f"{SET_POINT}.Oper", T1, 20_000.0)

    play(scenario)


async def names_the_cases(scene: Scene, said: list[str]) -> bool:
    """Every case that FDIR still lists is a reason."""
    (report,) = await scene.stage.unit.query("Cases", scene.stage.site.name, "")
    feeders = [case["feeder"] for case in report.value["cases"]]
    return bool(feeders) and all(any(each.startswith(feeder) for each in said) for feeder in feeders)
