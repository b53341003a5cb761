"""OPF finds a better state, VOS orders it, a person approves it, devices carry it out, the result is compared [GR3]."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from models.point import Dbpos
from models.wire.messages import Code
from tests.wire.aftermath import is_normal
from tests.wire.conftest import Scenario
from tests.wire.scene import UNDER_WAY, Scene
from tests.wire.stage import Stage

OPF = """[opf]
mode = "orders"
look_s = 1.0
saving_per_operation_w = 10.0
least_saving_w = 10.0
settle_s = 3.0
"""
PATIENCE_S = 60.0
"""Guards against hanging; a scene before may have left a case that is not over yet."""


async def restarted(stage: Stage, configuration: str) -> None:
    """The unit with this unit.toml."""
    await stage.kill("unit")
    (stage.site.folder / "unit.toml").write_text(configuration, encoding="utf-8")
    await stage.start_unit()
    await stage.whole_picture()


async def switched(stage: Stage, switch: str, position: Dbpos) -> None:
    """By hand; readings of what has just been opened may still show its voltage (S5)."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        answer = await stage.unit.write("CSWI1.Pos.SBOw", switch, int(position), timeout_s=PATIENCE_S)
        if answer.code is Code.OK:
            break
        assert time.monotonic() < deadline_s, answer.text
        await stage.pause()
    await stage.write("CSWI1.Pos.Oper", switch, int(position))


def test_a_better_state_is_ordered_approved_carried_out_and_as_predicted(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage, told = scene.stage, scene.told
        usual = (stage.site.folder / "unit.toml").read_text(encoding="utf-8")
        await restarted(stage, usual + OPF)

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
        await restarted(stage, usual)
        for switch, position in sorted(wanted.items(), key=lambda each: each[1], reverse=True):  # open what was closed
            await switched(stage, switch, Dbpos.OFF if position is Dbpos.ON else Dbpos.ON)
        await is_normal(stage)

    play(scenario)
