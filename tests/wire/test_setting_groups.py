"""S15 over the wire: the protection that would be too sensitive for the transfer is switched, and read back, first."""

from __future__ import annotations

from collections.abc import Callable

from tests.wire.aftermath import return_to_normal
from tests.wire.conftest import Scenario
from tests.wire.scene import TIE, Scene

LINE = "L182/W182"
"""In the first third of OBR1/K1/E04: most of its load goes to the other feeder."""
DONOR = "OBR2/K1/E03"
GROUP = f"{DONOR}/LLN0.ActSG"


async def active_group(scene: Scene) -> int:
    """As the unit shows it."""
    (shown,) = await scene.stage.unit.query("LLN0.ActSG", DONOR, "quality == good")
    assert isinstance(shown.value, int)
    return shown.value


def test_the_setting_group_is_switched_and_confirmed_before_the_close(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        assert await active_group(scene) == 1
        await scene.stage.set_mode("automatic")
        await scene.fault(LINE)
        order = await scene.end()
        assert order["state"] == "completed", order["reason"]
        assert "setting group 2 stays active at OBR2/K1/E03, not 1" in order["reason"]
        commanded = await scene.commanded()
        assert commanded.index(f"{GROUP} = 2") < commanded.index(f"{TIE}/CSWI1.Pos = on")
        points = [step["point"] for step in order["steps"]]
        assert {step["state"] for step in order["steps"]} == {"confirmed"}
        assert points.index(GROUP) < points.index(f"{TIE}/CSWI1.Pos")
        assert await active_group(scene) == 2
        assert (await scene.stage.values(GROUP))[GROUP] == 2  # the relay itself works with it
        truth = await scene.is_safe()
        assert truth["limits_exceeded"] == []
        await scene.nothing_is_lost()
        await return_to_normal(scene)
        assert await active_group(scene) == 1

    play(scenario)
