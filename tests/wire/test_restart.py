"""The unit is killed (-9) while an order runs: it comes back blocked, asks, moves nothing by itself, has lost none."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.wire.aftermath import return_to_normal
from tests.wire.conftest import Scenario
from tests.wire.scene import BREAKER, NEAR, Scene

RESTARTED = "unit restarted; positions read; ask"


@pytest.mark.parametrize("in_flight", [False, True], ids=["between two steps", "while a switch is commanded"])
def test_killed_unit_comes_back_blocked(play: Callable[[Scenario], None], in_flight: bool) -> None:
    async def scenario(scene: Scene) -> None:
        stage = scene.stage
        await stage.set_mode("manual")
        await scene.fault()
        order = await scene.proposal()
        await (begin_and_hang(scene, order) if in_flight else begin_and_close_one(scene, order))
        await stage.kill("unit")
        before, killed_ns = await scene.commanded(), time.time_ns()
        await stage.start_unit()
        await stage.whole_picture()
        await scene.told.until("the blocked order", lambda: scene.told.orders[order["id"]]["state"] == "blocked")
        assert scene.told.orders[order["id"]]["reason"] == RESTARTED
        await scene.hears(f"order {order['id']} blocked: {RESTARTED}")
        assert bool(scene.told.status["open_commands"]) is in_flight
        await is_asked(scene, in_flight)
        await stage.looked_at_again(times=2)  # FDIR evaluates at least once a second
        assert await scene.commanded() == before
        assert all(each["time_ns"] < killed_ns for each in await scene.transitions() if each["source"] == "command")
        await scene.is_safe()
        await scene.nothing_is_lost()
        await return_to_normal(scene, sound=(order["steps"][1]["element"],) if in_flight else ())

    play(scenario)


async def begin_and_close_one(scene: Scene, order: dict[str, Any]) -> None:
    """Isolation is done and the breaker closed; before the next closing protection is watched for a while."""
    await scene.approve(order)
    await scene.step(order["id"], 5, "confirmed")
    assert order["steps"][4]["element"] == BREAKER


async def begin_and_hang(scene: Scene, order: dict[str, Any]) -> None:
    """The first isolating switch has said yes; its position is waited for and does not come."""
    switch = order["steps"][1]["element"]
    await scene.stage.sim("does not move", switch)
    await scene.approve(order)
    await scene.is_switched(f"off {switch}")


async def is_asked(scene: Scene, in_flight: bool) -> None:
    """Until somebody has read the position of what was on its way, nobody commands anything (S22)."""
    point = "CSWI1.Pos.SBOw"
    answer = await scene.stage.unit.write(point, BREAKER if in_flight else NEAR, 2)
    assert answer.code.value == "refused"
    assert ("S22" in answer.text) is in_flight, answer.text
    assert in_flight or "S4" in answer.text
