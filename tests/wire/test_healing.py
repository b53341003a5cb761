"""A permanent fault is healed by itself: located, isolated, restored; told to everybody, and nothing of it lost."""

from __future__ import annotations

from collections.abc import Callable

from tests.wire.aftermath import return_to_normal
from tests.wire.conftest import Scenario
from tests.wire.scene import BREAKER, FAR, LINE, NEAR, TIE, Scene


def test_automatic_healing_feeds_all_and_tells_all(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        await scene.stage.set_mode("automatic")
        await scene.fault()
        order = await scene.end()
        assert order["state"] == "completed", order["reason"]
        assert (order["approved_by"], order["unrestored_w"]) == ("FDIR", 0)
        assert set((await scene.switched())[:2]) == {f"off {NEAR}", f"off {FAR}"}
        assert (await scene.switched())[2:] == [f"on {BREAKER}", f"on {TIE}"]
        truth = await scene.is_safe()
        assert (truth["unfed_loads"], truth["limits_exceeded"]) == ([], [])
        await scene.hears(f"the fault lies in {LINE}")
        await scene.hears(f"order {order['id']} completed")
        assert {tag["element"] for tag in scene.told.tags} == {NEAR, FAR}
        await scene.nothing_is_lost()
        await return_to_normal(scene)

    play(scenario)
