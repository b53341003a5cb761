"""OPF finds a better state, VOS orders it, a person approves it, devices carry it out, the result is compared [GR3]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.point import Dbpos
from tests.wire.conftest import Scenario
from tests.wire.scene import UNDER_WAY, Scene

PATIENCE_S = 60.0
"""Guards against hanging."""


def test_a_better_state_is_ordered_approved_carried_out_and_as_predicted(
    play: Callable[[Scenario], None], optimising: None
) -> None:
    async def scenario(scene: Scene) -> None:
        stage, told = scene.stage, scene.told

        def proposed() -> dict[str, Any] | None:
            return next((each for each in told.orders.values()
                         if each["kind"] == "reconfigure" and each["state"] == "proposed"), None)  # fmt: skip

        order = await told.until("an order of VOS", proposed, PATIENCE_S)
        await scene.approve(order)
        await told.until("its end", lambda: told.orders[order["id"]]["state"] not in UNDER_WAY, PATIENCE_S)
        ended = told.orders[order["id"]]
        assert ended["state"] == "completed", ended["reason"]
        assert ended["approved_by"] == "Olga"
        wanted = {each["element"]: {"open": Dbpos.OFF, "close": Dbpos.ON}[each["action"]]
                  for each in ended["steps"] if each["action"] in ("open", "close")}  # fmt: skip
        names = {switch: f"{switch}/CSWI1.Pos" for switch in wanted}
        shown = await stage.values(*names.values())
        assert {switch: shown[name] for switch, name in names.items()} == wanted
        assert (await stage.truth())["unfed_loads"] == []
        said = f"vos: order {order['id']}: the state "
        line = (await told.until("the comparison", lambda: scene.said(said), PATIENCE_S))[0]
        assert "is as predicted" in line, line
        assert (await scene.is_safe())["limits_exceeded"] == []
        await scene.nothing_is_lost()

    play(scenario)
